// Dual<N>: a value and its derivative in one direction. The derivatives of the elementary functions are stated here
// once more, independently of the dialect's rules. Nesting (Dual<Dual<N>>) gives mixed second derivatives. Conventions
// at kinks are the dialect's: |x|′(0) = 0, ties of max and min share equally, steps have slope 0. A number that does
// not move has no tangent, which is not the same as a tangent that happens to be 0: what stands still cannot meet an
// infinite slope, while 0·∞ for one that moves is NaN, as it should be where no derivative exists.
#pragma once
#include "compiler/Reference/DoubleDouble.h"
#include "compiler/Reference/F64.h"
#include <random>

namespace fluxion::reference {

template <class N> struct Dual {
  N value, tangent;
  bool moves = false; // false: the tangent is 0 and absent
  Dual() : value(0.0), tangent(0.0) {}
  Dual(double constant) : value(constant), tangent(0.0) {}
  Dual(N value, N tangent) : value(value), tangent(tangent), moves(true) {}
  static Dual still(N value) {
    Dual result;
    result.value = value;
    return result;
  }

  friend Dual operator+(const Dual &a, const Dual &b) { return joined(a.value + b.value, 1.0, a, 1.0, b); }
  friend Dual operator-(const Dual &a, const Dual &b) { return joined(a.value - b.value, 1.0, a, -1.0, b); }
  friend Dual operator-(const Dual &a) { return a.moves ? Dual(-a.value, -a.tangent) : still(-a.value); }
  friend Dual operator*(const Dual &a, const Dual &b) { return joined(a.value * b.value, b.value, a, a.value, b); }
  friend Dual operator/(const Dual &a, const Dual &b) {
    N y = a.value / b.value;
    return joined(y, 1.0 / b.value, a, -y / b.value, b);
  }
  /// y with the tangent slopeA·da + slopeB·db of what moves.
  friend Dual joined(const N &y, const N &slopeA, const Dual &a, const N &slopeB, const Dual &b) {
    if (a.moves && b.moves) return {y, slopeA * a.tangent + slopeB * b.tangent};
    if (a.moves) return {y, slopeA * a.tangent};
    return b.moves ? Dual(y, slopeB * b.tangent) : still(y);
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

/// Rounded to f32, tangents too.
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
template <class N> Dual<N> roundedToF32(const Dual<N> &a) {
  return a.moves ? Dual<N>(roundedToF32(a.value), roundedToF32(a.tangent)) : Dual<N>::still(roundedToF32(a.value));
}

/// Errors of arithmetic at random, in roundings: half a unit in the last place, `size` relative.
struct Noise {
  double size = 0;
  std::mt19937_64 random{};
  double factor(double roundings) { return 1 + size * roundings * (int(random() % 3) - 1); }
};

/// Value and tangents multiplied by a random factor each.
inline F64 jittered(F64 a, double roundings, Noise &noise) { return a * F64(noise.factor(roundings)); }
inline DoubleDouble jittered(DoubleDouble a, double roundings, Noise &noise) {
  return a * DoubleDouble(noise.factor(roundings));
}
template <class N> Dual<N> jittered(const Dual<N> &a, double roundings, Noise &noise) {
  N value = jittered(a.value, roundings, noise);
  return a.moves ? Dual<N>(value, jittered(a.tangent, roundings, noise)) : Dual<N>::still(value);
}

/// True while numbers are being rounded to f32: a plain evaluation, which tells what that precision loses.
inline thread_local bool roundsToF32 = false;
/// Set while arithmetic errs at random.
inline thread_local Noise *presentNoise = nullptr;
/// By how many roundings code's exp, tanh and their like may err: 2.5 units in the last place (VectorMathTest).
inline constexpr double functionRoundings = 5;

/// What a slope that is known from the result y, as code knows it, is worth: for exact numbers `slope(x)`, for plain
/// ones `fromResult` of the y that would be stored. 1 − tanh² loses all digits where tanh is nearly 1.
template <class N, class Exact, class FromResult> N slopeOf(const N &x, const N &y, Exact exact, FromResult fromResult) {
  bool isPlain = std::is_same_v<decltype(primal(y)), F64> || roundsToF32;
  if (presentNoise) return fromResult(y * N(presentNoise->factor(functionRoundings)));
  return isPlain ? fromResult(roundsToF32 ? roundedToF32(y) : y) : exact(x);
}

//                      f           f′(x), with y = f(x)
#define FLUXION_DUAL(NAME, ...)                                                                                        \
  template <class N> Dual<N> NAME(const Dual<N> &a) {                                                                  \
    const N &x = a.value;                                                                                              \
    N y = NAME(x);                                                                                                     \
    (void)x, (void)y;                                                                                                  \
    if (!a.moves) return Dual<N>::still(y);                                                                            \
    return {y, (__VA_ARGS__) * a.tangent};                                                                             \
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
FLUXION_DUAL(sinh, cosh(x))
FLUXION_DUAL(cosh, sinh(x))
FLUXION_DUAL(asinh, 1.0 / sqrt(1.0 + x * x))
FLUXION_DUAL(acosh, 1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0)))
FLUXION_DUAL(atanh, 1.0 / ((1.0 - x) * (1.0 + x)))
FLUXION_DUAL(cbrt, 1.0 / (3.0 * y * y))
FLUXION_DUAL(sigmoid, slopeOf(x, y, [](N x) { return sigmoid(x) * sigmoid(-x); }, [](N y) { return y * (1.0 - y); }))
FLUXION_DUAL(tanh, slopeOf(x, y, [](N x) { return 4.0 * sigmoid(2.0 * x) * sigmoid(-2.0 * x); }, [](N y) { return 1.0 - y * y; }))
FLUXION_DUAL(softplus, sigmoid(x))
FLUXION_DUAL(erf, 2.0 / sqrt(N(constants::pi.hi) + N(constants::pi.lo)) * exp(-x * x))
FLUXION_DUAL(erfc, -2.0 / sqrt(N(constants::pi.hi) + N(constants::pi.lo)) * exp(-x * x))
FLUXION_DUAL(gaussian, -x * y)
FLUXION_DUAL(normal_cdf, 1.0 / sqrt(2.0 * (N(constants::pi.hi) + N(constants::pi.lo))) * gaussian(x))
FLUXION_DUAL(lgamma, digamma(x))
FLUXION_DUAL(digamma, polygamma(1, x))
FLUXION_DUAL(abs, sign(x))
#undef FLUXION_DUAL

#define FLUXION_DUAL_STEP(NAME)                                                                                        \
  template <class N> Dual<N> NAME(const Dual<N> &a) { return Dual<N>::still(NAME(a.value)); }
FLUXION_DUAL_STEP(sign)
FLUXION_DUAL_STEP(floor)
FLUXION_DUAL_STEP(ceil)
FLUXION_DUAL_STEP(round)
#undef FLUXION_DUAL_STEP

template <class N> Dual<N> polygamma(int64_t order, const Dual<N> &a) {
  N y = polygamma(order, a.value);
  return a.moves ? Dual<N>(y, polygamma(order + 1, a.value) * a.tangent) : Dual<N>::still(y);
}

/// Exactly zero, and not about to change.
inline bool isConstantZero(F64 a) { return a.value == 0; }
inline bool isConstantZero(DoubleDouble a) { return a.hi == 0; }
template <class N> bool isConstantZero(const Dual<N> &a) { return !a.moves && isConstantZero(a.value); }

// ∂aᵇ/∂a = b aᵇ⁻¹ (0 where b is the constant 0), ∂aᵇ/∂b = aᵇ ln a (0 where a = 0 and aᵇ is finite)
template <class N> Dual<N> pow(const Dual<N> &a, const Dual<N> &b) {
  N y = pow(a.value, b.value), byBase = 0.0, byExponent = 0.0;
  if (a.moves && !isConstantZero(b.value)) byBase = b.value * pow(a.value, b.value - 1.0);
  if (b.moves) byExponent = y * (a.value == N(0.0) ? N(0.0) : log(a.value));
  return joined(y, byBase, a, byExponent, b);
}

// The tangent of the operand that is `first` or `second`; half of both at a tie; NaN with a NaN.
template <class N> Dual<N> chosen(N y, bool first, bool second, const Dual<N> &a, const Dual<N> &b) {
  if (a.value == b.value) return joined(y, N(0.5), a, N(0.5), b);
  if (!first && !second) return joined(y, y, a, y, b);
  const Dual<N> &one = first ? a : b;
  return one.moves ? Dual<N>(y, one.tangent) : Dual<N>::still(y);
}
template <class N> Dual<N> max(const Dual<N> &a, const Dual<N> &b) {
  return chosen(max(a.value, b.value), a.value > b.value, a.value < b.value, a, b);
}
template <class N> Dual<N> min(const Dual<N> &a, const Dual<N> &b) {
  return chosen(min(a.value, b.value), a.value < b.value, a.value > b.value, a, b);
}

// d atan2(a, b) = (b da − a db)/(a² + b²), 0 at the origin
template <class N> Dual<N> atan2(const Dual<N> &a, const Dual<N> &b) {
  N y = atan2(a.value, b.value), square = a.value * a.value + b.value * b.value;
  if (square == N(0.0)) return joined(y, N(0.0), a, N(0.0), b);
  return joined(y, b.value / square, a, -a.value / square, b);
}

// d (a·ln b) = ln b·da + (a/b)·db, the latter 0 where both are 0
template <class N> Dual<N> xlogy(const Dual<N> &a, const Dual<N> &b) {
  bool bothZero = a.value == N(0.0) && b.value == N(0.0);
  return joined(xlogy(a.value, b.value), log(b.value), a, bothZero ? N(0.0) : a.value / b.value, b);
}

template <class N> Dual<N> floordiv(const Dual<N> &a, const Dual<N> &b) {
  return Dual<N>::still(floordiv(a.value, b.value));
}
// a rem b = a − b·⌊a/b⌋
template <class N> Dual<N> rem(const Dual<N> &a, const Dual<N> &b) {
  return joined(rem(a.value, b.value), N(1.0), a, -floordiv(a.value, b.value), b);
}

template <class N> Dual<N> select(bool condition, const Dual<N> &a, const Dual<N> &b) { return condition ? a : b; }

/// The same value, held constant for every derivative.
inline F64 heldConstant(F64 a) { return a; }
inline DoubleDouble heldConstant(DoubleDouble a) { return a; }
template <class N> Dual<N> heldConstant(const Dual<N> &a) { return Dual<N>::still(heldConstant(a.value)); }

} // namespace fluxion::reference
