// One line a folder: its passes come from its Passes.td.
#include "compiler/Pipeline/Registration.h"
#include "compiler/Differentiate/Passes.h"
#include "compiler/Einsum/Passes.h"
#include "compiler/Lowering/Passes.h"
#include "compiler/Symbolic/Passes.h"
#include "compiler/Target/Cpu/Passes.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace fluxion {

void registerDialects(DialectRegistry &registry) {
  registry.insert<flx::FlxDialect, func::FuncDialect, arith::ArithDialect, linalg::LinalgDialect, tensor::TensorDialect,
                  memref::MemRefDialect, scf::SCFDialect, vector::VectorDialect>();
}

void registerPasses() {
  registerDifferentiatePasses();
  registerSymbolicPasses();
  registerEinsumPasses();
  registerLoweringPasses();
  cpu::registerCpuPasses();
  registerCanonicalizerPass();
  registerCSEPass();
}

} // namespace fluxion
