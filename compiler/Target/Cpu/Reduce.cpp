// Kernels of linalg.generic with reduced results (and perhaps written ones beside them).
//   rows      the vector loop is reduced: several vector accumulators, joined as a tree at the end of each row
//   columns   the vector loop is parallel: one accumulator vector for each block of columns
//   scalars   accumulators that look at each other (argmax) and have no parallel loop
// Where the parallel loops offer too few chunks, the reduction itself is cut: partial results go to the scratch, and a
// second step joins them in order. All of it follows from the shape.
#include "compiler/Target/Cpu/Reduce.h"
#include "compiler/Target/Cpu/VectorChoice.h"
#include "compiler/Target/Cpu/Thresholds.h"
#include <memory>

using namespace mlir;

namespace fluxion::cpu {

bool joinable(const Nest &nest) {
  return llvm::all_of(nest.results, [](const NestResult &r) { return !r.reduced || r.combiner; });
}

namespace {

void chooseChunks(Reduction &k) {
  int64_t wanted = chunksFor(estimatedWork(k.nest), int64_t(1) << 40);
  if (wanted == 1) return;
  auto take = [&](int loop, int64_t pieces, bool partial) {
    k.chunking = Chunking::of(loop, pieces, wanted);
    k.partial = partial;
  };
  for (unsigned loop : k.parallel)
    if (k.nest.extents[loop] >= wanted) return take(loop, k.nest.extents[loop], false);
  if (joinable(k.nest)) {
    for (unsigned loop : k.reduced)
      if (int64_t pieces = k.nest.extents[loop] / (loop == k.reduced.back() ? k.deep : 1);
          pieces >= wanted && k.cells <= threshold::mostPartialCells)
        return take(loop, pieces, true);
    if (k.rows && k.split.blocks >= wanted) return take(k.vector, k.split.blocks, true);
  }
  if (k.vector >= 0 && !k.rows && k.split.blocks > 1) return take(k.vector, k.split.blocks, false);
  for (unsigned loop : k.parallel)
    if (k.nest.extents[loop] > 1) return take(loop, k.nest.extents[loop], false);
}

// Partial results: one more loop, the chunk, which moves the target by a whole result.
int64_t layOutPartials(Reduction &k) {
  unsigned loop = k.nest.extents.size();
  k.nest.extents.push_back(k.chunking.chunks);
  for (Access &a : k.nest.inputs) a.strides.push_back(0);
  for (Access &a : k.nest.results) a.strides.push_back(0);
  int64_t bytes = 0;
  k.targets = k.nest.results;
  for (NestResult &target : k.targets) {
    k.scratchOffsets.push_back(bytes);
    if (!target.reduced) continue;
    target.strides[loop] = k.cells;
    int64_t size = k.cells * k.chunking.chunks * memoryElement(target.element).getIntOrFloatBitWidth() / 8;
    bytes += (size + 63) / 64 * 64;
  }
  return bytes;
}

} // namespace

KernelPlan planReduction(Nest nest, const Machine &machine) {
  KernelPlan plan;
  if (nest.points(nest.parallel()) == 0) return plan;
  auto k = std::make_shared<Reduction>();
  k->nest = std::move(nest);
  Nest &n = k->nest;
  if (n.points(n.reduction) == 0) {
    plan.steps.push_back({1, [k](OpBuilder &b, Location loc, KernelFrame &f) { emitInitial(k->nest, b, loc, f); }});
    return plan;
  }
  k->cells = n.points(n.parallel());
  DimSet candidates = vectorCandidates(n);
  if (candidates) {
    k->vector = vectorLoop(n, candidates, n.lanes(machine));
    k->rows = n.reduction >> k->vector & 1;
    k->split = VectorSplit::of(n.extents[k->vector], n.lanes(machine), unrollFor(n));
  }
  DimSet vector = k->vector < 0 ? 0 : DimSet(1) << k->vector;
  k->parallel = n.ordered(n.parallel() & ~vector);
  k->reduced = n.ordered(n.reduction & ~vector);
  k->targets = n.results;
  if (candidates && !k->rows && !k->reduced.empty() &&
      joinable(n)) // a sum waits for the one before: keep about four on the way
    k->deep = std::min<int64_t>(std::max<int64_t>(1, 4 / std::max<int64_t>(1, k->split.unroll)),
                                n.extents[k->reduced.back()]);
  chooseChunks(*k);
  if (k->partial) plan.scratchBytes = layOutPartials(*k);
  plan.steps.push_back(
      {k->chunking.chunks, [k](OpBuilder &b, Location loc, KernelFrame &frame) { emitReduction(*k, b, loc, frame); }});
  if (k->partial)
    plan.steps.push_back({1, [k](OpBuilder &b, Location loc, KernelFrame &frame) { emitJoin(*k, b, loc, frame); }});
  return plan;
}

} // namespace fluxion::cpu
