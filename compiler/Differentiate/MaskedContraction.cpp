// y[n] = Σ_d A[n,d]·x[d] with y selected where m[n] holds: x̄[d] = Σ_n ct[n]·A[n,d] over those n.
// A mask's letters are rows of A if A has them all. Where A also has the letters of y and x, the sum is made of its own
// products, masked as they are added up: A is read once. Else A is masked beforehand.
#include "compiler/Differentiate/MaskedContraction.h"
#include "dialects/Equation.h"

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {
namespace {

// A value and the letters of its axes.
struct Lettered {
  Term value;
  std::string letters;
};

bool hasAll(StringRef space, StringRef letters) {
  return llvm::all_of(letters, [&](char letter) { return contains(space, letter); });
}

// x[…] repeated over the axes of `space` that it lacks, in the order of `space`.
Term spread(Algebra &k, const Lettered &x, StringRef space, ArrayRef<int64_t> shape) {
  SmallVector<int64_t> permutation, dims;
  for (auto [axis, letter] : llvm::enumerate(space)) {
    size_t source = x.letters.find(letter);
    if (source == std::string::npos) continue;
    permutation.push_back(source);
    dims.push_back(axis);
  }
  return k.broadcast(k.transpose(x.value, permutation), shape, dims);
}

// Σ of the products of `row` and ct where the mask holds, over the letters that `own` lacks, in the order of `own`.
Term sumOfSelected(Algebra &k, const Lettered &row, const Lettered &ct, const Lettered &mask, StringRef own) {
  ArrayRef<int64_t> shape = row.value.getShape();
  Term product = row.value * spread(k, ct, row.letters, shape);
  product = k.select(spread(k, mask, row.letters, shape), product, Term());
  SmallVector<int64_t> summed, permutation;
  std::string kept;
  for (auto [axis, letter] : llvm::enumerate(row.letters)) {
    if (contains(own, letter))
      kept.push_back(letter);
    else
      summed.push_back(axis);
  }
  for (char letter : own) permutation.push_back(kept.find(letter));
  return k.transpose(k.sum(product, summed), permutation);
}

// The mask on the axes that it really has.
Lettered narrowed(Algebra &k, const Equation &equation, Term predicate) {
  auto broadcast = predicate.value.getDefiningOp<BroadcastOp>();
  if (!broadcast) return {predicate, equation.output};
  Lettered mask{k(broadcast.getX()), ""};
  for (int64_t dim : broadcast.getDims()) mask.letters.push_back(equation.output[dim]);
  return mask;
}

bool hasDiagonals(const Equation &equation) {
  return hasRepeats(equation.output) || llvm::any_of(equation.operands, hasRepeats);
}

} // namespace

Term maskOfRows(Algebra &k, EinsumOp op, unsigned operand, Term predicate) {
  Equation equation = *Equation::parse(op.getEquation());
  if (hasDiagonals(equation)) return Term();
  Lettered mask = narrowed(k, equation, predicate);
  const std::string &letters = equation.operands[operand];
  if (mask.letters.empty() || !hasAll(letters, mask.letters)) return Term();
  return spread(k, mask, letters, cast<RankedTensorType>(op.getOperand(operand).getType()).getShape());
}

Term transposedUnderMask(Algebra &k, EinsumOp op, Term ct, unsigned operand, Term predicate) {
  Equation equation = *Equation::parse(op.getEquation());
  if (hasDiagonals(equation)) return Term();
  Lettered mask = narrowed(k, equation, predicate);
  const std::string &own = equation.operands[operand];
  Operation *masked = nullptr;
  for (unsigned j = 0; j < op.getNumOperands(); ++j) {
    Value row = op.getOperand(j);
    const std::string &letters = equation.operands[j];
    if (j == operand || mask.letters.empty() || !hasAll(letters, mask.letters) || isProvenFinite(row)) continue;
    if (op.getNumOperands() == 2 && hasAll(letters, equation.output) && hasAll(letters, own))
      return sumOfSelected(k, {k(row), letters}, {ct, equation.output}, mask, own);
    if (!masked) masked = k.getBuilder().clone(*op);
    Term rows = spread(k, mask, letters, cast<RankedTensorType>(row.getType()).getShape());
    masked->setOperand(j, k.select(rows, k(row), Term()).value);
  }
  if (!masked) return Term();
  FailureOr<Term> result = cast<Differentiable>(masked).transpose(k, {ct}, operand);
  masked->erase();
  return succeeded(result) ? *result : Term();
}

} // namespace fluxion
