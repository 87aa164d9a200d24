// The families of rules, and what they share. Private to this folder.
// A uniform value holds one scalar in every element: a splat constant, or a broadcast of a rank-0 tensor. Uniform
// factors travel outward, through sums and contractions, until they meet other uniform factors and are multiplied as
// scalars.
#pragma once
#include "compiler/Symbolic/Simplify.h"
#include "dialects/Dialect.h"

namespace fluxion {

// What a rule may change, and so where it acts (docs/reference.md, Floating point, is the contract). Integers wrap, so
// that every rule but the last is exact on them.
enum class Licence {
  Exact,      // nothing: the same bits, but for a NaN's
  Stable,     // a rounding error, which becomes no larger anywhere
  Regrouping, // the order of a sum or of a multilinear region: not under --strict
  Symbolic,   // signs of zeros, 0·∞: in derivatives
  Rounding,   // the order of elementwise arithmetic: in derivatives, but under --strict
  Fast        // what ordinary numbers do not show: only under --fast-math, which allows all of these
};
bool allows(SimplifyOptions options, Licence licence, mlir::Operation *op);

// A rule that is a plain function, under a licence. Its name is what the tests count it by.
template <typename Op> class Rule : public mlir::OpRewritePattern<Op> {
public:
  using Function = llvm::LogicalResult (*)(Op, mlir::PatternRewriter &);
  Rule(mlir::MLIRContext *context, llvm::StringRef name, Licence licence, SimplifyOptions options, Function rewrite)
      : mlir::OpRewritePattern<Op>(context), licence(licence), options(options), rewrite(rewrite) {
    this->setDebugName(name);
  }
  llvm::LogicalResult matchAndRewrite(Op op, mlir::PatternRewriter &rewriter) const override {
    return allows(options, licence, op) ? rewrite(op, rewriter) : llvm::failure();
  }

private:
  Licence licence;
  SimplifyOptions options;
  Function rewrite;
};

struct RuleSet {
  mlir::RewritePatternSet &patterns;
  SimplifyOptions options;
  template <typename Op>
  void add(llvm::StringRef name, Licence licence, llvm::LogicalResult (*rewrite)(Op, mlir::PatternRewriter &)) {
    patterns.add<Rule<Op>>(patterns.getContext(), name, licence, options, rewrite);
  }
};
#define FLX_RULE(SET, LICENCE, ...) SET.add(#__VA_ARGS__, Licence::LICENCE, __VA_ARGS__)

void populateSigns(RuleSet rules);
void populateConstants(RuleSet rules);
void populateFunctions(RuleSet rules);
void populatePowers(RuleSet rules);
void populateSelect(RuleSet rules);
void populateShape(RuleSet rules);
void populateContraction(RuleSet rules);

bool isUniform(mlir::Value value);
// A uniform value in another shape of its element type.
flx::Term uniformLike(flx::Algebra &k, mlir::Value uniform, mlir::Type type);

// x·u or x/u with u uniform and x not: the parts, or null if `value` is none.
struct Scaled {
  mlir::Value x, factor;
  bool divides = false;
  explicit operator bool() const { return bool(x); }
};
Scaled matchScaled(mlir::Value value); // a product
// The same where nobody else uses the product, so that taking it apart costs nothing.
Scaled matchScaledOnce(mlir::Value value);
// A product or quotient whose scale may leave the sum `root`: nobody else uses it, and the scale is one that no value of
// the sum went into (a constant, an argument), else it may be there to keep the sum from overflowing.
Scaled matchScaleOfSum(mlir::Value value, mlir::Operation *root);

} // namespace fluxion
