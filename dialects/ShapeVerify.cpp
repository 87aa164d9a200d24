// What must hold of constants, shape ops and reductions. Every fault says which axis and which extents disagree.
#include "dialects/Verify.h"

using namespace mlir;

namespace fluxion::flx {

InFlightDiagnostic fault(Operation *op, StringRef number) { return op->emitOpError("[") << number << "] "; }

std::string shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << "[";
  llvm::interleaveComma(shape, out);
  out << "]";
  return text;
}

static LogicalResult verifyAxis(Operation *op, int64_t axis, int64_t rank) {
  if (axis >= 0 && axis < rank) return success();
  return fault(op, "E0812") << "axis " << axis << " is not among the " << rank << " axes";
}

LogicalResult verifyFlag(Operation *op, StringRef name, uint64_t value) {
  if (value <= 1) return success();
  return fault(op, "E0812") << name << " is 0 or 1, not " << int64_t(value);
}

static LogicalResult verifyElements(Operation *op, RankedTensorType x, RankedTensorType result) {
  if (x.getElementType() == result.getElementType()) return success();
  return fault(op, "E0810") << "keeps the element type: " << x.getElementType() << " cannot become "
                            << result.getElementType();
}

static LogicalResult verifyShape(Operation *op, RankedTensorType result, ArrayRef<int64_t> expected) {
  if (result.getShape() == expected) return success();
  return fault(op, "E0811") << "gives the shape " << shapeText(expected) << ", but the result has "
                            << shapeText(result.getShape());
}

static LogicalResult verifyCount(Operation *op, StringRef name, size_t count, int64_t rank) {
  if (int64_t(count) == rank) return success();
  return fault(op, "E0812") << "needs one of " << name << " for each of the " << rank << " axes, but has " << count;
}

static LogicalResult verifyAxes(Operation *op, ArrayRef<int64_t> axes, int64_t rank) {
  for (auto [i, axis] : llvm::enumerate(axes)) {
    if (failed(verifyAxis(op, axis, rank))) return failure();
    if (i > 0 && axes[i - 1] >= axis)
      return fault(op, "E0812") << "axes must increase, but " << axis << " follows " << axes[i - 1];
  }
  return success();
}

LogicalResult verifyReduction(Operation *op, RankedTensorType x, ArrayRef<int64_t> axes, RankedTensorType result) {
  if (failed(verifyElements(op, x, result)) || failed(verifyAxes(op, axes, x.getRank()))) return failure();
  SmallVector<int64_t> expected;
  for (auto [axis, extent] : llvm::enumerate(x.getShape()))
    if (!llvm::is_contained(axes, int64_t(axis))) expected.push_back(extent);
  return verifyShape(op, result, expected);
}

LogicalResult verifyArgReduction(Operation *op, RankedTensorType x, int64_t axis, RankedTensorType result) {
  if (failed(verifyAxis(op, axis, x.getRank()))) return failure();
  if (x.getDimSize(axis) == 0) return fault(op, "E0811") << "has no element to choose along axis " << axis;
  SmallVector<int64_t> expected(x.getShape());
  expected.erase(expected.begin() + axis);
  return verifyShape(op, result, expected);
}

LogicalResult PolygammaOp::verify() {
  int64_t order = getOrder();
  if (order >= 0) return success();
  return fault(*this, "E0812") << "order must not be negative, but is " << order;
}

LogicalResult ConvertOp::verify() {
  Type a = getA().getType(), result = getResult().getType();
  bool alike = isa<RankedTensorType>(a) == isa<RankedTensorType>(result);
  if (alike &&
      (!isa<RankedTensorType>(a) || cast<RankedTensorType>(a).getShape() == cast<RankedTensorType>(result).getShape()))
    return success();
  return fault(*this, "E0811") << "keeps the shape: " << a << " cannot become " << result;
}

LogicalResult IotaOp::verify() { return verifyAxis(*this, getAxis(), getResult().getType().getRank()); }

LogicalResult BroadcastOp::verify() {
  RankedTensorType x = getX().getType(), result = getResult().getType();
  if (failed(verifyElements(*this, x, result)) || failed(verifyCount(*this, "dims", getDims().size(), x.getRank())))
    return failure();
  for (auto [i, dim] : llvm::enumerate(getDims())) {
    if (failed(verifyAxis(*this, dim, result.getRank()))) return failure();
    if (i > 0 && getDims()[i - 1] >= dim)
      return fault(*this, "E0812") << "dims must increase, but " << dim << " follows " << getDims()[i - 1];
    if (x.getDimSize(i) != result.getDimSize(dim))
      return fault(*this, "E0811") << "axis " << i << " of the operand has extent " << x.getDimSize(i) << ", axis "
                                   << dim << " of the result " << result.getDimSize(dim);
  }
  return success();
}

