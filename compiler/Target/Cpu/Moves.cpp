// Kernels of the ops that move elements where no affine map leads: concat, pad, scatter_add.
#include "compiler/Target/Cpu/Moves.h"
#include "compiler/Target/Cpu/Fault.h"
#include "compiler/Target/Cpu/Generic.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace fluxion::cpu {

static SmallVector<int64_t> rowMajor(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int i = int(shape.size()) - 2; i >= 0; --i) strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

Nest ownNest(ArrayRef<int64_t> extents, Type element, ArrayRef<int64_t> read, ArrayRef<int64_t> written) {
  Nest nest;
  nest.ownBody = std::make_shared<Block>();
  nest.body = nest.ownBody.get();
  nest.extents.assign(extents.begin(), extents.end());
  nest.inputs.push_back({0, element, 0, SmallVector<int64_t>(read)});
  NestResult &result = nest.results.emplace_back();
  static_cast<Access &>(result) = {1, element, 0, SmallVector<int64_t>(written)};
  return nest;
}

// operand[i…] = 0 everywhere.
static KernelStep zeroStep(unsigned operand, RankedTensorType type, const Machine &machine) {
  auto nest = std::make_shared<Nest>();
  nest->ownBody = std::make_shared<Block>();
  nest->body = nest->ownBody.get();
  nest->extents = {type.getNumElements()};
  NestResult &result = nest->results.emplace_back();
  result.operand = operand;
  result.element = type.getElementType();
  result.strides = {1};
  VectorSplit split = VectorSplit::of(type.getNumElements(), machine.lanes(result.element), 4);
  Chunking chunking = Chunking::of(0, split.blocks, chunksFor(type.getNumElements() * 0.1, split.blocks));
  return {chunking.chunks, [nest, split, chunking](OpBuilder &b, Location loc, KernelFrame &frame) {
            Body body(*nest, frame, b, loc);
            const NestResult &result = nest->results.front();
            auto store = [&](OpBuilder &b, ArrayRef<Point> points) {
              for (const Point &p : points) {
                Type type = lanesOf(result.element, p.lanes);
                body.store(b, result, p, arith::ConstantOp::create(b, loc, cast<TypedAttr>(b.getZeroAttr(type))));
              }
            };
            Point outer;
            outer.indices.assign(1, Value());
            auto [low, high] = blockRange(b, loc, 0, split.blocks, split.step(), chunking, frame.chunk);
            forLoop(b, loc, low, high, split.step(), {}, [&](OpBuilder &b, Value base, ValueRange) {
              store(b, split.block(b, loc, outer, 0, base));
              return SmallVector<Value>();
            });
            inLastChunk(b, loc, 0, chunking, frame.chunk, {}, [&](OpBuilder &b) {
              store(b, split.remainder(b, loc, outer, 0));
              return SmallVector<Value>();
            });
          }};
}

KernelPlan planConcat(flx::ConcatOp op, const Machine &machine) {
  KernelPlan plan;
  auto type = cast<RankedTensorType>(op.getType());
  SmallVector<int64_t> strides = rowMajor(type.getShape());
  int64_t at = 0;
  for (auto [i, operand] : llvm::enumerate(op.getOperands())) {
    auto part = cast<RankedTensorType>(operand.getType());
    Access from{0, part.getElementType(), 0, rowMajor(part.getShape())};
    Access to{1, type.getElementType(), at * strides[op.getAxis()], strides};
    at += part.getDimSize(op.getAxis());
    for (KernelStep &step : planElementwise(Nest::copy(part.getShape(), from, to), machine).steps) {
      step.operands = {unsigned(i), op->getNumOperands()}; // hundreds of operands are hundreds of small functions
      plan.steps.push_back(std::move(step));
    }
  }
  return plan;
}

KernelPlan planPad(flx::PadOp op, const Machine &machine) {
  KernelPlan plan;
  auto from = cast<RankedTensorType>(op.getX().getType()), to = cast<RankedTensorType>(op.getType());
  if (to.getNumElements() == 0) return plan;
  plan.steps.push_back(zeroStep(1, to, machine));
  Access source{0, from.getElementType(), 0, rowMajor(from.getShape())};
  Access target{1, to.getElementType(), 0, rowMajor(to.getShape())};
  for (auto [stride, low, interior] : llvm::zip(target.strides, op.getLow(), op.getInterior())) {
    target.offset += low * stride;
    stride *= interior + 1;
  }
  plan.steps.append(planElementwise(Nest::copy(from.getShape(), source, target), machine).steps);
  return plan;
}

