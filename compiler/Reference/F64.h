// F64: the plain number of the reference interpreter, one double; and Integer, wrapping arithmetic of 1 to 64 bits.
// Both offer the names an op's `semantics` may use; what integers have no use for goes through double and is never
// reached, because the verifier gives such ops no integer operands.
#pragma once
#include "dialects/Arithmetic.h"
#include <cmath>
#include <cstdint>

namespace fluxion::reference {

struct F64 {
  double value = 0;
  constexpr F64() = default;
  constexpr F64(double value) : value(value) {}

  friend F64 operator+(F64 a, F64 b) { return a.value + b.value; }
  friend F64 operator-(F64 a, F64 b) { return a.value - b.value; }
  friend F64 operator*(F64 a, F64 b) { return a.value * b.value; }
  friend F64 operator/(F64 a, F64 b) { return a.value / b.value; }
  friend F64 operator-(F64 a) { return -a.value; }
  friend bool operator<(F64 a, F64 b) { return a.value < b.value; }
  friend bool operator<=(F64 a, F64 b) { return a.value <= b.value; }
  friend bool operator>(F64 a, F64 b) { return a.value > b.value; }
  friend bool operator>=(F64 a, F64 b) { return a.value >= b.value; }
  friend bool operator==(F64 a, F64 b) { return a.value == b.value; }
  friend bool operator!=(F64 a, F64 b) { return a.value != b.value; }
};

#define FLUXION_F64_FROM_LIBM(NAME)                                                                                    \
  inline F64 NAME(F64 a) { return std::NAME(a.value); }
FLUXION_F64_FROM_LIBM(exp)
FLUXION_F64_FROM_LIBM(expm1)
FLUXION_F64_FROM_LIBM(log)
FLUXION_F64_FROM_LIBM(log1p)
FLUXION_F64_FROM_LIBM(sqrt)
FLUXION_F64_FROM_LIBM(sin)
FLUXION_F64_FROM_LIBM(cos)
FLUXION_F64_FROM_LIBM(tan)
FLUXION_F64_FROM_LIBM(asin)
FLUXION_F64_FROM_LIBM(acos)
FLUXION_F64_FROM_LIBM(atan)
FLUXION_F64_FROM_LIBM(sinh)
FLUXION_F64_FROM_LIBM(tanh)
FLUXION_F64_FROM_LIBM(cosh)
FLUXION_F64_FROM_LIBM(asinh)
FLUXION_F64_FROM_LIBM(acosh)
FLUXION_F64_FROM_LIBM(atanh)
FLUXION_F64_FROM_LIBM(cbrt)
FLUXION_F64_FROM_LIBM(erf)
FLUXION_F64_FROM_LIBM(erfc)
FLUXION_F64_FROM_LIBM(floor)
FLUXION_F64_FROM_LIBM(ceil)
#undef FLUXION_F64_FROM_LIBM

inline F64 abs(F64 a) { return std::fabs(a.value); }
inline F64 round(F64 a) { return std::nearbyint(a.value); } // the default mode: half to even
inline F64 sign(F64 a) { return a.value > 0 ? 1.0 : a.value < 0 ? -1.0 : a.value; }
inline F64 rsqrt(F64 a) { return 1 / std::sqrt(a.value); }
inline F64 sigmoid(F64 a) {
  return a.value < 0 ? std::exp(a.value) / (1 + std::exp(a.value)) : 1 / (1 + std::exp(-a.value));
}
inline F64 softplus(F64 a) { return (a.value > 0 ? a.value : 0) + std::log1p(std::exp(-std::fabs(a.value))); }
inline F64 pow(F64 a, F64 b) { return std::pow(a.value, b.value); }
inline F64 atan2(F64 a, F64 b) { return std::atan2(a.value, b.value); }
inline F64 xlogy(F64 a, F64 b) {
  if (a.value == 0) return std::isnan(b.value) ? b : a;
  return a.value * std::log(b.value);
}
inline F64 max(F64 a, F64 b) { return std::isnan(a.value) || a > b ? a : b; }
inline F64 min(F64 a, F64 b) { return std::isnan(a.value) || a < b ? a : b; }
inline F64 floordiv(F64 a, F64 b) { return flx::floorOfQuotient(a.value, b.value); }
inline F64 rem(F64 a, F64 b) {
  double r = std::fmod(a.value, b.value);
  if (r == 0) return std::copysign(0.0, b.value);
  return (r < 0) != (b.value < 0) ? r + b.value : r;
}
inline F64 select(bool condition, F64 a, F64 b) { return condition ? a : b; }
F64 gaussian(F64 a);
F64 normal_cdf(F64 a);
F64 lgamma(F64 a);
F64 polygamma(int64_t order, F64 a);
inline F64 digamma(F64 a) { return polygamma(0, a); }

struct Integer {
  int64_t value = 0;
  unsigned bits = 64; // a literal's; the narrower of two operands decides
  constexpr Integer() = default;
  constexpr Integer(double literal) : value(static_cast<int64_t>(literal)) {}
  constexpr Integer(int64_t raw, unsigned bits)
      : value(bits == 1 ? raw & 1 : static_cast<int64_t>(static_cast<uint64_t>(raw) << (64 - bits)) >> (64 - bits)),
        bits(bits) {}

