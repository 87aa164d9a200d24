// The order of work: every function's transformations are expanded after those of the functions they name, so that each
// rule meets plain flx ops only.
// In: a module with flx.vjp and flx.jvp. Out: the same module without them, simplified after each nest.
#include "compiler/Differentiate/Differentiate.h"
#include "compiler/Differentiate/Linear.h"
#include "compiler/Differentiate/Passes.h"
#include "compiler/Symbolic/Simplify.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {
namespace {

// A transformation being expanded: the callee's body copied before it, differentiated arguments set apart by identities
// (one value may stand for several arguments), and the tangents known so far.
struct Nest {
  SmallVector<Operation *> ops;
  SmallVector<Value> results;
  SmallVector<UnrealizedConversionCastOp> identities;
  TangentMap tangents;
};

// A cotangent or tangent known to be zero is absent.
Value unlessZero(Value value) { return isSplat(value, 0) ? Value() : value; }

// Every op keeps its place in the source, and the call that brought it here.
template <typename Site> Nest open(Site site, func::FuncOp callee, OpBuilder &builder) {
  Nest nest;
  IRMapping map;
  map.map(callee.getArguments(), site.getOperands().take_front(callee.getNumArguments()));
  for (int64_t index : site.getWrt()) {
    Value argument = site.getOperand(index);
    auto identity = UnrealizedConversionCastOp::create(builder, site.getLoc(), argument.getType(), argument);
    nest.identities.push_back(identity);
    map.map(callee.getArgument(index), identity.getResult(0));
  }
  auto placed = [&](Location primal) -> Location {
    return isa<UnknownLoc>(site.getLoc()) ? primal : Location(CallSiteLoc::get(primal, site.getLoc()));
  };
  for (Operation &op : callee.getBody().front().without_terminator()) {
    Operation *copy = builder.clone(op, map);
    copy->walk([&](Operation *each) { each->setLoc(placed(each->getLoc())); });
    nest.ops.push_back(copy);
  }
  for (Value result : callee.getBody().front().getTerminator()->getOperands())
    nest.results.push_back(map.lookup(result));
  return nest;
}

// Replaces the transformation by `results` and the identities by what they stand for.
void close(Operation *site, Nest &nest, ArrayRef<Value> results) {
  site->replaceAllUsesWith(results);
  site->erase();
  for (UnrealizedConversionCastOp identity : nest.identities) {
    identity.getResult(0).replaceAllUsesWith(identity.getOperand(0));
    identity.erase();
  }
}

// (y…, ẏ…) = jvp f (x…, ẋ…): the tangents of f's body at ẋ.
LogicalResult expandJvp(JvpOp op, func::FuncOp callee) {
  OpBuilder builder(op);
  Nest nest = open(op, callee, builder);
  ValueRange given = op.getOperands().drop_front(callee.getNumArguments());
  for (auto [identity, tangent] : llvm::zip_equal(nest.identities, given))
    if (Value active = unlessZero(tangent)) nest.tangents[identity.getResult(0)] = active;
  if (failed(linearize(nest.ops, nest.results, builder, nest.tangents))) return failure();

  SmallVector<Value> results(nest.results);
  for (Value result : nest.results) {
    if (!isFloat(result)) continue;
    Algebra k(builder, ofDerivative(result.getLoc()));
    results.push_back(k.instantiate(k(nest.tangents.lookup(result)), result.getType()));
  }
  close(op, nest, results);
  return success();
}

// (y…, x̄…) = vjp f (x…, ȳ…): linearize f at placeholders for the tangents of x, then transpose.
LogicalResult expandVjp(VjpOp op, func::FuncOp callee) {
  OpBuilder builder(op);
  Nest nest = open(op, callee, builder);
  SmallVector<Value> active, cotangents;
  ValueRange given = op.getOperands().drop_front(callee.getNumArguments());
  for (Value result : nest.results) {
    if (!isFloat(result)) continue;
    Value cotangent = unlessZero(given.front());
    given = given.drop_front();
    if (!cotangent) continue;
    active.push_back(result);
    cotangents.push_back(cotangent);
  }

  LinearProgram program;
  SmallVector<Operation *> placeholders;
  for (UnrealizedConversionCastOp identity : nest.identities) {
    auto tangent =
        UnrealizedConversionCastOp::create(builder, identity.getLoc(), identity.getResultTypes(), ValueRange());
    placeholders.push_back(tangent);
    program.inputs.push_back(tangent.getResult(0));
    nest.tangents[identity.getResult(0)] = tangent.getResult(0);
  }
  Operation *mark = op->getPrevNode(); // what linearization builds stands between here and the transformation
  if (failed(linearize(nest.ops, active, builder, nest.tangents))) return failure();
  for (Operation *each = mark ? mark->getNextNode() : op.getOperation(); each != op; each = each->getNextNode())
    program.ops.push_back(each);
  for (auto [result, cotangent] : llvm::zip_equal(active, cotangents))
    program.outputs.emplace_back(nest.tangents.lookup(result), cotangent);
  FailureOr<SmallVector<Value>> xBar = transpose(program, builder);
  if (failed(xBar)) return failure();

  SmallVector<Value> results(nest.results);
  for (auto [value, identity] : llvm::zip_equal(*xBar, nest.identities)) {
    Algebra k(builder, ofDerivative(op.getLoc()));
    results.push_back(k.instantiate(k(value), identity.getResult(0).getType()));
  }
  close(op, nest, results);
  for (Operation *placeholder : placeholders) placeholder->erase();
  return success();
}

// A power has a better rule than the product or the quotient that it would become.
SimplifyOptions forRules(SimplifyOptions options) {
  options.powers = false;
  return options;
}

class Expander {
public:
  Expander(ModuleOp module, SimplifyOptions options)
      : module(module), symbols(module), simplifier(module.getContext(), forRules(options)) {}
  LogicalResult run();

private:
  LogicalResult expandIn(func::FuncOp function);
  template <typename Site> FailureOr<func::FuncOp> calleeOf(Site site);
  void eraseUnused();