//===-- scatter_add ---------------------------------------------------------------------------------------------===//

namespace {
// y[p, index[j], q] += x[p, j, q], j in order. Loops p and blocks of q are independent; p is dealt to chunks.
struct Scatter {
  Type element;
  int64_t before = 1, indices = 1, after = 1, extent = 1, site = -1;
  VectorSplit split{};
  Chunking chunking;
};
} // namespace

static void addRow(const Scatter &k, Body &body, const Nest &nest, OpBuilder &b, Location loc, const Point &row) {
  const Access &update = nest.inputs.front();
  const NestResult &sum = nest.results.front();
  Access current = sum;
  auto add = [&](OpBuilder &b, ArrayRef<Point> points) {
    for (const Point &p : points) {
      Lane total = Lane(b, loc, body.load(b, current, p)) + Lane(b, loc, body.load(b, update, p));
      body.store(b, sum, p, total.get());
    }
  };
  forLoop(b, loc, indexConstant(b, loc, 0), indexConstant(b, loc, k.split.blocks * k.split.step()), k.split.step(), {},
          [&](OpBuilder &b, Value base, ValueRange) {
            add(b, k.split.block(b, loc, row, 3, base));
            return SmallVector<Value>();
          });
  add(b, k.split.remainder(b, loc, row, 3));
}

static void emitScatter(const Scatter &k, OpBuilder &b, Location loc, KernelFrame &frame) {
  Nest nest; // loops: p, j, the row index[j], q
  nest.ownBody = std::make_shared<Block>();
  nest.body = nest.ownBody.get();
  nest.extents = {k.before, k.indices, k.extent, k.after};
  nest.inputs.push_back({0, k.element, 0, {k.indices * k.after, k.after, 0, 1}});
  auto indexType = cast<MemRefType>(frame.operands[1].getType()).getElementType();
  Access index{1, indexType, 0, {0, 1, 0, 0}};
  NestResult &sum = nest.results.emplace_back();
  static_cast<Access &>(sum) = {2, k.element, 0, {k.extent * k.after, 0, k.after, 1}};
  Body body(nest, frame, b, loc);
  Point point;
  point.indices.assign(4, indexConstant(b, loc, 0));
  forLoops(b, loc, nest, {0u, 1u}, k.chunking, frame.chunk, point, {}, [&](OpBuilder &b, ValueRange) {
    Lane at(b, loc, body.load(b, index, point));
    Lane bound = at.splat(k.extent);
    Value bad = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, at.get(), bound.get());
    reportFaults(b, loc, frame.context, k.site, bad, at.get(), k.extent);
    at = max(min(at, bound - 1.0), 0.0);
    point.indices[2] = arith::IndexCastOp::create(b, loc, b.getIndexType(), at.get());
    addRow(k, body, nest, b, loc, point);
    return SmallVector<Value>();
  });
}

KernelPlan planScatterAdd(flx::ScatterAddOp op, const Machine &machine) {
  KernelPlan plan;
  auto type = cast<RankedTensorType>(op.getType());
  if (type.getNumElements() == 0) return plan;
  plan.steps.push_back(zeroStep(2, type, machine));
  Scatter k;
  k.element = type.getElementType();
  k.site = faultSite(op);
  int64_t axis = op.getAxis();
  for (int64_t i = 0; i < type.getRank(); ++i)
    (i < axis ? k.before : i > axis ? k.after : k.extent) *= type.getDimSize(i);
  k.indices = cast<RankedTensorType>(op.getIndices().getType()).getNumElements();
  if (k.indices == 0) return plan;
  k.split = VectorSplit::of(k.after, machine.lanes(k.element), 4);
  k.chunking = Chunking::of(0, k.before, chunksFor(double(k.before) * k.indices * (k.after * 0.2 + 2), k.before));
  plan.steps.push_back(
      {k.chunking.chunks, [k](OpBuilder &b, Location loc, KernelFrame &frame) { emitScatter(k, b, loc, frame); }});
  return plan;
}

} // namespace fluxion::cpu
