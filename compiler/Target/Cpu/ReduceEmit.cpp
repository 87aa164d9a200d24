// Loops of a planned reduction: rows, columns or scalars, then the join of partial results.
#include "compiler/Target/Cpu/Reduce.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace fluxion::cpu {
namespace {

// The partial results of result `r`: cells × chunks.
Value partialView(OpBuilder &b, Location loc, const Reduction &k, unsigned r, const KernelFrame &frame) {
  auto type = MemRefType::get({k.cells * k.chunking.chunks}, memoryElement(k.targets[r].element));
  return memref::ViewOp::create(b, loc, type, frame.scratch, indexConstant(b, loc, k.scratchOffsets[r]), ValueRange{});
}

class Emitter {
public:
  Emitter(const Reduction &k, OpBuilder &b, Location loc, KernelFrame &frame)
      : k(k), loc(loc), frame(extended(b, loc, k, frame)), body(k.nest, this->frame, b, loc) {
    targets = k.targets;
    unsigned scratch = frame.operands.size();
    for (NestResult &target : targets)
      if (k.partial && target.reduced) target.operand = scratch++;
  }

  void run(OpBuilder &b) {
    Point point;
    point.indices.assign(k.nest.extents.size(), Value());
    if (k.partial) point.indices.back() = frame.chunk;
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
      if (k.partial && target.reduced) more.operands.push_back(partialView(b, loc, k, r, frame));
    return more;
  }

  // Accumulators of `points`, point-major, for the reduced results.
  SmallVector<Value> start(OpBuilder &b, ArrayRef<Point> points) {
    SmallVector<Value> values;
    for (const Point &point : points)
      for (const NestResult &result : k.nest.results)
        if (result.reduced) values.push_back(body.initial(b, result, point.lanes));
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
    for (const NestResult &result : k.nest.results) all.push_back(result.reduced ? accumulators[a++] : Value());
    return all;
  }

  void finish(OpBuilder &b, ArrayRef<Point> points, ValueRange accumulators) {
    size_t a = 0;
    for (const Point &point : points)
      for (const NestResult &target : targets)
        if (target.reduced) body.store(b, target, point, accumulators[a++]);
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
    auto [low, high] = blockRange(b, loc, k.vector, k.split.blocks, k.split.step(), k.chunking, frame.chunk);
    forLoop(b, loc, low, high, k.split.step(), {}, [&](OpBuilder &b, Value base, ValueRange) {
      columnBlock(b, outer, k.split.block(b, loc, outer, k.vector, base));
      return SmallVector<Value>();
    });
    if (k.split.rest || k.split.tail)
      inLastChunk(b, loc, k.vector, k.chunking, frame.chunk, {}, [&](OpBuilder &b) {
        for (const Point &point : k.split.remainder(b, loc, outer, k.vector)) columnBlock(b, outer, point);
        return SmallVector<Value>();
      });
  }

  // All terms of the columns at `columns`. Few columns take `k.deep` terms of the innermost reduced loop at once, each
  // into accumulators of its own.
  void columnBlock(OpBuilder &b, Point moving, ArrayRef<Point> columns) {
    if (k.reduced.empty()) // one term
      return finish(b, columns, advance(b, columns, start(b, columns)));
    SmallVector<Point> deep;
    for (int64_t i = 0; i < k.deep; ++i) llvm::append_range(deep, columns);
    unsigned last = k.reduced.back();
    auto terms = [&](OpBuilder &b, Value base, int64_t depth, ValueRange acc) {
      SmallVector<Point> here(deep.begin(), deep.begin() + depth * columns.size());
      for (auto [i, point] : llvm::enumerate(here)) {
        for (unsigned loop : k.reduced) point.indices[loop] = moving.indices[loop];
        Value step = indexConstant(b, loc, i / columns.size());
        point.indices[last] = b.createOrFold<arith::AddIOp>(loc, base, step);
      }
      SmallVector<Value> next(acc);
      llvm::copy(advance(b, here, acc.take_front(acc.size() / k.deep * depth)), next.begin());
      return next;
    };
    int64_t blocks = k.nest.extents[last] / k.deep, rest = k.nest.extents[last] % k.deep;
    SmallVector<Value> sums =
        forLoops(b, loc, k.nest, ArrayRef(k.reduced).drop_back(), k.chunking, frame.chunk, moving, start(b, deep),
                 [&](OpBuilder &b, ValueRange acc) {
                   auto [low, high] = blockRange(b, loc, last, blocks, k.deep, k.chunking, frame.chunk);
                   SmallVector<Value> sums =
                       forLoop(b, loc, low, high, k.deep, acc,
                               [&](OpBuilder &b, Value base, ValueRange acc) { return terms(b, base, k.deep, acc); });
                   if (!rest) return sums;
                   return inLastChunk(b, loc, last, k.chunking, frame.chunk, sums, [&](OpBuilder &b) {
                     return terms(b, indexConstant(b, loc, blocks * k.deep), rest, sums);
                   });
                 });
    finish(b, columns, fold(b, sums, k.deep));
  }

