// Packing: panels of A (rows) or B (columns) are copied so that the elements a tile needs at one k are neighbours.
// In: an operand in place. Out: panels of pitch elements per k. Lanes beyond the matrix hold any value: tiles never
// keep what they compute from them.
#include "compiler/Target/Cpu/GemmEmitter.h"
using namespace mlir;

namespace fluxion::cpu {

void GemmEmitter::packAhead(bool ofA, int64_t chunks) {
  const GemmStrides &strides = ofA ? gemm.a : gemm.b;
  int64_t panels = ofA ? cut.rowPanels : cut.colPanels, batches = 1;
  SmallVector<int64_t> sizes, pitches; // of the batch indices that the operand varies over
  for (auto [size, stride] : llvm::zip(gemm.batch, strides.batch))
    if (stride != 0) sizes.push_back(size), pitches.push_back(stride), batches *= size;
  int64_t all = batches * panels, each = (all + chunks - 1) / chunks;
  Value low = b.mul(chunkIndex, each), high = b.min(b.add(low, each), b.index(all));
  b.loop(low, high, 1, [&](Value at) {
    Value batch = b.div(at, panels), panel = b.rem(at, panels);
    Source from = inPlace(ofA, b.index(0)), to = ahead(ofA, b.index(0));
    from.base = b.offset(batch, sizes, pitches);
    to.base = b.mul(batch, panels * to.panelPitch);
    pack(ofA, from, to, panel, b.add(panel, 1), b.index(0), b.index(gemm.depth()));
  });
}

void GemmEmitter::pack(bool ofA, const Source &from, const Source &to, Value low, Value high, Value depthBegin,
                       Value depthEnd) {
  const GemmStrides &strides = ofA ? gemm.a : gemm.b;
  int64_t pitch = ofA ? cut.rowPitch : cut.colPitch;
  Value depth = b.sub(depthEnd, depthBegin);
  b.loop(low, high, 1, [&](Value panel) {
    Value first = ofA ? rowOf(panel) : colOf(panel);
    Value target = b.add(to.base, b.mul(to.firstPanel ? b.sub(panel, to.firstPanel) : panel, to.panelPitch));
    Value source = from.base;
    if (gemm.k.size() == 1) {
      source = b.add(source, b.mul(depthBegin, strides.k[0]));
      packPanel(ofA, from, source, to.memref, target, first, depth);
      return;
    }
    // Several summed indices: the innermost is packed as one, the others are loops around it.
    ArrayRef<int64_t> outer = ArrayRef(gemm.k).drop_back();
    int64_t inner = gemm.k.back(), count = gemm.depth() / inner;
    b.loop(0, count, 1, [&](Value at) {
      Value here = b.add(source, b.offset(at, outer, ArrayRef(strides.k).drop_back()));
      packPanel(ofA, from, here, to.memref, b.add(target, b.mul(at, inner * pitch)), first, b.index(inner));
    });
  });
}

void GemmEmitter::packPanel(bool ofA, const Source &from, Value fromOffset, Value toMemref, Value toOffset, Value first,
                            Value depth) {
  const GemmStrides &strides = ofA ? gemm.a : gemm.b;
  int64_t stride = ofA ? strides.m : strides.n;
  int64_t lastBlock = gemm.depth() - (cut.depthBlocks - 1) * cut.depthBlock;
  bool longEnough = gemm.k.back() >= cut.lanes && lastBlock >= cut.lanes;
  if (stride == 1)
    packContiguous(ofA, from, fromOffset, toMemref, toOffset, first, depth);
  else if (strides.k.back() == 1 && longEnough)
    packTransposed(ofA, from, fromOffset, toMemref, toOffset, first, depth);
  else
    packElements(ofA, from, fromOffset, toMemref, toOffset, first, depth);
}

// The panel's elements at one k are neighbours in place too.
void GemmEmitter::packContiguous(bool ofA, const Source &from, Value fromOffset, Value toMemref, Value toOffset,
                                 Value first, Value depth) {
  int64_t pitch = ofA ? cut.rowPitch : cut.colPitch, extent = ofA ? gemm.m : gemm.n;
  int64_t depthPitch = (ofA ? gemm.a : gemm.b).k.back(), width = ofA ? cut.rows : cut.vectors * cut.lanes;
  SmallVector<Value> masks;
  for (int64_t at = 0; at < pitch; at += cut.lanes) {
    bool whole = extent % width == 0 && at + cut.lanes <= width;
    masks.push_back(
        whole ? Value()
              : b.firstLanes(b.max(b.sub(b.sub(b.index(extent), first), b.index(at)), b.index(0)), cut.lanes));
  }
  Value source = b.add(fromOffset, first);
  b.loop(b.index(0), depth, 1, [&](Value k) {
    Value row = b.add(source, b.mul(k, depthPitch)), target = b.add(toOffset, b.mul(k, pitch));
    for (int64_t i = 0, at = 0; at < pitch; at += cut.lanes, ++i)
      b.store(b.load(from.memref, b.add(row, at), cut.lanes, 1, masks[i]), toMemref, b.add(target, at));
  });
}

// The panel's elements are contiguous in k: squares of lanes×lanes are transposed in registers. The last square of a
// row overlaps the one before; rows beyond the matrix repeat its last one.
void GemmEmitter::packTransposed(bool ofA, const Source &from, Value fromOffset, Value toMemref, Value toOffset,
                                 Value first, Value depth) {
  int64_t pitch = ofA ? cut.rowPitch : cut.colPitch, extent = ofA ? gemm.m : gemm.n;
  int64_t stride = ofA ? gemm.a.m : gemm.b.n;
  Value lastSquare = b.sub(depth, b.index(cut.lanes));
  b.loop(0, pitch, cut.lanes, [&](Value at) {
    SmallVector<Value> rows;
    Value top = b.add(first, at);
    for (int64_t r = 0; r < cut.lanes; ++r) {
      Value row = b.min(b.add(top, r), b.index(extent - 1));
      rows.push_back(b.add(fromOffset, b.mul(row, stride)));
    }
    b.loop(b.index(0), depth, cut.lanes, [&](Value square) {
      Value k = b.min(square, lastSquare);
      SmallVector<Value> vectors;
      for (Value row : rows) vectors.push_back(b.load(from.memref, b.add(row, k), cut.lanes));
      Value target = b.add(toOffset, b.add(b.mul(k, pitch), at));
      for (auto [i, vector] : llvm::enumerate(b.transpose(vectors)))
        b.store(vector, toMemref, b.add(target, i * pitch));
    });
  });
}

void GemmEmitter::packElements(bool ofA, const Source &from, Value fromOffset, Value toMemref, Value toOffset,
                               Value first, Value depth) {
  int64_t pitch = ofA ? cut.rowPitch : cut.colPitch, extent = ofA ? gemm.m : gemm.n;
  int64_t stride = ofA ? gemm.a.m : gemm.b.n, depthPitch = (ofA ? gemm.a : gemm.b).k.back();
  Value count = b.min(b.index(pitch), b.sub(b.index(extent), first));
  b.loop(b.index(0), depth, 1, [&](Value k) {
    Value column = b.add(fromOffset, b.mul(k, depthPitch)), target = b.add(toOffset, b.mul(k, pitch));
    b.loop(b.index(0), count, 1, [&](Value r) {
      Value value = b.scalar(from.memref, b.add(column, b.mul(b.add(first, r), stride)));
      b.storeScalar(value, toMemref, b.add(target, r));
    });
  });
}

} // namespace fluxion::cpu
