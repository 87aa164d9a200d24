// Shape: repetition moves outward, past whatever can be computed before it; slices read through what they cut.
#include "compiler/Symbolic/Families.h"

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {
namespace {

RankedTensorType tensorType(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

// f(broadcast x, broadcast y, c) = broadcast f(x, y, c), on the axes that some operand really has
struct NarrowElementwise : RewritePattern {
  NarrowElementwise(MLIRContext *context) : RewritePattern(MatchAnyOpTypeTag(), 1, context) {}
  LogicalResult matchAndRewrite(Operation *op, PatternRewriter &rewriter) const override {
    if (!op->hasTrait<Elementwise>() || op->getNumOperands() == 0 || !tensorType(op->getResult(0))) return failure();
    RankedTensorType type = tensorType(op->getResult(0));
    SmallVector<int64_t> kept, shape;
    bool isBroadcast = false;
    for (Value operand : op->getOperands()) {
      if (splatConstant(operand)) continue;
      auto broadcast = operand.getDefiningOp<BroadcastOp>();
      if (!broadcast) return failure();
      isBroadcast = true;
      for (int64_t dim : broadcast.getDims())
        if (!llvm::is_contained(kept, dim)) kept.push_back(dim);
    }
    if (!isBroadcast || int64_t(kept.size()) == type.getRank()) return failure();
    llvm::sort(kept);
    for (int64_t dim : kept) shape.push_back(type.getDimSize(dim));

    Algebra k(rewriter, op->getLoc());
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) operands.push_back(narrow(k, operand, kept, shape));
    OperationState state(op->getLoc(), op->getName().getStringRef(), operands, type.clone(shape), op->getAttrs());
    rewriter.replaceOp(op, k.broadcast(k(rewriter.create(state)->getResult(0)), type.getShape(), kept).value);
    return success();
  }

  static Value narrow(Algebra &k, Value operand, ArrayRef<int64_t> kept, ArrayRef<int64_t> shape) {
    RankedTensorType type = tensorType(operand).clone(shape);
    if (TypedAttr constant = splatLike(operand, type)) return k.make<ConstantOp>(type, constant).value;
    auto broadcast = operand.getDefiningOp<BroadcastOp>();
    SmallVector<int64_t> dims;
    for (int64_t dim : broadcast.getDims()) dims.push_back(llvm::find(kept, dim) - kept.begin());
    return k.broadcast(k(broadcast.getX()), shape, dims).value;
  }
};

// Σ broadcast(x) = n·broadcast(Σ x), n the number of repetitions summed; max and min the same without n
template <typename Op> LogicalResult reducedBroadcast(Op op, PatternRewriter &rewriter) {
  auto broadcast = op.getX().template getDefiningOp<BroadcastOp>();
  if (!broadcast || broadcast.getNewAxes().empty()) return failure();
  SmallVector<int64_t> inner, dims, position;
  double repetitions = 1;
  for (int64_t axis = 0, next = 0; axis < tensorType(op.getX()).getRank(); ++axis)
    position.push_back(llvm::is_contained(op.getAxes(), axis) ? -1 : next++);
  for (auto [i, dim] : llvm::enumerate(broadcast.getDims())) {
    if (position[dim] < 0)
      inner.push_back(i);
    else
      dims.push_back(position[dim]);
  }
  for (int64_t axis : broadcast.getNewAxes()) {
    if (position[axis] >= 0) continue;
    if (tensorType(op.getX()).getDimSize(axis) == 0) return failure();
    repetitions *= double(tensorType(op.getX()).getDimSize(axis));
  }
  Algebra k(rewriter, op.getLoc());
  SmallVector<int64_t> shape;
  for (auto [i, extent] : llvm::enumerate(tensorType(broadcast.getX()).getShape()))
    if (!llvm::is_contained(inner, int64_t(i))) shape.push_back(extent);
  Term reduced = k.make<Op>(op.getType().clone(shape), broadcast.getX(), inner);
  Term result = k.broadcast(reduced, op.getType().getShape(), dims);
  rewriter.replaceOp(op, (isa<SumOp>(op.getOperation()) && repetitions != 1 ? result * repetitions : result).value);
  return success();
}

// Σ_a Σ_b x = Σ_{a,b} x, and the same of prod, max and min
template <typename Op> LogicalResult composedReductions(Op op, PatternRewriter &rewriter) {
  auto inner = op.getX().template getDefiningOp<Op>();
  if (!inner || !isUsedOnce(inner)) return failure();
  SmallVector<int64_t> kept, axes(inner.getAxes());
  for (int64_t axis = 0; axis < inner.getX().getType().getRank(); ++axis)
    if (!llvm::is_contained(inner.getAxes(), axis)) kept.push_back(axis);
  for (int64_t axis : op.getAxes()) axes.push_back(kept[axis]);
  llvm::sort(axes);
  rewriter.replaceOpWithNewOp<Op>(op, op.getResult().getType(), inner.getX(), axes);
  return success();
}

// transpose(broadcast x) = broadcast(transpose x)
LogicalResult transposedBroadcast(TransposeOp op, PatternRewriter &rewriter) {
  auto broadcast = op.getX().getDefiningOp<BroadcastOp>();
  if (!broadcast) return failure();
  SmallVector<int64_t> place = inversePermutation(op.getPermutation()), dims;
  for (int64_t dim : broadcast.getDims()) dims.push_back(place[dim]);
  auto order = llvm::to_vector(llvm::seq<int64_t>(0, dims.size()));
  llvm::sort(order, [&](int64_t a, int64_t b) { return dims[a] < dims[b]; });
  llvm::sort(dims);
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, k.broadcast(k.transpose(k(broadcast.getX()), order), op.getType().getShape(), dims).value);
  return success();
}

// slice(broadcast x) = broadcast(slice x)
LogicalResult slicedBroadcast(SliceOp op, PatternRewriter &rewriter) {
  auto broadcast = op.getX().getDefiningOp<BroadcastOp>();
  if (!broadcast) return failure();
  SmallVector<int64_t> offsets, strides, sizes;
  for (int64_t dim : broadcast.getDims()) {
    offsets.push_back(op.getOffsets()[dim]);
    strides.push_back(op.getStrides()[dim]);
    sizes.push_back(op.getType().getDimSize(dim));
  }
  Algebra k(rewriter, op.getLoc());
  Term inner = k.slice(k(broadcast.getX()), offsets, strides, sizes);
  rewriter.replaceOp(op, k.broadcast(inner, op.getType().getShape(), broadcast.getDims()).value);
  return success();
}

// A uniform tensor stays uniform when its elements move.
template <typename Op> LogicalResult movedUniform(Op op, PatternRewriter &rewriter) {
  auto broadcast = op.getX().template getDefiningOp<BroadcastOp>();
  if (!broadcast || !broadcast.getDims().empty()) return failure();
  if constexpr (std::is_same_v<Op, GatherOp>) // else the fault must stay
    if (!isWithin(op.getIndices(), tensorType(op.getX()).getDimSize(op.getAxis()))) return failure();
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, uniformLike(k, op.getX(), op.getType()).value);
  return success();
}

