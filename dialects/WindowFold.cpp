// Folding and canonical forms of reverse, window, overlap_add, cumsum and sort: where one of them only moves elements
// in a simpler way, the simpler op says so.
#include "dialects/Fold.h"

using namespace mlir;

namespace fluxion::flx {

// Axes of at most one element are their own reverse.
OpFoldResult ReverseOp::fold(FoldAdaptor adaptor) {
  RankedTensorType type = getX().getType();
  if (llvm::all_of(getAxes(), [&](int64_t axis) { return type.getDimSize(axis) <= 1; })) return getX();
  return splatOver(type, scalarOf(adaptor.getX()));
}

// No window fits: nothing is read.
OpFoldResult WindowOp::fold(FoldAdaptor adaptor) {
  if (getResult().getType().getNumElements() == 0) return splatAttribute(getResult().getType(), 0);
  return splatOver(getResult().getType(), scalarOf(adaptor.getX()));
}

OpFoldResult OverlapAddOp::fold(FoldAdaptor) {
  if (getX().getType().getNumElements() == 0 || isPositiveZero(getX())) return splatAttribute(getResult().getType(), 0);
  return {};
}

OpFoldResult CumsumOp::fold(FoldAdaptor) {
  RankedTensorType type = getX().getType();
  if (isPositiveZero(getX())) return getX();
  if (type.getDimSize(getAxis()) > 1) return {};
  return getExclusive() ? OpFoldResult(splatAttribute(type, 0)) : OpFoldResult(getX());
}

LogicalResult SortOp::fold(FoldAdaptor, SmallVectorImpl<OpFoldResult> &results) {
  if (getX().getType().getDimSize(getAxis()) > 1) return failure();
  results.append({getX(), splatAttribute(getIndices().getType(), 0)});
  return success();
}

namespace {

// reverse(reverse(x, a), b) = reverse(x, a △ b); axes of one element are left out
LogicalResult composedReverse(ReverseOp op, PatternRewriter &rewriter) {
  RankedTensorType type = op.getX().getType();
  auto inner = op.getX().getDefiningOp<ReverseOp>();
  SmallVector<int64_t> axes;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    bool outer = llvm::is_contained(op.getAxes(), axis), within = inner && llvm::is_contained(inner.getAxes(), axis);
    if (outer != within && type.getDimSize(axis) > 1) axes.push_back(axis);
  }
  Value x = inner ? inner.getX() : op.getX();
  if (x == op.getX() && ArrayRef(axes) == op.getAxes()) return failure();
  rewriter.replaceOpWithNewOp<ReverseOp>(op, type, x, axes);
  return success();
}

// Windows that do not interleave, as strides of a slice: of one element, only one, or side by side. 0: they interleave.
int64_t strideOfDisjoint(int64_t count, int64_t size, int64_t stride, int64_t dilation) {
  if (count == 0) return 0;
  if (size == 1) return stride;
  if (count == 1) return dilation;
  return dilation == 1 && stride == size ? 1 : 0;
}

// Such windows are a slice taken apart.
LogicalResult disjointWindows(WindowOp op, PatternRewriter &rewriter) {
  int64_t axis = op.getAxis(), size = op.getSize();
  ArrayRef<int64_t> shape = op.getResult().getType().getShape();
  int64_t stride = strideOfDisjoint(shape[axis], size, op.getStride(), op.getDilation());
  if (stride == 0) return failure();
  SmallVector<int64_t> sizes(op.getX().getType().getShape()), offsets(sizes.size(), 0), strides(sizes.size(), 1);
  sizes[axis] = shape[axis] * size;
  strides[axis] = sizes[axis] > 1 ? stride : 1;
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, k.reshape(k.slice(k(op.getX()), offsets, strides, sizes), shape).value);
  return success();
}

// Their adjoint puts the pieces side by side, zeros between and behind them.
LogicalResult disjointOverlaps(OverlapAddOp op, PatternRewriter &rewriter) {
  int64_t axis = op.getAxis();
  ArrayRef<int64_t> parts = op.getX().getType().getShape();
  int64_t stride = strideOfDisjoint(parts[axis], parts[axis + 1], op.getStride(), op.getDilation());
  if (stride == 0) return failure();
  SmallVector<int64_t> shape(op.getResult().getType().getShape()), low(shape.size(), 0), high(low), interior(low);
  int64_t extent = std::exchange(shape[axis], parts[axis] * parts[axis + 1]);
  if (shape[axis] > 1) interior[axis] = stride - 1;
  high[axis] = extent - (shape[axis] + (shape[axis] - 1) * interior[axis]);
  Algebra k(rewriter, op.getLoc());
  rewriter.replaceOp(op, k.pad(k.reshape(k(op.getX()), shape), low, high, interior).value);
  return success();
}

} // namespace

void ReverseOp::getCanonicalizationPatterns(RewritePatternSet &set, MLIRContext *) { addRule(set, "composedReverse", composedReverse); }
void WindowOp::getCanonicalizationPatterns(RewritePatternSet &set, MLIRContext *) { addRule(set, "disjointWindows", disjointWindows); }
void OverlapAddOp::getCanonicalizationPatterns(RewritePatternSet &set, MLIRContext *) { addRule(set, "disjointOverlaps", disjointOverlaps); }

} // namespace fluxion::flx
