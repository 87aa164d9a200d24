// Kernels of linalg.generic with reduced results (and perhaps written ones beside them).
//   rows      the vector loop is reduced: several vector accumulators, joined as a tree at the end of each row
//   columns   the vector loop is parallel: one accumulator vector for each block of columns
//   scalars   accumulators that look at each other (argmax) and have no parallel loop
// Where the parallel loops offer too few chunks, the reduction itself is cut: partial results go to the scratch, and a
// second step joins them in order. All of it follows from the shape.
#include "compiler/Target/Cpu/Generic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include <memory>

using namespace mlir;

namespace fluxion::cpu {
namespace {

struct Reduction {
  Nest nest;                    // with one loop more, for the chunk, if there are partial results
  int vector = -1;
  bool rows = false;            // the vector loop is reduced
  SmallVector<unsigned> parallel, reduced; // other loops, outermost first
  VectorSplit split{};
  Chunking chunking;
  bool partial = false;
  SmallVector<NestResult> targets;     // where accumulators go: results, or places in the scratch
  SmallVector<int64_t> scratchOffsets; // bytes, one a result
  int64_t cells = 1;                   // elements of one reduced result
};

bool joinable(const Nest &nest) {
  return llvm::all_of(nest.results, [](const NestResult &r) { return !r.reduced || r.combiner; });
}

//===-- Choices -------------------------------------------------------------------------------------------------===//

void chooseChunks(Reduction &k) {
  int64_t wanted = chunksFor(estimatedWork(k.nest), int64_t(1) << 40);
  if (wanted == 1)
    return;
  auto take = [&](int loop, int64_t pieces, bool partial) {
    k.chunking = Chunking::of(loop, pieces, wanted);
    k.partial = partial;
  };
  for (unsigned loop : k.parallel)
    if (k.nest.extents[loop] >= wanted)
      return take(loop, k.nest.extents[loop], false);
  if (joinable(k.nest)) {
    for (unsigned loop : k.reduced)
      if (k.nest.extents[loop] >= wanted && k.cells <= 1 << 16)
        return take(loop, k.nest.extents[loop], true);
    if (k.rows && k.split.blocks >= wanted)
      return take(k.vector, k.split.blocks, true);
  }
  if (k.vector >= 0 && !k.rows && k.split.blocks > 1)
    return take(k.vector, k.split.blocks, false);
  for (unsigned loop : k.parallel)
    if (k.nest.extents[loop] > 1)
      return take(loop, k.nest.extents[loop], false);
}

// Partial results: one more loop, the chunk, which moves the target by a whole result.
int64_t layOutPartials(Reduction &k) {
  unsigned loop = k.nest.extents.size();
  k.nest.extents.push_back(k.chunking.chunks);
  for (Access &a : k.nest.inputs)
    a.strides.push_back(0);
  for (Access &a : k.nest.results)
    a.strides.push_back(0);
  int64_t bytes = 0;
  k.targets = k.nest.results;
  for (NestResult &target : k.targets) {
    k.scratchOffsets.push_back(bytes);
    if (!target.reduced)
      continue;
    target.strides[loop] = k.cells;
    int64_t size = k.cells * k.chunking.chunks * memoryElement(target.element).getIntOrFloatBitWidth() / 8;
    bytes += (size + 63) / 64 * 64;
  }
  return bytes;
}

// The partial results of result `r`: cells × chunks.
Value partialView(OpBuilder &b, Location loc, const Reduction &k, unsigned r, const KernelFrame &frame) {
  auto type = MemRefType::get({k.cells * k.chunking.chunks}, memoryElement(k.targets[r].element));
  return memref::ViewOp::create(b, loc, type, frame.scratch, indexConstant(b, loc, k.scratchOffsets[r]), ValueRange{});
}

//===-- Emission ------------------------------------------------------------------------------------------------===//

class Emitter {
public:
  Emitter(const Reduction &k, OpBuilder &b, Location loc, KernelFrame &frame)
      : k(k), loc(loc), frame(extended(b, loc, k, frame)), body(k.nest, this->frame, b, loc) {
    targets = k.targets;
    unsigned scratch = frame.operands.size();
    for (NestResult &target : targets)
      if (k.partial && target.reduced)
        target.operand = scratch++;
  }

