#include "Shapes.h"
#include "compiler/Target/Cpu/ContractBuilder.h"
#include "compiler/Target/Cpu/ContractShape.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <cstdio>
#include <cstdlib>
using namespace mlir;
using namespace fluxion::cpu;

std::vector<BenchShape> benchShapes() {
  std::vector<BenchShape> shapes;
  for (int64_t batch : {128, 1024}) {
    std::string at = "mlp-" + std::to_string(batch);
    auto layer = [&](int number, int64_t in, int64_t out) {
      std::string name = at + " layer " + std::to_string(number);
      shapes.push_back({name + " fwd", batch, out, in, false, false, Epilogue::BiasRelu});
      shapes.push_back({name + " dW", in, out, batch, true, false, Epilogue::None});
      shapes.push_back({name + " dW adamw", in, out, batch, true, false, Epilogue::AdamW});
      if (number > 1) shapes.push_back({name + " dX mask", batch, in, out, false, true, Epilogue::Mask});
    };
    layer(1, 784, 256), layer(2, 256, 128), layer(3, 128, 10);
  }
  for (int64_t n : {64, 128, 256, 512, 1024, 2048}) shapes.push_back({"square " + std::to_string(n), n, n, n});
  for (int64_t n : {512, 1000}) {
    shapes.push_back({"AtB " + std::to_string(n), n, n, n, true, false});
    shapes.push_back({"ABt " + std::to_string(n), n, n, n, false, true});
    shapes.push_back({"AtBt " + std::to_string(n), n, n, n, true, true});
  }
  shapes.push_back({"64x256x784", 64, 256, 784});
  shapes.push_back({"lstm gates 64x1024x256", 64, 1024, 256});
  shapes.push_back({"64x10x256", 64, 10, 256});
  shapes.push_back({"AtB 784x256x64", 784, 256, 64, true, false});
  shapes.push_back({"ABt 64x784x256", 64, 784, 256, false, true});
  shapes.push_back({"batched 64 of 64", 64, 64, 64, false, false, Epilogue::None, 64});
  shapes.push_back({"attention scores 64 of 256x256x32", 256, 256, 32, false, true, Epilogue::None, 64});
  shapes.push_back({"attention values 64 of 256x32x256", 256, 32, 256, false, false, Epilogue::None, 64});
  for (int64_t n : {256, 512, 1024})
    shapes.push_back({"f64 square " + std::to_string(n), n, n, n, false, false, Epilogue::None, 1, 'd'});
  shapes.push_back({"matrix-vector 100000x100", 100000, 1, 100});
  shapes.push_back({"transposed matrix-vector 100x100000", 100, 1, 100000, true, false});
  shapes.push_back({"matrix-vector 1024x1024", 1024, 1, 1024});
  shapes.push_back({"vector-matrix 1024x1024", 1, 1024, 1024});
  shapes.push_back({"dot 100000", 1, 1, 100000});
  shapes.push_back({"outer 1024x1024", 1024, 1024, 1});
  shapes.push_back({"four rows by a transposed matrix", 4, 1000, 1000, false, true});
  return shapes;
}

static SmallVector<Value> biasRelu(ContractBuilder &b, Value sums, ValueRange sides) {
  Value shifted = b.sum(sums, sides[0]);
  Value zero = arith::ConstantOp::create(b.builder, b.location, b.builder.getZeroAttr(sums.getType()));
  return {arith::MaximumFOp::create(b.builder, b.location, shifted, zero)};
}

static SmallVector<Value> mask(ContractBuilder &b, Value sums, ValueRange sides) {
  Value zero = arith::ConstantOp::create(b.builder, b.location, b.builder.getZeroAttr(sums.getType()));
  Value positive = arith::CmpFOp::create(b.builder, b.location, arith::CmpFPredicate::OGT, sides[0], zero);
  return {arith::SelectOp::create(b.builder, b.location, positive, sums, zero)};
}

static SmallVector<Value> adamW(ContractBuilder &b, Value g, ValueRange sides) {
  auto type = cast<VectorType>(g.getType());
  auto c = [&](double x) -> Value {
    return arith::ConstantOp::create(b.builder, b.location,
                                     DenseElementsAttr::get(type, b.builder.getFloatAttr(type.getElementType(), x)));
  };
  auto mul = [&](Value x, Value y) -> Value { return arith::MulFOp::create(b.builder, b.location, x, y); };
  Value p = sides[0], m = b.fma(sides[1], c(AdamW::b1), mul(g, c(1 - AdamW::b1)));
  Value v = b.fma(sides[2], c(AdamW::b2), mul(mul(g, g), c(1 - AdamW::b2)));
  Value root = b.sum(math::SqrtOp::create(b.builder, b.location, v), c(AdamW::epsilon));
  Value step = arith::DivFOp::create(b.builder, b.location, mul(m, sides[3]), root);
  step = b.fma(p, c(AdamW::decay), step);
  return {b.fma(step, c(-AdamW::rate), p), m, v};
}

