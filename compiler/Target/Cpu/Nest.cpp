// From a linalg.generic to linear accesses over as few loops as will do.
#include "compiler/Target/Cpu/Nest.h"
#include "compiler/Lowering/ScalarEmit.h"
#include "mlir/Analysis/FlatLinearValueConstraints.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/bit.h"

using namespace mlir;

namespace fluxion::cpu {

SmallVector<unsigned> members(DimSet set) {
  SmallVector<unsigned> result;
  for (; set; set &= set - 1) result.push_back(llvm::countr_zero(set));
  return result;
}

DimSet Access::dims() const {
  DimSet set = 0;
  for (auto [d, stride] : llvm::enumerate(strides))
    if (stride) set |= DimSet(1) << d;
  return set;
}

bool Access::operator==(const Access &other) const {
  return offset == other.offset && strides == other.strides && element == other.element;
}

// map: (d₀, d₁, …) -> index of each axis; row-major memory turns it into one linear form.
static Access accessOf(AffineMap map, RankedTensorType type, unsigned operand) {
  Access access{operand, type.getElementType(), 0, SmallVector<int64_t>(map.getNumDims(), 0)};
  int64_t axisStride = 1;
  for (int axis = type.getRank() - 1; axis >= 0; --axis) {
    SmallVector<int64_t> flat; // coefficients of the dims, then the constant
    AffineExpr index = map.getResult(axis);
    if (auto bounded = dyn_cast<AffineBinaryOpExpr>(index); bounded && bounded.getKind() == AffineExprKind::Mod)
      index = bounded.getLHS(); // d mod extent marks a prefix of the axis; d never reaches the extent
    (void)getFlattenedAffineExpr(index, map.getNumDims(), 0, &flat);
    for (unsigned d = 0; d < map.getNumDims(); ++d) access.strides[d] += flat[d] * axisStride;
    access.offset += flat.back() * axisStride;
    axisStride *= type.getDimSize(axis);
  }
  return access;
}

//===-- Reading a generic ---------------------------------------------------------------------------------------===//

// acc' = acc ∘ term with ∘ associative and acc used nowhere else.
static void findCombiner(NestResult &result, Value yielded, BlockArgument accumulator) {
  result.term = yielded;
  Operation *op = yielded.getDefiningOp();
  if (!op || !isCombiner(op) || !accumulator.hasOneUse() || *accumulator.user_begin() != op) return;
  result.combiner = op;
  result.term = op->getOperand(op->getOperand(0) == accumulator ? 1 : 0);
}

static TypedAttr initialOf(Value destination) {
  DenseElementsAttr elements;
  if (!matchPattern(destination, m_Constant(&elements)) || !elements.isSplat()) return {};
  return elements.getSplatValue<TypedAttr>();
}

static void readResults(Nest &nest, linalg::GenericOp op, unsigned firstOperand) {
  auto yield = cast<linalg::YieldOp>(nest.body->getTerminator());
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  bool allCombine = true;
  for (unsigned i = 0; i < op.getNumDpsInits(); ++i) {
    OpOperand *destination = op.getDpsInitOperand(i);
    AffineMap map = maps[destination->getOperandNumber()];
    auto type = cast<RankedTensorType>(destination->get().getType());
    NestResult result;
    static_cast<Access &>(result) = accessOf(map, type, firstOperand + i);
    result.term = yield.getOperand(i);
    for (unsigned d : members(nest.reduction)) result.reduced |= !map.isFunctionOfDim(d);
    if (result.reduced) {
      findCombiner(result, yield.getOperand(i), op.getMatchingBlockArgument(destination));
      result.initial = initialOf(destination->get());
      allCombine &= result.combiner != nullptr;
    }
    nest.results.push_back(result);
  }
  if (!allCombine) // accumulators that look at each other advance together
    for (auto [result, value] : llvm::zip(nest.results, yield.getOperands()))
      if (result.reduced) result.combiner = nullptr, result.term = value;
}

static double estimate(const Nest &nest) {
  double cost = 0;
  for (Operation &op : nest.body->without_terminator())
    cost += isa<tensor::ExtractOp>(op) ? 1.0 : scalarCost(&op) * 0.03;
  for (const Access &input : nest.inputs) cost += input.operand != noOperand && input.dims() ? 0.05 : 0;
  for (const NestResult &result : nest.results) cost += result.reduced ? 0.02 : 0.1;
  return std::max(cost, 0.02);
}

//===-- Fewer loops ---------------------------------------------------------------------------------------------===//

static void eraseLoop(Nest &nest, unsigned loop) {
  nest.extents.erase(nest.extents.begin() + loop);
  for (Access &a : nest.inputs) a.strides.erase(a.strides.begin() + loop);
  for (Access &a : nest.results) a.strides.erase(a.strides.begin() + loop);
  DimSet low = (DimSet(1) << loop) - 1;
  nest.reduction = (nest.reduction & low) | ((nest.reduction >> 1) & ~low);
  for (int &l : nest.loopOf) l = l == int(loop) ? -1 : l > int(loop) ? l - 1 : l;
}

// i_a·s_a + i_b·s_b with s_a = s_b·extent_b everywhere is one index i = i_a·extent_b + i_b with stride s_b.
static bool canMerge(const Nest &nest, unsigned a, unsigned b, DimSet indexed) {
  DimSet both = (DimSet(1) << a) | (DimSet(1) << b);
  if ((indexed & both) || ((nest.reduction & both) && (nest.reduction & both) != both)) return false;
  auto contiguous = [&](const Access &x) {
    return x.operand == noOperand || x.strides[a] == x.strides[b] * nest.extents[b];
  };
  return llvm::all_of(nest.inputs, contiguous) && llvm::all_of(nest.results, contiguous);
}

void Nest::collapse(DimSet indexedDims) {
  for (int d = extents.size() - 1; d >= 0; --d)
    if (extents[d] == 1) eraseLoop(*this, d);
  auto indexed = [&] {
    DimSet loops = 0;
    for (auto [dim, loop] : llvm::enumerate(loopOf))
      if (loop >= 0 && (indexedDims >> dim & 1)) loops |= DimSet(1) << loop;
    return loops;
  };
  auto mergeOne = [&] {
    for (unsigned a = 0; a < extents.size(); ++a)
      for (unsigned b = 0; b < extents.size(); ++b)
        if (a != b && canMerge(*this, a, b, indexed())) {
          extents[b] *= extents[a];
          eraseLoop(*this, a);
          return true;
        }
    return false;
  };
  while (mergeOne()) {
  }
}

Nest Nest::copy(ArrayRef<int64_t> extents, Access from, Access to) {
  Nest nest;
  nest.ownBody = std::make_shared<Block>();
  nest.body = nest.ownBody.get();
  nest.extents.assign(extents.begin(), extents.end());
  nest.loopOf.assign(llvm::to_vector(llvm::seq<int>(0, extents.size())));
  nest.inputs.push_back(from);
  NestResult &result = nest.results.emplace_back();
  static_cast<Access &>(result) = to;
  Location loc = UnknownLoc::get(from.element.getContext());
  result.term = nest.body->addArgument(from.element, loc);
  nest.body->addArgument(to.element, loc);
  OpBuilder builder(loc.getContext());
  builder.setInsertionPointToEnd(nest.body);
  linalg::YieldOp::create(builder, loc, result.term);
  nest.nanoseconds = 0.15;
  nest.collapse(0);
  return nest;
}

Nest Nest::joining(ArrayRef<int64_t> cells) const {
  Nest nest;
  nest.body = body;
  nest.extents.assign(cells.begin(), cells.end());
  nest.loopOf.assign(loopOf.size(), -1);
  return nest;
}

Nest Nest::of(linalg::GenericOp op) {
  Nest nest;
  nest.body = op.getBody();
  nest.extents = op.getStaticLoopRanges();
  for (auto [d, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    nest.loopOf.push_back(d);
    if (kind == utils::IteratorType::reduction) nest.reduction |= DimSet(1) << d;
  }
  SmallVector<Value> operands = kernelInputs(op);
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  unsigned used = 0;
  for (auto [i, input] : llvm::enumerate(op.getDpsInputs()))
    nest.inputs.push_back(accessOf(maps[i], cast<RankedTensorType>(input.getType()),
                                   nest.body->getArgument(i).use_empty() ? noOperand : used++));
  nest.firstCaptured = used;
  nest.captured.assign(operands.begin() + used, operands.end());
  readResults(nest, op, operands.size());
  DimSet indexed = 0;
  for (auto index : nest.body->getOps<linalg::IndexOp>()) indexed |= DimSet(1) << index.getDim();
  nest.collapse(indexed);
  nest.nanoseconds = estimate(nest);
  return nest;
}

//===-- Choosing loops ------------------------------------------------------------------------------------------===//

int64_t Nest::points(DimSet dims) const {
  int64_t product = 1;
  for (unsigned d : members(dims)) product *= extents[d];
  return product;
}

int64_t Nest::lanes(const Machine &machine) const {
  unsigned floatBits = 0, intBits = 8;
  auto see = [&](Type type) {
    if (isa<FloatType>(type))
      floatBits = std::max(floatBits, type.getIntOrFloatBitWidth());
    else if (type.isInteger())
      intBits = std::max(intBits, type.getIntOrFloatBitWidth());
  };
  for (Type type : body->getArgumentTypes()) see(type);
  for (Operation &op : *body)
    for (Type type : op.getResultTypes()) see(type);
  return machine.vectorBytes * 8 / (floatBits ? floatBits : intBits);
}

SmallVector<unsigned> Nest::ordered(DimSet dims) const {
  SmallVector<unsigned> loops = members(dims);
  llvm::sort(loops, [&](unsigned a, unsigned b) {
    for (const NestResult &result : results)
      if (result.strides[a] != result.strides[b]) return result.strides[a] > result.strides[b];
    for (const Access &input : inputs)
      if (input.strides[a] != input.strides[b]) return input.strides[a] > input.strides[b];
    return a < b;
  });
  return loops;
}

} // namespace fluxion::cpu
