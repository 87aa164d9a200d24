// The CPU target, whole: a function of the linalg stage goes in, object code that any process can load comes out.
#pragma once
#include "compiler/Driver/Compiled.h"
#include "compiler/Target/Cpu/Donation.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <functional>

namespace fluxion::cpu {

// Texts of the stages "buffers", "llvm" and "asm", made only if wanted.
struct StageHooks {
  std::function<bool(llvm::StringRef stage)> wants;
  std::function<void(llvm::StringRef stage, std::string text)> take;
};

// Fills everything of CompiledObject but the manifests of arguments and results. `function` is used up: memory planning
// adds copies to it. Errors go to the context's diagnostics.
mlir::FailureOr<CompiledObject> compileToObject(mlir::func::FuncOp function, const CompileOptions &options,
                                                const StageHooks &hooks = {});
// The dialects that this target builds ops of.
void loadDialects(mlir::MLIRContext &);

} // namespace fluxion::cpu
