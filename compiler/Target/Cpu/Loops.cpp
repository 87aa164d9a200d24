// Loops, chunks and vector splits: all bounds are constants but those of a chunk.
#include "compiler/Target/Cpu/Loops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace fluxion::cpu {

Value indexConstant(OpBuilder &b, Location loc, int64_t i) { return arith::ConstantIndexOp::create(b, loc, i); }

SmallVector<Value> forLoop(OpBuilder &b, Location loc, Value low, Value high, int64_t step, ValueRange carried,
                           LoopBody body) {
  auto from = getConstantIntValue(low), to = getConstantIntValue(high);
  if (from && to && *from >= *to) return SmallVector<Value>(carried);
  if (from && to && *from + step >= *to) return body(b, low, carried);
  auto loop = scf::ForOp::create(b, loc, low, high, indexConstant(b, loc, step), carried,
                                 [](OpBuilder &, Location, Value, ValueRange) {});
  OpBuilder inside = OpBuilder::atBlockEnd(loop.getBody());
  SmallVector<Value> next = body(inside, loop.getInductionVar(), loop.getRegionIterArgs());
  scf::YieldOp::create(inside, loc, next);
  return SmallVector<Value>(loop.getResults());
}

Chunking Chunking::of(int loop, int64_t pieces, int64_t wanted) {
  if (wanted <= 1 || pieces <= 1) return {};
  int64_t perChunk = llvm::divideCeil(pieces, wanted);
  return {loop, pieces, perChunk, int64_t(llvm::divideCeil(pieces, perChunk))};
}

std::pair<Value, Value> Chunking::range(OpBuilder &b, Location loc, Value chunk) const {
  Value low = arith::MulIOp::create(b, loc, chunk, indexConstant(b, loc, perChunk));
  Value high = arith::AddIOp::create(b, loc, low, indexConstant(b, loc, perChunk));
  if (pieces % perChunk) high = arith::MinSIOp::create(b, loc, high, indexConstant(b, loc, pieces));
  return {low, high};
}

SmallVector<Value> forLoops(OpBuilder &b, Location loc, const Nest &nest, ArrayRef<unsigned> loops,
                            const Chunking &chunking, Value chunk, Point &point, ValueRange carried,
                            llvm::function_ref<SmallVector<Value>(OpBuilder &, ValueRange)> body) {
  if (loops.empty()) return body(b, carried);
  unsigned loop = loops.front();
  Value low = indexConstant(b, loc, 0), high = indexConstant(b, loc, nest.extents[loop]);
  if (chunking.loop == int(loop)) std::tie(low, high) = chunking.range(b, loc, chunk);
  return forLoop(b, loc, low, high, 1, carried, [&](OpBuilder &inner, Value index, ValueRange values) {
    point.indices[loop] = index;
    return forLoops(inner, loc, nest, loops.drop_front(), chunking, chunk, point, values, body);
  });
}

VectorSplit VectorSplit::of(int64_t extent, int64_t lanes, int64_t unroll) {
  VectorSplit split{};
  split.lanes = std::min<int64_t>(lanes, llvm::PowerOf2Ceil(extent));
  split.unroll = std::max<int64_t>(1, std::min(unroll, extent / split.lanes));
  split.blocks = extent / split.step();
  split.rest = extent % split.step() / split.lanes;
  split.tail = extent % split.lanes;
  split.tailLanes =
      split.tail ? llvm::PowerOf2Ceil(split.tail) : 0; // 4 of 16 is a vector of 4, 5 of 16 is 8 of which 5
  return split;
}

SmallVector<Point> VectorSplit::block(OpBuilder &b, Location loc, const Point &outer, int loop, Value base) const {
  SmallVector<Point> points(unroll, outer);
  for (auto [i, point] : llvm::enumerate(points)) {
    point.vectorLoop = loop;
    point.lanes = point.active = lanes;
    point.indices[loop] = i ? b.createOrFold<arith::AddIOp>(loc, base, indexConstant(b, loc, i * lanes)) : base;
  }
  return points;
}

SmallVector<Point> VectorSplit::remainder(OpBuilder &b, Location loc, const Point &outer, int loop) const {
  SmallVector<Point> points;
  for (int64_t i = 0; i < rest + (tail > 0); ++i) {
    Point &point = points.emplace_back(outer);
    point.vectorLoop = loop;
    point.lanes = i < rest ? lanes : tailLanes;
    point.active = i < rest ? lanes : tail;
    point.indices[loop] = indexConstant(b, loc, blocks * step() + i * lanes);
  }
  return points;
}

std::pair<Value, Value> blockRange(OpBuilder &b, Location loc, int loop, int64_t blocks, int64_t step,
                                   const Chunking &chunking, Value chunk) {
  if (chunking.loop != loop) return {indexConstant(b, loc, 0), indexConstant(b, loc, blocks * step)};
  auto [low, high] = chunking.range(b, loc, chunk);
  Value width = indexConstant(b, loc, step);
  return {b.createOrFold<arith::MulIOp>(loc, low, width), b.createOrFold<arith::MulIOp>(loc, high, width)};
}

SmallVector<Value> inLastChunk(OpBuilder &b, Location loc, int loop, const Chunking &chunking, Value chunk,
                               ValueRange carried, llvm::function_ref<SmallVector<Value>(OpBuilder &)> body) {
  if (chunking.loop != loop) return body(b);
  Value last =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, chunk, indexConstant(b, loc, chunking.chunks - 1));
  auto branch = scf::IfOp::create(b, loc, carried.getTypes(), last, /*withElseRegion=*/!carried.empty());
  OpBuilder inside = carried.empty() ? branch.getThenBodyBuilder() : OpBuilder::atBlockEnd(branch.thenBlock());
  SmallVector<Value> next = body(inside);
  if (!carried.empty()) {
    scf::YieldOp::create(inside, loc, next);
    OpBuilder otherwise = OpBuilder::atBlockEnd(branch.elseBlock());
    scf::YieldOp::create(otherwise, loc, carried);
  }
  return SmallVector<Value>(branch.getResults());
}

} // namespace fluxion::cpu
