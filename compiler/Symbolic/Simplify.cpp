// The simplifier: all families by a greedy driver, then sharing and hoisting, until none finds anything.
#include "compiler/Symbolic/Simplify.h"
#include "compiler/Symbolic/Families.h"
#include "compiler/Symbolic/Hoist.h"
#include "compiler/Symbolic/Passes.h"
#include "compiler/Symbolic/Sharing.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

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
  populateSigns(set);
  populateConstants(set);
  populateFunctions(set, options.fastMath);
  populateSelect(set);
  populateShape(set);
  populateContraction(set);
  rules = FrozenRewritePatternSet(std::move(set));
}

LogicalResult Simplifier::run(Operation *root) const {
  if (!options.enabled) return success();
  GreedyRewriteConfig config;
  config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled).setUseTopDownTraversal();
  // Each round ends smaller or more shared; the bound only guards against two rules that undo each other.
  for (int round = 0; round < 16; ++round) {
    bool rewritten = false, shared = false;
    // Not reaching a fixpoint is no error: what is there is right, if not simplest.
    (void)applyPatternsGreedily(root, rules, config, &rewritten);
    IRRewriter rewriter(root->getContext());
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

bool isUniform(Value value) {
  if (splatConstant(value)) return true;
  auto broadcast = value.getDefiningOp<BroadcastOp>();
  return broadcast && broadcast.getDims().empty();
}

Term uniformLike(Algebra &k, Value uniform, Type type) {
  if (uniform.getType() == type) return k(uniform);
  if (std::optional<double> constant = splatConstant(uniform)) return k.constant(type, *constant);
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

#define GEN_PASS_DEF_SIMPLIFYPASS
#include "compiler/Symbolic/Passes.h.inc"

namespace {
struct SimplifyPass : impl::SimplifyPassBase<SimplifyPass> {
  using SimplifyPassBase::SimplifyPassBase;
  void getDependentDialects(DialectRegistry &registry) const override { registry.insert<FlxDialect>(); }
  void runOnOperation() override {
    if (failed(simplify(getOperation(), {.fastMath = fastMath}))) signalPassFailure();
  }
};
} // namespace

} // namespace fluxion
