// The representation behind Weak, shared by its arithmetic and its printer only.
#pragma once
#include "frontend/Graph/Quad.h"
#include "frontend/Graph/Weak.h"

namespace fluxion {

// mantissa · 2^exponent, which every finite Quad is; the mantissa has at most 113 bits.
struct BinaryFraction {
  __int128 mantissa;
  int exponent;
};
BinaryFraction binaryFraction(Quad);

// A Rational is numerator/denominator in lowest terms with positive denominator; denominator 0 marks a decimal too long
// for that, kept in `rounded`. Unary and Binary are what did not fold.
struct Weak::Expression {
  Kind kind = Kind::Rational;
  __int128 numerator = 0, denominator = 1;
  Quad rounded = 0;
  Dim dim;
  std::string op;
  std::shared_ptr<const Expression> left, right;
  uint32_t parts = 1;
};

} // namespace fluxion
