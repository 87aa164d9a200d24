// Powers: products for small known exponents, eʸ ˡⁿ ˣ in f64 for f32, libm for f64, squaring for integers. And the cube root.
#include "compiler/Lowering/VectorMathFormat.h"
#include "dialects/Arithmetic.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include <limits>
using namespace mlir;

namespace fluxion::cpu {

static constexpr double infinity = std::numeric_limits<double>::infinity();

// Squaring with the bits of the exponent, lowest first; x⁻ⁿ truncates to 0 unless x = ±1 (and 1/0 follows division:
// −1).
static Lane integerPower(const Lane &x, const Lane &y) {
  Lane result = x.splat(1), square = x;
  for (unsigned bit = 0, bits = x.getElementType().getIntOrFloatBitWidth() - 1; bit < bits; ++bit) {
    result = select((shiftRight(y, bit) & y.splat(1)) != 0.0, result * square, result);
    square = square * square;
  }
  Lane odd = (y & y.splat(1)) != 0.0;
  Lane inverse =
      select(x == 1.0, 1.0, select(x == -1.0, select(odd, x.splat(-1), 1.0), select(x == 0.0, x.splat(-1), 0.0)));
  return select(y < 0.0, inverse, result);
}

// |x|ʸ = e^(y ln |x|) in f64, which leaves f32 correctly rounded nearly always; then the sign and what C99 says of 0,
// 1, ∞.
static Lane powerF32(const Lane &x, const Lane &y) {
  Type f64 = x.getBuilder().getF64Type();
  Lane size = abs(x);
  Lane value = convert(exp(convert(y, f64) * log(convert(size, f64))), x.getElementType());
  Lane one = (y == 0.0) | (x == 1.0) | ((size == 1.0) & (abs(y) == infinity));
  Lane half = y * 0.5;
  Lane whole = floor(y) == y, odd = whole & (floor(half) != half);
  Lane negative = toBits(x) < 0.0; // −0 counts
  Lane root = (x < 0.0) & (size < infinity) & !whole;
  Lane signedValue = select(negative & odd, -value, value);
  return select(one, 1.0, select(root, std::numeric_limits<double>::quiet_NaN(), signedValue));
}

Lane pow(const Lane &x, const Lane &y) {
  double exponent = 0;
  bool known = y.isConstant(&exponent);
  if (known && exponent == 0) return x.splat(1);
  if (known && flx::isWholePower(exponent) && (exponent > 0 || x.isFloat()))
    return flx::wholePowerOf(x, int(exponent));
  if (!x.isFloat()) return integerPower(x, y);
  // As libm: (−∞)^½ = ∞ and (−0)^½ = +0.
  if (known && exponent == 0.5) return select(x == -infinity, infinity, sqrt(x + 0.0));
  if (known && exponent == -0.5) return select(x == -infinity, 0.0, 1.0 / sqrt(x + 0.0));
  return x.isF32() ? powerF32(x, y) : x.make<math::PowFOp>(x.get(), y.get());
}

// ∛|x| = e^(⅓ ln |x|), and a step of Newton's method, whose error is the square of that. 0, ∞ and NaN are their own.
Lane cbrt(const Lane &x) {
  Lane size = abs(x);
  Lane y = exp(log(size) * (1.0 / 3));
  Lane root = y - (y - size / (y * y)) * (1.0 / 3);
  return select((size > 0.0) & (size < infinity), copysign(root, x), x);
}

} // namespace fluxion::cpu
