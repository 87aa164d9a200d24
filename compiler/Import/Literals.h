#pragma once
#include "frontend/Graph/Weak.h"
#include "mlir/IR/BuiltinAttributes.h"

namespace fluxion {

// The value of a weak scalar under `dimensions`, rounded once to the element type of `type` and repeated over its shape;
// null, with an error at `where`, if it has none (an unbound dimension, a fraction that meets an integer, out of range).
mlir::DenseElementsAttr importLiteral(const Weak &value, mlir::RankedTensorType type, const DimBinding &dimensions,
                                      mlir::Location where);

} // namespace fluxion
