// RUN: fluxion-opt %s --flx-differentiate | FileCheck %s
// Only what depends on a differentiated argument and reaches a result with a cotangent is differentiated.

func.func private @f(%a: tensor<4xf64>, %b: tensor<4xf64>, %i: tensor<4xi32>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xi32>) {
  %0 = flx.sin %b : tensor<4xf64>
  %1 = flx.mul %a, %0 : tensor<4xf64>
  %2 = flx.exp %a : tensor<4xf64>
  %3 = flx.convert %2 : tensor<4xf64> to tensor<4xi32>
  return %1, %2, %3 : tensor<4xf64>, tensor<4xf64>, tensor<4xi32>
}

// b is constant and the second result has cotangent 0: ā = ct·sin b, no cos and no exp.
// CHECK-LABEL: func.func @one
// CHECK-SAME: (%[[A:.*]]: tensor<4xf64>, %[[B:.*]]: tensor<4xf64>, %[[I:.*]]: tensor<4xi32>, %[[CT:.*]]: tensor<4xf64>)
// CHECK-NEXT: %[[S:.*]] = flx.sin %[[B]]
// CHECK-NEXT: %[[ABAR:.*]] = flx.mul %[[CT]], %[[S]]
// CHECK-NEXT: return %[[ABAR]]
func.func @one(%a: tensor<4xf64>, %b: tensor<4xf64>, %i: tensor<4xi32>, %ct: tensor<4xf64>) -> tensor<4xf64> {
  %zero = flx.constant dense<0.0> : tensor<4xf64>
  %r:4 = flx.vjp @f wrt [0](%a, %b, %i, %ct, %zero)
    : (tensor<4xf64>, tensor<4xf64>, tensor<4xi32>, tensor<4xf64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xi32>, tensor<4xf64>)
  return %r#3 : tensor<4xf64>
}

// A result that does not depend on an argument: its zero is made at the boundary only.
// CHECK-LABEL: func.func @independent
// CHECK-NEXT: %[[ZERO:.*]] = flx.constant dense<0.000000e+00> : tensor<4xf64>
// CHECK-NEXT: return %[[ZERO]]
func.func @independent(%a: tensor<4xf64>, %b: tensor<4xf64>, %i: tensor<4xi32>, %t: tensor<4xf64>) -> tensor<4xf64> {
  %r:5 = flx.jvp @f wrt [1](%a, %b, %i, %t)
    : (tensor<4xf64>, tensor<4xf64>, tensor<4xi32>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>, tensor<4xi32>, tensor<4xf64>, tensor<4xf64>)
  return %r#4 : tensor<4xf64>
}

// relu by where: one comparison, one select, no mask left on a bias gradient.
func.func private @layer(%x: tensor<8x4xf64>, %b: tensor<4xf64>) -> tensor<8x4xf64> {
  %zero = flx.constant dense<0.0> : tensor<8x4xf64>
  %0 = flx.broadcast %b dims [1] : tensor<4xf64> -> tensor<8x4xf64>
  %1 = flx.add %x, %0 : tensor<8x4xf64>
  %2 = flx.gt %1, %zero : tensor<8x4xf64>
  %3 = flx.select %2, %1, %zero : tensor<8x4xf64>
  return %3 : tensor<8x4xf64>
}
// CHECK-LABEL: func.func @relu
// CHECK: %[[C:.*]] = flx.gt
// CHECK-NEXT: %[[M:.*]] = flx.select %[[C]], %{{.*}}, %{{.*}} : tensor<8x4xf64>
// CHECK-NEXT: %[[S:.*]] = flx.sum %[[M]] axes [0]
// CHECK-NEXT: return %[[M]], %[[S]]
func.func @relu(%x: tensor<8x4xf64>, %b: tensor<4xf64>, %ct: tensor<8x4xf64>) -> (tensor<8x4xf64>, tensor<4xf64>) {
  %r:3 = flx.vjp @layer wrt [0, 1](%x, %b, %ct) : (tensor<8x4xf64>, tensor<4xf64>, tensor<8x4xf64>) -> (tensor<8x4xf64>, tensor<8x4xf64>, tensor<4xf64>)
  return %r#1, %r#2 : tensor<8x4xf64>, tensor<4xf64>
}

// where(x > 0, log x, 0): the mask stands outside 1/x.
func.func private @safe(%x: tensor<4xf64>) -> tensor<4xf64> {
  %zero = flx.constant dense<0.0> : tensor<4xf64>
  %0 = flx.gt %x, %zero : tensor<4xf64>
  %1 = flx.log %x : tensor<4xf64>
  %2 = flx.select %0, %1, %zero : tensor<4xf64>
  return %2 : tensor<4xf64>
}
// CHECK-LABEL: func.func @log
// CHECK-SAME: (%[[X:.*]]: tensor<4xf64>, %[[CT:.*]]: tensor<4xf64>)
// CHECK: %[[C:.*]] = flx.gt %[[X]]
// CHECK: %[[Q:.*]] = flx.div %[[CT]], %[[X]]
// CHECK: %[[M:.*]] = flx.select %[[C]], %[[Q]]
// CHECK: return %[[M]]
func.func @log(%x: tensor<4xf64>, %ct: tensor<4xf64>) -> tensor<4xf64> {
  %r:2 = flx.vjp @safe wrt [0](%x, %ct) : (tensor<4xf64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>)
  return %r#1 : tensor<4xf64>
}
