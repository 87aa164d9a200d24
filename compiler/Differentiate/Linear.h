// The two halves of the engine, on straight-line flx code in one block. Private to this folder.
// `linearize` threads tangents through primal ops; `transpose` turns the linear program it left behind around.
#pragma once
#include "dialects/Dialect.h"

namespace fluxion {

// Tangents by value; an absent entry is zero.
using TangentMap = llvm::DenseMap<mlir::Value, mlir::Value>;

// Builds, at `builder`'s place, the tangents of what `ops` compute, from the tangents already in `tangents`. Only ops
// that some value of `results` needs are differentiated.
llvm::LogicalResult linearize(llvm::ArrayRef<mlir::Operation *> ops, mlir::ValueRange results, mlir::OpBuilder &builder,
                              TangentMap &tangents);

// A linear program: ops from `begin` to the end of what `builder` has put before its place, linear in `inputs`; each
// output with its cotangent (null: zero). Gives the cotangents of `inputs` (null: zero) and erases the linear ops.
struct LinearProgram {
  llvm::SmallVector<mlir::Operation *> ops; // in order; ops that do not depend on an input are left alone
  llvm::SmallVector<mlir::Value> inputs;
  llvm::SmallVector<std::pair<mlir::Value, mlir::Value>> outputs;
};
mlir::FailureOr<llvm::SmallVector<mlir::Value>> transpose(const LinearProgram &program, mlir::OpBuilder &builder);

} // namespace fluxion
