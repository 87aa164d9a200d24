// The simplifier: all families by a greedy driver, then sharing and hoisting, until none finds anything.
#include "compiler/Symbolic/Simplify.h"
#include "compiler/Symbolic/Families.h"
#include "compiler/Symbolic/Hoist.h"
#include "compiler/Symbolic/Passes.h"
#include "compiler/Symbolic/Sharing.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include <cmath>

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {

Simplifier::Simplifier(MLIRContext *context, SimplifyOptions options) : options(options) {
  if (!options.enabled) return;
  auto *dialect = context->getOrLoadDialect<FlxDialect>();
  RewritePatternSet set(context);
  dialect->getCanonicalizationPatterns(set);
  for (RegisteredOperationName op : context->getRegisteredOperationsByDialect("flx"))
    op.getCanonicalizationPatterns(set, context);
  RuleSet families{set, options};
  populateSigns(families);
  populateConstants(families);
  populateFunctions(families);
  if (options.powers) populatePowers(families);
  populateSelect(families);
  populateShape(families);
  populateContraction(families);
  rules = FrozenRewritePatternSet(std::move(set));
}

namespace {
// What two share that were written and derived apart is the program's own. See Note [Whose arithmetic].
struct KeepWritten : RewriterBase::Listener {
  using Listener::notifyOperationReplaced;
  void notifyOperationReplaced(Operation *op, Operation *by) override {
    if (!isOfDerivative(op)) by->setLoc(asWritten(by->getLoc()));
  }
};
} // namespace

LogicalResult Simplifier::run(Operation *root, RewriterBase::Listener *listener) const {
  if (!options.enabled) return success();
  GreedyRewriteConfig config;
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled).setUseTopDownTraversal();
  config.setListener(listener);
  KeepWritten keepWritten;
  // Each round ends smaller or more shared; the bound only guards against two rules that undo each other.
  for (int round = 0; round < 16; ++round) {
    bool rewritten = false, shared = false;
    // Not reaching a fixpoint is no error: what is there is right, if not simplest.
    (void)applyPatternsGreedily(root, rules, config, &rewritten);
    IRRewriter rewriter(root->getContext(), &keepWritten);
    DominanceInfo dominance;
    eliminateCommonSubExpressions(rewriter, dominance, root, &shared);
    shared |= shareContractions(root);
    shared |= hoistInvariants(root);
    if (!shared && (!rewritten || round > 0)) break;
  }
  return success();
}

LogicalResult simplify(Operation *root, SimplifyOptions options) {
  return Simplifier(root->getContext(), options).run(root);
}

bool allows(SimplifyOptions options, Licence licence, Operation *op) {
  bool isDerived = isOfDerivative(op), isExact = !isFloat(op->getResult(0));
  switch (licence) {
  case Licence::Exact:
  case Licence::Stable: return true;
  case Licence::Regrouping: return !options.strict || isExact;
  case Licence::Symbolic: return isDerived || isExact || options.fastMath;
  case Licence::Rounding: return (isDerived && !options.strict) || isExact || options.fastMath;
  case Licence::Fast: return options.fastMath;
  }
  return false;
}

bool isUniform(Value value) {
  if (splatConstant(value)) return true;
  auto broadcast = value.getDefiningOp<BroadcastOp>();
  return broadcast && broadcast.getDims().empty();
}

Term uniformLike(Algebra &k, Value uniform, Type type) {
  if (uniform.getType() == type) return k(uniform);
  if (TypedAttr constant = splatLike(uniform, type)) return k.make<ConstantOp>(type, constant);
  return k.broadcast(k(uniform.getDefiningOp<BroadcastOp>().getX()), cast<RankedTensorType>(type).getShape(), {});
}

Scaled matchScaled(Value value) {
  auto product = value.getDefiningOp<MulOp>();
  if (!product || !isa<RankedTensorType>(value.getType())) return {};
  bool a = isUniform(product.getA()), b = isUniform(product.getB());
  if (a == b) return {};
  return a ? Scaled{product.getB(), product.getA()} : Scaled{product.getA(), product.getB()};
}

Scaled matchScaledOnce(Value value) { return isUsedOnce(value) ? matchScaled(value) : Scaled(); }

// Made of constants and arguments, element by element.
static bool isGiven(Value value, unsigned depth = 8) {
  Operation *op = value.getDefiningOp();
  if (!op) return !value.getParentBlock()->getParentOp()->hasTrait<Control>(); // what a loop carries may be a sum
  if (isa<ConstantOp>(op)) return true;
  if (depth == 0 || !(op->hasTrait<Elementwise>() || isa<BroadcastOp, ReshapeOp, SliceOp>(op))) return false;
  return llvm::all_of(op->getOperands(), [=](Value operand) { return isGiven(operand, depth - 1); });
}

Scaled matchScaleOfSum(Value value, Operation *root) {
  Scaled scaled = matchScaledOnce(value);
  auto quotient = value.getDefiningOp<DivOp>();
  if (!scaled && quotient && isUsedOnce(value) && isa<RankedTensorType>(value.getType()) &&
      isUniform(quotient.getB()) && !isUniform(quotient.getA()))
    scaled = {quotient.getA(), quotient.getB(), true};
  if (!scaled || isOfDerivative(root) || !isFloat(value)) return scaled;
  if (std::optional<double> constant = splatConstant(scaled.factor)) {
    double magnitude = std::fabs(*constant); // far from 1, it may keep the sum in range
    return magnitude > 0x1p-24 && magnitude < 0x1p24 ? scaled : Scaled();
  }
  return isGiven(scaled.factor) ? scaled : Scaled();
}

#define GEN_PASS_DEF_SIMPLIFYPASS
#include "compiler/Symbolic/Passes.h.inc"

namespace {
struct SimplifyPass : impl::SimplifyPassBase<SimplifyPass> {
  using SimplifyPassBase::SimplifyPassBase;
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<FlxDialect>(); }
  void runOnOperation() override {
    if (failed(simplify(getOperation(), {.fastMath = fastMath, .strict = strict}))) signalPassFailure();
  }
};
} // namespace

} // namespace fluxion