  void run(OpBuilder &b) {
    Point point;
    point.indices.assign(k.nest.extents.size(), Value());
    if (k.partial)
      point.indices.back() = frame.chunk;
    forLoops(b, loc, k.nest, k.parallel, k.chunking, frame.chunk, point, {}, [&](OpBuilder &b, ValueRange) {
      if (k.vector < 0)
        scalars(b, point);
      else if (k.rows)
        row(b, point);
      else
        columns(b, point);
      return SmallVector<Value>();
    });
  }

private:
  // The frame with a memref for the partial results of each reduced result behind its operands.
  static KernelFrame extended(OpBuilder &b, Location loc, const Reduction &k, const KernelFrame &frame) {
    KernelFrame more = frame;
    for (auto [r, target] : llvm::enumerate(k.targets))
      if (k.partial && target.reduced)
        more.operands.push_back(partialView(b, loc, k, r, frame));
    return more;
  }

  // Accumulators of `points`, point-major, for the reduced results.
  SmallVector<Value> start(OpBuilder &b, ArrayRef<Point> points) {
    SmallVector<Value> values;
    for (const Point &point : points)
      for (const NestResult &result : k.nest.results)
        if (result.reduced)
          values.push_back(body.initial(b, result, point.lanes));
    return values;
  }

  // One more term in each accumulator; written results are stored on the way.
  SmallVector<Value> advance(OpBuilder &b, ArrayRef<Point> points, ValueRange accumulators) {
    SmallVector<SmallVector<Value>> terms;
    size_t reduced = accumulators.size() / points.size();
    if (joinable(k.nest))
      terms = body.evaluate(b, points);
    else
      for (auto [i, point] : llvm::enumerate(points))
        terms.push_back(body.evaluate(b, point, spread(accumulators.slice(i * reduced, reduced))).front());
    SmallVector<Value> next;
    size_t a = 0;
    for (auto [point, values] : llvm::zip(points, terms))
      for (auto [r, result] : llvm::enumerate(k.nest.results)) {
        if (!result.reduced)
          body.store(b, result, point, values[r]);
        else if (result.combiner)
          next.push_back(body.combine(b, result, point, accumulators[a++], values[r]));
        else
          next.push_back(values[r]), ++a;
      }
    return next;
  }

  // One value a result, null for those that are not reduced.
  SmallVector<Value> spread(ValueRange accumulators) {
    SmallVector<Value> all;
    size_t a = 0;
    for (const NestResult &result : k.nest.results)
      all.push_back(result.reduced ? accumulators[a++] : Value());
    return all;
  }

  void finish(OpBuilder &b, ArrayRef<Point> points, ValueRange accumulators) {
    size_t a = 0;
    for (const Point &point : points)
      for (const NestResult &target : targets)
        if (target.reduced)
          body.store(b, target, point, accumulators[a++]);
  }

  void scalars(OpBuilder &b, Point &point) {
    body.hoist(b, point, k.nest.reduction);
    SmallVector<Value> sums = forLoops(b, loc, k.nest, k.reduced, k.chunking, frame.chunk, point, start(b, point),
                                       [&](OpBuilder &b, ValueRange acc) { return advance(b, point, acc); });
    finish(b, point, sums);
  }

  void columns(OpBuilder &b, Point &outer) {
    outer.indices[k.vector] = indexConstant(b, loc, 0);
    body.hoist(b, outer, k.nest.reduction | DimSet(1) << k.vector);
    auto block = [&](OpBuilder &b, ArrayRef<Point> points) {
      Point moving = outer; // only its reduced indices are read
      auto accumulate = [&](OpBuilder &b, ValueRange acc) {
        SmallVector<Point> here(points);
        for (Point &p : here)
          for (unsigned loop : k.reduced)
            p.indices[loop] = moving.indices[loop];
        return advance(b, here, acc);
      };
      finish(b, points, forLoops(b, loc, k.nest, k.reduced, k.chunking, frame.chunk, moving, start(b, points), accumulate));
    };
    Value low = indexConstant(b, loc, 0), high = indexConstant(b, loc, k.split.blocks), step = indexConstant(b, loc, k.split.step());
    bool dealt = k.chunking.loop == k.vector;
    if (dealt)
      std::tie(low, high) = k.chunking.range(b, loc, frame.chunk);
    low = b.createOrFold<arith::MulIOp>(loc, low, step);
    high = b.createOrFold<arith::MulIOp>(loc, high, step);
    forLoop(b, loc, low, high, k.split.step(), {}, [&](OpBuilder &b, Value base, ValueRange) {
      block(b, k.split.block(b, loc, outer, k.vector, base));
      return SmallVector<Value>();
    });
    if (k.split.rest || k.split.tail)
      inLastChunk(b, loc, dealt ? k.chunking : Chunking(), frame.chunk, {}, [&](OpBuilder &b) {
        for (const Point &point : k.split.remainder(b, loc, outer, k.vector))
          block(b, point);
        return SmallVector<Value>();
      });
  }

