// Verifiers that several records share. Private to the dialect. Numbers: E0810 types, E0811 shapes, E0812 axes,
// E0813 equations, E0814 epilogues, E0815 callees, E0823 regions.
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

llvm::LogicalResult verifyFlag(mlir::Operation *op, llvm::StringRef name, uint64_t value);

// An integer, then flags, which are integers 0 and 1: in assembly the keyword stands there or does not.
mlir::ParseResult parseSteps(mlir::OpAsmParser &, mlir::IntegerAttr &length, mlir::IntegerAttr &reverse);
void printSteps(mlir::OpAsmPrinter &, mlir::Operation *, mlir::IntegerAttr length, mlir::IntegerAttr reverse);
mlir::ParseResult parseRunningAxis(mlir::OpAsmParser &, mlir::IntegerAttr &axis, mlir::IntegerAttr &reverse,
                                   mlir::IntegerAttr &exclusive);
void printRunningAxis(mlir::OpAsmPrinter &, mlir::Operation *, mlir::IntegerAttr axis, mlir::IntegerAttr reverse,
                      mlir::IntegerAttr exclusive);
mlir::ParseResult parseSortedAxis(mlir::OpAsmParser &, mlir::IntegerAttr &axis, mlir::IntegerAttr &descending);
void printSortedAxis(mlir::OpAsmPrinter &, mlir::Operation *, mlir::IntegerAttr axis, mlir::IntegerAttr descending);

} // namespace fluxion::flx
