// Comparisons: results are i1 in the operands' shape. Ordered: false with a NaN, but for `ne`, which is then true.
#ifndef FLX_COMPARISON
#define FLX_COMPARISON
include "dialects/Base.td"

class Flx_Comparison<string mnemonic, string formula, string semantics, list<Type> elements = Numbers>
    : Flx_Op<mnemonic, "Comparison",
             [Pure, Flx_ElementwiseTrait, Flx_NotDifferentiable, AllTypesMatch<["a", "b"]>,
              TypesMatchWith<"result is i1 in the shape of the operands", "a", "result", "booleanLike($_self)">]> {
  let summary = formula;
  let arguments = (ins Flx_TensorOrScalar<elements>:$a, Flx_TensorOrScalar<elements>:$b);
  let results = (outs Flx_TensorOrScalar<[I1]>:$result);
  let assemblyFormat = "$a `,` $b attr-dict `:` type($a)";
  let hasFolder = 1;
  let builders = [OpBuilder<(ins "::mlir::Value":$a, "::mlir::Value":$b), [{
    build($_builder, $_state, booleanLike(a.getType()), a, b);
  }]>];
  let extraClassDeclaration = [{
    template <class N> static auto evaluate(N a, N b) { return }] # semantics # [{; }
  }];
  let extraClassDefinition = [{
    ::mlir::OpFoldResult $cppClass::fold(FoldAdaptor adaptor) {
      return foldComparison(*this, adaptor.getA(), adaptor.getB(),
                            [](Host a, Host b) { return $cppClass::evaluate<Host>(a, b); });
    }
  }];
}

def Flx_LtOp : Flx_Comparison<"lt", "a < b", "a < b">;
def Flx_LeOp : Flx_Comparison<"le", "a ≤ b", "a <= b">;
def Flx_GtOp : Flx_Comparison<"gt", "a > b", "a > b">;
def Flx_GeOp : Flx_Comparison<"ge", "a ≥ b", "a >= b">;
def Flx_EqOp : Flx_Comparison<"eq", "a = b", "a == b", Elements>;
def Flx_NeOp : Flx_Comparison<"ne", "a ≠ b", "a != b", Elements>;
#endif
