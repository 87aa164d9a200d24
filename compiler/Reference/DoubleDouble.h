// DoubleDouble: an unevaluated sum of two doubles, about 31 decimal digits; the truth that compiled code is measured
// against. Invariant: |lo| ≤ ulp(hi)/2, and lo = 0 where hi is zero, infinite or not a number. Elementary functions are
// good to about 1e-30 relative (where they cross zero: absolute, but for expm1, log, log1p, sin and their like, which
// keep it relative).
#pragma once
#include <cmath>
#include <cstdint>

namespace fluxion::reference {

struct DoubleDouble {
  double hi = 0, lo = 0;
  constexpr DoubleDouble() = default;
  constexpr DoubleDouble(double x) : hi(x) {}
  /// Parts that already keep the invariant.
  static constexpr DoubleDouble parts(double hi, double lo) {
    DoubleDouble r;
    r.hi = hi, r.lo = lo;
    return r;
  }
  /// hi + lo for |hi| ≥ |lo|.
  static DoubleDouble quickSum(double a, double b) {
    double s = a + b;
    if (!std::isfinite(s) || s == 0) return s;
    return parts(s, b - (s - a));
  }
  static DoubleDouble sum(double a, double b) {
    double s = a + b;
    if (!std::isfinite(s) || s == 0) return s;
    double t = s - a;
    return parts(s, (a - (s - t)) + (b - t));
  }
  static DoubleDouble product(double a, double b) {
    double p = a * b;
    if (!std::isfinite(p) || p == 0) return p;
    return parts(p, std::fma(a, b, -p));
  }
  explicit operator double() const { return hi; }

  friend DoubleDouble operator+(DoubleDouble a, DoubleDouble b) {
    DoubleDouble s = sum(a.hi, b.hi), t = sum(a.lo, b.lo);
    s = quickSum(s.hi, s.lo + t.hi);
    return quickSum(s.hi, s.lo + t.lo);
  }
  friend DoubleDouble operator-(DoubleDouble a) { return parts(-a.hi, -a.lo); }
  friend DoubleDouble operator-(DoubleDouble a, DoubleDouble b) { return a + -b; }
  friend DoubleDouble operator*(DoubleDouble a, DoubleDouble b) {
    DoubleDouble p = product(a.hi, b.hi);
    if (!std::isfinite(p.hi) || p.hi == 0) return p;
    return quickSum(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
  }
  friend DoubleDouble operator/(DoubleDouble a, DoubleDouble b) {
    double first = a.hi / b.hi;
    if (!std::isfinite(first) || first == 0 || std::isinf(b.hi)) return first;
    DoubleDouble r = a - b * first;
    double second = r.hi / b.hi;
    r = r - b * second;
    DoubleDouble q = quickSum(first, second);
    return q + r.hi / b.hi;
  }
  friend bool operator<(DoubleDouble a, DoubleDouble b) { return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo); }
  friend bool operator>(DoubleDouble a, DoubleDouble b) { return b < a; }
  friend bool operator<=(DoubleDouble a, DoubleDouble b) { return a.hi < b.hi || (a.hi == b.hi && a.lo <= b.lo); }
  friend bool operator>=(DoubleDouble a, DoubleDouble b) { return b <= a; }
  friend bool operator==(DoubleDouble a, DoubleDouble b) { return a.hi == b.hi && a.lo == b.lo; }
  friend bool operator!=(DoubleDouble a, DoubleDouble b) { return !(a == b); }
};

inline bool isFinite(DoubleDouble a) { return std::isfinite(a.hi); }
inline DoubleDouble scaled(DoubleDouble a, int exponent) { // a·2^exponent
  return DoubleDouble::quickSum(std::ldexp(a.hi, exponent), std::ldexp(a.lo, exponent));
}
inline DoubleDouble abs(DoubleDouble a) { return std::signbit(a.hi) ? -a : a; }
inline DoubleDouble sign(DoubleDouble a) { return a.hi > 0 ? 1.0 : a.hi < 0 ? -1.0 : a.hi; }
inline DoubleDouble max(DoubleDouble a, DoubleDouble b) { return std::isnan(a.hi) || a > b ? a : b; }
inline DoubleDouble min(DoubleDouble a, DoubleDouble b) { return std::isnan(a.hi) || a < b ? a : b; }
inline DoubleDouble select(bool condition, DoubleDouble a, DoubleDouble b) { return condition ? a : b; }
inline DoubleDouble square(DoubleDouble a) { return a * a; }

DoubleDouble floor(DoubleDouble a);
DoubleDouble ceil(DoubleDouble a);
DoubleDouble round(DoubleDouble a); // half to even
DoubleDouble floordiv(DoubleDouble a, DoubleDouble b);
DoubleDouble rem(DoubleDouble a, DoubleDouble b);

DoubleDouble sqrt(DoubleDouble a);
inline DoubleDouble rsqrt(DoubleDouble a) { return 1.0 / sqrt(a); }
DoubleDouble exp(DoubleDouble a);
DoubleDouble expm1(DoubleDouble a);
DoubleDouble log(DoubleDouble a);
DoubleDouble log1p(DoubleDouble a);
DoubleDouble pow(DoubleDouble a, DoubleDouble b);
DoubleDouble sinh(DoubleDouble a);
DoubleDouble cosh(DoubleDouble a);
DoubleDouble tanh(DoubleDouble a);
DoubleDouble asinh(DoubleDouble a);
DoubleDouble acosh(DoubleDouble a);
DoubleDouble atanh(DoubleDouble a);
DoubleDouble cbrt(DoubleDouble a);
DoubleDouble sigmoid(DoubleDouble a);
DoubleDouble softplus(DoubleDouble a);

struct SineCosine {
  DoubleDouble sine, cosine;
};
SineCosine sineCosine(DoubleDouble a); // any finite argument: reduced exactly
inline DoubleDouble sin(DoubleDouble a) { return sineCosine(a).sine; }
inline DoubleDouble cos(DoubleDouble a) { return sineCosine(a).cosine; }
DoubleDouble tan(DoubleDouble a);
DoubleDouble asin(DoubleDouble a);
DoubleDouble acos(DoubleDouble a);
DoubleDouble atan(DoubleDouble a);
DoubleDouble atan2(DoubleDouble y, DoubleDouble x);
DoubleDouble xlogy(DoubleDouble x, DoubleDouble y);

DoubleDouble erf(DoubleDouble a);
DoubleDouble erfc(DoubleDouble a);
DoubleDouble gaussian(DoubleDouble a);   // e^(−a²/2)
DoubleDouble normal_cdf(DoubleDouble a); // ½ erfc(−a/√2)
DoubleDouble lgamma(DoubleDouble a);
DoubleDouble polygamma(int64_t order, DoubleDouble a);
inline DoubleDouble digamma(DoubleDouble a) { return polygamma(0, a); }

namespace constants {
inline constexpr DoubleDouble pi = DoubleDouble::parts(0x1.921fb54442d18p+1, 0x1.1a62633145c07p-53);
inline constexpr DoubleDouble halfPi = DoubleDouble::parts(0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54);
inline constexpr DoubleDouble ln2 = DoubleDouble::parts(0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56);
} // namespace constants

} // namespace fluxion::reference
