// The error function, and what is computed from e^(x²)·erfc x: the tails of the normal distribution.
#include "compiler/Lowering/VectorMathFormat.h"
#include "compiler/Lowering/VectorMathTables.h"
#include <numbers>
using namespace mlir;

namespace fluxion::cpu {

// |x| < 0.875: x + x·p(x²). Above: ±(1 − e^g(|x|)), g = ln erfc, a polynomial around `center`; from `top` on the result
// is ±1.
Lane erf(const Lane &x) {
  bool single = x.isF32();
  double center = single ? 2 : 1, top = single ? 3.95 : 6;
  Lane small = fma(x, horner(x * x, tables::erf32Small, tables::erf64Small), x);
  Lane size = abs(x);
  Lane t = minOrSecond(x.splat(top), size) - center;
  Lane large = 1.0 - expNormal(horner(t, tables::erf32Large, tables::erf64Large));
  return select(size < 0.875, small, copysign(large, x));
}

// e^−(x·y) for x·y ≥ 0 with what the product loses in rounding, which is small: e·(1 − low).
static Lane expOfMinusProduct(const Lane &x, const Lane &y) {
  Lane product = x * y, low = fma(x, y, -product);
  Lane e = exp(-product);
  return fma(-e, low, e);
}

// e^(x²)·erfc x = p((x − c)/(x + c))/(1 + 2x) for x ≥ 0, as far as erfc x is no zero.
static Lane scaledErfc(const Lane &x) {
  double c = x.isF32() ? 2 : 4;
  Lane t = (x - c) / (x + c);
  return horner(t, tables::erfcx32, tables::erfcx64) / fma(x, 2.0, x.splat(1));
}

Lane erfc(const Lane &x) {
  Lane size = minOrSecond(x.splat(x.isF32() ? 10.1 : 27.4), abs(x)); // beyond, 0 to rounding; NaN stays
  Lane tail = scaledErfc(size) * expOfMinusProduct(size, size);
  return select(x < 0.0, 2.0 - tail, tail);
}

Lane gaussian(const Lane &x) {
  Lane size = minOrSecond(x.splat(x.isF32() ? 14.5 : 38.7), abs(x));
  return expOfMinusProduct(size * 0.5, size);
}

Lane normal_cdf(const Lane &x) {
  Lane size = minOrSecond(x.splat(x.isF32() ? 14.25 : 38.7), abs(x));
  Lane half = size * 0.5;
  Lane tail = scaledErfc(half * std::numbers::sqrt2) * 0.5 * expOfMinusProduct(half, size);
  return select(x < 0.0, tail, 1.0 - tail);
}

} // namespace fluxion::cpu
