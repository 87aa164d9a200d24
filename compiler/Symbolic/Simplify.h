// Simplification of flx graphs to their simplest form. Each family's rules stand in a file of their own beside this
// one.
#pragma once
#include "mlir/IR/Operation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Rewrite/FrozenRewritePatternSet.h"

namespace fluxion {

struct SimplifyOptions {
  bool enabled = true;   // false: nothing is rewritten or shared
  bool fastMath = false; // rules that change a result beyond the order of sums, in the program's own arithmetic, too
  bool strict = false;   // sums and contractions keep their form
  bool powers = true;    // xⁿ as products: not before a derivative is taken, where xⁿ has the better rule
};

// The rules, made ready once and run many times.
class Simplifier {
public:
  explicit Simplifier(mlir::MLIRContext *context, SimplifyOptions options = {});
  // Rewrites and shares in `root` (a function or a module) until nothing changes.
  // `listener` learns of every rule that is tried.
  llvm::LogicalResult run(mlir::Operation *root, mlir::RewriterBase::Listener *listener = nullptr) const;
  const mlir::FrozenRewritePatternSet &patterns() const { return rules; }

private:
  SimplifyOptions options;
  mlir::FrozenRewritePatternSet rules;
};

llvm::LogicalResult simplify(mlir::Operation *root, SimplifyOptions options = {});

} // namespace fluxion
