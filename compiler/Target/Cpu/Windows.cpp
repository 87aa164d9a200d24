// overlap_add as a gather: each element of the result sums the windows that cover it, so that no two chunks write one
// place. y[n] = Σ_k x[(n − k·dilation) / stride, k] where that divides and is a window; windows in order.
#include "compiler/Target/Cpu/Generic.h"
#include "compiler/Target/Cpu/Moves.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace fluxion::cpu {
namespace {

enum Loop { Before, Out, Window, Within, After };

struct OverlapAdd {
  Type element;
  int64_t before = 1, out = 1, windows = 1, size = 1, after = 1, stride = 1, dilation = 1;
  VectorSplit split{};
  Chunking chunking;
};

class Emitter {
public:
  Emitter(const OverlapAdd &k, OpBuilder &b, Location loc, KernelFrame &frame)
      : k(k), loc(loc), chunk(frame.chunk), nest(loops(k)), body(nest, frame, b, loc) {}

  void run(OpBuilder &b) {
    Point point;
    point.indices.assign(5, indexConstant(b, loc, 0));
    forLoops(
        b, loc, nest, {unsigned(Before), unsigned(Out)}, k.chunking, chunk, point, {}, [&](OpBuilder &b, ValueRange) {
          Value end = indexConstant(b, loc, k.split.blocks * k.split.step());
          forLoop(b, loc, indexConstant(b, loc, 0), end, k.split.step(), {}, [&](OpBuilder &b, Value base, ValueRange) {
            sum(b, k.split.block(b, loc, point, After, base));
            return SmallVector<Value>();
          });
          sum(b, k.split.remainder(b, loc, point, After));
          return SmallVector<Value>();
        });
  }

private:
  static Nest loops(const OverlapAdd &k) {
    return ownNest({k.before, k.out, k.windows, k.size, k.after}, k.element,
                   {k.windows * k.size * k.after, 0, k.size * k.after, k.after, 1}, {k.out * k.after, k.after, 0, 0, 1});
  }

  // The window in which output n is element `within`, and whether there is one.
  std::pair<Value, Value> windowOf(OpBuilder &b, Value n, Value within) {
    Value offset = arith::MulIOp::create(b, loc, within, indexConstant(b, loc, k.dilation));
    Value at = arith::SubIOp::create(b, loc, n, offset), window = at;
    Value found;
    if (k.stride > 1) {
      Value stride = indexConstant(b, loc, k.stride);
      window =
          arith::DivSIOp::create(b, loc, at, stride); // of a negative one: 0 or negative, and it leaves a remainder
      Value exact = arith::MulIOp::create(b, loc, window, stride);
      found = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, exact, at);
    }
    Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, window, indexConstant(b, loc, k.windows));
    return {window, found ? arith::AndIOp::create(b, loc, found, inside).getResult() : inside};
  }

  void sum(OpBuilder &b, ArrayRef<Point> points) {
    if (points.empty()) return;
    SmallVector<Value> zeros;
    for (const Point &p : points)
      zeros.push_back(arith::ConstantOp::create(b, loc, cast<TypedAttr>(b.getZeroAttr(lanesOf(k.element, p.lanes)))));
    Value low = indexConstant(b, loc, 0), high = indexConstant(b, loc, k.size);
    SmallVector<Value> sums = forLoop(b, loc, low, high, 1, zeros, [&](OpBuilder &b, Value step, ValueRange sums) {
      Value within = arith::SubIOp::create(b, loc, indexConstant(b, loc, k.size - 1), step); // windows in order
      auto [window, found] = windowOf(b, points.front().indices[Out], within);
      auto branch = scf::IfOp::create(b, loc, sums.getTypes(), found, /*withElseRegion=*/true);
      OpBuilder then = OpBuilder::atBlockEnd(branch.thenBlock()), otherwise = OpBuilder::atBlockEnd(branch.elseBlock());
      SmallVector<Value> next;
      for (auto [p, sum] : llvm::zip(points, sums)) {
        Point at = p;
        at.indices[Window] = window;
        at.indices[Within] = within;
        next.push_back((Lane(then, loc, sum) + Lane(then, loc, body.load(then, nest.inputs.front(), at))).get());
      }
      scf::YieldOp::create(then, loc, next);
      scf::YieldOp::create(otherwise, loc, sums);
      return SmallVector<Value>(branch.getResults());
    });
    for (auto [p, sum] : llvm::zip(points, sums)) body.store(b, nest.results.front(), p, sum);
  }

  const OverlapAdd &k;
  Location loc;
  Value chunk;
  Nest nest;
  Body body;
};

} // namespace

KernelPlan planOverlapAdd(flx::OverlapAddOp op, const Machine &machine) {
  KernelPlan plan;
  auto from = cast<RankedTensorType>(op.getX().getType()), to = cast<RankedTensorType>(op.getType());
  if (to.getNumElements() == 0) return plan;
  OverlapAdd k;
  int64_t axis = op.getAxis();
  k.element = to.getElementType();
  for (int64_t i = 0; i < to.getRank(); ++i) (i < axis ? k.before : i > axis ? k.after : k.out) *= to.getDimSize(i);
  k.windows = from.getDimSize(axis);
  k.size = from.getDimSize(axis + 1);
  k.stride = op.getStride();
  k.dilation = op.getDilation();
  k.split = VectorSplit::of(k.after, machine.lanes(k.element), 4);
  int64_t wanted = chunksFor(double(k.before) * k.out * k.size * (k.after * 0.05 + 1), int64_t(1) << 40);
  bool outer = k.before >= wanted || k.before > k.out;
  k.chunking = Chunking::of(outer ? Before : Out, outer ? k.before : k.out, wanted);
  plan.steps.push_back(
      {k.chunking.chunks, [k](OpBuilder &b, Location loc, KernelFrame &frame) { Emitter(k, b, loc, frame).run(b); }});
  return plan;
}

} // namespace fluxion::cpu
