// A tile of the product: rows × vectors sums that stay in registers over a whole block of k, then the epilogue at the store.
// In: panels of A and B. Out: the results' elements, or partial sums when blocks of k remain.
#include "compiler/Target/Cpu/ContractShape.h"
#include "compiler/Target/Cpu/GemmEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
using namespace mlir;

namespace fluxion::cpu {

using Values = ContractBuilder::Values;

void GemmEmitter::tile(Tile t) {
  auto panelOffset = [&](const Source &s, Value panel, Value first, int64_t stride) {
    Value within = s.panelPitch ? b.mul(s.firstPanel ? b.sub(panel, s.firstPanel) : panel, s.panelPitch) : b.mul(first, stride);
    Value depth = s.depthFromBlock ? b.index(0) : b.mul(t.depthBegin, s.depthPitch);
    return b.add(b.add(s.base, within), depth);
  };
  Value aOffset = panelOffset(a, t.rowPanel, t.row, gemm.a.m), bOffset = panelOffset(bb, t.colPanel, t.col, gemm.b.n);
  if (cut.masked) {
    Value left = b.sub(b.sub(b.index(gemm.n), t.col), b.index((t.vectors - 1) * cut.lanes));
    t.lastMask = b.firstLanes(left, cut.lanes);
  }
  prefetchSites(t);
  Values sums = initialSums(t);
  Value depth = b.sub(t.depthEnd, t.depthBegin), whole = depth;
  int64_t rest = (gemm.depth() % cut.depthBlock) % cut.unroll; // only the last block has one: depthBlock is a multiple, or all
  if (cut.depthBlocks == 1) rest = gemm.depth() % cut.unroll;
  if (rest) whole = b.mul(b.div(depth, cut.unroll), cut.unroll);
  sums = accumulate(t, aOffset, bOffset, b.index(0), whole, cut.unroll, sums);
  if (rest) sums = accumulate(t, aOffset, bOffset, whole, depth, 1, sums);
  if (cut.depthBlocks == 1) return finishTile(t, sums);

  Value last = b.less(b.index(gemm.depth() - 1), t.depthEnd);
  b.branch(last, [&] { finishTile(t, sums); }, [&] {
    for (auto [i, sum] : llvm::enumerate(sums)) b.store(sum, partialMemref, b.add(t.partial, i * cut.lanes));
  });
}

// Zero in the first block of k, else what the blocks before have left.
Values GemmEmitter::initialSums(const Tile &t) {
  int64_t count = t.rows * t.vectors;
  if (cut.depthBlocks == 1) return Values(count, b.zeros(cut.lanes, element));
  SmallVector<Type> types(count, b.vectorOf(cut.lanes, element));
  Value first = arith::CmpIOp::create(b.builder, b.location, arith::CmpIPredicate::eq, t.depthBegin, b.index(0));
  auto choice = scf::IfOp::create(b.builder, b.location, types, first, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b.builder);
  b.builder.setInsertionPointToStart(choice.thenBlock());
  scf::YieldOp::create(b.builder, b.location, Values(count, b.zeros(cut.lanes, element)));
  b.builder.setInsertionPointToStart(choice.elseBlock());
  Values sums;
  for (int64_t i = 0; i < count; ++i) sums.push_back(b.load(partialMemref, b.add(t.partial, i * cut.lanes), cut.lanes));
  scf::YieldOp::create(b.builder, b.location, sums);
  return Values(choice.getResults());
}

Values GemmEmitter::accumulate(const Tile &t, Value aOffset, Value bOffset, Value low, Value high, int64_t step, ValueRange sums) {
  return b.loop(low, high, step, sums, [&](Value k, ValueRange carried) {
    Values now(carried);
    Value aAt = b.add(aOffset, b.mul(k, a.depthPitch)), bAt = b.add(bOffset, b.mul(k, bb.depthPitch));
    for (int64_t u = 0; u < step; ++u) {
      Values columns;
      for (int64_t v = 0; v < t.vectors; ++v) {
        bool inPlaceTail = v + 1 == t.vectors && cut.b == GemmAccess::InPlace;
        columns.push_back(b.load(bb.memref, b.add(bAt, u * bb.depthPitch + v * cut.lanes), cut.lanes, 1,
                                 inPlaceTail ? t.lastMask : Value()));
      }
      for (int64_t r = 0; r < t.rows; ++r) {
        Value x = b.splat(b.scalar(a.memref, b.add(aAt, u * a.depthPitch + r * a.pitch)), cut.lanes);
        for (int64_t v = 0; v < t.vectors; ++v) {
          Value &sum = now[r * t.vectors + v];
          sum = b.fma(x, columns[v], sum);
        }
      }
    }
    return now;
  });
}

// What the epilogue will touch is asked for before the sums are computed.
void GemmEmitter::prefetchSites(const Tile &t) {
  auto ask = [&](const Site &site, bool write) {
    int64_t bytes = cast<MemRefType>(site.memref.getType()).getElementTypeBitWidth() / 8, line = 64 / std::max<int64_t>(bytes, 1);
    Value at = siteOffset(site, t.row, t.col);
    if (site.strides->n == 1 && site.strides->m > 1)
      for (int64_t r = 0; r < t.rows; ++r)
        for (int64_t c = 0; c < t.vectors * cut.lanes; c += line) b.prefetch(site.memref, b.add(at, r * site.strides->m + c), write);
    if (site.strides->m == 1 && site.strides->n > 1 && cut.turned)
      for (int64_t c = 0; c < t.vectors * cut.lanes; ++c) b.prefetch(site.memref, b.add(at, c * site.strides->n), write);
  };
  int64_t asked = 0; // a result updated in place is among the sides
  for (const Site &side : sides)
    if (side.strides->n != 0 && side.strides->m != 0) ask(side, false), ++asked;
  for (const Site &result : ArrayRef(results).drop_front(std::min<int64_t>(asked, results.size()))) ask(result, true);
}

void GemmEmitter::finishTile(const Tile &t, ValueRange sums) {
  if (cut.turned) finishTurned(t, sums);
  else if (cut.throughStack) finishThroughStack(t, sums);
  else finishRows(t, sums);
}

void GemmEmitter::finishRows(const Tile &t, ValueRange sums) {
  for (int64_t r = 0; r < t.rows; ++r)
    for (int64_t v = 0; v < t.vectors; ++v)
      finishVector(sums[r * t.vectors + v], b.add(t.row, r), b.add(t.col, v * cut.lanes), false,
                   v + 1 == t.vectors ? t.lastMask : Value());
}

// A long epilogue is emitted once for a row, in a loop over rows of the tile that take their sums from the stack.
void GemmEmitter::finishThroughStack(const Tile &t, ValueRange sums) {
  for (auto [i, sum] : llvm::enumerate(sums)) b.store(sum, stack, b.index(i * cut.lanes));
  b.loop(0, t.rows, 1, [&](Value r) {
    for (int64_t v = 0; v < t.vectors; ++v) {
      Value sum = b.load(stack, b.add(b.mul(r, t.vectors * cut.lanes), v * cut.lanes), cut.lanes);
      finishVector(sum, b.add(t.row, r), b.add(t.col, v * cut.lanes), false, v + 1 == t.vectors ? t.lastMask : Value());
    }
  });
}

// The results are contiguous along m: squares of the tile are transposed, so that lanes run along its rows.
void GemmEmitter::finishTurned(const Tile &t, ValueRange sums) {
  for (int64_t v = 0; v < t.vectors; ++v)
    for (int64_t r = 0; r < t.rows; r += cut.lanes) {
      int64_t height = std::min(cut.lanes, t.rows - r);
      Values square;
      for (int64_t i = 0; i < cut.lanes; ++i) square.push_back(sums[(r + std::min(i, height - 1)) * t.vectors + v]);
      for (auto [i, column] : llvm::enumerate(b.transpose(square))) b.store(column, turnedStack, b.index(i * cut.lanes));
      Value mask = height == cut.lanes ? Value() : b.firstLanes(b.index(height), cut.lanes);
      Value col = b.add(t.col, v * cut.lanes), count = b.index(cut.lanes);
      if (cut.masked && v + 1 == t.vectors) count = b.min(count, b.sub(b.index(gemm.n), col));
      b.loop(b.index(0), count, 1, [&](Value i) {
        Value column = b.load(turnedStack, b.mul(i, cut.lanes), cut.lanes);
        finishVector(column, b.add(t.row, r), b.add(col, i), true, mask);
      });
    }
}

Value GemmEmitter::siteOffset(const Site &site, Value row, Value col) {
  return b.add(site.base, b.add(b.mul(row, site.strides->m), b.mul(col, site.strides->n)));
}

void GemmEmitter::finishVector(Value sums, Value row, Value col, bool turned, Value mask) {
  auto sitesOf = [&](ArrayRef<Site> all) {
    SmallVector<LaneSite> lanes;
    for (const Site &site : all)
      lanes.push_back({site.memref, siteOffset(site, row, col), turned ? site.strides->m : site.strides->n});
    return lanes;
  };
  finishLanes(b, gemm.epilogue, sums, sitesOf(sides), sitesOf(results), mask);
}

} // namespace fluxion::cpu
