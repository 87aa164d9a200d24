// Loops as kernels build them: constant single trips vanish, values are carried explicitly, chunks are ranges.
#pragma once
#include "compiler/Target/Cpu/Body.h"

namespace fluxion::cpu {

mlir::Value indexConstant(mlir::OpBuilder &, mlir::Location, int64_t);

// for (i = low; i < high; i += step) carried = body(i, carried); returns the last `carried`.
using LoopBody = llvm::function_ref<mlir::SmallVector<mlir::Value>(mlir::OpBuilder &, mlir::Value, mlir::ValueRange)>;
mlir::SmallVector<mlir::Value> forLoop(mlir::OpBuilder &, mlir::Location, mlir::Value low, mlir::Value high,
                                       int64_t step, mlir::ValueRange carried, LoopBody body);

// Pieces of one loop dealt to chunks: chunk c takes [c·perChunk, min((c+1)·perChunk, pieces)).
struct Chunking {
  int loop = -1; // −1: one chunk
  int64_t pieces = 1, perChunk = 1, chunks = 1;

  static Chunking of(int loop, int64_t pieces, int64_t wanted);
  std::pair<mlir::Value, mlir::Value> range(mlir::OpBuilder &, mlir::Location, mlir::Value chunk) const;
};

// Runs `body` at every point of `loops` (outermost first), setting `point.indices`; the chunked loop takes its chunk's
// range.
mlir::SmallVector<mlir::Value>
forLoops(mlir::OpBuilder &, mlir::Location, const Nest &, mlir::ArrayRef<unsigned> loops, const Chunking &,
         mlir::Value chunk, Point &point, mlir::ValueRange carried,
         llvm::function_ref<mlir::SmallVector<mlir::Value>(mlir::OpBuilder &, mlir::ValueRange)> body);

// How a loop of `extent` points is cut into vectors: `blocks` of unroll·lanes points, then `rest` whole vectors, then
// one of `tail` points, masked if need be.
struct VectorSplit {
  int64_t lanes, unroll, blocks, rest, tail, tailLanes;

  static VectorSplit of(int64_t extent, int64_t lanes, int64_t unroll);
  int64_t step() const { return lanes * unroll; }
  // The points of a block that starts at `base`, and those after the last block.
  mlir::SmallVector<Point> block(mlir::OpBuilder &, mlir::Location, const Point &outer, int loop,
                                 mlir::Value base) const;
  mlir::SmallVector<Point> remainder(mlir::OpBuilder &, mlir::Location, const Point &outer, int loop) const;
};

// Indices of the first and one past the last point of the blocks of `loop` that this chunk runs; all, if it is not
// dealt.
std::pair<mlir::Value, mlir::Value> blockRange(mlir::OpBuilder &, mlir::Location, int loop, int64_t blocks,
                                               int64_t step, const Chunking &, mlir::Value chunk);

// if (this is the last chunk that `loop` is dealt to) carried = body(); where it is not dealt there is no question.
mlir::SmallVector<mlir::Value> inLastChunk(mlir::OpBuilder &, mlir::Location, int loop, const Chunking &,
                                           mlir::Value chunk, mlir::ValueRange carried,
                                           llvm::function_ref<mlir::SmallVector<mlir::Value>(mlir::OpBuilder &)>);

} // namespace fluxion::cpu
