// RUN: fluxion-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: func @constants
func.func @constants() -> (tensor<4xf32>, tensor<i32>, tensor<2xi1>, tensor<i32>, tensor<i32>, tensor<f64>) {
  %a = flx.constant dense<3.0> : tensor<4xf32>
  %b = flx.constant dense<2.0> : tensor<4xf32>
  // Rounded to f32 after each op.
  // CHECK-DAG: flx.constant dense<0.693147182> : tensor<4xf32>
  %0 = flx.sub %a, %b : tensor<4xf32>
  %1 = flx.add %0, %0 : tensor<4xf32>
  %2 = flx.log %1 : tensor<4xf32>
  // ⌊−7/2⌋ = −4
  // CHECK-DAG: flx.constant dense<-4> : tensor<i32>
  %c = flx.constant dense<-7> : tensor<i32>
  %d = flx.constant dense<2> : tensor<i32>
  %3 = flx.floordiv %c, %d : tensor<i32>
  // −7 − 2·(−4) = 1
  // CHECK-DAG: flx.constant dense<1> : tensor<i32>
  %4 = flx.rem %c, %d : tensor<i32>
  // CHECK-DAG: flx.constant dense<true> : tensor<2xi1>
  %e = flx.constant dense<1.0> : tensor<2xf32>
  %5 = flx.le %e, %e : tensor<2xf32>
  // Saturates.
  // CHECK-DAG: flx.constant dense<2147483647> : tensor<i32>
  %f = flx.constant dense<1.0e30> : tensor<f32>
  %6 = flx.convert %f : tensor<f32> to tensor<i32>
  // The remainder has the sign of the divisor.
  // CHECK-DAG: flx.constant dense<2.500000e+00> : tensor<f64>
  %g = flx.constant dense<-0.5> : tensor<f64>
  %h = flx.constant dense<3.0> : tensor<f64>
  %7 = flx.rem %g, %h : tensor<f64>
  return %2, %3, %5, %6, %4, %7 : tensor<4xf32>, tensor<i32>, tensor<2xi1>, tensor<i32>, tensor<i32>, tensor<f64>
}

// CHECK-LABEL: func @identities
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>, %[[C:.*]]: tensor<4xi1>)
// CHECK-NEXT: return %[[X]], %[[X]], %[[X]], %[[X]], %[[C]], %[[X]]
func.func @identities(%x: tensor<4xf32>, %c: tensor<4xi1>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi1>, tensor<4xf32>) {
  %zero = flx.constant dense<0.0> : tensor<4xf32>
  %one = flx.constant dense<1.0> : tensor<4xf32>
  %0 = flx.add %zero, %x : tensor<4xf32> loc(fused<"derivative">["m.flx":1:1])
  %1 = flx.mul %one, %x : tensor<4xf32>
  %n = flx.neg %x : tensor<4xf32>
  %2 = flx.neg %n : tensor<4xf32>
  %3 = flx.pow %x, %one : tensor<4xf32>
  %m = flx.not %c : tensor<4xi1>
  %4 = flx.not %m : tensor<4xi1>
  %5 = flx.select %c, %x, %x : tensor<4xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi1>, tensor<4xf32>
}

