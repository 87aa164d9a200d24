// Clustering, consumers first: a producer joins where it costs nothing more; then siblings merge; then an order is
// found.
#include "compiler/Lowering/Clusters.h"
#include "compiler/Lowering/ScalarEmit.h"
#include "dialects/Dialect.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/PriorityQueue.h"
#include <numeric>

using namespace mlir;

namespace fluxion {
namespace {

// A splat that is computed with. (What a loop nest starts its accumulators from stays as it is.)
bool isSplatConstant(Operation *op) {
  DenseElementsAttr elements;
  return isa<flx::ConstantOp>(op) && matchPattern(op, m_Constant(&elements)) && elements.isSplat() &&
         llvm::none_of(op->getUsers(), [](Operation *user) { return isa<DestinationStyleOpInterface>(user); });
}

// Takes nothing to compute: duplicated into every cluster that reads it.
bool isFree(Operation *op) { return isCopy(op) || isa<flx::IotaOp>(op); }

ArrayRef<int64_t> shapeOf(Value v) { return cast<RankedTensorType>(v.getType()).getShape(); }

int64_t count(ArrayRef<int64_t> extents) {
  return std::accumulate(extents.begin(), extents.end(), int64_t(1), std::multiplies<>());
}

class Clusterer {
public:
  Clusterer(Block &block, bool fuse) : block(block), fuse(fuse) {}

  Clustering run() {
    int64_t index = 0;
    for (Operation &op : block) position[&op] = index++;
    for (Operation &op : llvm::reverse(block)) visit(&op);
    if (fuse) mergeSiblings();
    order();
    return std::move(result);
  }

private:
  using Node = void *; // a cluster, or an op that stays

  // The op of this block that reads what `user` reads: itself, or the loop or branch in whose region it stands.
  Operation *inBlock(Operation *user) { return user->getBlock() == &block ? user : block.findAncestorOpInBlock(*user); }

  //===-- Producers into consumers ----------------------------------------------------------------------------===//

  void visit(Operation *op) {
    if (!op->hasTrait<OpTrait::IsTerminator>() &&
        llvm::all_of(op->getUsers(), [&](Operation *user) { return dead.contains(inBlock(user)); })) {
      dead.insert(op);
      return;
    }
    if (isReduction(op))
      makeCluster(op, shapeOf(op->getOperand(0)), reducedAxes(op));
    else if (isPointwise(op))
      visitPointwise(op);
  }

  void makeCluster(Operation *op, ArrayRef<int64_t> domain, ArrayRef<int64_t> reduced) {
    Cluster &c = *result.clusters.emplace_back(std::make_unique<Cluster>());
    isCluster.insert(&c);
    c.domain.assign(domain.begin(), domain.end());
    c.reduced.assign(reduced.begin(), reduced.end());
    join(op, c, AffineMap::getMultiDimIdentityMap(domain.size(), op->getContext()));
    makeOutput(op, c);
  }

  void join(Operation *op, Cluster &c, ArrayRef<AffineMap> maps) {
    c.members.insert(op);
    if (!llvm::is_contained(memberOf[op], &c)) memberOf[op].push_back(&c);
    for (AffineMap map : maps)
      if (!llvm::is_contained(c.maps[op], map)) c.maps[op].push_back(map);
  }

  void makeOutput(Operation *op, Cluster &c) { c.outputs.insert(op); }

  // How the users of `op` want it: at which indices in which cluster, and which nodes need all of it in memory.
  struct Uses {
    llvm::MapVector<Cluster *, SmallVector<AffineMap, 1>> inside;
    SmallVector<Node> whole;
  };

  Uses usesOf(Operation *op) {
    Uses uses;
    for (OpOperand &use : op->getUses()) {
      Operation *user = inBlock(use.getOwner());
      if (dead.contains(user)) continue;
      if (!isPointwise(user) && !isReduction(user)) { // a loop reads it whole, whatever its body does with it
        uses.whole.push_back(user);
        continue;
      }
      for (Cluster *c : memberOf.lookup(user))
        for (AffineMap map : c->maps[user]) {
          AffineMap wanted = operandMap(user, use.getOperandNumber(), map);
          if (!wanted)
            uses.whole.push_back(c);
          else if (!llvm::is_contained(uses.inside[c], wanted))
            uses.inside[c].push_back(wanted);
        }
    }
    return uses;
  }

