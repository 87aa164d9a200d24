// RUN: fluxion-opt %s --flx-simplify | FileCheck %s
// The example of the pass's documentation.

// CHECK-LABEL: func @f
// CHECK-SAME: (%[[X:.*]]: tensor<4xf64>)
// CHECK-NEXT: %[[Y:.*]] = flx.softplus %[[X]] : tensor<4xf64>
// CHECK-NEXT: return %[[Y]]
func.func @f(%x: tensor<4xf64>) -> tensor<4xf64> {
  %one = flx.constant dense<1.0> : tensor<4xf64>
  %0 = flx.exp %x : tensor<4xf64>
  %1 = flx.add %one, %0 : tensor<4xf64>
  %2 = flx.log %1 : tensor<4xf64>
  return %2 : tensor<4xf64>
}
