// The passes of symbolic simplification.
include "mlir/Pass/PassBase.td"

def SimplifyPass : Pass<"flx-simplify"> {
  let summary = "bring flx graphs to their simplest form, family by family";
  let description = [{
    Rewrites signs, constants, elementary functions, selects, shapes and contractions, shares equal subexpressions, and
    repeats until nothing changes. Reassociation and stable forms are always on; rules that need a finite or nonzero
    operand act only where that is proven; `fast-math` adds those that change a result where an intermediate overflows
    or a domain is left.

    Example (tests/compiler/Symbolic/example.mlir):
    ```mlir
    func.func @f(%x: tensor<4xf64>) -> tensor<4xf64> {
      %one = flx.constant dense<1.0> : tensor<4xf64>
      %0 = flx.exp %x : tensor<4xf64>
      %1 = flx.add %one, %0 : tensor<4xf64>
      %2 = flx.log %1 : tensor<4xf64>
      return %2 : tensor<4xf64>
    }
    ```
    becomes
    ```mlir
    func.func @f(%x: tensor<4xf64>) -> tensor<4xf64> {
      %0 = flx.softplus %x : tensor<4xf64>
      return %0 : tensor<4xf64>
    }
    ```
  }];
  let options = [Option<"fastMath", "fast-math", "bool", "false", "allow rules of tier (c)">];
}
