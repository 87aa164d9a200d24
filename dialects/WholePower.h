// xⁿ for small whole n known now is a product by squaring, the same one wherever it is made: of Terms or of Lanes.
#pragma once
#include <cmath>

namespace fluxion::flx {

inline bool isWholePower(double n) { return n != 0 && n == std::trunc(n) && std::fabs(n) <= 8; }

template <typename Number> Number positivePower(const Number &x, int n) {
  if (n == 1) return x;
  Number half = positivePower(x, n / 2), square = half * half;
  return n % 2 ? square * x : square;
}
template <typename Number> Number wholePowerOf(const Number &x, int n) {
  return n < 0 ? 1.0 / positivePower(x, -n) : positivePower(x, n);
}

} // namespace fluxion::flx
