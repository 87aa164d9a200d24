// The passes of differentiation.
include "mlir/Pass/PassBase.td"

def DifferentiatePass : Pass<"flx-differentiate", "::mlir::ModuleOp"> {
  let summary = "expand every flx.vjp and flx.jvp into plain flx ops, innermost first";
  let description = [{
    Replaces each transformation by the callee's body and its derivative: forward mode by the ops' JVP rules, reverse
    mode by linearizing and transposing. Only values that depend on a differentiated argument and reach a result with a
    tangent are differentiated; zeros are absent. What is left is plain flx, simplified, and every op of a derivative
    carries the location of its primal op. Private functions that nobody names any more are erased, and so is
    stop_gradient.

    Example (tests/compiler/Differentiate/example.mlir):
    ```mlir
    func.func private @f(%x: tensor<4xf64>) -> tensor<4xf64> {
      %y = flx.sin %x : tensor<4xf64>
      return %y : tensor<4xf64>
    }
    func.func @g(%x: tensor<4xf64>, %ct: tensor<4xf64>) -> tensor<4xf64> {
      %y, %xBar = flx.vjp @f wrt [0](%x, %ct) : (tensor<4xf64>, tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>)
      return %xBar : tensor<4xf64>
    }
    ```
    becomes
    ```mlir
    func.func @g(%x: tensor<4xf64>, %ct: tensor<4xf64>) -> tensor<4xf64> {
      %0 = flx.cos %x : tensor<4xf64>
      %1 = flx.mul %ct, %0 : tensor<4xf64>
      return %1 : tensor<4xf64>
    }
    ```
  }];
}