  void visitPointwise(Operation *op) {
    Uses uses = usesOf(op);
    bool whole = !uses.whole.empty();
    if (fuse && (isFree(op) || isSplatConstant(op))) {
      for (auto &[c, maps] : uses.inside) join(op, *c, maps);
      if (!whole) return;
    } else if (isSplatConstant(op) && !whole) { // a scalar in the body of whoever reads it
      for (auto &[c, maps] : uses.inside) join(op, *c, maps);
      return;
    } else if (fuse && !whole && uses.inside.size() == 1) {
      auto &[c, maps] = uses.inside.front();
      if (worthInside(op, *c, maps)) return join(op, *c, maps);
    } else if (fuse) {
      for (auto &[c, maps] : uses.inside)
        if (maps.size() == 1 && isAllOf(op, *c, maps[0]) && c->members.size() < largest && noneReaches(uses, c)) {
          join(op, *c, maps);
          return makeOutput(op, *c);
        }
    }
    makeCluster(op, shapeOf(op->getResult(0)), {});
  }

  // The loops of `c`, each once, are all of the result: not when a slice of it is read.
  static bool isAllOf(Operation *op, const Cluster &c, AffineMap map) {
    if (!map.isPermutation()) return false;
    for (auto [axis, extent] : llvm::enumerate(shapeOf(op->getResult(0))))
      if (c.domain[map.getDimPosition(axis)] != extent) return false;
    return true;
  }

  // Computed once an index, or so cheap and narrow that again is no worse than a load.
  bool worthInside(Operation *op, const Cluster &c, ArrayRef<AffineMap> maps) {
    if (c.members.size() >= largest) return false;
    bool again = maps.size() > 1 || count(c.domain) > count(shapeOf(op->getResult(0)));
    if (!again) return true;
    return !isa<flx::GatherOp>(op) && cpu::scalarCost(op) <= 1 && op->getNumOperands() == 1 &&
           !shapeOf(op->getResult(0)).empty();
  }

  //===-- Paths -----------------------------------------------------------------------------------------------===//

  SmallVector<Node> nodesOf(Operation *user) {
    if (!isPointwise(user) && !isReduction(user)) return {user};
    SmallVector<Cluster *> clusters = memberOf.lookup(user);
    return SmallVector<Node>(clusters.begin(), clusters.end());
  }

  // Nodes that read what `node` makes.
  SmallVector<Node> successors(Node node) {
    SmallVector<Node> next;
    auto addUsers = [&](Operation *op) {
      for (Operation *user : op->getUsers())
        if (user = inBlock(user); !dead.contains(user)) llvm::append_range(next, nodesOf(user));
    };
    if (auto *c = asCluster(node))
      llvm::for_each(c->outputs, addUsers);
    else
      addUsers(static_cast<Operation *>(node));
    return next;
  }

  Cluster *asCluster(Node node) { return isCluster.contains(node) ? static_cast<Cluster *>(node) : nullptr; }

  // True if there is a path of at least one step from `from` to `to` that leaves `to` out until its end.
  bool reaches(Node from, Node to) {
    llvm::SmallDenseSet<Node, 32> seen;
    SmallVector<Node> work{from};
    while (!work.empty())
      for (Node next : successors(work.pop_back_val())) {
        if (next == to) return true;
        if (seen.insert(next).second) work.push_back(next);
      }
    return false;
  }

  bool noneReaches(const Uses &uses, Cluster *c) {
    for (Node user : uses.whole)
      if (user == c || reaches(user, c)) return false;
    for (auto &[other, maps] : uses.inside)
      if (other != c && reaches(other, c)) return false;
    return true;
  }

  //===-- Siblings: the same loops over the same data -----------------------------------------------------------===//

  // What a cluster reads at each of its points, and under which map.
  SmallVector<std::pair<Value, AffineMap>> reads(Cluster &c) {
    SmallVector<std::pair<Value, AffineMap>> all;
    for (Operation *op : c.members)
      for (OpOperand &operand : op->getOpOperands())
        for (AffineMap map : c.maps[op]) {
          AffineMap wanted = operandMap(op, operand.getOperandNumber(), map);
          if (wanted && !c.members.contains(operand.get().getDefiningOp())) all.push_back({operand.get(), wanted});
        }
    return all;
  }

  // Which nodes each node reaches, for the many questions of siblings; follows along as clusters merge.
  class Paths {
  public:
    // A bit for each pair. Programs with more loop nests than this are not searched for siblings.
    static constexpr size_t mostNodes = 16384;