LogicalResult ReshapeOp::verify() {
  RankedTensorType x = getX().getType(), result = getResult().getType();
  if (failed(verifyElements(*this, x, result))) return failure();
  if (x.getNumElements() == result.getNumElements()) return success();
  return fault(*this, "E0811") << "keeps the number of elements: " << x.getNumElements() << " of "
                               << shapeText(x.getShape()) << " cannot fill the " << result.getNumElements() << " of "
                               << shapeText(result.getShape());
}

LogicalResult TransposeOp::verify() {
  RankedTensorType x = getX().getType(), result = getResult().getType();
  if (failed(verifyElements(*this, x, result)) ||
      failed(verifyCount(*this, "permutation", getPermutation().size(), x.getRank())))
    return failure();
  SmallVector<int64_t> expected;
  SmallVector<bool> seen(x.getRank(), false);
  for (int64_t axis : getPermutation()) {
    if (failed(verifyAxis(*this, axis, x.getRank()))) return failure();
    if (std::exchange(seen[axis], true))
      return fault(*this, "E0812") << "axis " << axis << " stands twice in the permutation";
    expected.push_back(x.getDimSize(axis));
  }
  return verifyShape(*this, result, expected);
}

LogicalResult SliceOp::verify() {
  RankedTensorType x = getX().getType(), result = getResult().getType();
  if (failed(verifyElements(*this, x, result)) ||
      failed(verifyCount(*this, "offsets", getOffsets().size(), x.getRank())) ||
      failed(verifyCount(*this, "strides", getStrides().size(), x.getRank())))
    return failure();
  if (x.getRank() != result.getRank()) return verifyShape(*this, result, x.getShape());
  for (int64_t axis = 0; axis < x.getRank(); ++axis) {
    int64_t offset = getOffsets()[axis], stride = getStrides()[axis], size = result.getDimSize(axis),
            extent = x.getDimSize(axis);
    if (stride < 1) return fault(*this, "E0812") << "stride " << stride << " along axis " << axis << " is not positive";
    // In this order no product overflows: 0 ≤ offset, then (size − 1) ≤ (extent − 1 − offset)/stride.
    bool inside = offset >= 0 && offset <= extent &&
                  (size == 0 || (offset < extent && size - 1 <= (extent - 1 - offset) / stride));
    if (!inside)
      return fault(*this, "E0811") << "reads " << size << " elements from " << offset << " by " << stride
                                   << " along axis " << axis << ", which has only " << extent;
  }
  return success();
}

LogicalResult PadOp::verify() {
  RankedTensorType x = getX().getType(), result = getResult().getType();
  if (failed(verifyElements(*this, x, result)) || failed(verifyCount(*this, "low", getLow().size(), x.getRank())) ||
      failed(verifyCount(*this, "high", getHigh().size(), x.getRank())) ||
      failed(verifyCount(*this, "interior", getInterior().size(), x.getRank())))
    return failure();
  constexpr int64_t limit = int64_t(1) << 40; // of one amount: sums and products below stay in range
  SmallVector<int64_t> expected;
  for (int64_t axis = 0; axis < x.getRank(); ++axis) {
    int64_t low = getLow()[axis], high = getHigh()[axis], interior = getInterior()[axis], extent = x.getDimSize(axis);
    for (int64_t amount : {low, high, interior})
      if (amount < 0 || amount > limit) return fault(*this, "E0812") << "cannot pad axis " << axis << " by " << amount;
    int64_t inner = 0, total = 0;
    if (llvm::MulOverflow(std::max<int64_t>(extent - 1, 0), interior, inner) ||
        llvm::AddOverflow(inner, low + high + extent, total))
      return fault(*this, "E0811") << "pads axis " << axis << " beyond what can be counted";
    expected.push_back(total);
  }
  return verifyShape(*this, result, expected);
}

LogicalResult ConcatOp::verify() {
  if (getOperands().empty()) return fault(*this, "E0811") << "needs an operand";
  auto first = cast<RankedTensorType>(getOperands().front().getType());
  if (failed(verifyAxis(*this, getAxis(), first.getRank())) ||
      failed(verifyElements(*this, first, getResult().getType())))
    return failure();
  SmallVector<int64_t> expected(first.getShape());
  expected[getAxis()] = 0;
  for (auto [i, type] : llvm::enumerate(getOperands().getTypes())) {
    auto part = cast<RankedTensorType>(type);
    SmallVector<int64_t> rest(part.getShape()), model(first.getShape());
    if (part.getRank() == first.getRank()) rest[getAxis()] = model[getAxis()];
    if (rest != model || part.getElementType() != first.getElementType())
      return fault(*this, "E0811") << "operand " << i << " is " << part << ", which differs from " << first
                                   << " elsewhere than along axis " << getAxis();
    expected[getAxis()] += part.getDimSize(getAxis());
  }
  return verifyShape(*this, getResult().getType(), expected);
}

