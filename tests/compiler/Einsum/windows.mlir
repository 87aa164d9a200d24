// RUN: fluxion-opt %s -flx-einsum -flx-arrange-windows -flx-fuse-contract -cse -flx-to-linalg | FileCheck %s

// A convolution: one loop nest writes the windows, places first, and one product over k·l·c reads them. The gradient of
// the kernel reads them in the same order.
// CHECK-DAG: #[[WINDOWS:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 + d3, d2 + d4, d5)>
// CHECK-LABEL: func.func @conv(
// CHECK: linalg.generic {indexing_maps = [#[[WINDOWS]],
// CHECK-NOT: linalg.generic
// CHECK-DAG: flx.contract "bpqklc,klco->bpqo"
// CHECK-DAG: flx.contract "bpqklc,bpqo->klco"
func.func @conv(%x: tensor<8x8x8x4xf32>, %k: tensor<3x3x4x5xf32>, %dy: tensor<8x6x6x5xf32>) -> (tensor<8x6x6x5xf32>, tensor<3x3x4x5xf32>) {
  %0 = flx.window %x axis 1 size 3 stride 1 dilation 1 : tensor<8x8x8x4xf32> -> tensor<8x6x3x8x4xf32>
  %1 = flx.window %0 axis 3 size 3 stride 1 dilation 1 : tensor<8x6x3x8x4xf32> -> tensor<8x6x3x6x3x4xf32>
  %2 = flx.einsum "bpkqlc,klco->bpqo"(%1, %k) : (tensor<8x6x3x6x3x4xf32>, tensor<3x3x4x5xf32>) -> tensor<8x6x6x5xf32>
  %3 = flx.einsum "bpkqlc,bpqo->klco"(%1, %dy) : (tensor<8x6x3x6x3x4xf32>, tensor<8x6x6x5xf32>) -> tensor<3x3x4x5xf32>
  return %2, %3 : tensor<8x6x6x5xf32>, tensor<3x3x4x5xf32>
}
