// RUN: fluxion-opt %s | fluxion-opt | FileCheck %s
// RUN: fluxion-opt %s --mlir-print-op-generic | fluxion-opt | FileCheck %s

// CHECK-LABEL: func @unary
func.func @unary(%a: tensor<4xf32>, %i: tensor<i32>, %c: tensor<2xi1>) {
  // CHECK: flx.neg %{{.*}} : tensor<4xf32>
  %0 = flx.neg %a : tensor<4xf32>
  // CHECK: flx.abs %{{.*}} : tensor<i32>
  %1 = flx.abs %i : tensor<i32>
  // CHECK: flx.sign
  %2 = flx.sign %a : tensor<4xf32>
  // CHECK: flx.floor
  %3 = flx.floor %a : tensor<4xf32>
  // CHECK: flx.ceil
  %4 = flx.ceil %a : tensor<4xf32>
  // CHECK: flx.round
  %5 = flx.round %a : tensor<4xf32>
  // CHECK: flx.exp
  %6 = flx.exp %a : tensor<4xf32>
  // CHECK: flx.expm1
  %7 = flx.expm1 %a : tensor<4xf32>
  // CHECK: flx.log
  %8 = flx.log %a : tensor<4xf32>
  // CHECK: flx.log1p
  %9 = flx.log1p %a : tensor<4xf32>
  // CHECK: flx.sqrt
  %10 = flx.sqrt %a : tensor<4xf32>
  // CHECK: flx.rsqrt
  %11 = flx.rsqrt %a : tensor<4xf32>
  // CHECK: flx.sin
  %12 = flx.sin %a : tensor<4xf32>
  // CHECK: flx.cos
  %13 = flx.cos %a : tensor<4xf32>
  // CHECK: flx.tan
  %14 = flx.tan %a : tensor<4xf32>
  // CHECK: flx.asin
  %15 = flx.asin %a : tensor<4xf32>
  // CHECK: flx.acos
  %16 = flx.acos %a : tensor<4xf32>
  // CHECK: flx.atan
  %17 = flx.atan %a : tensor<4xf32>
  // CHECK: flx.sinh
  %18 = flx.sinh %a : tensor<4xf32>
  // CHECK: flx.tanh
  %19 = flx.tanh %a : tensor<4xf32>
  // CHECK: flx.sigmoid
  %20 = flx.sigmoid %a : tensor<4xf32>
  // CHECK: flx.softplus
  %21 = flx.softplus %a : tensor<4xf32>
  // CHECK: flx.erf
  %22 = flx.erf %a : tensor<4xf32>
  // CHECK: flx.asinh
  %asinh = flx.asinh %a : tensor<4xf32>
  // CHECK: flx.acosh
  %acosh = flx.acosh %a : tensor<4xf32>
  // CHECK: flx.atanh
  %atanh = flx.atanh %a : tensor<4xf32>
  // CHECK: flx.cbrt
  %cbrt = flx.cbrt %a : tensor<4xf32>
  // CHECK: flx.erfc
  %erfc = flx.erfc %a : tensor<4xf32>
  // CHECK: flx.gaussian
  %gaussian = flx.gaussian %a : tensor<4xf32>
  // CHECK: flx.normal_cdf
  %normal_cdf = flx.normal_cdf %a : tensor<4xf32>
  // CHECK: flx.lgamma
  %23 = flx.lgamma %a : tensor<4xf32>
  // CHECK: flx.digamma
  %24 = flx.digamma %a : tensor<4xf32>
  // CHECK: flx.polygamma 2, %{{.*}} : tensor<4xf32>
  %25 = flx.polygamma 2, %a : tensor<4xf32>
  // CHECK: flx.not %{{.*}} : tensor<2xi1>
  %26 = flx.not %c : tensor<2xi1>
  // CHECK: flx.stop_gradient
  %27 = flx.stop_gradient %a : tensor<4xf32>
  // CHECK: flx.convert %{{.*}} : tensor<i32> to tensor<f64>
  %28 = flx.convert %i : tensor<i32> to tensor<f64>
  return
}

