// The dialect, its types, and the classes its records are built from.
#ifndef FLX_BASE
#define FLX_BASE
include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "dialects/Interfaces.td"

def Flx_Dialect : Dialect {
  let name = "flx";
  let cppNamespace = "::fluxion::flx";
  let summary = "Expression graphs of differentiable tensor programs";
  let description = [{
    Value-semantic ops on ranked tensors of static shape. One record an op holds its formula, its types, its derivative
    rule and, for elementwise ops, the expression that defines its value. Nothing broadcasts silently.
  }];
  let hasConstantMaterializer = 1;
}

// Element families.
defvar Floats = [F32, F64];
defvar Integers = [I32, I64];
defvar Numbers = [F32, F64, I32, I64];
defvar Logicals = [I1, I32, I64];
defvar Elements = [F32, F64, I32, I64, I1];

class Flx_Tensor<list<Type> elements = Elements>
    : RankedTensorOf<elements, [HasStaticShapePred], "static tensor">;
def Flx_AnyTensor : Flx_Tensor<>;
def Flx_IndexTensor : Flx_Tensor<Integers>;
def Flx_BoolTensor : Flx_Tensor<[I1]>;
def Flx_Truth : Type<And<[Flx_BoolTensor.predicate, CPred<"::llvm::cast<::mlir::ShapedType>($_self).getRank() == 0">]>,
                     "truth value, tensor<i1>", "::mlir::RankedTensorType">;
def Flx_Key : Type<And<[Flx_Tensor<[I64]>.predicate, CPred<"::llvm::cast<::mlir::ShapedType>($_self).getRank() == 0">]>,
                   "random key, tensor<i64>", "::mlir::RankedTensorType">,
              BuildableType<"::mlir::RankedTensorType::get({}, $_builder.getI64Type())">;

// Elementwise ops stand on tensors, and on bare scalars inside the bodies that lowering makes.
class Flx_TensorOrScalar<list<Type> elements>
    : AnyTypeOf<[Flx_Tensor<elements>] # elements, "static tensor or scalar of " # AnyTypeOf<elements>.summary>;

// In a rule, `a`, `b` are the operands, `y` the result, `da`, `db` tangents, `ct` the cotangent of the result, `k` the
// algebra. They are Terms: arithmetic on them builds ops, and an absent Term is a zero that costs nothing.
class Flx_Op<string mnemonic, string flxFamily, list<Trait> traits = []> : Op<Flx_Dialect, mnemonic, traits> {
  string family = flxFamily; // of the frontend's table of primitives
  int primitive = 1;         // 0: stands in the compiler only
}

// One record: mnemonic, formula, meaning, tangent, value (`semantics`), transpose if linear, element types.
// `evaluate` is the op's meaning on any number type N whose functions (exp, log, select, …) argument lookup finds.
class Flx_Unary<string mnemonic, string formula, string doc, string tangent, string semantics,
                string transposeA = "failure()", list<Type> elements = Floats, list<Trait> traits = []>
    : Flx_Op<mnemonic, "ElementwiseUnary",
             traits # [Pure, SameOperandsAndResultType, Flx_ElementwiseTrait,
                       DeclareOpInterfaceMethods<Flx_Differentiable>]> {
  let summary = formula;
  let description = doc # "\n\nTangent: `" # tangent # "`.";
  let arguments = (ins Flx_TensorOrScalar<elements>:$a);
  let results = (outs Flx_TensorOrScalar<elements>:$result);
  let assemblyFormat = "$a attr-dict `:` type($result)";
  let hasFolder = 1;
  let extraClassDeclaration = [{
    template <class N> static N evaluate(N a) { return }] # semantics # [{; }
  }];
  let extraClassDefinition = [{
    Terms $cppClass::jvp(Algebra &k, ::llvm::ArrayRef<Term> tangents) {
      [[maybe_unused]] Term a = k(getA()), y = k(getResult()), da = tangents[0];
      return Terms(1, }] # tangent # [{);
    }
    ::llvm::FailureOr<Term> $cppClass::transpose(Algebra &k, ::llvm::ArrayRef<Term> cotangents, unsigned) {
      [[maybe_unused]] Term ct = cotangents[0];
      return }] # transposeA # [{;
    }
    ::mlir::OpFoldResult $cppClass::fold(FoldAdaptor adaptor) {
      return foldUnary(*this, adaptor.getA(), [](Host a) { return $cppClass::evaluate<Host>(a); });
    }
  }];
}

