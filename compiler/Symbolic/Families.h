// The families of rules, and what they share. Private to this folder.
// A uniform value holds one scalar in every element: a splat constant, or a broadcast of a rank-0 tensor. Uniform
// factors travel outward, through sums and contractions, until they meet other uniform factors and are multiplied as
// scalars.
#pragma once
#include "dialects/Dialect.h"

namespace fluxion {

void populateSigns(mlir::RewritePatternSet &rules);
void populateConstants(mlir::RewritePatternSet &rules);
void populateFunctions(mlir::RewritePatternSet &rules, bool fastMath);
void populateSelect(mlir::RewritePatternSet &rules);
void populateShape(mlir::RewritePatternSet &rules);
void populateContraction(mlir::RewritePatternSet &rules);

// Adds rules that are plain functions.
template <typename... Rules> void addRules(mlir::RewritePatternSet &set, Rules... rules) { (set.add(rules), ...); }

bool isUniform(mlir::Value value);
// A uniform value in another shape of its element type.
flx::Term uniformLike(flx::Algebra &k, mlir::Value uniform, mlir::Type type);

// x·u with u uniform and x not: the parts, or null if `value` is none.
struct Scaled {
  mlir::Value x, factor;
  explicit operator bool() const { return bool(x); }
};
Scaled matchScaled(mlir::Value value);
// The same where nobody else uses the product, so that taking it apart costs nothing.
Scaled matchScaledOnce(mlir::Value value);

} // namespace fluxion
