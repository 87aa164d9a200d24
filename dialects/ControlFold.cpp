// Canonical forms of loops and branches: what is decided at compile time is inlined, what nobody reads is not carried,
// stacked or sliced, what never changes is not carried either.
#include "dialects/Fold.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace fluxion::flx {
namespace {

std::optional<bool> knownTruth(Value value) {
  DenseElementsAttr constant;
  if (!matchPattern(value, m_Constant(&constant)) || !constant.isSplat()) return std::nullopt;
  return !constant.getSplatValue<APInt>().isZero();
}

bool isDefinedIn(Region &region, Value value) { return region.isAncestor(value.getParentRegion()); }

// The block's ops move before `op`, its arguments replaced; gives what it yielded.
SmallVector<Value> inlineBefore(PatternRewriter &rewriter, Block &block, Operation *op, ValueRange arguments) {
  rewriter.inlineBlockBefore(&block, op, arguments);
  Operation *yield = op->getPrevNode();
  SmallVector<Value> given(yield->getOperands());
  rewriter.eraseOp(yield);
  return given;
}

// What has to stay in a body: ops that `roots`, or effects, need. `reached` learns each block argument in use, and may
// name further values that are needed because of it.
class Liveness {
public:
  Liveness(Block &block, llvm::function_ref<void(BlockArgument, SmallVectorImpl<Value> &)> reached)
      : block(block), reached(reached) {
    for (Operation &op : block.without_terminator())
      if (!isMemoryEffectFree(&op)) need(&op);
    follow();
  }
  void need(Value value) {
    pending.push_back(value);
    follow();
  }
  bool has(Value argument) const { return arguments.contains(argument); }
  // Erases what is not needed and, by now, not used.
  void sweep(PatternRewriter &rewriter) {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) // (not of a range: its reverse looks back)
      if (!ops.contains(&op) && !op.hasTrait<OpTrait::IsTerminator>()) rewriter.eraseOp(&op);
  }

private:
  void follow() {
    while (!pending.empty()) {
      Value next = pending.pop_back_val();
      if (auto argument = dyn_cast<BlockArgument>(next); argument && argument.getOwner() == &block) {
        if (arguments.insert(next).second) reached(argument, pending);
      } else if (Operation *op = next.getDefiningOp()) {
        if (Operation *here = block.findAncestorOpInBlock(*op)) need(here);
      }
    }
  }
  void need(Operation *op) {
    if (ops.insert(op).second) op->walk([&](Operation *each) { llvm::append_range(pending, each->getOperands()); });
  }
  Block &block;
  llvm::function_ref<void(BlockArgument, SmallVectorImpl<Value> &)> reached;
  llvm::DenseSet<Value> arguments;
  llvm::DenseSet<Operation *> ops;
  SmallVector<Value> pending;
};

template <typename Range> SmallVector<Value> kept(Range &&values, const BitVector &keep) {
  SmallVector<Value> result;
  for (auto [i, value] : llvm::enumerate(values))
    if (keep[i]) result.push_back(value);
  return result;
}

void replaceKept(PatternRewriter &rewriter, Operation *op, const BitVector &keep, ValueRange results) {
  SmallVector<Value> all(op->getNumResults());
  for (unsigned i = 0, next = 0; i < all.size(); ++i)
    if (keep[i]) all[i] = results[next++];
  for (auto [result, value] : llvm::zip_equal(op->getResults(), all))
    if (value) rewriter.replaceAllUsesWith(result, value);
  rewriter.eraseOp(op);
}

//===--- if
//--------------------------------------------------------------------------------------------------------===//

// if true {a} else {b} = a
LogicalResult decidedIf(IfOp op, PatternRewriter &rewriter) {
  std::optional<bool> truth = knownTruth(op.getCondition());
  if (!truth) return failure();
  rewriter.replaceOp(op, inlineBefore(rewriter, (*truth ? op.getThen() : op.getOtherwise()).front(), op, {}));
  return success();
}

// Both arms give one value, or nobody reads it.
LogicalResult needlessResultOfIf(IfOp op, PatternRewriter &rewriter) {
  Operation *first = op.getThen().front().getTerminator(), *second = op.getOtherwise().front().getTerminator();
  BitVector keep(op->getNumResults(), true);
  for (OpResult result : op->getResults()) {
    unsigned i = result.getResultNumber();
    if (first->getOperand(i) == second->getOperand(i)) rewriter.replaceAllUsesWith(result, first->getOperand(i));
    if (result.use_empty()) keep.reset(i);
  }
  if (keep.all()) return failure();
  SmallVector<Type> types(ValueRange(kept(op->getResults(), keep)).getTypes());
  auto slim = IfOp::create(rewriter, op.getLoc(), types, op.getCondition());
  for (auto [from, to] : llvm::zip_equal(op->getRegions(), slim->getRegions())) {
    rewriter.inlineRegionBefore(from, to, to.end());
    Operation *yield = to.front().getTerminator();
    rewriter.modifyOpInPlace(yield, [&] { yield->setOperands(kept(yield->getOperands(), keep)); });
  }
  replaceKept(rewriter, op, keep, slim->getResults());
  return success();
}

