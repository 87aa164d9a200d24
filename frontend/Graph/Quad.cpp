// See Quad.h. Each function starts from the double result and refines it, or sums a series on a reduced argument.
#include "frontend/Graph/Quad.h"
#include <cmath>
#include <cstdint>
#include <limits>

namespace fluxion {

namespace {
constexpr double infinity = std::numeric_limits<double>::infinity();

// log 2 as a sum of three doubles that have trailing zeros, exact to 2⁻¹⁴⁰.
Quad logTwo() {
  return Quad(0x1.62e42fefa39efp-1) + Quad(0x1.abc9e3b39803fp-56) + Quad(0x1.7b57a079a1934p-111);
}

Quad scaledByPowerOfTwo(Quad x, int exponent) {
  for (; exponent > 1000; exponent -= 1000) x *= Quad(0x1p1000);
  for (; exponent < -1000; exponent += 1000) x *= Quad(0x1p-1000);
  return x * Quad(std::ldexp(1.0, exponent));
}
} // namespace

Quad quadFloor(Quad x) {
  if (!(x > -Quad(0x1p112) && x < Quad(0x1p112))) return x; // integral already, or not finite
  __int128 truncated = __int128(x);
  return Quad(truncated) > x ? Quad(truncated - 1) : Quad(truncated);
}

// Newton: r ← (r + x/r)/2 doubles the correct digits; from 53 bits, two steps pass 113.
Quad quadSqrt(Quad x) {
  if (!(x > 0) || double(x) == infinity) return x == 0 ? x : Quad(std::sqrt(double(x)));
  Quad scale = 1; // keeps the first guess in a double's range
  while (x > Quad(0x1p1000)) x *= Quad(0x1p-1000), scale *= Quad(0x1p500);
  while (x < Quad(0x1p-1000)) x *= Quad(0x1p1000), scale *= Quad(0x1p-500);
  Quad root = std::sqrt(double(x));
  for (int step = 0; step < 2; ++step) root = (root + x / root) / 2;
  return root * scale;
}

// eˣ = 2ᵏ·(e^(r/2⁸))^(2⁸) with r = x − k·log 2; the series is summed for expm1 so that squaring loses nothing:
// (1+a)² − 1 = a·(2+a).
Quad quadExp(Quad x) {
  if (x != x) return x;
  if (x > 12000) return Quad(infinity);
  if (x < -12000) return 0;
  int k = int(double(quadFloor(x / logTwo() + Quad(0.5))));
  Quad r = (x - Quad(k) * logTwo()) / 256, term = r, sum = r;
  for (int n = 2; n <= 16; ++n) {
    term = term * r / n;
    sum += term;
  }
  for (int i = 0; i < 8; ++i) sum = sum * (2 + sum);
  return scaledByPowerOfTwo(1 + sum, k);
}

// log x = k·log 2 + 2·artanh((m−1)/(m+1)) with x = m·2ᵏ and m within [2^−½, 2^½]; the series is in odd powers of a
// number below 0.172, which gains five bits a term.
Quad quadLog(Quad x) {
  if (!(x > 0) || double(x) == infinity) return Quad(std::log(double(x)));
  int k = 0;
  while (x >= Quad(0x1p64)) x *= Quad(0x1p-64), k += 64;
  while (x < Quad(0x1p-64)) x *= Quad(0x1p64), k -= 64;
  int exponent;
  double mantissa = std::frexp(double(x), &exponent);
  if (mantissa < M_SQRT1_2) --exponent;
  x *= Quad(std::ldexp(1.0, -exponent));
  k += exponent;
  Quad s = (x - 1) / (x + 1), square = s * s, power = s, sum = s;
  for (int n = 3; n <= 51; n += 2) {
    power *= square;
    sum += power / n;
  }
  return Quad(k) * logTwo() + 2 * sum;
}

Quad quadPow(Quad base, Quad exponent) {
  if (exponent == quadFloor(exponent) && exponent >= -100000 && exponent <= 100000) {
    int64_t n = int64_t(exponent < 0 ? -exponent : exponent);
    Quad result = 1;
    for (Quad square = base; n; n >>= 1, square *= square)
      if (n & 1) result *= square;
    return exponent < 0 ? 1 / result : result;
  }
  if (base == 0) return exponent > 0 ? Quad(0) : Quad(infinity);
  return quadExp(exponent * quadLog(base));
}

} // namespace fluxion
