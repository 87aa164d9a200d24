// RUN: fluxion-opt %s --flx-differentiate | FileCheck %s
// The example of the pass's documentation.

// CHECK-NOT: @f
// CHECK-LABEL: func @g
// CHECK-SAME: (%[[X:.*]]: tensor<4xf64>, %[[CT:.*]]: tensor<4xf64>)
// CHECK-NEXT: %[[COS:.*]] = flx.cos %[[X]] : tensor<4xf64>
// CHECK-NEXT: %[[BAR:.*]] = flx.mul %[[CT]], %[[COS]] : tensor<4xf64>
// CHECK-NEXT: return %[[BAR]]
func.func private @f(%x: tensor<4xf64>) -> tensor<4xf64> {
  %y = flx.sin %x : tensor<4xf64>
  return %y : tensor<4xf64>
}
func.func @g(%x: tensor<4xf64>, %ct: tensor<4xf64>) -> tensor<4xf64> {
  %y, %xBar = flx.vjp @f wrt [0](%x, %ct) : (tensor<4xf64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>)
  return %xBar : tensor<4xf64>
}
