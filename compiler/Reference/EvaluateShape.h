// Ops that move elements, and those that make them from nothing: constants, iota, random draws.
#pragma once
#include "compiler/Reference/Evaluator.h"
#include "compiler/Reference/Philox.h"
#include "dialects/Dialect.h"

namespace fluxion::reference {

// y[index] = x[source(index)]; source returns false where y stays zero.
template <class N, class Source> void fillFrom(Tensor<N> &y, const Tensor<N> &x, Source source) {
  Shape from(x.shape.size());
  int64_t i = 0;
  for (Indices at(y.shape); !at.done(); at.next(), ++i)
    if (source(at, from)) y.take(i, x, offsetOf(from, x.shape));
}

template <class N> void padInto(flx::PadOp op, const Tensor<N> &x, Tensor<N> &y) {
  fillFrom(y, x, [&](const Indices &at, Shape &from) {
    for (size_t axis = 0; axis < from.size(); ++axis) {
      int64_t step = op.getInterior()[axis] + 1, distance = at[axis] - op.getLow()[axis];
      if (distance < 0 || distance % step != 0 || distance / step >= x.shape[axis]) return false;
      from[axis] = distance / step;
    }
    return true;
  });
}

template <class N> llvm::Expected<bool> Evaluator<N>::shape(mlir::Operation *op, T &result) {
  auto each = [&](const T &x, auto source) {
    fillFrom(result, x, [&](const Indices &at, Shape &from) {
      for (size_t axis = 0; axis < from.size(); ++axis) from[axis] = source(at, axis);
      return true;
    });
    return true;
  };
  if (auto o = mlir::dyn_cast<flx::BroadcastOp>(op))
    return each(get(o.getX()), [&](const Indices &at, size_t axis) { return at[o.getDims()[axis]]; });
  if (auto o = mlir::dyn_cast<flx::ReshapeOp>(op)) {
    result.reals = get(o.getX()).reals, result.integers = get(o.getX()).integers;
    return true;
  }
  if (auto o = mlir::dyn_cast<flx::TransposeOp>(op)) {
    Shape place(o.getPermutation().size());
    for (auto [axis, from] : llvm::enumerate(o.getPermutation())) place[from] = axis;
    return each(get(o.getX()), [&](const Indices &at, size_t axis) { return at[place[axis]]; });
  }
  if (auto o = mlir::dyn_cast<flx::SliceOp>(op))
    return each(get(o.getX()),
                [&](const Indices &at, size_t axis) { return o.getOffsets()[axis] + at[axis] * o.getStrides()[axis]; });
  if (auto o = mlir::dyn_cast<flx::PadOp>(op)) return padInto(o, get(o.getX()), result), true;
  if (auto o = mlir::dyn_cast<flx::ConcatOp>(op)) {
    int64_t begin = 0, axis = o.getAxis();
    for (mlir::Value operand : o.getOperands()) {
      const T &x = get(operand);
      int64_t i = 0;
      for (Indices at(x.shape); !at.done(); at.next(), ++i) {
        Shape to(at.get());
        to[axis] += begin;
        result.take(offsetOf(to, result.shape), x, i);
      }
      begin += x.shape[axis];
    }
    return true;
  }
  return false;
}

template <class N> llvm::Error fillConstant(mlir::Operation *op, mlir::Attribute value, Tensor<N> &result) {
  auto put = [&](int64_t i, mlir::Attribute element) {
    if (auto real = mlir::dyn_cast<mlir::FloatAttr>(element))
      result.reals[i] = N(real.getValueAsDouble());
    else if (auto integer = mlir::dyn_cast<mlir::IntegerAttr>(element))
      result.integers[i] =
          result.element == Element::I1 ? !integer.getValue().isZero() : integer.getValue().getSExtValue();
  };
  auto dense = mlir::dyn_cast<mlir::DenseElementsAttr>(value);
  if (!dense && !mlir::isa<mlir::FloatAttr, mlir::IntegerAttr>(value))
    return fault(op, "constant in an unknown encoding");
  bool splat = !dense || dense.isSplat();
  if (splat) {
    mlir::Attribute element = dense ? dense.getSplatValue<mlir::Attribute>() : value;
    for (int64_t i = 0, n = result.size(); i < n; ++i) put(i, element);
    return llvm::Error::success();
  }
  for (auto [i, element] : llvm::enumerate(dense.getValues<mlir::Attribute>())) put(i, element);
  return llvm::Error::success();
}

template <class N> llvm::Expected<bool> Evaluator<N>::source(mlir::Operation *op, T &result) {
  if (auto o = mlir::dyn_cast<flx::ConstantOp>(op)) {
    if (llvm::Error error = fillConstant(op, o.getValue(), result)) return std::move(error);
    return true;
  }
  if (auto o = mlir::dyn_cast<flx::IotaOp>(op)) {
    int64_t i = 0;
    for (Indices at(result.shape); !at.done(); at.next(), ++i)
      if (result.isFloat())
        result.reals[i] = N(double(at[o.getAxis()]));
      else
        result.integers[i] = at[o.getAxis()];
    return true;
  }
  auto draw = [&](mlir::Value key, auto element) {
    int64_t seed = get(key).integers[0];
    for (int64_t i = 0, n = result.size(); i < n; ++i) {
      DoubleDouble x = element(result.element == Element::F32, i, seed);
      result.reals[i] = N(x.hi) + N(x.lo);
    }
    return true;
  };
  if (auto o = mlir::dyn_cast<flx::RandomUniformOp>(op)) return draw(o.getKey(), randomUniform);
  if (auto o = mlir::dyn_cast<flx::RandomNormalOp>(op)) return draw(o.getKey(), randomNormal);
  if (auto o = mlir::dyn_cast<flx::FoldInOp>(op)) {
    result.integers[0] = randomFold(get(o.getKey()).integers[0], get(o.getData()).integers[0]);
    return true;
  }
  return false;
}

} // namespace fluxion::reference