// CHECK-LABEL: func @binary
func.func @binary(%a: tensor<4xf64>, %b: tensor<4xf64>, %i: tensor<4xi64>, %c: tensor<4xi1>) {
  // CHECK: flx.add %{{.*}}, %{{.*}} : tensor<4xf64>
  %0 = flx.add %a, %b : tensor<4xf64>
  // CHECK: flx.sub
  %1 = flx.sub %a, %b : tensor<4xf64>
  // CHECK: flx.mul %{{.*}}, %{{.*}} : tensor<4xi64>
  %2 = flx.mul %i, %i : tensor<4xi64>
  // CHECK: flx.div
  %3 = flx.div %a, %b : tensor<4xf64>
  // CHECK: flx.pow
  %4 = flx.pow %a, %b : tensor<4xf64>
  // CHECK: flx.max
  %5 = flx.max %a, %b : tensor<4xf64>
  // CHECK: flx.min
  %6 = flx.min %a, %b : tensor<4xf64>
  // CHECK: flx.atan2
  %7 = flx.atan2 %a, %b : tensor<4xf64>
  // CHECK: flx.rem
  %8 = flx.rem %a, %b : tensor<4xf64>
  // CHECK: flx.floordiv
  %9 = flx.floordiv %i, %i : tensor<4xi64>
  // CHECK: flx.and %{{.*}}, %{{.*}} : tensor<4xi1>
  %10 = flx.and %c, %c : tensor<4xi1>
  // CHECK: flx.or
  %11 = flx.or %c, %c : tensor<4xi1>
  // CHECK: flx.xor
  %12 = flx.xor %i, %i : tensor<4xi64>
  // CHECK: flx.select %{{.*}}, %{{.*}}, %{{.*}} : tensor<4xf64>
  %13 = flx.select %c, %a, %b : tensor<4xf64>
  return
}

// CHECK-LABEL: func @comparison
func.func @comparison(%a: tensor<4xf64>, %b: tensor<4xf64>) -> tensor<4xi1> {
  // CHECK: flx.lt %{{.*}}, %{{.*}} : tensor<4xf64>
  %0 = flx.lt %a, %b : tensor<4xf64>
  // CHECK: flx.le
  %1 = flx.le %a, %b : tensor<4xf64>
  // CHECK: flx.gt
  %2 = flx.gt %a, %b : tensor<4xf64>
  // CHECK: flx.ge
  %3 = flx.ge %a, %b : tensor<4xf64>
  // CHECK: flx.eq %{{.*}}, %{{.*}} : tensor<4xi1>
  %4 = flx.eq %0, %1 : tensor<4xi1>
  // CHECK: flx.ne
  %5 = flx.ne %a, %b : tensor<4xf64>
  // CHECK: return %{{.*}} : tensor<4xi1>
  return %5 : tensor<4xi1>
}

// Elementwise ops stand on bare scalars too, as in the bodies that lowering makes.
// CHECK-LABEL: func @scalars
func.func @scalars(%a: f32, %i: i64) -> f32 {
  // CHECK: flx.constant 2.000000e+00 : f32
  %0 = flx.constant 2.0 : f32
  // CHECK: flx.mul %{{.*}}, %{{.*}} : f32
  %1 = flx.mul %a, %0 : f32
  // CHECK: flx.lt %{{.*}}, %{{.*}} : f32
  %2 = flx.lt %1, %0 : f32
  // CHECK: flx.convert %{{.*}} : i64 to f32
  %3 = flx.convert %i : i64 to f32
  // CHECK: flx.select %{{.*}}, %{{.*}}, %{{.*}} : f32
  %4 = flx.select %2, %1, %3 : f32
  return %4 : f32
}
