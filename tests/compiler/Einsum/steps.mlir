// RUN: fluxion-opt %s -flx-einsum -flx-batch-steps | FileCheck %s

// The input's projection is one product for all steps; the recurrent one stays, and so does a small one.
// CHECK-LABEL: func.func @rnn(
// CHECK-SAME: %[[H:arg0]]: tensor<2x64xf32>, %[[XS:arg1]]: tensor<10x2x64xf32>, %[[W:arg2]]: tensor<64x64xf32>
// CHECK: %[[XW:.*]] = flx.einsum "[[T:[a-zA-Z]]]bi,ij->[[T]]bj"(%[[XS]], %[[W]]) : (tensor<10x2x64xf32>, tensor<64x64xf32>) -> tensor<10x2x64xf32>
// CHECK: flx.scan init(%[[H]]) over(%[[XS]], %[[XW]]) length 10 reverse
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<i32>, %[[B:.*]]: tensor<2x64xf32>, %[[X:.*]]: tensor<2x64xf32>, %[[S:.*]]: tensor<2x64xf32>):
// CHECK-NEXT: %[[R:.*]] = flx.einsum "bi,ij->bj"(%[[B]], %{{.*}})
// CHECK-NEXT: flx.add %[[S]], %[[R]]
// CHECK-NEXT: flx.einsum "bi,b->i"(%[[X]], %{{.*}})
// CHECK: flx.yield
func.func @rnn(%h: tensor<2x64xf32>, %xs: tensor<10x2x64xf32>, %w: tensor<64x64xf32>, %u: tensor<64x64xf32>, %v: tensor<2xf32>)
    -> (tensor<2x64xf32>, tensor<10x64xf32>) {
  %last, %out = flx.scan init(%h) over(%xs) length 10 reverse : (tensor<2x64xf32>, tensor<10x2x64xf32>) -> (tensor<2x64xf32>, tensor<10x64xf32>) {
  ^bb0(%i: tensor<i32>, %before: tensor<2x64xf32>, %x: tensor<2x64xf32>):
    %0 = flx.einsum "bi,ij->bj"(%x, %w) : (tensor<2x64xf32>, tensor<64x64xf32>) -> tensor<2x64xf32>
    %1 = flx.einsum "bi,ij->bj"(%before, %u) : (tensor<2x64xf32>, tensor<64x64xf32>) -> tensor<2x64xf32>
    %2 = flx.add %0, %1 : tensor<2x64xf32>
    %3 = flx.einsum "bi,b->i"(%x, %v) : (tensor<2x64xf32>, tensor<2xf32>) -> tensor<64xf32>
    flx.yield %2, %3 : tensor<2x64xf32>, tensor<64xf32>
  }
  return %last, %out : tensor<2x64xf32>, tensor<10x64xf32>
}