//===--- scan
//------------------------------------------------------------------------------------------------------===//

// Without steps: what was given, and stacks of nothing. Of one step: the step.
LogicalResult shortScan(ScanOp op, PatternRewriter &rewriter) {
  if (op.getLength() > 1) return failure();
  Algebra k(rewriter, op.getLoc());
  SmallVector<Value> results;
  if (op.getLength() == 0) {
    llvm::append_range(results, op.getInits());
    for (Value stack : op.getStacks()) results.push_back(k.zero(stack.getType()).value);
  } else {
    SmallVector<Value> arguments{k.zero(op.getIndex().getType()).value};
    llvm::append_range(arguments, op.getInits());
    for (Value sequence : op.getSequences())
      arguments.push_back(k.reshape(k(sequence), k(sequence).getShape().drop_front()).value);
    results = inlineBefore(rewriter, op.getBody().front(), op, arguments);
    for (auto [out, stack] : llvm::zip(MutableArrayRef(results).drop_front(op.getInits().size()), op.getStacks()))
      out = k.reshape(k(out), k(stack).getShape()).value;
  }
  rewriter.replaceOp(op, results);
  return success();
}

// A carry that the body hands on as it is, or that is the same value from the start, is that value; so is one more
// slice of the same sequence. What is stacked of one value is that value repeated; a stack of slices is the sequence.
LogicalResult constantPartsOfScan(ScanOp op, PatternRewriter &rewriter) {
  bool changed = false;
  auto replace = [&](Value part, Value by) {
    if (part.use_empty()) return;
    rewriter.replaceAllUsesWith(part, by);
    changed = true;
  };
  for (auto [init, carry, next, last] :
       llvm::zip_equal(op.getInits(), op.getCarries(), op.getNextCarries(), op.getLastCarries())) {
    if (next != carry && next != init) continue;
    Value same = init;
    replace(carry, same);
    replace(last, same);
  }
  for (unsigned i = 0; i < op.getSequences().size(); ++i)
    for (unsigned j = 0; j < i; ++j)
      if (op.getSequences()[i] == op.getSequences()[j]) replace(op.getSlices()[i], op.getSlices()[j]);
  Algebra k(rewriter, op.getLoc());
  for (auto [out, stack] : llvm::zip_equal(op.getOuts(), op.getStacks())) {
    if (stack.use_empty()) continue;
    if (!isDefinedIn(op.getBody(), out)) {
      auto dims = llvm::to_vector(llvm::seq<int64_t>(1, k(stack).getShape().size()));
      replace(stack, k.broadcast(k(out), k(stack).getShape(), dims).value);
    }
    for (auto [slice, sequence] : llvm::zip_equal(op.getSlices(), op.getSequences()))
      if (out == slice) replace(stack, sequence);
  }
  return success(changed);
}

// Carries that only feed themselves, stacks and slices that nobody reads.
LogicalResult needlessPartsOfScan(ScanOp op, PatternRewriter &rewriter) {
  unsigned carries = op.getInits().size(), slices = op.getSequences().size();
  Block &body = op.getBody().front();
  auto reached = [&](BlockArgument argument, SmallVectorImpl<Value> &needed) {
    unsigned i = argument.getArgNumber();
    if (i >= 1 && i <= carries) needed.push_back(op.getNextCarries()[i - 1]);
  };
  Liveness live(body, reached);
  for (auto [i, result] : llvm::enumerate(op->getResults())) {
    if (result.use_empty()) continue;
    if (i < carries) live.need(op.getCarries()[i]);
    live.need(body.getTerminator()->getOperand(i));
  }
  BitVector keepInit(carries), keepSequence(slices), keepResult(op->getNumResults()), drop(body.getNumArguments());
  for (unsigned i = 0; i < op->getNumResults(); ++i)
    keepResult[i] = !op->getResult(i).use_empty() || (i < carries && live.has(op.getCarries()[i]));
  for (unsigned i = 0; i < carries; ++i) drop[1 + i] = !(keepInit[i] = keepResult[i]);
  for (unsigned i = 0; i < slices; ++i) drop[1 + carries + i] = !(keepSequence[i] = live.has(op.getSlices()[i]));
  if (keepResult.all() && keepSequence.all()) return failure();

  SmallVector<Type> types(ValueRange(kept(op->getResults(), keepResult)).getTypes());
  auto slim = ScanOp::create(rewriter, op.getLoc(), types, kept(op.getInits(), keepInit),
                             kept(op.getSequences(), keepSequence), op.getLength(), op.getReverse());
  Operation *yield = body.getTerminator();
  rewriter.modifyOpInPlace(yield, [&] { yield->setOperands(kept(yield->getOperands(), keepResult)); });
  live.sweep(rewriter);
  rewriter.inlineRegionBefore(op.getBody(), slim.getBody(), slim.getBody().end());
  rewriter.modifyOpInPlace(slim, [&] { body.eraseArguments(drop); });
  replaceKept(rewriter, op, keepResult, slim->getResults());
  return success();
}