// x + 0 is 0 at −0, x·0 is −0 for x < 0: kept where the program says so. x − x needs x finite.
// CHECK-LABEL: func @zeros
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>, %[[I:.*]]: tensor<4xi32>)
func.func @zeros(%x: tensor<4xf32>, %i: tensor<4xi32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %zero = flx.constant dense<0.0> : tensor<4xf32>
  %minus = flx.constant dense<-0.0> : tensor<4xf32>
  %f = flx.convert %i : tensor<4xi32> to tensor<4xf32>
  // CHECK-DAG: %[[A:.*]] = flx.add %[[X]]
  %0 = flx.add %x, %zero : tensor<4xf32>
  %1 = flx.add %x, %minus : tensor<4xf32>
  // CHECK-DAG: %[[M:.*]] = flx.sub %[[X]]
  %2 = flx.sub %x, %minus : tensor<4xf32>
  // CHECK-DAG: %[[P:.*]] = flx.mul
  %3 = flx.mul %f, %zero : tensor<4xf32>
  // CHECK-DAG: %[[F:.*]] = flx.convert
  %4 = flx.add %f, %zero : tensor<4xf32>
  // CHECK: return %[[A]], %[[X]], %[[M]], %[[P]], %[[F]]
  return %0, %1, %2, %3, %4 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// An index out of range is an error of the run even where all elements are one.
// CHECK-LABEL: func @gathered
func.func @gathered(%i: tensor<2xi32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %c = flx.constant dense<2.0> : tensor<4xf32>
  %in = flx.constant dense<[0, 3]> : tensor<2xi32>
  %out = flx.constant dense<[0, 4]> : tensor<2xi32>
  // CHECK: %[[A:.*]] = flx.gather
  // CHECK: %[[B:.*]] = flx.gather
  // CHECK-NOT: flx.gather
  %0 = flx.gather %c, %i axis 0 : (tensor<4xf32>, tensor<2xi32>) -> tensor<2xf32>
  %1 = flx.gather %c, %out axis 0 : (tensor<4xf32>, tensor<2xi32>) -> tensor<2xf32>
  %2 = flx.gather %c, %in axis 0 : (tensor<4xf32>, tensor<2xi32>) -> tensor<2xf32>
  return %0, %1, %2 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// x·0 and x − x need x finite: kept for an argument, folded for what is known.
// CHECK-LABEL: func @finite
func.func @finite(%x: tensor<4xf32>, %i: tensor<4xi32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi32>) {
  %zero = flx.constant dense<0.0> : tensor<4xf32>
  // CHECK: %[[P:.*]] = flx.mul
  %0 = flx.mul %x, %zero : tensor<4xf32>
  // CHECK: %[[D:.*]] = flx.sub
  %1 = flx.sub %x, %x : tensor<4xf32>
  %f = flx.convert %i : tensor<4xi32> to tensor<4xf32>
  %2 = flx.mul %f, %zero : tensor<4xf32> loc(fused<"derivative">["m.flx":1:1])
  %3 = flx.sub %i, %i : tensor<4xi32>
  // CHECK: return %[[P]], %[[D]], %{{cst|[0-9]+}}, %{{.*}}
  return %0, %1, %2, %3 : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xi32>
}

// CHECK-LABEL: func @shapes
// CHECK-SAME: (%[[X:.*]]: tensor<4x6xf32>, %[[B:.*]]: tensor<6xf32>)
func.func @shapes(%x: tensor<4x6xf32>, %b: tensor<6xf32>) -> (tensor<4x6xf32>, tensor<24xf32>, tensor<2x4x6xf32>, tensor<1xf32>, tensor<3x6xf32>) {
  // A transpose and its inverse.
  %0 = flx.transpose %x [1, 0] : tensor<4x6xf32> -> tensor<6x4xf32>
  %1 = flx.transpose %0 [1, 0] : tensor<6x4xf32> -> tensor<4x6xf32>
  // CHECK-DAG: %[[R:.*]] = flx.reshape %[[X]] : tensor<4x6xf32> -> tensor<24xf32>
  %2 = flx.reshape %x : tensor<4x6xf32> -> tensor<2x12xf32>
  %3 = flx.reshape %2 : tensor<2x12xf32> -> tensor<24xf32>
  // CHECK-DAG: %[[BB:.*]] = flx.broadcast %[[B]] dims [2] : tensor<6xf32> -> tensor<2x4x6xf32>
  %4 = flx.broadcast %b dims [1] : tensor<6xf32> -> tensor<4x6xf32>
  %5 = flx.broadcast %4 dims [1, 2] : tensor<4x6xf32> -> tensor<2x4x6xf32>
  // 1 + (1 + i·2)·2
  // CHECK-DAG: %[[S:.*]] = flx.slice %[[B]] offsets [3] strides [4] : tensor<6xf32> -> tensor<1xf32>
  %6 = flx.slice %b offsets [1] strides [2] : tensor<6xf32> -> tensor<3xf32>
  %7 = flx.slice %6 offsets [1] strides [2] : tensor<3xf32> -> tensor<1xf32>
  // CHECK-DAG: %[[F:.*]] = flx.constant dense<2.000000e+00> : tensor<3x6xf32>
  %two = flx.constant dense<2.0> : tensor<6xf32>
  %8 = flx.broadcast %two dims [1] : tensor<6xf32> -> tensor<3x6xf32>
  // CHECK: return %[[X]], %[[R]], %[[BB]], %[[S]], %[[F]]
  return %1, %3, %5, %7, %8 : tensor<4x6xf32>, tensor<24xf32>, tensor<2x4x6xf32>, tensor<1xf32>, tensor<3x6xf32>
}

// CHECK-LABEL: func @reductions
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4xf32>)
func.func @reductions(%x: tensor<2x3x4xf32>) -> (tensor<2x3x4xf32>, tensor<f32>, tensor<4x2xf32>) {
  %2 = flx.reduce_max %x axes [] : tensor<2x3x4xf32> -> tensor<2x3x4xf32>
  // CHECK-DAG: %[[N:.*]] = flx.constant dense<1.200000e+01> : tensor<f32>
  %c = flx.constant dense<2.0> : tensor<6xf32>
  %3 = flx.sum %c axes [0] : tensor<6xf32> -> tensor<f32>
  // A contraction of one operand is a sum and a transpose.
  // CHECK-DAG: %[[T:.*]] = flx.sum %[[X]] axes [1] : tensor<2x3x4xf32> -> tensor<2x4xf32>
  // CHECK-DAG: %[[TT:.*]] = flx.transpose %[[T]] [1, 0] : tensor<2x4xf32> -> tensor<4x2xf32>
  %4 = flx.einsum "abc->ca"(%x) : (tensor<2x3x4xf32>) -> tensor<4x2xf32>
  // CHECK: return %[[X]], %[[N]], %[[TT]]
  return %2, %3, %4 : tensor<2x3x4xf32>, tensor<f32>, tensor<4x2xf32>
}
