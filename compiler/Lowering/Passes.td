// The passes of this folder.
include "mlir/Pass/PassBase.td"

def FlxToLinalgPass : Pass<"flx-to-linalg", "::mlir::func::FuncOp"> {
  let summary = "flx ops on tensors to fused linalg.generic";
  let description = [{
    Elementwise ops, broadcast, transpose, slice, iota, gather and reductions become linalg.generic on tensors whose bodies
    are flx ops on scalars. A producer joins its consumer's loops if it is then still computed once at each index, or costs
    nothing; one that others read too becomes a further result. Nests over the same data become one. An accumulator starts
    as a constant; a gather reads its source by tensor.extract; a slice's prefix is written `d0 mod extent`.
    reshape, concat, pad, scatter_add, contract and random draws stay, as do constants that are not splats.

    ```mlir
    %0 = flx.mul %x, %x : tensor<4x8xf32>
    %1 = flx.sum %0 axes [1] : tensor<4x8xf32> -> tensor<4xf32>
    ```
    becomes
    ```mlir
    %zero = flx.constant dense<0.0> : tensor<4xf32>
    %1 = linalg.generic {…, iterator_types = ["parallel", "reduction"]} ins(%x : …) outs(%zero : …) {
    ^bb0(%a: f32, %sum: f32):
      %2 = flx.mul %a, %a : f32
      %3 = flx.add %sum, %2 : f32
      linalg.yield %3 : f32
    }
    ```
  }];
  let options = [Option<"fuse", "fuse", "bool", /*default=*/"true", "join producers with consumers, and siblings">];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect", "::mlir::arith::ArithDialect"];
}
