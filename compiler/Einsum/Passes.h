#pragma once
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace fluxion {
#define GEN_PASS_DECL
#include "compiler/Einsum/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/Einsum/Passes.h.inc"
} // namespace fluxion
