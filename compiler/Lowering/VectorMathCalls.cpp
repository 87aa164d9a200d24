// Functions without a vector form of our own: one call of libm or the runtime per lane.
#include "compiler/Lowering/VectorMathFormat.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
using namespace mlir;

namespace fluxion::cpu {

Lane rsqrt(const Lane &x) { return 1.0 / sqrt(x); }

// math ops become LLVM intrinsics, which the code generator turns into one libm call per lane.
Lane asin(const Lane &x) { return x.make<math::AsinOp>(x.get()); }
Lane acos(const Lane &x) { return x.make<math::AcosOp>(x.get()); }
Lane atan(const Lane &x) { return x.make<math::AtanOp>(x.get()); }
Lane atan2(const Lane &y, const Lane &x) { return y.make<math::Atan2Op>(y.get(), x.get()); }
Lane xlogy(const Lane &x, const Lane &y) { return select(x == 0.0, select(y == y, x, y), x * log(y)); }

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

} // namespace fluxion::cpu
