// Constants and the ops that move elements without computing: each is linear, its adjoint another of them (or a sum).
#ifndef FLX_SHAPE
#define FLX_SHAPE
include "dialects/Base.td"

def Flx_ConstantOp : Flx_Op<"constant", "Constant",
                            [Pure, ConstantLike, Flx_NotDifferentiable, AllTypesMatch<["value", "result"]>]> {
  let summary = "a value known at compile time";
  let arguments = (ins TypedAttrInterface:$value);
  let results = (outs Flx_TensorOrScalar<Elements>:$result);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def Flx_IotaOp : Flx_Op<"iota", "Iota", [Pure, Flx_NotDifferentiable]> {
  let summary = "y[…, i, …] = i along one axis";
  let arguments = (ins I64Attr:$axis);
  let results = (outs Flx_Tensor<Numbers>:$result);
  let assemblyFormat = "`axis` $axis attr-dict `:` type($result)";
  let hasVerifier = 1;
}

// y[j] = x[j restricted to dims]; adjoint: sum over the axes that are new
def Flx_BroadcastOp : Flx_Linear<"broadcast", "Shape", "k.sum(ct, getNewAxes())"> {
  let summary = "repeat along new axes";
  let description = "Axis i of the operand becomes axis dims[i] of the result; dims increase strictly, extents agree.";
  let arguments = (ins Flx_AnyTensor:$x, DenseI64ArrayAttr:$dims);
  let results = (outs Flx_AnyTensor:$result);
  let assemblyFormat = "$x `dims` $dims attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = "::llvm::SmallVector<int64_t> getNewAxes();";
}

// adjoint: reshape back
def Flx_ReshapeOp : Flx_Linear<"reshape", "Shape", "k.reshape(ct, getX().getType().getShape())"> {
  let summary = "the same elements in row-major order, in another shape";
  let arguments = (ins Flx_AnyTensor:$x);
  let results = (outs Flx_AnyTensor:$result);
  let assemblyFormat = "$x attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

// y axis i = x axis permutation[i]; adjoint: the inverse permutation
def Flx_TransposeOp : Flx_Linear<"transpose", "Shape", "k.transpose(ct, inversePermutation(getPermutation()))"> {
  let summary = "permute axes";
  let description = "Axis i of the result is axis permutation[i] of the operand.";
  let arguments = (ins Flx_AnyTensor:$x, DenseI64ArrayAttr:$permutation);
  let results = (outs Flx_AnyTensor:$result);
  let assemblyFormat = "$x $permutation attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

// y[i] = x[offset + i·stride]; adjoint: pad with zeros where nothing was read
def Flx_SliceOp : Flx_Linear<"slice", "Shape", "sliceTransposed(k, *this, ct)"> {
  let summary = "y[i] = x[offset + i·stride] on each axis";
  let arguments = (ins Flx_AnyTensor:$x, DenseI64ArrayAttr:$offsets, DenseI64ArrayAttr:$strides);
  let results = (outs Flx_AnyTensor:$result);
  let assemblyFormat = "$x `offsets` $offsets `strides` $strides attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

// y[low + i·(interior + 1)] = x[i], zero elsewhere; adjoint: slice
def Flx_PadOp : Flx_Linear<"pad", "Shape", "padTransposed(k, *this, ct)"> {
  let summary = "y[low + i·(interior+1)] = x[i], 0 elsewhere, on each axis";
  let arguments = (ins Flx_AnyTensor:$x, DenseI64ArrayAttr:$low, DenseI64ArrayAttr:$high, DenseI64ArrayAttr:$interior);
  let results = (outs Flx_AnyTensor:$result);
  let assemblyFormat = "$x `low` $low `high` $high `interior` $interior attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

// Linear in all operands at once; adjoint of operand i: its slice of ct
def Flx_ConcatOp : Flx_Op<"concat", "Shape", [Pure, DeclareOpInterfaceMethods<Flx_Differentiable>]> {
  let summary = "operands one after another along an axis";
  let arguments = (ins Variadic<Flx_AnyTensor>:$operands, I64Attr:$axis);
  let results = (outs Flx_AnyTensor:$result);
  let assemblyFormat = "$operands `axis` $axis attr-dict `:` functional-type($operands, $result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDefinition = [{
    Terms $cppClass::jvp(Algebra &k, ::llvm::ArrayRef<Term> tangents) {
      return Terms(1, concatTangent(k, *this, tangents));
    }
    ::llvm::FailureOr<Term> $cppClass::transpose(Algebra &k, ::llvm::ArrayRef<Term> cotangents, unsigned operand) {
      return concatTransposed(k, *this, cotangents[0], operand);
    }
  }];
}

// Linear in x; adjoint: scatter_add by the same indices
def Flx_GatherOp : Flx_Linear<"gather", "Shape", "k.scatterAdd(ct, k(getIndices()), getAxis(), getX().getType())"> {
  let summary = "y[…, i…, …] = x[…, indices[i…], …] along an axis";
  let description = [{
    The result's shape is x.shape[:axis] + indices.shape + x.shape[axis+1:]. An index outside [0, extent) is a fault,
    reported at run time with its source line; the element read is then the nearest one.
  }];
  let arguments = (ins Flx_AnyTensor:$x, Flx_IndexTensor:$indices, I64Attr:$axis);
  let results = (outs Flx_AnyTensor:$result);
  let assemblyFormat = "$x `,` $indices `axis` $axis attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

// Linear in x (the updates); adjoint: gather by the same indices
def Flx_ScatterAddOp : Flx_Linear<"scatter_add", "Shape", "k.gather(ct, k(getIndices()), getAxis())"> {
  let summary = "y[…, indices[i…], …] += x[…, i…, …] into zeros";
  let description = "The adjoint of gather. Duplicate indices add up, in the order of the updates.";
  let arguments = (ins Flx_Tensor<Numbers>:$x, Flx_IndexTensor:$indices, I64Attr:$axis);
  let results = (outs Flx_Tensor<Numbers>:$result);
  let assemblyFormat = "$x `,` $indices `axis` $axis attr-dict `:` functional-type(operands, $result)";
  let hasVerifier = 1;
}

// y[…, i, …] = x[…, n − 1 − i, …]; adjoint: itself
def Flx_ReverseOp : Flx_Linear<"reverse", "Shape", "k.again(*this, ct)", [SameOperandsAndResultType]> {
  let summary = "y[i] = x[n − 1 − i] along each axis listed";
  let arguments = (ins Flx_AnyTensor:$x, DenseI64ArrayAttr:$axes);
  let results = (outs Flx_AnyTensor:$result);
  let assemblyFormat = "$x `axes` $axes attr-dict `:` type($x)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

// y[p, k] = x[p·stride + k·dilation]; adjoint: overlap_add
def Flx_WindowOp : Flx_Linear<"window", "Shape",
    "k.overlapAdd(ct, getAxis(), getStride(), getDilation(), getX().getType())"> {
  let summary = "y[…, p, k, …] = x[…, p·stride + k·dilation, …]";
  let description = [{
    The axis becomes two: the place of the window and the place within it, of extent `size`. Only windows that lie
    within the axis are taken: ⌊(n − 1 − dilation·(size − 1)) / stride⌋ + 1 of them, none if the axis is too short. With
    it a convolution is a contraction and pooling a reduction.
  }];
  let arguments = (ins Flx_AnyTensor:$x, I64Attr:$axis, I64Attr:$size, I64Attr:$stride, I64Attr:$dilation);
  let results = (outs Flx_AnyTensor:$result);
  let assemblyFormat = [{
    $x `axis` $axis `size` $size `stride` $stride `dilation` $dilation attr-dict `:` type($x) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

// y[p·stride + k·dilation] += x[p, k] into zeros; adjoint: window
def Flx_OverlapAddOp : Flx_Linear<"overlap_add", "Shape",
    "k.window(ct, getAxis(), getX().getType().getDimSize(getAxis() + 1), getStride(), getDilation())"> {
  let summary = "y[…, p·stride + k·dilation, …] += x[…, p, k, …] into zeros";
  let description = "The adjoint of window: two axes become one, windows that overlap add up, p before k.";
  let arguments = (ins Flx_Tensor<Numbers>:$x, I64Attr:$axis, I64Attr:$stride, I64Attr:$dilation);
  let results = (outs Flx_Tensor<Numbers>:$result);
  let assemblyFormat = [{
    $x `axis` $axis `stride` $stride `dilation` $dilation attr-dict `:` type($x) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

// y[i] = Σ_{j ≤ i} x[j]; adjoint: the same from the other end
def Flx_CumsumOp : Flx_Linear<"cumsum", "Cumulative", "k.cumsum(ct, getAxis(), !getReverse(), getExclusive())",
                              [SameOperandsAndResultType]> {
  let summary = "y[i] = Σ x[j] over j ≤ i along an axis; from the end if reverse, without x[i] if exclusive";
  let arguments = (ins Flx_Tensor<Numbers>:$x, I64Attr:$axis, DefaultValuedAttr<I64Attr, "0">:$reverse,
                   DefaultValuedAttr<I64Attr, "0">:$exclusive);
  let results = (outs Flx_Tensor<Numbers>:$result);
  let assemblyFormat = [{
    $x `axis` custom<RunningAxis>($axis, $reverse, $exclusive) attr-dict `:` type($x)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

// The tangent of the values moves with them.
def Flx_SortOp : Flx_Op<"sort", "Sort", [Pure, DeclareOpInterfaceMethods<Flx_Differentiable>,
                                         AllTypesMatch<["x", "values"]>]> {
  let summary = "the elements along an axis in order, and where each came from";
  let description = [{
    Equal elements keep their order; NaN comes last, also in descending order. values[i] = x[indices[i]] along the axis.
  }];
  let arguments = (ins Flx_Tensor<Numbers>:$x, I64Attr:$axis, DefaultValuedAttr<I64Attr, "0">:$descending);
  let results = (outs Flx_Tensor<Numbers>:$values, Flx_Tensor<[I32]>:$indices);
  let assemblyFormat = "$x `axis` custom<SortedAxis>($axis, $descending) attr-dict `:` type($x) `->` type($indices)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDefinition = [{
    Terms $cppClass::jvp(Algebra &k, ::llvm::ArrayRef<Term> tangents) {
      return {isFloat(getX()) ? k.gatherAlong(tangents[0], k(getIndices()), getAxis()) : Term(), Term()};
    }
    ::llvm::FailureOr<Term> $cppClass::transpose(Algebra &, ::llvm::ArrayRef<Term>, unsigned) { return failure(); }
  }];
}
#endif