class Flx_Binary<string mnemonic, string formula, string doc, string tangent, string semantics,
                 string transposeA = "failure()", string transposeB = "failure()", list<Type> elements = Floats,
                 list<Trait> traits = []>
    : Flx_Op<mnemonic, "ElementwiseBinary",
             traits # [Pure, SameOperandsAndResultType, Flx_ElementwiseTrait,
                       DeclareOpInterfaceMethods<Flx_Differentiable>]> {
  let summary = formula;
  let description = doc # "\n\nTangent: `" # tangent # "`.";
  let arguments = (ins Flx_TensorOrScalar<elements>:$a, Flx_TensorOrScalar<elements>:$b);
  let results = (outs Flx_TensorOrScalar<elements>:$result);
  let assemblyFormat = "$a `,` $b attr-dict `:` type($result)";
  let hasFolder = 1;
  let extraClassDeclaration = [{
    template <class N> static N evaluate(N a, N b) { return }] # semantics # [{; }
  }];
  let extraClassDefinition = [{
    Terms $cppClass::jvp(Algebra &k, ::llvm::ArrayRef<Term> tangents) {
      [[maybe_unused]] Term a = k(getA()), b = k(getB()), y = k(getResult()), da = tangents[0], db = tangents[1];
      return Terms(1, }] # tangent # [{);
    }
    ::llvm::FailureOr<Term> $cppClass::transpose(Algebra &k, ::llvm::ArrayRef<Term> cotangents, unsigned operand) {
      [[maybe_unused]] Term a = k(getA()), b = k(getB()), ct = cotangents[0];
      using Result = ::llvm::FailureOr<Term>;
      return operand == 0 ? Result(}] # transposeA # [{) : Result(}] # transposeB # [{);
    }
    ::mlir::OpFoldResult $cppClass::fold(FoldAdaptor adaptor) {
      return foldBinary(*this, adaptor.getA(), adaptor.getB(),
                        [](Host a, Host b) { return $cppClass::evaluate<Host>(a, b); });
    }
  }];
}

// On truth values and bit patterns: no derivative.
class Flx_Logical<string mnemonic, string formula, string doc, string semantics>
    : Flx_Op<mnemonic, "ElementwiseBinary",
             [Pure, Commutative, SameOperandsAndResultType, Flx_ElementwiseTrait, Flx_NotDifferentiable]> {
  let summary = formula;
  let description = doc;
  let arguments = (ins Flx_TensorOrScalar<Logicals>:$a, Flx_TensorOrScalar<Logicals>:$b);
  let results = (outs Flx_TensorOrScalar<Logicals>:$result);
  let assemblyFormat = "$a `,` $b attr-dict `:` type($result)";
  let hasFolder = 1;
  let extraClassDeclaration = [{
    template <class N> static N evaluate(N a, N b) { return }] # semantics # [{; }
  }];
  let extraClassDefinition = [{
    ::mlir::OpFoldResult $cppClass::fold(FoldAdaptor adaptor) {
      return foldLogical(*this, adaptor.getA(), adaptor.getB(),
                         [](::llvm::APInt a, ::llvm::APInt b) { return $cppClass::evaluate<::llvm::APInt>(a, b); });
    }
  }];
}

// An op of one linear operand `x`: its tangent is itself on the tangent. `transposeX` turns `ct` around.
class Flx_Linear<string mnemonic, string family, string transposeX, list<Trait> traits = []>
    : Flx_Op<mnemonic, family, traits # [Pure, DeclareOpInterfaceMethods<Flx_Differentiable>]> {
  let extraClassDefinition = [{
    Terms $cppClass::jvp(Algebra &k, ::llvm::ArrayRef<Term> tangents) { return Terms(1, k.again(*this, tangents[0])); }
    ::llvm::FailureOr<Term> $cppClass::transpose(Algebra &k, ::llvm::ArrayRef<Term> cotangents, unsigned operand) {
      [[maybe_unused]] Term ct = cotangents[0], x = k(getX());
      if (operand != 0) return failure();
      return }] # transposeX # [{;
    }
  }];
}
#endif
