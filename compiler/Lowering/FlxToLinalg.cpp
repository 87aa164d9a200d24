// -flx-to-linalg: flx ops on tensors become linalg.generic, fused so that a chain is one pass over memory.
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
    for (OpOperand &operand : step.op->getOpOperands()) operand.set(values.lookupOrDefault(operand.get()));
  }
  if (!last) return;
  SmallVector<Operation *> old;
  for (Operation *op = last; op; op = op->getPrevNode()) old.push_back(op);
  for (Operation *op : old) {
    op->dropAllUses();
    op->erase();
  }
}

struct FlxToLinalgPass : impl::FlxToLinalgPassBase<FlxToLinalgPass> {
  using Base::Base;
  void runOnOperation() override {
    for (Region &region : getOperation()->getRegions())
      for (Block &block : region) lower(block, fuse);
  }
};

} // namespace
} // namespace fluxion
