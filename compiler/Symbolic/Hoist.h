// What a loop computes anew in every step though it never changes. Private here.
#pragma once
#include "mlir/IR/Operation.h"

namespace fluxion {

// Moves it before the loop, inner loops first. True if something moved.
bool hoistInvariants(mlir::Operation *root);

} // namespace fluxion