    template <class Successors> Paths(ArrayRef<Node> nodes, Successors successors) {
      for (Node node : nodes) number.try_emplace(node, number.size());
      from.assign(nodes.size(), llvm::BitVector(nodes.size()));
      llvm::BitVector seen(nodes.size());
      struct Visit {
        unsigned node;
        SmallVector<Node> next;
      };
      for (Node root : nodes) { // depth first: a node's row is whole when it is left
        std::vector<Visit> stack;
        auto enter = [&](Node node) {
          unsigned i = number.lookup(node);
          if (seen.test(i)) return;
          seen.set(i);
          stack.push_back({i, successors(node)});
        };
        for (enter(root); !stack.empty();) {
          Visit &top = stack.back();
          if (top.next.empty()) {
            unsigned done = top.node;
            stack.pop_back();
            if (!stack.empty()) add(stack.back().node, done);
            continue;
          }
          Node next = top.next.pop_back_val();
          unsigned i = number.lookup(next);
          if (i == top.node) continue;
          if (seen.test(i))
            add(top.node, i);
          else
            enter(next);
        }
      }
    }

    bool reaches(Node a, Node b) const { return from[number.lookup(a)].test(number.lookup(b)); }

    // What led to b leads to a, and on to wherever b led.
    void merge(Node into, Node gone) {
      unsigned a = number.lookup(into), b = number.lookup(gone);
      from[a] |= from[b];
      for (llvm::BitVector &row : from)
        if (row.test(a) || row.test(b)) {
          row |= from[a];
          row.set(a);
        }
    }

  private:
    void add(unsigned node, unsigned next) {
      from[node] |= from[next];
      from[node].set(next);
    }
    llvm::DenseMap<Node, unsigned> number;
    std::vector<llvm::BitVector> from;
  };

  bool mergeable(const Paths &paths, Cluster &a, Cluster &b) {
    return a.domain == b.domain && (a.reduced == b.reduced || a.reduced.empty() || b.reduced.empty()) &&
           a.members.size() + b.members.size() <= largest && !paths.reaches(&a, &b) && !paths.reaches(&b, &a);
  }

  void merge(Paths &paths, Cluster &a, Cluster &b) {
    paths.merge(&a, &b);
    for (Operation *op : b.members) {
      llvm::erase(memberOf[op], &b);
      join(op, a, b.maps[op]);
    }
    for (Operation *op : b.outputs) makeOutput(op, a);
    if (a.reduced.empty()) a.reduced = b.reduced;
    b = Cluster();
  }

  void mergeSiblings() {
    SmallVector<Node> nodes;
    for (auto &c : result.clusters) nodes.push_back(c.get());
    for (Operation &op : block)
      if (!dead.contains(&op) && !isPointwise(&op) && !isReduction(&op)) nodes.push_back(&op);
    if (nodes.size() > Paths::mostNodes) return;
    Paths paths(nodes, [&](Node node) { return successors(node); });
    llvm::MapVector<std::pair<Value, AffineMap>, SmallVector<Cluster *>> readers;
    SmallVector<Cluster *> scalars;
    for (auto &c : llvm::reverse(result.clusters)) { // program order
      if (c->domain.empty()) scalars.push_back(c.get());
      for (auto &read : reads(*c))
        if (read.second.isPermutation() && !c->domain.empty() && !llvm::is_contained(readers[read], c.get()))
          readers[read].push_back(c.get());
    }
    auto mergeAll = [&](SmallVector<Cluster *> group) {
      for (size_t i = 0; i < group.size(); ++i)
        for (size_t j = i + 1; j < group.size(); ++j)
          if (!group[i]->members.empty() && !group[j]->members.empty() && group[i] != group[j] &&
              mergeable(paths, *group[i], *group[j]))
            merge(paths, *group[i], *group[j]);
    };
    for (auto &[read, group] : readers) mergeAll(group);
    mergeAll(scalars);
    llvm::erase_if(result.clusters, [](auto &c) { return c->members.empty(); });
  }

  //===-- Order -----------------------------------------------------------------------------------------------===//

  // Topological; among those that are ready, the one whose last output stands first in the program.
  void order() {
    SmallVector<Step> steps;
    SmallVector<int64_t> key;
    for (auto &c : result.clusters) {
      steps.push_back({c.get(), nullptr});
      key.push_back(0);
      for (Operation *op : c->outputs) key.back() = std::max(key.back(), position[op]);
    }
    for (Operation &op : block)
      if (!dead.contains(&op) && !isPointwise(&op) && !isReduction(&op)) {
        steps.push_back({nullptr, &op});
        key.push_back(position[&op]);
      }
    llvm::DenseMap<Node, unsigned> number;
    for (auto [i, step] : llvm::enumerate(steps)) number[step.cluster ? Node(step.cluster) : Node(step.op)] = i;
    SmallVector<llvm::SmallDenseSet<unsigned>> after(steps.size());
    SmallVector<unsigned> waiting(steps.size(), 0);
    for (auto [i, step] : llvm::enumerate(steps))
      for (Node next : successors(step.cluster ? Node(step.cluster) : Node(step.op)))
        if (unsigned n = number.lookup(next); n != i && after[i].insert(n).second) ++waiting[n];
    auto later = [&](unsigned a, unsigned b) { return key[a] > key[b]; };
    llvm::PriorityQueue<unsigned, std::vector<unsigned>, decltype(later)> ready(later);
    for (unsigned i = 0; i < steps.size(); ++i)
      if (!waiting[i]) ready.push(i);
    while (!ready.empty()) {
      unsigned i = ready.top();
      ready.pop();
      result.steps.push_back(steps[i]);
      for (unsigned n : after[i])
        if (!--waiting[n]) ready.push(n);
    }
  }

