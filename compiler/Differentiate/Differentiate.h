// Differentiation of flx modules.
#pragma once
#include "mlir/IR/BuiltinOps.h"

namespace fluxion {

// Expands every flx.vjp and flx.jvp of `module`, innermost first, leaving plain, simplified flx ops; erases private
// functions that are then unused. Errors (a callee that differentiates itself, an op without a rule) go through
// diagnostics.
llvm::LogicalResult differentiate(mlir::ModuleOp module);

} // namespace fluxion
