// Folding of elementwise ops: constants in the op's element type, and identities that keep every bit. In derivatives
// zeros may change sign. See Note [Whose arithmetic].
#include "dialects/Fold.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace fluxion::flx {

Attribute scalarOf(Attribute constant) {
  if (auto elements = dyn_cast_or_null<DenseElementsAttr>(constant))
    return elements.isSplat() ? elements.getSplatValue<Attribute>() : Attribute();
  return isa_and_nonnull<FloatAttr, IntegerAttr>(constant) ? constant : Attribute();
}

Attribute splatOver(Type type, Attribute scalar) {
  if (!scalar) return {};
  if (auto tensor = dyn_cast<RankedTensorType>(type)) return DenseElementsAttr::get(tensor, scalar);
  return scalar;
}

static std::optional<double> floatOf(Attribute constant) {
  if (auto scalar = dyn_cast_or_null<FloatAttr>(scalarOf(constant))) return scalar.getValueAsDouble();
  return std::nullopt;
}

static std::optional<APInt> integerOf(Attribute constant) {
  if (auto scalar = dyn_cast_or_null<IntegerAttr>(scalarOf(constant))) return scalar.getValue();
  return std::nullopt;
}

// A constant as a number, of any element type.
static std::optional<double> numberOf(Attribute constant) {
  if (std::optional<double> value = floatOf(constant)) return value;
  if (std::optional<APInt> value = integerOf(constant))
    return value->getBitWidth() == 1 ? double(value->getZExtValue()) : double(value->getSExtValue());
  return std::nullopt;
}

static Attribute integerSplat(Type type, const APInt &value) {
  return splatOver(type, IntegerAttr::get(getElementTypeOrSelf(type), value));
}

TypedAttr splatAttribute(Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  Attribute scalar;
  if (auto real = dyn_cast<FloatType>(element)) {
    scalar = FloatAttr::get(real, value);
  } else {
    unsigned width = element.getIntOrFloatBitWidth();
    scalar = IntegerAttr::get(element,
                              APInt(width, width == 1 ? value != 0 : uint64_t(int64_t(value)), /*isSigned=*/width > 1));
  }
  return cast<TypedAttr>(splatOver(type, scalar));
}

static Attribute constantOf(Value value) {
  auto constant = value ? value.getDefiningOp<ConstantOp>() : nullptr;
  return constant ? constant.getValue() : Attribute();
}

std::optional<double> splatConstant(Value value) { return numberOf(constantOf(value)); }

TypedAttr splatLike(Value value, Type type) {
  return dyn_cast_or_null<TypedAttr>(splatOver(type, scalarOf(constantOf(value))));
}

static bool isPositiveZero(Attribute constant) {
  if (auto scalar = dyn_cast_or_null<FloatAttr>(scalarOf(constant))) return scalar.getValue().isPosZero();
  std::optional<APInt> value = integerOf(constant);
  return value && value->isZero();
}
bool isPositiveZero(Value value) { return isPositiveZero(constantOf(value)); }

bool isWithin(Value indices, int64_t extent) {
  Operation *op = indices.getDefiningOp();
  if (!op) return false;
  auto elements = dyn_cast_or_null<DenseIntElementsAttr>(constantOf(indices));
  if (elements)
    return llvm::all_of(elements.getValues<APInt>(), [=](const APInt &each) {
      return !each.isNegative() && each.getLimitedValue() < uint64_t(extent);
    });
  if (auto iota = dyn_cast<IotaOp>(op)) return iota.getType().getDimSize(iota.getAxis()) <= extent;
  if (isa<BroadcastOp, ReshapeOp, TransposeOp, SliceOp, ReverseOp>(op)) return isWithin(op->getOperand(0), extent);
  if (auto convert = dyn_cast<ConvertOp>(op)) return !isFloat(convert.getA()) && isWithin(convert.getA(), extent);
  return false;
}

// Looks through a few ops only, so that asking costs little.
static bool isProvenFinite(Value value, unsigned depth) {
  if (!isFloat(value)) return true;
  Operation *op = value.getDefiningOp();
  if (!op || depth == 0) return false;
  auto all = [=](ValueRange values) {
    return llvm::all_of(values, [=](Value each) { return isProvenFinite(each, depth - 1); });
  };
  if (auto constant = dyn_cast<ConstantOp>(op)) {
    std::optional<double> number = splatConstant(value);
    return number && std::isfinite(*number);
  }
  if (isa<IotaOp, RandomUniformOp, RandomNormalOp>(op)) return true;
  if (auto convert = dyn_cast<ConvertOp>(op)) return !isFloat(convert.getA());
  if (auto select = dyn_cast<SelectOp>(op)) return all({select.getA(), select.getB()});
  return isa<NegOp, AbsOp, SignOp, FloorOp, CeilOp, RoundOp, SinOp, CosOp, TanhOp, SigmoidOp, ErfOp, ErfcOp, GaussianOp, NormalCdfOp, AtanOp,
             StopGradientOp, BroadcastOp, ReshapeOp, TransposeOp, SliceOp, PadOp, GatherOp, ReverseOp, WindowOp>(op) &&
         all(op->getOperands().take_front());
}
bool isProvenFinite(Value value) { return isProvenFinite(value, 8); }

