// Lane: an SSA scalar or vector that computes like a number, so that one formula emits f32, f64, i32, i64 or i1 code of
// any width. In: values and a place to build. Out: arith and math ops there, in the order written, without fast-math
// flags. Invariant: the operands of a binary operator have one type; a double literal becomes a splat of the other
// operand's type.
#pragma once
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/TypeUtilities.h"

namespace fluxion::cpu {

class Lane {
public:
  Lane(mlir::OpBuilder &builder, mlir::Location location, mlir::Value value)
      : value(value), builder(&builder), location(location) {}

  mlir::Value get() const { return value; }
  operator mlir::Value() const { return value; }
  mlir::OpBuilder &getBuilder() const { return *builder; }
  mlir::Location getLoc() const { return location; }

  mlir::Type getType() const { return value.getType(); }
  mlir::Type getElementType() const { return mlir::getElementTypeOrSelf(getType()); }
  /// The type of this shape with another element type.
  mlir::Type getTypeWith(mlir::Type element) const;
  bool isVector() const { return llvm::isa<mlir::VectorType>(getType()); }
  bool isFloat() const { return llvm::isa<mlir::FloatType>(getElementType()); }
  bool isF32() const { return getElementType().isF32(); }
  bool isF64() const { return getElementType().isF64(); }
  bool isBool() const { return getElementType().isInteger(1); }

  /// The same place and shape with another value.
  Lane with(mlir::Value other) const { return Lane(*builder, location, other); }
  /// A constant of this type in every lane. Integers take the literal truncated; i1 takes literal != 0.
  Lane splat(double literal) const;
  /// A constant of this shape and of the integer type as wide as this element (i32 for f32, i64 for f64), exact for all
  /// 64 bits.
  Lane splatBits(int64_t bits) const;
  /// i32 for f32, i64 for f64, the type itself for integers.
  mlir::Type getBitsType() const;
  /// True if every lane is known to hold the same constant; then `literal` is that constant.
  bool isConstant(double *literal = nullptr) const;

  template <typename Op, typename... Args> Lane make(Args &&...args) const {
    return with(Op::create(*builder, location, std::forward<Args>(args)...));
  }

private:
  mlir::Value value;
  mlir::OpBuilder *builder;
  mlir::Location location;
};

/// The constant `literal` of any scalar or vector type.
Lane laneConstant(mlir::OpBuilder &builder, mlir::Location location, mlir::Type type, double literal);

// Arithmetic. Integers wrap. Integer division truncates; it never traps: x / 0 = −1 and MIN / −1 = MIN.
Lane operator+(const Lane &a, const Lane &b);
Lane operator-(const Lane &a, const Lane &b);
Lane operator*(const Lane &a, const Lane &b);
Lane operator/(const Lane &a, const Lane &b);
Lane operator-(const Lane &a);

// Comparisons: lanes of i1. Ordered (false with a NaN) but for !=, which is then true.
Lane operator<(const Lane &a, const Lane &b);
Lane operator<=(const Lane &a, const Lane &b);
Lane operator>(const Lane &a, const Lane &b);
Lane operator>=(const Lane &a, const Lane &b);
Lane operator==(const Lane &a, const Lane &b);
Lane operator!=(const Lane &a, const Lane &b);

// Bitwise on integers, hence logical on i1. Shifts by a constant.
Lane operator&(const Lane &a, const Lane &b);
Lane operator|(const Lane &a, const Lane &b);
Lane operator^(const Lane &a, const Lane &b);
inline Lane operator&&(const Lane &a, const Lane &b) { return a & b; }
inline Lane operator||(const Lane &a, const Lane &b) { return a | b; }
Lane operator!(const Lane &a);
Lane shiftLeft(const Lane &a, int64_t bits);
Lane shiftRight(const Lane &a, int64_t bits); // arithmetic
Lane shiftRightUnsigned(const Lane &a, int64_t bits);

#define FLUXION_LANE_LITERALS(OP)                                                                                      \
  inline Lane operator OP(const Lane &a, double b) { return a OP a.splat(b); }                                         \
  inline Lane operator OP(double a, const Lane &b) { return b.splat(a) OP b; }
FLUXION_LANE_LITERALS(+)
FLUXION_LANE_LITERALS(-)
FLUXION_LANE_LITERALS(*)
FLUXION_LANE_LITERALS(/)
FLUXION_LANE_LITERALS(<)
FLUXION_LANE_LITERALS(<=)
FLUXION_LANE_LITERALS(>)
FLUXION_LANE_LITERALS(>=)
FLUXION_LANE_LITERALS(==)
FLUXION_LANE_LITERALS(!=)
#undef FLUXION_LANE_LITERALS

Lane select(const Lane &condition, const Lane &a, const Lane &b);
inline Lane select(const Lane &condition, const Lane &a, double b) { return select(condition, a, a.splat(b)); }
inline Lane select(const Lane &condition, double a, const Lane &b) { return select(condition, b.splat(a), b); }

/// a·b + c, rounded once.
Lane fma(const Lane &a, const Lane &b, const Lane &c);
inline Lane fma(const Lane &a, const Lane &b, double c) { return fma(a, b, a.splat(c)); }
inline Lane fma(const Lane &a, double b, const Lane &c) { return fma(a, a.splat(b), c); }

// NaN if either operand is; of two zeros of different sign either may be returned.
Lane max(const Lane &a, const Lane &b);
Lane min(const Lane &a, const Lane &b);
inline Lane max(const Lane &a, double b) { return max(a, a.splat(b)); }
inline Lane max(double a, const Lane &b) { return max(b.splat(a), b); }
inline Lane min(const Lane &a, double b) { return min(a, a.splat(b)); }
inline Lane min(double a, const Lane &b) { return min(b.splat(a), b); }
// One instruction: `b` if either operand is NaN.
Lane maxOrSecond(const Lane &a, const Lane &b);
Lane minOrSecond(const Lane &a, const Lane &b);

Lane abs(const Lane &a);  // of integers: wraps at MIN
Lane sign(const Lane &a); // −1, 0, 1; NaN and signed zeros pass through
Lane copysign(const Lane &magnitude, const Lane &sign);
Lane sqrt(const Lane &a); // correctly rounded
Lane floor(const Lane &a);
Lane ceil(const Lane &a);
Lane round(const Lane &a); // half to even
Lane isNan(const Lane &a);

// Division with the sign of the divisor (as Python): a = b·floordiv(a, b) + rem(a, b). Of integers by 0: −1 and a.
Lane rem(const Lane &a, const Lane &b);
Lane floordiv(const Lane &a, const Lane &b);

/// Between any of f32, f64, integers and i1. Float to integer truncates toward zero and saturates, NaN gives 0; to i1:
/// != 0.
Lane convert(const Lane &a, mlir::Type element);
/// Float to the integer of its width, for values known to fit (undefined otherwise): one instruction.
Lane truncateToBits(const Lane &a);
/// The same bits as another element type of equal width.
Lane bitcast(const Lane &a, mlir::Type element);
inline Lane toBits(const Lane &a) { return bitcast(a, a.getBitsType()); }
/// A scalar in every lane of `type`; a value that already has this type as it is.
Lane broadcast(const Lane &a, mlir::VectorType type);

} // namespace fluxion::cpu
