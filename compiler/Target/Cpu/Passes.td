// The passes of the CPU target, for fluxion-opt; the compiler itself calls the functions behind them (Compile.h).
include "mlir/Pass/PassBase.td"

def FlxToBuffersPass : Pass<"flx-to-buffers", "::mlir::ModuleOp"> {
  let summary = "the linalg stage to kernels on memrefs and an entry that calls them over one planned arena";
  let description = [{
    Each public function becomes an entry `(context, arguments…, results…, arena)`. Every op with a kernel is outlined, once
    for each distinct kernel; values lie at static offsets of the arena, in the memory of a dying operand, or in that of the
    result they are. A result attribute `flx.donated = N` lets a result take the memory of argument N.
  }];
  let options = [Option<"cpu", "cpu", "std::string", /*default=*/"\"native\"", "LLVM's name of the core to emit for">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect", "::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def FlxBuffersToLlvmPass : Pass<"flx-buffers-to-llvm", "::mlir::ModuleOp"> {
  let summary = "kernels and entry to the LLVM dialect, parallel calls outlined";
  let description = [{
    Memrefs become bare pointers. `scf.forall` around a kernel becomes flx_parallel_for over `@kernel.chunk`. The function
    that no other calls is the entry; it becomes `NAME.body` and gains a wrapper of type flx_entry.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::cf::ControlFlowDialect"];
}
