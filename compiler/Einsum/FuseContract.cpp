// -flx-fuse-contract: each pairwise flx.einsum becomes a flx.contract that takes in the elementwise ops around it.
#include "compiler/Einsum/Epilogue.h"
#include "compiler/Einsum/Passes.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
using namespace mlir;

namespace fluxion {
#define GEN_PASS_DEF_FUSECONTRACTPASS
#include "compiler/Einsum/Passes.h.inc"
namespace {

// What nobody reads: before, lest a contraction make it; after, the broadcasts that epilogues now read through.
void eraseDead(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op)) op.erase();
}

struct FuseContractPass : impl::FuseContractPassBase<FuseContractPass> {
  using FuseContractPassBase::FuseContractPassBase;
  void runOnOperation() override {
    SmallVector<Block *> blocks; // of the function, and of loops and branches in it
    getOperation()->walk([&](Block *block) {
      if (!isa<flx::ContractOp>(block->getParentOp())) blocks.push_back(block);
    });
    for (Block *block : blocks)
      if (failed(fuse(*block))) return signalPassFailure();
  }

private:
  LogicalResult fuse(Block &block) {
    eraseDead(block);
    auto next = [&] { // one may have taken in another
      auto left = block.getOps<flx::EinsumOp>();
      return left.empty() ? flx::EinsumOp() : *left.begin();
    };
    if (!next()) return success();
    OpBuilder builder(&getContext());
    while (flx::EinsumOp op = next()) {
      if (op.getOperands().size() > 2)
        return op.emitError("a contraction of more than two operands: run -flx-einsum first");
      Epilogue(op).build(builder);
    }
    sortTopologically(&block);
    eraseDead(block);
    return success();
  }
};

} // namespace
} // namespace fluxion
