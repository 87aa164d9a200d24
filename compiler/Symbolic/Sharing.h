// Sharing of contractions that differ in letters or in the order of operands only: what CSE cannot see. Private here.
#pragma once
#include "mlir/IR/Operation.h"

namespace fluxion {

// Replaces each contraction by an equal one that stands before it, in the same block or around it. True if one was
// found.
bool shareContractions(mlir::Operation *root);

} // namespace fluxion
