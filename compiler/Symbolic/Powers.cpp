// Powers with an exponent known now: products and roots.
#include "compiler/Symbolic/Families.h"
#include "dialects/Arithmetic.h"

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {
namespace {

// xⁿ for whole 0 < |n| ≤ 8 as a product by squaring, of which 1/… is taken where n < 0. Exact: code is made so
// for the power, too (compiler/Lowering/VectorMathPow.cpp), and products are shared with others.
LogicalResult wholePower(PowOp op, PatternRewriter &rewriter) {
  std::optional<double> exponent = splatConstant(op.getB());
  if (!exponent || !isWholePower(*exponent)) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, wholePowerOf(k(op.getA()), int(*exponent)).value);
  return success();
}

// x^½ = √x and x^−½ = 1/√x: not so at −0 and −∞
LogicalResult rootPower(PowOp op, PatternRewriter &rewriter) {
  Algebra k(rewriter, op.getLoc());
  if (isSplat(op.getB(), 0.5)) {
    rewriter.replaceOp(op, k.sqrt(k(op.getA())).value);
    return success();
  }
  if (!isSplat(op.getB(), -0.5)) return failure();
  rewriter.replaceOp(op, k.rsqrt(k(op.getA())).value);
  return success();
}

} // namespace

void populatePowers(RuleSet rules) {
  FLX_RULE(rules, Exact, wholePower);
  FLX_RULE(rules, Symbolic, rootPower);
}

} // namespace fluxion
