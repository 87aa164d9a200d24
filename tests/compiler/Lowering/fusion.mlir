// RUN: fluxion-opt %s -flx-to-linalg | FileCheck %s
// RUN: fluxion-opt %s -flx-to-linalg=fuse=false | FileCheck %s --check-prefix=APART

// A chain into a reduction is one pass: Σ (a·b)².
// CHECK-LABEL: func @sum_of_squares
// CHECK: %[[ZERO:.*]] = flx.constant dense<0.0{{.*}}> : tensor<4xf32>
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]} ins(%arg0, %arg1 : {{.*}}) outs(%[[ZERO]]
// CHECK-NEXT: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %[[SUM:.*]]: f32):
// CHECK-NEXT: %[[P:.*]] = flx.mul %[[A]], %[[B]] : f32
// CHECK-NEXT: %[[Q:.*]] = flx.mul %[[P]], %[[P]] : f32
// CHECK-NEXT: %[[S:.*]] = flx.add %[[SUM]], %[[Q]] : f32
// CHECK-NEXT: linalg.yield %[[S]] : f32
// CHECK-NOT: linalg.generic
// APART-LABEL: func @sum_of_squares
// APART-COUNT-3: linalg.generic
func.func @sum_of_squares(%a: tensor<4x8xf32>, %b: tensor<4x8xf32>) -> tensor<4xf32> {
  %0 = flx.mul %a, %b : tensor<4x8xf32>
  %1 = flx.mul %0, %0 : tensor<4x8xf32>
  %2 = flx.sum %1 axes [1] : tensor<4x8xf32> -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// A value that its consumer's loops and the caller both want is one more result.
// CHECK-LABEL: func @shared
// CHECK: linalg.generic
// CHECK: %[[E:.*]] = flx.exp
// CHECK: %[[N:.*]] = flx.neg %[[E]]
// CHECK: linalg.yield {{.*}} : f32, f32
// CHECK-NOT: linalg.generic
func.func @shared(%a: tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %0 = flx.exp %a : tensor<8xf32>
  %1 = flx.neg %0 : tensor<8xf32>
  return %0, %1 : tensor<8xf32>, tensor<8xf32>
}

// exp(b) is computed once a column, not once an element; what a broadcast merely repeats is read through its map.
// CHECK-LABEL: func @never_again
// CHECK: %[[E:.*]] = linalg.generic {{.*}} ins(%arg1 : tensor<8xf32>)
// CHECK: flx.exp
// CHECK: linalg.generic {{.*}} ins(%arg0, %[[E]] : tensor<4x8xf32>, tensor<8xf32>)
// CHECK-NOT: flx.exp
// CHECK-NOT: flx.broadcast
func.func @never_again(%a: tensor<4x8xf32>, %b: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = flx.exp %b : tensor<8xf32>
  %1 = flx.broadcast %0 dims [1] : tensor<8xf32> -> tensor<4x8xf32>
  %2 = flx.mul %a, %1 : tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// x − mean(x) cannot run in the loops that make the mean: the path through the sum leads back.
// CHECK-LABEL: func @no_cycle
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK: flx.add
// CHECK: linalg.generic {{.*}}["parallel", "parallel"]
// CHECK: flx.sub
func.func @no_cycle(%a: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %s = flx.sum %a axes [1] : tensor<4x8xf32> -> tensor<4xf32>
  %b = flx.broadcast %s dims [0] : tensor<4xf32> -> tensor<4x8xf32>
  %0 = flx.sub %a, %b : tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// Loops over the same data are one nest: the loss and its gradient read z once.
// CHECK-LABEL: func @siblings
// CHECK: linalg.generic {{.*}} ins(%arg0 : tensor<64xf32>)
// CHECK: linalg.yield {{.*}} : f32, f32, f32
// CHECK-NOT: linalg.generic
func.func @siblings(%z: tensor<64xf32>) -> (tensor<f32>, tensor<f32>, tensor<64xf32>) {
  %0 = flx.softplus %z : tensor<64xf32>
  %1 = flx.sum %0 axes [0] : tensor<64xf32> -> tensor<f32>
  %2 = flx.reduce_max %z axes [0] : tensor<64xf32> -> tensor<f32>
  %3 = flx.sigmoid %z : tensor<64xf32>
  return %1, %2, %3 : tensor<f32>, tensor<f32>, tensor<64xf32>
}

// Nothing that nobody reads is computed.
// CHECK-LABEL: func @dead
// CHECK-NEXT: return %arg0
func.func @dead(%a: tensor<8xf32>) -> tensor<8xf32> {
  %0 = flx.exp %a : tensor<8xf32>
  %1 = flx.sum %0 axes [0] : tensor<8xf32> -> tensor<f32>
  return %a : tensor<8xf32>
}