static OpFoldResult floatResult(Operation *op, Host result) {
  return result.known ? OpFoldResult(splatAttribute(op->getResult(0).getType(), result.value)) : OpFoldResult();
}

OpFoldResult foldUnary(Operation *op, Attribute a, Host (*evaluate)(Host)) {
  Value operand = op->getOperand(0);
  // −(−x) = x
  if (isa<NegOp>(op))
    if (auto inner = operand.getDefiningOp<NegOp>()) return inner.getA();
  // Idempotent: | |x| | = |x| and so on
  if (isa<AbsOp, SignOp, FloorOp, CeilOp, RoundOp, StopGradientOp>(op) && operand.getDefiningOp() &&
      operand.getDefiningOp()->getName() == op->getName())
    return operand;
  if (isa<StopGradientOp>(op)) return a;
  if (std::optional<double> x = floatOf(a)) return floatResult(op, evaluate(*x));
  if (std::optional<APInt> x = integerOf(a)) {
    Type type = op->getResult(0).getType();
    if (isa<NegOp>(op)) return integerSplat(type, -*x);
    if (isa<AbsOp>(op)) return integerSplat(type, x->abs());
    if (isa<SignOp>(op))
      return integerSplat(type, APInt(x->getBitWidth(), x->isZero() ? 0 : x->isNegative() ? -1 : 1, true));
  }
  return {};
}

// Rounded toward −∞, and the remainder that goes with it. Dividing by zero is left to run time.
static std::optional<APInt> floorDivide(const APInt &a, const APInt &b, bool remainder) {
  if (b.isZero() || (b.isAllOnes() && a.isMinSignedValue())) return std::nullopt;
  APInt quotient, rest;
  APInt::sdivrem(a, b, quotient, rest);
  if (!rest.isZero() && rest.isNegative() != b.isNegative()) {
    quotient -= 1;
    rest += b;
  }
  return remainder ? rest : quotient;
}

static std::optional<APInt> combine(Operation *op, const APInt &a, const APInt &b) {
  using Result = std::optional<APInt>;
  return TypeSwitch<Operation *, Result>(op)
      .Case([&](AddOp) { return Result(a + b); })
      .Case([&](SubOp) { return Result(a - b); })
      .Case([&](MulOp) { return Result(a * b); })
      .Case([&](MaxOp) { return Result(a.sgt(b) ? a : b); })
      .Case([&](MinOp) { return Result(a.slt(b) ? a : b); })
      .Case([&](RemOp) { return floorDivide(a, b, true); })
      .Case([&](FloordivOp) { return floorDivide(a, b, false); })
      .Default(std::nullopt);
}

// Known never to be −0.
static bool isNeverNegativeZero(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op) return false;
  if (auto product = dyn_cast<MulOp>(op)) return product.getA() == product.getB();
  if (auto convert = dyn_cast<ConvertOp>(op)) return !isFloat(convert.getA());
  return isa<AbsOp, ExpOp, CoshOp, SigmoidOp, SoftplusOp, IotaOp>(op);
}

// x + 0 = x but at −0, x − 0 = x, x·1 = x, x·0 = 0 (of a derivative), x − x = 0, x/1 = x, x¹ = x, x⁰ = 1, 1ˣ = 1,
// max(x, x) = x
static OpFoldResult foldIdentity(Operation *op, Attribute left, Attribute right) {
  Value a = op->getOperand(0), b = op->getOperand(1);
  std::optional<double> l = numberOf(left), r = numberOf(right);
  auto constant = [&](double value) { return OpFoldResult(splatAttribute(a.getType(), value)); };
  bool zerosAreAlike = !isFloat(a) || isOfDerivative(op);
  if (isa<AddOp>(op)) {
    auto leaves = [&](Value x, std::optional<double> number, Attribute zero) {
      return number == 0 && (zerosAreAlike || !isPositiveZero(zero) || isNeverNegativeZero(x));
    };
    return leaves(a, r, right) ? a : leaves(b, l, left) ? b : OpFoldResult();
  }
  if (isa<SubOp>(op)) {
    if (r == 0 && (zerosAreAlike || isPositiveZero(right) || isNeverNegativeZero(a))) return a;
    return a == b && isProvenFinite(a) ? constant(0) : OpFoldResult();
  }
  if (isa<MulOp>(op)) {
    if (r == 1) return a;
    if (l == 1) return b;
    if (zerosAreAlike && ((r == 0 && isProvenFinite(a)) || (l == 0 && isProvenFinite(b)))) return constant(0);
  }
  if (isa<DivOp>(op) && r == 1) return a;
  if (isa<PowOp>(op)) return r == 1 ? a : r == 0 || l == 1 ? constant(1) : OpFoldResult();
  if (isa<MaxOp, MinOp>(op) && a == b) return a;
  return {};
}

