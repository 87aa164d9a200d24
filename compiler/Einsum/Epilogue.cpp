// The epilogue of one contraction: which ops join, and the region they become.
#include "compiler/Einsum/Epilogue.h"
#include "compiler/Lowering/ScalarEmit.h"
#include "dialects/Equation.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
using namespace mlir;

namespace fluxion {
using namespace flx;

static bool isCheap(Operation *op) { return !cpu::isExpensive(op); }

// Readers that fuse what they read into their own loops: for them a value costs nothing if its inputs are in memory.
bool Epilogue::fusesProducers(Operation *user) const {
  if (user->getBlock() != root->getBlock()) return false; // what a loop's body reads from outside is in memory
  return user->hasTrait<Elementwise>() ||
         isa<SumOp, ProdOp, ReduceMaxOp, ReduceMinOp, AnyOp, AllOp, ArgmaxOp, ArgminOp>(user);
}

Epilogue::Epilogue(EinsumOp root) : root(root), space(root.getType().getShape()) {
  SmallVector<Operation *> pending{root};
  downstream.insert(root);
  while (!pending.empty())
    for (Operation *user : pending.pop_back_val()->getUsers()) {
      Operation *here = root->getBlock()->findAncestorOpInBlock(*user); // a loop that reads it in its body
      if (downstream.insert(here).second) pending.push_back(here);
    }
  members.insert(root);
  growForward();
  dropWhatIsCheapToRepeat();
  growBackward();
}

bool Epilogue::isPointwiseHere(Operation *op) const {
  if (!op->hasTrait<Elementwise>() || op->getNumResults() != 1 || op->getBlock() != root->getBlock()) return false;
  auto here = [&](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getShape() == space;
  };
  return llvm::all_of(op->getOperandTypes(), here) && here(op->getResult(0).getType());
}

// Σ over every axis of x, or of x·y read at the same index.
bool Epilogue::isSumHere(Operation *op) const {
  if (space.empty() || op->getBlock() != root->getBlock() || op == root) return false;
  auto here = [&](Type type) { return cast<RankedTensorType>(type).getShape() == space; };
  if (auto sum = dyn_cast<SumOp>(op)) return sum.getAxes().size() == space.size() && here(sum.getX().getType());
  auto product = dyn_cast<EinsumOp>(op);
  if (!product || product->getNumOperands() != 2 || product.getType().getRank() != 0) return false;
  Equation equation = *Equation::parse(product.getEquation());
  return equation.operands[0] == equation.operands[1] && here(product.getOperand(0).getType());
}

// A reader joins if what else it reads does not wait for this contraction.
void Epilogue::growForward() {
  for (unsigned i = 0; i < members.size(); ++i)
    for (Operation *user : members[i]->getUsers()) {
      if (members.contains(user) || !(isPointwiseHere(user) || isSumHere(user))) continue;
      bool ready = llvm::all_of(user->getOperands(), [&](Value operand) {
        return members.contains(operand.getDefiningOp()) || !dependsOnRoot(operand);
      });
      if (ready) members.insert(user), i = unsigned(-1); // one more member may make other readers ready
      if (i == unsigned(-1)) break;
    }
}

bool Epilogue::isNeededOutside(Value value) const {
  return llvm::any_of(value.getUsers(), [&](Operation *user) { return !members.contains(user); });
}

// A leaf whose readers would fuse it is left to them when it follows cheaply from values that are stored anyway: then
// those are read instead of it, and it is never stored. Ops that only lead to such leaves go with them.
bool Epilogue::isRecomputable(Operation *leaf, Operations &dropped) const {
  dropped.insert(leaf);
  for (unsigned i = 0; i < dropped.size(); ++i) {
    if (!isCheap(dropped[i])) return false;
    for (Value operand : dropped[i]->getOperands()) {
      Operation *maker = operand.getDefiningOp();
      if (!members.contains(maker) || isNeededOutside(operand) || dropped.contains(maker)) continue;
      bool onlyHere = llvm::all_of(maker->getUsers(), [&](Operation *user) { return dropped.contains(user); });
      if (!onlyHere || maker == root) return false;
      dropped.insert(maker);
    }
  }
  return true;
}

void Epilogue::dropWhatIsCheapToRepeat() {
  auto fuses = [&](Operation *user) { return fusesProducers(user); };
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation *op : llvm::reverse(members.getArrayRef())) {
      bool leaf = op != root && llvm::none_of(op->getUsers(), [&](Operation *user) { return members.contains(user); });
      Operations dropped;
      if (!leaf || isSumHere(op) || !llvm::all_of(op->getUsers(), fuses) || !isRecomputable(op, dropped))
        continue;
      members.set_subtract(dropped);
      changed = true;
      break;
    }
  }
}

// A producer joins if only members read it, or if it can be repeated: cheap, made from one operand of this space at
// most, and not stored for others.
void Epilogue::growBackward() {
  auto fuses = [&](Operation *user) { return fusesProducers(user); };
  auto isFull = [&](Value operand) { return !operand.getDefiningOp<BroadcastOp>() && !splatConstant(operand); };
  for (unsigned i = 0; i < members.size(); ++i)
    for (Value operand : members[i]->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (members[i] == root || !producer || downstream.contains(producer) || !isPointwiseHere(producer)) continue;
      bool onlyHere = llvm::all_of(producer->getUsers(), [&](Operation *user) { return members.contains(user); });
      bool repeatable = isCheap(producer) && llvm::count_if(producer->getOperands(), isFull) <= 1 &&
                        llvm::all_of(producer->getUsers(), fuses);
      if (onlyHere || repeatable) members.insert(producer);
    }
}

