// RUN: fluxion-opt %s -flx-to-linalg | FileCheck %s

// CHECK-DAG: #[[WINDOW:.*]] = affine_map<(d0, d1) -> (d0 * 2 + d1 * 3)>

// What a body reads from outside is computed once, outside; what it does is fused inside; a constant and a broadcast are
// repeated there, so that no memory stands behind them; what nobody reads goes.
// CHECK-LABEL: func @loop
// CHECK-SAME: %[[A:.*]]: tensor<8xf32>, %[[S:.*]]: tensor<f32>
// CHECK: %[[E:.*]] = linalg.generic {{.*}} ins(%[[A]]
// CHECK: flx.exp
// CHECK: flx.scan init(%[[A]]) over() length 5
// CHECK-NEXT: ^bb0(%{{.*}}: tensor<i32>, %[[H:.*]]: tensor<8xf32>):
// CHECK: linalg.generic {{.*}} ins(%[[E]], %[[H]], %[[S]] : tensor<8xf32>, tensor<8xf32>, tensor<f32>)
// CHECK-NEXT: ^bb0
// CHECK-NEXT: flx.mul
// CHECK-NEXT: flx.add
// CHECK-NEXT: arith.constant 2
// CHECK-NEXT: flx.min
// CHECK-NEXT: linalg.yield
// CHECK-NOT: linalg.generic
// CHECK: flx.yield
// CHECK-NOT: linalg.generic
func.func @loop(%a: tensor<8xf32>, %s: tensor<f32>) -> tensor<8xf32> {
  %e = flx.exp %a : tensor<8xf32>
  %b = flx.broadcast %s dims [] : tensor<f32> -> tensor<8xf32>
  %c = flx.constant dense<2.0> : tensor<8xf32>
  %unread = flx.log %a : tensor<8xf32>
  %r = flx.scan init(%a) over() length 5 : (tensor<8xf32>) -> tensor<8xf32> {
  ^bb0(%i: tensor<i32>, %h: tensor<8xf32>):
    %0 = flx.mul %e, %h : tensor<8xf32>
    %1 = flx.add %0, %b : tensor<8xf32>
    %2 = flx.min %1, %c : tensor<8xf32>
    %nobody = flx.neg %unread : tensor<8xf32>
    flx.yield %2 : tensor<8xf32>
  }
  return %r : tensor<8xf32>
}

// Both arms of a branch are blocks of their own: an op between a value outside and an arm does not move into it.
// CHECK-LABEL: func @branch
// CHECK: linalg.generic
// CHECK: flx.neg
// CHECK: flx.if
// CHECK: linalg.generic
// CHECK: flx.exp
// CHECK: flx.yield
// CHECK: else
// CHECK: flx.yield
// CHECK: return
func.func @branch(%a: tensor<8xf32>, %p: tensor<i1>) -> tensor<8xf32> {
  %n = flx.neg %a : tensor<8xf32>
  %r = flx.if %p : (tensor<i1>) -> (tensor<8xf32>) {
    %0 = flx.exp %n : tensor<8xf32>
    flx.yield %0 : tensor<8xf32>
  } else {
    flx.yield %n : tensor<8xf32>
  }
  return %r : tensor<8xf32>
}

// A window is an index map of whoever reads it.
// CHECK-LABEL: func @smooth
// CHECK: linalg.generic {indexing_maps = [#[[WINDOW]],
// CHECK-NOT: linalg.generic
func.func @smooth(%a: tensor<20xf32>) -> tensor<7xf32> {
  %0 = flx.window %a axis 0 size 3 stride 2 dilation 3 : tensor<20xf32> -> tensor<7x3xf32>
  %1 = flx.sum %0 axes [1] : tensor<7x3xf32> -> tensor<7xf32>
  return %1 : tensor<7xf32>
}
