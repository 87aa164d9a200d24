// Reductions, gather and scatter, and contractions by direct loops over their indices.
#pragma once
#include "compiler/Reference/Evaluator.h"
#include "compiler/Reference/Running.h"
#include "dialects/Dialect.h"
#include "dialects/Equation.h"

namespace fluxion::reference {

// The elements of x that fall together when `axes` disappear: for each element of the result, in order.
template <class N>
std::vector<std::vector<int64_t>> groups(const Tensor<N> &x, llvm::ArrayRef<int64_t> axes, const Shape &kept) {
  std::vector<std::vector<int64_t>> result(elementCount(kept));
  int64_t i = 0;
  for (Indices at(x.shape); !at.done(); at.next(), ++i) {
    Shape to;
    for (size_t axis = 0; axis < x.shape.size(); ++axis)
      if (!llvm::is_contained(axes, int64_t(axis))) to.push_back(at[axis]);
    result[offsetOf(to, kept)].push_back(i);
  }
  return result;
}

template <class N> N realAt(const Tensor<N> &x, int64_t i, N *) { return x.reals[i]; }
template <class N> Integer realAt(const Tensor<N> &x, int64_t i, Integer *) { return x.integer(i); }

// The extremum; its tangent is the mean over all that attain it, which a value m + mean(xᵢ − m) over the ties carries.
template <class V, class N> V extremum(const Tensor<N> &x, const std::vector<int64_t> &group, bool largest) {
  constexpr bool integral = std::is_same_v<V, Integer>;
  auto at = [&](int64_t i) { return realAt(x, i, static_cast<V *>(nullptr)); };
  if (group.empty()) {
    if constexpr (integral)
      return Integer(largest ? int64_t(uint64_t(1) << (integerBits(x.element) - 1)) : -1, integerBits(x.element));
    else
      return largest ? -INFINITY : INFINITY;
  }
  V best = at(group[0]);
  for (int64_t i : group) best = largest ? max(best, at(i)) : min(best, at(i));
  if constexpr (!integral) {
    V first = best, sum = 0.0;
    double ties = 0;
    for (int64_t i : group)
      if (V candidate = at(i); candidate == best && isFinite(DoubleDouble(toDouble(candidate)))) {
        if (ties == 0) first = candidate;
        sum = sum + (candidate - first), ties += 1;
      }
    if (ties > 0) best = first + sum / V(ties);
  }
  return best;
}

template <class V, class N>
bool reduceAs(mlir::Operation *op, const Tensor<N> &x, const std::vector<int64_t> &group, V &total, bool roundF32, Noise &noise) {
  auto at = [&](int64_t i) { return realAt(x, i, static_cast<V *>(nullptr)); };
  bool isSum = mlir::isa<flx::SumOp>(op);
  if (isSum || mlir::isa<flx::ProdOp>(op)) {
    if constexpr (std::is_same_v<V, Integer>) {
      total = V(isSum ? 0.0 : 1.0);
      for (int64_t i : group) total = isSum ? total + at(i) : total * at(i);
    } else {
      Running<N> running(1, isSum ? 0.0 : 1.0, x.element, roundF32, noise);
      for (int64_t i : group) isSum ? running.add(0, at(i)) : running.multiply(0, at(i));
      total = isSum ? running.sum(0) : running.product(0);
    }
  } else if (mlir::isa<flx::ReduceMaxOp, flx::ReduceMinOp>(op)) {
    total = extremum<V>(x, group, mlir::isa<flx::ReduceMaxOp>(op));
  } else {
    return false;
  }
  return true;
}

// The first of the largest (smallest), or of the NaNs if there are any.
template <class N> int64_t argument(const Tensor<N> &x, const std::vector<int64_t> &group, bool largest) {
  int64_t best = 0;
  for (int64_t i = 0, n = group.size(); i < n; ++i) {
    if (!x.isFloat()) {
      int64_t a = x.integers[group[i]], b = x.integers[group[best]];
      if (largest ? a > b : a < b) best = i;
      continue;
    }
    const N &a = x.reals[group[i]], &b = x.reals[group[best]];
    if (a != a) return i;
    if (largest ? a > b : a < b) best = i;
  }
  return best;
}

template <class N> llvm::Expected<bool> Evaluator<N>::reduction(mlir::Operation *op, T &result) {
  llvm::SmallVector<int64_t> axes;
  if (auto attribute = op->getAttrOfType<mlir::DenseI64ArrayAttr>("axes"))
    axes.assign(attribute.asArrayRef().begin(), attribute.asArrayRef().end());
  else if (auto argmax = mlir::dyn_cast<flx::ArgmaxOp>(op))
    axes.push_back(argmax.getAxis());
  else if (auto argmin = mlir::dyn_cast<flx::ArgminOp>(op))
    axes.push_back(argmin.getAxis());
  else
    return false;
  const T &x = get(op->getOperand(0));
  if (llvm::Error error = budget.spend(op, x.size())) return std::move(error);
  int64_t out = 0;
  for (const std::vector<int64_t> &group : groups(x, axes, result.shape)) {
    int64_t i = out++;
    auto truth = [&](int64_t element) { return x.integers[element] != 0; };
    if (mlir::isa<flx::AnyOp>(op))
      result.integers[i] = llvm::any_of(group, truth);
    else if (mlir::isa<flx::AllOp>(op))
      result.integers[i] = llvm::all_of(group, truth);
    else if (mlir::isa<flx::ArgmaxOp, flx::ArgminOp>(op))
      result.integers[i] = argument(x, group, mlir::isa<flx::ArgmaxOp>(op));
    else if (x.isFloat()) {
      if (!reduceAs<N>(op, x, group, result.reals[i], roundF32, budget.noise)) return false;
    } else {
      Integer total;
      if (!reduceAs<Integer>(op, x, group, total, roundF32, budget.noise)) return false;
      result.integers[i] = Integer(total.value, integerBits(x.element)).value;
    }
  }
  return true;
}

// An index outside the axis means the nearest one inside.
template <class N> int64_t clampedIndex(const Tensor<N> &indices, llvm::ArrayRef<int64_t> at, int64_t extent) {
  return std::clamp<int64_t>(indices.integers[offsetOf(at, indices.shape)], 0, extent - 1);
}

template <class N> llvm::Expected<bool> Evaluator<N>::indexing(mlir::Operation *op, T &result) {
  auto gather = mlir::dyn_cast<flx::GatherOp>(op);
  auto scatter = mlir::dyn_cast<flx::ScatterAddOp>(op);
  if (!gather && !scatter) return false;
  int64_t axis = gather ? gather.getAxis() : scatter.getAxis();
  const T &x = get(op->getOperand(0)), &indices = get(op->getOperand(1));
  // `wide` has the axes of the indices where `narrow` has the one they point into.
  const Shape &wide = gather ? result.shape : x.shape, &narrow = gather ? x.shape : result.shape;
  int64_t rank = indices.shape.size(), i = 0;
  if (elementCount(wide) && narrow[axis] == 0) return fault(op, "indexes an empty axis");
  Running<N> sums(scatter ? int64_t(result.reals.size()) : 0, 0.0, result.element, roundF32, budget.noise);
  for (Indices at(wide); !at.done(); at.next(), ++i) {
    Shape place(at.get().begin(), at.get().begin() + axis);
    place.push_back(clampedIndex(indices, at.get().slice(axis, rank), narrow[axis]));
    place.append(at.get().begin() + axis + rank, at.get().end());
    int64_t j = offsetOf(place, narrow);
    if (gather)
      result.take(i, x, j);
    else if (x.isFloat())
      sums.add(j, x.reals[i]);
    else
      result.integers[j] = (result.integer(j) + x.integer(i)).value;
  }
  for (int64_t j = 0; scatter && j < int64_t(result.reals.size()); ++j) result.reals[j] = sums.sum(j);
  return true;
}

// y[output] += Σ ∏ xᵢ[lettersᵢ], by one loop over every letter.
template <class N>
llvm::Error contractAtOnce(mlir::Operation *op, Budget &budget, bool roundF32, llvm::ArrayRef<std::string> axes,
                           llvm::ArrayRef<const Tensor<N> *> xs, llvm::StringRef output, Tensor<N> &y) {
  std::string letters;
  Shape extents;
  for (auto [names, x] : llvm::zip(axes, xs))
    for (auto [letter, extent] : llvm::zip(names, x->shape))
      if (letters.find(letter) == std::string::npos) letters.push_back(letter), extents.push_back(extent);
  if (llvm::Error error = budget.spend(op, uint64_t(elementCount(extents)) * (1 + xs.size()))) return error;
  // How far one step along each letter's axis moves in a tensor: repeated letters move along the diagonal.
  auto stridesOf = [&](llvm::StringRef names, const Shape &shape) {
    Shape strides(letters.size(), 0);
    int64_t stride = 1;
    for (size_t axis = shape.size(); axis-- > 0; stride *= shape[axis]) strides[letters.find(names[axis])] += stride;
    return strides;
  };
  auto offset = [&](const Indices &at, const Shape &strides) {
    int64_t i = 0;
    for (size_t letter = 0; letter < strides.size(); ++letter) i += at[letter] * strides[letter];
    return i;
  };
  llvm::SmallVector<Shape> strides;
  for (auto [names, x] : llvm::zip(axes, xs)) strides.push_back(stridesOf(names, x->shape));
  Shape outStrides = stridesOf(output, y.shape);
  Running<N> sums(int64_t(y.reals.size()), 0.0, y.element, roundF32, budget.noise);
  for (Indices at(extents); !at.done(); at.next()) {
    int64_t out = offset(at, outStrides);
    N product = 1.0;
    Integer whole(1, 64);
    for (auto [each, x] : llvm::zip(strides, xs)) {
      int64_t i = offset(at, each);
      if (x->isFloat())
        product = sums.settled(product * x->reals[i]);
      else
        whole = whole * x->integer(i);
    }
    if (y.isFloat())
      sums.add(out, product);
    else
      y.integers[out] = (y.integer(out) + whole).value;
  }
  for (int64_t i = 0; i < int64_t(y.reals.size()); ++i) y.reals[i] = sums.sum(i);
  return llvm::Error::success();
}

// Two operands at a time, from the left: never more work than all at once, and of long chains far less.
template <class N>
llvm::Error Evaluator<N>::contraction(mlir::Operation *op, llvm::StringRef text, mlir::ValueRange operands, T &result) {
  auto equation = flx::Equation::parse(text);
  if (!equation) return fault(op, "malformed equation");
  llvm::SmallVector<std::string> axes(equation->operands.begin(), equation->operands.end());
  llvm::SmallVector<const T *> xs;
  for (mlir::Value operand : operands) xs.push_back(&get(operand));
  std::vector<std::unique_ptr<T>> made;
  while (xs.size() > 2) {
    std::string needed = equation->output, kept;
    for (size_t i = 2; i < axes.size(); ++i) needed += axes[i];
    Shape shape;
    for (size_t i = 0; i < 2; ++i)
      for (auto [letter, extent] : llvm::zip(axes[i], xs[i]->shape))
        if (needed.find(letter) != std::string::npos && kept.find(letter) == std::string::npos)
          kept.push_back(letter), shape.push_back(extent);
    made.push_back(std::make_unique<T>(result.element, shape));
    if (llvm::Error error = contractAtOnce<N>(op, budget, roundF32, llvm::ArrayRef(axes).take_front(2),
                                              llvm::ArrayRef(xs).take_front(2), kept, *made.back()))
      return error;
    axes.erase(axes.begin()), xs.erase(xs.begin());
    axes[0] = kept, xs[0] = made.back().get();
  }
  return contractAtOnce<N>(op, budget, roundF32, axes, xs, equation->output, result);
}

// The body of a contraction speaks of one element; here it is evaluated for all of them, scalars standing for tensors.
template <class N> llvm::Error Evaluator<N>::fusedContraction(mlir::Operation *op) {
  auto contract = mlir::cast<flx::ContractOp>(op);
  mlir::Block &body = contract.getBody().front();
  T accumulator;
  Element element;
  Shape shape;
  if (llvm::Error error = describe(body.getArgument(0).getType(), element, shape)) return error;
  llvm::SmallVector<int64_t> extents = contract.getOutputShape();
  shape.assign(extents.begin(), extents.end());
  accumulator = T(element, shape);
  if (llvm::Error error = contraction(op, contract.getEquation(), contract.getContracted(), accumulator)) return error;
  scalarShape = shape;
  values[body.getArgument(0)] = accumulator;
  for (auto [i, operand] : llvm::enumerate(contract.getEpilogue())) {
    auto map = mlir::cast<mlir::AffineMapAttr>(contract.getMaps()[i]).getValue();
    const T &x = get(operand);
    T spread(x.element, shape);
    int64_t element = 0;
    for (Indices at(shape); !at.done(); at.next(), ++element)
      spread.take(element, x, offsetOf(map.compose(at.get()), x.shape));
    values[body.getArgument(i + 1)] = std::move(spread);
  }
  if (llvm::Error error = block(body)) return error;
  for (auto [i, result, value] : llvm::enumerate(op->getResults(), body.getTerminator()->getOperands())) {
    T copy = get(value);
    if (contract.isSummed(i)) {
      T total(copy.element, Shape{});
      for (const N &x : copy.reals) total.reals[0] = total.reals[0] + x;
      for (size_t at = 0; at < copy.integers.size(); ++at) total.integers[0] = (total.integer(0) + copy.integer(at)).value;
      copy = std::move(total);
    }
    values[result] = std::move(copy);
  }
  return llvm::Error::success();
}

} // namespace fluxion::reference
