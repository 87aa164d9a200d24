// Norms, inner products and the distance between what was computed and what is true. Private to compiler/Reference.
#pragma once
#include "compiler/Reference/Interpreter.h"
#include <cmath>
#include <limits>

namespace fluxion::reference {

// Differences of two lists of tensors, accumulated over elements that are finite in the truth.
struct Distance {
  long double square = 0, norm = 0; // of a wider range than their elements
  int64_t mismatches = 0; // of integers, of NaN and infinities
  int64_t skipped = 0;    // not finite in the truth
  double relative(double floor) const {
    if (mismatches) return std::numeric_limits<double>::infinity();
    return double(std::sqrt(square) / std::max(std::sqrt(norm), (long double)floor));
  }
};

double squareNorm(llvm::ArrayRef<HostTensor> xs);
double finiteSquareNorm(llvm::ArrayRef<HostTensor> xs); // of the elements that are finite
/// Of the absolute values, where finite.
double absoluteInner(llvm::ArrayRef<HostTensor> as, llvm::ArrayRef<HostTensor> bs);
/// In double-double, so that the comparison of two inner products does not suffer from its own rounding.
double inner(llvm::ArrayRef<HostTensor> as, llvm::ArrayRef<HostTensor> bs);

/// Values: what is not finite must be the same. Derivatives (`lenient`): where the truth is not finite nothing is said.
void compare(const HostTensor &got, const HostTensor &truth, bool lenient, Distance &distance);
Distance compareAll(llvm::ArrayRef<HostTensor> got, llvm::ArrayRef<HostTensor> truth, bool lenient);

} // namespace fluxion::reference
