// Constants and uniform factors: gathered, merged, factored out, in derivatives (of a sum: anywhere).
#include "compiler/Symbolic/Families.h"
#include <cmath>

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {
namespace {

bool isConstant(Value value) { return splatConstant(value).has_value(); }

// x − c = x + (−c)
LogicalResult subtractedConstant(SubOp op, PatternRewriter &rewriter) {
  if (!isConstant(op.getB()) || isConstant(op.getA())) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, (k(op.getA()) + -k(op.getB())).value);
  return success();
}

// (x + a) + b = x + (a + b)
LogicalResult sumOfConstants(AddOp op, PatternRewriter &rewriter) {
  auto inner = op.getA().getDefiningOp<AddOp>();
  if (!inner || !isConstant(op.getB()) || !isConstant(inner.getB())) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, (k(inner.getA()) + (k(inner.getB()) + k(op.getB()))).value);
  return success();
}

// a − (x + b) = (a − b) − x
LogicalResult constantMinusSum(SubOp op, PatternRewriter &rewriter) {
  auto inner = op.getB().getDefiningOp<AddOp>();
  if (!inner || !isUsedOnce(inner) || !isConstant(op.getA()) || !isConstant(inner.getB())) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, ((k(op.getA()) - k(inner.getB())) - k(inner.getA())).value);
  return success();
}

// −(x·c) = x·(−c)
LogicalResult negatedMultiple(NegOp op, PatternRewriter &rewriter) {
  auto product = op.getA().getDefiningOp<MulOp>();
  if (!product || !isUsedOnce(product) || !isConstant(product.getB())) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, (k(product.getA()) * -k(product.getB())).value);
  return success();
}

// x·(−1) = −x
LogicalResult timesMinusOne(MulOp op, PatternRewriter &rewriter) {
  if (!isSplat(op.getB(), -1)) return failure();
  rewriter.replaceOpWithNewOp<NegOp>(op, op.getA());
  return success();
}

// x/c = x·(1/c), where 1/c is an ordinary number and, if asked for, exact: c is a power of two
LogicalResult timesReciprocal(DivOp op, bool exact, PatternRewriter &rewriter) {
  std::optional<double> divisor = splatConstant(op.getB());
  int exponent;
  if (!divisor || isConstant(op.getA()) || (exact && std::fabs(std::frexp(*divisor, &exponent)) != 0.5)) return failure();
  Algebra k(rewriter, op.getLoc());
  Term reciprocal = 1.0 / k(op.getB());
  std::optional<double> value = splatConstant(reciprocal.value);
  double smallest = getElementTypeOrSelf(op.getType()).isF32() ? 0x1p-126 : 0x1p-1022;
  if (!value || !std::isfinite(*value) || std::fabs(*value) < smallest) return failure();
  rewriter.replaceOp(op, (k(op.getA()) * reciprocal).value);
  return success();
}
LogicalResult dividedByPowerOfTwo(DivOp op, PatternRewriter &rewriter) { return timesReciprocal(op, true, rewriter); }
LogicalResult dividedByConstant(DivOp op, PatternRewriter &rewriter) { return timesReciprocal(op, false, rewriter); }

// (c·x)/y with c constant = c·(x/y); c/(x·d) = (c/d)/x
LogicalResult constantsOfQuotient(DivOp op, PatternRewriter &rewriter) {
  Algebra k(rewriter, op.getLoc());
  if (Scaled above = matchScaledOnce(op.getA()); above && !isUniform(op.getB())) {
    rewriter.replaceOp(op, (k(above.x) / k(op.getB()) * k(above.factor)).value);
    return success();
  }
  Scaled below = matchScaledOnce(op.getB());
  if (!below || !isConstant(below.factor) || !isConstant(op.getA())) return failure();
  rewriter.replaceOp(op, (k(op.getA()) / k(below.factor) / k(below.x)).value);
  return success();
}

// x/u with u uniform = x·(1/u): one division of scalars
LogicalResult dividedByUniform(DivOp op, PatternRewriter &rewriter) {
  if (!isUniform(op.getB()) || isConstant(op.getB()) || isUniform(op.getA())) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, (k(op.getA()) * (1.0 / k(op.getB()))).value);
  return success();
}

// (x·u)·v = x·(u·v) with u, v uniform; (x·u)·y = (x·y)·u: uniform factors move outward and meet
LogicalResult scaledProduct(MulOp op, PatternRewriter &rewriter) {
  Algebra k(rewriter, op.getLoc());
  for (auto [left, right] : {std::pair(op.getA(), op.getB()), std::pair(op.getB(), op.getA())}) {
    bool meets = isUniform(right);
    Scaled scaled = meets ? matchScaled(left) : matchScaledOnce(left);
    if (!scaled) continue;
    Term factor = k(scaled.factor), other = k(right), x = k(scaled.x);
    rewriter.replaceOp(op, (meets ? x * (factor * other) : (x * other) * factor).value);
    return success();
  }
  return failure();
}

// (x − y)·(−c) = (y − x)·c
LogicalResult negativeMultipleOfDifference(MulOp op, PatternRewriter &rewriter) {
  auto difference = op.getA().getDefiningOp<SubOp>();
  std::optional<double> constant = splatConstant(op.getB());
  if (!difference || !isUsedOnce(difference) || !constant || *constant >= 0) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, ((k(difference.getB()) - k(difference.getA())) * -k(op.getB())).value);
  return success();
}

// Factors of a term of a sum, as x·c: of a product either order, of any other value x·1.
struct Factored {
  Value x, c; // c null: 1
};

