// Signs and bounds of values, as far as they show in a few ops; what is not shown counts as singular.
// Inputs of the graph count as ordinary numbers, and so do sums and contractions of them.
#include "compiler/Differentiate/Singularity.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {
namespace {

constexpr unsigned maxDepth = 7;

// The value behind repetition and stop_gradient, for telling two values equal.
Value stripped(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<BroadcastOp, StopGradientOp>(op)) break;
    value = op->getOperand(0);
  }
  return value;
}

bool isPositive(Value value, unsigned depth);

bool isNonNegative(Value value, unsigned depth) {
  if (isPositive(value, depth)) return true;
  Operation *op = value.getDefiningOp();
  if (!op || depth == 0) return false;
  auto all = [=](ValueRange values) {
    return llvm::all_of(values, [=](Value each) { return isNonNegative(each, depth - 1); });
  };
  if (std::optional<double> constant = splatConstant(value)) return *constant >= 0;
  if (auto product = dyn_cast<MulOp>(op)) return product.getA() == product.getB() || all(op->getOperands());
  if (auto power = dyn_cast<PowOp>(op))
    if (std::optional<double> n = splatConstant(power.getB()))
      return *n >= 0 && (std::fmod(*n, 2) == 0 || isNonNegative(power.getA(), depth - 1));
  if (auto squares = dyn_cast<EinsumOp>(op))
    if (squares.getNumOperands() == 2 && squares.getOperand(0) == squares.getOperand(1)) {
      auto [inputs, output] = squares.getEquation().split("->");
      auto [first, second] = inputs.split(",");
      if (first == second) return true;
    }
  if (isa<AbsOp, SqrtOp, ReduceMaxOp>(op)) return isa<AbsOp, SqrtOp>(op) || all(op->getOperands());
  if (isa<AddOp, DivOp, SumOp, BroadcastOp, ReshapeOp, TransposeOp, StopGradientOp, EinsumOp, ConvertOp>(op))
    return all(op->getOperands());
  if (auto select = dyn_cast<SelectOp>(op)) return all({select.getA(), select.getB()});
  return false;
}

// Greater than zero (underflow aside).
bool isPositive(Value value, unsigned depth) {
  Operation *op = value.getDefiningOp();
  if (!op || depth == 0) return false;
  auto positive = [=](Value each) { return isPositive(each, depth - 1); };
  auto all = [=](ValueRange values) { return llvm::all_of(values, positive); };
  if (std::optional<double> constant = splatConstant(value)) return *constant > 0;
  if (isa<ExpOp, SigmoidOp, SoftplusOp, CoshOp, ErfcOp, GaussianOp, NormalCdfOp>(op)) return true;
  if (auto sum = dyn_cast<AddOp>(op))
    return (positive(sum.getA()) && isNonNegative(sum.getB(), depth - 1)) ||
           (isNonNegative(sum.getA(), depth - 1) && positive(sum.getB()));
  if (auto larger = dyn_cast<MaxOp>(op)) return positive(larger.getA()) || positive(larger.getB());
  if (isa<MulOp, DivOp, SqrtOp, RsqrtOp, SumOp, BroadcastOp, ReshapeOp, TransposeOp, StopGradientOp, ReduceMaxOp,
          ReduceMinOp>(op))
    return all(op->getOperands());
  if (auto select = dyn_cast<SelectOp>(op)) return all({select.getA(), select.getB()});
  return false;
}

// x − max x, −|x|, −x² and the like: exp of it cannot overflow.
bool isBoundedAbove(Value value, unsigned depth) {
  Operation *op = value.getDefiningOp();
  if (!op || depth == 0) return false;
  if (splatConstant(value) || isa<SigmoidOp, TanhOp, SinOp, CosOp, ErfOp, ErfcOp, GaussianOp, NormalCdfOp, AtanOp>(op)) return true;
  if (auto difference = dyn_cast<SubOp>(op)) {
    auto maximum = stripped(difference.getB()).getDefiningOp<ReduceMaxOp>();
    if (maximum && stripped(maximum.getX()) == stripped(difference.getA())) return true;
    return isBoundedAbove(difference.getA(), depth - 1) && isNonNegative(difference.getB(), depth - 1);
  }
  if (auto negation = dyn_cast<NegOp>(op)) return isNonNegative(negation.getA(), depth - 1);
  if (auto smaller = dyn_cast<MinOp>(op))
    return isBoundedAbove(smaller.getA(), depth - 1) || isBoundedAbove(smaller.getB(), depth - 1);
  if (isa<BroadcastOp, ReshapeOp, TransposeOp, StopGradientOp>(op)) return isBoundedAbove(op->getOperand(0), depth - 1);
  if (auto product = dyn_cast<MulOp>(op)) // a multiple −c·x of x ≥ 0
    if (std::optional<double> factor = splatConstant(product.getB()))
      return *factor < 0 ? isNonNegative(product.getA(), depth - 1) : isBoundedAbove(product.getA(), depth - 1);
  return false;
}

// True if the value of `coefficient` may be infinite or NaN.
bool isSingular(Value coefficient, unsigned depth) {
  Operation *op = coefficient.getDefiningOp();
  if (!op || isProvenFinite(coefficient)) return false;
  auto any = [=](ValueRange values) {
    return depth == 0 || llvm::any_of(values, [=](Value each) { return isSingular(each, depth - 1); });
  };
  if (auto quotient = dyn_cast<DivOp>(op)) return !isPositive(quotient.getB(), maxDepth) || any(op->getOperands());
  if (isa<LogOp, RsqrtOp>(op)) return !isPositive(op->getOperand(0), maxDepth) || any(op->getOperands());
  if (isa<ExpOp, Expm1Op, SinhOp, CoshOp>(op)) return !isBoundedAbove(op->getOperand(0), maxDepth);
  if (auto power = dyn_cast<PowOp>(op))
    if (std::optional<double> n = splatConstant(power.getB()); n && *n >= 1) return any(power.getA());
  if (isa<PowOp, Log1pOp, TanOp, AsinOp, AcosOp, AcoshOp, AtanhOp, LgammaOp, DigammaOp, PolygammaOp, RemOp>(op)) return true;
  if (op->hasTrait<Elementwise>() || isa<BroadcastOp, ReshapeOp, TransposeOp, SliceOp, PadOp, ConcatOp, GatherOp, SumOp,
                                         ReverseOp, WindowOp, OverlapAddOp, CumsumOp, SortOp>(op))
    return any(op->getOperands());
  return false;
}

} // namespace

bool mayBeSingular(Operation *op, llvm::function_ref<bool(Value)> isLinear) {
  if (auto quotient = dyn_cast<DivOp>(op))
    if (!isLinear(quotient.getB()) && !isPositive(quotient.getB(), maxDepth)) {
      std::optional<double> constant = splatConstant(quotient.getB());
      if (!constant || *constant == 0) return true;
    }
  return llvm::any_of(op->getOperands(),
                      [&](Value operand) { return !isLinear(operand) && isSingular(operand, maxDepth); });
}

} // namespace fluxion
