// RUN: fluxion-opt %s --flx-differentiate --flx-simplify | FileCheck %s
// Tensors without elements and arguments in another order: nothing breaks.

func.func private @f(%x: tensor<0x3xf64>, %w: tensor<3xf64>) -> tensor<f64> {
  %0 = flx.einsum "nd,d->n"(%x, %w) : (tensor<0x3xf64>, tensor<3xf64>) -> tensor<0xf64>
  %1 = flx.sin %0 : tensor<0xf64>
  %2 = flx.prod %1 axes [0] : tensor<0xf64> -> tensor<f64>
  %3 = flx.reduce_max %x axes [1] : tensor<0x3xf64> -> tensor<0xf64>
  %4 = flx.concat %1, %3, %w axis 0 : (tensor<0xf64>, tensor<0xf64>, tensor<3xf64>) -> tensor<3xf64>
  %5 = flx.slice %4 offsets [3] strides [1] : tensor<3xf64> -> tensor<0xf64>
  %6 = flx.broadcast %5 dims [1] : tensor<0xf64> -> tensor<2x0xf64>
  %7 = flx.sum %6 axes [0, 1] : tensor<2x0xf64> -> tensor<f64>
  %8 = flx.sum %4 axes [0] : tensor<3xf64> -> tensor<f64>
  %9 = flx.add %2, %7 : tensor<f64>
  %10 = flx.add %9, %8 : tensor<f64>
  return %10 : tensor<f64>
}
// CHECK-LABEL: func.func @g
// CHECK: return %{{.*}}, %{{.*}} : tensor<3xf64>, tensor<0x3xf64>
func.func @g(%x: tensor<0x3xf64>, %w: tensor<3xf64>, %ct: tensor<f64>) -> (tensor<3xf64>, tensor<0x3xf64>) {
  %r:3 = flx.vjp @f wrt [1, 0](%x, %w, %ct) : (tensor<0x3xf64>, tensor<3xf64>, tensor<f64>) -> (tensor<f64>, tensor<3xf64>, tensor<0x3xf64>)
  return %r#1, %r#2 : tensor<3xf64>, tensor<0x3xf64>
}
