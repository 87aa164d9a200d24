// Reversal, windows and their adjoint, running sums, sorting.
#pragma once
#include "compiler/Reference/EvaluateShape.h"
#include "compiler/Reference/Running.h"
#include <algorithm>

namespace fluxion::reference {

// out[i] += x[j]
template <class N> void accumulate(Tensor<N> &out, int64_t i, const Tensor<N> &x, int64_t j) {
  if (x.isFloat())
    out.reals[i] = out.reals[i] + x.reals[j];
  else
    out.integers[i] = (out.integer(i) + x.integer(j)).value;
}

// The place in one axis where windows[…, p, k, …] stands.
template <class Op> Shape windowedPlace(Op op, const Indices &at) {
  int64_t axis = op.getAxis();
  Shape place(at.get());
  place[axis] = at[axis] * op.getStride() + at[axis + 1] * op.getDilation();
  place.erase(place.begin() + axis + 1);
  return place;
}

// The lines of elements along an axis: where each begins, how many there are in one, how far apart.
struct Lines {
  std::vector<int64_t> begins;
  int64_t count, stride = 1;
  Lines(const Shape &shape, int64_t axis) : count(shape[axis]) {
    for (size_t i = axis + 1; i < shape.size(); ++i) stride *= shape[i];
    Shape one(shape);
    one[axis] = std::min<int64_t>(1, count);
    for (Indices at(one); !at.done(); at.next()) begins.push_back(offsetOf(at.get(), shape));
  }
};

template <class N> void runningSums(flx::CumsumOp op, const Tensor<N> &x, Tensor<N> &y, bool roundF32, Noise &noise) {
  Lines lines(x.shape, op.getAxis());
  for (int64_t begin : lines.begins) {
    Tensor<N> total(x.element, {});
    Running<N> running(1, 0.0, x.element, roundF32, noise);
    for (int64_t step = 0; step < lines.count; ++step) {
      int64_t i = begin + lines.stride * (op.getReverse() ? lines.count - 1 - step : step);
      if (op.getExclusive()) y.take(i, total, 0);
      if (x.isFloat())
        running.add(0, x.reals[i]), total.reals[0] = running.sum(0);
      else
        accumulate(total, 0, x, i);
      if (!op.getExclusive()) y.take(i, total, 0);
    }
  }
}

template <class N> bool precedes(const Tensor<N> &x, int64_t i, int64_t j, bool descending) {
  if (!x.isFloat()) return descending ? x.integers[i] > x.integers[j] : x.integers[i] < x.integers[j];
  auto a = primal(x.reals[i]), b = primal(x.reals[j]);
  if (a != a || b != b) return a == a; // NaN last
  return descending ? a > b : a < b;
}

template <class N> llvm::Error Evaluator<N>::sort(flx::SortOp op) {
  const T &x = get(op.getX());
  if (llvm::Error error = budget.spend(op, uint64_t(x.size()) * 8)) return error;
  T sorted(x.element, x.shape), indices(Element::I32, x.shape);
  Lines lines(x.shape, op.getAxis());
  std::vector<int64_t> order(lines.count);
  for (int64_t begin : lines.begins) {
    for (int64_t i = 0; i < lines.count; ++i) order[i] = i;
    auto before = [&](int64_t i, int64_t j) {
      return precedes(x, begin + i * lines.stride, begin + j * lines.stride, op.getDescending());
    };
    llvm::sort(order, [&](int64_t i, int64_t j) { return before(i, j) || (i < j && !before(j, i)); });
    for (auto [i, from] : llvm::enumerate(order)) {
      sorted.take(begin + i * lines.stride, x, begin + from * lines.stride);
      indices.integers[begin + i * lines.stride] = from;
    }
  }
  values[op.getValues()] = std::move(sorted);
  values[op.getIndices()] = std::move(indices);
  return llvm::Error::success();
}

template <class N> llvm::Expected<bool> Evaluator<N>::windows(mlir::Operation *op, T &result) {
  if (auto o = mlir::dyn_cast<flx::ReverseOp>(op)) {
    fillFrom(result, get(o.getX()), [&](const Indices &at, Shape &from) {
      from = Shape(at.get());
      for (int64_t axis : o.getAxes()) from[axis] = result.shape[axis] - 1 - from[axis];
      return true;
    });
    return true;
  }
  if (auto o = mlir::dyn_cast<flx::WindowOp>(op)) {
    fillFrom(result, get(o.getX()), [&](const Indices &at, Shape &from) {
      from = windowedPlace(o, at);
      return true;
    });
    return true;
  }
  if (auto o = mlir::dyn_cast<flx::OverlapAddOp>(op)) {
    const T &x = get(o.getX());
    if (llvm::Error error = budget.spend(op, x.size())) return std::move(error);
    int64_t i = 0;
    for (Indices at(x.shape); !at.done(); at.next())
      accumulate(result, offsetOf(windowedPlace(o, at), result.shape), x, i++);
    return true;
  }
  if (auto o = mlir::dyn_cast<flx::CumsumOp>(op)) return runningSums(o, get(o.getX()), result, roundF32, budget.noise), true;
  return false;
}

} // namespace fluxion::reference
