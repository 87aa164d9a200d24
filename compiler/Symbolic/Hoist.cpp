// Loop-invariant code, out of what a loop surely runs: the body of a scan with steps, the condition of a while. Out of
// the body of a while, which may never run, and out of the arms of an `if` nothing moves. What only spreads its
// operands over more elements (a broadcast, an index, padding) stays in the loop: there it is fused into whoever reads
// it, outside it would be a large tensor in memory.
#include "compiler/Symbolic/Hoist.h"
#include "dialects/Dialect.h"

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {

static int64_t elementsOf(TypeRange types) {
  int64_t count = 0;
  for (Type type : types)
    if (auto tensor = dyn_cast<RankedTensorType>(type)) count += tensor.getNumElements();
  return count;
}

static bool onlySpreads(Operation &op) {
  return isa<BroadcastOp, IotaOp, PadOp, WindowOp, GatherOp, ConcatOp>(op) &&
         elementsOf(op.getResultTypes()) > elementsOf(op.getOperandTypes());
}

static bool isInvariant(Operation &op, Region &region) {
  auto isOutside = [&](Value value) { return !region.isAncestor(value.getParentRegion()); };
  return !op.walk([&](Operation *each) {
              bool within = llvm::all_of(each->getOperands(), [&](Value value) {
                return isOutside(value) || (each != &op && op.isAncestor(value.getParentRegion()->getParentOp()));
              });
              return within ? WalkResult::advance() : WalkResult::interrupt();
            }).wasInterrupted();
}

bool hoistInvariants(Operation *root) {
  bool changed = false;
  root->walk([&](LoopLikeOpInterface loop) {
    for (Region *region : loop.getLoopRegions())
      for (Operation &op : llvm::make_early_inc_range(region->front().without_terminator())) {
        if (!isMemoryEffectFree(&op) || !isSpeculatable(&op) || onlySpreads(op) || !isInvariant(op, *region)) continue;
        op.moveBefore(loop.getOperation());
        changed = true;
      }
  });
  return changed;
}

} // namespace fluxion
