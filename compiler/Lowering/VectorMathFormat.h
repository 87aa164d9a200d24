// What differs between f32 and f64 in the formulas of VectorMath, and the two steps they share: Horner's rule and the
// reduction x = n·ln 2 + r. Private to the VectorMath*.cpp files.
#pragma once
#include "compiler/Lowering/VectorMath.h"
#include "llvm/ADT/ArrayRef.h"
#include <cmath>
#include <cstdint>

namespace fluxion::cpu {

struct Format {
  int mantissa; // stored bits of the mantissa
  int64_t bias; // of the exponent
  double magic; // 1.5·2^mantissa: adding it rounds to an integer, which then lies in the low bits
  int64_t magicBits;
  double ln2High, ln2Low; // n·ln2High is exact for every exponent n
  double smallest;        // smallest normal number
  int64_t rootHalf;       // bits of √½
};

inline constexpr Format formatF32 = {23,       127,       0x1.8p23, 0x4b400000, 0x1.63p-1, -0x1.bd0105c610ca8p-13,
                                     0x1p-126, 0x3f3504f3};
inline constexpr Format formatF64 = {
    52, 1023, 0x1.8p52, 0x4338000000000000, 0x1.62e42feep-1, 0x1.a39ef35793c76p-33, 0x1p-1022, 0x3fe6a09e667f3bcd};

inline const Format &formatOf(const Lane &x) { return x.isF32() ? formatF32 : formatF64; }

/// c₀ + x(c₁ + x(c₂ + …)), one fma a step.
inline Lane horner(const Lane &x, llvm::ArrayRef<double> coefficients) {
  Lane sum = x.splat(coefficients.back());
  for (double c : llvm::reverse(coefficients.drop_back())) sum = fma(sum, x, c);
  return sum;
}
inline Lane horner(const Lane &x, llvm::ArrayRef<double> f32, llvm::ArrayRef<double> f64) {
  return horner(x, x.isF32() ? f32 : f64);
}

/// eˣ = 2ⁿ·(1 + tail); the low bits of `exponent` hold n + offset. Holds for |n + offset| < 2^(mantissa − 2).
struct Reduced {
  Lane tail, exponent;
};
enum class Accuracy { Absolute, Relative }; // of the tail: enough for eˣ, or for eˣ − 1 as well
Reduced reduceExp(const Lane &x, int64_t offset, Accuracy accuracy);

/// 2ⁿ from an exponent reduced with offset = bias, where −bias < n ≤ bias.
Lane powerOfTwo(const Lane &exponent, const Format &format, const Lane &like);

/// eˣ for x where 2ⁿ is a normal number: no overflow, no denormal result, NaN kept.
Lane expNormal(const Lane &x);

/// ln(1 + f) for 0 ≤ f ≤ 1, relative accuracy.
Lane log1pUnit(const Lane &f);

} // namespace fluxion::cpu
