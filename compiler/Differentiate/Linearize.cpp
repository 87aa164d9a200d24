// Linearization: the tangents of a piece of straight-line code by the ops' JVP rules.
// In: primal ops and the tangents of their inputs. Out: new ops, linear in those tangents; the primal is not touched.
#include "compiler/Differentiate/Activity.h"
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
    bool isControl = op->hasTrait<Control>();
    if ((!isa<Differentiable>(op) && !isControl) || isa<StopGradientOp>(op)) continue;
    if (llvm::none_of(op->getResults(), [&](Value value) { return useful.contains(value); })) continue;
    forEachOperand(op, [&](Value operand) { useful.insert(operand); });
  }
  return useful;
}

// A loop or a branch that some useful result depends on through a tangent.
static LogicalResult refuseActive(Operation *op, llvm::function_ref<bool(Value)> hasTangent,
                                  llvm::function_ref<bool(Value)> isUseful) {
  VariedValues varied(hasTangent);
  varied.visit(op);
  if (llvm::none_of(op->getResults(), [&](Value result) { return isUseful(result) && varied.contains(result); }))
    return success();
  return emitError(op->getLoc()) << "[E0822] cannot differentiate through `" << op->getName().stripDialect()
                                 << "` yet: a result of it depends on what the derivative is taken with respect to";
}

LogicalResult linearize(ArrayRef<Operation *> ops, ValueRange results, OpBuilder &builder, TangentMap &tangents) {
  llvm::DenseSet<Value> useful = usefulValues(ops, results);
  for (Operation *op : ops) {
    auto hasTangent = [&](Value operand) { return tangents.lookup(operand) != nullptr; };
    auto isUseful = [&](Value result) { return useful.contains(result); };
    if (op->hasTrait<Control>()) {
      if (failed(refuseActive(op, hasTangent, isUseful))) return failure();
      continue;
    }
    if (llvm::none_of(op->getOperands(), hasTangent) || llvm::none_of(op->getResults(), isUseful)) continue;
    if (op->hasTrait<NotDifferentiable>()) continue;
    auto rule = dyn_cast<Differentiable>(op);
    if (!rule) return op->emitOpError("[E0820] has no derivative rule");

    Algebra k(builder, ofDerivative(op->getLoc()));
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
