// Kernels of linalg.generic without a reduction: a vector loop innermost, everything that does not vary along it
// hoisted.
#include "compiler/Target/Cpu/Generic.h"
#include "compiler/Target/Cpu/VectorChoice.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <memory>

using namespace mlir;

namespace fluxion::cpu {

int64_t unrollFor(const Nest &nest) {
  unsigned ops = llvm::range_size(nest.body->without_terminator());
  return nest.nanoseconds > 1 || ops > 24 ? 1 : nest.nanoseconds > 0.5 || ops > 8 ? 2 : 4;
}

double estimatedWork(const Nest &nest) {
  bool wide = llvm::any_of(nest.results, [](const NestResult &r) { return r.element.getIntOrFloatBitWidth() == 64; });
  return nest.points(nest.all()) * nest.nanoseconds * (wide ? 2 : 1);
}

namespace {

Chunking chooseChunks(const Elementwise &k) {
  int64_t wanted = chunksFor(estimatedWork(k.nest), int64_t(1) << 40);
  if (wanted == 1) return {};
  int best = k.vector;
  int64_t pieces = k.turned < 0 ? k.split.blocks : 1;
  for (unsigned loop : k.outer) {
    int64_t extent = k.nest.extents[loop] / (int(loop) == k.turned ? k.split.lanes : 1);
    if (extent >= wanted) return Chunking::of(loop, extent, wanted);
    if (extent > pieces) best = loop, pieces = extent;
  }
  return Chunking::of(best, pieces, wanted);
}

} // namespace

void storeAll(OpBuilder &b, Body &body, const Nest &nest, ArrayRef<Point> points) {
  SmallVector<SmallVector<Value>> terms = body.evaluate(b, points);
  for (auto [point, values] : llvm::zip(points, terms))
    for (auto [result, value] : llvm::zip(nest.results, values)) body.store(b, result, point, value);
}

void emitRow(const Elementwise &k, OpBuilder &b, Location loc, Body &body, Point point, Value chunk) {
  point.indices[k.vector] = indexConstant(b, loc, 0);
  body.hoist(b, point, DimSet(1) << k.vector);
  auto [low, high] = blockRange(b, loc, k.vector, k.split.blocks, k.split.step(), k.chunking, chunk);
  forLoop(b, loc, low, high, k.split.step(), {}, [&](OpBuilder &b, Value base, ValueRange) {
    storeAll(b, body, k.nest, k.split.block(b, loc, point, k.vector, base));
    return SmallVector<Value>();
  });
  if (k.split.rest || k.split.tail)
    inLastChunk(b, loc, k.vector, k.chunking, chunk, {}, [&](OpBuilder &b) {
      storeAll(b, body, k.nest, k.split.remainder(b, loc, point, k.vector));
      return SmallVector<Value>();
    });
}

static void emitElementwise(const Elementwise &k, OpBuilder &b, Location loc, KernelFrame &frame) {
  Body body(k.nest, frame, b, loc);
  Point point;
  point.indices.assign(k.nest.extents.size(), Value());
  if (k.vector < 0) return storeAll(b, body, k.nest, point);
  forLoops(b, loc, k.nest, k.outer, k.chunking, frame.chunk, point, {}, [&](OpBuilder &b, ValueRange) {
    emitRow(k, b, loc, body, point, frame.chunk);
    return SmallVector<Value>();
  });
}

KernelPlan planElementwise(Nest nest, const Machine &machine) {
  KernelPlan plan;
  if (nest.points(nest.all()) == 0) return plan;
  auto k = std::make_shared<Elementwise>();
  k->nest = std::move(nest);
  if (!k->nest.extents.empty()) {
    k->vector = vectorLoop(k->nest, k->nest.all(), k->nest.lanes(machine));
    k->outer = k->nest.ordered(k->nest.all() & ~(DimSet(1) << k->vector));
    k->split = VectorSplit::of(k->nest.extents[k->vector], k->nest.lanes(machine), unrollFor(k->nest));
    k->turned = findTurned(k->nest, k->vector, k->nest.lanes(machine));
    k->chunking = chooseChunks(*k);
  }
  auto emit = k->turned < 0 ? emitElementwise : emitTurned;
  plan.steps.push_back(
      {k->chunking.chunks, [k, emit](OpBuilder &b, Location loc, KernelFrame &frame) { emit(*k, b, loc, frame); }});
  return plan;
}

// An element of a written result may lie where the same element of an input lay, if that input is read nowhere else.
static void findInPlace(const Nest &nest, linalg::GenericOp op, KernelPlan &plan) {
  SmallVector<Value> operands = kernelInputs(op);
  auto reads = [&](const Access &input, Value tensor) {
    return input.operand != noOperand && operands[input.operand] == tensor;
  };
  for (auto [r, result] : llvm::enumerate(nest.results))
    for (const Access &input : nest.inputs) {
      auto same = [&, &result = result](const Access &other) { return other == static_cast<const Access &>(result); };
      if (result.reduced || input.operand == noOperand || !same(input)) continue;
      Value tensor = operands[input.operand];
      bool elsewhere = llvm::is_contained(nest.captured, tensor) || llvm::any_of(nest.inputs, [&](const Access &other) {
                         return reads(other, tensor) && !same(other);
                       });
      if (tensor.getType() == op.getResult(r).getType() && !elsewhere)
        plan.inPlace.push_back({input.operand, unsigned(r)});
    }
}

KernelPlan planGeneric(linalg::GenericOp op, const Machine &machine) {
  Nest nest = Nest::of(op);
  bool reduces = llvm::any_of(nest.results, [](const NestResult &r) { return r.reduced; });
  Nest copy = nest;
  KernelPlan plan = reduces ? planReduction(std::move(copy), machine) : planElementwise(std::move(copy), machine);
  findInPlace(nest, op, plan);
  return plan;
}

} // namespace fluxion::cpu
