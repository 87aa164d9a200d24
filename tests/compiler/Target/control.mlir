// RUN: fluxion-opt %s -flx-einsum -flx-fuse-contract -flx-to-linalg -flx-to-buffers=cpu=x86-64-v4 | FileCheck %s

// A step of a recurrent cell is a function: its carried value lies in the result's memory, the sequence and the stack are
// addresses of slices, the weights are captured. What is stacked is made in the stack and copied to be carried.
// CHECK-LABEL: func private @rnn_scan0_body(
// CHECK-SAME: %[[C:.*]]: !llvm.ptr, %{{.*}}: memref<i32>, %[[H:.*]]: memref<4x16xf32>, %[[X:.*]]: memref<4x16xf32>, %[[W:.*]]: memref<16x16xf32>, %[[NEXT:.*]]: memref<4x16xf32>, %[[OUT:.*]]: memref<4x16xf32>, %{{.*}}: memref<1xi8>)
// CHECK-NEXT: call @rnn_kernel0(%[[C]], %[[H]], %[[W]], %[[X]], %[[OUT]])
// CHECK-NEXT: call @rnn_kernel1(%[[C]], %[[OUT]], %[[NEXT]])
// CHECK-NEXT: return
// CHECK-LABEL: func @fluxion.rnn(
// CHECK-SAME: %{{.*}}: !llvm.ptr, %{{.*}}: memref<4x16xf32>, %[[XS:.*]]: memref<10x4x16xf32>, %[[W:.*]]: memref<16x16xf32>, %[[LAST:.*]]: memref<4x16xf32>, %[[ALL:.*]]: memref<10x4x16xf32>, %{{.*}}: memref<64xi8>)
// CHECK: llvm.intr.memmove
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %c10
// CHECK-NOT: memref.store
// CHECK: memref.reinterpret_cast %[[XS]] to offset: [%{{.*}}], sizes: [4, 16]
// CHECK: memref.reinterpret_cast %[[ALL]] to offset: [%{{.*}}], sizes: [4, 16]
// CHECK: call @rnn_scan0_body(%{{.*}}, %{{.*}}, %[[LAST]], %{{.*}}, %[[W]], %[[LAST]], %{{.*}}, %{{.*}})
// CHECK: return
func.func @rnn(%h: tensor<4x16xf32>, %xs: tensor<10x4x16xf32>, %w: tensor<16x16xf32>) -> (tensor<4x16xf32>, tensor<10x4x16xf32>) {
  %last, %all = flx.scan init(%h) over(%xs) length 10 : (tensor<4x16xf32>, tensor<10x4x16xf32>) -> (tensor<4x16xf32>, tensor<10x4x16xf32>) {
  ^bb0(%i: tensor<i32>, %before: tensor<4x16xf32>, %x: tensor<4x16xf32>):
    %0 = flx.einsum "bi,ij->bj"(%before, %w) : (tensor<4x16xf32>, tensor<16x16xf32>) -> tensor<4x16xf32>
    %1 = flx.add %0, %x : tensor<4x16xf32>
    %2 = flx.tanh %1 : tensor<4x16xf32>
    flx.yield %2, %2 : tensor<4x16xf32>, tensor<4x16xf32>
  }
  return %last, %all : tensor<4x16xf32>, tensor<10x4x16xf32>
}

// Max-pooling behind a rectifier reads the picture once: one kernel, no window in memory, vectors along the channels.
// CHECK-LABEL: func private @pool_kernel0(
// CHECK: scf.for
// CHECK: vector.load {{.*}} vector<16xf32>
// CHECK-NOT: memref.load
// CHECK: vector.store
// CHECK-LABEL: func @fluxion.pool(
// CHECK-SAME: memref<1xi8>
// CHECK-NEXT: call @pool_kernel0(
// CHECK-NEXT: return
func.func @pool(%x: tensor<2x8x6x16xf32>) -> tensor<2x4x3x16xf32> {
  %zero = flx.constant dense<0.0> : tensor<2x8x6x16xf32>
  %relu = flx.max %x, %zero : tensor<2x8x6x16xf32>
  %0 = flx.window %relu axis 1 size 2 stride 2 dilation 1 : tensor<2x8x6x16xf32> -> tensor<2x4x2x6x16xf32>
  %1 = flx.window %0 axis 3 size 2 stride 2 dilation 1 : tensor<2x4x2x6x16xf32> -> tensor<2x4x2x3x2x16xf32>
  %2 = flx.reduce_max %1 axes [2, 4] : tensor<2x4x2x3x2x16xf32> -> tensor<2x4x3x16xf32>
  return %2 : tensor<2x4x3x16xf32>
}
