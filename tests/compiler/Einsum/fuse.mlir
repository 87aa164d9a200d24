// RUN: fluxion-opt %s -flx-fuse-contract | FileCheck %s

// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[SCALAR:.*]] = affine_map<(d0, d1) -> ()>
// CHECK-DAG: #[[SAME:.*]] = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: func.func @layer(
// CHECK-NEXT: flx.contract "ij,jk->ik"(%arg0, %arg1) epilogue(%arg2 : tensor<4xf32>) maps [#[[ROW]]] {
// CHECK-NEXT: ^bb0(%[[SUM:.*]]: f32, %[[BIAS:.*]]: f32):
// CHECK-NEXT: %[[Z:.*]] = flx.add %[[SUM]], %[[BIAS]] : f32
// CHECK-NEXT: %[[Y:.*]] = flx.tanh %[[Z]] : f32
// CHECK-NEXT: flx.yield %[[Y]] : f32
// CHECK: return
func.func @layer(%x: tensor<8x16xf32>, %w: tensor<16x4xf32>, %b: tensor<4xf32>) -> tensor<8x4xf32> {
  %0 = flx.einsum "ij,jk->ik"(%x, %w) : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  %1 = flx.broadcast %b dims [1] : tensor<4xf32> -> tensor<8x4xf32>
  %2 = flx.add %0, %1 : tensor<8x4xf32>
  %3 = flx.tanh %2 : tensor<8x4xf32>
  return %3 : tensor<8x4xf32>
}

// The mask of relu, which the backward pass needs, is a second result; z itself is never stored.
// CHECK-LABEL: func.func @relu(
// CHECK: %[[R:.*]]:2 = flx.contract
// CHECK: %[[ZERO:.*]] = flx.constant 0.0{{.*}} : f32
// CHECK: flx.max
// CHECK: flx.gt
// CHECK: flx.yield {{.*}} : f32, i1
// CHECK: -> (tensor<8x4xf32>, tensor<8x4xi1>)
// CHECK: return %[[R]]#0, %[[R]]#1
func.func @relu(%x: tensor<8x16xf32>, %w: tensor<16x4xf32>) -> (tensor<8x4xf32>, tensor<8x4xi1>) {
  %zero = flx.constant dense<0.0> : tensor<8x4xf32>
  %0 = flx.einsum "ij,jk->ik"(%x, %w) : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  %1 = flx.max %0, %zero : tensor<8x4xf32>
  %2 = flx.gt %0, %zero : tensor<8x4xf32>
  return %1, %2 : tensor<8x4xf32>, tensor<8x4xi1>
}

// 1 − h² is not stored beside h: its reader computes it again, in the epilogue of the next contraction.
// CHECK-LABEL: func.func @tanh(
// CHECK: %[[H:.*]] = flx.contract "ij,jk->ik"
// CHECK-NEXT: ^bb0
// CHECK-NEXT: flx.tanh
// CHECK-NEXT: flx.yield %{{.*}} : f32
// CHECK: flx.contract "ik,kl->il"(%[[H]]
// CHECK: flx.contract "il,kl->ik"({{.*}}) epilogue(%[[H]] : tensor<8x4xf32>)
// CHECK: flx.mul
// CHECK: flx.sub
// CHECK: flx.mul
// CHECK: flx.yield
func.func @tanh(%x: tensor<8x16xf32>, %w: tensor<16x4xf32>, %v: tensor<4x3xf32>) -> tensor<8x4xf32> {
  %one = flx.constant dense<1.0> : tensor<8x4xf32>
  %0 = flx.einsum "ij,jk->ik"(%x, %w) : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  %h = flx.tanh %0 : tensor<8x4xf32>
  %hh = flx.mul %h, %h : tensor<8x4xf32>
  %slope = flx.sub %one, %hh : tensor<8x4xf32>
  %1 = flx.einsum "ik,kl->il"(%h, %v) : (tensor<8x4xf32>, tensor<4x3xf32>) -> tensor<8x3xf32>
  %2 = flx.einsum "il,kl->ik"(%1, %v) : (tensor<8x3xf32>, tensor<4x3xf32>) -> tensor<8x4xf32>
  %3 = flx.mul %2, %slope : tensor<8x4xf32>
  return %3 : tensor<8x4xf32>
}

