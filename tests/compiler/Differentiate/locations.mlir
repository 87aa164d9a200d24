// RUN: fluxion-opt %s --flx-differentiate --mlir-print-debuginfo --mlir-print-local-scope | FileCheck %s
// Every op of a derivative stands where its primal op stands, called from where the derivative was asked for, and says
// that it is one.

// CHECK-LABEL: func.func @g
// CHECK: flx.cos {{.*}} loc(fused<"derivative">[callsite("m.flx":2:7 at "m.flx":9:1)])
// CHECK: flx.mul {{.*}} loc(fused<"derivative">[callsite("m.flx":2:7 at "m.flx":9:1)])
// CHECK: flx.mul {{.*}} loc(fused<"derivative">[callsite("m.flx":3:5 at "m.flx":9:1)])
func.func private @f(%x: tensor<4xf64>, %y: tensor<4xf64>) -> tensor<4xf64> {
  %0 = flx.sin %x : tensor<4xf64> loc("m.flx":2:7)
  %1 = flx.mul %0, %y : tensor<4xf64> loc("m.flx":3:5)
  return %1 : tensor<4xf64>
}
func.func @g(%x: tensor<4xf64>, %y: tensor<4xf64>, %t: tensor<4xf64>) -> tensor<4xf64> {
  %r:2 = flx.jvp @f wrt [0](%x, %y, %t) : (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>) loc("m.flx":9:1)
  return %r#1 : tensor<4xf64>
}
