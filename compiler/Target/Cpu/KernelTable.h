// What the functions of one buffers module share: kernels, one for each distinct fingerprint, and constants.
#pragma once
#include "compiler/Target/Cpu/Memory.h"
#include <map>

namespace fluxion::flx {
class ConstantOp;
}

namespace fluxion::cpu {

class KernelTable {
public:
  // `prefix` begins every name.
  KernelTable(mlir::ModuleOp module, llvm::StringRef prefix) : module(module), prefix(prefix) {}

  // The functions of a kernel's steps, emitted before `user` if no equal op had one yet. Bit i of `alone`: operand i of
  // the kernel shares no memory with another one, as far as anything is written.
  llvm::ArrayRef<mlir::func::FuncOp> kernelOf(mlir::Operation *op, mlir::ArrayRef<mlir::Value> inputs, uint64_t alone,
                                              const KernelPlan &, mlir::Operation *user);
  // The memref of a constant: a global of the module, bytes for i1.
  mlir::Value constant(mlir::OpBuilder &, mlir::Location, flx::ConstantOp);
  // "scan0_body", a name that no other function of the module has.
  std::string nameOf(llvm::StringRef kind, llvm::StringRef part, unsigned number) const;
  unsigned nextControl() { return controls++; }

private:
  mlir::SmallVector<mlir::func::FuncOp> emit(mlir::Operation *op, mlir::ArrayRef<mlir::Value> inputs, uint64_t alone,
                                             const KernelPlan &, mlir::Operation *user);

  mlir::ModuleOp module;
  std::string prefix;
  std::map<llvm::SmallVector<uintptr_t>, mlir::SmallVector<mlir::func::FuncOp>> kernels;
  llvm::DenseMap<mlir::Attribute, llvm::StringRef> globals;
  unsigned controls = 0;
};

} // namespace fluxion::cpu
