// RUN: fluxion-opt %s --flx-simplify=fast-math --split-input-file | FileCheck %s

// CHECK-LABEL: func @conditions
// CHECK-SAME: (%[[C:.*]]: tensor<4xi1>, %[[A:.*]]: tensor<4xf64>, %[[B:.*]]: tensor<4xf64>, %[[D:.*]]: tensor<4xf64>)
// CHECK-DAG: %[[N:.*]] = flx.select %[[C]], %[[B]], %[[A]]
// CHECK-DAG: %[[M:.*]] = flx.select %[[C]], %[[A]], %[[D]]
// CHECK: return %[[N]], %[[M]]
func.func @conditions(%c: tensor<4xi1>, %a: tensor<4xf64>, %b: tensor<4xf64>, %d: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) {
  %n = flx.not %c : tensor<4xi1>
  %0 = flx.select %n, %a, %b : tensor<4xf64>
  %1 = flx.select %c, %a, %b : tensor<4xf64>
  %2 = flx.select %c, %1, %d : tensor<4xf64>
  return %0, %2 : tensor<4xf64>, tensor<4xf64>
}

// -----
// A mask as a factor selects.
// CHECK-LABEL: func @masks
// CHECK-SAME: (%[[C:.*]]: tensor<4xi1>, %[[X:.*]]: tensor<4xf64>, %[[Y:.*]]: tensor<4xf64>)
// CHECK-DAG: %[[ZERO:.*]] = flx.constant dense<0.0
// CHECK-DAG: %[[SUM:.*]] = flx.add %[[X]], %[[Y]]
// CHECK-DAG: %[[S:.*]] = flx.select %[[C]], %[[SUM]], %[[ZERO]]
// CHECK: return %[[S]]
func.func @masks(%c: tensor<4xi1>, %x: tensor<4xf64>, %y: tensor<4xf64>) -> tensor<4xf64> {
  %zero = flx.constant dense<0.0> : tensor<4xf64>
  %m = flx.convert %c : tensor<4xi1> to tensor<4xf64>
  %0 = flx.mul %m, %x : tensor<4xf64>
  %1 = flx.select %c, %y, %zero : tensor<4xf64>
  %2 = flx.add %0, %1 : tensor<4xf64>
  return %2 : tensor<4xf64>
}

// -----
// f of constant arms is computed now.
// CHECK-LABEL: func @arms
// CHECK-SAME: (%[[C:.*]]: tensor<4xi1>)
// CHECK-DAG: %[[ONE:.*]] = flx.constant dense<1.0
// CHECK-DAG: %[[TWO:.*]] = flx.constant dense<2.0
// CHECK: %[[S:.*]] = flx.select %[[C]], %[[TWO]], %[[ONE]]
// CHECK-NEXT: return %[[S]]
func.func @arms(%c: tensor<4xi1>) -> tensor<4xf64> {
  %four = flx.constant dense<4.0> : tensor<4xf64>
  %one = flx.constant dense<1.0> : tensor<4xf64>
  %0 = flx.select %c, %four, %one : tensor<4xf64>
  %1 = flx.sqrt %0 : tensor<4xf64>
  return %1 : tensor<4xf64>
}