  static constexpr size_t largest = 256; // members of a cluster: longer bodies spill
  Block &block;
  bool fuse;
  Clustering result;
  llvm::DenseMap<Operation *, int64_t> position;
  llvm::DenseSet<Operation *> dead;
  llvm::DenseMap<Operation *, SmallVector<Cluster *>> memberOf;
  llvm::DenseSet<Node> isCluster;
};

} // namespace

//===-- Ops as index maps ---------------------------------------------------------------------------------------===//

static bool isReductionOp(Operation *op) {
  return isa<flx::SumOp, flx::ProdOp, flx::ReduceMaxOp, flx::ReduceMinOp, flx::AnyOp, flx::AllOp, flx::ArgmaxOp,
             flx::ArgminOp>(op);
}

bool isPointwise(Operation *op) {
  return isCopy(op) || op->hasTrait<flx::Elementwise>() || isSplatConstant(op) || isa<flx::IotaOp, flx::GatherOp>(op);
}

bool isReduction(Operation *op) { return isReductionOp(op) && !reducedAxes(op).empty(); }

bool isCopy(Operation *op) {
  return isa<flx::BroadcastOp, flx::TransposeOp, flx::SliceOp, flx::ReverseOp, flx::WindowOp, flx::StopGradientOp>(
             op) ||
         (isReductionOp(op) && reducedAxes(op).empty());
}

SmallVector<int64_t> reducedAxes(Operation *op) {
  if (auto axis = op->getAttrOfType<IntegerAttr>("axis")) return {axis.getInt()};
  ArrayRef<int64_t> axes = op->getAttrOfType<DenseI64ArrayAttr>("axes").asArrayRef();
  return SmallVector<int64_t>(axes);
}

AffineMap operandMap(Operation *op, unsigned operand, AffineMap map) {
  MLIRContext *context = map.getContext();
  ArrayRef<AffineExpr> at = map.getResults();
  SmallVector<AffineExpr> index;
  if (auto broadcast = dyn_cast<flx::BroadcastOp>(op)) {
    for (int64_t axis : broadcast.getDims()) index.push_back(at[axis]);
  } else if (auto transpose = dyn_cast<flx::TransposeOp>(op)) { // result axis i is operand axis permutation[i]
    index.resize(at.size());
    for (auto [i, axis] : llvm::enumerate(transpose.getPermutation())) index[axis] = at[i];
  } else if (auto slice = dyn_cast<flx::SliceOp>(op)) {
    for (auto [i, offset, stride] : llvm::enumerate(slice.getOffsets(), slice.getStrides()))
      index.push_back(at[i] * stride + offset);
  } else if (auto reverse = dyn_cast<flx::ReverseOp>(op)) {
    ArrayRef<int64_t> shape = shapeOf(reverse.getX());
    for (auto [axis, expr] : llvm::enumerate(at))
      index.push_back(llvm::is_contained(reverse.getAxes(), int64_t(axis)) ? shape[axis] - 1 - expr : expr);
  } else if (auto window = dyn_cast<flx::WindowOp>(op)) { // result axes (p, k) are operand axis p·stride + k·dilation
    int64_t axis = window.getAxis();
    llvm::append_range(index, at.take_front(axis));
    index.push_back(at[axis] * window.getStride() + at[axis + 1] * window.getDilation());
    llvm::append_range(index, at.drop_front(axis + 2));
  } else if (auto gather = dyn_cast<flx::GatherOp>(op)) {
    if (operand == 0) return AffineMap();
    int64_t rank = cast<RankedTensorType>(gather.getIndices().getType()).getRank();
    llvm::append_range(index, at.slice(gather.getAxis(), rank));
  } else {
    return map;
  }
  return AffineMap::get(map.getNumDims(), 0, index, context);
}

Clustering makeClusters(Block &block, bool fuse) { return Clusterer(block, fuse).run(); }

} // namespace fluxion
