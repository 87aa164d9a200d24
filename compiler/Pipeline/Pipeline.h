// The phases of the compiler, named, in the order data takes them. Each turns one module of flx IR into the next stage;
// from "buffers" on the target takes over (compiler/Target/Cpu/Compile.h).
#pragma once
#include "compiler/Driver/Compiled.h"
#include "mlir/IR/BuiltinOps.h"

namespace fluxion {

struct Phase {
  const char *stage;   // what the module is after it: "derivative"
  const char *meaning; // a line for people
  mlir::LogicalResult (*run)(mlir::ModuleOp, const CompileOptions &);
};

llvm::ArrayRef<Phase> phases();     // flx (what import makes), derivative, simplified, einsum, linalg
llvm::ArrayRef<const char *> targetStages(); // buffers, llvm, asm

// Everything the phases and the target build ops of.
void loadDialects(mlir::MLIRContext &);

} // namespace fluxion
