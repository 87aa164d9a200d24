// The elementwise family: one record an op, holding its mathematics, its value and its derivative.
// Subgradients at kinks: abs'(0) = 0; at ties of max and min each operand takes half; steps (sign, floor, …) have
// slope 0.
#ifndef FLX_ELEMENTWISE
#define FLX_ELEMENTWISE
include "dialects/Base.td"

// Mnemonic, formula, meaning, tangent, value [, transpose, element types].
def Flx_NegOp : Flx_Unary<"neg", "−a", "Negation.", "-da", "-a", "-ct", Numbers>;
def Flx_AbsOp : Flx_Unary<"abs", "|a|", "Magnitude. Slope 0 at 0.", "da * k.sign(a)", "abs(a)", "failure()", Numbers>;
def Flx_SignOp : Flx_Unary<"sign", "sign a", "−1, 0 or 1; NaN stays NaN. Slope 0.", "Term()", "sign(a)", "failure()",
                           Numbers>;
def Flx_FloorOp : Flx_Unary<"floor", "⌊a⌋", "Largest integer ≤ a. Slope 0.", "Term()", "floor(a)">;
def Flx_CeilOp : Flx_Unary<"ceil", "⌈a⌉", "Smallest integer ≥ a. Slope 0.", "Term()", "ceil(a)">;
def Flx_RoundOp : Flx_Unary<"round", "round a", "Nearest integer, ties to even. Slope 0.", "Term()", "round(a)">;
def Flx_ExpOp : Flx_Unary<"exp", "eᵃ", "Exponential.", "da * y", "exp(a)">;
def Flx_Expm1Op : Flx_Unary<"expm1", "eᵃ − 1", "Without cancellation at 0.", "da * k.exp(a)", "expm1(a)">;
def Flx_LogOp : Flx_Unary<"log", "ln a", "Natural logarithm.", "da / a", "log(a)">;
def Flx_Log1pOp : Flx_Unary<"log1p", "ln(1 + a)", "Without cancellation at 0.", "da / (a + 1.0)", "log1p(a)">;
def Flx_SqrtOp : Flx_Unary<"sqrt", "√a", "Square root.", "da * (0.5 / y)", "sqrt(a)">;
def Flx_RsqrtOp : Flx_Unary<"rsqrt", "1/√a", "Reciprocal square root.", "da * (-0.5 * (y * y * y))", "1.0 / sqrt(a)">;
def Flx_SinOp : Flx_Unary<"sin", "sin a", "Sine.", "da * k.cos(a)", "sin(a)">;
def Flx_CosOp : Flx_Unary<"cos", "cos a", "Cosine.", "-(da * k.sin(a))", "cos(a)">;
def Flx_TanOp : Flx_Unary<"tan", "tan a", "Tangent.", "da * (y * y + 1.0)", "tan(a)">;
def Flx_AsinOp : Flx_Unary<"asin", "arcsin a", "In [−π/2, π/2].", "da * k.rsqrt(oneLessSquare(k, a))", "asin(a)">;
def Flx_AcosOp : Flx_Unary<"acos", "arccos a", "In [0, π].", "-(da * k.rsqrt(oneLessSquare(k, a)))", "acos(a)">;
def Flx_AtanOp : Flx_Unary<"atan", "arctan a", "In (−π/2, π/2).", "da / (a * a + 1.0)", "atan(a)">;
def Flx_SinhOp : Flx_Unary<"sinh", "sinh a", "(eᵃ − e⁻ᵃ)/2.", "da * k.cosh(a)", "sinh(a)">;
def Flx_CoshOp : Flx_Unary<"cosh", "cosh a", "(eᵃ + e⁻ᵃ)/2.", "da * k.sinh(a)", "cosh(a)">;
def Flx_TanhOp : Flx_Unary<"tanh", "tanh a", "Hyperbolic tangent.", "da * squaredSech(k, a, y)", "tanh(a)">;
def Flx_AsinhOp : Flx_Unary<"asinh", "arsinh a", "ln(a + √(a² + 1)).", "asinhTangent(k, a, da)", "asinh(a)">;
def Flx_AcoshOp : Flx_Unary<"acosh", "arcosh a", "ln(a + √(a² − 1)), for a ≥ 1.",
                            "da * (k.rsqrt(a + -1.0) * k.rsqrt(a + 1.0))", "acosh(a)">;
