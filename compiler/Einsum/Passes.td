// The passes of contractions.
include "mlir/Pass/PassBase.td"

def EinsumPass : Pass<"flx-einsum", "::mlir::func::FuncOp"> {
  let summary = "order contractions and bring them to pairs";
  let description = [{
    Afterwards every flx.einsum has two operands, names no axis twice in an operand or in its output, and sums at least one
    letter, which stands in both operands. Diagonals are read by a strided slice and written by a select on iota; a letter
    of one operand that the output lacks is summed beforehand; products that sum nothing become multiplications.

    The order of a product of more than two is found by dynamic programming over the real extents, up to sixteen operands,
    and greedily beyond. The objective is an estimate of time; `flops` and `bytes` alone serve tests; `written` takes the
    operands from left to right.

    ```mlir
    %0 = flx.einsum "ij,jk,k->i"(%a, %b, %x) : (tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>) -> tensor<64xf32>
    ```
    becomes
    ```mlir
    %0 = flx.einsum "jk,k->j"(%b, %x) : (tensor<64x64xf32>, tensor<64xf32>) -> tensor<64xf32>
    %1 = flx.einsum "ij,j->i"(%a, %0) : (tensor<64x64xf32>, tensor<64xf32>) -> tensor<64xf32>
    ```
  }];
  let options = [Option<"objective", "objective", "std::string", "\"time\"", "what the order minimizes: time, flops or bytes; or written">];
  let dependentDialects = ["::fluxion::flx::FlxDialect"];
}

def BatchStepsPass : Pass<"flx-batch-steps", "::mlir::func::FuncOp"> {
  let summary = "contract the slices of a scan with what no step changes before the loop, all at once";
  let description = [{
    A pairwise flx.einsum in the body of a flx.scan that contracts a slice with a value from outside moves before the loop,
    the steps as one more letter; the loop reads its slices instead. Done where a step would read at least 32 elements
    from outside for each that it makes (one reading then serves all steps), and where the product takes at most 64 MiB.

    ```mlir
    %xw = flx.einsum "bi,ij->bj"(%x, %w) : (tensor<2x64xf32>, tensor<64x32xf32>) -> tensor<2x32xf32>
    ```
    for a slice %x of %xs in a loop of ten steps becomes, before it,
    ```mlir
    %xsw = flx.einsum "abi,ij->abj"(%xs, %w) : (tensor<10x2x64xf32>, tensor<64x32xf32>) -> tensor<10x2x32xf32>
    ```
  }];
  let dependentDialects = ["::fluxion::flx::FlxDialect"];
}

def ArrangeWindowsPass : Pass<"flx-arrange-windows", "::mlir::func::FuncOp"> {
  let summary = "write windows in the order in which the contractions that read them like it";
  let description = [{
    Where a pairwise flx.einsum reads a flx.window, axes of one role (of a batch, kept, summed) are brought side by side by a
    transposition, which the loops that write the window take in. A convolution is then one matrix product.

    ```mlir
    %0 = flx.einsum "bpkqlc,klco->bpqo"(%windows, %kernel) : (tensor<8x6x3x6x3x4xf32>, tensor<3x3x4x5xf32>) -> tensor<8x6x6x5xf32>
    ```
    becomes
    ```mlir
    %0 = flx.transpose %windows [0, 1, 3, 2, 4, 5] : tensor<8x6x3x6x3x4xf32> -> tensor<8x6x6x3x3x4xf32>
    %1 = flx.einsum "bpqklc,klco->bpqo"(%0, %kernel) : (tensor<8x6x6x3x3x4xf32>, tensor<3x3x4x5xf32>) -> tensor<8x6x6x5xf32>
    ```
  }];
  let dependentDialects = ["::fluxion::flx::FlxDialect"];
}

def FuseContractPass : Pass<"flx-fuse-contract", "::mlir::func::FuncOp"> {
  let summary = "let contractions compute what is done to each element of their results";
  let description = [{
    Every flx.einsum (pairwise, as -flx-einsum leaves them) becomes a flx.contract. Elementwise ops over its output's index
    space that read its result join its epilogue, and so do elementwise ops that only they read; broadcast operands are read
    through maps. A value that others read too becomes a further result. An op stays outside if it needs, by another way,
    what the epilogue makes; or if it is cheap to compute again from results that are stored anyway.

    ```mlir
    %0 = flx.einsum "ij,jk->ik"(%x, %w) : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
    %1 = flx.broadcast %b dims [1] : tensor<4xf32> -> tensor<8x4xf32>
    %2 = flx.add %0, %1 : tensor<8x4xf32>
    %3 = flx.tanh %2 : tensor<8x4xf32>
    ```
    becomes
    ```mlir
    %0 = flx.contract "ij,jk->ik"(%x, %w) epilogue(%b : tensor<4xf32>) maps [affine_map<(d0, d1) -> (d1)>] {
    ^bb0(%sum: f32, %bias: f32):
      %1 = flx.add %sum, %bias : f32
      %2 = flx.tanh %1 : f32
      flx.yield %2 : f32
    } : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
    ```
  }];
  let dependentDialects = ["::fluxion::flx::FlxDialect"];
}
