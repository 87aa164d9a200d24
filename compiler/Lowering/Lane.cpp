// Lane arithmetic: every operator is one or a few arith/math ops; see Lane.h for the semantics.
#include "compiler/Lowering/Lane.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include <cmath>
#include <limits>
using namespace mlir;

namespace fluxion::cpu {

Type Lane::getTypeWith(Type element) const {
  if (auto vector = dyn_cast<VectorType>(getType())) return VectorType::get(vector.getShape(), element);
  return element;
}

Type Lane::getBitsType() const {
  return IntegerType::get(value.getContext(), getElementType().getIntOrFloatBitWidth());
}

static TypedAttr splatAttribute(Type type, Attribute element) {
  if (auto vector = dyn_cast<VectorType>(type)) return cast<TypedAttr>(DenseElementsAttr::get(vector, element));
  return cast<TypedAttr>(element);
}

static Attribute literalAttribute(Type element, double literal) {
  if (auto floating = dyn_cast<FloatType>(element)) return FloatAttr::get(floating, literal);
  if (element.isInteger(1)) return IntegerAttr::get(element, literal != 0);
  return IntegerAttr::get(element, static_cast<int64_t>(literal));
}

Lane laneConstant(OpBuilder &builder, Location location, Type type, double literal) {
  Attribute element = literalAttribute(getElementTypeOrSelf(type), literal);
  return Lane(builder, location, arith::ConstantOp::create(builder, location, splatAttribute(type, element)));
}

Lane Lane::splat(double literal) const { return laneConstant(*builder, location, getType(), literal); }

Lane Lane::splatBits(int64_t bits) const {
  auto element = IntegerAttr::get(getBitsType(), APInt(getElementType().getIntOrFloatBitWidth(), bits, true, true));
  return make<arith::ConstantOp>(splatAttribute(getTypeWith(getBitsType()), element));
}

bool Lane::isConstant(double *literal) const {
  Attribute attribute;
  Value source = value;
  if (auto spread = source.getDefiningOp<vector::BroadcastOp>()) source = spread.getSource();
  if (!matchPattern(source, m_Constant(&attribute))) return false;
  if (auto dense = dyn_cast<DenseElementsAttr>(attribute)) {
    if (!dense.isSplat()) return false;
    attribute = dense.getSplatValue<Attribute>();
  }
  double known = 0;
  if (auto floating = dyn_cast<FloatAttr>(attribute))
    known = floating.getValueAsDouble();
  else if (auto integer = dyn_cast<IntegerAttr>(attribute))
    known = static_cast<double>(integer.getInt());
  else
    return false;
  if (literal) *literal = known;
  return true;
}

template <typename FloatOp, typename IntOp> static Lane either(const Lane &a, const Lane &b) {
  if (a.isFloat()) return a.make<FloatOp>(a.get(), b.get());
  return a.make<IntOp>(a.get(), b.get());
}

Lane operator+(const Lane &a, const Lane &b) { return either<arith::AddFOp, arith::AddIOp>(a, b); }
Lane operator-(const Lane &a, const Lane &b) { return either<arith::SubFOp, arith::SubIOp>(a, b); }
Lane operator*(const Lane &a, const Lane &b) { return either<arith::MulFOp, arith::MulIOp>(a, b); }

Lane operator-(const Lane &a) {
  if (a.isFloat()) return a.make<arith::NegFOp>(a.get());
  return a.splat(0) - a;
}

// Hardware traps on x / 0 and MIN / −1; both divide by 1 instead, and only the former is then replaced.
static Lane safeDivisor(const Lane &a, const Lane &b) {
  int64_t lowest = static_cast<int64_t>(uint64_t(1) << (a.getElementType().getIntOrFloatBitWidth() - 1));
  Lane overflow = (a == a.splatBits(lowest)) & (b == -1.0);
  return select((b == 0.0) | overflow, 1.0, b);
}

Lane operator/(const Lane &a, const Lane &b) {
  if (a.isFloat()) return a.make<arith::DivFOp>(a.get(), b.get());
  return select(b == 0.0, -1.0, a.make<arith::DivSIOp>(a.get(), safeDivisor(a, b).get()));
}

static Lane compare(const Lane &a, const Lane &b, arith::CmpFPredicate floating, arith::CmpIPredicate integer,
                    arith::CmpIPredicate boolean) {
  if (a.isFloat()) return a.make<arith::CmpFOp>(floating, a.get(), b.get());
  return a.make<arith::CmpIOp>(a.isBool() ? boolean : integer, a.get(), b.get());
}

using FP = arith::CmpFPredicate;
using IP = arith::CmpIPredicate;
Lane operator<(const Lane &a, const Lane &b) { return compare(a, b, FP::OLT, IP::slt, IP::ult); }
Lane operator<=(const Lane &a, const Lane &b) { return compare(a, b, FP::OLE, IP::sle, IP::ule); }
Lane operator>(const Lane &a, const Lane &b) { return compare(a, b, FP::OGT, IP::sgt, IP::ugt); }
Lane operator>=(const Lane &a, const Lane &b) { return compare(a, b, FP::OGE, IP::sge, IP::uge); }
Lane operator==(const Lane &a, const Lane &b) { return compare(a, b, FP::OEQ, IP::eq, IP::eq); }
Lane operator!=(const Lane &a, const Lane &b) { return compare(a, b, FP::UNE, IP::ne, IP::ne); }
Lane isNan(const Lane &a) { return a.make<arith::CmpFOp>(FP::UNO, a.get(), a.get()); }

Lane operator&(const Lane &a, const Lane &b) { return a.make<arith::AndIOp>(a.get(), b.get()); }
Lane operator|(const Lane &a, const Lane &b) { return a.make<arith::OrIOp>(a.get(), b.get()); }
Lane operator^(const Lane &a, const Lane &b) { return a.make<arith::XOrIOp>(a.get(), b.get()); }
Lane operator!(const Lane &a) { return a ^ a.splatBits(-1); }
Lane shiftLeft(const Lane &a, int64_t bits) { return a.make<arith::ShLIOp>(a.get(), a.splatBits(bits).get()); }
Lane shiftRight(const Lane &a, int64_t bits) { return a.make<arith::ShRSIOp>(a.get(), a.splatBits(bits).get()); }
Lane shiftRightUnsigned(const Lane &a, int64_t bits) {
  return a.make<arith::ShRUIOp>(a.get(), a.splatBits(bits).get());
}

Lane select(const Lane &condition, const Lane &a, const Lane &b) {
  return a.make<arith::SelectOp>(condition.get(), a.get(), b.get());
}

Lane fma(const Lane &a, const Lane &b, const Lane &c) { return a.make<math::FmaOp>(a.get(), b.get(), c.get()); }

// a > b ? a : b is what the vector instruction computes, with the second operand for a NaN.
Lane maxOrSecond(const Lane &a, const Lane &b) { return select(a > b, a, b); }
Lane minOrSecond(const Lane &a, const Lane &b) { return select(a < b, a, b); }

// A number: its other operand may be NaN, it is not.
static bool isKnownNumber(const Lane &a) {
  double value;
  return a.isConstant(&value) && !std::isnan(value);
}

Lane max(const Lane &a, const Lane &b) {
  if (!a.isFloat() || isKnownNumber(a)) return maxOrSecond(a, b);
  if (isKnownNumber(b)) return maxOrSecond(b, a);
  return select(isNan(a), a, maxOrSecond(a, b));
}

Lane min(const Lane &a, const Lane &b) {
  if (!a.isFloat() || isKnownNumber(a)) return minOrSecond(a, b);
  if (isKnownNumber(b)) return minOrSecond(b, a);
  return select(isNan(a), a, minOrSecond(a, b));
}

Lane abs(const Lane &a) {
  if (a.isFloat()) return a.make<math::AbsFOp>(a.get());
  return select(a < 0.0, -a, a);
}

Lane sign(const Lane &a) {
  if (a.isFloat()) return select((a > 0.0) | (a < 0.0), copysign(a.splat(1), a), a);
  return convert(a > 0.0, a.getElementType()) - convert(a < 0.0, a.getElementType());
}

Lane copysign(const Lane &magnitude, const Lane &sign) {
  return magnitude.make<math::CopySignOp>(magnitude.get(), sign.get());
}

Lane sqrt(const Lane &a) { return a.make<math::SqrtOp>(a.get()); }
Lane floor(const Lane &a) { return a.isFloat() ? a.make<math::FloorOp>(a.get()) : a; }
Lane ceil(const Lane &a) { return a.isFloat() ? a.make<math::CeilOp>(a.get()) : a; }
Lane round(const Lane &a) { return a.isFloat() ? a.make<math::RoundEvenOp>(a.get()) : a; }

Lane rem(const Lane &a, const Lane &b) {
  if (a.isFloat()) {
    Lane r = a.make<arith::RemFOp>(a.get(), b.get());
    return select(r == 0.0, copysign(r.splat(0), b), select((r < 0.0) ^ (b < 0.0), r + b, r));
  }
  // A safe divisor of 1 leaves 0, right for MIN rem −1; a rem 0 = a.
  Lane r = a.make<arith::RemSIOp>(a.get(), safeDivisor(a, b).get());
  Lane moved = select((r != 0.0) & ((r < 0.0) ^ (b < 0.0)), r + b, r);
  return select(b == 0.0, a, moved);
}

Lane floordiv(const Lane &a, const Lane &b) {
  if (a.isFloat()) { // as floorOfQuotient in dialects/Arithmetic.h
    double infinity = std::numeric_limits<double>::infinity();
    Lane quotient = a / b, whole = floor(quotient), rest = fma(-whole, b, a);
    Lane finite = select((rest != 0.0) & ((rest < 0.0) ^ (b < 0.0)) & !isNan(rest), whole - 1.0, whole);
    Lane vanishing = select((a != 0.0) & ((a < 0.0) ^ (b < 0.0)), -1.0, quotient);
    return select(abs(a) == infinity, std::numeric_limits<double>::quiet_NaN(),
                  select(abs(b) == infinity, vanishing, finite));
  }
  Lane divisor = safeDivisor(a, b);
  Lane quotient = a / b;
  Lane r = a.make<arith::RemSIOp>(a.get(), divisor.get());
  return select((r != 0.0) & ((r < 0.0) ^ (b < 0.0)) & (b != 0.0), quotient - 1.0, quotient);
}

static Lane floatToInteger(const Lane &a, IntegerType element) {
  double limit = std::ldexp(1.0, element.getWidth() - 1); // 2^31 or 2^63: exact, and the first value too large
  Lane tooLarge = a >= limit;
  Lane safe = select(tooLarge | isNan(a), 0.0, maxOrSecond(a.splat(-limit), a));
  Lane truncated = a.make<arith::FPToSIOp>(a.getTypeWith(element), safe.get());
  return select(tooLarge, truncated.splatBits(static_cast<int64_t>(~uint64_t(0) >> (65 - element.getWidth()))),
                truncated);
}

Lane convert(const Lane &a, Type element) {
  Type type = a.getTypeWith(element);
  if (a.getType() == type) return a;
  if (element.isInteger(1)) return a != 0.0;
  auto toFloat = dyn_cast<FloatType>(element);
  auto fromFloat = dyn_cast<FloatType>(a.getElementType());
  if (fromFloat && !toFloat) return floatToInteger(a, cast<IntegerType>(element));
  if (fromFloat && toFloat) {
    bool widens = toFloat.getWidth() > fromFloat.getWidth();
    return widens ? a.make<arith::ExtFOp>(type, a.get()) : a.make<arith::TruncFOp>(type, a.get());
  }
  if (toFloat) return a.isBool() ? a.make<arith::UIToFPOp>(type, a.get()) : a.make<arith::SIToFPOp>(type, a.get());
  if (a.isBool()) return a.make<arith::ExtUIOp>(type, a.get());
  bool widens = element.getIntOrFloatBitWidth() > a.getElementType().getIntOrFloatBitWidth();
  return widens ? a.make<arith::ExtSIOp>(type, a.get()) : a.make<arith::TruncIOp>(type, a.get());
}

Lane truncateToBits(const Lane &a) { return a.make<arith::FPToSIOp>(a.getTypeWith(a.getBitsType()), a.get()); }

Lane bitcast(const Lane &a, Type element) {
  if (a.getElementType() == element) return a;
  return a.make<arith::BitcastOp>(a.getTypeWith(element), a.get());
}

Lane broadcast(const Lane &a, VectorType type) {
  if (a.getType() == type) return a;
  return a.make<vector::BroadcastOp>(type, a.get());
}

} // namespace fluxion::cpu
