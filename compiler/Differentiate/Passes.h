#pragma once
#include "mlir/Pass/Pass.h"

namespace fluxion {
#define GEN_PASS_DECL
#include "compiler/Differentiate/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "compiler/Differentiate/Passes.h.inc"
} // namespace fluxion
