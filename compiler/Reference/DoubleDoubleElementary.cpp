// Exponentials, logarithms, powers and rounding in double-double: range reduction, a Taylor series, Newton's
// correction.
#include "compiler/Reference/DoubleDouble.h"
#include "dialects/Arithmetic.h"
#include <limits>

namespace fluxion::reference {

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

DoubleDouble floor(DoubleDouble a) {
  double whole = std::floor(a.hi);
  if (whole != a.hi || !std::isfinite(whole)) return whole;
  return DoubleDouble::quickSum(whole, std::floor(a.lo));
}
DoubleDouble ceil(DoubleDouble a) { return -floor(-a); }

DoubleDouble round(DoubleDouble a) {
  DoubleDouble below = floor(a), rest = a - below;
  if (!isFinite(a) || rest == 0.0) return a;
  if (rest == 0.5) {
    DoubleDouble half = below * 0.5;
    return half == floor(half) ? below : below + 1.0;
  }
  DoubleDouble result = rest < 0.5 ? below : below + 1.0;
  return result == 0.0 ? DoubleDouble(std::copysign(0.0, a.hi)) : result;
}

DoubleDouble floordiv(DoubleDouble a, DoubleDouble b) {
  if (!std::isfinite(a.hi) || !std::isfinite(b.hi)) return flx::floorOfQuotient(a.hi, b.hi);
  return floor(a / b);
}

DoubleDouble xlogy(DoubleDouble x, DoubleDouble y) {
  if (x.hi == 0) return std::isnan(y.hi) ? y : x;
  return x * log(y);
}

DoubleDouble rem(DoubleDouble a, DoubleDouble b) {
  if (!isFinite(a) || !isFinite(b) || b.hi == 0) { // as the plain number has it
    double r = std::fmod(a.hi, b.hi);
    return r != 0 && (r < 0) != (b.hi < 0) ? DoubleDouble(r + b.hi) : DoubleDouble(r);
  }
  if (a.lo == 0 && b.lo == 0) { // exact, however large the quotient
    double r = std::fmod(a.hi, b.hi);
    if (r == 0) return std::copysign(0.0, b.hi);
    return (r < 0) != (b.hi < 0) ? DoubleDouble(r) + b : DoubleDouble(r);
  }
  DoubleDouble r = a - floor(a / b) * b;
  // The quotient may have been rounded across a whole number.
  if (r != 0.0 && (r < 0.0) != (b < 0.0)) r = r + b;
  if (abs(r) >= abs(b)) r = r - b;
  return r == 0.0 ? DoubleDouble(std::copysign(0.0, b.hi)) : r;
}

DoubleDouble sqrt(DoubleDouble a) {
  double s = std::sqrt(a.hi);
  if (!std::isfinite(s) || s == 0) return s;
  return s + (a - DoubleDouble::product(s, s)) / (2 * s);
}

// e^r − 1 by its series at r/512, doubled nine times: E(2r) = E(r)·(2 + E(r)), which keeps relative accuracy.
static DoubleDouble expm1Small(DoubleDouble r) {
  DoubleDouble t = scaled(r, -9), term = t, total = t;
  for (int n = 2; n <= 11; ++n) {
    term = term * t / double(n);
    total = total + term;
  }
  for (int i = 0; i < 9; ++i) total = total * (total + 2.0);
  return total;
}

DoubleDouble exp(DoubleDouble a) {
  if (!(a.hi <= 709.79)) return a.hi > 0 ? infinity : a.hi; // NaN stays
  if (a.hi < -745.2) return 0.0;
  double n = std::nearbyint(a.hi / constants::ln2.hi);
  return scaled(expm1Small(a - constants::ln2 * n) + 1.0, static_cast<int>(n));
}

DoubleDouble expm1(DoubleDouble a) {
  if (a.hi == 0) return a;
  if (std::fabs(a.hi) < 0x1p-200) return a;
  if (std::fabs(a.hi) < 0.4) return expm1Small(a);
  return exp(a) - 1.0;
}

// ln(1 + y) = 2 artanh s = 2(s + s³/3 + s⁵/5 + …), s = y/(2 + y), for |y| ≤ 0.1.
static DoubleDouble log1pSeries(DoubleDouble y) {
  DoubleDouble s = y / (y + 2.0), z = s * s, total = 0.0;
  for (int k = 27; k >= 1; k -= 2) total = total * z + 1.0 / DoubleDouble(double(k));
  return total * s * 2.0;
}

DoubleDouble log(DoubleDouble a) {
  if (!(a.hi > 0) || std::isinf(a.hi)) return a.hi < 0 ? notANumber : a.hi == 0 ? -infinity : a.hi;
  DoubleDouble distance = a - 1.0;
  if (std::fabs(distance.hi) < 0.1) return distance.hi == 0 ? DoubleDouble(0.0) : log1pSeries(distance);
  int exponent = std::ilogb(a.hi);
  DoubleDouble m = scaled(a, -exponent);
  double guess = std::log(m.hi); // Newton on e^x = m: x + (m·e^−x − 1), whose error is squared
  DoubleDouble residual = m * exp(DoubleDouble(-guess)) - 1.0;
  return constants::ln2 * double(exponent) + (guess + log1pSeries(residual));
}

DoubleDouble log1p(DoubleDouble a) {
  if (a.hi == 0 || std::fabs(a.hi) < 0x1p-200) return a;
  return std::fabs(a.hi) < 0.1 ? log1pSeries(a) : log(a + 1.0);
}

static DoubleDouble integerPower(DoubleDouble a, int64_t n) {
  DoubleDouble result = 1.0, base = n < 0 ? 1.0 / a : a;
  for (uint64_t left = n < 0 ? -uint64_t(n) : uint64_t(n); left; left >>= 1) {
    if (left & 1) result = result * base;
    base = base * base;
  }
  return result;
}

DoubleDouble pow(DoubleDouble a, DoubleDouble b) {
  double plain = std::pow(a.hi, b.hi);
  bool whole = b == floor(b);
  if (b == 0.0 || a == 1.0) return 1.0;
  if (a.hi < 0 && !whole && std::isfinite(a.hi)) return notANumber;
  if (!std::isfinite(plain) || plain == 0 || a.hi == 0 || std::isinf(a.hi) || std::isinf(b.hi)) return plain;
  bool tiny = std::fabs(plain) < 1e-250; // intermediate powers would lose their low part
  if (whole && std::fabs(b.hi) <= 64 && !tiny) return integerPower(a, static_cast<int64_t>(b.hi));
  DoubleDouble size = exp(b * log(abs(a)));
  return plain < 0 ? -size : size;
}

DoubleDouble sinh(DoubleDouble a) {
  if (!isFinite(a) || a.hi == 0) return a;
  DoubleDouble size = abs(a);
  if (size.hi > 40) {
    DoubleDouble half = exp(scaled(size, -1));
    DoubleDouble result = half * 0.5 * half;
    return a.hi < 0 ? -result : result;
  }
  DoubleDouble e = expm1(size);
  DoubleDouble result = (e + e / (e + 1.0)) * 0.5;
  return a.hi < 0 ? -result : result;
}

DoubleDouble cosh(DoubleDouble a) {
  if (!isFinite(a)) return std::fabs(a.hi);
  DoubleDouble half = exp(scaled(abs(a), -1));
  return half * 0.5 * half + 0.5 / half / half;
}

// ln(|a| + √(a² + 1)) = ln(1 + |a| + a²/(1 + √(a² + 1)))
DoubleDouble asinh(DoubleDouble a) {
  if (!isFinite(a) || a.hi == 0) return a;
  DoubleDouble size = abs(a), z = size * size;
  DoubleDouble result = size.hi > 1e40 ? log(size) + constants::ln2 : log1p(size + z / (sqrt(z + 1.0) + 1.0));
  return a.hi < 0 ? -result : result;
}

// ln(a + √(a² − 1)) = ln(1 + t + √(t(t + 2))), t = a − 1
DoubleDouble acosh(DoubleDouble a) {
  if (!(a.hi <= 1e40)) return log(a) + constants::ln2;
  DoubleDouble t = a - 1.0;
  return t.hi < 0 ? DoubleDouble(notANumber) : log1p(t + sqrt(t * (t + 2.0)));
}

// ½ ln((1 + a)/(1 − a)) = ½ ln(1 + 2a/(1 − a))
DoubleDouble atanh(DoubleDouble a) {
  if (a.hi == 0) return a;
  DoubleDouble size = abs(a);
  if (!(size < 1.0)) return size == 1.0 ? std::copysign(infinity, a.hi) : notANumber;
  DoubleDouble result = log1p(size * 2.0 / (1.0 - size)) * 0.5;
  return a.hi < 0 ? -result : result;
}

// Newton's step from the plain root, whose error it squares.
DoubleDouble cbrt(DoubleDouble a) {
  double y = std::cbrt(a.hi);
  if (!std::isfinite(y) || y == 0) return y;
  return y - (y - a / DoubleDouble::product(y, y)) / 3.0;
}

DoubleDouble tanh(DoubleDouble a) {
  if (std::isnan(a.hi) || a.hi == 0) return a;
  DoubleDouble e = expm1(abs(a) * -2.0);
  DoubleDouble result = -e / (e + 2.0);
  return a.hi < 0 ? -result : result;
}

DoubleDouble sigmoid(DoubleDouble a) {
  DoubleDouble e = exp(-abs(a));
  return (a.hi < 0 ? e : DoubleDouble(1.0)) / (e + 1.0);
}

DoubleDouble softplus(DoubleDouble a) {
  DoubleDouble tail = log1p(exp(-abs(a)));
  return a.hi > 0 ? a + tail : tail;
}

} // namespace fluxion::reference
