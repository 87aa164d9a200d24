// cumsum and sort: what runs along one axis in order. Sums of f32 are kept in f64, so that a long axis loses nothing.
#include "compiler/Target/Cpu/Generic.h"
#include "compiler/Target/Cpu/Moves.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include <cmath>

using namespace mlir;

namespace fluxion::cpu {
namespace {

enum Loop { Before, Along, After };

struct Axis {
  int64_t before = 1, extent = 1, after = 1;
  Axis(RankedTensorType type, int64_t axis) {
    for (int64_t i = 0; i < type.getRank(); ++i) (i < axis ? before : i > axis ? after : extent) *= type.getDimSize(i);
  }
};

struct Cumsum {
  Axis axis;
  Type element;
  bool reverse, exclusive;
  VectorSplit split{};
  Chunking chunking{};
};

class Emitter {
public:
  Emitter(const Cumsum &k, OpBuilder &b, Location loc, KernelFrame &frame)
      : k(k), loc(loc), chunk(frame.chunk), nest(loops(k)), body(nest, frame, b, loc) {}

  void run(OpBuilder &b) {
    Point point;
    point.indices.assign(3, indexConstant(b, loc, 0));
    forLoops(b, loc, nest, {unsigned(Before)}, k.chunking, chunk, point, {}, [&](OpBuilder &b, ValueRange) {
      auto [low, high] = blockRange(b, loc, After, k.split.blocks, k.split.step(), k.chunking, chunk);
      forLoop(b, loc, low, high, k.split.step(), {}, [&](OpBuilder &b, Value base, ValueRange) {
        sum(b, k.split.block(b, loc, point, After, base));
        return SmallVector<Value>();
      });
      inLastChunk(b, loc, After, k.chunking, chunk, {}, [&](OpBuilder &b) {
        sum(b, k.split.remainder(b, loc, point, After));
        return SmallVector<Value>();
      });
      return SmallVector<Value>();
    });
  }

private:
  static Nest loops(const Cumsum &k) {
    int64_t strides[] = {k.axis.extent * k.axis.after, k.axis.after, 1};
    return ownNest({k.axis.before, k.axis.extent, k.axis.after}, k.element, strides, strides);
  }

  void sum(OpBuilder &b, ArrayRef<Point> points) {
    if (points.empty()) return;
    Type wide = k.element.isF32() ? b.getF64Type() : k.element;
    SmallVector<Value> zeros;
    for (const Point &p : points)
      zeros.push_back(arith::ConstantOp::create(b, loc, cast<TypedAttr>(b.getZeroAttr(lanesOf(wide, p.lanes)))));
    Value low = indexConstant(b, loc, 0), high = indexConstant(b, loc, k.axis.extent);
    forLoop(b, loc, low, high, 1, zeros, [&](OpBuilder &b, Value step, ValueRange sums) {
      if (k.reverse) step = arith::SubIOp::create(b, loc, indexConstant(b, loc, k.axis.extent - 1), step);
      SmallVector<Value> next;
      for (auto [p, before] : llvm::zip(points, sums)) {
        Point at = p;
        at.indices[Along] = step;
        Lane sum(b, loc, before);
        Lane with = sum + convert(Lane(b, loc, body.load(b, nest.inputs.front(), at)), wide);
        body.store(b, nest.results.front(), at, convert(k.exclusive ? sum : with, k.element).get());
        next.push_back(with.get());
      }
      return next;
    });
  }

  const Cumsum &k;
  Location loc;
  Value chunk;
  Nest nest;
  Body body;
};

} // namespace

KernelPlan planCumsum(flx::CumsumOp op, const Machine &machine) {
  KernelPlan plan;
  auto type = cast<RankedTensorType>(op.getType());
  if (type.getNumElements() == 0) return plan;
  Cumsum k{Axis(type, op.getAxis()), type.getElementType(), op.getReverse() != 0, op.getExclusive() != 0};
  k.split = VectorSplit::of(k.axis.after, machine.lanes(k.element), 2);
  int64_t wanted = chunksFor(type.getNumElements() * (k.axis.after < 4 ? 1.0 : 0.2), int64_t(1) << 40);
  bool outer = k.axis.before >= wanted || k.axis.before > k.split.blocks;
  k.chunking = Chunking::of(outer ? Before : After, outer ? k.axis.before : k.split.blocks, wanted);
  plan.steps.push_back(
      {k.chunking.chunks, [k](OpBuilder &b, Location loc, KernelFrame &frame) { Emitter(k, b, loc, frame).run(b); }});
  plan.inPlace.push_back({0, 0});
  return plan;
}

//===-- sort ----------------------------------------------------------------------------------------------------===//

// Rows go to the runtime, each chunk with room for two copies of a row's pairs of value and index.
KernelPlan planSort(flx::SortOp op) {
  KernelPlan plan;
  auto type = cast<RankedTensorType>(op.getX().getType());
  if (type.getNumElements() == 0) return plan;
  Axis axis(type, op.getAxis());
  Type element = type.getElementType();
  bool isFloat = isa<FloatType>(element);
  unsigned bits = element.getIntOrFloatBitWidth();
  std::string name = std::string("flx_sort_") + (isFloat ? "f" : "i") + std::to_string(bits);
  bool descending = op.getDescending() != 0;
  int64_t rows = axis.before * axis.after, room = axis.extent * 2 * (bits / 4);
  room = (room + 63) / 64 * 64;
  double work = double(axis.extent) * (10 + 5 * std::log2(double(axis.extent)));
  Chunking chunking = Chunking::of(0, rows, chunksFor(rows * work, rows));
  plan.scratchBytes = room * chunking.chunks;
  plan.steps.push_back({chunking.chunks, [=](OpBuilder &b, Location loc, KernelFrame &frame) {
                          Value low = indexConstant(b, loc, 0), high = indexConstant(b, loc, rows);
                          if (chunking.chunks > 1) std::tie(low, high) = chunking.range(b, loc, frame.chunk);
                          Value shift = arith::MulIOp::create(b, loc, frame.chunk, indexConstant(b, loc, room));
                          Value mine = memref::ViewOp::create(b, loc, MemRefType::get({room}, b.getI8Type()),
                                                              frame.scratch, shift, ValueRange{});
                          SmallVector<Value> arguments;
                          for (Value operand : frame.operands) arguments.push_back(pointerTo(b, loc, operand));
                          for (Value bound : {low, high})
                            arguments.push_back(arith::IndexCastOp::create(b, loc, b.getI64Type(), bound));
                          for (int64_t number : {axis.extent, axis.after, int64_t(descending)})
                            arguments.push_back(arith::ConstantIntOp::create(b, loc, number, 64));
                          arguments.push_back(pointerTo(b, loc, mine));
                          callRuntime(b, loc, name, {}, arguments);
                        }});
  return plan;
}

} // namespace fluxion::cpu