  static Integer wrap(uint64_t raw, Integer a, Integer b) {
    return Integer(static_cast<int64_t>(raw), a.bits < b.bits ? a.bits : b.bits);
  }
  friend Integer operator+(Integer a, Integer b) { return wrap(uint64_t(a.value) + uint64_t(b.value), a, b); }
  friend Integer operator-(Integer a, Integer b) { return wrap(uint64_t(a.value) - uint64_t(b.value), a, b); }
  friend Integer operator*(Integer a, Integer b) { return wrap(uint64_t(a.value) * uint64_t(b.value), a, b); }
  friend Integer operator-(Integer a) { return Integer() - a; }
  friend Integer operator/(Integer a, Integer b) { // x / 0 = −1, MIN / −1 = MIN
    if (b.value == 0) return wrap(-1, a, b);
    return b.value == -1 ? -a : wrap(a.value / b.value, a, b);
  }
  friend Integer operator&(Integer a, Integer b) { return wrap(a.value & b.value, a, b); }
  friend Integer operator|(Integer a, Integer b) { return wrap(a.value | b.value, a, b); }
  friend Integer operator^(Integer a, Integer b) { return wrap(a.value ^ b.value, a, b); }
  friend Integer operator!(Integer a) { return Integer(~a.value, a.bits); }
  friend bool operator<(Integer a, Integer b) { return a.value < b.value; }
  friend bool operator<=(Integer a, Integer b) { return a.value <= b.value; }
  friend bool operator>(Integer a, Integer b) { return a.value > b.value; }
  friend bool operator>=(Integer a, Integer b) { return a.value >= b.value; }
  friend bool operator==(Integer a, Integer b) { return a.value == b.value; }
  friend bool operator!=(Integer a, Integer b) { return a.value != b.value; }
};

inline Integer abs(Integer a) { return a.value < 0 ? -a : a; }
inline Integer sign(Integer a) { return Integer((a.value > 0) - (a.value < 0), a.bits); }
inline Integer max(Integer a, Integer b) { return a > b ? a : b; }
inline Integer min(Integer a, Integer b) { return a < b ? a : b; }
inline Integer select(bool condition, Integer a, Integer b) { return condition ? a : b; }
inline Integer floordiv(Integer a, Integer b) { // of x and 0: −1
  Integer q = a / b;
  bool inexact = b.value != 0 && (q * b).value != a.value;
  return inexact && (a.value < 0) != (b.value < 0) ? q - 1.0 : q;
}
inline Integer rem(Integer a, Integer b) { return b.value == 0 ? a : a - floordiv(a, b) * b; }

#define FLUXION_INTEGER_THROUGH_DOUBLE(NAME)                                                                           \
  inline Integer NAME(Integer a) { return NAME(F64(double(a.value))).value; }
FLUXION_INTEGER_THROUGH_DOUBLE(exp)
FLUXION_INTEGER_THROUGH_DOUBLE(expm1)
FLUXION_INTEGER_THROUGH_DOUBLE(log)
FLUXION_INTEGER_THROUGH_DOUBLE(log1p)
FLUXION_INTEGER_THROUGH_DOUBLE(sqrt)
FLUXION_INTEGER_THROUGH_DOUBLE(rsqrt)
FLUXION_INTEGER_THROUGH_DOUBLE(sin)
FLUXION_INTEGER_THROUGH_DOUBLE(cos)
FLUXION_INTEGER_THROUGH_DOUBLE(tan)
FLUXION_INTEGER_THROUGH_DOUBLE(asin)
FLUXION_INTEGER_THROUGH_DOUBLE(acos)
FLUXION_INTEGER_THROUGH_DOUBLE(atan)
FLUXION_INTEGER_THROUGH_DOUBLE(sinh)
FLUXION_INTEGER_THROUGH_DOUBLE(tanh)
FLUXION_INTEGER_THROUGH_DOUBLE(sigmoid)
FLUXION_INTEGER_THROUGH_DOUBLE(softplus)
FLUXION_INTEGER_THROUGH_DOUBLE(cosh)
FLUXION_INTEGER_THROUGH_DOUBLE(asinh)
FLUXION_INTEGER_THROUGH_DOUBLE(acosh)
FLUXION_INTEGER_THROUGH_DOUBLE(atanh)
FLUXION_INTEGER_THROUGH_DOUBLE(cbrt)
FLUXION_INTEGER_THROUGH_DOUBLE(erf)
FLUXION_INTEGER_THROUGH_DOUBLE(erfc)
FLUXION_INTEGER_THROUGH_DOUBLE(gaussian)
FLUXION_INTEGER_THROUGH_DOUBLE(normal_cdf)
FLUXION_INTEGER_THROUGH_DOUBLE(lgamma)
FLUXION_INTEGER_THROUGH_DOUBLE(digamma)
FLUXION_INTEGER_THROUGH_DOUBLE(floor)
FLUXION_INTEGER_THROUGH_DOUBLE(ceil)
FLUXION_INTEGER_THROUGH_DOUBLE(round)
#undef FLUXION_INTEGER_THROUGH_DOUBLE
inline Integer pow(Integer a, Integer b) { return std::pow(double(a.value), double(b.value)); }
inline Integer xlogy(Integer a, Integer b) { return double(a.value) * std::log(double(b.value)); }
inline Integer atan2(Integer a, Integer b) { return std::atan2(double(a.value), double(b.value)); }

} // namespace fluxion::reference
