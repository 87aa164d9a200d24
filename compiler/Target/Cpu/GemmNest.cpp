// The nest around the tiles of a matrix product: batches, blocks of k, blocks of rows, panels. In: a cut and the frame
// of one chunk. Out: its code. Invariant: a tile of the result is computed wholly by one chunk, its blocks of k in
// order.
#include "compiler/Target/Cpu/GemmEmitter.h"
using namespace mlir;

namespace fluxion::cpu {

static int64_t align64(int64_t bytes) { return (bytes + 63) / 64 * 64; }

static int64_t batchesOf(const Gemm &g, const GemmStrides &strides) {
  int64_t count = 1;
  for (auto [size, stride] : llvm::zip(g.batch, strides.batch)) count *= stride ? size : 1;
  return count;
}

GemmScratch layOutScratch(const Gemm &g, const GemmBlocking &cut) {
  GemmScratch s;
  int64_t bytes = g.element.getIntOrFloatBitWidth() / 8, depth = g.depth();
  int64_t rowPanels = cut.chunkColumns ? cut.rowPanels : cut.chunkPanels,
          colPanels = cut.chunkColumns ? cut.chunkPanels : cut.colPanels;
  if (cut.a == GemmAccess::PackedAhead)
    s.aheadA = align64(batchesOf(g, g.a) * cut.rowPanels * depth * cut.rowPitch * bytes);
  if (cut.b == GemmAccess::PackedAhead)
    s.aheadB = align64(batchesOf(g, g.b) * cut.colPanels * depth * cut.colPitch * bytes);
  if (cut.a == GemmAccess::PackedByChunk) s.chunkA = align64(rowPanels * cut.depthBlock * cut.rowPitch * bytes);
  if (cut.b == GemmAccess::PackedByChunk) s.chunkB = align64(colPanels * cut.depthBlock * cut.colPitch * bytes);
  if (cut.depthBlocks > 1) s.partial = align64(rowPanels * colPanels * cut.tileElements() * bytes);
  return s;
}

KernelPlan planGemm(Gemm gemm, const Machine &machine) {
  GemmBlocking cut = chooseBlocking(gemm, machine);
  return planGemm(std::move(gemm), cut);
}

KernelPlan planGemm(Gemm gemm, const GemmBlocking &cut) {
  KernelPlan plan;
  plan.scratchBytes = layOutScratch(gemm, cut).bytes(cut.chunks);
  int64_t bytes = gemm.element.getIntOrFloatBitWidth() / 8;
  for (bool ofA : {true, false}) {
    if ((ofA ? cut.a : cut.b) != GemmAccess::PackedAhead) continue;
    int64_t batches = batchesOf(gemm, ofA ? gemm.a : gemm.b), panels = batches * (ofA ? cut.rowPanels : cut.colPanels);
    double nanoseconds =
        double(panels) * gemm.depth() * (ofA ? cut.rowPitch : cut.colPitch) * bytes / 10; // some 10 GB/s
    int64_t chunks = chunksFor(nanoseconds, panels);
    plan.steps.push_back({chunks, [=](OpBuilder &builder, Location location, KernelFrame &frame) {
                            GemmEmitter(gemm, cut, builder, location, frame).packAhead(ofA, chunks);
                          }});
  }
  plan.steps.push_back({cut.chunks, [=](OpBuilder &builder, Location location, KernelFrame &frame) {
                          GemmEmitter(gemm, cut, builder, location, frame).product();
                        }});
  return plan;
}

GemmEmitter::GemmEmitter(const Gemm &gemm, const GemmBlocking &cut, OpBuilder &builder, Location location,
                         KernelFrame &frame)
    : gemm(gemm), cut(cut), b(builder, location), frame(frame), scratch(layOutScratch(gemm, cut)),
      element(gemm.element), chunkIndex(frame.chunk) {
  a.memref = b.flat(frame.operands[cut.exchanged ? 1 : 0]);
  bb.memref = b.flat(frame.operands[cut.exchanged ? 0 : 1]);
}

Value GemmEmitter::firstOf(Value panel, int64_t width, int64_t wide, int64_t panels, int64_t unit) {
  Value first = b.mul(panel, width * unit);
  if (wide == panels) return first;
  return b.sub(first, b.mul(b.max(b.sub(panel, b.index(wide)), b.index(0)), unit));
}
Value GemmEmitter::rowOf(Value panel) { return firstOf(panel, cut.rows, cut.tallPanels, cut.rowPanels, 1); }
Value GemmEmitter::colOf(Value panel) { return firstOf(panel, cut.vectors, cut.widePanels, cut.colPanels, cut.lanes); }

void GemmEmitter::byWidth(Value panel, int64_t width, int64_t wide, int64_t panels, function_ref<void(int64_t)> body) {
  if (wide == panels) return body(width);
  b.branch(
      b.less(panel, b.index(wide)), [&] { body(width); }, [&] { body(width - 1); });
}

GemmEmitter::Source GemmEmitter::inPlace(bool ofA, Value batch) {
  const GemmStrides &strides = ofA ? gemm.a : gemm.b;
  Source s;
  s.memref = b.flat(frame.operands[ofA != cut.exchanged ? 0 : 1]);
  s.base = b.offset(batch, gemm.batch, strides.batch);
  s.pitch = ofA ? strides.m : 1;
  s.depthPitch = strides.k.empty() ? 0 : strides.k.back();
  return s;
}

Value GemmEmitter::aheadIndex(const GemmStrides &strides, Value batch) {
  SmallVector<int64_t> pitches(gemm.batch.size(), 0);
  int64_t pitch = 1;
  for (int64_t i = gemm.batch.size() - 1; i >= 0; --i)
    if (strides.batch[i] != 0) pitches[i] = pitch, pitch *= gemm.batch[i];
  return b.offset(batch, gemm.batch, pitches);
}

GemmEmitter::Source GemmEmitter::ahead(bool ofA, Value batch) {
  Source s;
  int64_t panels = ofA ? cut.rowPanels : cut.colPanels, pitch = ofA ? cut.rowPitch : cut.colPitch;
  int64_t bytes = ofA ? scratch.aheadA : scratch.aheadB, elementBytes = element.getIntOrFloatBitWidth() / 8;
  s.memref = b.view(frame.scratch, b.index(ofA ? 0 : scratch.aheadA), bytes / elementBytes, element);
  s.depthPitch = pitch;
  s.panelPitch = pitch * gemm.depth();
  s.base = b.mul(aheadIndex(ofA ? gemm.a : gemm.b, batch), panels * s.panelPitch);
  return s;
}

GemmEmitter::Source GemmEmitter::byChunk(bool ofA, Value firstPanel) {
  Source s;
  int64_t pitch = ofA ? cut.rowPitch : cut.colPitch, elementBytes = element.getIntOrFloatBitWidth() / 8;
  Value begin =
      b.add(b.mul(chunkIndex, scratch.chunkBytes()), scratch.aheadA + scratch.aheadB + (ofA ? 0 : scratch.chunkA));
  s.memref = b.view(frame.scratch, begin, (ofA ? scratch.chunkA : scratch.chunkB) / elementBytes, element);
  s.base = b.index(0);
  s.depthPitch = pitch;
  s.panelPitch = pitch * cut.depthBlock;
  s.firstPanel = firstPanel;
  s.depthFromBlock = true;
  return s;
}

GemmEmitter::Source GemmEmitter::sourceOf(bool ofA, Value batch, Value firstPanel) {
  switch (ofA ? cut.a : cut.b) {
  case GemmAccess::InPlace:
    return inPlace(ofA, batch);
  case GemmAccess::PackedByChunk:
    return byChunk(ofA, firstPanel);
  case GemmAccess::PackedAhead:
    return ahead(ofA, batch);
  }
  llvm_unreachable("every access is listed");
}

void GemmEmitter::product() {
  if (cut.throughStack) stack = b.stackArray((cut.rows + cut.lanes) * cut.vectors * cut.lanes, element);
  if (cut.turned) turnedStack = b.stackArray(cut.lanes * cut.lanes, element);
  unsigned next = 2;
  for (const GemmStrides &strides : gemm.sides) sides.push_back({b.flat(frame.operands[next++]), &strides, {}});
  for (const GemmStrides &strides : gemm.results) results.push_back({b.flat(frame.operands[next++]), &strides, {}});
  if (cut.depthBlocks > 1) {
    Value begin = b.add(b.mul(chunkIndex, scratch.chunkBytes()),
                        scratch.aheadA + scratch.aheadB + scratch.chunkA + scratch.chunkB);
    partialMemref = b.view(frame.scratch, begin, scratch.partial / (element.getIntOrFloatBitWidth() / 8), element);
  }
  if (cut.chunksPerBatch > 1)
    return batchProduct(b.div(chunkIndex, cut.chunksPerBatch), b.rem(chunkIndex, cut.chunksPerBatch));
  int64_t batches = 1;
  for (int64_t size : gemm.batch) batches *= size;
  Value low = b.mul(chunkIndex, cut.chunkBatches), high = b.add(low, cut.chunkBatches);
  if (batches % cut.chunkBatches) high = b.min(high, b.index(batches));
  b.loop(low, high, 1, [&](Value batch) { batchProduct(batch, b.index(0)); });
}

void GemmEmitter::batchProduct(Value batch, Value part) {
  for (SmallVectorImpl<Site> *sites : {&sides, &results})
    for (Site &site : *sites) site.base = b.offset(batch, gemm.batch, site.strides->batch);
  int64_t owned = cut.chunkColumns ? cut.colPanels : cut.rowPanels;
  Value low = b.mul(part, cut.chunkPanels), high = b.min(b.add(low, cut.chunkPanels), b.index(owned));
  Value rowLow = cut.chunkColumns ? b.index(0) : low, rowHigh = cut.chunkColumns ? b.index(cut.rowPanels) : high;
  Value colLow = cut.chunkColumns ? low : b.index(0), colHigh = cut.chunkColumns ? high : b.index(cut.colPanels);
  firstRowPanel = rowLow, firstColPanel = colLow;
  partialCols = cut.chunkColumns ? cut.chunkPanels : cut.colPanels;
  a = sourceOf(true, batch, rowLow);
  bb = sourceOf(false, batch, colLow);
  b.loop(0, gemm.depth(), cut.depthBlock, [&](Value depthBegin) {
    Value depthEnd = b.min(b.add(depthBegin, cut.depthBlock), b.index(gemm.depth()));
    if (cut.a == GemmAccess::PackedByChunk) pack(true, inPlace(true, batch), a, rowLow, rowHigh, depthBegin, depthEnd);
    if (cut.b == GemmAccess::PackedByChunk)
      pack(false, inPlace(false, batch), bb, colLow, colHigh, depthBegin, depthEnd);
    bool oneBlock = (cut.chunkColumns ? cut.rowPanels : cut.chunkPanels) <= cut.blockPanels;
    if (oneBlock) return panels(rowLow, rowHigh, colLow, colHigh, depthBegin, depthEnd);
    b.loop(rowLow, rowHigh, cut.blockPanels, [&](Value block) {
      panels(block, b.min(b.add(block, cut.blockPanels), rowHigh), colLow, colHigh, depthBegin, depthEnd);
    });
  });
}

void GemmEmitter::panels(Value rowLow, Value rowHigh, Value colLow, Value colHigh, Value depthBegin, Value depthEnd) {
  b.loop(colLow, colHigh, 1, [&](Value colPanel) {
    b.loop(rowLow, rowHigh, 1, [&](Value rowPanel) {
      Tile t;
      t.rowPanel = rowPanel, t.colPanel = colPanel;
      t.row = rowOf(rowPanel), t.col = colOf(colPanel);
      t.depthBegin = depthBegin, t.depthEnd = depthEnd;
      if (cut.depthBlocks > 1) {
        Value place = b.add(b.mul(b.sub(rowPanel, firstRowPanel), partialCols), b.sub(colPanel, firstColPanel));
        t.partial = b.mul(place, cut.tileElements());
      }
      byWidth(colPanel, cut.vectors, cut.widePanels, cut.colPanels, [&](int64_t vectors) {
        Tile here = t;
        here.vectors = vectors, here.rows = cut.rows, here.height = b.index(cut.rows);
        if (cut.tallPanels != cut.rowPanels) here.height = b.min(here.height, b.sub(rowOf(b.add(rowPanel, 1)), t.row));
        tile(here);
      });
    });
  });
}

} // namespace fluxion::cpu
