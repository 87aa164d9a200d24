// Contraction: what feeds a contraction folds into it; what only scales it moves out of it; what contracts nothing is
// written as products.
#include "compiler/Symbolic/Families.h"
#include "dialects/Equation.h"

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {
namespace {

RankedTensorType tensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

// A contraction being rewritten: equation and operands change together, uniform or rank-0 factors collect outside.
struct Product {
  EinsumOp op;
  Equation equation;
  SmallVector<Value> operands;
  SmallVector<Value> factors, divisors;
  bool isNegative = false;
  llvm::SmallDenseMap<char, int64_t> extents;

  explicit Product(EinsumOp op) : op(op), equation(*Equation::parse(op.getEquation())), operands(op.getOperands()) {
    for (auto [letters, operand] : llvm::zip_equal(equation.operands, operands))
      for (auto [axis, letter] : llvm::enumerate(letters)) extents[letter] = tensorType(operand).getDimSize(axis);
  }

  // A letter may leave an operand unless it writes a diagonal and stands nowhere else.
  bool mayDrop(char letter, size_t from) const {
    if (llvm::count(equation.output, letter) < 2) return true;
    for (auto [i, letters] : llvm::enumerate(equation.operands))
      if (i != from && contains(letters, letter)) return true;
    return false;
  }
  bool fold(size_t i);
  bool foldEinsum(size_t i, EinsumOp inner);
  bool foldBroadcast(size_t i, BroadcastOp broadcast);
  Term finish(Algebra &k);
};

// Letters that only a repetition had: a summed one is a factor n, one of the output is a repetition of the result.
bool Product::foldBroadcast(size_t i, BroadcastOp broadcast) {
  std::string letters;
  for (int64_t axis : broadcast.getNewAxes())
    if (!mayDrop(equation.operands[i][axis], i)) return false;
  for (int64_t dim : broadcast.getDims()) letters.push_back(equation.operands[i][dim]);
  equation.operands[i] = letters;
  operands[i] = broadcast.getX();
  return true;
}

// Σ_j a_ij (Σ_k b_jk c_k) = Σ_jk a_ij b_jk c_k, where nobody else uses the inner contraction
bool Product::foldEinsum(size_t i, EinsumOp inner) {
  Equation nested = *Equation::parse(inner.getEquation());
  if (!isUsedOnce(inner) || operands.size() + nested.operands.size() > 12 || hasRepeats(nested.output)) return false;
  std::string outer; // those that a repetition took away too: finish() counts them
  for (auto [letter, extent] : extents) outer.push_back(letter);
  llvm::SmallDenseMap<char, char> names;
  for (auto [letter, name] : llvm::zip_equal(nested.output, equation.operands[i])) names[letter] = name;
  for (char letter : nested.summed()) {
    Equation taken;
    taken.operands.push_back(outer);
    char fresh = contains(outer, letter) ? taken.unusedLetter() : letter;
    if (!fresh) return false;
    outer.push_back(fresh);
    names[letter] = fresh;
  }
  SmallVector<Value> values(inner.getOperands());
  for (auto [letters, value] : llvm::zip_equal(nested.operands, values)) {
    for (auto [axis, letter] : llvm::enumerate(letters)) {
      letter = names[letter];
      extents[letter] = tensorType(value).getDimSize(axis);
    }
  }
  equation.operands.erase(equation.operands.begin() + i);
  operands.erase(operands.begin() + i);
  equation.operands.insert(equation.operands.begin() + i, nested.operands.begin(), nested.operands.end());
  operands.insert(operands.begin() + i, values.begin(), values.end());
  return true;
}

// One step on operand i; false if there is none to take.
bool Product::fold(size_t i) {
  Value operand = operands[i];
  std::string &letters = equation.operands[i];
  bool isScalar = tensorType(operand).getRank() == 0;
  if (splatConstant(operand) || (isScalar && operands.size() > 1)) { // Σ c·x = c·Σ x
    if (!llvm::all_of(letters, [&](char letter) { return mayDrop(letter, i); })) return false;
    factors.push_back(operand);
    operands.erase(operands.begin() + i);
    equation.operands.erase(equation.operands.begin() + i);
    return true;
  }
  Operation *producer = operand.getDefiningOp();
  if (!producer) return false;
  if (auto transpose = dyn_cast<TransposeOp>(producer)) { // Aᵀ is A with its letters exchanged
    std::string moved(letters);
    for (auto [axis, source] : llvm::enumerate(transpose.getPermutation())) moved[source] = letters[axis];
    letters = moved;
    operands[i] = transpose.getX();
    return true;
  }
  if (auto broadcast = dyn_cast<BroadcastOp>(producer)) return foldBroadcast(i, broadcast);
  if (auto inner = dyn_cast<EinsumOp>(producer)) return foldEinsum(i, inner);
  if (auto negated = dyn_cast<NegOp>(producer); negated && isUsedOnce(negated)) { // Σ (−x)·y = −Σ x·y
    operands[i] = negated.getA();
    isNegative = !isNegative;
    return true;
  }
  bool isSmaller = op.getType().getNumElements() <= tensorType(operand).getNumElements();
  if (Scaled scaled = matchScaleOfSum(operand, op); scaled && isSmaller) { // Σ (u·x)·y = u·Σ x·y, less to scale
    (scaled.divides ? divisors : factors).push_back(scaled.factor);
    operands[i] = scaled.x;
    return true;
  }
  auto outer = dyn_cast<MulOp>(producer);
  if (!outer || !isUsedOnce(outer) || operands.size() >= 12) return false;
  if (!outer.getA().getDefiningOp<BroadcastOp>() || !outer.getB().getDefiningOp<BroadcastOp>()) return false;
  operands[i] = outer.getA(); // an outer product is two operands
  operands.insert(operands.begin() + i + 1, outer.getB());
  equation.operands.insert(equation.operands.begin() + i + 1, std::string(letters));
  return true;
}

Term Product::finish(Algebra &k) {
  double repetitions = 1;
  std::string kept, present = equation.letters();
  SmallVector<int64_t> dims, shape;
  for (auto [letter, extent] : extents)
    if (!contains(present, letter) && !contains(equation.output, letter)) repetitions *= double(extent);
  for (auto [axis, letter] : llvm::enumerate(equation.output)) {
    shape.push_back(extents[letter]);
    if (!contains(present, letter)) continue;
    kept.push_back(letter);
    dims.push_back(axis);
  }
  equation.output = kept;
  Type type = op.getType();
  Term result;
  if (repetitions == 0) return k.zero(type); // a sum over nothing
  if (operands.empty()) {
    result = k.constant(type, 1);
  } else {
    SmallVector<Term> terms;
    for (Value operand : operands) terms.push_back(k(operand));
    result = k.broadcast(k.einsum(equation.str(), terms), shape, dims);
  }
  for (Value factor : factors) {
    bool isScalar = tensorType(factor).getRank() == 0 && !splatConstant(factor);
    result = result * (isScalar ? k.broadcast(k(factor), shape, {}) : uniformLike(k, factor, type));
  }
  for (Value divisor : divisors) result = result / uniformLike(k, divisor, type);
  if (repetitions != 1) result = result * repetitions;
  return isNegative ? -result : result;
}

LogicalResult foldOperands(EinsumOp op, PatternRewriter &rewriter) {
  Product product(op);
  Algebra k(rewriter, op.getLoc());
  bool changed = false;
  for (size_t i = 0; i < product.operands.size();) {
    if (product.fold(i))
      changed = true;
    else
      ++i;
  }
  if (!changed) return failure();
  rewriter.replaceOp(op, product.finish(k).value);
  return success();
}

// Nothing summed, no diagonal: "i,j->ij"(a, b) = broadcast(a)·broadcast(b), which elementwise code can fuse
LogicalResult contractionFree(EinsumOp op, PatternRewriter &rewriter) {
  Equation equation = *Equation::parse(op.getEquation());
  bool repeats = hasRepeats(equation.output) ||
                 llvm::any_of(equation.operands, [](StringRef letters) { return hasRepeats(letters); });
  if (op.getOperands().size() < 2 || repeats || !equation.summed().empty()) return failure();
  Algebra k(rewriter, op.getLoc());
  Term result;
  for (auto [letters, operand] : llvm::zip_equal(equation.operands, op.getOperands())) {
    SmallVector<int64_t> permutation, dims;
    for (auto [axis, letter] : llvm::enumerate(equation.output)) {
      size_t source = letters.find(letter);
      if (source == std::string::npos) continue;
      permutation.push_back(source);
      dims.push_back(axis);
    }
    Term factor = k.broadcast(k.transpose(k(operand), permutation), op.getType().getShape(), dims);
    result = result ? result * factor : factor;
  }
  rewriter.replaceOp(op, result.value);
  return success();
}

// Σ a·b = einsum(a, b), where an operand is a repetition or itself a contraction: a real contraction then, not a fused
// sum
LogicalResult sumOfProduct(SumOp op, PatternRewriter &rewriter) {
  auto product = op.getX().getDefiningOp<MulOp>();
  if (!product || !isUsedOnce(product) || tensorType(product).getRank() > 26) return failure();
  auto contracts = [](Value value) {
    return value.getDefiningOp<BroadcastOp>() || (isUsedOnce(value) && value.getDefiningOp<EinsumOp>());
  };
  if (isUniform(product.getA()) || isUniform(product.getB())) return failure();
  if (!contracts(product.getA()) && !contracts(product.getB())) return failure();
  Equation equation;
  std::string letters;
  for (int64_t axis = 0; axis < tensorType(product).getRank(); ++axis) {
    letters.push_back(char('a' + axis));
    if (!llvm::is_contained(op.getAxes(), axis)) equation.output.push_back(letters.back());
  }
  equation.operands.assign(2, letters);
  rewriter.replaceOpWithNewOp<EinsumOp>(op, op.getType(), product->getOperands(), equation.str());
  return success();
}

// Σ over an axis of a contraction: its letter is summed too
LogicalResult sumOfEinsum(SumOp op, PatternRewriter &rewriter) {
  auto einsum = op.getX().getDefiningOp<EinsumOp>();
  if (!einsum || !isUsedOnce(einsum)) return failure();
  Equation equation = *Equation::parse(einsum.getEquation());
  if (hasRepeats(equation.output)) return failure();
  std::string kept;
  for (auto [axis, letter] : llvm::enumerate(equation.output))
    if (!llvm::is_contained(op.getAxes(), int64_t(axis))) kept.push_back(letter);
  equation.output = kept;
  rewriter.replaceOpWithNewOp<EinsumOp>(op, op.getType(), einsum.getOperands(), equation.str());
  return success();
}

// (A·B)ᵀ: the output's letters exchanged
LogicalResult transposeOfEinsum(TransposeOp op, PatternRewriter &rewriter) {
  auto einsum = op.getX().getDefiningOp<EinsumOp>();
  if (!einsum || !isUsedOnce(einsum)) return failure();
  Equation equation = *Equation::parse(einsum.getEquation());
  std::string output;
  for (int64_t axis : op.getPermutation()) output.push_back(equation.output[axis]);
  equation.output = output;
  rewriter.replaceOpWithNewOp<EinsumOp>(op, op.getType(), einsum.getOperands(), equation.str());
  return success();
}

// A·x ± A·y = A·(x ± y): contractions alike but for one operand
LogicalResult mergeContractions(Operation *op, Value left, Value right, bool isSum, PatternRewriter &rewriter) {
  auto l = left.getDefiningOp<EinsumOp>(), r = right.getDefiningOp<EinsumOp>();
  if (!l || !r || l == r || !isUsedOnce(l) || !isUsedOnce(r) || l.getEquation() != r.getEquation()) return failure();
  if (l.getOperandTypes() != r.getOperandTypes()) return failure();
  std::optional<unsigned> differing;
  for (unsigned i = 0; i < l.getNumOperands(); ++i) {
    if (l.getOperand(i) == r.getOperand(i)) continue;
    if (differing) return failure();
    differing = i;
  }
  if (!differing || l.getNumOperands() < 2) return failure();
  Algebra k(rewriter, op->getLoc());
  SmallVector<Term> terms;
  for (Value operand : l.getOperands()) terms.push_back(k(operand));
  Term other = k(r.getOperand(*differing));
  terms[*differing] = isSum ? terms[*differing] + other : terms[*differing] - other;
  rewriter.replaceOp(op, k.einsum(l.getEquation(), terms).value);
  return success();
}
LogicalResult mergeAdded(AddOp op, PatternRewriter &rewriter) {
  return mergeContractions(op, op.getA(), op.getB(), true, rewriter);
}
LogicalResult mergeSubtracted(SubOp op, PatternRewriter &rewriter) {
  return mergeContractions(op, op.getA(), op.getB(), false, rewriter);
}

} // namespace

void populateContraction(RuleSet rules) {
  FLX_RULE(rules, Regrouping, foldOperands);
  FLX_RULE(rules, Exact, contractionFree);
  FLX_RULE(rules, Regrouping, sumOfProduct);
  FLX_RULE(rules, Regrouping, sumOfEinsum);
  FLX_RULE(rules, Exact, transposeOfEinsum);
  FLX_RULE(rules, Regrouping, mergeAdded);
  FLX_RULE(rules, Regrouping, mergeSubtracted);
}

} // namespace fluxion
