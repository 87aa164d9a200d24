// Arithmetic that is to be the same wherever it is done: in code, in the reference, and while folding.
#pragma once
#include <cmath>

namespace fluxion::flx {

// xⁿ for small whole n known now is a product by squaring, of Terms or of Lanes.
inline bool isWholePower(double n) { return n != 0 && n == std::trunc(n) && std::fabs(n) <= 8; }

template <typename Number> Number positivePower(const Number &x, int n) {
  if (n == 1) return x;
  Number half = positivePower(x, n / 2), square = half * half;
  return n % 2 ? square * x : square;
}
template <typename Number> Number wholePowerOf(const Number &x, int n) {
  return n < 0 ? 1.0 / positivePower(x, -n) : positivePower(x, n);
}

// ⌊a/b⌋ of the exact quotient, where a/b rounds up to a whole number, too: 1/0.1 is just below 10. As Python and NumPy
// have it, −1 where a negative quotient vanishes (b infinite), and no number where a is infinite.
inline double floorOfQuotient(double a, double b) {
  if (std::isinf(a)) return std::nan("");
  double quotient = a / b, whole = std::floor(quotient);
  if (std::isinf(b)) return a != 0 && (a < 0) != (b < 0) ? -1 : quotient;
  double rest = std::fma(-whole, b, a); // rounded, but of the right sign
  return rest != 0 && (rest < 0) != (b < 0) ? whole - 1 : whole;
}

} // namespace fluxion::flx
