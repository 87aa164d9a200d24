// Functions without a vector form of our own: one call of libm or the runtime per lane; and powers by multiplication.
#include "compiler/Lowering/VectorMathFormat.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
using namespace mlir;

namespace fluxion::cpu {

Lane rsqrt(const Lane &x) { return 1.0 / sqrt(x); }

// math ops become LLVM intrinsics, which the code generator turns into one libm call per lane.
Lane sin(const Lane &x) { return x.make<math::SinOp>(x.get()); }
Lane cos(const Lane &x) { return x.make<math::CosOp>(x.get()); }
Lane tan(const Lane &x) { return x.make<math::TanOp>(x.get()); }
Lane asin(const Lane &x) { return x.make<math::AsinOp>(x.get()); }
Lane acos(const Lane &x) { return x.make<math::AcosOp>(x.get()); }
Lane atan(const Lane &x) { return x.make<math::AtanOp>(x.get()); }
Lane atan2(const Lane &y, const Lane &x) { return y.make<math::Atan2Op>(y.get(), x.get()); }
Lane sinh(const Lane &x) { return x.make<math::SinhOp>(x.get()); }

static func::FuncOp declare(ModuleOp module, StringRef name, FunctionType type) {
  if (auto found = module.lookupSymbol<func::FuncOp>(name)) return found;
  OpBuilder builder(module.getContext());
  builder.setInsertionPointToEnd(module.getBody());
  auto function = func::FuncOp::create(builder, module.getLoc(), name, type);
  function.setPrivate();
  return function;
}

// One scalar call per lane, in f64: `leading` arguments are the same for all lanes.
static Lane callPerLane(const Lane &x, StringRef name, ValueRange leading) {
  OpBuilder &builder = x.getBuilder();
  Location loc = x.getLoc();
  auto module = builder.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  SmallVector<Type> types(leading.getTypes());
  types.push_back(builder.getF64Type());
  auto callee = declare(module, name, builder.getFunctionType(types, builder.getF64Type()));
  auto call = [&](Value scalar) {
    SmallVector<Value> arguments(leading);
    arguments.push_back(scalar);
    return func::CallOp::create(builder, loc, callee, arguments).getResult(0);
  };
  Lane wide = convert(x, builder.getF64Type());
  if (!x.isVector()) return convert(x.with(call(wide)), x.getElementType());
  auto type = cast<VectorType>(wide.getType());
  Value flat = wide, result = wide;
  auto line = VectorType::get({type.getNumElements()}, type.getElementType());
  if (type != line) flat = result = vector::ShapeCastOp::create(builder, loc, line, wide);
  for (int64_t i = 0; i < line.getNumElements(); ++i) {
    Value lane = vector::ExtractOp::create(builder, loc, flat, i);
    result = vector::InsertOp::create(builder, loc, call(lane), result, i);
  }
  if (type != line) result = vector::ShapeCastOp::create(builder, loc, type, result);
  return convert(x.with(result), x.getElementType());
}

Lane lgamma(const Lane &x) { return callPerLane(x, "flx_lgamma", {}); }
Lane digamma(const Lane &x) { return polygamma(0, x); }
Lane polygamma(int64_t order, const Lane &x) {
  Value n = arith::ConstantIntOp::create(x.getBuilder(), x.getLoc(), order, 64);
  return callPerLane(x, "flx_polygamma", n);
}

// x^n for a known n ≥ 1 by squaring.
static Lane power(const Lane &x, int n) {
  if (n == 1) return x;
  Lane half = power(x, n / 2);
  return n % 2 ? half * half * x : half * half;
}

// Squaring with the bits of the exponent, lowest first; x⁻ⁿ truncates to 0 unless x = ±1 (and 1/0 follows division: −1).
static Lane integerPower(const Lane &x, const Lane &y) {
  Lane result = x.splat(1), square = x;
  for (unsigned bit = 0, bits = x.getElementType().getIntOrFloatBitWidth() - 1; bit < bits; ++bit) {
    result = select((shiftRight(y, bit) & y.splat(1)) != 0.0, result * square, result);
    square = square * square;
  }
  Lane odd = (y & y.splat(1)) != 0.0;
  Lane inverse = select(x == 1.0, 1.0, select(x == -1.0, select(odd, x.splat(-1), 1.0), select(x == 0.0, x.splat(-1), 0.0)));
  return select(y < 0.0, inverse, result);
}

Lane pow(const Lane &x, const Lane &y) {
  double exponent = 0;
  bool known = y.isConstant(&exponent);
  if (known && exponent == 0) return x.splat(1);
  if (known && exponent == std::floor(exponent) && std::abs(exponent) <= 4) {
    if (exponent > 0) return power(x, exponent);
    if (x.isFloat()) return 1.0 / power(x, -exponent);
  }
  if (!x.isFloat()) return integerPower(x, y);
  // As libm: (−∞)^½ = ∞ and (−0)^½ = +0.
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (known && exponent == 0.5) return select(x == -infinity, infinity, sqrt(x + 0.0));
  if (known && exponent == -0.5) return select(x == -infinity, 0.0, 1.0 / sqrt(x + 0.0));
  return x.make<math::PowFOp>(x.get(), y.get());
}

} // namespace fluxion::cpu
