// RUN: fluxion-opt %s -flx-einsum | FileCheck %s
// RUN: fluxion-opt %s -flx-einsum=objective=flops | FileCheck %s --check-prefix=FLOPS
// RUN: not fluxion-opt %s -flx-einsum=objective=luck 2>&1 | FileCheck %s --check-prefix=LUCK
// LUCK: the objective is time, flops, bytes or written, not 'luck'

// CHECK-LABEL: func.func @chain(
// CHECK: %[[BX:.*]] = flx.einsum "jk,k->j"
// CHECK: flx.einsum "ij,j->i"(%{{.*}}, %[[BX]])
func.func @chain(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>, %x: tensor<64xf32>) -> tensor<64xf32> {
  %0 = flx.einsum "ij,jk,k->i"(%a, %b, %x) : (tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %0 : tensor<64xf32>
}

// A matrix product stays as it is, however its operands lie.
// CHECK-LABEL: func.func @pair(
// CHECK-NEXT: flx.einsum "ji,kj->ik"(%arg0, %arg1)
// CHECK-NEXT: return
func.func @pair(%a: tensor<3x4xf32>, %b: tensor<5x3xf32>) -> tensor<4x5xf32> {
  %0 = flx.einsum "ji,kj->ik"(%a, %b) : (tensor<3x4xf32>, tensor<5x3xf32>) -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}

// Sums of one operand come first, letters that nothing sums are multiplied.
// CHECK-LABEL: func.func @outer(
// CHECK: %[[S:.*]] = flx.sum %arg0 axes [1]
// CHECK: %[[A:.*]] = flx.broadcast %[[S]] dims [0]
// CHECK: %[[B:.*]] = flx.broadcast %arg1 dims [1]
// CHECK: flx.mul %[[A]], %[[B]] : tensor<4x5xf32>
func.func @outer(%a: tensor<4x3xf32>, %b: tensor<5xf32>) -> tensor<4x5xf32> {
  %0 = flx.einsum "ij,k->ik"(%a, %b) : (tensor<4x3xf32>, tensor<5xf32>) -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}

// CHECK-LABEL: func.func @trace(
// CHECK: %[[R:.*]] = flx.reshape %arg0 : tensor<4x4xf32> -> tensor<16xf32>
// CHECK: %[[D:.*]] = flx.slice %[[R]] offsets [0] strides [5] : tensor<16xf32> -> tensor<4xf32>
// CHECK: flx.sum %[[D]] axes [0]
func.func @trace(%a: tensor<4x4xf32>) -> tensor<f32> {
  %0 = flx.einsum "ii->"(%a) : (tensor<4x4xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// CHECK-LABEL: func.func @embed(
// CHECK: %[[I:.*]] = flx.iota axis 0 : tensor<4x4xi32>
// CHECK: %[[J:.*]] = flx.iota axis 1 : tensor<4x4xi32>
// CHECK: %[[E:.*]] = flx.eq %[[I]], %[[J]]
// CHECK: flx.select %[[E]]
func.func @embed(%a: tensor<4xf32>) -> tensor<4x4xf32> {
  %0 = flx.einsum "i->ii"(%a) : (tensor<4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: func.func @transpose(
// CHECK-NEXT: flx.transpose %arg0 [1, 0]
func.func @transpose(%a: tensor<2x3xf32>) -> tensor<3x2xf32> {
  %0 = flx.einsum "ij->ji"(%a) : (tensor<2x3xf32>) -> tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}

// The objective decides: few flops against few bytes.
// FLOPS-LABEL: func.func @three(
// FLOPS: flx.einsum "ab,bc->ac"
// FLOPS: flx.einsum "ac,cd->ad"
func.func @three(%a: tensor<2x50xf32>, %b: tensor<50x3xf32>, %c: tensor<3x40xf32>) -> tensor<2x40xf32> {
  %0 = flx.einsum "ab,bc,cd->ad"(%a, %b, %c) : (tensor<2x50xf32>, tensor<50x3xf32>, tensor<3x40xf32>) -> tensor<2x40xf32>
  return %0 : tensor<2x40xf32>
}

// Factors that are computed over one index space are multiplied and summed in one pass over it.
// CHECK-LABEL: func.func @dot(
// CHECK: %[[E:.*]] = flx.exp
// CHECK: %[[M:.*]] = flx.mul %[[E]], %arg1
// CHECK: flx.sum %[[M]] axes [1]
func.func @dot(%a: tensor<8x9xf32>, %b: tensor<8x9xf32>) -> tensor<8xf32> {
  %0 = flx.exp %a : tensor<8x9xf32>
  %1 = flx.einsum "ij,ij->i"(%0, %b) : (tensor<8x9xf32>, tensor<8x9xf32>) -> tensor<8xf32>
  return %1 : tensor<8xf32>
}
