// Folding: what an op gives on splat constants, and the identities that need no new op. Private to the dialect.
// Host is a number on the compiler's machine; an op's `evaluate` on it is the op on a constant, rounded to its element
// type.
#pragma once
#include "dialects/Arithmetic.h"
#include "dialects/Dialect.h"
#include <cmath>

namespace fluxion::flx {

struct Host {
  double value = 0;
  bool known = true; // false: a function this machine has no accurate form of, so nothing is folded
  Host(double value = 0, bool known = true) : value(value), known(known) {}
};

#define FLX_HOST_OPERATOR(OP)                                                                                          \
  inline Host operator OP(Host a, Host b) { return {a.value OP b.value, a.known && b.known}; }
FLX_HOST_OPERATOR(+)
FLX_HOST_OPERATOR(-)
FLX_HOST_OPERATOR(*)
FLX_HOST_OPERATOR(/)
#undef FLX_HOST_OPERATOR
inline Host operator-(Host a) { return {-a.value, a.known}; }
inline bool operator<(Host a, Host b) { return a.value < b.value; }
inline bool operator<=(Host a, Host b) { return a.value <= b.value; }
inline bool operator>(Host a, Host b) { return a.value > b.value; }
inline bool operator>=(Host a, Host b) { return a.value >= b.value; }
inline bool operator==(Host a, Host b) { return a.value == b.value; }
inline bool operator!=(Host a, Host b) { return a.value != b.value; }

#define FLX_HOST_FUNCTION(name, formula)                                                                               \
  inline Host name(Host a) {                                                                                           \
    double x = a.value;                                                                                                \
    return {formula, a.known};                                                                                         \
  }
FLX_HOST_FUNCTION(abs, std::fabs(x))
FLX_HOST_FUNCTION(sign, x > 0 ? 1.0 : x < 0 ? -1.0 : x)
FLX_HOST_FUNCTION(floor, std::floor(x))
FLX_HOST_FUNCTION(ceil, std::ceil(x))
FLX_HOST_FUNCTION(round, std::nearbyint(x))
FLX_HOST_FUNCTION(exp, std::exp(x))
FLX_HOST_FUNCTION(expm1, std::expm1(x))
FLX_HOST_FUNCTION(log, std::log(x))
FLX_HOST_FUNCTION(log1p, std::log1p(x))
FLX_HOST_FUNCTION(sqrt, std::sqrt(x))
FLX_HOST_FUNCTION(sin, std::sin(x))
FLX_HOST_FUNCTION(cos, std::cos(x))
FLX_HOST_FUNCTION(tan, std::tan(x))
FLX_HOST_FUNCTION(asin, std::asin(x))
FLX_HOST_FUNCTION(acos, std::acos(x))
FLX_HOST_FUNCTION(atan, std::atan(x))
FLX_HOST_FUNCTION(sinh, std::sinh(x))
FLX_HOST_FUNCTION(cosh, std::cosh(x))
FLX_HOST_FUNCTION(tanh, std::tanh(x))
FLX_HOST_FUNCTION(asinh, std::asinh(x))
FLX_HOST_FUNCTION(acosh, std::acosh(x))
FLX_HOST_FUNCTION(atanh, std::atanh(x))
FLX_HOST_FUNCTION(cbrt, std::cbrt(x))
FLX_HOST_FUNCTION(erf, std::erf(x))
FLX_HOST_FUNCTION(erfc, std::erfc(x))
FLX_HOST_FUNCTION(sigmoid, x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)))
FLX_HOST_FUNCTION(softplus, (x > 0 ? x : 0) + std::log1p(std::exp(-std::fabs(x))))
#undef FLX_HOST_FUNCTION
inline Host gaussian(Host) { return {0, false}; }
inline Host normal_cdf(Host) { return {0, false}; }
inline Host lgamma(Host) { return {0, false}; }
inline Host digamma(Host) { return {0, false}; }
inline Host polygamma(int64_t, Host) { return {0, false}; }

inline Host pow(Host a, Host b) { return {std::pow(a.value, b.value), a.known && b.known}; }
inline Host atan2(Host a, Host b) { return {std::atan2(a.value, b.value), a.known && b.known}; }
// NaN if either is
inline Host max(Host a, Host b) { return std::isnan(a.value) || a.value > b.value ? a : b; }
inline Host min(Host a, Host b) { return std::isnan(a.value) || a.value < b.value ? a : b; }
inline Host xlogy(Host a, Host b) {
  double zero = std::isnan(b.value) ? b.value : a.value;
  return {a.value == 0 ? zero : a.value * std::log(b.value), a.known && b.known};
}
inline Host floordiv(Host a, Host b) { return {floorOfQuotient(a.value, b.value), a.known && b.known}; }
// sign of the divisor, as Python's
inline Host rem(Host a, Host b) {
  double r = std::fmod(a.value, b.value);
  if (r == 0) return {std::copysign(0.0, b.value), a.known && b.known};
  return {(r < 0) != (b.value < 0) ? r + b.value : r, a.known && b.known};
}
inline Host select(bool condition, Host a, Host b) { return condition ? a : b; }

mlir::OpFoldResult foldUnary(mlir::Operation *op, mlir::Attribute a, Host (*evaluate)(Host));
mlir::OpFoldResult foldBinary(mlir::Operation *op, mlir::Attribute a, mlir::Attribute b, Host (*evaluate)(Host, Host));
mlir::OpFoldResult foldLogical(mlir::Operation *op, mlir::Attribute a, mlir::Attribute b,
                               llvm::APInt (*evaluate)(llvm::APInt, llvm::APInt));
mlir::OpFoldResult foldComparison(mlir::Operation *op, mlir::Attribute a, mlir::Attribute b,
                                  bool (*evaluate)(Host, Host));
mlir::OpFoldResult foldReduction(mlir::Operation *op, mlir::Value x, mlir::Attribute constant,
                                 llvm::ArrayRef<int64_t> axes);

// Adds a rule that is a plain function, under the name that tests count it by.
template <typename Op>
void addRule(mlir::RewritePatternSet &set, llvm::StringRef name,
             llvm::LogicalResult (*rule)(Op, mlir::PatternRewriter &)) {
  set.add(rule);
  set.getNativePatterns().back()->setDebugName(name);
}

// The scalar that a constant repeats: of a splat tensor its element, of a scalar itself; null otherwise.
mlir::Attribute scalarOf(mlir::Attribute constant);
// The same scalar in every element of `type`, a tensor or a scalar type; null stays null.
mlir::Attribute splatOver(mlir::Type type, mlir::Attribute scalar);

} // namespace fluxion::flx
