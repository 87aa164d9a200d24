// Dual<N>: a value and its derivative in one direction. The derivatives of the elementary functions are stated here
// once more, independently of the dialect's rules. Nesting (Dual<Dual<N>>) gives mixed second derivatives. Conventions
// at kinks are the dialect's: |x|′(0) = 0, ties of max and min share equally, steps have slope 0. A tangent that is
// exactly zero stays zero whatever it is multiplied by: what does not vary has no derivative.
#pragma once
#include "compiler/Reference/DoubleDouble.h"
#include "compiler/Reference/F64.h"

namespace fluxion::reference {

inline bool isZero(F64 a) { return a.value == 0; }
inline bool isZero(DoubleDouble a) { return a.hi == 0; }

template <class N> N times(const N &slope, const N &tangent) { return isZero(tangent) ? N(0.0) : slope * tangent; }

template <class N> struct Dual {
  N value, tangent;
  Dual() : value(0.0), tangent(0.0) {}
  Dual(double constant) : value(constant), tangent(0.0) {}
  Dual(N value, N tangent) : value(value), tangent(tangent) {}

  friend bool isZero(const Dual &a) { return isZero(a.value) && isZero(a.tangent); }

  friend Dual operator+(const Dual &a, const Dual &b) { return {a.value + b.value, a.tangent + b.tangent}; }
  friend Dual operator-(const Dual &a, const Dual &b) { return {a.value - b.value, a.tangent - b.tangent}; }
  friend Dual operator-(const Dual &a) { return {-a.value, -a.tangent}; }
  friend Dual operator*(const Dual &a, const Dual &b) {
    return {a.value * b.value, times(b.value, a.tangent) + times(a.value, b.tangent)};
  }
  friend Dual operator/(const Dual &a, const Dual &b) {
    N inverse = N(1.0) / b.value;
    return {a.value / b.value, times(inverse, a.tangent) - times(a.value * inverse * inverse, b.tangent)};
  }
  friend bool operator<(const Dual &a, const Dual &b) { return a.value < b.value; }
  friend bool operator<=(const Dual &a, const Dual &b) { return a.value <= b.value; }
  friend bool operator>(const Dual &a, const Dual &b) { return a.value > b.value; }
  friend bool operator>=(const Dual &a, const Dual &b) { return a.value >= b.value; }
  friend bool operator==(const Dual &a, const Dual &b) { return a.value == b.value; }
  friend bool operator!=(const Dual &a, const Dual &b) { return a.value != b.value; }
};

/// The value at the bottom of any nest.
inline F64 primal(F64 a) { return a; }
inline DoubleDouble primal(DoubleDouble a) { return a; }
template <class N> auto primal(const Dual<N> &a) { return primal(a.value); }

//                      f           f′(x), with y = f(x)
#define FLUXION_DUAL(NAME, SLOPE)                                                                                      \
  template <class N> Dual<N> NAME(const Dual<N> &a) {                                                                  \
    const N &x = a.value;                                                                                              \
    N y = NAME(x);                                                                                                     \
    (void)x, (void)y;                                                                                                  \
    if (isZero(a.tangent)) return {y, N(0.0)};                                                                         \
    return {y, (SLOPE)*a.tangent};                                                                                     \
  }
FLUXION_DUAL(exp, y)
FLUXION_DUAL(expm1, exp(x))
FLUXION_DUAL(log, 1.0 / x)
FLUXION_DUAL(log1p, 1.0 / (1.0 + x))
FLUXION_DUAL(sqrt, 0.5 / y)
FLUXION_DUAL(rsqrt, -0.5 * y / x)
FLUXION_DUAL(sin, cos(x))
FLUXION_DUAL(cos, -sin(x))
FLUXION_DUAL(tan, 1.0 / (cos(x) * cos(x)))
FLUXION_DUAL(asin, 1.0 / sqrt((1.0 - x) * (1.0 + x)))
FLUXION_DUAL(acos, -1.0 / sqrt((1.0 - x) * (1.0 + x)))
FLUXION_DUAL(atan, 1.0 / (1.0 + x * x))
FLUXION_DUAL(sinh, 0.5 * (exp(x) + exp(-x)))
FLUXION_DUAL(sigmoid, y *sigmoid(-x))
FLUXION_DUAL(tanh, 4.0 * sigmoid(2.0 * x) * sigmoid(-2.0 * x))
FLUXION_DUAL(softplus, sigmoid(x))
FLUXION_DUAL(erf, 2.0 / sqrt(N(constants::pi.hi) + N(constants::pi.lo)) * exp(-x * x))
FLUXION_DUAL(lgamma, digamma(x))
FLUXION_DUAL(digamma, polygamma(1, x))
FLUXION_DUAL(abs, sign(x))
#undef FLUXION_DUAL

#define FLUXION_DUAL_STEP(NAME)                                                                                        \
  template <class N> Dual<N> NAME(const Dual<N> &a) { return {NAME(a.value), N(0.0)}; }
FLUXION_DUAL_STEP(sign)
FLUXION_DUAL_STEP(floor)
FLUXION_DUAL_STEP(ceil)
FLUXION_DUAL_STEP(round)
#undef FLUXION_DUAL_STEP

template <class N> Dual<N> polygamma(int64_t order, const Dual<N> &a) {
  return {polygamma(order, a.value), times(polygamma(order + 1, a.value), a.tangent)};
}

// ∂aᵇ/∂a = b aᵇ⁻¹ (0 where b is the constant 0), ∂aᵇ/∂b = aᵇ ln a (0 where a = 0)
template <class N> Dual<N> pow(const Dual<N> &a, const Dual<N> &b) {
  N y = pow(a.value, b.value), tangent = 0.0;
  if (!isZero(a.tangent) && !isZero(b.value)) tangent = b.value * pow(a.value, b.value - 1.0) * a.tangent;
  if (!isZero(b.tangent) && a.value != N(0.0)) tangent = tangent + y * log(a.value) * b.tangent;
  return {y, tangent};
}

template <class N> Dual<N> chosen(N y, bool first, bool tie, const Dual<N> &a, const Dual<N> &b) {
  return {y, tie ? 0.5 * (a.tangent + b.tangent) : first ? a.tangent : b.tangent};
}
template <class N> Dual<N> max(const Dual<N> &a, const Dual<N> &b) {
  return chosen(max(a.value, b.value), a.value > b.value, a.value == b.value, a, b);
}
template <class N> Dual<N> min(const Dual<N> &a, const Dual<N> &b) {
  return chosen(min(a.value, b.value), a.value < b.value, a.value == b.value, a, b);
}

// d atan2(a, b) = (b da − a db)/(a² + b²), 0 at the origin
template <class N> Dual<N> atan2(const Dual<N> &a, const Dual<N> &b) {
  N y = atan2(a.value, b.value), square = a.value * a.value + b.value * b.value;
  if (square == N(0.0)) return {y, N(0.0)};
  return {y, times(b.value / square, a.tangent) - times(a.value / square, b.tangent)};
}

template <class N> Dual<N> floordiv(const Dual<N> &a, const Dual<N> &b) { return {floordiv(a.value, b.value), N(0.0)}; }
// a rem b = a − b·⌊a/b⌋
template <class N> Dual<N> rem(const Dual<N> &a, const Dual<N> &b) {
  return {rem(a.value, b.value), a.tangent - times(floordiv(a.value, b.value), b.tangent)};
}

template <class N> Dual<N> select(bool condition, const Dual<N> &a, const Dual<N> &b) { return condition ? a : b; }

/// The same value, held constant for every derivative.
inline F64 heldConstant(F64 a) { return a; }
inline DoubleDouble heldConstant(DoubleDouble a) { return a; }
template <class N> Dual<N> heldConstant(const Dual<N> &a) { return {heldConstant(a.value), N(0.0)}; }

/// Rounded to f32, derivatives unchanged.
inline F64 roundedToF32(F64 a) { return double(float(a.value)); }
inline DoubleDouble roundedToF32(DoubleDouble a) {
  float nearest = float(a.hi); // twice rounded only where hi lies halfway and lo decides
  if (a.lo != 0 && std::isfinite(nearest)) {
    float other =
        std::nextafterf(nearest, a.hi + a.lo > nearest || (a.hi == nearest && a.lo > 0) ? INFINITY : -INFINITY);
    if (std::fabs(a.hi - nearest) == std::fabs(a.hi - other) && (a.lo > 0) == (other > nearest)) nearest = other;
  }
  return double(nearest);
}
template <class N> Dual<N> roundedToF32(const Dual<N> &a) { return {roundedToF32(a.value), a.tangent}; }

} // namespace fluxion::reference
