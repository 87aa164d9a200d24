// Elementwise kernels that read some inputs across the vector loop: x[j, i] beside y[i, j]. Squares of lanes×lanes
// elements of such inputs are loaded along their own contiguous loop, transposed in registers and laid into a small
// array on the stack; the body then reads them along the vector loop like everything else. What fills no square runs as
// usual.
#include "compiler/Target/Cpu/ContractBuilder.h"
#include "compiler/Target/Cpu/Generic.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace fluxion::cpu {

static bool isTurned(const Access &input, unsigned across, unsigned vector) {
  return input.operand != noOperand && input.strides[across] == 1 && input.strides[vector] > 1 &&
         memoryElement(input.element).getIntOrFloatBitWidth() >= 32;
}

int findTurned(const Nest &nest, unsigned vector, int64_t lanes) {
  if (nest.extents[vector] < lanes) return -1;
  auto indexes = [&](unsigned loop) {
    return llvm::any_of(nest.body->getOps<linalg::IndexOp>(),
                        [&](linalg::IndexOp index) { return nest.loopOf[index.getDim()] == int(loop); });
  };
  for (unsigned across = 0; across < nest.extents.size(); ++across)
    if (across != vector && nest.extents[across] >= lanes && !indexes(across) && !indexes(vector) &&
        llvm::any_of(nest.inputs, [&](const Access &input) { return isTurned(input, across, vector); }))
      return across;
  return -1;
}

namespace {

// The nest inside a square has two loops more, the place in it: (row, lane). A turned input lies in its square.
class Turner {
public:
  Turner(const Elementwise &k, OpBuilder &b, Location loc, KernelFrame &frame)
      : k(k), loc(loc), chunk(frame.chunk), lanes(k.split.lanes), across(k.turned), row(k.nest.extents.size()),
        lane(row + 1), inner(k.nest), squares(frame), plain(k.nest, frame, b, loc), body(extend(b), squares, b, loc) {}

  void run(OpBuilder &b) {
    SmallVector<unsigned> outer;
    llvm::copy_if(k.outer, std::back_inserter(outer), [&](unsigned loop) { return loop != across; });
    Point point;
    point.indices.assign(lane + 1, indexConstant(b, loc, 0));
    int64_t extent = k.nest.extents[across], blocks = extent / lanes;
    forLoops(b, loc, k.nest, outer, k.chunking, chunk, point, {}, [&](OpBuilder &b, ValueRange) {
      auto [low, high] = blockRange(b, loc, across, blocks, lanes, k.chunking, chunk);
      forLoop(b, loc, low, high, lanes, {}, [&](OpBuilder &b, Value base, ValueRange) {
        point.indices[across] = base;
        strip(b, point);
        return SmallVector<Value>();
      });
      if (extent % lanes)
        inLastChunk(b, loc, across, k.chunking, chunk, {}, [&](OpBuilder &b) {
          rows(b, point, indexConstant(b, loc, blocks * lanes), indexConstant(b, loc, extent),
               [&](OpBuilder &b, Point &at) { emitRow(k, b, loc, plain, at, chunk); });
          return SmallVector<Value>();
        });
      return SmallVector<Value>();
    });
  }

private:
  const Nest &extend(OpBuilder &b) {
    auto addLoops = [&](Access &a) {
      a.strides.push_back(a.strides[across]);
      a.strides.push_back(a.strides[k.vector]);
    };
    inner.extents.append({lanes, lanes});
    for (Access &result : inner.results) addLoops(result);
    OpBuilder top = OpBuilder::atBlockBegin(b.getInsertionBlock());
    for (Access &input : inner.inputs) {
      bool turned = isTurned(input, across, k.vector);
      addLoops(input);
      if (!turned) continue;
      sources.push_back(input);
      auto type = MemRefType::get({lanes * lanes}, memoryElement(input.element));
      Value square = memref::AllocaOp::create(top, loc, type, b.getI64IntegerAttr(64));
      input.operand = squares.operands.size();
      squares.operands.push_back(square);
      input.offset = 0;
      input.strides.assign(lane + 1, 0);
      input.strides[row] = lanes;
      input.strides[lane] = 1;
    }
    return inner;
  }

