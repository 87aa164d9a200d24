// RUN: fluxion-opt %s | fluxion-opt | FileCheck %s
// RUN: fluxion-opt %s --mlir-print-op-generic | fluxion-opt | FileCheck %s

// CHECK-LABEL: func @shape
func.func @shape(%x: tensor<4x6xf32>, %b: tensor<6xf32>, %i: tensor<3xi32>, %u: tensor<4x3xf32>) {
  // CHECK: flx.constant dense<1.500000e+00> : tensor<4xf32>
  %0 = flx.constant dense<1.5> : tensor<4xf32>
  // CHECK: flx.iota axis 1 : tensor<2x3xi64>
  %1 = flx.iota axis 1 : tensor<2x3xi64>
  // CHECK: flx.broadcast %{{.*}} dims [1] : tensor<6xf32> -> tensor<4x6xf32>
  %2 = flx.broadcast %b dims [1] : tensor<6xf32> -> tensor<4x6xf32>
  // CHECK: flx.reshape %{{.*}} : tensor<4x6xf32> -> tensor<2x12xf32>
  %3 = flx.reshape %x : tensor<4x6xf32> -> tensor<2x12xf32>
  // CHECK: flx.transpose %{{.*}} [1, 0] : tensor<4x6xf32> -> tensor<6x4xf32>
  %4 = flx.transpose %x [1, 0] : tensor<4x6xf32> -> tensor<6x4xf32>
  // CHECK: flx.slice %{{.*}} offsets [1, 0] strides [1, 2] : tensor<4x6xf32> -> tensor<2x3xf32>
  %5 = flx.slice %x offsets [1, 0] strides [1, 2] : tensor<4x6xf32> -> tensor<2x3xf32>
  // CHECK: flx.pad %{{.*}} low [1] high [0] interior [1] : tensor<6xf32> -> tensor<12xf32>
  %6 = flx.pad %b low [1] high [0] interior [1] : tensor<6xf32> -> tensor<12xf32>
  // CHECK: flx.concat %{{.*}}, %{{.*}} axis 1 : (tensor<4x6xf32>, tensor<4x3xf32>) -> tensor<4x9xf32>
  %7 = flx.concat %x, %u axis 1 : (tensor<4x6xf32>, tensor<4x3xf32>) -> tensor<4x9xf32>
  // CHECK: flx.gather %{{.*}}, %{{.*}} axis 1 : (tensor<4x6xf32>, tensor<3xi32>) -> tensor<4x3xf32>
  %8 = flx.gather %x, %i axis 1 : (tensor<4x6xf32>, tensor<3xi32>) -> tensor<4x3xf32>
  // CHECK: flx.scatter_add %{{.*}}, %{{.*}} axis 1 : (tensor<4x3xf32>, tensor<3xi32>) -> tensor<4x6xf32>
  %9 = flx.scatter_add %u, %i axis 1 : (tensor<4x3xf32>, tensor<3xi32>) -> tensor<4x6xf32>
  return
}

// CHECK-LABEL: func @reduction
func.func @reduction(%x: tensor<4x3xf32>, %c: tensor<4x3xi1>) {
  // CHECK: flx.sum %{{.*}} axes [0] : tensor<4x3xf32> -> tensor<3xf32>
  %0 = flx.sum %x axes [0] : tensor<4x3xf32> -> tensor<3xf32>
  // CHECK: flx.prod %{{.*}} axes [0, 1] : tensor<4x3xf32> -> tensor<f32>
  %1 = flx.prod %x axes [0, 1] : tensor<4x3xf32> -> tensor<f32>
  // CHECK: flx.reduce_max
  %2 = flx.reduce_max %x axes [1] : tensor<4x3xf32> -> tensor<4xf32>
  // CHECK: flx.reduce_min
  %3 = flx.reduce_min %x axes [1] : tensor<4x3xf32> -> tensor<4xf32>
  // CHECK: flx.any %{{.*}} axes [1] : tensor<4x3xi1> -> tensor<4xi1>
  %4 = flx.any %c axes [1] : tensor<4x3xi1> -> tensor<4xi1>
  // CHECK: flx.all
  %5 = flx.all %c axes [0, 1] : tensor<4x3xi1> -> tensor<i1>
  // CHECK: flx.argmax %{{.*}} axis 1 : tensor<4x3xf32> -> tensor<4xi32>
  %6 = flx.argmax %x axis 1 : tensor<4x3xf32> -> tensor<4xi32>
  // CHECK: flx.argmin
  %7 = flx.argmin %x axis 0 : tensor<4x3xf32> -> tensor<3xi32>
  return
}

