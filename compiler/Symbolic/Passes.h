#pragma once
#include "mlir/Pass/Pass.h"

namespace fluxion {
#define GEN_PASS_DECL
#include "compiler/Symbolic/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/Symbolic/Passes.h.inc"
} // namespace fluxion