// slice(concat(…, x, …)) = slice x, where the slice stays within x
LogicalResult slicedConcat(SliceOp op, PatternRewriter &rewriter) {
  auto concat = op.getX().getDefiningOp<ConcatOp>();
  if (!concat) return failure();
  int64_t axis = concat.getAxis(), size = op.getType().getDimSize(axis), begin = op.getOffsets()[axis];
  if (size == 0) return failure();
  int64_t last = begin + (size - 1) * op.getStrides()[axis];
  for (Value part : concat.getOperands()) {
    int64_t extent = tensorType(part).getDimSize(axis);
    if (begin >= extent) {
      begin -= extent;
      last -= extent;
      continue;
    }
    if (last >= extent) return failure();
    SmallVector<int64_t> offsets(op.getOffsets());
    offsets[axis] = begin;
    Algebra k(rewriter, op.getLoc());
    rewriter.replaceOp(op, k.slice(k(part), offsets, op.getStrides(), op.getType().getShape()).value);
    return success();
  }
  return failure();
}

// slice(pad x) = x, where the slice undoes the pad
LogicalResult slicedPad(SliceOp op, PatternRewriter &rewriter) {
  auto pad = op.getX().getDefiningOp<PadOp>();
  if (!pad || pad.getX().getType() != op.getType() || pad.getLow() != op.getOffsets()) return failure();
  for (auto [stride, interior, size] : llvm::zip_equal(op.getStrides(), pad.getInterior(), op.getType().getShape()))
    if (size > 1 && stride != interior + 1) return failure();
  rewriter.replaceOp(op, pad.getX());
  return success();
}