  // `lanes` points of the loop across, all of the vector loop.
  void strip(OpBuilder &b, Point point) {
    point.indices[k.vector] = point.indices[row] = point.indices[lane] = indexConstant(b, loc, 0);
    body.hoist(b, point, DimSet(1) << k.vector | DimSet(1) << row | DimSet(1) << lane);
    int64_t extent = k.nest.extents[k.vector], whole = extent / lanes * lanes;
    forLoop(b, loc, indexConstant(b, loc, 0), indexConstant(b, loc, whole), lanes, {},
            [&](OpBuilder &b, Value base, ValueRange) {
              point.indices[k.vector] = base;
              square(b, point);
              return SmallVector<Value>();
            });
    if (extent == whole) return;
    VectorSplit rest = VectorSplit::of(extent, lanes, 1);
    Value low = point.indices[across];
    Value high = b.createOrFold<arith::AddIOp>(loc, low, indexConstant(b, loc, lanes));
    rows(b, point, low, high, [&](OpBuilder &b, Point &at) {
      plain.hoist(b, at, DimSet(1) << k.vector);
      storeAll(b, plain, k.nest, rest.remainder(b, loc, at, k.vector));
    });
  }

  void rows(OpBuilder &b, Point point, Value low, Value high, llvm::function_ref<void(OpBuilder &, Point &)> each) {
    point.indices.resize(row);
    point.indices[k.vector] = indexConstant(b, loc, 0);
    forLoop(b, loc, low, high, 1, {}, [&](OpBuilder &b, Value index, ValueRange) {
      point.indices[across] = index;
      each(b, point);
      return SmallVector<Value>();
    });
  }

  void square(OpBuilder &b, Point point) {
    for (const Access &source : sources) turn(b, source, point);
    point.vectorLoop = lane;
    point.lanes = point.active = lanes;
    constexpr int64_t together = 4;
    forLoop(b, loc, indexConstant(b, loc, 0), indexConstant(b, loc, lanes), together, {},
            [&](OpBuilder &b, Value first, ValueRange) {
              SmallVector<Point> points(std::min(together, lanes), point);
              for (auto [i, p] : llvm::enumerate(points))
                p.indices[row] = b.createOrFold<arith::AddIOp>(loc, first, indexConstant(b, loc, i));
              storeAll(b, body, inner, points);
              return SmallVector<Value>();
            });
  }

  void turn(OpBuilder &b, const Access &source, Point point) {
    point.vectorLoop = across;
    point.lanes = point.active = lanes;
    Value base = point.indices[k.vector];
    SmallVector<Value> loaded;
    for (int64_t i = 0; i < lanes; ++i) {
      point.indices[k.vector] = b.createOrFold<arith::AddIOp>(loc, base, indexConstant(b, loc, i));
      loaded.push_back(body.load(b, source, point));
    }
    Value square = squareOf(source);
    for (auto [i, vector] : llvm::enumerate(ContractBuilder(b, loc).transpose(loaded)))
      vector::StoreOp::create(b, loc, vector, square, indexConstant(b, loc, i * lanes));
  }

  Value squareOf(const Access &source) {
    return squares.operands[squares.operands.size() - sources.size() + (&source - sources.data())];
  }

  const Elementwise &k;
  Location loc;
  Value chunk;
  int64_t lanes;
  unsigned across, row, lane;
  Nest inner;
  KernelFrame squares;         // the frame, with a square for each turned input behind its operands
  SmallVector<Access> sources; // where those inputs really lie
  Body plain, body;
};

} // namespace

void emitTurned(const Elementwise &k, OpBuilder &b, Location loc, KernelFrame &frame) {
  Turner(k, b, loc, frame).run(b);
}

} // namespace fluxion::cpu