  ModuleOp module;
  SymbolTable symbols;
  Simplifier simplifier;
  llvm::DenseMap<Operation *, bool> isDone; // absent: not begun; false: under way
};

// The function a transformation names, expanded and simplified: rules meet plain ops, and few of them.
template <typename Site> FailureOr<func::FuncOp> Expander::calleeOf(Site site) {
  auto callee = symbols.lookup<func::FuncOp>(site.getCallee());
  if (!callee || callee.isExternal() || !callee.getBody().hasOneBlock())
    return LogicalResult(site.emitOpError("[E0815] there is no function @") << site.getCallee() << " of one block");
  auto known = isDone.find(callee);
  if (known != isDone.end() && !known->second)
    return LogicalResult(site.emitOpError("[E0821] differentiates @")
                         << site.getCallee() << ", which leads back to itself");
  if (known == isDone.end() && failed(expandIn(callee))) return failure();
  return callee;
}

LogicalResult Expander::expandIn(func::FuncOp function) {
  isDone[function] = false;
  SmallVector<Operation *> sites;
  function.walk([&](Operation *op) {
    if (isa<VjpOp, JvpOp>(op)) sites.push_back(op);
  });
  for (Operation *site : sites) {
    auto vjp = dyn_cast<VjpOp>(site);
    FailureOr<func::FuncOp> callee = vjp ? calleeOf(vjp) : calleeOf(cast<JvpOp>(site));
    if (failed(callee) || failed(vjp ? expandVjp(vjp, *callee) : expandJvp(cast<JvpOp>(site), *callee)))
      return failure();
  }
  isDone[function] = true;
  return simplifier.run(function);
}

// Instances made for differentiation have served; so has stop_gradient.
void Expander::eraseUnused() {
  for (bool changed = true; std::exchange(changed, false);)
    for (func::FuncOp function : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (function.isPrivate() && SymbolTable::symbolKnownUseEmpty(function, module)) {
        symbols.erase(function);
        changed = true;
      }
  module.walk([](StopGradientOp op) {
    op.getResult().replaceAllUsesWith(op.getA());
    op.erase();
  });
}

LogicalResult Expander::run() {
  for (func::FuncOp function : llvm::to_vector(module.getOps<func::FuncOp>())) {
    if (function.isExternal() || isDone.contains(function)) continue;
    bool transforms =
        function
            .walk([](Operation *op) { return isa<VjpOp, JvpOp>(op) ? WalkResult::interrupt() : WalkResult::advance(); })
            .wasInterrupted();
    if (transforms && failed(expandIn(function))) return failure();
  }
  eraseUnused();
  return success();
}

} // namespace

LogicalResult differentiate(ModuleOp module, SimplifyOptions options) { return Expander(module, options).run(); }

#define GEN_PASS_DEF_DIFFERENTIATEPASS
#include "compiler/Differentiate/Passes.h.inc"

namespace {
struct DifferentiatePass : impl::DifferentiatePassBase<DifferentiatePass> {
  void runOnOperation() override {
    if (failed(differentiate(getOperation()))) signalPassFailure();
  }
};
} // namespace

} // namespace fluxion