  void row(OpBuilder &b, Point &outer) {
    outer.indices[k.vector] = indexConstant(b, loc, 0);
    body.hoist(b, outer, k.nest.reduction);
    // The accumulators have full width even where the whole row is one short vector.
    SmallVector<Point> block = k.split.block(b, loc, outer, k.vector, outer.indices[k.vector]);
    SmallVector<Value> sums = forLoops(b, loc, k.nest, k.reduced, k.chunking, frame.chunk, outer, start(b, block),
                                       [&](OpBuilder &b, ValueRange acc) { return alongRow(b, outer, acc); });
    SmallVector<Value> cells = fold(b, sums, k.split.unroll);
    for (auto [a, value] : llvm::enumerate(cells)) value = body.combineLanes(b, reducedResult(a), value);
    finish(b, outer, cells);
  }

  SmallVector<Value> alongRow(OpBuilder &b, const Point &outer, ValueRange acc) {
    auto [low, high] = blockRange(b, loc, k.vector, k.split.blocks, k.split.step(), k.chunking, frame.chunk);
    SmallVector<Value> sums =
        forLoop(b, loc, low, high, k.split.step(), acc, [&](OpBuilder &b, Value base, ValueRange acc) {
          return advance(b, k.split.block(b, loc, outer, k.vector, base), acc);
        });
    if (!k.split.rest && !k.split.tail) return sums;
    return inLastChunk(b, loc, k.vector, k.chunking, frame.chunk, sums, [&](OpBuilder &b) {
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

  // `parts` sets of accumulators become one, as a tree.
  SmallVector<Value> fold(OpBuilder &b, SmallVector<Value> accumulators, size_t parts) {
    Point whole;
    for (; parts > 1; parts = (parts + 1) / 2) {
      size_t set = accumulators.size() / parts, half = (parts + 1) / 2;
      for (size_t i = 0; i + half < parts; ++i)
        for (size_t a = 0; a < set; ++a)
          accumulators[i * set + a] =
              body.combine(b, reducedResult(a), whole, accumulators[i * set + a], accumulators[(i + half) * set + a]);
      accumulators.resize(half * set);
    }
    return accumulators;
  }

  // Accumulators come point by point, and in each point result by result.
  const NestResult &reducedResult(size_t accumulator) {
    SmallVector<const NestResult *> reduced;
    for (const NestResult &result : k.nest.results)
      if (result.reduced) reduced.push_back(&result);
    return *reduced[accumulator % reduced.size()];
  }

  const Reduction &k;
  Location loc;
  KernelFrame frame;
  Body body;
  SmallVector<NestResult> targets;
};

} // namespace

void emitReduction(const Reduction &k, OpBuilder &b, Location loc, KernelFrame &frame) {
  Emitter(k, b, loc, frame).run(b);
}

//===-- The second step, and reductions over nothing ------------------------------------------------------------===//

// result[i] = partial[0·cells + i] ∘ partial[1·cells + i] ∘ …
void emitJoin(const Reduction &k, OpBuilder &b, Location loc, KernelFrame &frame) {
  Nest cells = k.nest.joining({k.cells, k.chunking.chunks});
  KernelFrame views = frame;
  for (auto [r, target] : llvm::enumerate(k.targets)) {
    if (!target.reduced) continue;
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
      SmallVector<Value> sum =
          forLoop(b, loc, indexConstant(b, loc, 1), high, 1, first, [&](OpBuilder &b, Value c, ValueRange acc) {
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
  for (const Point &point : split.remainder(b, loc, outer, 0)) join(b, point);
}

void emitInitial(const Nest &nest, OpBuilder &b, Location loc, KernelFrame &frame) {
  for (const NestResult &result : nest.results) {
    if (!result.reduced) continue;
    auto type = cast<MemRefType>(frame.operands[result.operand].getType());
    Nest cells = nest.joining({type.getNumElements()}); // one loop over the whole result
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

} // namespace fluxion::cpu
