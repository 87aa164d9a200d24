// The arithmetic of derivative rules: each function builds one op, or none where an absent Term makes it needless.
#include "dialects/Term.h"
#include "dialects/Dialect.h"
#include "dialects/Equation.h"
#include <limits>

using namespace mlir;

namespace fluxion::flx {

// 0 + b = b;  a + 0 = a
Term operator+(Term a, Term b) { return !a ? b : !b ? a : a.algebra->make<AddOp>(a.value, b.value); }
// 0 − b = −b;  a − 0 = a
Term operator-(Term a, Term b) { return !b ? a : !a ? -b : a.algebra->make<SubOp>(a.value, b.value); }
// 0 · b = 0: exact, for the zero is symbolic
Term operator*(Term a, Term b) { return !a || !b ? Term() : a.algebra->make<MulOp>(a.value, b.value); }
Term operator/(Term a, Term b) { return !a ? Term() : a.algebra->make<DivOp>(a.value, b.value); }
Term operator-(Term a) { return !a ? Term() : a.algebra->make<NegOp>(a.value); }
Term operator+(Term a, double b) { return a + a.algebra->constant(a.getType(), b); }
Term operator-(double a, Term b) { return b.algebra->constant(b.getType(), a) - b; }
Term operator*(Term a, double b) { return !a ? Term() : a * a.algebra->constant(a.getType(), b); }
Term operator/(double a, Term b) { return b.algebra->constant(b.getType(), a) / b; }

#define FLX_UNARY(Class, name)                                                                                         \
  Term Algebra::name(Term a) { return make<Class>(a.value); }
#define FLX_BINARY(Class, name)                                                                                        \
  Term Algebra::name(Term a, Term b) { return make<Class>(a.value, b.value); }
#define FLX_LOGICAL(Class, name)                                                                                       \
  Term Algebra::name(Term a, Term b) { return make<Class>(a.value, b.value); }
#define FLX_COMPARISON(Class, name)                                                                                    \
  Term Algebra::name(Term a, Term b) { return make<Class>(a.value, b.value); }
#include "dialects/OpLists.inc"

Term Algebra::not_(Term a) { return make<NotOp>(a.value); }
Term Algebra::polygamma(int64_t order, Term a) { return make<PolygammaOp>(a.getType(), a.value, order); }

Term Algebra::select(Term condition, Term a, Term b) {
  if (!a && !b) return Term();
  Type type = (a ? a : b).getType();
  return make<SelectOp>(type, condition.value, instantiate(a, type), instantiate(b, type));
}

// `a`'s shape with another element type.
static Type withElement(Type type, Type element) {
  if (auto tensor = dyn_cast<RankedTensorType>(type)) return tensor.clone(element);
  return element;
}

static RankedTensorType tensorLike(Term a, ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, getElementTypeOrSelf(a.getType()));
}

Term Algebra::convert(Term a, Type type) {
  if (!a) return Term();
  type = withElement(a.getType(), getElementTypeOrSelf(type));
  return type == a.getType() ? a : make<ConvertOp>(type, a.value);
}

Term Algebra::constant(Type type, double value) { return make<ConstantOp>(type, splatAttribute(type, value)); }

Term Algebra::broadcast(Term a, ArrayRef<int64_t> shape, ArrayRef<int64_t> dims) {
  if (!a) return Term();
  return make<BroadcastOp>(tensorLike(a, shape), a.value, dims);
}

Term Algebra::broadcastOver(Term a, ArrayRef<int64_t> axes, Type type) {
  if (!a) return Term();
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> dims;
  for (int64_t axis = 0; axis < tensor.getRank(); ++axis)
    if (!llvm::is_contained(axes, axis)) dims.push_back(axis);
  return broadcast(a, tensor.getShape(), dims);
}

Term Algebra::reshape(Term a, ArrayRef<int64_t> shape) {
  return !a ? Term() : make<ReshapeOp>(tensorLike(a, shape), a.value);
}

Term Algebra::transpose(Term a, ArrayRef<int64_t> permutation) {
  if (!a) return Term();
  SmallVector<int64_t> shape;
  for (int64_t axis : permutation) shape.push_back(a.getShape()[axis]);
  return make<TransposeOp>(tensorLike(a, shape), a.value, permutation);
}

Term Algebra::slice(Term a, ArrayRef<int64_t> offsets, ArrayRef<int64_t> strides, ArrayRef<int64_t> sizes) {
  return !a ? Term() : make<SliceOp>(tensorLike(a, sizes), a.value, offsets, strides);
}

