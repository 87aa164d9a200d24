// Verifiers that several records share. Private to the dialect. Numbers: E0810 types, E0811 shapes, E0812 axes,
// E0813 equations, E0814 epilogues, E0815 callees.
#pragma once
#include "dialects/Dialect.h"

namespace fluxion::flx {

mlir::InFlightDiagnostic fault(mlir::Operation *op, llvm::StringRef number);
// "4x3xf32"-like text of a shape: "[4, 3]".
std::string shapeText(llvm::ArrayRef<int64_t> shape);

llvm::LogicalResult verifyReduction(mlir::Operation *op, mlir::RankedTensorType x, llvm::ArrayRef<int64_t> axes,
                                    mlir::RankedTensorType result);
llvm::LogicalResult verifyArgReduction(mlir::Operation *op, mlir::RankedTensorType x, int64_t axis,
                                       mlir::RankedTensorType result);

} // namespace fluxion::flx
