// Letters to strides: classification and merging, and the forms of emission compared.
#include "compiler/Target/Cpu/ContractShape.h"
#include "compiler/Lowering/ScalarEmit.h"
#include "compiler/Target/Cpu/ContractBuilder.h"
#include "dialects/Dialect.h"
#include "dialects/Equation.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
using namespace mlir;

namespace fluxion::cpu {

static SmallVector<int64_t> rowMajor(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t i = int64_t(shape.size()) - 2; i >= 0; --i) strides[i] = strides[i + 1] * shape[i + 1];
  return strides;
}

static int64_t product(ArrayRef<ContractAxis> axes) {
  int64_t p = 1;
  for (const ContractAxis &axis : axes) p *= axis.size;
  return p;
}

int64_t ContractShape::outputs() const { return product(batch) * product(m) * product(n); }
int64_t ContractShape::depth() const { return product(k); }
SmallVector<ContractAxis> ContractShape::outputAxes() const {
  SmallVector<ContractAxis> axes(batch);
  llvm::append_range(axes, m);
  llvm::append_range(axes, n);
  return axes;
}

// Sorts by falling stride of one operand, then joins neighbours (outer, inner) wherever outer's stride is inner's
// stride times its size in every operand: together they are one axis.
static void merge(SmallVectorImpl<ContractAxis> &axes, unsigned key) {
  auto before = [&](const ContractAxis &x, const ContractAxis &y) {
    return std::tie(x.strides[key], x.size, x.strides) > std::tie(y.strides[key], y.size, y.strides);
  };
  llvm::sort(axes, before);
  for (size_t i = 0; i + 1 < axes.size();) {
    ContractAxis &outer = axes[i], &inner = axes[i + 1];
    bool joined = llvm::all_of(llvm::zip(outer.strides, inner.strides),
                               [&](auto s) { return std::get<0>(s) == std::get<1>(s) * inner.size; });
    if (!joined) {
      ++i;
      continue;
    }
    inner.size *= outer.size;
    axes.erase(axes.begin() + i);
    i = i > 0 ? i - 1 : 0;
  }
}

// The region on vectors. Constants may stand above it, where folding has put them.
static SmallVector<Value> evaluateRegion(Block &body, ContractBuilder &b, Value sums, ValueRange sides) {
  llvm::DenseMap<Value, Value> values;
  int64_t lanes = cast<VectorType>(sums.getType()).getNumElements();
  values[body.getArgument(0)] = sums;
  for (auto [argument, side] : llvm::zip_equal(body.getArguments().drop_front(), sides)) values[argument] = side;
  auto lookup = [&](Value v) {
    Value &known = values[v];
    TypedAttr constant;
    if (!known && matchPattern(v, m_Constant(&constant))) {
      auto splat = DenseElementsAttr::get(b.vectorOf(lanes, v.getType()), ArrayRef<Attribute>(constant));
      known = arith::ConstantOp::create(b.builder, b.location, splat);
    }
    return known;
  };
  for (Operation &op : body.without_terminator()) {
    if (op.hasTrait<OpTrait::ConstantLike>()) continue;
    SmallVector<Lane> operands;
    for (Value operand : op.getOperands()) operands.emplace_back(b.builder, b.location, lookup(operand));
    values[op.getResult(0)] = emitScalarOp(&op, operands);
  }
  SmallVector<Value> results;
  for (Value v : body.getTerminator()->getOperands()) results.push_back(lookup(v));
  return results;
}

static bool isTrivial(Block &body) {
  Operation *yield = body.getTerminator();
  return yield->getNumOperands() == 1 && yield->getOperand(0) == body.getArgument(0);
}

