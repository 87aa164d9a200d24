// What differentiation asks of an op. Both rules stand in the op's own record; an op with no derivative says so by a
// trait.
#ifndef FLX_INTERFACES
#define FLX_INTERFACES
include "mlir/IR/OpBase.td"

def Flx_Differentiable : OpInterface<"Differentiable"> {
  let cppNamespace = "::fluxion::flx";
  let description = [{
    The two rules of a differentiable op. `jvp` gives the tangents of the results from the tangents of the operands; an
    absent Term is an exact zero. `transpose` turns the op around where it is linear: from the cotangents of the results
    it gives the cotangent of one linear operand, or failure if the op is not linear in that operand.
  }];
  let methods = [
    InterfaceMethod<"Tangents of the results, given the operands' tangents (absent = zero).",
      "::fluxion::flx::Terms", "jvp",
      (ins "::fluxion::flx::Algebra &":$k, "::llvm::ArrayRef<::fluxion::flx::Term>":$tangents)>,
    InterfaceMethod<"Cotangent of a linear operand, given the results' cotangents; failure if not linear in it.",
      "::llvm::FailureOr<::fluxion::flx::Term>", "transpose",
      (ins "::fluxion::flx::Algebra &":$k, "::llvm::ArrayRef<::fluxion::flx::Term>":$cotangents, "unsigned":$operand)>,
  ];
}

// The explicit "none": integers, booleans, draws from a key. Their results carry no tangent.
def Flx_NotDifferentiable : NativeOpTrait<"NotDifferentiable"> { let cppNamespace = "::fluxion::flx"; }
// Computes each element of the result from the same element of the operands.
def Flx_ElementwiseTrait : NativeOpTrait<"Elementwise"> { let cppNamespace = "::fluxion::flx"; }
// Has regions that run once, often or never: derivatives act on the regions.
def Flx_ControlTrait : NativeOpTrait<"Control"> { let cppNamespace = "::fluxion::flx"; }
// Stands for a transformation that a pass expands.
def Flx_TransformationTrait : NativeOpTrait<"Transformation"> { let cppNamespace = "::fluxion::flx"; }
#endif
