#pragma once
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace fluxion {
#define GEN_PASS_DECL
#include "compiler/Lowering/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/Lowering/Passes.h.inc"
} // namespace fluxion
