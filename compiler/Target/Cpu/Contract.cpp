// flx.contract -> kernel plan: the form is chosen by count of cycles; long sums of few outputs are split.
#include "compiler/Target/Cpu/ContractBuilder.h"
#include "compiler/Target/Cpu/ContractShape.h"
#include "dialects/Dialect.h"
using namespace mlir;

namespace fluxion::cpu {

// Of several axes in a class that could not be merged, the one that makes the matrix; the others become batches.
static unsigned mainAxis(ArrayRef<ContractAxis> axes, unsigned result) {
  auto worth = [&](const ContractAxis &axis) { return axis.size * (axis.strides[result] == 1 ? 4 : 1); };
  unsigned best = 0;
  for (unsigned i = 1; i < axes.size(); ++i)
    if (worth(axes[i]) > worth(axes[best])) best = i;
  return best;
}

Gemm gemmOf(const ContractShape &shape) {
  Gemm g;
  g.element = shape.element;
  SmallVector<ContractAxis> batch(shape.batch);
  ContractAxis none;
  none.strides.assign(shape.operands(), 0);
  auto take = [&](ArrayRef<ContractAxis> axes) {
    if (axes.empty()) return none;
    unsigned main = mainAxis(axes, shape.firstResult());
    for (unsigned i = 0; i < axes.size(); ++i)
      if (i != main) batch.push_back(axes[i]);
    return axes[main];
  };
  ContractAxis m = take(shape.m), n = take(shape.n);
  g.m = m.size, g.n = n.size;
  for (const ContractAxis &axis : batch) g.batch.push_back(axis.size);
  for (const ContractAxis &axis : shape.k) g.k.push_back(axis.size);
  for (unsigned i = 0; i < shape.operands(); ++i) {
    GemmStrides s;
    for (const ContractAxis &axis : batch) s.batch.push_back(axis.strides[i]);
    for (const ContractAxis &axis : shape.k) s.k.push_back(axis.strides[i]);
    s.m = m.strides[i], s.n = n.strides[i];
    if (i == 0) g.a = s;
    else if (i == 1) g.b = s;
    else (i < shape.firstResult() ? g.sides : g.results).push_back(s);
  }
  g.epilogue = shape.epilogue;
  g.epilogueOperations = int64_t(shape.epilogueCost);
  return g;
}

// Note [Splitting a sum]
// A tile of the result is computed by one chunk. When there are few outputs and a long sum (a gradient summed over all rows
// of the data), the sum itself is cut into segments, a number that the shape decides: each segment is one more batch of the
// product, with its sums in scratch, and a last step adds the segments in order and runs the epilogue.
static int64_t segmentsFor(const ContractShape &shape, const Machine &machine) {
  if (shape.k.empty() || shape.contracted != 2) return 1;
  int64_t longest = shape.k.front().size, bytes = shape.element.getIntOrFloatBitWidth() / 8;
  double flops = 2.0 * shape.outputs() * shape.depth();
  if (flops < 4e6 || shape.outputs() * bytes > 256 << 10 || longest < 4096) return 1;
  // Enough pieces without splitting: a piece is a tile's worth of outputs, or a vector's.
  if (shape.outputs() >= 64 * 14 * 2 * machine.lanes(shape.element)) return 1;
  for (int64_t segments : {32, 25, 16, 20, 8, 10, 4, 5})
    if (longest % segments == 0 && longest / segments >= 1024) return segments;
  return 1;
}

static KernelPlan planSplit(const ContractShape &shape, int64_t segments, const Machine &machine) {
  ContractShape inner = shape, last = shape;
  int64_t outputs = shape.outputs(), bytes = shape.element.getIntOrFloatBitWidth() / 8;
  unsigned result = shape.firstResult();

  // The product of each segment, into a buffer of [segment, outputs…] in the order of the results.
  inner.sides = 0, inner.results = 1, inner.epilogue = nullptr, inner.epilogueCost = 0;
  auto onlyProduct = [&](SmallVectorImpl<ContractAxis> &axes) {
    for (ContractAxis &axis : axes) axis.strides = {axis.strides[0], axis.strides[1], axis.strides[result]};
  };
  for (auto *axes : {&inner.batch, &inner.m, &inner.n, &inner.k}) onlyProduct(*axes);
  ContractAxis &cut = inner.k.front(), segment;
  cut.size /= segments;
  segment.size = segments;
  segment.strides = {cut.strides[0] * cut.size, cut.strides[1] * cut.size, outputs};
  inner.batch.insert(inner.batch.begin(), segment);
  KernelPlan plan = planShape(inner, machine);
  int64_t ownBytes = (plan.scratchBytes + 63) / 64 * 64, sumBytes = segments * outputs * bytes;

  // The sum over segments, with the epilogue: one operand, read in the order of the results.
  last.contracted = 1;
  auto readsSums = [&](SmallVectorImpl<ContractAxis> &axes) {
    for (ContractAxis &axis : axes) {
      int64_t stride = axis.strides[result];
      axis.strides.erase(axis.strides.begin());
      axis.strides[0] = stride;
    }
  };
  for (auto *axes : {&last.batch, &last.m, &last.n}) readsSums(*axes);
  ContractAxis over;
  over.size = segments;
  over.strides.assign(last.operands(), 0);
  over.strides[0] = outputs;
  last.k = {over};
  KernelPlan finish = planDirect(last, machine);

  auto sumsOf = [=, element = shape.element](OpBuilder &builder, Location location, KernelFrame &frame) {
    ContractBuilder b(builder, location);
    return b.view(frame.scratch, b.index(ownBytes), segments * outputs, element);
  };
  for (KernelStep &step : plan.steps)
    step.emit = [=, emit = step.emit](OpBuilder &builder, Location location, KernelFrame &frame) {
      KernelFrame part = frame;
      part.operands = {frame.operands[0], frame.operands[1], sumsOf(builder, location, frame)};
      emit(builder, location, part);
    };
  for (KernelStep &step : finish.steps)
    plan.steps.push_back({step.chunks, [=, emit = step.emit](OpBuilder &builder, Location location, KernelFrame &frame) {
                            KernelFrame part = frame;
                            part.operands.assign(frame.operands.begin() + 1, frame.operands.end());
                            part.operands[0] = sumsOf(builder, location, frame);
                            emit(builder, location, part);
                          }});
  plan.scratchBytes = ownBytes + sumBytes;
  return plan;
}

KernelPlan planShape(const ContractShape &shape, const Machine &machine) {
  int64_t segments = segmentsFor(shape, machine);
  if (segments > 1) return planSplit(shape, segments, machine);
  switch (chooseForm(shape, machine)) {
  case ContractForm::Gemm: return planGemm(gemmOf(shape), machine);
  case ContractForm::Dot: return planDot(shape, machine);
  case ContractForm::Direct: return planDirect(shape, machine);
  }
  llvm_unreachable("every form is listed");
}

KernelPlan planContract(flx::ContractOp op, const Machine &machine) {
  ContractShape shape = shapeOf(op);
  KernelPlan plan = planShape(shape, machine);
  // A side read at the very element that a result is written to may share its memory.
  for (unsigned side = 0; side < shape.sides; ++side) {
    bool sameElement = cast<AffineMapAttr>(op.getMaps()[side]).getValue().isIdentity();
    for (unsigned result = 0; sameElement && result < shape.results; ++result)
      if (op.getEpilogue()[side].getType() == op.getResult(result).getType()) plan.inPlace.push_back({shape.contracted + side, result});
  }
  return plan;
}

} // namespace fluxion::cpu
