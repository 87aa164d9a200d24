// -flx-einsum: every contraction becomes pairwise ones without repeated letters, in the cheapest order.
#include "compiler/Einsum/Passes.h"
#include "compiler/Einsum/Path.h"
#include "dialects/Dialect.h"
#include "dialects/Equation.h"
using namespace mlir;

namespace fluxion {
#define GEN_PASS_DEF_EINSUMPASS
#include "compiler/Einsum/Passes.h.inc"
namespace {
using namespace flx;

// A tensor with a letter an axis, none twice.
struct Factor {
  Term value;
  std::string letters;
};

class Normalizer {
public:
  Normalizer(EinsumOp op, PathObjective objective, OpBuilder &builder)
      : op(op), objective(objective), k(builder, op.getLoc()), equation(*Equation::parse(op.getEquation())) {
    for (auto [letters, operand] : llvm::zip_equal(equation.operands, op.getOperands()))
      for (auto [letter, extent] : llvm::zip_equal(letters, cast<RankedTensorType>(operand.getType()).getShape()))
        extents[letter] = extent;
  }

  bool isNormal() const;
  Value run();

private:
  SmallVector<int64_t> shapeOf(StringRef letters) const {
    SmallVector<int64_t> shape;
    for (char letter : letters) shape.push_back(extents.lookup(letter));
    return shape;
  }
  Factor diagonal(Term value, std::string letters);
  Factor arranged(Factor, StringRef order);
  Factor summed(Factor, StringRef kept);
  Factor pair(const Factor &a, const Factor &b, const std::string &kept);
  Factor contracted(SmallVector<Factor> factors, const std::string &output);
  Term embedded(Factor, StringRef output);

