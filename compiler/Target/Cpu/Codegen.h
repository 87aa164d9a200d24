// The LLVM side of the CPU target: a module of kernels and an entry on memrefs goes in, object code or assembly comes
// out.
#pragma once
#include "compiler/Target/Cpu/Kernel.h"
#include <memory>

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace fluxion::cpu {

// Buffers stage -> LLVM dialect, in place. `entry` is the function on (context, arguments…, results…, arena), its attribute
// argumentsName the number of arguments; it becomes private and gains a wrapper of type flx_entry that carries its name
// and takes the pointers from two arrays.
mlir::LogicalResult lowerToLlvm(mlir::ModuleOp module, llvm::StringRef entry);

// Gives every memref a pointer's form, in place; fails on a memref that is not static and contiguous.
mlir::LogicalResult memrefsToPointers(mlir::ModuleOp module);

// Rewrites every scf.forall that calls a kernel into flx_parallel_for over an outlined body (void(context, closure,
// chunk)).
void outlineParallelCalls(mlir::ModuleOp module);

struct CodegenOptions {
  int optimizationLevel = 2; // of code generation
};

// Machine code of one module. Owns LLVM's own context; used once.
class Codegen {
public:
  Codegen(const Machine &machine, CodegenOptions options);
  ~Codegen();
  // LLVM dialect -> LLVM IR with the light pipeline run. Errors are reported at the module's location.
  mlir::LogicalResult translate(mlir::ModuleOp module);
  std::string printIr() const;
  mlir::FailureOr<std::string> emitObject(mlir::Location where);
  mlir::FailureOr<std::string> emitAssembly(mlir::Location where);

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace fluxion::cpu
