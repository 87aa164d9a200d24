// Functions and signs: the rules of Functions.td and Signs.td, and those that are not exact or need more than a pattern.
#include "compiler/Symbolic/Families.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {
namespace {

bool isSplatOf(Attribute value, double literal) {
  if (auto elements = dyn_cast<DenseElementsAttr>(value))
    value = elements.isSplat() ? elements.getSplatValue<Attribute>() : Attribute();
  auto scalar = dyn_cast_or_null<FloatAttr>(value);
  return scalar && scalar.getValueAsDouble() == literal;
}

// −0, or the integer 0: what added to x gives x, whatever x is.
bool isNeutralZero(Attribute value) {
  if (auto elements = dyn_cast<DenseElementsAttr>(value))
    value = elements.isSplat() ? elements.getSplatValue<Attribute>() : Attribute();
  if (auto scalar = dyn_cast_or_null<IntegerAttr>(value)) return scalar.getValue().isZero();
  auto scalar = dyn_cast_or_null<FloatAttr>(value);
  return scalar && scalar.getValue().isNegZero();
}

namespace functions {
#include "compiler/Symbolic/Functions.inc"
}
namespace signs {
#include "compiler/Symbolic/Signs.inc"
}

// 0 − x = −x: not so at x = 0
LogicalResult zeroMinus(SubOp op, PatternRewriter &rewriter) {
  if (!isSplat(op.getA(), 0)) return failure();
  rewriter.replaceOpWithNewOp<NegOp>(op, op.getB());
  return success();
}

// x + 0 = x: not so at −0
LogicalResult plusZero(AddOp op, PatternRewriter &rewriter) {
  if (!isSplat(op.getB(), 0)) return failure();
  rewriter.replaceOp(op, op.getA());
  return success();
}

// −(x − y) = y − x: not so at x = y
LogicalResult negatedDifference(NegOp op, PatternRewriter &rewriter) {
  auto difference = op.getA().getDefiningOp<SubOp>();
  if (!difference) return failure();
  rewriter.replaceOpWithNewOp<SubOp>(op, difference.getB(), difference.getA());
  return success();
}

// −x − y = −(x + y): not so at x = −y
LogicalResult negatedMinus(SubOp op, PatternRewriter &rewriter) {
  auto negated = op.getA().getDefiningOp<NegOp>();
  if (!negated || !isUsedOnce(negated)) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, (-(k(negated.getA()) + k(op.getB()))).value);
  return success();
}

// y/√x = y·(1/√x): one rounding more
LogicalResult overRoot(DivOp op, PatternRewriter &rewriter) {
  auto root = op.getB().getDefiningOp<SqrtOp>();
  if (!root || !isUsedOnce(root) || isSplat(op.getA(), 1)) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, (k(op.getA()) * k.rsqrt(k(root.getA()))).value);
  return success();
}

// x/√x = √x: not so at 0 and ∞
LogicalResult timesReciprocalRoot(MulOp op, PatternRewriter &rewriter) {
  for (auto [x, y] : {std::pair(op.getA(), op.getB()), std::pair(op.getB(), op.getA())}) {
    auto root = y.getDefiningOp<RsqrtOp>();
    if (!root || root.getA() != x) continue;
    rewriter.replaceOpWithNewOp<SqrtOp>(op, x);
    return success();
  }
  return failure();
}

// eˣ/(1 + eˣ) = σ(x)
LogicalResult sigmoidQuotient(DivOp op, PatternRewriter &rewriter) {
  auto exponential = op.getA().getDefiningOp<ExpOp>();
  auto sum = op.getB().getDefiningOp<AddOp>();
  if (!exponential || !sum || sum.getA() != op.getA() || !isSplat(sum.getB(), 1)) return failure();
  rewriter.replaceOpWithNewOp<SigmoidOp>(op, exponential.getA());
  return success();
}

// e^(ln x) = x: NaN for x < 0 is lost
LogicalResult expOfLog(ExpOp op, PatternRewriter &rewriter) {
  auto log = op.getA().getDefiningOp<LogOp>();
  if (!log) return failure();
  rewriter.replaceOp(op, log.getA());
  return success();
}

// x/x = 1: NaN at 0 and ∞ is lost
LogicalResult quotientOfEquals(DivOp op, PatternRewriter &rewriter) {
  if (op.getA() != op.getB()) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, k.constant(op.getType(), 1).value);
  return success();
}

// x − x = 0: NaN at ∞ is lost
LogicalResult differenceOfEquals(SubOp op, PatternRewriter &rewriter) {
  if (op.getA() != op.getB()) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, k.zero(op.getType()).value);
  return success();
}

// x·0 = 0: NaN at ∞ is lost
LogicalResult productWithZero(MulOp op, PatternRewriter &rewriter) {
  if (!isSplat(op.getB(), 0)) return failure();
  rewriter.replaceOp(op, op.getB());
  return success();
}

} // namespace

void populateSigns(RuleSet rules) {
  signs::populateWithGenerated(rules.patterns);
  FLX_RULE(rules, Symbolic, zeroMinus);
  FLX_RULE(rules, Symbolic, plusZero);
  FLX_RULE(rules, Symbolic, negatedDifference);
  FLX_RULE(rules, Symbolic, negatedMinus);
}

void populateFunctions(RuleSet rules) {
  functions::populateWithGenerated(rules.patterns);
  FLX_RULE(rules, Stable, sigmoidQuotient);
  FLX_RULE(rules, Rounding, overRoot);
  FLX_RULE(rules, Symbolic, timesReciprocalRoot);
  FLX_RULE(rules, Fast, expOfLog);
  FLX_RULE(rules, Fast, quotientOfEquals);
  FLX_RULE(rules, Fast, differenceOfEquals);
  FLX_RULE(rules, Fast, productWithZero);
}

} // namespace fluxion
