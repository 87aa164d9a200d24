// The CPU target, whole: a function of the linalg stage goes in, object code that any process can load comes out.
#pragma once
#include "compiler/Driver/Compiled.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <functional>

namespace fluxion::cpu {

// The attribute of a function's result (an i64) that names the argument whose memory it takes.
constexpr llvm::StringLiteral donatedName = "flx.donated";
llvm::SmallVector<int64_t> donatedArguments(mlir::func::FuncOp function); // −1 for none

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
