// RUN: fluxion-opt %s --flx-simplify --split-input-file | FileCheck %s
// Elementwise arithmetic keeps its rounding, its infinities and the signs of its zeros. The same ops in a derivative do not.

// CHECK-LABEL: func @program
// CHECK-SAME: (%[[X:.*]]: tensor<4xf64>, %[[Y:.*]]: tensor<4xf64>)
func.func @program(%x: tensor<4xf64>, %y: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
  %three = flx.constant dense<3.0> : tensor<4xf64>
  %five = flx.constant dense<5.0> : tensor<4xf64>
  %zero = flx.constant dense<0.0> : tensor<4xf64>
  // CHECK-DAG: %[[A:.*]] = flx.div %[[X]]
  %a = flx.div %x, %three : tensor<4xf64>
  // CHECK-DAG: %[[P:.*]] = flx.mul %[[X]]
  // CHECK-DAG: %[[B:.*]] = flx.mul %[[P]]
  %p = flx.mul %x, %three : tensor<4xf64>
  %b = flx.mul %p, %five : tensor<4xf64>
  // CHECK-DAG: %[[S:.*]] = flx.add %[[X]]
  // CHECK-DAG: %[[C:.*]] = flx.add %[[S]]
  %s = flx.add %x, %five : tensor<4xf64>
  %c = flx.sub %s, %five : tensor<4xf64>
  // CHECK-DAG: %[[D:.*]] = flx.sub %{{.*}}, %[[X]]
  %d = flx.sub %zero, %x : tensor<4xf64>
  // CHECK-DAG: %[[E:.*]] = flx.mul %[[Y]]
  %e = flx.mul %y, %zero : tensor<4xf64>
  // CHECK: return %[[A]], %[[B]], %[[C]], %[[D]], %[[E]]
  return %a, %b, %c, %d, %e : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
}

// -----
// CHECK-LABEL: func @derivative
// CHECK-SAME: (%[[X:.*]]: tensor<4xf64>)
func.func @derivative(%x: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
  %three = flx.constant dense<3.0> : tensor<4xf64>
  %five = flx.constant dense<5.0> : tensor<4xf64>
  %zero = flx.constant dense<0.0> : tensor<4xf64>
  // CHECK-DAG: %[[F:.*]] = flx.constant dense<1.500000e+01>
  // CHECK-DAG: %[[R:.*]] = flx.constant dense<0.33333333333333331>
  // CHECK-DAG: %[[A:.*]] = flx.mul %[[X]], %[[R]]
  %a = flx.div %x, %three : tensor<4xf64> loc(#derived)
  // CHECK-DAG: %[[B:.*]] = flx.mul %[[X]], %[[F]]
  %p = flx.mul %x, %three : tensor<4xf64>
  %b = flx.mul %p, %five : tensor<4xf64> loc(#derived)
  // CHECK-DAG: %[[C:.*]] = flx.neg %[[X]]
  %c = flx.sub %zero, %x : tensor<4xf64> loc(#derived)
  // CHECK: return %[[A]], %[[B]], %[[C]]
  return %a, %b, %c : tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
}
#derived = loc(fused<"derivative">["m.flx":1:1])

// -----
// Whole numbers wrap, so nothing is lost.
// CHECK-LABEL: func @integers
// CHECK-SAME: (%[[I:.*]]: tensor<4xi64>)
// CHECK: %[[C:.*]] = flx.constant dense<9007199254740994>
// CHECK: %[[S:.*]] = flx.add %[[I]], %[[C]]
// CHECK: return %[[S]], %[[I]]
func.func @integers(%i: tensor<4xi64>) -> (tensor<4xi64>, tensor<4xi64>) {
  %one = flx.constant dense<1> : tensor<4xi64>
  %big = flx.constant dense<9007199254740993> : tensor<4xi64>
  %0 = flx.add %i, %big : tensor<4xi64>
  %1 = flx.add %0, %one : tensor<4xi64>
  %2 = flx.sub %0, %big : tensor<4xi64>
  return %1, %2 : tensor<4xi64>, tensor<4xi64>
}

// -----
// x/4 = x·0.25 is exact; x/3 in a sum leaves it.
// CHECK-LABEL: func @quotients
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>)
// CHECK-DAG: %[[Q:.*]] = flx.constant dense<2.500000e-01>
// CHECK-DAG: %[[A:.*]] = flx.mul %[[X]], %[[Q]]
// CHECK-DAG: %[[S:.*]] = flx.sum %[[X]]
// CHECK-DAG: %[[B:.*]] = flx.div %[[S]]
// CHECK: return %[[A]], %[[B]]
func.func @quotients(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<f32>) {
  %four = flx.constant dense<4.0> : tensor<4xf32>
  %three = flx.constant dense<3.0> : tensor<4xf32>
  %0 = flx.div %x, %four : tensor<4xf32>
  %1 = flx.div %x, %three : tensor<4xf32>
  %2 = flx.sum %1 axes [0] : tensor<4xf32> -> tensor<f32>
  return %0, %2 : tensor<4xf32>, tensor<f32>
}

// -----
// A norm's scale stays within its sum, which it keeps from overflowing.
// CHECK-LABEL: func @scaled
// CHECK: %[[N:.*]] = flx.reduce_max
// CHECK: flx.mul
// CHECK: flx.sum
// CHECK-NEXT: return
func.func @scaled(%x: tensor<4xf32>) -> tensor<f32> {
  %m = flx.reduce_max %x axes [0] : tensor<4xf32> -> tensor<f32>
  %b = flx.broadcast %m dims [] : tensor<f32> -> tensor<4xf32>
  %0 = flx.mul %x, %b : tensor<4xf32>
  %1 = flx.sum %0 axes [0] : tensor<4xf32> -> tensor<f32>
  return %1 : tensor<f32>
}
