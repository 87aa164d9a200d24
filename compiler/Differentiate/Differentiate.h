// Differentiation of flx modules.
#pragma once
#include "compiler/Symbolic/Simplify.h"
#include "mlir/IR/BuiltinOps.h"

namespace fluxion {

// Expands every flx.vjp and flx.jvp of `module`, innermost first, leaving plain flx ops, simplified as `options` say; erases private
// functions that are then unused. Errors (a callee that differentiates itself, an op without a rule) go through
// diagnostics.
llvm::LogicalResult differentiate(mlir::ModuleOp module, SimplifyOptions options = {});

} // namespace fluxion
