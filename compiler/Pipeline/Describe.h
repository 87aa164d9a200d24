// Describe: a compiled function for people: what goes in and out, what it computes, what was fused, what it needs.
#pragma once
#include "compiler/Driver/Compiled.h"
#include "compiler/Target/Cpu/Kernel.h"
#include "mlir/IR/BuiltinOps.h"
#include <string>

namespace fluxion {

// The kernels of the linalg stage, a line each: what it is, its work, what was fused into it, the source lines it stems from;
// and below a loop nest, along which loop it is cut into vectors on that machine, and what the others would cost.
std::string describeKernels(mlir::ModuleOp linalgStage, const cpu::Machine &machine);
// Arguments, results and memory of the finished object.
std::string describeInterface(const CompiledObject &object);

} // namespace fluxion