ContractShape shapeOf(flx::ContractOp op) {
  ContractShape shape;
  flx::Equation equation = *flx::Equation::parse(op.getEquation());
  shape.contracted = op.getContracted().size(), shape.sides = op.getEpilogue().size(),
  shape.results = op.getNumResults();
  shape.element = getElementTypeOrSelf(op.getContracted()[0].getType());
  for (unsigned r = 0; r < shape.results; ++r) shape.summed.push_back(op.isSummed(r));
  SmallVector<int64_t> outShape = op.getOutputShape();

  llvm::MapVector<char, ContractAxis> axes;
  auto strideOf = [&](char letter, unsigned operand, int64_t extent, int64_t stride) {
    ContractAxis &axis = axes[letter];
    axis.size = extent;
    axis.strides.resize(shape.order() + 1);
    axis.strides[operand] += stride;
  };
  for (auto [i, letters] : llvm::enumerate(equation.operands)) {
    auto extents = cast<RankedTensorType>(op.getContracted()[i].getType()).getShape();
    for (auto [letter, extent, stride] : llvm::zip_equal(letters, extents, rowMajor(extents)))
      strideOf(letter, i, extent, stride);
  }
  for (auto [i, side, map] : llvm::enumerate(op.getEpilogue(), op.getMaps().getAsValueRange<AffineMapAttr>())) {
    auto extents = cast<RankedTensorType>(side.getType()).getShape();
    for (auto [expression, extent, stride] : llvm::zip_equal(map.getResults(), extents, rowMajor(extents)))
      strideOf(equation.output[cast<AffineDimExpr>(expression).getPosition()], shape.contracted + i, extent, stride);
  }
  for (auto [letter, extent, stride] : llvm::zip_equal(equation.output, outShape, rowMajor(outShape))) {
    strideOf(letter, shape.order(), extent, stride);
    for (unsigned r = 0; r < shape.results; ++r)
      if (!shape.summed[r]) strideOf(letter, shape.firstResult() + r, extent, stride);
  }

  for (auto &[letter, axis] : axes) {
    bool inA = flx::contains(equation.operands[0], letter);
    bool inB = shape.contracted > 1 && flx::contains(equation.operands[1], letter);
    if (axis.size == 1) continue;
    if (!flx::contains(equation.output, letter))
      shape.k.push_back(axis);
    else
      (inA && inB ? shape.batch : inB ? shape.n : shape.m).push_back(axis);
  }
  for (auto *axisClass : {&shape.batch, &shape.m, &shape.n}) merge(*axisClass, shape.order());
  merge(shape.k, 0);

  Block &body = op.getBody().front();
  for (Operation &inner : body.without_terminator()) shape.epilogueCost += scalarCost(&inner);
  if (!isTrivial(body))
    shape.epilogue = [&body](ContractBuilder &b, Value sums, ValueRange sides) {
      return evaluateRegion(body, b, sums, sides);
    };
  return shape;
}

void finishLanes(ContractBuilder &b, const Gemm::Epilogue &epilogue, Value sums, ArrayRef<LaneSite> sides,
                 ArrayRef<LaneSite> results, Value mask) {
  int64_t lanes = cast<VectorType>(sums.getType()).getNumElements();
  SmallVector<Value> loaded;
  for (const LaneSite &side : sides)
    loaded.push_back(fromMemory(b, b.load(side.memref, side.offset, lanes, side.stride, mask)));
  SmallVector<Value> finished = epilogue ? epilogue(b, sums, loaded) : SmallVector<Value>{sums};
  for (auto [result, value] : llvm::zip_equal(results, finished)) {
    if (result.accumulate) {
      if (mask)
        value =
            arith::SelectOp::create(b.builder, b.location, mask, value, b.zeros(lanes, getElementTypeOrSelf(value)));
      b.store(b.sum(b.load(result.memref, result.offset, lanes), value), result.memref, result.offset);
      continue;
    }
    Type inMemory = cast<MemRefType>(result.memref.getType()).getElementType();
    b.store(toMemory(b, value, inMemory), result.memref, result.offset, result.stride, mask);
  }
}

const ContractAxis *laneAxis(const ContractShape &shape, ArrayRef<ContractAxis> axes) {
  const ContractAxis *best = nullptr;
  for (const ContractAxis &axis : axes)
    if (!best || axis.strides[shape.order()] < best->strides[shape.order()]) best = &axis;
  return best;
}

const ContractAxis *dotAxis(const ContractShape &shape) {
  for (const ContractAxis &axis : shape.k)
    if (llvm::all_of(ArrayRef(axis.strides).take_front(shape.contracted), [](int64_t s) { return s == 1; }))
      return &axis;
  return nullptr;
}

double directCycles(const ContractShape &shape, const Machine &machine) {
  SmallVector<ContractAxis> axes = shape.outputAxes();
  const ContractAxis *along = laneAxis(shape, axes);
  int64_t lanes = machine.lanes(shape.element), size = along ? along->size : 1;
  double vectors = double(shape.outputs()) / std::max<int64_t>(size, 1) * ((size + lanes - 1) / lanes), loads = 0;
  for (unsigned i = 0; i < shape.contracted; ++i) {
    int64_t stride = along ? along->strides[i] : 0;
    loads += stride == 0 ? 0.4 : stride == 1 ? 0.5 : double(lanes);
  }
  return vectors * (shape.depth() * loads + 8);
}

ContractForm chooseForm(const ContractShape &shape, const Machine &machine) {
  if (shape.contracted != 2 || shape.outputs() == 0 || shape.depth() == 0) return ContractForm::Direct;
  double direct = directCycles(shape, machine), gemm = gemmCycles(gemmOf(shape), machine), dot = direct + gemm;
  if (const ContractAxis *axis = dotAxis(shape)) {
    double lanes = machine.lanes(shape.element),
           steps = shape.depth() / double(axis->size) * std::ceil(axis->size / lanes);
    dot = shape.outputs() * (steps + 4);
  }
  if (dot < direct && dot < gemm) return ContractForm::Dot;
  return direct < gemm ? ContractForm::Direct : ContractForm::Gemm;
}

} // namespace fluxion::cpu