Term Algebra::pad(Term a, ArrayRef<int64_t> low, ArrayRef<int64_t> high, ArrayRef<int64_t> interior) {
  if (!a) return Term();
  SmallVector<int64_t> shape;
  for (auto [extent, l, h, i] : llvm::zip_equal(a.getShape(), low, high, interior))
    shape.push_back(l + h + extent + (extent > 0 ? (extent - 1) * i : 0));
  return make<PadOp>(tensorLike(a, shape), a.value, low, high, interior);
}

Term Algebra::concat(ArrayRef<Term> parts, int64_t axis) {
  SmallVector<Value> values;
  SmallVector<int64_t> shape(parts.front().getShape());
  shape[axis] = 0;
  for (Term part : parts) {
    values.push_back(part.value);
    shape[axis] += part.getShape()[axis];
  }
  return make<ConcatOp>(tensorLike(parts.front(), shape), values, axis);
}

Term Algebra::gather(Term a, Term indices, int64_t axis) {
  if (!a) return Term();
  SmallVector<int64_t> shape(a.getShape().take_front(axis));
  llvm::append_range(shape, indices.getShape());
  llvm::append_range(shape, a.getShape().drop_front(axis + 1));
  return make<GatherOp>(tensorLike(a, shape), a.value, indices.value, axis);
}

Term Algebra::scatterAdd(Term updates, Term indices, int64_t axis, Type type) {
  return !updates ? Term() : make<ScatterAddOp>(type, updates.value, indices.value, axis);
}

// The place of each element in row-major order, its index along the axis replaced by the one given.
Term Algebra::gatherAlong(Term a, Term indices, int64_t axis) {
  if (!a) return Term();
  auto type = cast<RankedTensorType>(a.getType());
  if (type.getRank() == 1) return gather(a, indices, 0);
  bool isLarge = type.getNumElements() > std::numeric_limits<int32_t>::max();
  Type element = isLarge ? builder.getI64Type() : builder.getI32Type();
  RankedTensorType place = type.clone(element);
  Term flat;
  int64_t stride = 1;
  for (int64_t each = type.getRank() - 1; each >= 0; stride *= type.getDimSize(each--)) {
    if (type.getDimSize(each) <= 1) continue;
    Term index = each == axis ? convert(indices, element) : make<IotaOp>(place, each);
    Term scale = make<ConstantOp>(DenseElementsAttr::get(place, builder.getIntegerAttr(element, stride)));
    flat = flat + (stride == 1 ? index : index * scale);
  }
  return gather(reshape(a, {type.getNumElements()}), flat ? flat : convert(indices, element), 0);
}

Term Algebra::window(Term a, int64_t axis, int64_t size, int64_t stride, int64_t dilation) {
  if (!a) return Term();
  SmallVector<int64_t> shape(a.getShape());
  shape[axis] = windowCount(shape[axis], size, stride, dilation);
  shape.insert(shape.begin() + axis + 1, size);
  return make<WindowOp>(tensorLike(a, shape), a.value, axis, size, stride, dilation);
}

Term Algebra::overlapAdd(Term a, int64_t axis, int64_t stride, int64_t dilation, Type type) {
  return !a ? Term() : make<OverlapAddOp>(type, a.value, axis, stride, dilation);
}

Term Algebra::cumsum(Term a, int64_t axis, bool reverse, bool exclusive) {
  return !a ? Term() : make<CumsumOp>(a.getType(), a.value, axis, reverse, exclusive);
}

static SmallVector<int64_t> without(ArrayRef<int64_t> shape, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> rest;
  for (auto [axis, extent] : llvm::enumerate(shape))
    if (!llvm::is_contained(axes, int64_t(axis))) rest.push_back(extent);
  return rest;
}

Term Algebra::sum(Term a, ArrayRef<int64_t> axes) {
  return !a ? Term() : make<SumOp>(tensorLike(a, without(a.getShape(), axes)), a.value, axes);
}

Term Algebra::any(Term a, ArrayRef<int64_t> axes) {
  return make<AnyOp>(tensorLike(a, without(a.getShape(), axes)), a.value, axes);
}

Term Algebra::einsum(StringRef equation, ArrayRef<Term> operands) {
  SmallVector<Value> values;
  SmallVector<RankedTensorType> types;
  for (Term operand : operands) {
    if (!operand) return Term();
    values.push_back(operand.value);
    types.push_back(cast<RankedTensorType>(operand.getType()));
  }
  Equation parsed = *Equation::parse(equation);
  return make<EinsumOp>(tensorLike(operands.front(), parsed.outputShape(types)), values, equation);
}

Term Algebra::again(Operation *op, Term operand) {
  if (!operand) return Term();
  Operation *clone = op->cloneWithoutRegions();
  clone->setOperand(0, operand.value);
  clone->setLoc(location);
  return (*this)(builder.insert(clone)->getResult(0));
}

} // namespace fluxion::flx
