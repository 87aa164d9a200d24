// RUN: fluxion-opt %s --flx-simplify --split-input-file | FileCheck %s
// RUN: fluxion-opt %s --flx-simplify=fast-math --split-input-file | FileCheck %s --check-prefix=FAST

// CHECK-LABEL: func @stable
// CHECK-SAME: (%[[X:.*]]: tensor<4xf64>)
func.func @stable(%x: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
  %one = flx.constant dense<1.0> : tensor<4xf64>
  // eˣ − 1
  // CHECK-DAG: %[[A:.*]] = flx.expm1 %[[X]]
  %e = flx.exp %x : tensor<4xf64>
  %0 = flx.sub %e, %one : tensor<4xf64>
  // ln(1 + x)
  // CHECK-DAG: %[[B:.*]] = flx.log1p %[[X]]
  %p = flx.add %x, %one : tensor<4xf64>
  %1 = flx.log %p : tensor<4xf64>
  // 1/(1 + e⁻ˣ)
  // CHECK-DAG: %[[C:.*]] = flx.sigmoid %[[X]]
  %n = flx.neg %x : tensor<4xf64>
  %en = flx.exp %n : tensor<4xf64>
  %q = flx.add %one, %en : tensor<4xf64>
  %2 = flx.div %one, %q : tensor<4xf64>
  // ln σ(x) = −softplus(−x)
  // CHECK-DAG: %[[N:.*]] = flx.neg %[[X]]
  // CHECK-DAG: %[[S:.*]] = flx.softplus %[[N]]
  // CHECK-DAG: %[[D:.*]] = flx.neg %[[S]]
  %3 = flx.log %2 : tensor<4xf64>
  // ln eˣ = x
  %f = flx.exp %x : tensor<4xf64>
  %4 = flx.log %f : tensor<4xf64>
  // CHECK: return %[[A]], %[[B]], %[[C]], %[[D]], %[[X]]
  return %0, %1, %2, %3, %4 : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
}

// -----
// FAST-LABEL: func @powers
// FAST-SAME: (%[[X:.*]]: tensor<4xf64>, %[[Y:.*]]: tensor<4xf64>)
func.func @powers(%x: tensor<4xf64>, %y: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
  %two = flx.constant dense<2.0> : tensor<4xf64>
  %three = flx.constant dense<3.0> : tensor<4xf64>
  %half = flx.constant dense<0.5> : tensor<4xf64>
  // FAST-DAG: %[[A:.*]] = flx.mul %[[X]], %[[X]]
  %0 = flx.pow %x, %two : tensor<4xf64>
  // x³ shares x²
  // FAST-DAG: %[[B:.*]] = flx.mul {{.*}}%[[A]]
  %1 = flx.pow %x, %three : tensor<4xf64>
  // FAST-DAG: %[[C:.*]] = flx.sqrt %[[X]]
  %2 = flx.pow %x, %half : tensor<4xf64>
  // y/√x
  // FAST-DAG: %[[R:.*]] = flx.rsqrt %[[Y]]
  // FAST-DAG: %[[D:.*]] = flx.mul {{.*}}%[[R]]
  %s = flx.sqrt %y : tensor<4xf64>
  %3 = flx.div %x, %s : tensor<4xf64>
  // FAST: return %[[A]], %[[B]], %[[C]], %[[D]]
  return %0, %1, %2, %3 : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
}

// -----
// Only under fast-math.
// CHECK-LABEL: func @conditional
// CHECK: flx.div
// CHECK: flx.exp
// FAST-LABEL: func @conditional
// FAST-SAME: (%[[X:.*]]: tensor<4xf64>)
// FAST: %[[ONE:.*]] = flx.constant dense<1.0
// FAST: return %[[ONE]], %[[X]]
func.func @conditional(%x: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
  %0 = flx.div %x, %x : tensor<4xf64>
  %l = flx.log %x : tensor<4xf64>
  %1 = flx.exp %l : tensor<4xf64>
  return %0, %1 : tensor<4xf64>, tensor<4xf64>
}
