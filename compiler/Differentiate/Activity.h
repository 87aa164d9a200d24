// What varies inside loops and branches. Private to this folder.
#pragma once
#include "dialects/Dialect.h"

namespace fluxion {

// The op and those in its regions: every value that they read from around them.
void forEachOperand(mlir::Operation *op, llvm::function_ref<void(mlir::Value)> visit);

// The results of a loop or branch that depend, through differentiable ops, on values that `varies` says yes of; also
// those inside its regions are remembered.
class VariedValues {
public:
  explicit VariedValues(llvm::function_ref<bool(mlir::Value)> varies) : varies(varies) {}
  void visit(mlir::Operation *control);
  bool contains(mlir::Value value) const { return varied.contains(value) || varies(value); }

private:
  bool mark(mlir::Value value);
  // Marks the second of each pair where the first varies; true if one of them is new.
  bool follow(mlir::ValueRange from, mlir::ValueRange to);
  void visit(mlir::Block &block);
  void visit(flx::ScanOp op);
  void visit(flx::WhileOp op);
  void visit(flx::IfOp op);

  llvm::function_ref<bool(mlir::Value)> varies;
  llvm::DenseSet<mlir::Value> varied;
};

} // namespace fluxion