// pad(x) + pad(y) = concat(x, y), where the two fill an axis side by side: the adjoint of cutting a tensor in pieces
LogicalResult adjacentPads(AddOp op, PatternRewriter &rewriter) {
  auto first = op.getA().getDefiningOp<PadOp>(), second = op.getB().getDefiningOp<PadOp>();
  if (!first || !second || !isUsedOnce(first) || !isUsedOnce(second)) return failure();
  auto interior = [](int64_t amount) { return amount != 0; };
  if (llvm::any_of(first.getInterior(), interior) || llvm::any_of(second.getInterior(), interior)) return failure();
  std::optional<int64_t> axis; // the one axis along which they differ
  for (int64_t i = 0; i < tensorType(op).getRank(); ++i) {
    if (first.getLow()[i] == second.getLow()[i] && first.getHigh()[i] == second.getHigh()[i]) continue;
    if (axis) return failure();
    axis = i;
  }
  if (!axis) return failure();
  if (first.getLow()[*axis] > second.getLow()[*axis]) std::swap(first, second);
  int64_t end = first.getLow()[*axis] + tensorType(first.getX()).getDimSize(*axis);
  if (end != second.getLow()[*axis]) return failure();
  Algebra k(rewriter, op.getLoc());
  Term joined = k.concat({k(first.getX()), k(second.getX())}, *axis);
  SmallVector<int64_t> low(first.getLow()), high(second.getHigh()), none(low.size(), 0);
  rewriter.replaceOp(op, k.pad(joined, low, high, none).value);
  return success();
}

// concat(concat(x, y), z) = concat(x, y, z) along one axis
LogicalResult nestedConcat(ConcatOp op, PatternRewriter &rewriter) {
  SmallVector<Value> parts;
  for (Value part : op.getOperands()) {
    auto inner = part.getDefiningOp<ConcatOp>();
    if (inner && isUsedOnce(inner) && inner.getAxis() == op.getAxis())
      llvm::append_range(parts, inner.getOperands());
    else
      parts.push_back(part);
  }
  if (parts.size() == op.getOperands().size()) return failure();
  rewriter.replaceOpWithNewOp<ConcatOp>(op, op.getType(), parts, op.getAxis());
  return success();
}

} // namespace

void populateShape(RuleSet rules) {
  rules.patterns.add<NarrowElementwise>(rules.patterns.getContext());
  FLX_RULE(rules, Regrouping, reducedBroadcast<SumOp>);
  FLX_RULE(rules, Exact, reducedBroadcast<ReduceMaxOp>);
  FLX_RULE(rules, Exact, reducedBroadcast<ReduceMinOp>);
  FLX_RULE(rules, Regrouping, composedReductions<SumOp>);
  FLX_RULE(rules, Regrouping, composedReductions<ProdOp>);
  FLX_RULE(rules, Exact, composedReductions<ReduceMaxOp>);
  FLX_RULE(rules, Exact, composedReductions<ReduceMinOp>);
  FLX_RULE(rules, Exact, transposedBroadcast);
  FLX_RULE(rules, Exact, slicedBroadcast);
  FLX_RULE(rules, Exact, movedUniform<ReshapeOp>);
  FLX_RULE(rules, Exact, movedUniform<GatherOp>);
  FLX_RULE(rules, Exact, slicedConcat);
  FLX_RULE(rules, Exact, slicedPad);
  FLX_RULE(rules, Symbolic, adjacentPads);
  FLX_RULE(rules, Exact, nestedConcat);
}

} // namespace fluxion
