// Literals: a weakly typed scalar meets its type. It arrives exact to about 2⁻¹⁰⁰ and is rounded here, once.
#include "compiler/Import/Literals.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace fluxion {

static DenseElementsAttr integerLiteral(Weak::DoubleDouble value, RankedTensorType type, unsigned width, Location where) {
  if (std::trunc(value.hi) != value.hi || std::trunc(value.lo) != value.lo) {
    emitError(where) << "[E0316] the value " << value.hi << " is not an integer and meets the type " << type;
    return {};
  }
  __int128 exact = std::fabs(value.hi) < 1e30 ? __int128(value.hi) + __int128(value.lo) : __int128(1) << 120;
  __int128 limit = __int128(1) << (width - 1);
  if (exact < -limit || exact >= limit) {
    emitError(where) << "[E0316] the value " << value.hi << " does not fit the type " << type;
    return {};
  }
  return DenseElementsAttr::get(type, APInt(width, uint64_t(exact), /*isSigned=*/true, /*implicitTrunc=*/true));
}

DenseElementsAttr importLiteral(const Weak &weak, RankedTensorType type, const DimBinding &dimensions, Location where) {
  std::optional<Weak::DoubleDouble> value = weak.evaluate(dimensions);
  if (!value) {
    emitError(where) << "[E0802] the constant " << weak.print() << " has no value here: a dimension in it is unbound";
    return {};
  }
  Type element = type.getElementType();
  if (element.isF64()) return DenseElementsAttr::get(type, value->hi);
  if (element.isF32()) return DenseElementsAttr::get(type, value->nearestFloat());
  if (element.isInteger(1)) return DenseElementsAttr::get(type, value->hi != 0.0);
  return integerLiteral(*value, type, element.getIntOrFloatBitWidth(), where);
}

} // namespace fluxion
