// The transformations themselves, as ops on function symbols. -flx-differentiate expands them, innermost first.
#ifndef FLX_TRANSFORM
#define FLX_TRANSFORM
include "dialects/Base.td"
include "mlir/IR/SymbolInterfaces.td"

class Flx_Transformation<string mnemonic, string formula>
    : Flx_Op<mnemonic, "Transform", [Pure, Flx_TransformationTrait, Flx_NotDifferentiable,
                                     DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = formula;
  let arguments = (ins Variadic<Flx_AnyTensor>:$operands, FlatSymbolRefAttr:$callee, DenseI64ArrayAttr:$wrt);
  let results = (outs Variadic<Flx_AnyTensor>:$results);
  let assemblyFormat = "$callee `wrt` $wrt `(` $operands `)` attr-dict `:` functional-type($operands, $results)";
}

def Flx_VjpOp : Flx_Transformation<"vjp", "y…, x̄… = f(x…), ȳ…·∂f/∂x"> {
  let description = [{
    Operands: the arguments of the callee, then a cotangent for each of its float results. Results: the results of the
    callee, then the cotangents of the arguments that `wrt` lists. A gradient is a vjp with cotangent 1.
  }];
}

def Flx_JvpOp : Flx_Transformation<"jvp", "y…, ẏ… = f(x…), ∂f/∂x·ẋ…"> {
  let description = [{
    Operands: the arguments of the callee, then a tangent for each argument that `wrt` lists. Results: the results of
    the callee, then the tangents of its float results. A Hessian-vector product is the jvp of a gradient.
  }];
}
#endif
