// What a contraction takes in: the elementwise ops around it that its epilogue will compute.
// A sum of such values over the whole index space (Σ x, or Σ x·y as a contraction) is taken in too.
// In: a pairwise flx.einsum in a block. Out: members, the operands their region reads, the values others still need.
// Invariant: no operand of the epilogue depends on what the contraction makes, so it can stand before it.
#pragma once
#include "dialects/Dialect.h"
#include "mlir/IR/AffineMap.h"
#include "llvm/ADT/SetVector.h"

namespace fluxion {

class Epilogue {
public:
  explicit Epilogue(flx::EinsumOp root);

  // Replaces the einsum and what it took in by a flx.contract at the einsum's place; the block may then need sorting.
  flx::ContractOp build(mlir::OpBuilder &builder);

private:
  using Operations = llvm::SetVector<mlir::Operation *>;

  void growForward();
  void growBackward();
  void dropWhatIsCheapToRepeat();
  bool isRecomputable(mlir::Operation *leaf, Operations &dropped) const;
  bool isPointwiseHere(mlir::Operation *op) const;
  bool isSumHere(mlir::Operation *op) const;
  bool isNeededOutside(mlir::Value value) const;
  bool fusesProducers(mlir::Operation *user) const;
  bool dependsOnRoot(mlir::Value value) const {
    return value.getDefiningOp() && downstream.contains(value.getDefiningOp());
  }
  mlir::SmallVector<mlir::Operation *> inOrder() const;

  flx::EinsumOp root;
  llvm::ArrayRef<int64_t> space;                // the output's index space
  llvm::DenseSet<mlir::Operation *> downstream; // root and all that depends on it
  Operations members;                           // root first
};

} // namespace fluxion
