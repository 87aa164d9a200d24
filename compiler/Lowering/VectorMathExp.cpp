// The exponential family: exp, expm1, tanh, sigmoid, softplus.
#include "compiler/Lowering/VectorMathFormat.h"
#include "compiler/Lowering/VectorMathTables.h"
using namespace mlir;

namespace fluxion::cpu {

static constexpr double log2e = 1.44269504088896340736;

// x = n·ln 2 + r with |r| ≤ ln2/2, so eˣ = 2ⁿ·eʳ and eʳ − 1 = r + r²·q(r).
Reduced reduceExp(const Lane &x, int64_t offset, Accuracy accuracy) {
  const Format &format = formatOf(x);
  double magic = format.magic + offset;
  Lane shifted = fma(x, log2e, x.splat(magic));
  Lane n = shifted - magic;
  Lane r = fma(n, -format.ln2Low, fma(n, -format.ln2High, x)); // the inner fma is exact
  Lane q = accuracy == Accuracy::Absolute ? horner(r, tables::exp32, tables::exp64)
                                          : horner(r, tables::expm132, tables::expm164);
  return {fma(r * r, q, r), toBits(shifted)};
}

Lane powerOfTwo(const Lane &exponent, const Format &format, const Lane &like) {
  return bitcast(shiftLeft(exponent, format.mantissa), like.getElementType());
}

Lane expNormal(const Lane &x) {
  const Format &format = formatOf(x);
  Reduced reduced = reduceExp(x, format.bias, Accuracy::Absolute);
  return (reduced.tail + 1.0) * powerOfTwo(reduced.exponent, format, x);
}

// Beyond these bounds eˣ rounds to infinity and to zero.
Lane exp(const Lane &x) {
  const Format &format = formatOf(x);
  bool single = x.isF32();
  Lane clamped = minOrSecond(x.splat(single ? 89 : 710), maxOrSecond(x.splat(single ? -104.5 : -746), x));
  // 2ⁿ may be out of range where eˣ is not, so it is applied in halves; only the second may round.
  Reduced reduced = reduceExp(clamped, 2 * format.bias, Accuracy::Absolute);
  Lane half = shiftRightUnsigned(reduced.exponent, 1);
  Lane other = reduced.exponent - half;
  return (reduced.tail + 1.0) * powerOfTwo(half, format, x) * powerOfTwo(other, format, x);
}

// eˣ − 1 = 2·(2ⁿ⁻¹·tail + (2ⁿ⁻¹ − ½)); the halved power keeps n = bias + 1 in range. A tiny x is its own expm1.
Lane expm1(const Lane &x) {
  const Format &format = formatOf(x);
  bool single = x.isF32();
  Lane clamped = minOrSecond(x.splat(single ? 89 : 710), maxOrSecond(x.splat(single ? -20 : -44), x));
  Reduced reduced = reduceExp(clamped, format.bias - 1, Accuracy::Relative);
  Lane half = powerOfTwo(reduced.exponent, format, x);
  Lane result = fma(half, reduced.tail, half - 0.5) * 2.0;
  return select(abs(x) < (single ? 0x1p-30 : 0x1p-60), x, result);
}

// tanh|x| = −e / (2 + e) with e = expm1(−2|x|), which lies in (−1, 0].
Lane tanh(const Lane &x) {
  const Format &format = formatOf(x);
  Lane doubled = maxOrSecond(x.splat(x.isF32() ? -20 : -44), abs(x) * -2.0);
  Reduced reduced = reduceExp(doubled, format.bias, Accuracy::Relative);
  Lane power = powerOfTwo(reduced.exponent, format, x);
  Lane e = fma(power, reduced.tail, power - 1.0);
  Lane sum = fma(power, reduced.tail, power + 1.0);
  return copysign(e / sum, x);
}

// With E = e^−|x|: 1 / (1 + E) for x ≥ 0, E / (1 + E) below; nothing overflows.
Lane sigmoid(const Lane &x) {
  Lane e = exp(-abs(x));
  return select(x < 0.0, e, 1.0) / (e + 1.0);
}

// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|)
Lane softplus(const Lane &x) { return maxOrSecond(x.splat(0), x) + log1pUnit(exp(-abs(x))); }

} // namespace fluxion::cpu
