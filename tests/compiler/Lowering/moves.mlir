// RUN: fluxion-opt %s -flx-to-linalg | FileCheck %s

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[T:.*]] = affine_map<(d0, d1) -> (d1, d0)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[SLICE:.*]] = affine_map<(d0) -> (d0 * 2 + 1)>
// CHECK-DAG: #[[PREFIX:.*]] = affine_map<(d0) -> (d0 mod 9)>

// Broadcast and transpose are maps.
// CHECK-LABEL: func @maps
// CHECK: linalg.generic {indexing_maps = [#[[T]], #[[ROW]], #[[ID]]], {{.*}}} ins(%arg0, %arg1 : tensor<8x4xf32>, tensor<8xf32>)
func.func @maps(%a: tensor<8x4xf32>, %b: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = flx.transpose %a [1, 0] : tensor<8x4xf32> -> tensor<4x8xf32>
  %1 = flx.broadcast %b dims [1] : tensor<8xf32> -> tensor<4x8xf32>
  %2 = flx.add %0, %1 : tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}

// So is a slice; of a prefix, linalg is told the extent of the axis.
// CHECK-LABEL: func @slices
// CHECK: indexing_maps = [#[[SLICE]], #[[PREFIX]], {{.*}} ins(%arg0, %arg0 : tensor<9xf32>, tensor<9xf32>)
func.func @slices(%a: tensor<9xf32>) -> tensor<4xf32> {
  %0 = flx.slice %a offsets [1] strides [2] : tensor<9xf32> -> tensor<4xf32>
  %1 = flx.slice %a offsets [0] strides [1] : tensor<9xf32> -> tensor<4xf32>
  %2 = flx.mul %0, %1 : tensor<4xf32>
  return %2 : tensor<4xf32>
}

// CHECK-LABEL: func @gathers
// CHECK: linalg.generic {{.*}} ins(%arg1 : tensor<3xi32>)
// CHECK: %[[I:.*]] = arith.index_cast %{{.*}} : i32 to index
// CHECK: %[[J:.*]] = linalg.index 1
// CHECK: tensor.extract %arg0[%[[I]], %[[J]]]
func.func @gathers(%x: tensor<10x8xf32>, %i: tensor<3xi32>) -> tensor<3x8xf32> {
  %0 = flx.gather %x, %i axis 0 : (tensor<10x8xf32>, tensor<3xi32>) -> tensor<3x8xf32>
  %1 = flx.neg %0 : tensor<3x8xf32>
  return %1 : tensor<3x8xf32>
}

// one_hot needs no memory but its result.
// CHECK-LABEL: func @one_hot
// CHECK: linalg.generic {{.*}} ins(%arg0 : tensor<4xi32>)
// CHECK: linalg.index 1
// CHECK: flx.eq
// CHECK: flx.convert
// CHECK-NOT: linalg.generic
func.func @one_hot(%y: tensor<4xi32>) -> tensor<4x10xf32> {
  %0 = flx.iota axis 1 : tensor<4x10xi32>
  %1 = flx.broadcast %y dims [0] : tensor<4xi32> -> tensor<4x10xi32>
  %2 = flx.eq %0, %1 : tensor<4x10xi32>
  %3 = flx.convert %2 : tensor<4x10xi1> to tensor<4x10xf32>
  return %3 : tensor<4x10xf32>
}

// What has no affine map stays an op, with a kernel of its own.
// CHECK-LABEL: func @stay
// CHECK: flx.reshape
// CHECK: flx.concat
// CHECK: flx.pad
func.func @stay(%a: tensor<4x2xf32>) -> tensor<18xf32> {
  %0 = flx.reshape %a : tensor<4x2xf32> -> tensor<8xf32>
  %1 = flx.concat %0, %0 axis 0 : (tensor<8xf32>, tensor<8xf32>) -> tensor<16xf32>
  %2 = flx.pad %1 low [1] high [1] interior [0] : tensor<16xf32> -> tensor<18xf32>
  return %2 : tensor<18xf32>
}