  void row(OpBuilder &b, Point &outer) {
    outer.indices[k.vector] = indexConstant(b, loc, 0);
    body.hoist(b, outer, k.nest.reduction);
    // The accumulators have full width even where the whole row is one short vector.
    SmallVector<Point> block = k.split.block(b, loc, outer, k.vector, outer.indices[k.vector]);
    SmallVector<Value> sums = forLoops(b, loc, k.nest, k.reduced, k.chunking, frame.chunk, outer, start(b, block),
                                       [&](OpBuilder &b, ValueRange acc) { return alongRow(b, outer, acc); });
    Point cell = outer;
    finish(b, cell, join(b, sums));
  }

  SmallVector<Value> alongRow(OpBuilder &b, const Point &outer, ValueRange acc) {
    Value low = indexConstant(b, loc, 0), high = indexConstant(b, loc, k.split.blocks), step = indexConstant(b, loc, k.split.step());
    bool dealt = k.chunking.loop == k.vector;
    if (dealt)
      std::tie(low, high) = k.chunking.range(b, loc, frame.chunk);
    low = b.createOrFold<arith::MulIOp>(loc, low, step);
    high = b.createOrFold<arith::MulIOp>(loc, high, step);
    SmallVector<Value> sums = forLoop(b, loc, low, high, k.split.step(), acc, [&](OpBuilder &b, Value base, ValueRange acc) {
      return advance(b, k.split.block(b, loc, outer, k.vector, base), acc);
    });
    if (!k.split.rest && !k.split.tail)
      return sums;
    return inLastChunk(b, loc, dealt ? k.chunking : Chunking(), frame.chunk, sums, [&](OpBuilder &b) {
      SmallVector<Value> next = sums;
      size_t reduced = next.size() / k.split.unroll;
      for (auto [i, point] : llvm::enumerate(k.split.remainder(b, loc, outer, k.vector))) {
        point.lanes = k.split.lanes; // as wide as the accumulator it joins
        size_t at = i % k.split.unroll * reduced;
        SmallVector<Value> part = advance(b, point, ValueRange(next).slice(at, reduced));
        llvm::copy(part, next.begin() + at);
      }
      return next;
    });
  }

  // Accumulators of all points of a block, then the lanes of what is left: one scalar a result.
  SmallVector<Value> join(OpBuilder &b, ArrayRef<Value> accumulators) {
    SmallVector<Value> scalars;
    size_t reduced = accumulators.size() / k.split.unroll, a = 0;
    Point whole;
    for (const NestResult &result : k.nest.results) {
      if (!result.reduced)
        continue;
      SmallVector<Value> parts;
      for (int64_t u = 0; u < k.split.unroll; ++u)
        parts.push_back(accumulators[u * reduced + a]);
      for (; parts.size() > 1; parts.resize(parts.size() / 2 + parts.size() % 2))
        for (size_t i = 0, half = (parts.size() + 1) / 2; i + half < parts.size(); ++i)
          parts[i] = body.combine(b, result, whole, parts[i], parts[i + half]);
      scalars.push_back(body.combineLanes(b, result, parts.front()));
      ++a;
    }
    return scalars;
  }

