// Import: a graph function, specialized to its dimensions, becomes flx IR with static shapes: one func.func for it and one
// for every instance it differentiates.
#pragma once
#include "frontend/Graph/Graph.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace fluxion {

// The public function comes first in the module and keeps its name; instances are private. `results` picks those of its
// results that are wanted, ascending; empty: all. Errors (an unbound or negative
// extent, an element type that code cannot be made for yet) go through the context's diagnostics and give failure.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> importFunction(mlir::MLIRContext &context, const Module &module,
                                                                  const Function &function,
                                                                  const DimBinding &dimensions,
                                                                  llvm::ArrayRef<uint32_t> results = {});

// The static tensor type of `type` under `dimensions`; null, with an error at `where`, if there is none.
mlir::RankedTensorType importType(const TensorType &type, const DimBinding &dimensions, mlir::Location where);

// file:line:column of the innermost place, inside the call sites through which it was inlined.
mlir::Location importLocation(mlir::MLIRContext &context, const Location &where);

} // namespace fluxion
