// See VerifyDistance.h.
#include "compiler/Reference/VerifyDistance.h"

namespace fluxion::reference {

double squareNorm(llvm::ArrayRef<HostTensor> xs) {
  double sum = 0;
  for (const HostTensor &x : xs)
    for (double v : x.reals) sum += v * v;
  return sum;
}

double finiteSquareNorm(llvm::ArrayRef<HostTensor> xs) {
  double sum = 0;
  for (const HostTensor &x : xs)
    for (double v : x.reals) sum += std::isfinite(v) ? v * v : 0;
  return sum;
}

double absoluteInner(llvm::ArrayRef<HostTensor> as, llvm::ArrayRef<HostTensor> bs) {
  double sum = 0;
  for (auto [a, b] : llvm::zip(as, bs))
    for (auto [x, y] : llvm::zip(a.reals, b.reals)) sum += std::isfinite(x * y) ? std::fabs(x * y) : 0;
  return sum;
}

double inner(llvm::ArrayRef<HostTensor> as, llvm::ArrayRef<HostTensor> bs) {
  DoubleDouble sum = 0.0;
  for (auto [a, b] : llvm::zip(as, bs))
    for (auto [x, y] : llvm::zip(a.reals, b.reals)) sum = sum + DoubleDouble::product(x, y);
  return sum.hi;
}

static bool sameType(const HostTensor &a, const HostTensor &b) {
  return a.element == b.element && a.shape == b.shape && a.reals.size() == b.reals.size() &&
         a.integers.size() == b.integers.size();
}

void compare(const HostTensor &got, const HostTensor &truth, bool lenient, Distance &distance) {
  if (!sameType(got, truth)) {
    ++distance.mismatches;
    return;
  }
  for (auto [a, b] : llvm::zip(got.integers, truth.integers)) distance.mismatches += a != b;
  double largest =
      truth.element == Element::F32 ? double(std::numeric_limits<float>::max()) : std::numeric_limits<double>::max();
  for (auto [a, b] : llvm::zip(got.reals, truth.reals)) {
    bool beyond = !std::isnan(b) && std::fabs(b) > largest; // overflows the element type
    if (std::isfinite(b) && !beyond) {
      if (std::isfinite(a))
        distance.square += ((long double)a - b) * ((long double)a - b), distance.norm += (long double)b * b;
      else
        distance.mismatches += std::fabs(b) < largest * (1 - 1e-5);
    } else if (lenient) {
      ++distance.skipped;
    } else if (std::isnan(b) ? !std::isnan(a) : !(std::isinf(a) && (a > 0) == (b > 0))) {
      distance.mismatches += !(beyond && std::fabs(b) < largest * (1 + 1e-5));
    }
  }
}

Distance compareAll(llvm::ArrayRef<HostTensor> got, llvm::ArrayRef<HostTensor> truth, bool lenient) {
  Distance distance;
  if (got.size() != truth.size()) distance.mismatches = 1;
  for (auto [a, b] : llvm::zip(got, truth)) compare(a, b, lenient, distance);
  return distance;
}

} // namespace fluxion::reference
