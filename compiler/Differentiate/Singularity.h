// Where a linear coefficient may be infinite or NaN although its inputs are ordinary numbers. Private to this folder.
#pragma once
#include "dialects/Dialect.h"

namespace fluxion {

// True if the linear op `op`, on a zero in its linear operand, might give NaN: a singular coefficient or a zero
// divisor.
bool mayBeSingular(mlir::Operation *op, llvm::function_ref<bool(mlir::Value)> isLinear);

} // namespace fluxion
