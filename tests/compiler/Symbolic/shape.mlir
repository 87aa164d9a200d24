// RUN: fluxion-opt %s --flx-simplify=fast-math --split-input-file | FileCheck %s

// Work on the narrow side of a repetition.
// CHECK-LABEL: func @narrow
// CHECK-SAME: (%[[A:.*]]: tensor<3xf64>, %[[S:.*]]: tensor<f64>)
// CHECK: %[[SB:.*]] = flx.broadcast %[[S]] dims [] : tensor<f64> -> tensor<3xf64>
// CHECK: %[[P:.*]] = flx.mul %{{.*}}, %{{.*}} : tensor<3xf64>
// CHECK: %[[E:.*]] = flx.exp %[[P]] : tensor<3xf64>
// CHECK: %[[B:.*]] = flx.broadcast %[[E]] dims [1] : tensor<3xf64> -> tensor<4x3xf64>
// CHECK: return %[[B]]
func.func @narrow(%a: tensor<3xf64>, %s: tensor<f64>) -> tensor<4x3xf64> {
  %0 = flx.broadcast %a dims [1] : tensor<3xf64> -> tensor<4x3xf64>
  %1 = flx.broadcast %s dims [] : tensor<f64> -> tensor<4x3xf64>
  %2 = flx.mul %0, %1 : tensor<4x3xf64>
  %3 = flx.exp %2 : tensor<4x3xf64>
  return %3 : tensor<4x3xf64>
}

// -----
// Σ over repetitions is a multiple.
// CHECK-LABEL: func @repeated
// CHECK-SAME: (%[[A:.*]]: tensor<3xf64>)
// CHECK-DAG: %[[FOUR:.*]] = flx.constant dense<4.000000e+00>
// CHECK-DAG: %[[M:.*]] = flx.mul %[[A]], %[[FOUR]]
// CHECK: return %[[M]], %[[A]]
func.func @repeated(%a: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>) {
  %0 = flx.broadcast %a dims [1] : tensor<3xf64> -> tensor<4x3xf64>
  %1 = flx.sum %0 axes [0] : tensor<4x3xf64> -> tensor<3xf64>
  %2 = flx.reduce_max %0 axes [0] : tensor<4x3xf64> -> tensor<3xf64>
  return %1, %2 : tensor<3xf64>, tensor<3xf64>
}

// -----
// Slices read through what they cut; the adjoint of cutting in pieces joins them.
// CHECK-LABEL: func @pieces
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf64>, %[[Y:.*]]: tensor<2x5xf64>)
// CHECK-NEXT: %[[C:.*]] = flx.concat %[[X]], %[[Y]] axis 1
// CHECK-NEXT: return %[[Y]], %[[X]], %[[C]]
func.func @pieces(%x: tensor<2x3xf64>, %y: tensor<2x5xf64>) -> (tensor<2x5xf64>, tensor<2x3xf64>, tensor<2x8xf64>) {
  %0 = flx.concat %x, %y axis 1 : (tensor<2x3xf64>, tensor<2x5xf64>) -> tensor<2x8xf64>
  %1 = flx.slice %0 offsets [0, 3] strides [1, 1] : tensor<2x8xf64> -> tensor<2x5xf64>
  %2 = flx.pad %x low [1, 0] high [0, 2] interior [0, 1] : tensor<2x3xf64> -> tensor<3x7xf64>
  %3 = flx.slice %2 offsets [1, 0] strides [1, 2] : tensor<3x7xf64> -> tensor<2x3xf64>
  %4 = flx.pad %x low [0, 0] high [0, 5] interior [0, 0] : tensor<2x3xf64> -> tensor<2x8xf64>
  %5 = flx.pad %y low [0, 3] high [0, 0] interior [0, 0] : tensor<2x5xf64> -> tensor<2x8xf64>
  %6 = flx.add %5, %4 : tensor<2x8xf64>
  return %1, %3, %6 : tensor<2x5xf64>, tensor<2x3xf64>, tensor<2x8xf64>
}
