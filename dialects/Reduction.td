// Reductions over a sorted set of axes, which disappear from the shape.
#ifndef FLX_REDUCTION
#define FLX_REDUCTION
include "dialects/Base.td"

class Flx_Reduction<string mnemonic, string formula, string tangent, string transposeX = "failure()",
                    list<Type> elements = Numbers>
    : Flx_Op<mnemonic, "Reduction", [Pure, DeclareOpInterfaceMethods<Flx_Differentiable>]> {
  let summary = formula;
  let arguments = (ins Flx_Tensor<elements>:$x, DenseI64ArrayAttr:$axes);
  let results = (outs Flx_Tensor<elements>:$result);
  let assemblyFormat = "$x `axes` $axes attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDefinition = [{
    Terms $cppClass::jvp(Algebra &k, ::llvm::ArrayRef<Term> tangents) {
      [[maybe_unused]] Term x = k(getX()), y = k(getResult()), dx = tangents[0];
      return Terms(1, }] # tangent # [{);
    }
    ::llvm::FailureOr<Term> $cppClass::transpose(Algebra &k, ::llvm::ArrayRef<Term> cotangents, unsigned) {
      [[maybe_unused]] Term ct = cotangents[0];
      return }] # transposeX # [{;
    }
    ::llvm::LogicalResult $cppClass::verify() {
      return verifyReduction(*this, getX().getType(), getAxes(), getResult().getType());
    }
    ::mlir::OpFoldResult $cppClass::fold(FoldAdaptor adaptor) {
      return foldReduction(*this, getX(), adaptor.getX(), getAxes());
    }
  }];
}

class Flx_LogicalReduction<string mnemonic, string formula>
    : Flx_Op<mnemonic, "Reduction", [Pure, Flx_NotDifferentiable]> {
  let summary = formula;
  let arguments = (ins Flx_BoolTensor:$x, DenseI64ArrayAttr:$axes);
  let results = (outs Flx_BoolTensor:$result);
  let assemblyFormat = "$x `axes` $axes attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::verify() {
      return verifyReduction(*this, getX().getType(), getAxes(), getResult().getType());
    }
    ::mlir::OpFoldResult $cppClass::fold(FoldAdaptor adaptor) {
      return foldReduction(*this, getX(), adaptor.getX(), getAxes());
    }
  }];
}

class Flx_ArgReduction<string mnemonic, string formula>
    : Flx_Op<mnemonic, "ArgReduction", [Pure, Flx_NotDifferentiable]> {
  let summary = formula;
  let description = "The first such index at ties; the index of the first NaN if there is one.";
  let arguments = (ins Flx_Tensor<Numbers>:$x, I64Attr:$axis);
  let results = (outs Flx_Tensor<[I32]>:$result);
  let assemblyFormat = "$x `axis` $axis attr-dict `:` type($x) `->` type($result)";
  let hasVerifier = 1;
  let extraClassDefinition = [{
    ::llvm::LogicalResult $cppClass::verify() {
      return verifyArgReduction(*this, getX().getType(), getAxis(), getResult().getType());
    }
  }];
}

// Mnemonic, formula, tangent [, transpose].
def Flx_SumOp : Flx_Reduction<"sum", "Σ x", "k.again(*this, dx)", "k.broadcastOver(ct, getAxes(), getX().getType())">;
// Product rule on a tree of halves, so that zeros among the factors need no division.
def Flx_ProdOp : Flx_Reduction<"prod", "∏ x", "prodTangent(k, x, dx, getAxes())">;
// Ties share the tangent equally.
def Flx_ReduceMaxOp : Flx_Reduction<"reduce_max", "max x", "extremumTangent(k, *this, dx)">;
def Flx_ReduceMinOp : Flx_Reduction<"reduce_min", "min x", "extremumTangent(k, *this, dx)">;
def Flx_AnyOp : Flx_LogicalReduction<"any", "∃ x">;
def Flx_AllOp : Flx_LogicalReduction<"all", "∀ x">;
def Flx_ArgmaxOp : Flx_ArgReduction<"argmax", "index of the largest along an axis">;
def Flx_ArgminOp : Flx_ArgReduction<"argmin", "index of the smallest along an axis">;
#endif
