// The dialects that flx code passes through and every pass of the compiler, for tools that take them by name.
#pragma once
#include "mlir/IR/DialectRegistry.h"

namespace fluxion {

void registerDialects(mlir::DialectRegistry &registry);
void registerPasses();

} // namespace fluxion
