// Simplification of flx graphs to their simplest form. Each family's rules stand in a file of their own beside this
// one.
#pragma once
#include "mlir/IR/Operation.h"
#include "mlir/Rewrite/FrozenRewritePatternSet.h"

namespace fluxion {

struct SimplifyOptions {
  bool enabled = true;   // false: nothing is rewritten or shared
  bool fastMath = false; // tier (c): rules that are only approximately or conditionally true
};

// The rules, made ready once and run many times.
class Simplifier {
public:
  explicit Simplifier(mlir::MLIRContext *context, SimplifyOptions options = {});
  // Rewrites and shares in `root` (a function or a module) until nothing changes.
  llvm::LogicalResult run(mlir::Operation *root) const;

private:
  SimplifyOptions options;
  mlir::FrozenRewritePatternSet rules;
};

llvm::LogicalResult simplify(mlir::Operation *root, SimplifyOptions options = {});

} // namespace fluxion
