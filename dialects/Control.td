// Loops and branches. Their regions see the values around them, so a body needs no list of what it reads; what a body
// gives stands in its flx.yield. A step of a loop is an ordinary piece of flx: loops stay loops under every transformation.
#ifndef FLX_CONTROL
#define FLX_CONTROL
include "dialects/Base.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/LoopLikeInterface.td"

class Flx_Control<string mnemonic, string formula, list<Trait> traits = []>
    : Flx_Op<mnemonic, "Control",
             traits # [SingleBlock, RecursiveMemoryEffects, Flx_ControlTrait,
                       DeclareOpInterfaceMethods<RegionBranchOpInterface, ["getEntrySuccessorOperands"]>]> {
  let summary = formula;
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Flx_ScanOp : Flx_Control<"scan", "h, ys[i] = body(i, h, xs[i]) for i = 0 … length − 1",
    [AttrSizedOperandSegments, RecursivelySpeculatable,
     DeclareOpInterfaceMethods<LoopLikeOpInterface, ["getRegionIterArgs", "getYieldedValuesMutable", "getLoopResults",
                                                     "getStaticTripCount"]>]> {
  let description = [{
    The body takes the step's index, what the step before left (`init` at first), and the step's slice of each sequence,
    whose leading axis has the extent `length`. It yields what is carried on, then what is stacked. Results: what the
    last step carried on, then the stacks, with a new leading axis of extent `length`. With `reverse` the steps run from
    length − 1 down to 0; slices and stacked results keep their own index.

    ```mlir
    %h, %ys = flx.scan init(%h0) over(%xs) length 10 : (tensor<4xf32>, tensor<10x4xf32>) -> (tensor<4xf32>, tensor<10xf32>) {
    ^bb0(%i: tensor<i32>, %before: tensor<4xf32>, %x: tensor<4xf32>):
      %after = flx.add %before, %x : tensor<4xf32>
      %y = flx.sum %after axes [0] : tensor<4xf32> -> tensor<f32>
      flx.yield %after, %y : tensor<4xf32>, tensor<f32>
    }
    ```
  }];
  let arguments = (ins Variadic<Flx_AnyTensor>:$inits, Variadic<Flx_AnyTensor>:$sequences, I64Attr:$length,
                   DefaultValuedAttr<I64Attr, "0">:$reverse);
  let results = (outs Variadic<Flx_AnyTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `init` `(` $inits `)` `over` `(` $sequences `)` `length` custom<Steps>($length, $reverse) attr-dict
    `:` functional-type(operands, $results) $body
  }];
  let extraClassDeclaration = [{
    // The parts of the body's arguments, of its yield and of the results.
    ::mlir::BlockArgument getIndex() { return getBody().getArgument(0); }
    ::mlir::Block::BlockArgListType getCarries() { return getBody().getArguments().slice(1, getInits().size()); }
    ::mlir::Block::BlockArgListType getSlices() { return getBody().getArguments().drop_front(1 + getInits().size()); }
    ::mlir::OperandRange getNextCarries() { return getBody().front().back().getOperands().take_front(getInits().size()); }
    ::mlir::OperandRange getOuts() { return getBody().front().back().getOperands().drop_front(getInits().size()); }
    ::mlir::ResultRange getLastCarries() { return getResults().take_front(getInits().size()); }
    ::mlir::ResultRange getStacks() { return getResults().drop_front(getInits().size()); }
  }];
}

def Flx_WhileOp : Flx_Control<"while", "h = body(h) as long as condition(h)",
    [DeclareOpInterfaceMethods<LoopLikeOpInterface, ["getRegionIterArgs", "getYieldedValuesMutable", "getLoopResults"]>]> {
  let description = [{
    Both regions take what is carried, `init` at first. `cond` yields a truth value; while it holds, `do` yields what is
    carried on. Results: what was carried when it failed. It is never made to run where it would not have: it may not end.

    ```mlir
    %x = flx.while init(%x0) : (tensor<f64>) -> tensor<f64> cond {
    ^bb0(%a: tensor<f64>):
      %more = flx.gt %a, %limit : tensor<f64>
      flx.yield %more : tensor<i1>
    } do {
    ^bb0(%a: tensor<f64>):
      %half = flx.mul %a, %c : tensor<f64>
      flx.yield %half : tensor<f64>
    }
    ```
  }];
  let arguments = (ins Variadic<Flx_AnyTensor>:$inits);
  let results = (outs Variadic<Flx_AnyTensor>:$results);
  let regions = (region SizedRegion<1>:$condition, SizedRegion<1>:$body);
  let assemblyFormat = [{
    `init` `(` $inits `)` attr-dict `:` functional-type($inits, $results) `cond` $condition `do` $body
  }];
}

def Flx_IfOp : Flx_Control<"if", "then() if the condition holds, else otherwise()", [RecursivelySpeculatable,
                                                                                     NoRegionArguments]> {
  let description = [{
    Only the arm taken is evaluated. Both yield values of the same types. (`select` chooses element by element and computes
    both.)

    ```mlir
    %y = flx.if %c : (tensor<i1>) -> tensor<4xf32> {
      %0 = flx.exp %x : tensor<4xf32>
      flx.yield %0 : tensor<4xf32>
    } else {
      flx.yield %x : tensor<4xf32>
    }
    ```
  }];
  let arguments = (ins Flx_Truth:$condition);
  let results = (outs Variadic<Flx_AnyTensor>:$results);
  let regions = (region SizedRegion<1>:$then, SizedRegion<1>:$otherwise);
  let assemblyFormat = [{
    $condition attr-dict `:` functional-type($condition, $results) $then `else` $otherwise
  }];
}

def Flx_YieldOp : Flx_Op<"yield", "Control",
    [Pure, Terminator, Flx_NotDifferentiable,
     DeclareOpInterfaceMethods<RegionBranchTerminatorOpInterface>]> {
  let summary = "what a region gives: tensors of a loop or a branch, scalars of a contraction's epilogue";
  let arguments = (ins Variadic<Flx_TensorOrScalar<Elements>>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange()); }]>];
  let primitive = 0;
}
#endif
