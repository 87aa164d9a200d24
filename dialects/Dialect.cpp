// The dialect's one translation unit of generated code.
#include "dialects/Dialect.h"
#include "dialects/Fold.h"
#include "dialects/Rules.h"
#include "dialects/Verify.h"

using namespace mlir;
using namespace fluxion::flx;

#include "dialects/Dialect.cpp.inc"
#include "dialects/Interfaces.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Ops.cpp.inc"

void FlxDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Ops.cpp.inc"
      >();
}

Operation *FlxDialect::materializeConstant(OpBuilder &builder, Attribute value, Type type, Location loc) {
  auto typed = dyn_cast<TypedAttr>(value);
  return typed && typed.getType() == type ? ConstantOp::create(builder, loc, type, typed) : nullptr;
}

namespace fluxion::flx {

static constexpr StringLiteral derivativeMark = "derivative";

Location ofDerivative(Location primal) {
  if (isOfDerivative(primal)) return primal;
  return FusedLoc::get({primal}, StringAttr::get(primal.getContext(), derivativeMark), primal.getContext());
}

bool isOfDerivative(Location place) {
  if (auto call = dyn_cast<CallSiteLoc>(place)) return isOfDerivative(call.getCallee());
  auto fused = dyn_cast<FusedLoc>(place);
  auto mark = fused ? dyn_cast_or_null<StringAttr>(fused.getMetadata()) : StringAttr();
  return mark && mark.getValue() == derivativeMark;
}

Location asWritten(Location place) {
  if (auto call = dyn_cast<CallSiteLoc>(place)) return CallSiteLoc::get(asWritten(call.getCallee()), call.getCaller());
  return isOfDerivative(place) ? cast<FusedLoc>(place).getLocations().front() : place;
}

Type booleanLike(Type type) {
  Type boolean = IntegerType::get(type.getContext(), 1);
  if (auto tensor = dyn_cast<RankedTensorType>(type)) return tensor.clone(boolean);
  return boolean;
}

bool isUsedOnce(Value value) {
  return value.hasOneUse() && (*value.user_begin())->getBlock() == value.getParentBlock();
}

SmallVector<int64_t> inversePermutation(ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> inverse(permutation.size());
  for (auto [i, axis] : llvm::enumerate(permutation)) inverse[axis] = i;
  return inverse;
}

} // namespace fluxion::flx