  const Reduction &k;
  Location loc;
  KernelFrame frame;
  Body body;
  SmallVector<NestResult> targets;
};

//===-- The second step, and reductions over nothing ------------------------------------------------------------===//

// result[i] = partial[0·cells + i] ∘ partial[1·cells + i] ∘ …
void joinPartials(const Reduction &k, OpBuilder &b, Location loc, KernelFrame &frame) {
  Nest cells; // loops: cell, chunk
  cells.body = k.nest.body;
  cells.extents = {k.cells, k.chunking.chunks};
  KernelFrame views = frame;
  for (auto [r, target] : llvm::enumerate(k.targets)) {
    if (!target.reduced)
      continue;
    NestResult &to = cells.results.emplace_back(target);
    to.strides = {1, 0};
    to.offset = 0;
    Access &from = cells.inputs.emplace_back(to);
    from.operand = views.operands.size();
    from.strides = {1, k.cells};
    views.operands.push_back(partialView(b, loc, k, r, frame));
  }
  Body body(cells, views, b, loc);
  auto join = [&](OpBuilder &b, const Point &point) {
    for (auto [from, to] : llvm::zip(cells.inputs, cells.results)) {
      Point here = point;
      here.indices[1] = indexConstant(b, loc, 0);
      Value first = body.load(b, from, here);
      Value high = indexConstant(b, loc, k.chunking.chunks);
      SmallVector<Value> sum = forLoop(b, loc, indexConstant(b, loc, 1), high, 1, first, [&](OpBuilder &b, Value c, ValueRange acc) {
        here.indices[1] = c;
        return SmallVector<Value>{body.combine(b, to, here, acc.front(), body.load(b, from, here))};
      });
      body.store(b, to, here, sum.front());
    }
  };
  VectorSplit split = VectorSplit::of(k.cells, k.split.lanes, 1);
  Point outer;
  outer.indices.assign(2, Value());
  Value end = indexConstant(b, loc, split.blocks * split.step());
  forLoop(b, loc, indexConstant(b, loc, 0), end, split.step(), {}, [&](OpBuilder &b, Value base, ValueRange) {
    join(b, split.block(b, loc, outer, 0, base).front());
    return SmallVector<Value>();
  });
  for (const Point &point : split.remainder(b, loc, outer, 0))
    join(b, point);
}

void fillInitial(const Nest &nest, OpBuilder &b, Location loc, KernelFrame &frame) {
  for (const NestResult &result : nest.results) {
    if (!result.reduced)
      continue;
    auto type = cast<MemRefType>(frame.operands[result.operand].getType());
    Nest cells; // one loop over the whole result
    cells.body = nest.body;
    cells.extents = {type.getNumElements()};
    NestResult whole = result;
    whole.offset = 0;
    whole.strides = {1};
    Body body(cells, frame, b, loc);
    forLoop(b, loc, indexConstant(b, loc, 0), indexConstant(b, loc, type.getNumElements()), 1, {},
            [&](OpBuilder &b, Value index, ValueRange) {
              Point point;
              point.indices = {index};
              body.store(b, whole, point, body.initial(b, result, 1));
              return SmallVector<Value>();
            });
  }
}

} // namespace

KernelPlan planReduction(Nest nest, const Machine &machine) {
  KernelPlan plan;
  if (nest.points(nest.parallel()) == 0)
    return plan;
  auto k = std::make_shared<Reduction>();
  k->nest = std::move(nest);
  Nest &n = k->nest;
  if (n.points(n.reduction) == 0) {
    plan.steps.push_back({1, [k](OpBuilder &b, Location loc, KernelFrame &f) { fillInitial(k->nest, b, loc, f); }});
    return plan;
  }
  k->cells = n.points(n.parallel());
  DimSet candidates = joinable(n) ? n.all() : n.parallel();
  if (candidates) {
    k->vector = vectorLoop(n, candidates);
    k->rows = n.reduction >> k->vector & 1;
    k->split = VectorSplit::of(n.extents[k->vector], n.lanes(machine), unrollFor(n));
  }
  DimSet vector = k->vector < 0 ? 0 : DimSet(1) << k->vector;
  k->parallel = n.ordered(n.parallel() & ~vector);
  k->reduced = n.ordered(n.reduction & ~vector);
  k->targets = n.results;
  chooseChunks(*k);
  if (k->partial)
    plan.scratchBytes = layOutPartials(*k);
  plan.steps.push_back({k->chunking.chunks, [k](OpBuilder &b, Location loc, KernelFrame &frame) {
                          Emitter(*k, b, loc, frame).run(b);
                        }});
  if (k->partial)
    plan.steps.push_back({1, [k](OpBuilder &b, Location loc, KernelFrame &frame) { joinPartials(*k, b, loc, frame); }});
  return plan;
}

} // namespace fluxion::cpu
