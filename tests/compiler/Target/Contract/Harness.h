// A kernel plan as a function that can be called: each step a function, an entry that runs them, JIT-compiled for a
// machine. Shared by the tests of contractions and their benchmark.
#pragma once
#include "compiler/Target/Cpu/Jit.h"
#include "compiler/Target/Cpu/Kernel.h"
#include <memory>

namespace fluxion::cpu {

struct HarnessOperand {
  int64_t elements = 0;
  char kind = 'f'; // f: f32, d: f64, b: a byte that holds an i1, i: i32
};

class CompiledPlan {
public:
  // Operands are flat memrefs. Null, with a diagnostic on stderr, if the plan's code does not compile.
  static std::unique_ptr<CompiledPlan> compile(mlir::MLIRContext &, const KernelPlan &, llvm::ArrayRef<HarnessOperand>,
                                               const Machine &, std::string *assembly = nullptr);
  ~CompiledPlan();
  void run(flx_context *, llvm::ArrayRef<void *> operands);

  double mlirMilliseconds = 0, llvmMilliseconds = 0;

private:
  std::unique_ptr<LoadedCode> code;
  void *arena = nullptr;
};

// A context with the dialects that kernels are made of.
void loadKernelDialects(mlir::MLIRContext &);
mlir::Type elementOf(mlir::MLIRContext &, char kind);

} // namespace fluxion::cpu