// Members as they stand in the block, each after what it reads.
SmallVector<Operation *> Epilogue::inOrder() const {
  Operations order;
  auto visit = [&](auto &self, Operation *op) -> void {
    if (order.contains(op)) return;
    for (Value operand : op->getOperands())
      if (Operation *maker = operand.getDefiningOp(); maker && op != root && members.contains(maker)) self(self, maker);
    order.insert(op);
  };
  visit(visit, root);
  SmallVector<Operation *> standing(members.getArrayRef());
  llvm::sort(standing, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  for (Operation *op : standing) visit(visit, op);
  return order.takeVector();
}

namespace {
// A value of the output's index space as the epilogue reads it: `source` through `map`.
struct Side {
  Value source;
  AffineMap map;
};

Side sideOf(Value value, unsigned rank) {
  AffineMap map = AffineMap::getMultiDimIdentityMap(rank, value.getContext());
  while (auto broadcast = value.getDefiningOp<BroadcastOp>()) {
    SmallVector<unsigned> kept;
    for (int64_t axis : broadcast.getDims()) kept.push_back(axis);
    map = map.getSubMap(kept);
    value = broadcast.getX();
  }
  return {value, map};
}

// The region under construction, and what it reads.
struct Body {
  OpBuilder builder;
  Block *block;
  unsigned rank;
  SmallVector<Value> sources{};
  SmallVector<AffineMap> maps{};
  IRMapping scalars{};

  Value scalarOf(Value value, Location location) {
    if (Value known = scalars.lookupOrNull(value)) return known;
    Value scalar;
    SplatElementsAttr splat;
    if (matchPattern(value, m_Constant(&splat))) {
      scalar = ConstantOp::create(builder, location, splat.getSplatValue<TypedAttr>());
    } else {
      auto [source, map] = sideOf(value, rank);
      for (unsigned i = 0; i < sources.size() && !scalar; ++i)
        if (sources[i] == source && maps[i] == map) scalar = block->getArgument(i + 1);
      if (!scalar) {
        sources.push_back(source), maps.push_back(map);
        scalar = block->addArgument(getElementTypeOrSelf(source.getType()), location);
      }
    }
    scalars.map(value, scalar);
    return scalar;
  }

  // The value whose sum a summing member is.
  void addTerm(Operation *op) {
    Value term = scalarOf(op->getOperand(0), op->getLoc());
    if (isa<EinsumOp>(op)) term = MulOp::create(builder, op->getLoc(), term, scalarOf(op->getOperand(1), op->getLoc()));
    scalars.map(op->getResult(0), term);
  }

  void add(Operation *op) {
    OperationState state(op->getLoc(), op->getName());
    for (Value operand : op->getOperands()) state.operands.push_back(scalarOf(operand, op->getLoc()));
    state.addTypes(getElementTypeOrSelf(op->getResult(0).getType()));
    state.addAttributes(op->getAttrs());
    scalars.map(op->getResult(0), builder.create(state)->getResult(0));
  }
};
} // namespace

ContractOp Epilogue::build(OpBuilder &outer) {
  SmallVector<Operation *> order = inOrder();
  Region region;
  Body body{OpBuilder(root.getContext()), &region.emplaceBlock(), unsigned(space.size())};
  body.builder.setInsertionPointToStart(body.block);
  body.scalars.map(root.getResult(), body.block->addArgument(getElementTypeOrSelf(root.getType()), root.getLoc()));
  for (Operation *op : order)
    if (op == root)
      continue;
    else if (isSumHere(op))
      body.addTerm(op);
    else
      body.add(op);

  // A producer that others read as well has only been repeated here: its own result stays theirs.
  SmallVector<Value> results, scalars;
  SmallVector<int64_t> summed;
  for (Operation *op : order)
    if (downstream.contains(op) && !isSumHere(op) && isNeededOutside(op->getResult(0)))
      results.push_back(op->getResult(0));
  for (Operation *op : order)
    if (isSumHere(op)) summed.push_back(results.size()), results.push_back(op->getResult(0));
  for (Value result : results) scalars.push_back(body.scalars.lookup(result));
  YieldOp::create(body.builder, root.getLoc(), scalars);

  outer.setInsertionPoint(root);
  SmallVector<Type> types(ValueRange(results).getTypes());
  auto contract = ContractOp::create(outer, root.getLoc(), types, root.getOperands(), body.sources,
                                     root.getEquationAttr(), outer.getAffineMapArrayAttr(body.maps),
                                     summed.empty() ? DenseI64ArrayAttr() : outer.getDenseI64ArrayAttr(summed));
  contract.getBody().takeBody(region);
  for (auto [old, now] : llvm::zip_equal(results, contract.getResults()))
    old.replaceUsesWithIf(now, [&](OpOperand &use) { return !members.contains(use.getOwner()); });
  for (Operation *op : llvm::reverse(order))
    if (op->use_empty()) op->erase();
  return contract;
}

} // namespace fluxion
