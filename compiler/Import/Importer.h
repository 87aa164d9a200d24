// Importer: one root function and, on the way, each instance it differentiates. Private to this folder.
// Functions that loops and branches run become their regions; those that derivatives name become functions of the
// module.
#pragma once
#include "compiler/Import/Import.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringSet.h"

namespace fluxion {

class Importer {
public:
  Importer(mlir::MLIRContext &context, const Module &graph, const DimBinding &dimensions)
      : context(context), graph(graph), dimensions(dimensions), builder(&context) {}
  mlir::OwningOpRef<mlir::ModuleOp> run(const Function &root);

private:
  using Imported = mlir::Operation *;
  llvm::LogicalResult importInto(mlir::ModuleOp module, const Function &function, llvm::StringRef symbol);
  mlir::FailureOr<mlir::FunctionType> signature(const Function &function);
  // The nodes after the parameters, at the builder's place; gives the results.
  mlir::FailureOr<llvm::SmallVector<mlir::Value>> importNodes(mlir::ModuleOp module, const Function &function,
                                                              llvm::ArrayRef<mlir::Value> parameters);
  llvm::LogicalResult importNode(mlir::ModuleOp module, const Node &node, llvm::ArrayRef<mlir::ValueRange> values,
                                 Imported &imported);
  mlir::FailureOr<mlir::Attribute> importAttribute(llvm::StringRef name, const Attribute &attribute, mlir::Type result,
                                                   mlir::Location where);
  mlir::FailureOr<mlir::FlatSymbolRefAttr> importCallee(mlir::ModuleOp module, uint32_t index);

  // Control.cpp. `state` has the node's location, operands and result types.
  llvm::LogicalResult importScan(mlir::ModuleOp module, const Node &node, mlir::OperationState &state,
                                 Imported &imported);
  llvm::LogicalResult importWhile(mlir::ModuleOp module, const Node &node, mlir::OperationState &state,
                                  Imported &imported);
  llvm::LogicalResult importIf(mlir::ModuleOp module, const Node &node, mlir::OperationState &state,
                               Imported &imported);
  llvm::LogicalResult importRegion(mlir::ModuleOp module, const Node &node, unsigned callee, mlir::Region &region,
                                   llvm::ArrayRef<mlir::Value> captured);
  mlir::FailureOr<int64_t> count(const Node &node, llvm::StringRef name, int64_t most);

  mlir::MLIRContext &context;
  const Module &graph;
  const DimBinding &dimensions;
  mlir::OpBuilder builder;
  llvm::DenseMap<uint32_t, mlir::FlatSymbolRefAttr> instances;
  llvm::StringSet<> symbols;
};

} // namespace fluxion
