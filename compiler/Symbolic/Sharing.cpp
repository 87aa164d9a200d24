// Sharing of contractions: "nd,d->n"(X, w) is "b,ab->a"(w, X).
#include "compiler/Symbolic/Sharing.h"
#include "dialects/Dialect.h"
#include "dialects/Equation.h"
#include <map>

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {
namespace {

// Operands in a fixed order and letters renamed by first appearance: equal keys mean equal contractions.
using Key = std::pair<SmallVector<void *>, std::string>;

Key keyOf(EinsumOp op) {
  Equation equation = *Equation::parse(op.getEquation());
  SmallVector<std::pair<void *, unsigned>> order;
  for (auto [i, operand] : llvm::enumerate(op.getOperands())) order.emplace_back(operand.getAsOpaquePointer(), i);
  llvm::sort(order);
  Key key;
  std::string names(128, 0);
  char next = 'a';
  auto rename = [&](StringRef letters) {
    for (char letter : letters) {
      char &name = names[size_t(letter)];
      if (!name) name = std::exchange(next, char(next + 1));
      key.second.push_back(name);
    }
  };
  for (auto [operand, i] : order) {
    key.first.push_back(operand);
    rename(equation.operands[i]);
    key.second.push_back(',');
  }
  rename(equation.output);
  return key;
}

// Each contraction by an equal one of those known: before it in its block, or before a region that holds it.
bool shareIn(Region &region, std::map<Key, EinsumOp> known) {
  bool changed = false;
  for (Block &block : region)
    for (Operation &op : llvm::make_early_inc_range(block)) {
      for (Region &inner : op.getRegions()) changed |= shareIn(inner, known);
      auto einsum = dyn_cast<EinsumOp>(op);
      if (!einsum) continue;
      auto [entry, isNew] = known.try_emplace(keyOf(einsum), einsum);
      if (isNew) continue;
      if (!isOfDerivative(einsum)) entry->second->setLoc(asWritten(entry->second->getLoc()));
      einsum.getResult().replaceAllUsesWith(entry->second.getResult());
      einsum.erase();
      changed = true;
    }
  return changed;
}

} // namespace

bool shareContractions(Operation *root) {
  bool changed = false;
  for (Region &region : root->getRegions()) changed |= shareIn(region, {});
  return changed;
}

} // namespace fluxion
