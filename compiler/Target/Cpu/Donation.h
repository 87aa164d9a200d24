// Results that take the memory of an argument, as the IR says it.
#pragma once
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fluxion::cpu {

// The attribute of a function's result (an i64) that names the argument whose memory it takes.
constexpr llvm::StringLiteral donatedName = "flx.donated";
llvm::SmallVector<int64_t> donatedArguments(mlir::func::FuncOp function); // −1 for none

} // namespace fluxion::cpu
