// Functions and signs: the rules of Functions.td and Signs.td, and those that are not exact or need more than a pattern.
#include "compiler/Symbolic/Families.h"
#include "dialects/Equation.h"
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

// Σ u·u, which is not below 0.
bool isSumOfSquares(Value value) {
  auto same = [](ValueRange operands) { return operands.size() == 2 && operands[0] == operands[1]; };
  if (auto sum = value.getDefiningOp<SumOp>()) {
    auto power = sum.getX().getDefiningOp<PowOp>();
    auto product = sum.getX().getDefiningOp<MulOp>();
    return (product && same(product->getOperands())) || (power && isSplat(power.getB(), 2));
  }
  auto einsum = value.getDefiningOp<EinsumOp>();
  if (!einsum || !same(einsum.getOperands())) return false;
  Equation equation = *Equation::parse(einsum.getEquation());
  return equation.operands[0] == equation.operands[1];
}

// The s ≥ 0 of where(s = 0, 0, √(where(s = 0, 1, s))), which is a root whose slope at 0 is 0; null if `value` is none.
Value matchRoot(Value value) {
  auto select = value.getDefiningOp<SelectOp>();
  if (!select || !isSplat(select.getA(), 0)) return {};
  auto isZero = select.getCondition().getDefiningOp<EqOp>();
  auto root = select.getB().getDefiningOp<SqrtOp>();
  auto safe = root ? root.getA().getDefiningOp<SelectOp>() : SelectOp();
  if (!isZero || !isSplat(isZero.getB(), 0) || !safe || safe.getCondition() != isZero.getResult()) return {};
  Value s = isZero.getA();
  return safe.getB() == s && isSumOfSquares(s) ? s : Value();
}

// (m·√s)² = (m·s)·m: of a norm, whose square has the slope of a square everywhere
LogicalResult squaredRoot(Operation *op, Value y, PatternRewriter &rewriter) {
  Algebra k(rewriter, op->getLoc());
  if (Value s = matchRoot(y)) {
    rewriter.replaceOp(op, s);
    return success();
  }
  auto product = y.getDefiningOp<MulOp>();
  if (!product) return failure();
  for (auto [m, root] : {std::pair(product.getA(), product.getB()), std::pair(product.getB(), product.getA())}) {
    Value s = matchRoot(root);
    if (!s) continue;
    rewriter.replaceOp(op, (k(m) * k(s) * k(m)).value);
    return success();
  }
  return failure();
}
LogicalResult squaredRootAsPower(PowOp op, PatternRewriter &rewriter) {
  return isSplat(op.getB(), 2) ? squaredRoot(op, op.getA(), rewriter) : failure();
}
LogicalResult squaredRootAsProduct(MulOp op, PatternRewriter &rewriter) {
  return op.getA() == op.getB() ? squaredRoot(op, op.getA(), rewriter) : failure();
}

// |x|² = x²
LogicalResult absSquared(MulOp op, PatternRewriter &rewriter) {
  auto size = op.getA().getDefiningOp<AbsOp>();
  if (!size || op.getA() != op.getB()) return failure();
  rewriter.replaceOpWithNewOp<MulOp>(op, size.getA(), size.getA());
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
  FLX_RULE(rules, Exact, absSquared);
  FLX_RULE(rules, Stable, squaredRootAsPower);
  FLX_RULE(rules, Stable, squaredRootAsProduct);
  FLX_RULE(rules, Rounding, overRoot);
  FLX_RULE(rules, Symbolic, timesReciprocalRoot);
  FLX_RULE(rules, Fast, expOfLog);
  FLX_RULE(rules, Fast, quotientOfEquals);
  FLX_RULE(rules, Fast, differenceOfEquals);
  FLX_RULE(rules, Fast, productWithZero);
}

} // namespace fluxion