def Flx_AtanhOp : Flx_Unary<"atanh", "artanh a", "½ ln((1 + a)/(1 − a)).", "da / oneLessSquare(k, a)", "atanh(a)">;
def Flx_CbrtOp : Flx_Unary<"cbrt", "∛a", "Cube root, of negative numbers too.", "da / (3.0 * (y * y))", "cbrt(a)">;
def Flx_SigmoidOp : Flx_Unary<"sigmoid", "σ(a)", "1/(1 + e⁻ᵃ).", "da * (y * k.sigmoid(-a))", "sigmoid(a)">;
def Flx_SoftplusOp : Flx_Unary<"softplus", "ln(1 + eᵃ)", "Smooth max(a, 0).", "da * k.sigmoid(a)", "softplus(a)">;
def Flx_ErfOp : Flx_Unary<"erf", "erf a", "2/√π ∫₀ᵃ e^(−t²) dt.",
                          "da * erfSlope(k, a)", "erf(a)">;
def Flx_ErfcOp : Flx_Unary<"erfc", "erfc a", "1 − erf a, without cancellation for large a.", "-(da * erfSlope(k, a))",
                           "erfc(a)">;
def Flx_GaussianOp : Flx_Unary<"gaussian", "e^(−a²/2)", "To rounding in the tails, where a² has lost what counts.",
                               "-(da * (a * y))", "gaussian(a)">;
def Flx_NormalCdfOp : Flx_Unary<"normal_cdf", "Φ(a)", "½ erfc(−a/√2): the distribution function of N(0, 1).",
                                "da * (0.3989422804014327 * k.gaussian(a))", "normal_cdf(a)">;
def Flx_LgammaOp : Flx_Unary<"lgamma", "ln |Γ(a)|", "Log of the gamma function.", "da * k.digamma(a)", "lgamma(a)">;
def Flx_DigammaOp : Flx_Unary<"digamma", "ψ(a)", "Derivative of ln Γ.", "da * k.polygamma(1, a)", "digamma(a)">;

// Mnemonic, formula, meaning, tangent, value [, transposes, element types, traits].
def Flx_AddOp : Flx_Binary<"add", "a + b", "Sum.", "da + db", "a + b", "ct", "ct", Numbers, [Commutative]>;
def Flx_SubOp : Flx_Binary<"sub", "a − b", "Difference.", "da - db", "a - b", "ct", "-ct", Numbers>;
def Flx_MulOp : Flx_Binary<"mul", "a · b", "Product.", "da * b + a * db", "a * b", "ct * b", "ct * a", Numbers,
                           [Commutative]>;
def Flx_DivOp : Flx_Binary<"div", "a / b", "Quotient.", "(da - y * db) / b", "a / b", "ct / b">;
def Flx_PowOp : Flx_Binary<"pow", "aᵇ", "Power. ∂/∂a is 0 where b = 0, ∂/∂b is 0 where a = 0.",
                           "powTangent(k, a, b, y, da, db)", "pow(a, b)">;
def Flx_MaxOp : Flx_Binary<"max", "max(a, b)", "Larger of two; NaN wins. Halves at ties.",
                           "chosenTangent(k, k.gt(a, b), k.lt(a, b), a, b, da, db)", "max(a, b)", "failure()", "failure()",
                           Numbers, [Commutative]>;
def Flx_MinOp : Flx_Binary<"min", "min(a, b)", "Smaller of two; NaN wins. Halves at ties.",
                           "chosenTangent(k, k.lt(a, b), k.gt(a, b), a, b, da, db)", "min(a, b)", "failure()", "failure()",
                           Numbers, [Commutative]>;
def Flx_Atan2Op : Flx_Binary<"atan2", "atan2(a, b)", "Angle of the point (b, a), in [−π, π]. Slope 0 at the origin.",
                             "atan2Tangent(k, a, b, da, db)", "atan2(a, b)">;
def Flx_XlogyOp : Flx_Binary<"xlogy", "a · ln b", "0 where a = 0, unless b is NaN.",
                             "xlogyTangent(k, a, b, da, db)", "xlogy(a, b)">;
def Flx_RemOp : Flx_Binary<"rem", "a − b·⌊a/b⌋", "Remainder with the sign of the divisor.",
                           "da - k.floordiv(a, b) * db", "rem(a, b)", "failure()", "failure()", Numbers>;
def Flx_FloordivOp : Flx_Binary<"floordiv", "⌊a/b⌋", "Quotient rounded down. Slope 0.", "Term()", "floordiv(a, b)",
                                "failure()", "failure()", Numbers>;

def Flx_AndOp : Flx_Logical<"and", "a ∧ b", "Conjunction, bitwise on integers.", "a & b">;
def Flx_OrOp : Flx_Logical<"or", "a ∨ b", "Disjunction, bitwise on integers.", "a | b">;
def Flx_XorOp : Flx_Logical<"xor", "a ⊕ b", "Exclusive or, bitwise on integers.", "a ^ b">;

