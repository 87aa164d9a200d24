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
  // In place, what a short panel takes for its last row must not lie beyond the matrix.
  Value aLast = b.add(aOffset, (t.rows - 1) * a.pitch);
  if (cut.a == GemmAccess::InPlace && cut.tallPanels != cut.rowPanels && t.rows > 1)
    aLast = panelOffset(a, t.rowPanel, b.min(b.add(t.row, t.rows - 1), b.index(gemm.m - 1)), gemm.a.m);
  if (cut.masked) {
    Value left = b.sub(b.sub(b.index(gemm.n), t.col), b.index((t.vectors - 1) * cut.lanes));
    t.lastMask = b.firstLanes(left, cut.lanes);
  }
  if (cut.depthBlocks == 1) prefetchSites(t);
  else b.branch(b.less(b.index(gemm.depth() - 1), t.depthEnd), [&] { prefetchSites(t); });
  Values sums = initialSums(t);
  Value depth = b.sub(t.depthEnd, t.depthBegin), whole = depth;
  int64_t rest = (gemm.depth() % cut.depthBlock) % cut.unroll; // only the last block has one: depthBlock is a multiple, or all
  if (cut.depthBlocks == 1) rest = gemm.depth() % cut.unroll;
  if (rest) whole = b.mul(b.div(depth, cut.unroll), cut.unroll);
  sums = accumulate(t, aOffset, aLast, bOffset, b.index(0), whole, cut.unroll, sums);
  if (rest) sums = accumulate(t, aOffset, aLast, bOffset, whole, depth, 1, sums);
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

