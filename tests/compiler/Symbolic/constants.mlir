// RUN: fluxion-opt %s --flx-simplify=fast-math --split-input-file | FileCheck %s

// (x·2)·3 = x·6, (x + 2) + 3 = x + 5, x/4 = x·0.25
// CHECK-LABEL: func @merged
// CHECK-SAME: (%[[X:.*]]: tensor<4xf64>)
// CHECK-DAG: %[[SIX:.*]] = flx.constant dense<6.0
// CHECK-DAG: %[[FIVE:.*]] = flx.constant dense<5.0
// CHECK-DAG: %[[QUARTER:.*]] = flx.constant dense<2.500000e-01>
// CHECK-DAG: %[[A:.*]] = flx.mul %[[X]], %[[SIX]]
// CHECK-DAG: %[[B:.*]] = flx.add %[[X]], %[[FIVE]]
// CHECK-DAG: %[[C:.*]] = flx.mul %[[X]], %[[QUARTER]]
// CHECK: return %[[A]], %[[B]], %[[C]]
func.func @merged(%x: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
  %2 = flx.constant dense<2.0> : tensor<4xf64>
  %3 = flx.constant dense<3.0> : tensor<4xf64>
  %4 = flx.constant dense<4.0> : tensor<4xf64>
  %a = flx.mul %x, %2 : tensor<4xf64>
  %b = flx.mul %3, %a : tensor<4xf64>
  %c = flx.add %x, %2 : tensor<4xf64>
  %d = flx.add %c, %3 : tensor<4xf64>
  %e = flx.div %x, %4 : tensor<4xf64>
  return %b, %d, %e : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
}

// -----
// a·c + b·(−c) = (a − b)·c with the positive constant; x + x + x = 3x
// CHECK-LABEL: func @factored
// CHECK-SAME: (%[[X:.*]]: tensor<4xf64>, %[[Y:.*]]: tensor<4xf64>)
// CHECK-DAG: %[[C:.*]] = flx.constant dense<5.000000e-01>
// CHECK-DAG: %[[THREE:.*]] = flx.constant dense<3.0
// CHECK-DAG: %[[D:.*]] = flx.sub %[[X]], %[[Y]]
// CHECK-DAG: %[[A:.*]] = flx.mul %[[D]], %[[C]]
// CHECK-DAG: %[[B:.*]] = flx.mul %[[X]], %[[THREE]]
// CHECK: return %[[A]], %[[B]]
func.func @factored(%x: tensor<4xf64>, %y: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
  %c = flx.constant dense<0.5> : tensor<4xf64>
  %m = flx.constant dense<-0.5> : tensor<4xf64>
  %0 = flx.mul %x, %c : tensor<4xf64>
  %1 = flx.mul %y, %m : tensor<4xf64>
  %2 = flx.add %1, %0 : tensor<4xf64>
  %3 = flx.add %x, %x : tensor<4xf64>
  %4 = flx.add %3, %x : tensor<4xf64>
  return %2, %4 : tensor<4xf64>, tensor<4xf64>
}

// -----
// Factors of one scalar move outward and are multiplied as scalars: Σ x·s·2 = (Σ x)·(2s)
// CHECK-LABEL: func @uniform
// CHECK-SAME: (%[[X:.*]]: tensor<4xf64>, %[[S:.*]]: tensor<f64>)
// CHECK-DAG: %[[TWO:.*]] = flx.constant dense<2.000000e+00> : tensor<f64>
// CHECK-DAG: %[[SUM:.*]] = flx.sum %[[X]] axes [0]
// CHECK-DAG: %[[P:.*]] = flx.mul
// CHECK-DAG: %[[Q:.*]] = flx.mul
// CHECK: return
// CHECK-NOT: tensor<4xf64>{{.*}}flx.mul
func.func @uniform(%x: tensor<4xf64>, %s: tensor<f64>) -> tensor<f64> {
  %b = flx.broadcast %s dims [] : tensor<f64> -> tensor<4xf64>
  %two = flx.constant dense<2.0> : tensor<4xf64>
  %0 = flx.mul %x, %b : tensor<4xf64>
  %1 = flx.mul %0, %two : tensor<4xf64>
  %2 = flx.sum %1 axes [0] : tensor<4xf64> -> tensor<f64>
  return %2 : tensor<f64>
}

// -----
// A reciprocal that would not be an ordinary number stays a division.
// CHECK-LABEL: func @tiny
// CHECK: flx.div
func.func @tiny(%x: tensor<4xf32>) -> tensor<4xf32> {
  %c = flx.constant dense<3.0e38> : tensor<4xf32>
  %0 = flx.div %x, %c : tensor<4xf32>
  return %0 : tensor<4xf32>
}