//===--- while
//-----------------------------------------------------------------------------------------------------===//

LogicalResult idleWhile(WhileOp op, PatternRewriter &rewriter) {
  if (knownTruth(op.getCondition().front().getTerminator()->getOperand(0)) != false) return failure();
  rewriter.replaceOp(op, op.getInits());
  return success();
}

// What the body hands on as it is never changes while the loop runs. That it is the loop's result says that the loop
// ends, which nobody has shown: so another result must be read, for which the loop has to run.
LogicalResult constantPartsOfWhile(WhileOp op, PatternRewriter &rewriter) {
  bool changed = false;
  for (unsigned i = 0; i < op.getInits().size(); ++i) {
    Value init = op.getInits()[i], inBody = op.getBody().getArgument(i);
    Value next = op.getBody().front().getTerminator()->getOperand(i);
    if (next != inBody && next != init) continue;
    bool mayEnd = llvm::any_of(llvm::seq<unsigned>(0, op.getInits().size()), [&](unsigned j) {
      Value other = op.getBody().front().getTerminator()->getOperand(j);
      return other != op.getBody().getArgument(j) && other != op.getInits()[j] && !op.getResult(j).use_empty();
    });
    Value result = mayEnd ? Value(op.getResult(i)) : Value();
    for (Value part : {inBody, Value(op.getCondition().getArgument(i)), result}) {
      if (!part || part.use_empty()) continue;
      rewriter.replaceAllUsesWith(part, init);
      changed = true;
    }
  }
  return success(changed);
}

// Carries that neither the condition nor a result that is read depends on.
LogicalResult needlessPartsOfWhile(WhileOp op, PatternRewriter &rewriter) {
  Block &tested = op.getCondition().front(), &body = op.getBody().front();
  Operation *yield = body.getTerminator();
  auto reached = [&](BlockArgument argument, SmallVectorImpl<Value> &needed) {
    needed.push_back(yield->getOperand(argument.getArgNumber()));
  };
  Liveness live(body, reached);
  BitVector keep(op.getInits().size()), drop(op.getInits().size());
  for (unsigned i = 0; i < keep.size(); ++i)
    if (!op.getResult(i).use_empty() || !tested.getArgument(i).use_empty()) live.need(body.getArgument(i));
  for (unsigned i = 0; i < keep.size(); ++i) drop[i] = !(keep[i] = live.has(body.getArgument(i)));
  if (keep.all()) return failure();

  SmallVector<Value> inits = kept(op.getInits(), keep);
  auto slim = WhileOp::create(rewriter, op.getLoc(), SmallVector<Type>(ValueRange(inits).getTypes()), inits);
  rewriter.modifyOpInPlace(yield, [&] { yield->setOperands(kept(yield->getOperands(), keep)); });
  live.sweep(rewriter);
  for (auto [from, to] : llvm::zip_equal(op->getRegions(), slim->getRegions())) {
    rewriter.inlineRegionBefore(from, to, to.end());
    rewriter.modifyOpInPlace(slim, [&] { to.front().eraseArguments(drop); });
  }
  replaceKept(rewriter, op, keep, slim->getResults());
  return success();
}

} // namespace

void IfOp::getCanonicalizationPatterns(RewritePatternSet &set, MLIRContext *) {
  addRule(set, "decidedIf", decidedIf);
  addRule(set, "needlessResultOfIf", needlessResultOfIf);
}
void ScanOp::getCanonicalizationPatterns(RewritePatternSet &set, MLIRContext *) {
  addRule(set, "shortScan", shortScan);
  addRule(set, "constantPartsOfScan", constantPartsOfScan);
  addRule(set, "needlessPartsOfScan", needlessPartsOfScan);
}
void WhileOp::getCanonicalizationPatterns(RewritePatternSet &set, MLIRContext *) {
  addRule(set, "idleWhile", idleWhile);
  addRule(set, "constantPartsOfWhile", constantPartsOfWhile);
  addRule(set, "needlessPartsOfWhile", needlessPartsOfWhile);
}

} // namespace fluxion::flx