ContractShape makeShape(MLIRContext &context, const BenchShape &s) {
  ContractShape shape;
  shape.element = elementOf(context, s.kind);
  if (s.epilogue == Epilogue::BiasRelu) shape.sides = 1, shape.epilogue = biasRelu, shape.epilogueCost = 2;
  if (s.epilogue == Epilogue::Mask) shape.sides = 1, shape.epilogue = mask, shape.epilogueCost = 3;
  if (s.epilogue == Epilogue::AdamW)
    shape.sides = 4, shape.results = 3, shape.epilogue = adamW, shape.epilogueCost = 13;
  shape.summed.assign(shape.results, false);
  // Strides of A, B, one that reads the output's own index, and the row vector of a bias.
  auto axis = [&](int64_t size, int64_t a, int64_t b, int64_t out, int64_t bias) {
    ContractAxis x;
    x.size = size, x.strides = {a, b};
    for (unsigned side = 0; side < shape.sides; ++side)
      x.strides.push_back(s.epilogue == Epilogue::BiasRelu             ? bias
                          : s.epilogue == Epilogue::AdamW && side == 3 ? 0
                                                                       : out);
    x.strides.append(shape.results + 1, out);
    return x;
  };
  if (s.batch > 1) shape.batch = {axis(s.batch, s.m * s.k, s.k * s.n, s.m * s.n, 0)};
  if (s.m > 1) shape.m = {axis(s.m, s.transposeA ? 1 : s.k, 0, s.n, 0)};
  if (s.n > 1) shape.n = {axis(s.n, 0, s.transposeB ? s.k : 1, 1, 1)};
  if (s.k > 1) shape.k = {axis(s.k, s.transposeA ? s.m : 1, s.transposeB ? 1 : s.n, 0, 0)};
  return shape;
}

std::vector<HarnessOperand> makeOperands(const BenchShape &s) {
  HarnessOperand out{s.batch * s.m * s.n, s.kind};
  std::vector<HarnessOperand> operands{{s.batch * s.m * s.k, s.kind}, {s.batch * s.k * s.n, s.kind}};
  if (s.epilogue == Epilogue::BiasRelu) operands.push_back({s.n, s.kind});
  if (s.epilogue == Epilogue::Mask) operands.push_back(out);
  if (s.epilogue == Epilogue::AdamW) operands.insert(operands.end(), {out, out, out, {1, s.kind}, out, out});
  operands.push_back(out);
  return operands;
}

unsigned resultIndex(const BenchShape &s) {
  switch (s.epilogue) {
  case Epilogue::None:
    return 2;
  case Epilogue::AdamW:
    return 2; // in place: the parameter itself
  default:
    return 3;
  }
}

void overrideBlocking(GemmBlocking &cut, const Gemm &g) {
  const char *text = std::getenv("FLUXION_GEMM");
  if (!text) return;
  int64_t v[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
  std::sscanf(text, "%ld,%ld,%ld,%ld,%ld,%ld,%ld,%ld", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]);
  auto ceilDiv = [](int64_t a, int64_t b) { return (a + b - 1) / b; };
  if (v[5] >= 0) cut.chunkColumns = v[5];
  int64_t wanted = cut.chunksPerBatch;
  if (v[0] > 0)
    cut.rows = v[0], cut.rowPanels = ceilDiv(g.m, v[0]), cut.rows = ceilDiv(g.m, cut.rowPanels),
    cut.tallPanels = g.m - (cut.rows - 1) * cut.rowPanels;
  int64_t columns = ceilDiv(g.n, cut.lanes);
  if (v[1] > 0)
    cut.colPanels = ceilDiv(columns, v[1]), cut.vectors = ceilDiv(columns, cut.colPanels),
    cut.widePanels = columns - (cut.vectors - 1) * cut.colPanels;
  if (v[2] > 0) cut.depthBlock = std::min(v[2], g.depth()), cut.depthBlocks = ceilDiv(g.depth(), cut.depthBlock);
  int64_t panels = cut.chunkColumns ? cut.colPanels : cut.rowPanels;
  if (cut.chunksPerBatch > 1) {
    cut.chunkPanels = ceilDiv(panels, std::min(panels, wanted)), cut.chunksPerBatch = ceilDiv(panels, cut.chunkPanels);
    cut.chunks = cut.chunksPerBatch;
    for (int64_t size : g.batch) cut.chunks *= size;
  } else
    cut.chunkPanels = panels;
  bool shared = cut.chunksPerBatch > 1;
  auto packed = [&](bool ofA) {
    return shared && ofA == cut.chunkColumns ? GemmAccess::PackedAhead : GemmAccess::PackedByChunk;
  };
  bool packA = v[3] >= 0 ? v[3] : cut.a != GemmAccess::InPlace, packB = v[4] >= 0 ? v[4] : cut.b != GemmAccess::InPlace;
  cut.a = packA ? packed(true) : GemmAccess::InPlace, cut.b = packB ? packed(false) : GemmAccess::InPlace;
  cut.rowPitch = ceilDiv(cut.rows, cut.lanes) * cut.lanes, cut.colPitch = cut.vectors * cut.lanes;
  if (v[6] >= 0) cut.throughStack = v[6];
  if (v[7] > 0) cut.blockPanels = v[7];
}
