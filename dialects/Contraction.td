// The one contraction, and its fused form that code is made of.
#ifndef FLX_CONTRACTION
#define FLX_CONTRACTION
include "dialects/Base.td"

def Flx_EinsumOp : Flx_Op<"einsum", "Contraction", [Pure, DeclareOpInterfaceMethods<Flx_Differentiable>]> {
  let summary = "y[out] = Σ over all other letters ∏ operands";
  let description = [{
    Each operand's axes are named by letters; the result sums the product of the operands over every letter that the
    output does not name. A letter repeated in one operand reads its diagonal; a letter repeated in the output writes a
    diagonal and leaves zeros elsewhere. Linear in each operand: the tangent is the sum of the contractions with one
    operand replaced by its tangent; the adjoint of an operand contracts the cotangent with the other operands, repeats
    along letters that were summed, and embeds repeated letters on a diagonal.
  }];
  let arguments = (ins Variadic<Flx_Tensor<Numbers>>:$operands, StrAttr:$equation);
  let results = (outs Flx_Tensor<Numbers>:$result);
  let assemblyFormat = "$equation `(` $operands `)` attr-dict `:` functional-type($operands, $result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let extraClassDefinition = [{
    Terms $cppClass::jvp(Algebra &k, ::llvm::ArrayRef<Term> tangents) {
      return Terms(1, einsumTangent(k, *this, tangents));
    }
    ::llvm::FailureOr<Term> $cppClass::transpose(Algebra &k, ::llvm::ArrayRef<Term> cotangents, unsigned operand) {
      return einsumTransposed(k, *this, cotangents[0], operand);
    }
  }];
}

def Flx_ContractOp : Flx_Op<"contract", "Contraction",
    [Pure, AttrSizedOperandSegments, Flx_NotDifferentiable, SingleBlockImplicitTerminator<"YieldOp">]> {
  let summary = "contraction of one or two operands, then a scalar epilogue on each element of its result";
  let description = [{
    Made by lowering, after the last derivative. The region takes the contracted element and one element of each
    epilogue operand, read through its map from the output's index space, and yields one scalar a result. Results have the
    output's shape; those that `summed` lists are the sums of their scalars over all of it.

    ```mlir
    %y = flx.contract "ij,jk->ik"(%a, %b) epilogue(%bias : tensor<8xf32>) maps [affine_map<(i, k) -> (k)>] {
    ^bb0(%acc: f32, %bias_element: f32):
      %0 = flx.add %acc, %bias_element : f32
      flx.yield %0 : f32
    } : (tensor<4x16xf32>, tensor<16x8xf32>) -> tensor<4x8xf32>
    ```
  }];
  let arguments = (ins Variadic<Flx_Tensor<Numbers>>:$contracted, Variadic<Flx_AnyTensor>:$epilogue, StrAttr:$equation,
                   DefaultValuedAttr<AffineMapArrayAttr, "{}">:$maps, OptionalAttr<DenseI64ArrayAttr>:$summed);
  let results = (outs Variadic<Flx_AnyTensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let extraClassDeclaration = [{
    ::llvm::SmallVector<int64_t> getOutputShape(); // the index space of the region
    bool isSummed(unsigned result) { return getSummed() && ::llvm::is_contained(*getSummed(), int64_t(result)); }
  }];
  let assemblyFormat = [{
    $equation `(` $contracted `)` (`epilogue` `(` $epilogue^ `:` type($epilogue) `)` `maps` $maps)? $body attr-dict
    `:` functional-type($contracted, $results)
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let primitive = 0;
}
#endif
