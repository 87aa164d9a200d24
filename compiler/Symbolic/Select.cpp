// Select: nested conditions, masks and constant arms.
#include "compiler/Symbolic/Families.h"

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {
namespace {

// select(¬c, a, b) = select(c, b, a)
LogicalResult negatedCondition(SelectOp op, PatternRewriter &rewriter) {
  auto negation = op.getCondition().getDefiningOp<NotOp>();
  if (!negation) return failure();
  rewriter.replaceOpWithNewOp<SelectOp>(op, op.getType(), negation.getA(), op.getB(), op.getA());
  return success();
}

// ¬(a = b) is a ≠ b, and the other way round (also with NaN; not so for <)
LogicalResult negatedEquality(NotOp op, PatternRewriter &rewriter) {
  Algebra k(rewriter, op.getLoc());
  if (auto equal = op.getA().getDefiningOp<EqOp>()) {
    rewriter.replaceOp(op, k.ne(k(equal.getA()), k(equal.getB())).value);
    return success();
  }
  auto differ = op.getA().getDefiningOp<NeOp>();
  if (!differ) return failure();
  rewriter.replaceOp(op, k.eq(k(differ.getA()), k(differ.getB())).value);
  return success();
}

// select(c, select(c, a, b), d) = select(c, a, d); select(c, a, select(c, b, d)) = select(c, a, d)
LogicalResult nestedCondition(SelectOp op, PatternRewriter &rewriter) {
  auto first = op.getA().getDefiningOp<SelectOp>(), second = op.getB().getDefiningOp<SelectOp>();
  Value a = first && first.getCondition() == op.getCondition() ? first.getA() : op.getA();
  Value b = second && second.getCondition() == op.getCondition() ? second.getB() : op.getB();
  if (a == op.getA() && b == op.getB()) return failure();
  rewriter.replaceOpWithNewOp<SelectOp>(op, op.getType(), op.getCondition(), a, b);
  return success();
}

// x·select(c, 1, 0) = select(c, x, 0) and x·convert(c) likewise: a mask selects. The zero is the mask's own.
LogicalResult timesMask(MulOp op, PatternRewriter &rewriter) {
  Algebra k(rewriter, op.getLoc());
  for (auto [x, mask] : {std::pair(op.getA(), op.getB()), std::pair(op.getB(), op.getA())}) {
    auto convert = mask.getDefiningOp<ConvertOp>();
    if (convert && getElementTypeOrSelf(convert.getA()).isInteger(1)) {
      rewriter.replaceOp(op, k.select(k(convert.getA()), k(x), Term()).value);
      return success();
    }
    auto select = mask.getDefiningOp<SelectOp>();
    if (!select) continue;
    if (isSplat(select.getA(), 1) && isSplat(select.getB(), 0)) {
      rewriter.replaceOp(op, k.select(k(select.getCondition()), k(x), Term()).value);
      return success();
    }
    if (isSplat(select.getA(), 0) && isSplat(select.getB(), 1)) {
      rewriter.replaceOp(op, k.select(k(select.getCondition()), Term(), k(x)).value);
      return success();
    }
  }
  return failure();
}

// select(c, a, 0) + select(c, b, 0) = select(c, a + b, 0)
LogicalResult sumOfMasked(AddOp op, PatternRewriter &rewriter) {
  auto l = op.getA().getDefiningOp<SelectOp>(), r = op.getB().getDefiningOp<SelectOp>();
  if (!l || !r || l == r || l.getCondition() != r.getCondition() || !isUsedOnce(l) || !isUsedOnce(r))
    return failure();
  bool below = isPositiveZero(l.getB()) && isPositiveZero(r.getB());
  if (!below && !(isPositiveZero(l.getA()) && isPositiveZero(r.getA()))) return failure();
  Algebra k(rewriter, op.getLoc());
  Term sum = below ? k(l.getA()) + k(r.getA()) : k(l.getB()) + k(r.getB()), zero = k(below ? l.getB() : l.getA());
  rewriter.replaceOp(op, k.select(k(l.getCondition()), below ? sum : zero, below ? zero : sum).value);
  return success();
}

// select(c, a, 0) + select(c, 0, b) = select(c, a, b): not so at −0
LogicalResult sumOfComplements(AddOp op, PatternRewriter &rewriter) {
  auto l = op.getA().getDefiningOp<SelectOp>(), r = op.getB().getDefiningOp<SelectOp>();
  if (!l || !r || l == r || l.getCondition() != r.getCondition() || !isUsedOnce(l) || !isUsedOnce(r))
    return failure();
  auto sum = [&](Algebra &k, Value a, Value b) { return isSplat(a, 0) ? k(b) : isSplat(b, 0) ? k(a) : k(a) + k(b); };
  bool upper = isSplat(l.getA(), 0) || isSplat(r.getA(), 0), lower = isSplat(l.getB(), 0) || isSplat(r.getB(), 0);
  if (!upper && !lower) return failure();
  Algebra k(rewriter, op.getLoc());
  Term a = sum(k, l.getA(), r.getA()), b = sum(k, l.getB(), r.getB());
  rewriter.replaceOp(op, k.select(k(l.getCondition()), a, b).value);
  return success();
}

// select(c, x·u, 0) = u·select(c, x, 0) with u uniform: factors move outward. −select(c, x, 0) = … the same of signs
LogicalResult scaledArm(SelectOp op, PatternRewriter &rewriter) {
  bool zeroBelow = isSplat(op.getB(), 0), zeroAbove = isSplat(op.getA(), 0);
  if (zeroBelow == zeroAbove) return failure();
  Value arm = zeroBelow ? op.getA() : op.getB();
  Algebra k(rewriter, op.getLoc());
  auto select = [&](Value x) {
    return zeroBelow ? k.select(k(op.getCondition()), k(x), Term()) : k.select(k(op.getCondition()), Term(), k(x));
  };
  if (auto negated = arm.getDefiningOp<NegOp>(); negated && isUsedOnce(negated)) {
    rewriter.replaceOp(op, (-select(negated.getA())).value);
    return success();
  }
  Scaled scaled = matchScaledOnce(arm);
  if (!scaled || !isProvenFinite(scaled.factor)) return failure(); // ∞·0 is no 0: the factor must be finite
  rewriter.replaceOp(op, (select(scaled.x) * k(scaled.factor)).value);
  return success();
}

// f(select(c, p, q)) = select(c, f(p), f(q)) for constants p, q
struct FunctionOfConstants : RewritePattern {
  FunctionOfConstants(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!op->hasTrait<Elementwise>() || op->getNumOperands() == 0 || isa<SelectOp>(op)) return failure();
    SelectOp select;
    for (Value operand : op->getOperands()) {
      if (splatConstant(operand)) continue;
      auto found = operand.getDefiningOp<SelectOp>();
      if (!found || select || !isUsedOnce(found) || !splatConstant(found.getA()) || !splatConstant(found.getB()))
        return failure();
      select = found;
    }
    if (!select) return failure();
    SmallVector<Value> arms;
    for (Value arm : {select.getA(), select.getB()}) {
      SmallVector<Attribute> constants;
      for (Value operand : op->getOperands())
        constants.push_back((operand == select.getResult() ? arm : operand).getDefiningOp<ConstantOp>().getValue());
      SmallVector<OpFoldResult> folded;
      if (failed(op->fold(constants, folded)) || folded.empty() || !isa<Attribute>(folded.front())) return failure();
      arms.push_back(ConstantOp::create(rewriter, op->getLoc(), op->getResult(0).getType(),
                                        cast<TypedAttr>(cast<Attribute>(folded.front()))));
    }
    rewriter.replaceOpWithNewOp<SelectOp>(op, op->getResult(0).getType(), select.getCondition(), arms[0], arms[1]);
    return success();
  }
};

} // namespace

void populateSelect(RuleSet rules) {
  FLX_RULE(rules, Exact, negatedCondition);
  FLX_RULE(rules, Exact, negatedEquality);
  FLX_RULE(rules, Exact, nestedCondition);
  FLX_RULE(rules, Symbolic, timesMask);
  FLX_RULE(rules, Exact, sumOfMasked);
  FLX_RULE(rules, Symbolic, sumOfComplements);
  FLX_RULE(rules, Symbolic, scaledArm);
  rules.patterns.add<FunctionOfConstants>(rules.patterns.getContext());
}

} // namespace fluxion
