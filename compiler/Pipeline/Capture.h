// Capture: what a phase says through MLIR's diagnostics becomes the one error the driver shows, with its number and a
// place in the user's source. Whatever fails without a number is the compiler's own fault, and is said to be.
#pragma once
#include "compiler/Driver/Plugin.h"
#include "mlir/IR/Diagnostics.h"

namespace fluxion {

class Capture {
public:
  Capture(mlir::MLIRContext &context, const Module &graph);
  // The first error, or an internal one naming `phase` when nothing was said.
  DiagnosticText take(llvm::StringRef phase) const;

private:
  std::vector<DiagnosticText> errors;
  mlir::ScopedDiagnosticHandler handler;
};

// The place an MLIR location speaks of: the innermost file, line and column, with its callers.
Location sourceLocation(mlir::Location where, const Module &graph);

// True if `where`, or a call site or fused part of it, stands on `line` of a file whose path ends in `file`.
bool standsAt(mlir::Location where, llvm::StringRef file, unsigned line);

} // namespace fluxion
