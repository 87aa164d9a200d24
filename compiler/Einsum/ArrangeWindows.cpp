// -flx-arrange-windows: a window that a contraction reads is written to memory in the order in which the contraction
// likes it. In: pairwise einsums. Out: the same, their windows transposed so that letters with one role (in both and
// the output; in the output; summed) stand side by side and become one axis of a matrix product. The transposition
// costs nothing: it is an index map of the loops that write the window.
#include "compiler/Einsum/Passes.h"
#include "dialects/Dialect.h"
#include "dialects/Equation.h"
using namespace mlir;

namespace fluxion {
#define GEN_PASS_DEF_ARRANGEWINDOWSPASS
#include "compiler/Einsum/Passes.h.inc"
namespace {
using namespace flx;

// The axes of operand `i`, role by role, roles as they first appear.
SmallVector<int64_t> axesByRole(const Equation &equation, unsigned i) {
  const std::string &letters = equation.operands[i];
  auto roleOf = [&](char letter) {
    return std::pair(contains(equation.operands[1 - i], letter), contains(equation.output, letter));
  };
  SmallVector<int64_t> order;
  for (size_t first = 0; first < letters.size(); ++first) {
    if (llvm::is_contained(order, int64_t(first))) continue;
    for (size_t axis = first; axis < letters.size(); ++axis)
      if (roleOf(letters[axis]) == roleOf(letters[first])) order.push_back(axis);
  }
  return order;
}

void arrange(EinsumOp op) {
  Equation equation = *Equation::parse(op.getEquation());
  if (equation.operands.size() != 2) return;
  OpBuilder builder(op);
  Algebra k(builder, op.getLoc());
  for (unsigned i : {0u, 1u}) {
    SmallVector<int64_t> order = axesByRole(equation, i);
    if (!op.getOperand(i).getDefiningOp<WindowOp>() || llvm::is_sorted(order)) continue;
    std::string letters;
    for (int64_t axis : order) letters.push_back(equation.operands[i][axis]);
    equation.operands[i] = letters;
    op->setOperand(i, k.transpose(k(op.getOperand(i)), order).value);
    op.setEquation(equation.str());
  }
}

struct ArrangeWindowsPass : impl::ArrangeWindowsPassBase<ArrangeWindowsPass> {
  using ArrangeWindowsPassBase::ArrangeWindowsPassBase;
  void runOnOperation() override { getOperation().walk(arrange); }
};

} // namespace
} // namespace fluxion
