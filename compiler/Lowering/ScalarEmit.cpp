// The bridge from an op to its meaning on lanes, and what each op costs.
#include "compiler/Lowering/ScalarEmit.h"
#include "compiler/Lowering/VectorMath.h"
#include "dialects/Dialect.h"
#include "llvm/ADT/TypeSwitch.h"
#include <limits>

using namespace mlir;

namespace fluxion::cpu {

Lane emitScalarOp(Operation *op, ArrayRef<Lane> x) {
  return llvm::TypeSwitch<Operation *, Lane>(op)
#define FLX_UNARY(Class, name) .Case<flx::Class>([&](auto) { return flx::Class::template evaluate<Lane>(x[0]); })
#define FLX_BINARY(Class, name) .Case<flx::Class>([&](auto) { return flx::Class::template evaluate<Lane>(x[0], x[1]); })
#define FLX_LOGICAL(Class, name) FLX_BINARY(Class, name)
#define FLX_COMPARISON(Class, name) FLX_BINARY(Class, name)
#include "dialects/OpLists.inc"
      .Case<flx::NotOp>([&](auto) { return flx::NotOp::evaluate<Lane>(x[0]); })
      .Case<flx::PolygammaOp>([&](flx::PolygammaOp p) { return flx::PolygammaOp::evaluate<Lane>(x[0], p.getOrder()); })
      .Case<flx::SelectOp>([&](auto) { return flx::SelectOp::evaluate<Lane, Lane>(x[0], x[1], x[2]); })
      .Case<flx::ConvertOp>([&](flx::ConvertOp c) { return convert(x[0], getElementTypeOrSelf(c.getType())); })
      .Default([&](Operation *unknown) -> Lane {
        llvm::report_fatal_error(llvm::Twine("no scalar form of ") + unknown->getName().getStringRef());
      });
}

bool isCombiner(Operation *op) {
  return isa<flx::AddOp, flx::MulOp, flx::MaxOp, flx::MinOp, flx::AndOp, flx::OrOp>(op);
}

static TypedAttr extreme(Type type, bool lowest) {
  if (auto floating = dyn_cast<FloatType>(type)) {
    double infinity = std::numeric_limits<double>::infinity();
    return FloatAttr::get(floating, lowest ? -infinity : infinity);
  }
  unsigned width = type.getIntOrFloatBitWidth();
  return IntegerAttr::get(type, lowest ? APInt::getSignedMinValue(width) : APInt::getSignedMaxValue(width));
}

TypedAttr identityOf(Operation *combiner) {
  Type type = getElementTypeOrSelf(combiner->getResult(0));
  Builder b(type.getContext());
  if (isa<flx::MaxOp>(combiner)) return extreme(type, /*lowest=*/true);
  if (isa<flx::MinOp>(combiner)) return extreme(type, /*lowest=*/false);
  if (isa<flx::MulOp>(combiner)) return cast<TypedAttr>(b.getOneAttr(type));
  if (isa<flx::AndOp>(combiner)) return b.getIntegerAttr(type, -1);
  return b.getZeroAttr(type);
}

double scalarCost(Operation *op) {
  if (isa<flx::ConstantOp, flx::StopGradientOp>(op) || !isa<flx::FlxDialect>(op->getDialect())) return 0;
  if (isa<flx::NegOp, flx::AbsOp, flx::SignOp, flx::FloorOp, flx::CeilOp, flx::RoundOp, flx::AddOp, flx::SubOp,
          flx::MulOp, flx::MaxOp, flx::MinOp, flx::AndOp, flx::OrOp, flx::XorOp, flx::NotOp, flx::SelectOp,
          flx::ConvertOp, flx::LtOp, flx::LeOp, flx::GtOp, flx::GeOp, flx::EqOp, flx::NeOp>(op))
    return 1;
  if (isa<flx::DivOp, flx::SqrtOp, flx::RsqrtOp>(op)) return 4;
  if (isa<flx::LgammaOp, flx::DigammaOp, flx::PolygammaOp>(op)) return 200;
  return 15; // a function
}

} // namespace fluxion::cpu
