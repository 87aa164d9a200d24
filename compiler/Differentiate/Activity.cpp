// Activity through regions: what a step hands on varies if what it was handed did, until nothing new does.
#include "compiler/Differentiate/Activity.h"

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {

void forEachOperand(Operation *op, llvm::function_ref<void(Value)> visit) {
  op->walk([&](Operation *each) {
    for (Value operand : each->getOperands())
      if (each == op || !op->isAncestor(operand.getParentRegion()->getParentOp())) visit(operand);
  });
}

bool VariedValues::mark(Value value) { return isFloat(value) && varied.insert(value).second; }

void VariedValues::visit(Block &block) {
  for (Operation &op : block) {
    if (op.hasTrait<Control>()) {
      visit(&op);
    } else if (isa<Differentiable>(op) && !isa<StopGradientOp>(op) &&
               llvm::any_of(op.getOperands(), [&](Value operand) { return contains(operand); })) {
      for (Value result : op.getResults()) mark(result);
    }
  }
}

bool VariedValues::follow(ValueRange from, ValueRange to) {
  bool changed = false;
  for (auto [source, target] : llvm::zip_equal(from, to))
    if (contains(source)) changed |= mark(target);
  return changed;
}

void VariedValues::visit(ScanOp op) {
  follow(op.getInits(), op.getCarries());
  follow(op.getSequences(), op.getSlices());
  do visit(op.getBody().front());
  while (follow(op.getNextCarries(), op.getCarries()));
  follow(op.getCarries(), op.getLastCarries());
  follow(op.getOuts(), op.getStacks());
}

void VariedValues::visit(WhileOp op) {
  Block &body = op.getBody().front();
  follow(op.getInits(), body.getArguments());
  do visit(body);
  while (follow(body.getTerminator()->getOperands(), body.getArguments()));
  follow(body.getArguments(), op.getResults());
}

void VariedValues::visit(IfOp op) {
  for (Region *arm : {&op.getThen(), &op.getOtherwise()}) {
    visit(arm->front());
    follow(arm->front().getTerminator()->getOperands(), op.getResults());
  }
}

void VariedValues::visit(Operation *control) {
  if (auto scan = dyn_cast<ScanOp>(control)) return visit(scan);
  if (auto loop = dyn_cast<WhileOp>(control)) return visit(loop);
  if (auto branch = dyn_cast<IfOp>(control)) visit(branch);
}

} // namespace fluxion
