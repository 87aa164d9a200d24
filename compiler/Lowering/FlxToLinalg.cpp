// -flx-to-linalg: flx ops on tensors become linalg.generic, fused so that a chain is one pass over memory; in the
// regions of loops and branches as in the function.
#include "compiler/Lowering/ClusterEmitter.h"
#include "compiler/Lowering/Passes.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace fluxion {
#define GEN_PASS_DEF_FLXTOLINALGPASS
#include "compiler/Lowering/Passes.h.inc"
} // namespace fluxion

using namespace mlir;

namespace fluxion {
namespace {

// Steps are appended behind the old block's ops, in order; what they replaced goes.
void lower(Block &block, bool fuse) {
  Clustering clustering = makeClusters(block, fuse);
  Operation *last = &block.back();
  OpBuilder builder = OpBuilder::atBlockEnd(&block);
  IRMapping values;
  for (const Step &step : clustering.steps) {
    if (step.cluster) {
      builder.setInsertionPointToEnd(&block);
      emitCluster(builder, *step.cluster, values);
      continue;
    }
    if (step.op == last) last = last->getPrevNode();
    step.op->moveBefore(&block, block.end());
    step.op->walk([&](Operation *op) { // what its regions read stands here too
      for (OpOperand &operand : op->getOpOperands()) operand.set(values.lookupOrDefault(operand.get()));
    });
  }
  if (!last) return;
  SmallVector<Operation *> old;
  for (Operation *op = last; op; op = op->getPrevNode()) old.push_back(op);
  for (Operation *op : old) {
    op->dropAllUses();
    op->erase();
  }
}

// What costs nothing to make is made where it is read: regions repeat the constants, iotas and broadcasts of the blocks
// around them, so that these fuse there.
void sinkIntoRegions(func::FuncOp function) {
  SmallVector<Operation *> work;
  function.walk([&](Operation *op) {
    if (isa<flx::ConstantOp, flx::IotaOp, flx::BroadcastOp>(op)) work.push_back(op);
  });
  for (size_t i = work.size(); i-- > 0;) { // a broadcast before its source
    Operation *op = work[i];
    llvm::SmallDenseMap<Block *, Operation *> copies;
    for (OpOperand &use : llvm::make_early_inc_range(op->getUses())) {
      Block *block = use.getOwner()->getBlock();
      bool fuses = isPointwise(use.getOwner()) || isReduction(use.getOwner());
      if (block == op->getBlock() || !(fuses || isa<flx::ConstantOp>(op))) continue;
      Operation *&copy = copies[block];
      if (!copy) {
        copy = op->clone();
        block->getOperations().push_front(copy);
      }
      use.set(copy->getResult(0));
    }
  }
}

// Innermost blocks first: what a region no longer reads is then not made outside.
void lowerRegions(Operation *op, bool fuse) {
  for (Region &region : op->getRegions())
    for (Block &block : region) {
      for (Operation &inner : llvm::make_early_inc_range(block))
        if (isa<flx::ScanOp, flx::WhileOp, flx::IfOp>(inner)) lowerRegions(&inner, fuse);
      lower(block, fuse);
    }
}

struct FlxToLinalgPass : impl::FlxToLinalgPassBase<FlxToLinalgPass> {
  using Base::Base;
  void runOnOperation() override {
    sinkIntoRegions(getOperation());
    lowerRegions(getOperation(), fuse);
  }
};

} // namespace
} // namespace fluxion
