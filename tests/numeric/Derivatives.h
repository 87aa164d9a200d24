// The functions whose code is checked against dual numbers: @f.jvp, @f.vjp and @f.hvp beside @f, each one flx
// transformation of it. In: a function in a module and the arguments to differentiate by. Out: functions with the
// signatures that Verify.h names.
#pragma once
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fluxion::test {

/// arguments, a tangent for each of wrt → results, tangents of the float results
mlir::func::FuncOp makeJvp(mlir::func::FuncOp function, llvm::ArrayRef<int64_t> wrt);
/// arguments, a cotangent for each float result → results, cotangents of wrt
mlir::func::FuncOp makeVjp(mlir::func::FuncOp function, llvm::ArrayRef<int64_t> wrt);
/// arguments, a direction for each of wrt → Hessian times direction for each. Null unless the only result is a float
/// scalar.
mlir::func::FuncOp makeHvp(mlir::func::FuncOp function, llvm::ArrayRef<int64_t> wrt);

} // namespace fluxion::test