Values GemmEmitter::accumulate(const Tile &t, Value aOffset, Value aLast, Value bOffset, Value low, Value high, int64_t step,
                               ValueRange sums) {
  return b.loop(low, high, step, sums, [&](Value k, ValueRange carried) {
    Values now(carried);
    Value aAt = b.add(aOffset, b.mul(k, a.depthPitch)), aLastAt = b.add(aLast, b.mul(k, a.depthPitch));
    Value bAt = b.add(bOffset, b.mul(k, bb.depthPitch));
    for (int64_t u = 0; u < step; ++u) {
      Values columns;
      for (int64_t v = 0; v < t.vectors; ++v) {
        bool inPlaceTail = v + 1 == t.vectors && cut.b == GemmAccess::InPlace;
        columns.push_back(b.load(bb.memref, b.add(bAt, u * bb.depthPitch + v * cut.lanes), cut.lanes, 1,
                                 inPlaceTail ? t.lastMask : Value()));
      }
      for (int64_t r = 0; r < t.rows; ++r) {
        Value row = r + 1 == t.rows ? aLastAt : b.add(aAt, r * a.pitch);
        Value x = b.splat(b.scalar(a.memref, b.add(row, u * a.depthPitch)), cut.lanes);
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
  SmallVector<const Site *> byRow, byColumn; // whose lines run along n, or along m
  auto ask = [&](const Site &site) {
    if (site.strides->n == 1 && site.strides->m > 1) byRow.push_back(&site);
    if (site.strides->m == 1 && site.strides->n > 1 && cut.turned) byColumn.push_back(&site);
  };
  int64_t asked = 0; // a result updated in place is among the sides
  for (const Site &side : sides)
    if (side.strides->n != 0 && side.strides->m != 0) ask(side), ++asked;
  for (const Site &result : ArrayRef(results).drop_front(std::min<int64_t>(asked, results.size()))) ask(result);
  auto prefetch = [&](const Site *site, Value row, Value col) {
    b.prefetch(site->memref, siteOffset(*site, row, col), site >= results.begin() && site < results.end());
  };
  if (!byRow.empty())
    b.loop(b.index(0), t.height, 1, [&](Value r) {
      for (const Site *site : byRow) {
        int64_t bytes = cast<MemRefType>(site->memref.getType()).getElementTypeBitWidth() / 8, line = 64 / std::max<int64_t>(bytes, 1);
        for (int64_t c = 0; c < t.vectors * cut.lanes; c += line) prefetch(site, b.add(t.row, r), b.add(t.col, c));
      }
    });
  if (!byColumn.empty())
    b.loop(0, t.vectors * cut.lanes, 1, [&](Value c) {
      for (const Site *site : byColumn) prefetch(site, t.row, b.add(t.col, c));
    });
}

void GemmEmitter::finishTile(const Tile &t, ValueRange sums) {
  if (!cut.throughStack) return finishRows(t, sums);
  for (auto [i, sum] : llvm::enumerate(sums)) b.store(sum, stack, b.index(i * cut.lanes));
  if (cut.turned) finishTurned(t);
  else finishThroughStack(t);
}

void GemmEmitter::finishRows(const Tile &t, ValueRange sums) {
  for (int64_t r = 0; r < t.rows; ++r)
    for (int64_t v = 0; v < t.vectors; ++v)
      finishVector(sums[r * t.vectors + v], b.add(t.row, r), b.add(t.col, v * cut.lanes), b.index(v * cut.lanes), false,
                   v + 1 == t.vectors ? t.lastMask : Value());
}

// The epilogue is emitted once for a row, in a loop over rows of the tile that take their sums from the stack; a long one
// once for a vector.
void GemmEmitter::finishThroughStack(const Tile &t) {
  b.loop(b.index(0), t.height, 1, [&](Value r) {
    Value place = b.mul(r, t.vectors * cut.lanes), row = b.add(t.row, r);
    auto vector = [&](Value at, Value mask) { // at: its first column in the tile
      finishVector(b.load(stack, b.add(place, at), cut.lanes), row, b.add(t.col, at), at, false, mask);
    };
    for (int64_t v = 0; v < t.vectors; ++v) vector(b.index(v * cut.lanes), v + 1 == t.vectors ? t.lastMask : Value());
  });
}

// The results are contiguous along m: squares of the tile are transposed, so that lanes run along its rows.
void GemmEmitter::finishTurned(const Tile &t) {
  bool ragged = cut.tallPanels != cut.rowPanels || t.rows % cut.lanes != 0;
  int64_t width = t.vectors * cut.lanes;
  b.loop(0, width, cut.lanes, [&](Value at) {
    Value col = b.add(t.col, at), count = b.index(cut.lanes);
    if (cut.masked) count = b.min(count, b.sub(b.index(gemm.n), col));
    b.loop(b.index(0), t.height, cut.lanes, [&](Value r) {
      Value place = b.add(b.mul(r, width), at), mask = ragged ? b.firstLanes(b.sub(t.height, r), cut.lanes) : Value();
      Values square; // rows below the tile's hold anything
      for (int64_t i = 0; i < cut.lanes; ++i) square.push_back(b.load(stack, b.add(place, i * width), cut.lanes));
      for (auto [i, column] : llvm::enumerate(b.transpose(square))) b.store(column, turnedStack, b.index(i * cut.lanes));
      b.loop(b.index(0), count, 1, [&](Value i) {
        Value column = b.load(turnedStack, b.mul(i, cut.lanes), cut.lanes);
        finishVector(column, b.add(t.row, r), b.add(col, i), at, true, mask);
      });
    });
  });
}

Value GemmEmitter::siteOffset(const Site &site, Value row, Value col) {
  return b.add(site.base, b.add(b.mul(row, site.strides->m), b.mul(col, site.strides->n)));
}

void GemmEmitter::finishVector(Value sums, Value row, Value col, Value place, bool turned, Value mask) {
  auto sitesOf = [&](ArrayRef<Site> all) {
    SmallVector<LaneSite> lanes;
    for (const Site &site : all)
      if (site.strides->summed) lanes.push_back({site.memref, place, 1, true});
      else lanes.push_back({site.memref, siteOffset(site, row, col), turned ? site.strides->m : site.strides->n});
    return lanes;
  };
  finishLanes(b, gemm.epilogue, sums, sitesOf(sides), sitesOf(results), mask);
}

} // namespace fluxion::cpu
