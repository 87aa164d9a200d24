// RUN: fluxion-opt %s --flx-simplify=fast-math | FileCheck %s

// CHECK-LABEL: func @sums
// CHECK-SAME: (%[[X:.*]]: tensor<4xf64>, %[[Y:.*]]: tensor<4xf64>)
func.func @sums(%x: tensor<4xf64>, %y: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
  %zero = flx.constant dense<0.0> : tensor<4xf64>
  %n = flx.neg %y : tensor<4xf64>
  // x + (−y)
  // CHECK-DAG: %[[A:.*]] = flx.sub %[[X]], %[[Y]]
  %0 = flx.add %x, %n : tensor<4xf64>
  // x − (−y)
  // CHECK-DAG: %[[B:.*]] = flx.add %[[X]], %[[Y]]
  %1 = flx.sub %x, %n : tensor<4xf64>
  // −(x − y)
  // CHECK-DAG: %[[C:.*]] = flx.sub %[[Y]], %[[X]]
  %d = flx.sub %x, %y : tensor<4xf64>
  %2 = flx.neg %d : tensor<4xf64>
  // 0 − x
  // CHECK-DAG: %[[D:.*]] = flx.neg %[[X]]
  %3 = flx.sub %zero, %x : tensor<4xf64>
  // CHECK: return %[[A]], %[[B]], %[[C]], %[[D]]
  return %0, %1, %2, %3 : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
}

// CHECK-LABEL: func @products
// CHECK-SAME: (%[[X:.*]]: tensor<4xf64>, %[[Y:.*]]: tensor<4xf64>)
func.func @products(%x: tensor<4xf64>, %y: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
  %c = flx.constant dense<3.0> : tensor<4xf64>
  %m = flx.neg %x : tensor<4xf64>
  %n = flx.neg %y : tensor<4xf64>
  // CHECK-DAG: %[[MINUS:.*]] = flx.constant dense<-3.000000e+00>
  // (−x)(−y)
  // CHECK-DAG: %[[A:.*]] = flx.mul %[[X]], %[[Y]]
  %0 = flx.mul %m, %n : tensor<4xf64>
  // (−x)/(−y)
  // CHECK-DAG: %[[B:.*]] = flx.div %[[X]], %[[Y]]
  %1 = flx.div %m, %n : tensor<4xf64>
  // A constant takes the sign.
  // CHECK-DAG: %[[C:.*]] = flx.mul %[[X]], %[[MINUS]]
  %2 = flx.mul %m, %c : tensor<4xf64>
  // cos(−x)
  // CHECK-DAG: %[[D:.*]] = flx.cos %[[X]]
  %3 = flx.cos %m : tensor<4xf64>
  // CHECK: return %[[A]], %[[B]], %[[C]], %[[D]]
  return %0, %1, %2, %3 : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
}