// An optimizer's update joins the gradient: parameter and moment in, parameter and moment out.
// CHECK-LABEL: func.func @update(
// CHECK: %[[R:.*]]:2 = flx.contract "ji,jk->ik"(%arg0, %arg1) epilogue(%arg3, %arg4, %arg2 : tensor<16x4xf32>, tensor<f32>, tensor<16x4xf32>)
// CHECK-SAME: maps [#[[SAME]], #[[SCALAR]], #[[SAME]]]
// CHECK-NOT: flx.mul %{{.*}} : tensor
// CHECK: return
func.func @update(%x: tensor<8x16xf32>, %dz: tensor<8x4xf32>, %p: tensor<16x4xf32>, %m: tensor<16x4xf32>, %rate: tensor<f32>)
    -> (tensor<16x4xf32>, tensor<16x4xf32>) {
  %g = flx.einsum "ji,jk->ik"(%x, %dz) : (tensor<8x16xf32>, tensor<8x4xf32>) -> tensor<16x4xf32>
  %beta = flx.constant dense<0.9> : tensor<16x4xf32>
  %0 = flx.mul %m, %beta : tensor<16x4xf32>
  %1 = flx.add %0, %g : tensor<16x4xf32>
  %2 = flx.broadcast %rate dims [] : tensor<f32> -> tensor<16x4xf32>
  %3 = flx.mul %1, %2 : tensor<16x4xf32>
  %4 = flx.sub %p, %3 : tensor<16x4xf32>
  return %4, %1 : tensor<16x4xf32>, tensor<16x4xf32>
}

// A consumer that also waits for a reduction of the result stays outside.
// CHECK-LABEL: func.func @normalized(
// CHECK: %[[Z:.*]] = flx.contract
// CHECK: flx.yield
// CHECK: flx.sum %[[Z]]
// CHECK: flx.div %[[Z]]
func.func @normalized(%x: tensor<8x16xf32>, %w: tensor<16x4xf32>) -> tensor<8x4xf32> {
  %0 = flx.einsum "ij,jk->ik"(%x, %w) : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  %1 = flx.sum %0 axes [1] : tensor<8x4xf32> -> tensor<8xf32>
  %2 = flx.broadcast %1 dims [0] : tensor<8xf32> -> tensor<8x4xf32>
  %3 = flx.div %0, %2 : tensor<8x4xf32>
  return %3 : tensor<8x4xf32>
}

// x·u + h·w: the second product is an operand of the first one's epilogue, and comes before it.
// CHECK-LABEL: func.func @sum(
// CHECK: %[[HW:.*]] = flx.contract "ij,jk->ik"(%arg2, %arg3)
// CHECK: flx.contract "ij,jk->ik"(%arg0, %arg1) epilogue(%[[HW]] : tensor<8x4xf32>)
func.func @sum(%x: tensor<8x16xf32>, %u: tensor<16x4xf32>, %h: tensor<8x5xf32>, %w: tensor<5x4xf32>) -> tensor<8x4xf32> {
  %0 = flx.einsum "ij,jk->ik"(%x, %u) : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  %1 = flx.einsum "ij,jk->ik"(%h, %w) : (tensor<8x5xf32>, tensor<5x4xf32>) -> tensor<8x4xf32>
  %2 = flx.add %0, %1 : tensor<8x4xf32>
  return %2 : tensor<8x4xf32>
}

// The squared norm of a gradient is summed while the gradient is in registers; the gradient itself is not stored.
// CHECK-LABEL: func.func @norm(
// CHECK: %[[R:.*]]:2 = flx.contract
// CHECK: %[[P:.*]] = flx.sub
// CHECK: %[[G2:.*]] = flx.mul %[[G:.*]], %[[G]] : f32
// CHECK: flx.yield %[[P]], %[[G2]] : f32, f32
// CHECK: {summed = array<i64: 1>} : {{.*}} -> (tensor<16x4xf32>, tensor<f32>)
// CHECK: flx.sqrt %[[R]]#1
func.func @norm(%x: tensor<8x16xf32>, %dz: tensor<8x4xf32>, %p: tensor<16x4xf32>) -> (tensor<16x4xf32>, tensor<f32>) {
  %g = flx.einsum "ji,jk->ik"(%x, %dz) : (tensor<8x16xf32>, tensor<8x4xf32>) -> tensor<16x4xf32>
  %0 = flx.sub %p, %g : tensor<16x4xf32>
  %1 = flx.einsum "ij,ij->"(%g, %g) : (tensor<16x4xf32>, tensor<16x4xf32>) -> tensor<f32>
  %2 = flx.sqrt %1 : tensor<f32>
  return %0, %2 : tensor<16x4xf32>, tensor<f32>
}