// The shape of gather's result, which is also that of scatter_add's updates.
static SmallVector<int64_t> gathered(RankedTensorType x, RankedTensorType indices, int64_t axis) {
  SmallVector<int64_t> shape(x.getShape().take_front(axis));
  llvm::append_range(shape, indices.getShape());
  llvm::append_range(shape, x.getShape().drop_front(axis + 1));
  return shape;
}

LogicalResult GatherOp::verify() {
  RankedTensorType x = getX().getType(), result = getResult().getType();
  if (failed(verifyAxis(*this, getAxis(), x.getRank())) || failed(verifyElements(*this, x, result))) return failure();
  if (x.getDimSize(getAxis()) == 0 && getIndices().getType().getNumElements() != 0)
    return fault(*this, "E0811") << "cannot index axis " << getAxis() << ", which is empty";
  return verifyShape(*this, result, gathered(x, getIndices().getType(), getAxis()));
}

LogicalResult ScatterAddOp::verify() {
  RankedTensorType x = getX().getType(), result = getResult().getType();
  if (failed(verifyAxis(*this, getAxis(), result.getRank())) || failed(verifyElements(*this, x, result)))
    return failure();
  if (result.getDimSize(getAxis()) == 0 && getIndices().getType().getNumElements() != 0)
    return fault(*this, "E0811") << "cannot index axis " << getAxis() << ", which is empty";
  SmallVector<int64_t> expected = gathered(result, getIndices().getType(), getAxis());
  if (x.getShape() == ArrayRef(expected)) return success();
  return fault(*this, "E0811") << "takes updates of shape " << shapeText(expected) << ", but they have "
                               << shapeText(x.getShape());
}

LogicalResult ReverseOp::verify() { return verifyAxes(*this, getAxes(), getX().getType().getRank()); }

int64_t windowCount(int64_t extent, int64_t size, int64_t stride, int64_t dilation) {
  int64_t reach;
  if (llvm::MulOverflow(dilation, size - 1, reach) || reach >= extent) return 0;
  return (extent - 1 - reach) / stride + 1;
}

// A window and its adjoint: `whole` has one axis where `parts` has two.
static LogicalResult verifyWindows(Operation *op, int64_t axis, int64_t size, int64_t stride, int64_t dilation,
                                   RankedTensorType whole, RankedTensorType parts, bool splits) {
  if (failed(verifyAxis(op, axis, whole.getRank())) || failed(verifyElements(op, whole, parts))) return failure();
  for (auto [name, value] : {std::pair("size", size), std::pair("stride", stride), std::pair("dilation", dilation)})
    if (value < 1) return fault(op, "E0812") << name << " " << value << " is not positive";
  SmallVector<int64_t> expected(whole.getShape());
  expected[axis] = windowCount(expected[axis], size, stride, dilation);
  expected.insert(expected.begin() + axis + 1, size);
  if (splits) return verifyShape(op, parts, expected);
  if (parts.getShape() == ArrayRef(expected)) return success();
  return fault(op, "E0811") << "takes windows of shape " << shapeText(expected) << ", but they have "
                            << shapeText(parts.getShape());
}

LogicalResult WindowOp::verify() {
  return verifyWindows(*this, getAxis(), getSize(), getStride(), getDilation(), getX().getType(), getResult().getType(),
                       true);
}

LogicalResult OverlapAddOp::verify() {
  RankedTensorType x = getX().getType();
  if (failed(verifyAxis(*this, getAxis(), x.getRank() - 1))) return failure();
  return verifyWindows(*this, getAxis(), x.getDimSize(getAxis() + 1), getStride(), getDilation(), getResult().getType(),
                       x, false);
}

LogicalResult CumsumOp::verify() {
  return failure(failed(verifyAxis(*this, getAxis(), getX().getType().getRank())) ||
                 failed(verifyFlag(*this, "reverse", getReverse())) ||
                 failed(verifyFlag(*this, "exclusive", getExclusive())));
}

LogicalResult SortOp::verify() {
  RankedTensorType x = getX().getType();
  if (failed(verifyAxis(*this, getAxis(), x.getRank())) || failed(verifyFlag(*this, "descending", getDescending())))
    return failure();
  if (x.getDimSize(getAxis()) > std::numeric_limits<int32_t>::max())
    return fault(*this, "E0811") << "cannot number " << x.getDimSize(getAxis()) << " elements by an i32";
  return verifyShape(*this, getIndices().getType(), x.getShape());
}

SmallVector<int64_t> BroadcastOp::getNewAxes() {
  SmallVector<int64_t> axes;
  for (int64_t axis = 0; axis < getResult().getType().getRank(); ++axis)
    if (!llvm::is_contained(getDims(), axis)) axes.push_back(axis);
  return axes;
}

} // namespace fluxion::flx
