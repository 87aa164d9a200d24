// flx.contract -> kernel plan: the form is chosen by count of cycles; long sums of few outputs are split.
#include "compiler/Target/Cpu/ContractBuilder.h"
#include "compiler/Target/Cpu/ContractShape.h"
#include "compiler/Target/Cpu/Thresholds.h"
#include "dialects/Dialect.h"
using namespace mlir;

namespace fluxion::cpu {

// Of several axes in a class that could not be merged, the one that makes the matrix; the others become batches.
static unsigned mainAxis(ArrayRef<ContractAxis> axes, unsigned order) {
  auto worth = [&](const ContractAxis &axis) { return axis.size * (axis.strides[order] == 1 ? 4 : 1); };
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
  none.strides.assign(shape.order() + 1, 0);
  auto take = [&](ArrayRef<ContractAxis> axes) {
    if (axes.empty()) return none;
    unsigned main = mainAxis(axes, shape.order());
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
    if (i == 0)
      g.a = s;
    else if (i == 1)
      g.b = s;
    else if (i < shape.firstResult())
      g.sides.push_back(s);
    else
      s.summed = shape.summed[i - shape.firstResult()], g.results.push_back(s);
  }
  g.epilogue = shape.epilogue;
  g.epilogueOperations = int64_t(shape.epilogueCost);
  return g;
}

// Note [Splitting a sum]
// A tile of the result is computed by one chunk. When there are few outputs and a long sum (a gradient summed over all
// rows of the data), the sum itself is cut into segments, a number that the shape decides: each segment is one more
// batch of the product, with its sums in scratch, and a last step adds the segments in order and runs the epilogue.
static int64_t segmentsFor(const ContractShape &shape, const Machine &machine) {
  if (shape.k.empty() || shape.contracted != 2) return 1;
  int64_t longest = shape.k.front().size, bytes = shape.element.getIntOrFloatBitWidth() / 8;
  double flops = 2.0 * shape.outputs() * shape.depth();
  if (flops < threshold::splitFlops || shape.outputs() * bytes > threshold::splitResultBytes || longest < threshold::splitLength)
    return 1;
  // Enough pieces without splitting: a piece is a tile's worth of outputs, or a vector's.
  if (shape.outputs() >= 64 * 14 * 2 * machine.lanes(shape.element)) return 1;
  for (int64_t segments : {32, 25, 16, 20, 8, 10, 4, 5})
    if (longest % segments == 0 && longest / segments >= threshold::splitSegment) return segments;
  return 1;
}

static KernelPlan planSplit(const ContractShape &shape, int64_t segments, const Machine &machine) {
  ContractShape inner = shape, last = shape;
  int64_t outputs = shape.outputs(), bytes = shape.element.getIntOrFloatBitWidth() / 8;
  unsigned order = shape.order();

  // The product of each segment, into a buffer of [segment, outputs…] in the order of the results.
  inner.sides = 0, inner.results = 1, inner.summed = {false}, inner.epilogue = nullptr, inner.epilogueCost = 0;
  auto onlyProduct = [&](SmallVectorImpl<ContractAxis> &axes) {
    for (ContractAxis &axis : axes)
      axis.strides = {axis.strides[0], axis.strides[1], axis.strides[order], axis.strides[order]};
  };
  for (auto *axes : {&inner.batch, &inner.m, &inner.n, &inner.k}) onlyProduct(*axes);
  ContractAxis &cut = inner.k.front(), segment;
  cut.size /= segments;
  segment.size = segments;
  segment.strides = {cut.strides[0] * cut.size, cut.strides[1] * cut.size, outputs, outputs};
  inner.batch.insert(inner.batch.begin(), segment);
  KernelPlan plan = planShape(inner, machine);
  int64_t ownBytes = (plan.scratchBytes + 63) / 64 * 64, sumBytes = segments * outputs * bytes;

  // The sum over segments, with the epilogue: one operand, read in the order of the results.
  last.contracted = 1;
  auto readsSums = [&](SmallVectorImpl<ContractAxis> &axes) {
    for (ContractAxis &axis : axes) {
      int64_t stride = axis.strides[order];
      axis.strides.erase(axis.strides.begin());
      axis.strides[0] = stride;
    }
  };
  for (auto *axes : {&last.batch, &last.m, &last.n}) readsSums(*axes);
  ContractAxis over;
  over.size = segments;
  over.strides.assign(last.order() + 1, 0);
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
    plan.steps.push_back(
        {step.chunks, [=, emit = step.emit](OpBuilder &builder, Location location, KernelFrame &frame) {
           KernelFrame part = frame;
           part.operands.assign(frame.operands.begin() + 1, frame.operands.end());
           part.operands[0] = sumsOf(builder, location, frame);
           emit(builder, location, part);
         }});
  plan.scratchBytes = ownBytes + sumBytes;
  return plan;
}

// Note [Sums over a whole result]
// A result that is the sum of its values over all outputs (the squared norm of a gradient, say) is never stored element
// by element: each chunk adds its values up, lane by lane, on its stack and leaves one vector in scratch; a last step
// adds the chunks' vectors in order. The chunks are the shape's, so the sum is the same for any number of threads.
static void addSums(const ContractShape &shape, const Machine &machine, KernelPlan &plan) {
  if (llvm::none_of(shape.summed, [](bool s) { return s; })) return;
  if (plan.steps.empty())
    plan.steps.push_back({1, [](OpBuilder &, Location, KernelFrame &) {}}); // a sum over nothing is 0
  int64_t lanes = machine.lanes(shape.element), chunks = plan.steps.back().chunks,
          begin = (plan.scratchBytes + 63) / 64 * 64;
  SmallVector<std::pair<unsigned, int64_t>> sums;   // operand, where its chunks' vectors lie in scratch
  int64_t pitch = std::max<int64_t>(64, lanes * 8); // bytes: a vector of any element
  for (unsigned r = 0; r < shape.results; ++r)
    if (shape.summed[r]) sums.push_back({shape.firstResult() + r, begin + int64_t(sums.size()) * chunks * pitch});
  plan.scratchBytes = begin + int64_t(sums.size()) * chunks * pitch;

  auto elementOf = [](KernelFrame &frame, unsigned operand) {
    return cast<MemRefType>(frame.operands[operand].getType()).getElementType();
  };
  plan.steps.back().emit = [=, emit = plan.steps.back().emit](OpBuilder &builder, Location location,
                                                              KernelFrame &frame) {
    KernelFrame part = frame;
    {
      ContractBuilder b(builder, location);
      for (auto [operand, at] : sums) {
        Type element = elementOf(frame, operand);
        part.operands[operand] = b.stackArray(kSumSlots * lanes, element);
        for (int64_t slot = 0; slot < kSumSlots; ++slot)
          b.store(b.zeros(lanes, element), part.operands[operand], b.index(slot * lanes));
      }
    }
    emit(builder, location, part);
    ContractBuilder b(builder, location);
    for (auto [operand, at] : sums) {
      Value total = b.load(part.operands[operand], b.index(0), lanes);
      for (int64_t slot = 1; slot < kSumSlots; ++slot)
        total = b.sum(total, b.load(part.operands[operand], b.index(slot * lanes), lanes));
      Value memory = b.view(frame.scratch, b.add(b.mul(frame.chunk, pitch), at), lanes, elementOf(frame, operand));
      b.store(total, memory, b.index(0));
    }
  };
  plan.steps.push_back(
      {1, [=](OpBuilder &builder, Location location, KernelFrame &frame) {
         ContractBuilder b(builder, location);
         for (auto [operand, at] : sums) {
           Type element = elementOf(frame, operand);
           auto total =
               b.loop(b.index(0), b.index(chunks), 1, {b.zeros(lanes, element)}, [&](Value c, ValueRange carried) {
                 Value memory = b.view(frame.scratch, b.add(b.mul(c, pitch), at), lanes, element);
                 return ContractBuilder::Values{b.sum(carried[0], b.load(memory, b.index(0), lanes))};
               });
           b.storeScalar(b.sumOfLanes(total[0]), b.flat(frame.operands[operand]), b.index(0));
         }
       }});
}

KernelPlan planAs(ContractForm form, const ContractShape &shape, const Machine &machine) {
  auto plan = [&] {
    switch (form) {
    case ContractForm::Gemm:
      return planGemm(gemmOf(shape), machine);
    case ContractForm::Dot:
      return planDot(shape, machine);
    case ContractForm::Direct:
      return planDirect(shape, machine);
    }
    llvm_unreachable("every form is listed");
  }();
  addSums(shape, machine, plan);
  return plan;
}

KernelPlan planShape(const ContractShape &shape, const Machine &machine) {
  int64_t segments = segmentsFor(shape, machine);
  if (segments == 1) return planAs(chooseForm(shape, machine), shape, machine);
  KernelPlan plan = planSplit(shape, segments, machine);
  addSums(shape, machine, plan);
  return plan;
}

KernelPlan planContract(flx::ContractOp op, const Machine &machine) {
  ContractShape shape = shapeOf(op);
  KernelPlan plan = planShape(shape, machine);
  // A side read at the very element that a result is written to may share its memory.
  for (unsigned side = 0; side < shape.sides; ++side) {
    bool sameElement = cast<AffineMapAttr>(op.getMaps()[side]).getValue().isIdentity();
    for (unsigned result = 0; sameElement && result < shape.results; ++result)
      if (!op.isSummed(result) && op.getEpilogue()[side].getType() == op.getResult(result).getType())
        plan.inPlace.push_back({shape.contracted + side, result});
  }
  return plan;
}

} // namespace fluxion::cpu
