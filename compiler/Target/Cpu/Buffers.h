// The "buffers" stage: kernels as functions on memrefs, and an entry that calls them in order over the planned memory.
#pragma once
#include "compiler/Target/Cpu/Memory.h"

namespace fluxion::cpu {

// How many of an entry's memrefs are arguments: the first ones after the context.
constexpr llvm::StringLiteral argumentsName = "flx.arguments";

// The symbol of the function NAME from here on. A user may call a function `asinf`, `memcpy`, `flx_parallel_for` or `kernel0`:
// with the dot it is no name of C, of the runtime or of a kernel, and can still be read.
inline std::string entrySymbol(llvm::StringRef name) { return ("fluxion." + name).str(); }

// A new module:
//   func @kernelN(context, memrefs…[, scratch][, chunk])                    one per distinct kernel step
//   func @fluxion.NAME(context, arguments…, results…, arena: memref<?xi8>)  calls them; scf.forall where there are several
//   chunks
// `prefix` begins the names of kernels and constants.
mlir::OwningOpRef<mlir::ModuleOp> buildBuffers(mlir::func::FuncOp function, const MemoryPlan &plan,
                                               llvm::StringRef prefix = "");

} // namespace fluxion::cpu
