// Functions and signs: the rules of Functions.td and Signs.td, and those whose right side depends on a number.
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

// Of floats or integers; −0 counts.
bool isZeroSplat(Attribute value) {
  if (auto elements = dyn_cast<DenseElementsAttr>(value))
    value = elements.isSplat() ? elements.getSplatValue<Attribute>() : Attribute();
  if (auto scalar = dyn_cast_or_null<IntegerAttr>(value)) return scalar.getValue().isZero();
  return value && isSplatOf(value, 0);
}

namespace functions {
#include "compiler/Symbolic/Functions.inc"
}
namespace signs {
#include "compiler/Symbolic/Signs.inc"
}

// xⁿ by squaring for 3 ≤ |n| ≤ 8, and 1/x for n = −1
LogicalResult integerPower(PowOp op, PatternRewriter &rewriter) {
  std::optional<double> exponent = splatConstant(op.getB());
  if (!exponent || *exponent != std::trunc(*exponent) || std::fabs(*exponent) > 8 || std::fabs(*exponent) < 1)
    return failure();
  Algebra k(rewriter, op.getLoc());
  Term square = k(op.getA()), result;
  for (unsigned n = unsigned(std::fabs(*exponent)); n; n >>= 1) {
    if (n & 1) result = result ? result * square : square;
    if (n > 1) square = square * square;
  }
  rewriter.replaceOp(op, (*exponent < 0 ? 1.0 / result : result).value);
  return success();
}

// eˣ/(1 + eˣ) = σ(x)
LogicalResult sigmoidQuotient(DivOp op, PatternRewriter &rewriter) {
  auto exponential = op.getA().getDefiningOp<ExpOp>();
  auto sum = op.getB().getDefiningOp<AddOp>();
  if (!exponential || !sum || sum.getA() != op.getA() || !isSplat(sum.getB(), 1)) return failure();
  rewriter.replaceOpWithNewOp<SigmoidOp>(op, exponential.getA());
  return success();
}

// e^(ln x) = x: tier (c), NaN for x < 0 is lost
LogicalResult expOfLog(ExpOp op, PatternRewriter &rewriter) {
  auto log = op.getA().getDefiningOp<LogOp>();
  if (!log) return failure();
  rewriter.replaceOp(op, log.getA());
  return success();
}

// x/x = 1: tier (c), NaN at 0 and ∞ is lost
LogicalResult quotientOfEquals(DivOp op, PatternRewriter &rewriter) {
  if (op.getA() != op.getB()) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, k.constant(op.getType(), 1).value);
  return success();
}

// x − x = 0: tier (c), NaN at ∞ is lost
LogicalResult differenceOfEquals(SubOp op, PatternRewriter &rewriter) {
  if (op.getA() != op.getB()) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, k.zero(op.getType()).value);
  return success();
}

// x·0 = 0: tier (c), NaN at ∞ is lost
LogicalResult productWithZero(MulOp op, PatternRewriter &rewriter) {
  if (!isSplat(op.getB(), 0)) return failure();
  rewriter.replaceOp(op, op.getB());
  return success();
}

} // namespace

void populateSigns(RewritePatternSet &rules) { signs::populateWithGenerated(rules); }

void populateFunctions(RewritePatternSet &rules, bool fastMath) {
  functions::populateWithGenerated(rules);
  addRules(rules, integerPower, sigmoidQuotient);
  if (fastMath) addRules(rules, expOfLog, quotientOfEquals, differenceOfEquals, productWithZero);
}

} // namespace fluxion
