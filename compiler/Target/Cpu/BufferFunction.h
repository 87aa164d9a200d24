// One function of the buffers stage under construction: over planned memory, a straight line of calls to kernels, and
// of loops and branches that call the functions of their regions. Private to Buffers*.cpp.
#pragma once
#include "compiler/Target/Cpu/KernelTable.h"
#include "compiler/Target/Cpu/Regions.h"

namespace fluxion::flx {
class ScanOp;
class WhileOp;
class IfOp;
} // namespace fluxion::flx

namespace fluxion::cpu {

class BufferFunction {
public:
  // Writes `source` as the function `name`(context, arguments…, results…, arena), before another or at the end of the
  // module. `inPlace`: a donated result always is its argument.
  BufferFunction(mlir::ModuleOp module, KernelTable &table, mlir::func::FuncOp source, const MemoryPlan &plan,
                 mlir::ArrayRef<int64_t> donated, bool inPlace);
  mlir::func::FuncOp write(llvm::StringRef name, mlir::Operation *before = nullptr);

private:
  void call(mlir::Operation *);
  void callKernel(mlir::Operation *);
  void writeScan(flx::ScanOp);
  void writeWhile(flx::WhileOp);
  void writeIf(flx::IfOp);

  // Memory.
  mlir::Value arena(mlir::Location, int64_t offset, mlir::MemRefType);
  mlir::Value memory(mlir::Location, mlir::Value tensor); // in the tensor's own shape
  mlir::SmallVector<mlir::Value> memories(mlir::Location, mlir::ValueRange tensors);
  bool sameMemory(mlir::Value input, mlir::Value result) const;
  uint64_t distinct(mlir::Operation *, mlir::ArrayRef<mlir::Value> inputs) const;

  // Regions.
  mlir::func::FuncOp regionFunction(mlir::Operation *, unsigned region);
  void carryIn(mlir::Operation *); // what is carried starts in the memory of the results
  mlir::Value slice(mlir::OpBuilder &, mlir::Location, mlir::Value whole, mlir::Value index, mlir::Type);
  mlir::Value regionArena(mlir::Operation *, unsigned region);
  mlir::Value truth(mlir::OpBuilder &, mlir::Location, mlir::Value memory);

  mlir::ModuleOp module;
  KernelTable &table;
  mlir::func::FuncOp source;
  const MemoryPlan &plan;
  mlir::SmallVector<int64_t> donated;
  bool inPlace;
  mlir::OpBuilder b;
  mlir::func::FuncOp function;
  unsigned controlNumber = 0;                                        // of the loop or branch at hand
  llvm::DenseMap<std::pair<int64_t, mlir::Type>, mlir::Value> views; // made outside of loops
};

} // namespace fluxion::cpu
