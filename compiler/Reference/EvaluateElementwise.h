// Elementwise ops: every one of the generated op lists through its own `evaluate`, on reals or on wrapping integers.
#pragma once
#include "compiler/Reference/Evaluator.h"
#include "dialects/Dialect.h"

namespace fluxion::reference {

// out[i] = f(element i of each operand), reals or integers alike.
template <class N, class Function> void zip(Tensor<N> &out, const Tensor<N> &a, Function f) {
  for (int64_t i = 0, n = out.size(); i < n; ++i)
    if (a.isFloat())
      out.reals[i] = f(a.reals[i]);
    else
      out.integers[i] = f(a.integer(i)).value;
}
template <class N, class Function> void zip(Tensor<N> &out, const Tensor<N> &a, const Tensor<N> &b, Function f) {
  for (int64_t i = 0, n = out.size(); i < n; ++i)
    if (a.isFloat())
      out.reals[i] = f(a.reals[i], b.reals[i]);
    else
      out.integers[i] = f(a.integer(i), b.integer(i)).value;
}

// Truncation toward zero, saturating; NaN gives 0.
inline int64_t saturated(DoubleDouble x, unsigned bits) {
  double limit = std::ldexp(1.0, int(bits) - 1);
  if (std::isnan(x.hi)) return 0;
  if (x >= DoubleDouble(limit)) return int64_t(~uint64_t(0) >> (65 - bits));
  if (x <= DoubleDouble(-limit)) return bits == 64 ? INT64_MIN : -int64_t(limit);
  DoubleDouble whole = x < 0.0 ? ceil(x) : floor(x);
  return int64_t(whole.hi) + int64_t(whole.lo);
}

inline DoubleDouble exactly(F64 x) { return x.value; }
inline DoubleDouble exactly(DoubleDouble x) { return x; }

// An integer of 64 bits as two doubles, or as one where the number type has no more.
template <class N> N fromInteger(int64_t x) { return N(double(x >> 32)) * N(0x1p32) + N(double(uint32_t(x))); }

template <class N> void convertElements(const Tensor<N> &a, Tensor<N> &out) {
  for (int64_t i = 0, n = out.size(); i < n; ++i) {
    if (a.isFloat() && out.isFloat())
      out.reals[i] = out.element == Element::F32 ? roundedToF32(a.reals[i]) : a.reals[i];
    else if (a.isFloat() && out.element == Element::I1)
      out.integers[i] = primal(a.reals[i]) != 0.0;
    else if (a.isFloat())
      out.integers[i] = saturated(exactly(primal(a.reals[i])), integerBits(out.element));
    else if (out.isFloat())
      out.reals[i] = fromInteger<N>(a.integers[i]);
    else
      out.integers[i] =
          out.element == Element::I1 ? a.integers[i] != 0 : Integer(a.integers[i], integerBits(out.element)).value;
  }
}

template <class N> llvm::Expected<bool> Evaluator<N>::elementwise(mlir::Operation *op, T &result) {
  if (!op->hasTrait<flx::Elementwise>()) return false;
  const T &a = get(op->getOperand(0));
  if (llvm::Error error = budget.spend(op, result.size())) return std::move(error);

  if (mlir::isa<flx::StopGradientOp>(op))
    return zip(result, a,
               [](const auto &x) {
                 if constexpr (std::is_same_v<std::decay_t<decltype(x)>, Integer>)
                   return x;
                 else
                   return heldConstant(x);
               }),
           true;
  if (mlir::isa<flx::ConvertOp>(op)) return convertElements(a, result), true;
  if (mlir::isa<flx::NotOp>(op)) {
    for (int64_t i = 0, n = result.size(); i < n; ++i) result.integers[i] = flx::NotOp::evaluate(a.integer(i)).value;
    return true;
  }
  if (auto polygammaOp = mlir::dyn_cast<flx::PolygammaOp>(op)) {
    int64_t order = polygammaOp.getOrder();
    for (int64_t i = 0, n = result.size(); i < n; ++i) result.reals[i] = flx::PolygammaOp::evaluate(a.reals[i], order);
    return true;
  }
  if (mlir::isa<flx::SelectOp>(op)) {
    const T &x = get(op->getOperand(1)), &y = get(op->getOperand(2));
    for (int64_t i = 0, n = result.size(); i < n; ++i) result.take(i, a.integers[i] ? x : y, i);
    return true;
  }
#define FLX_UNARY(Class, name)                                                                                         \
  if (mlir::isa<flx::Class>(op)) return zip(result, a, [](const auto &x) { return flx::Class::evaluate(x); }), true;
#include "dialects/OpLists.inc"
#undef FLX_UNARY
  if (op->getNumOperands() != 2) return false;
  const T &b = get(op->getOperand(1));
#define FLX_BINARY(Class, name)                                                                                        \
  if (mlir::isa<flx::Class>(op))                                                                                       \
    return zip(result, a, b, [](const auto &x, const auto &y) { return flx::Class::evaluate(x, y); }), true;
#define FLX_LOGICAL(Class, name)                                                                                       \
  if (mlir::isa<flx::Class>(op)) {                                                                                     \
    for (int64_t i = 0, n = result.size(); i < n; ++i)                                                                 \
      result.integers[i] = flx::Class::evaluate(a.integer(i), b.integer(i)).value;                                     \
    return true;                                                                                                       \
  }
#define FLX_COMPARISON(Class, name)                                                                                    \
  if (mlir::isa<flx::Class>(op)) {                                                                                     \
    for (int64_t i = 0, n = result.size(); i < n; ++i)                                                                 \
      result.integers[i] = a.isFloat() ? flx::Class::evaluate(a.reals[i], b.reals[i])                                  \
                                       : flx::Class::evaluate(a.integer(i), b.integer(i));                             \
    return true;                                                                                                       \
  }
#include "dialects/OpLists.inc"
  return false;
}

} // namespace fluxion::reference
