// The logarithms: log, log1p, and ln(1 + f) on the unit interval.
#include "compiler/Lowering/VectorMathFormat.h"
#include "compiler/Lowering/VectorMathTables.h"
#include <limits>
using namespace mlir;

namespace fluxion::cpu {

// x = 2ᵉ·(1 + f) with √½ ≤ 1 + f < √2, for a positive normal x; e as an integer and as a number.
struct Split {
  Lane fraction, exponentBits, exponent;
};

static Split split(const Lane &x) {
  const Format &format = formatOf(x);
  Lane bits = toBits(x);
  Lane e = shiftRight(bits - bits.splatBits(format.rootHalf), format.mantissa);
  Lane m = bitcast(bits - shiftLeft(e, format.mantissa), x.getElementType());
  // e lies in the low bits of a number near magic: an exact conversion that every vector unit has.
  Lane number = bitcast(e + e.splatBits(format.magicBits), x.getElementType()) - format.magic;
  return {m - 1.0, e, number};
}

// e·ln 2 + ln(1 + f + low), small terms first; `low` is far below f's last place and 1 − f + f² is 1 / (1 + f) enough
// for it.
static Lane combine(const Lane &f, const Lane &e, const Lane *low) {
  const Format &format = formatOf(f);
  Lane square = f * f;
  Lane small = e * format.ln2Low;
  if (low) small = fma(*low, fma(f, f, 1.0 - f), small);
  if (f.isF32()) {
    Lane tail = fma(f * square, horner(f, tables::log32), small);
    return fma(e, format.ln2High, f + fma(square, -0.5, tail));
  }
  // s = f/(2+f): ln(1+f) = 2·atanh s = f − (f²/2 − s·(f²/2 + s²·R(s²)))
  Lane s = f / (f + 2.0);
  Lane z = s * s;
  Lane half = square * 0.5;
  Lane tail = fma(s, fma(z, horner(z, tables::log64), half), small);
  return fma(e, format.ln2High, f - (half - tail));
}

// `result` for lowest < x < ∞; below −∞ at x = lowest, NaN under it; ∞ and NaN are their own logarithms.
static Lane withSpecialValues(const Lane &x, double lowest, const Lane &result) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Lane special = select(x < lowest, std::numeric_limits<double>::quiet_NaN(), select(x == lowest, -infinity, x));
  return select((x > lowest) & (x < infinity), result, special);
}

Lane log(const Lane &x) {
  const Format &format = formatOf(x);
  Lane denormal = x < format.smallest;
  Split parts = split(select(denormal, x * std::ldexp(1.0, format.mantissa + 2), x));
  Lane e = parts.exponent - select(denormal, double(format.mantissa + 2), x.splat(0));
  return withSpecialValues(x, 0, combine(parts.fraction, e, nullptr));
}

// u + c = 1 + x exactly (two-sum); ln(1 + x) = ln u + c/u, and c/u = (c·2⁻ᵉ)/(1 + f).
Lane log1p(const Lane &x) {
  const Format &format = formatOf(x);
  Lane u = x + 1.0;
  Lane back = u - 1.0;
  Lane c = (1.0 - (u - back)) + (x - back);
  Split parts = split(u);
  // 2⁻ᵉ; where e is too large for it to be a normal number, c is zero.
  Lane e = minOrSecond(parts.exponentBits, parts.exponentBits.splat(format.bias - 1));
  Lane scale = bitcast(shiftLeft(e.splatBits(format.bias) - e, format.mantissa), x.getElementType());
  Lane low = c * scale;
  Lane result = copysign(combine(parts.fraction, parts.exponent, &low), x);
  return withSpecialValues(x, -1, result);
}

Lane log1pUnit(const Lane &f) {
  if (f.isF32()) return fma(f * f, horner(f, tables::log32Wide), f);
  Lane s = f / (f + 2.0);
  Lane z = s * s;
  Lane half = f * f * 0.5;
  return f - fma(-s, fma(z, horner(z, tables::log64Wide), half), half);
}

} // namespace fluxion::cpu
