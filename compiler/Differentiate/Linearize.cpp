// Linearization: the tangents of a piece of straight-line code by the ops' JVP rules.
// In: primal ops and the tangents of their inputs. Out: new ops, linear in those tangents; the primal is not touched.
#include "compiler/Differentiate/Linear.h"

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {

// Values that some result depends on through differentiable ops: activity's second half (the first is having a
// tangent).
static llvm::DenseSet<Value> usefulValues(ArrayRef<Operation *> ops, ValueRange results) {
  llvm::DenseSet<Value> useful;
  for (Value result : results)
    if (isFloat(result)) useful.insert(result);
  for (Operation *op : llvm::reverse(ops)) {
    if (!isa<Differentiable>(op) || isa<StopGradientOp>(op)) continue;
    if (llvm::none_of(op->getResults(), [&](Value value) { return useful.contains(value); })) continue;
    useful.insert(op->operand_begin(), op->operand_end());
  }
  return useful;
}

LogicalResult linearize(ArrayRef<Operation *> ops, ValueRange results, OpBuilder &builder, TangentMap &tangents) {
  llvm::DenseSet<Value> useful = usefulValues(ops, results);
  for (Operation *op : ops) {
    auto hasTangent = [&](Value operand) { return tangents.lookup(operand) != nullptr; };
    auto isUseful = [&](Value result) { return useful.contains(result); };
    if (llvm::none_of(op->getOperands(), hasTangent) || llvm::none_of(op->getResults(), isUseful)) continue;
    if (op->hasTrait<NotDifferentiable>()) continue;
    auto rule = dyn_cast<Differentiable>(op);
    if (!rule) return op->emitOpError("[E0820] has no derivative rule");

    Algebra k(builder, op->getLoc());
    SmallVector<Term> operands;
    for (Value operand : op->getOperands()) operands.push_back({tangents.lookup(operand), &k});
    Terms tangent = rule.jvp(k, operands);
    for (auto [result, term] : llvm::zip_equal(op->getResults(), tangent)) {
      if (!term) continue;
      if (term.getType() != result.getType())
        return op->emitOpError("[E0820] has a derivative rule that gives ")
               << term.getType() << " as the tangent of " << result.getType();
      tangents[result] = term.value;
    }
  }
  return success();
}

} // namespace fluxion
