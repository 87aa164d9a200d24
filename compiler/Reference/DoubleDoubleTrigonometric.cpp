// Circular functions in double-double. Arguments are reduced modulo π/2 in exact integer arithmetic, so any finite one
// is right.
#include "compiler/Reference/DoubleDouble.h"
#include "llvm/ADT/APInt.h"
#include <limits>

namespace fluxion::reference {

using llvm::APInt;
static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

// Fixed point: 2600 bits, `fraction` of them after the point; room for the largest double before it.
static constexpr unsigned width = 2600, fraction = 1440;

// arctan(1/n) = Σ (−1)^k / ((2k+1) n^(2k+1))
static APInt arctanOfInverse(unsigned n) {
  APInt power = APInt(width, 1).shl(fraction).udiv(APInt(width, n)), total = power;
  APInt square(width, uint64_t(n) * n);
  for (unsigned k = 1; !power.isZero(); ++k) {
    power = power.udiv(square);
    APInt term = power.udiv(APInt(width, 2 * k + 1));
    total = k % 2 ? total - term : total + term;
  }
  return total;
}

// π/2 = 8 arctan(1/5) − 2 arctan(1/239) (Machin)
static const APInt &halfPiFixed() {
  static const APInt value = arctanOfInverse(5) * 8 - arctanOfInverse(239) * 2;
  return value;
}

// A double as a fixed-point number; bits below 2^−fraction are dropped.
static APInt toFixed(double x) {
  int exponent;
  double m = std::frexp(std::fabs(x), &exponent);
  APInt bits(width, static_cast<uint64_t>(std::ldexp(m, 53)));
  int shift = exponent - 53 + int(fraction);
  bits = shift >= 0 ? bits.shl(shift) : bits.lshr(-shift);
  return x < 0 ? -bits : bits;
}

// A non-negative fixed-point number below 2, by its leading 106 bits.
static DoubleDouble fromFixed(APInt value) {
  DoubleDouble result = 0.0;
  int top = int(value.getActiveBits());
  for (int part = 0; part < 3 && top > 0; ++part) {
    int low = top > 53 ? top - 53 : 0;
    APInt bits = value.lshr(low);
    result = result + std::ldexp(double(bits.getZExtValue()), low - int(fraction));
    value -= bits.shl(low);
    top = int(value.getActiveBits());
  }
  return result;
}

// |a| = quadrant·π/2 + r with |r| ≤ π/4.
static DoubleDouble reduce(DoubleDouble a, unsigned &quadrant) {
  quadrant = 0;
  if (a.hi < 0.7) return a;
  APInt quotient, rest;
  APInt::udivrem(toFixed(a.hi) + toFixed(a.lo), halfPiFixed(), quotient, rest);
  bool upper = rest.ugt(halfPiFixed().lshr(1));
  quadrant = unsigned(quotient.extractBitsAsZExtValue(2, 0)) + upper;
  return upper ? -fromFixed(halfPiFixed() - rest) : fromFixed(rest);
}

SineCosine sineCosine(DoubleDouble a) {
  if (!isFinite(a)) return {notANumber, notANumber};
  if (std::fabs(a.hi) < 0x1p-200) return {a, 1.0};
  unsigned quadrant;
  DoubleDouble r = reduce(abs(a), quadrant), z = r * r;
  DoubleDouble s = r, c = 1.0, sineTerm = r, cosineTerm = 1.0;
  for (int k = 1; k <= 15; ++k) {
    cosineTerm = cosineTerm * z / -double((2 * k - 1) * (2 * k));
    sineTerm = sineTerm * z / -double((2 * k) * (2 * k + 1));
    c = c + cosineTerm, s = s + sineTerm;
  }
  if (quadrant & 1) {
    DoubleDouble swap = s;
    s = c, c = -swap;
  }
  if (quadrant & 2) s = -s, c = -c;
  return {a.hi < 0 ? -s : s, c};
}

DoubleDouble tan(DoubleDouble a) {
  SineCosine value = sineCosine(a);
  return value.sine / value.cosine;
}

// The plain angle θ₀, corrected by the sine of what is left: θ − θ₀ ≈ (y cos θ₀ − x sin θ₀)/√(x² + y²).
DoubleDouble atan2(DoubleDouble y, DoubleDouble x) {
  double guess = std::atan2(y.hi, x.hi);
  if (std::isnan(guess)) return guess;
  bool negative = std::signbit(y.hi);
  DoubleDouble exact = 0.0;
  if (y.hi == 0 || (std::isinf(x.hi) && !std::isinf(y.hi)))
    exact = std::signbit(x.hi) ? constants::pi : DoubleDouble(0.0);
  else if (std::isinf(y.hi))
    exact = std::isinf(x.hi) ? constants::pi * (x.hi < 0 ? 0.75 : 0.25) : constants::halfPi;
  else {
    int exponent = std::ilogb(std::fmax(std::fabs(x.hi), std::fabs(y.hi)));
    x = scaled(x, -exponent), y = scaled(y, -exponent);
    SineCosine at = sineCosine(guess);
    return guess + (y * at.cosine - x * at.sine) / sqrt(x * x + y * y);
  }
  return negative ? -exact : exact;
}

DoubleDouble atan(DoubleDouble a) { return a.hi == 0 ? a : atan2(a, 1.0); }
DoubleDouble asin(DoubleDouble a) {
  if (abs(a) > 1.0) return notANumber;
  return a.hi == 0 ? a : atan2(a, sqrt((1.0 - a) * (a + 1.0)));
}
DoubleDouble acos(DoubleDouble a) { return abs(a) > 1.0 ? notANumber : atan2(sqrt((1.0 - a) * (a + 1.0)), a); }

} // namespace fluxion::reference