def Flx_NotOp : Flx_Op<"not", "ElementwiseUnary",
                       [Pure, SameOperandsAndResultType, Flx_ElementwiseTrait, Flx_NotDifferentiable, Involution]> {
  let summary = "¬a";
  let description = "Negation of a truth value.";
  let arguments = (ins Flx_TensorOrScalar<[I1]>:$a);
  let results = (outs Flx_TensorOrScalar<[I1]>:$result);
  let assemblyFormat = "$a attr-dict `:` type($result)";
  let hasFolder = 1;
  let extraClassDeclaration = "template <class N> static N evaluate(N a) { return !a; }";
}

// ψ⁽ⁿ⁾(a); dψ⁽ⁿ⁾/da = ψ⁽ⁿ⁺¹⁾
def Flx_PolygammaOp : Flx_Op<"polygamma", "ElementwiseUnary",
    [Pure, SameOperandsAndResultType, Flx_ElementwiseTrait, DeclareOpInterfaceMethods<Flx_Differentiable>]> {
  let summary = "ψ⁽ⁿ⁾(a)";
  let description = "The n-th derivative of the digamma function.";
  let arguments = (ins Flx_TensorOrScalar<Floats>:$a, I64Attr:$order);
  let results = (outs Flx_TensorOrScalar<Floats>:$result);
  let assemblyFormat = "$order `,` $a attr-dict `:` type($result)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    template <class N> static N evaluate(N a, int64_t order) { return polygamma(order, a); }
  }];
  let extraClassDefinition = [{
    Terms $cppClass::jvp(Algebra &k, ::llvm::ArrayRef<Term> tangents) {
      return Terms(1, tangents[0] * k.polygamma(getOrder() + 1, k(getA())));
    }
    ::llvm::FailureOr<Term> $cppClass::transpose(Algebra &, ::llvm::ArrayRef<Term>, unsigned) { return failure(); }
  }];
}

def Flx_SelectOp : Flx_Op<"select", "Select",
    [Pure, Flx_ElementwiseTrait, AllTypesMatch<["a", "b", "result"]>, DeclareOpInterfaceMethods<Flx_Differentiable>,
     TypesMatchWith<"condition is i1 in the shape of the result", "result", "condition", "booleanLike($_self)">]> {
  let summary = "a where the condition holds, else b";
  let description = [{
    Both arms are computed, one is taken. The derivative never leaks a NaN from the arm not taken: reverse mode carries
    the condition as a mask past the coefficients of that arm.
  }];
  let arguments = (ins Flx_TensorOrScalar<[I1]>:$condition, Flx_TensorOrScalar<Elements>:$a,
                       Flx_TensorOrScalar<Elements>:$b);
  let results = (outs Flx_TensorOrScalar<Elements>:$result);
  let assemblyFormat = "$condition `,` $a `,` $b attr-dict `:` type($result)";
  let hasFolder = 1;
  let extraClassDeclaration = [{
    template <class C, class N> static N evaluate(C condition, N a, N b) { return select(condition, a, b); }
  }];
  let extraClassDefinition = [{
    // d select(c, a, b) = select(c, da, db)
    Terms $cppClass::jvp(Algebra &k, ::llvm::ArrayRef<Term> tangents) {
      return Terms(1, k.select(k(getCondition()), tangents[1], tangents[2]));
    }
    ::llvm::FailureOr<Term> $cppClass::transpose(Algebra &k, ::llvm::ArrayRef<Term> cotangents, unsigned operand) {
      if (operand == 0) return failure();
      Term c = k(getCondition()), ct = cotangents[0];
      return operand == 1 ? k.select(c, ct, Term()) : k.select(c, Term(), ct);
    }
  }];
}

def Flx_ConvertOp : Flx_Op<"convert", "Convert",
    [Pure, Flx_ElementwiseTrait, DeclareOpInterfaceMethods<Flx_Differentiable>]> {
  let summary = "a in another element type";
  let description = [{
    Float to integer truncates toward zero and saturates, NaN gives 0; to i1: a ≠ 0; from i1: 0 or 1. Between float
    types the tangent is converted too; otherwise there is none.
  }];
  let arguments = (ins Flx_TensorOrScalar<Elements>:$a);
  let results = (outs Flx_TensorOrScalar<Elements>:$result);
  let assemblyFormat = "$a attr-dict `:` type($a) `to` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
  let extraClassDefinition = [{
    Terms $cppClass::jvp(Algebra &k, ::llvm::ArrayRef<Term> tangents) {
      return Terms(1, isFloat(getResult()) ? k.convert(tangents[0], getResult().getType()) : Term());
    }
    ::llvm::FailureOr<Term> $cppClass::transpose(Algebra &k, ::llvm::ArrayRef<Term> cotangents, unsigned) {
      return k.convert(cotangents[0], getA().getType());
    }
  }];
}

def Flx_StopGradientOp : Flx_Unary<"stop_gradient", "a, held constant",
                                   "The operand; every derivative takes it as a constant.",
                                   "Term()", "a", "failure()", Elements>;
#endif