SmallVector<Factored, 3> factorings(Value value) {
  SmallVector<Factored, 3> found{{value, Value()}};
  if (auto product = value.getDefiningOp<MulOp>()) {
    found.push_back({product.getA(), product.getB()});
    if (product.getA() != product.getB()) found.push_back({product.getB(), product.getA()});
  }
  return found;
}

// x + x = 2x
LogicalResult doubled(AddOp op, PatternRewriter &rewriter) {
  if (op.getA() != op.getB() || isConstant(op.getA())) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, (k(op.getA()) * 2.0).value);
  return success();
}

// x·a + x·b = x·(a + b) with constants a, b
LogicalResult likeTerms(Operation *op, Value left, Value right, double sign, PatternRewriter &rewriter) {
  for (Factored l : factorings(left))
    for (Factored r : factorings(right)) {
      if (l.x != r.x || (l.c && !isConstant(l.c)) || (r.c && !isConstant(r.c))) continue;
      if (!l.c && !r.c && sign < 0) continue; // x − x is left to folding
      Algebra k(rewriter, op->getLoc());
      Term one = k.constant(left.getType(), 1), a = l.c ? k(l.c) : one, b = r.c ? k(r.c) : one;
      rewriter.replaceOp(op, (k(l.x) * (sign < 0 ? a - b : a + b)).value);
      return success();
    }
  return failure();
}
LogicalResult likeTermsAdded(AddOp op, PatternRewriter &rewriter) {
  return likeTerms(op, op.getA(), op.getB(), 1, rewriter);
}
LogicalResult likeTermsSubtracted(SubOp op, PatternRewriter &rewriter) {
  return likeTerms(op, op.getA(), op.getB(), -1, rewriter);
}

// x·c ± y·c = (x ± y)·c, also x·c ± y·(−c) = (x ∓ y)·c; the products have no other use
LogicalResult commonFactor(Operation *op, Value left, Value right, bool isSum, PatternRewriter &rewriter) {
  auto l = left.getDefiningOp<MulOp>(), r = right.getDefiningOp<MulOp>();
  if (!l || !r || l == r || !isUsedOnce(l) || !isUsedOnce(r)) return failure();
  Algebra k(rewriter, op->getLoc());
  SmallVector<Factored, 3> ofLeft = factorings(left), ofRight = factorings(right);
  for (Factored a : ArrayRef(ofLeft).drop_front())
    for (Factored b : ArrayRef(ofRight).drop_front()) {
      std::optional<double> c = splatConstant(a.c), d = splatConstant(b.c);
      // Beyond 2⁵³ the f64 is not the integer.
      bool opposite = c && d && *c == -*d && *c != 0 && (isFloat(a.c) || std::fabs(*c) < 0x1p53);
      if (a.c != b.c && !opposite) continue;
      bool adds = isSum != (a.c != b.c);
      if (!adds && c && *c < 0)
        rewriter.replaceOp(op, ((k(b.x) - k(a.x)) * -k(a.c)).value);
      else
        rewriter.replaceOp(op, ((adds ? k(a.x) + k(b.x) : k(a.x) - k(b.x)) * k(a.c)).value);
      return success();
    }
  return failure();
}
LogicalResult commonFactorAdded(AddOp op, PatternRewriter &rewriter) {
  return commonFactor(op, op.getA(), op.getB(), true, rewriter);
}
LogicalResult commonFactorSubtracted(SubOp op, PatternRewriter &rewriter) {
  return commonFactor(op, op.getA(), op.getB(), false, rewriter);
}

// Σ x·u = u·Σ x and Σ x/u = (Σ x)/u with u uniform; Σ (−x) = −Σ x
LogicalResult scaledSum(SumOp op, PatternRewriter &rewriter) {
  Algebra k(rewriter, op.getLoc());
  if (auto negated = op.getX().getDefiningOp<NegOp>(); negated && isUsedOnce(negated)) {
    rewriter.replaceOp(op, (-k.sum(k(negated.getA()), op.getAxes())).value);
    return success();
  }
  Scaled scaled = matchScaleOfSum(op.getX(), op);
  if (!scaled) return failure();
  Term sum = k.sum(k(scaled.x), op.getAxes()), scale = uniformLike(k, scaled.factor, op.getType());
  rewriter.replaceOp(op, (scaled.divides ? sum / scale : sum * scale).value);
  return success();
}

} // namespace

void populateConstants(RuleSet rules) {
  FLX_RULE(rules, Exact, subtractedConstant);
  FLX_RULE(rules, Rounding, sumOfConstants);
  FLX_RULE(rules, Rounding, constantMinusSum);
  FLX_RULE(rules, Exact, negatedMultiple);
  FLX_RULE(rules, Exact, timesMinusOne);
  FLX_RULE(rules, Exact, dividedByPowerOfTwo);
  FLX_RULE(rules, Rounding, dividedByConstant);
  FLX_RULE(rules, Rounding, constantsOfQuotient);
  FLX_RULE(rules, Rounding, dividedByUniform);
  FLX_RULE(rules, Rounding, scaledProduct);
  FLX_RULE(rules, Symbolic, negativeMultipleOfDifference);
  FLX_RULE(rules, Exact, doubled);
  FLX_RULE(rules, Rounding, likeTermsAdded);
  FLX_RULE(rules, Rounding, likeTermsSubtracted);
  FLX_RULE(rules, Rounding, commonFactorAdded);
  FLX_RULE(rules, Rounding, commonFactorSubtracted);
  FLX_RULE(rules, Regrouping, scaledSum);
}

} // namespace fluxion
