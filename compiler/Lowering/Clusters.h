// Which ops of a block become one loop nest; what the regions of a loop or branch in it read is read by the loop. In:
// flx ops on tensors. Out: clusters over a common index space, in an order in which each can run. Invariant: an op of
// more than trivial cost is computed by one cluster only, at each index once; no cluster needs, through ops outside it,
// what it makes itself.
#pragma once
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace fluxion {

struct Cluster {
  llvm::SmallVector<int64_t> domain;          // extents of the loops
  llvm::SmallVector<int64_t> reduced;         // loops that its reductions run over; sorted
  llvm::SetVector<mlir::Operation *> members; // what it computes; reductions are members without users inside
  llvm::SetVector<mlir::Operation *> outputs; // members whose results others read
  // At which indices of a member's result, as maps from the loops, the cluster evaluates it.
  llvm::MapVector<mlir::Operation *, llvm::SmallVector<mlir::AffineMap, 1>> maps;
};

// What stands in the loop nests of the lowered function, in the order it is to stand: a cluster, or an op that is left.
struct Step {
  Cluster *cluster = nullptr;
  mlir::Operation *op = nullptr;
};

struct Clustering {
  std::vector<std::unique_ptr<Cluster>> clusters;
  llvm::SmallVector<Step> steps;
};

// Elementwise ops, broadcast, transpose, slice, reverse, window, iota and gather: each element of the result from one
// index of each operand.
bool isPointwise(mlir::Operation *op);
bool isReduction(mlir::Operation *op);
// Pointwise ops that only say where an element comes from: broadcast, transpose, slice, reverse, window, a
// sum over no axis.
bool isCopy(mlir::Operation *op);
llvm::SmallVector<int64_t> reducedAxes(mlir::Operation *reduction);
// The index of operand `operand` (of a pointwise op or reduction) that index `map` of the result is computed from; null
// where no affine map leads (the source of a gather).
mlir::AffineMap operandMap(mlir::Operation *op, unsigned operand, mlir::AffineMap map);

// With `fuse` false each op is its own cluster.
Clustering makeClusters(mlir::Block &block, bool fuse);

} // namespace fluxion
