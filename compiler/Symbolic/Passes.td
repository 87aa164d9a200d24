// The passes of symbolic simplification.
include "mlir/Pass/PassBase.td"

def SimplifyPass : Pass<"flx-simplify"> {
  let summary = "bring flx graphs to their simplest form, family by family";
  let description = [{
    Rewrites signs, constants, elementary functions, selects, shapes and contractions, shares equal subexpressions, and
    repeats until nothing changes. Elementwise arithmetic keeps its rounding, but for stable forms; sums and contractions
    are regrouped, unless `strict` is set; products and sums of derivatives are regrouped like sums; `fast-math` allows
    all of that everywhere, and rules that hold for ordinary numbers only.

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
  let options = [Option<"fastMath", "fast-math", "bool", "false", "regroup everywhere, as if there were no NaN, infinity or −0">,
                 Option<"strict", "strict", "bool", "false", "leave sums and contractions as they are">];
}