OpFoldResult foldBinary(Operation *op, Attribute a, Attribute b, Host (*evaluate)(Host, Host)) {
  if (std::optional<double> x = floatOf(a), y = floatOf(b); x && y) return floatResult(op, evaluate(*x, *y));
  if (std::optional<APInt> x = integerOf(a), y = integerOf(b); x && y)
    if (std::optional<APInt> result = combine(op, *x, *y)) return integerSplat(op->getResult(0).getType(), *result);
  return foldIdentity(op, a, b);
}

// x ∧ x = x ∨ x = x; x ∧ 0 = 0, x ∧ ~0 = x, x ∨ 0 = x, x ⊕ 0 = x
OpFoldResult foldLogical(Operation *op, Attribute a, Attribute b, APInt (*evaluate)(APInt, APInt)) {
  std::optional<APInt> x = integerOf(a), y = integerOf(b);
  if (x && y) return integerSplat(op->getResult(0).getType(), evaluate(*x, *y));
  Value left = op->getOperand(0), right = op->getOperand(1);
  if (left == right && !isa<XorOp>(op)) return left;
  if (x) {
    std::swap(x, y);
    std::swap(left, right);
    std::swap(a, b);
  }
  if (!y) return {};
  if (y->isZero()) return isa<AndOp>(op) ? OpFoldResult(b) : OpFoldResult(left);
  if (y->isAllOnes() && !isa<XorOp>(op)) return isa<AndOp>(op) ? OpFoldResult(left) : OpFoldResult(b);
  return {};
}

OpFoldResult foldComparison(Operation *op, Attribute a, Attribute b, bool (*evaluate)(Host, Host)) {
  Type type = op->getResult(0).getType();
  if (std::optional<double> x = floatOf(a), y = floatOf(b); x && y) return splatAttribute(type, evaluate(*x, *y));
  if (std::optional<APInt> x = integerOf(a), y = integerOf(b); x && y) {
    int order = x->getBitWidth() == 1 ? int(x->getZExtValue()) - int(y->getZExtValue())
                : x->eq(*y)           ? 0
                : x->slt(*y)          ? -1
                                      : 1;
    return splatAttribute(type, evaluate(order, 0));
  }
  // x = x, x ≤ x but for NaN
  if (op->getOperand(0) == op->getOperand(1) && isProvenFinite(op->getOperand(0)))
    return splatAttribute(type, evaluate(0, 0));
  return {};
}

OpFoldResult NotOp::fold(FoldAdaptor adaptor) {
  if (std::optional<APInt> x = integerOf(adaptor.getA())) return integerSplat(getType(), ~*x);
  return {};
}

// select(true, a, b) = a; select(c, a, a) = a
OpFoldResult SelectOp::fold(FoldAdaptor adaptor) {
  if (getA() == getB()) return getA();
  if (std::optional<APInt> condition = integerOf(adaptor.getCondition())) return condition->isZero() ? getB() : getA();
  if (Attribute a = scalarOf(adaptor.getA()); a && a == scalarOf(adaptor.getB())) return adaptor.getA();
  return {};
}

OpFoldResult ConvertOp::fold(FoldAdaptor adaptor) {
  Type type = getResult().getType(), element = getElementTypeOrSelf(type);
  if (getA().getType() == type) return getA();
  if (std::optional<APInt> x = integerOf(adaptor.getA())) {
    if (auto real = dyn_cast<FloatType>(element)) { // rounded once, not by way of f64
      llvm::APFloat rounded(real.getFloatSemantics());
      rounded.convertFromAPInt(*x, /*IsSigned=*/x->getBitWidth() > 1, llvm::APFloat::rmNearestTiesToEven);
      return splatOver(type, FloatAttr::get(real, rounded));
    }
    unsigned width = element.getIntOrFloatBitWidth();
    if (width == 1) return splatAttribute(type, !x->isZero());
    return integerSplat(type, x->getBitWidth() == 1 ? x->zext(width) : x->sextOrTrunc(width));
  }
  std::optional<double> x = floatOf(adaptor.getA());
  if (!x) return {};
  if (isa<FloatType>(element) || element.isInteger(1)) return splatAttribute(type, *x);
  // Toward zero, saturating; NaN gives 0.
  bool isExact;
  llvm::APSInt result(element.getIntOrFloatBitWidth(), /*isUnsigned=*/false);
  if (!std::isnan(*x)) llvm::APFloat(*x).convertToInteger(result, llvm::APFloat::rmTowardZero, &isExact);
  return integerSplat(type, result);
}

} // namespace fluxion::flx