  EinsumOp op;
  PathObjective objective;
  Algebra k;
  Equation equation;
  llvm::DenseMap<char, int64_t> extents;
};

std::string united(StringRef a, StringRef b) {
  std::string all = a.str();
  for (char letter : b)
    if (!contains(all, letter)) all.push_back(letter);
  return all;
}

template <typename Condition> std::string filtered(StringRef letters, Condition condition) {
  std::string kept;
  for (char letter : letters)
    if (condition(letter)) kept.push_back(letter);
  return kept;
}

bool isComputedHere(Value value) {
  Operation *op = value.getDefiningOp();
  return op && op->hasTrait<Elementwise>() && op->hasOneUse() && (*op->user_begin())->getBlock() == op->getBlock();
}

bool Normalizer::isNormal() const {
  if (equation.operands.size() != 2 || hasRepeats(equation.output) || llvm::any_of(equation.operands, hasRepeats))
    return false;
  size_t all = equation.letters().size();
  bool sameSpace = equation.operands[0].size() == all && equation.operands[1].size() == all;
  if (sameSpace && llvm::any_of(op->getOperands(), isComputedHere)) return false;
  std::string sums = equation.summed();
  return !sums.empty() && llvm::all_of(sums, [&](char letter) {
    return contains(equation.operands[0], letter) && contains(equation.operands[1], letter);
  });
}

// x[i, i, …]: the two axes side by side are one of extent n², of which every (n+1)-th element is on the diagonal.
Factor Normalizer::diagonal(Term value, std::string letters) {
  for (size_t second = 0; second < letters.size(); ++second) {
    size_t first = letters.find(letters[second]);
    if (first == second) continue;
    char letter = letters[second];
    int64_t n = extents.lookup(letter);
    SmallVector<int64_t> order{int64_t(first), int64_t(second)};
    for (size_t i = 0; i < letters.size(); ++i)
      if (i != first && i != second) order.push_back(i);
    value = k.transpose(value, order);
    letters.erase(second, 1), letters.erase(first, 1);
    SmallVector<int64_t> rest = shapeOf(letters), square{n * n}, line{n}, zeros(rest.size() + 1, 0),
                         strides(rest.size() + 1, 1);
    square.append(rest), line.append(rest);
    strides[0] = n + 1;
    value = k.slice(k.reshape(value, square), zeros, strides, line);
    letters.insert(letters.begin(), letter);
    second = 0;
  }
  return {value, letters};
}

Factor Normalizer::arranged(Factor f, StringRef order) {
  if (f.letters == order) return f;
  SmallVector<int64_t> permutation;
  for (char letter : order) permutation.push_back(f.letters.find(letter));
  return {k.transpose(f.value, permutation), order.str()};
}

Factor Normalizer::summed(Factor f, StringRef kept) {
  SmallVector<int64_t> axes;
  for (auto [axis, letter] : llvm::enumerate(f.letters))
    if (!contains(kept, letter)) axes.push_back(axis);
  if (axes.empty()) return f;
  return {k.sum(f.value, axes), filtered(f.letters, [&](char letter) { return contains(kept, letter); })};
}

// A product of two that sums nothing is a multiplication, fused like any other; so is one over a common index space
// whose operands are being computed there anyway.
Factor Normalizer::pair(const Factor &a, const Factor &b, const std::string &kept) {
  std::string all = united(a.letters, b.letters);
  bool sums = llvm::any_of(all, [&](char letter) { return !contains(kept, letter); });
  bool sameSpace = a.letters.size() == all.size() && b.letters.size() == all.size();
  if (sums && !(sameSpace && (isComputedHere(a.value.value) || isComputedHere(b.value.value)))) {
    Equation two{{a.letters, b.letters}, kept};
    return {k.einsum(two.str(), {a.value, b.value}), kept};
  }
  std::string space = sums ? a.letters : kept;
  auto spread = [&](const Factor &f) {
    Factor in = arranged(f, filtered(space, [&](char letter) { return contains(f.letters, letter); }));
    if (in.letters == space) return in.value;
    SmallVector<int64_t> dims;
    for (char letter : in.letters) dims.push_back(space.find(letter));
    return k.broadcast(in.value, shapeOf(space), dims);
  };
  Factor product{spread(a) * spread(b), space};
  return sums ? arranged(summed(product, kept), kept) : product;
}

Factor Normalizer::contracted(SmallVector<Factor> factors, const std::string &output) {
  for (auto [i, f] : llvm::enumerate(factors)) {
    std::string needed = output;
    for (auto [j, other] : llvm::enumerate(factors))
      if (i != j) needed += other.letters;
    f = summed(f, needed);
  }
  PathProblem problem;
  for (const Factor &f : factors) problem.operands.push_back(f.letters);
  problem.output = output;
  for (auto [letter, extent] : extents) problem.extents[size_t(letter)] = extent;
  problem.elementBytes = op.getType().getElementTypeBitWidth() / 8;
  SmallVector<bool> used(2 * factors.size(), false);
  Path path = findPath(problem, objective);
  for (auto [s, step] : llvm::enumerate(path.steps)) {
    used[step.left] = used[step.right] = true;
    std::string needed = output;
    for (size_t i = 0; i < factors.size(); ++i)
      if (!used[i]) needed += factors[i].letters;
    const Factor &a = factors[step.left], &b = factors[step.right];
    std::string kept = filtered(united(a.letters, b.letters), [&](char letter) { return contains(needed, letter); });
    bool last = s + 1 == path.steps.size();
    factors.push_back(pair(a, b, last ? output : kept));
  }
  return arranged(factors.back(), output);
}

// Letters that the output repeats: y[…i…i'…] = x[…i…] where i = i', else 0.
Term Normalizer::embedded(Factor f, StringRef output) {
  if (f.letters == output) return f.value;
  auto type = op.getType();
  SmallVector<int64_t> dims;
  for (char letter : f.letters) dims.push_back(output.find(letter));
  Term onDiagonal;
  for (size_t axis = 0; axis < output.size(); ++axis) {
    size_t first = output.find(output[axis]);
    if (first == axis) continue;
    auto indices = RankedTensorType::get(type.getShape(), k.getBuilder().getI32Type());
    Term equal = k.eq(k.make<IotaOp>(indices, int64_t(first)), k.make<IotaOp>(indices, int64_t(axis)));
    onDiagonal = onDiagonal ? k.and_(onDiagonal, equal) : equal;
  }
  return k.select(onDiagonal, k.broadcast(f.value, type.getShape(), dims), k.zero(type));
}

Value Normalizer::run() {
  SmallVector<Factor> factors;
  for (auto [letters, operand] : llvm::zip_equal(equation.operands, op.getOperands()))
    factors.push_back(diagonal(k(operand), letters));
  std::string output;
  for (char letter : equation.output)
    if (!contains(output, letter)) output.push_back(letter);
  return embedded(contracted(factors, output), equation.output).value;
}

struct EinsumPass : impl::EinsumPassBase<EinsumPass> {
  using EinsumPassBase::EinsumPassBase;
  void runOnOperation() override {
    std::optional<PathObjective> chosen = llvm::StringSwitch<std::optional<PathObjective>>(objective)
                                              .Case("time", PathObjective::Time)
                                              .Case("flops", PathObjective::Flops)
                                              .Case("bytes", PathObjective::Bytes)
                                              .Case("written", PathObjective::Written)
                                              .Default(std::nullopt);
    if (!chosen) {
      getOperation().emitError("flx-einsum: the objective is time, flops, bytes or written, not '") << objective << "'";
      return signalPassFailure();
    }
    SmallVector<EinsumOp> contractions;
    getOperation().walk([&](EinsumOp op) { contractions.push_back(op); });
    for (EinsumOp op : contractions) {
      OpBuilder builder(op);
      Normalizer normalizer(op, *chosen, builder);
      if (normalizer.isNormal()) continue;
      op.getResult().replaceAllUsesWith(normalizer.run());
      op.erase();
    }
  }
};

} // namespace
} // namespace fluxion
