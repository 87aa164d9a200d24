// A tile of the product: rows × vectors sums that stay in registers over a whole block of k, then the epilogue at the
// store. In: panels of A and B. Out: the results' elements, or partial sums when blocks of k remain.
#include "compiler/Target/Cpu/ContractShape.h"
#include "compiler/Target/Cpu/GemmEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
using namespace mlir;

namespace fluxion::cpu {

using Values = ContractBuilder::Values;

void GemmEmitter::tile(Tile t) {
  auto panelOffset = [&](const Source &s, Value panel, Value first, int64_t stride) {
    Value within =
        s.panelPitch ? b.mul(s.firstPanel ? b.sub(panel, s.firstPanel) : panel, s.panelPitch) : b.mul(first, stride);
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
  Values sums = sumsOf(t, aOffset, aLast, bOffset);
  if (cut.depthBlocks == 1) return finishTile(t, sums);

  Value last = b.less(b.index(gemm.depth() - 1), t.depthEnd);
  b.branch(
      last, [&] { finishTile(t, sums); },
      [&] {
        for (auto [i, sum] : llvm::enumerate(sums)) b.store(sum, partialMemref, b.add(t.partial, i * cut.lanes));
      });
}

// Note [Prefetching for the epilogue]
// The lines that the epilogue will read are asked for while the sums are computed, in the last block of k: row by row
// of the tile, each before its share of the k's, so that they neither queue up nor leave the cache again.
Values GemmEmitter::sumsOf(const Tile &t, Value aOffset, Value aLast, Value bOffset) {
  SmallVector<const Site *> sites = sitesToPrefetch();
  int64_t lines = cut.turned ? t.vectors * cut.lanes : t.rows, share = cut.depthBlock / lines / cut.unroll * cut.unroll;
  auto inLastBlock = [&](function_ref<void()> body) {
    if (cut.depthBlocks == 1)
      body();
    else
      b.branch(b.less(b.index(gemm.depth() - 1), t.depthEnd), body);
  };
  bool spread = sites.size() > 1 && share >= 4 && cut.depthBlocks * cut.depthBlock == gemm.depth();
  if (!sites.empty() && !spread)
    inLastBlock([&] { b.loop(0, lines, 1, [&](Value at) { prefetchLine(t, sites, at); }); });
  Values sums = initialSums(t);
  Value depth = b.sub(t.depthEnd, t.depthBegin), whole = depth;
  int64_t rest =
      (gemm.depth() % cut.depthBlock) % cut.unroll; // only the last block has one: depthBlock is a multiple, or all
  if (cut.depthBlocks == 1) rest = gemm.depth() % cut.unroll;
  if (rest) whole = b.mul(b.div(depth, cut.unroll), cut.unroll);
  if (spread)
    sums = b.loop(b.index(0), b.index(lines), 1, sums, [&](Value at, ValueRange carried) {
      inLastBlock([&] { prefetchLine(t, sites, at); });
      Value low = b.mul(at, share), high = b.add(low, share);
      Value last = b.less(b.index(lines - 2), at);
      high = arith::SelectOp::create(b.builder, b.location, last, whole, high);
      return accumulate(t, aOffset, aLast, bOffset, low, high, cut.unroll, carried);
    });
  else
    sums = accumulate(t, aOffset, aLast, bOffset, b.index(0), whole, cut.unroll, sums);
  if (rest) sums = accumulate(t, aOffset, aLast, bOffset, whole, depth, 1, sums);
  return sums;
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

Values GemmEmitter::accumulate(const Tile &t, Value aOffset, Value aLast, Value bOffset, Value low, Value high,
                               int64_t step, ValueRange sums) {
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

// What the epilogue will touch: results, and sides of the same index space (a result updated in place is among these).
SmallVector<const GemmEmitter::Site *> GemmEmitter::sitesToPrefetch() const {
  SmallVector<const Site *> sites;
  for (const Site &side : sides)
    if (side.strides->n != 0 && side.strides->m != 0) sites.push_back(&side);
  for (const Site &result : ArrayRef(results).drop_front(std::min(sites.size(), results.size())))
    if (!result.strides->summed) sites.push_back(&result);
  llvm::erase_if(sites, [&](const Site *s) {
    return cut.turned ? s->strides->m != 1 || s->strides->n <= 1 : s->strides->n != 1 || s->strides->m <= 1;
  });
  return sites;
}

// The lines of one row of the tile (of one column, if it is stored by columns).
void GemmEmitter::prefetchLine(const Tile &t, ArrayRef<const Site *> sites, Value at) {
  for (const Site *site : sites) {
    int64_t bytes = cast<MemRefType>(site->memref.getType()).getElementTypeBitWidth() / 8,
            line = 64 / std::max<int64_t>(bytes, 1);
    bool write = site >= results.begin() && site < results.end();
    if (cut.turned) b.prefetch(site->memref, siteOffset(*site, t.row, b.add(t.col, at)), write);
    for (int64_t c = 0; !cut.turned && c < t.vectors * cut.lanes; c += line)
      b.prefetch(site->memref, siteOffset(*site, b.add(t.row, at), b.add(t.col, c)), write);
  }
}

void GemmEmitter::finishTile(const Tile &t, ValueRange sums) {
  if (!cut.throughStack) return finishRows(t, sums);
  for (auto [i, sum] : llvm::enumerate(sums)) b.store(sum, stack, b.index(i * cut.lanes));
  if (cut.turned)
    finishTurned(t);
  else
    finishThroughStack(t);
}

void GemmEmitter::finishRows(const Tile &t, ValueRange sums) {
  for (int64_t r = 0; r < t.rows; ++r)
    for (int64_t v = 0; v < t.vectors; ++v)
      finishVector(sums[r * t.vectors + v], b.add(t.row, r), b.add(t.col, v * cut.lanes), b.index(v * cut.lanes), false,
                   v + 1 == t.vectors ? t.lastMask : Value());
}

// The epilogue is emitted once for a row, in a loop over rows of the tile that take their sums from the stack; a long
// one once for a vector.
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
      for (auto [i, column] : llvm::enumerate(b.transpose(square)))
        b.store(column, turnedStack, b.index(i * cut.lanes));
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
      if (site.strides->summed)
        lanes.push_back({site.memref, place, 1, true});
      else
        lanes.push_back({site.memref, siteOffset(site, row, col), turned ? site.strides->m : site.strides->n});
    return lanes;
  };
  finishLanes(b, gemm.epilogue, sums, sitesOf(sides), sitesOf(results), mask);
}

} // namespace fluxion::cpu