// CHECK-LABEL: func @contraction
func.func @contraction(%a: tensor<4x16xf32>, %b: tensor<16x8xf32>, %bias: tensor<8xf32>) -> (tensor<4x8xf32>, tensor<4x8xi1>) {
  // CHECK: flx.einsum "ij,jk->ik"(%{{.*}}, %{{.*}}) : (tensor<4x16xf32>, tensor<16x8xf32>) -> tensor<4x8xf32>
  %0 = flx.einsum "ij,jk->ik"(%a, %b) : (tensor<4x16xf32>, tensor<16x8xf32>) -> tensor<4x8xf32>
  // CHECK: flx.einsum "i->ii"(%{{.*}}) : (tensor<8xf32>) -> tensor<8x8xf32>
  %1 = flx.einsum "i->ii"(%bias) : (tensor<8xf32>) -> tensor<8x8xf32>
  // CHECK: flx.contract "ij,jk->ik"(%{{.*}}, %{{.*}}) epilogue(%{{.*}} : tensor<8xf32>) maps [#{{.*}}] {
  // CHECK: ^bb0(%[[ACC:.*]]: f32, %[[BIAS:.*]]: f32):
  // CHECK:   %[[SUM:.*]] = flx.add %[[ACC]], %[[BIAS]] : f32
  // CHECK:   flx.yield %[[SUM]], %{{.*}} : f32, i1
  // CHECK: } : (tensor<4x16xf32>, tensor<16x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xi1>)
  %2:2 = flx.contract "ij,jk->ik"(%a, %b) epilogue(%bias : tensor<8xf32>) maps [affine_map<(i, k) -> (k)>] {
  ^bb0(%acc: f32, %bias_element: f32):
    %s = flx.add %acc, %bias_element : f32
    %zero = flx.constant 0.0 : f32
    %c = flx.gt %s, %zero : f32
    flx.yield %s, %c : f32, i1
  } : (tensor<4x16xf32>, tensor<16x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xi1>)
  // CHECK: flx.contract "ij->i"(%{{.*}}) {
  %3 = flx.contract "ij->i"(%a) {
  ^bb0(%acc: f32):
    flx.yield %acc : f32
  } : (tensor<4x16xf32>) -> tensor<4xf32>
  return %2#0, %2#1 : tensor<4x8xf32>, tensor<4x8xi1>
}

// CHECK-LABEL: func @random
func.func @random(%key: tensor<i64>) {
  // CHECK: flx.fold_in %{{.*}}, %{{.*}}
  %0 = flx.fold_in %key, %key
  // CHECK: flx.random_uniform %{{.*}} : tensor<4xf32>
  %1 = flx.random_uniform %0 : tensor<4xf32>
  // CHECK: flx.random_normal %{{.*}} : tensor<2x2xf64>
  %2 = flx.random_normal %0 : tensor<2x2xf64>
  return
}

func.func private @f(%x: tensor<4xf32>, %i: tensor<i32>) -> (tensor<4xf32>, tensor<i32>) {
  return %x, %i : tensor<4xf32>, tensor<i32>
}

// CHECK-LABEL: func @transform
func.func @transform(%x: tensor<4xf32>, %i: tensor<i32>) {
  // CHECK: flx.vjp @f wrt [0](%{{.*}}, %{{.*}}, %{{.*}}) : (tensor<4xf32>, tensor<i32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<i32>, tensor<4xf32>)
  %0:3 = flx.vjp @f wrt [0](%x, %i, %x) : (tensor<4xf32>, tensor<i32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<i32>, tensor<4xf32>)
  // CHECK: flx.jvp @f wrt [0](%{{.*}}, %{{.*}}, %{{.*}}) : (tensor<4xf32>, tensor<i32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<i32>, tensor<4xf32>)
  %1:3 = flx.jvp @f wrt [0](%x, %i, %x) : (tensor<4xf32>, tensor<i32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<i32>, tensor<4xf32>)
  return
}
