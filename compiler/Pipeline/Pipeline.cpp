// What stands between import and target, in order.
#include "compiler/Pipeline/Pipeline.h"
#include "compiler/Differentiate/Differentiate.h"
#include "compiler/Einsum/Passes.h"
#include "compiler/Lowering/Passes.h"
#include "compiler/Symbolic/Simplify.h"
#include "compiler/Target/Cpu/Compile.h"
#include "dialects/Dialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace fluxion {

static LogicalResult runPasses(ModuleOp module, llvm::function_ref<void(OpPassManager &)> add) {
  PassManager passes(module.getContext(), ModuleOp::getOperationName());
  add(passes);
  return passes.run(module);
}

static LogicalResult asImported(ModuleOp, const CompileOptions &) { return success(); }

static SimplifyOptions rewrites(const CompileOptions &options) {
  return {.enabled = options.simplify, .fastMath = options.fastMath && !options.strict, .strict = options.strict};
}
static LogicalResult differentiated(ModuleOp module, const CompileOptions &options) {
  return differentiate(module, rewrites(options));
}
static LogicalResult simplified(ModuleOp module, const CompileOptions &options) {
  return simplify(module, rewrites(options));
}

// Contractions become pairwise, then take in what is done to each element of their results.
static LogicalResult einsums(ModuleOp module, const CompileOptions &options) {
  return runPasses(module, [&](OpPassManager &passes) {
    EinsumPassOptions order;
    if (options.strict) order.objective = "written";
    passes.addNestedPass<func::FuncOp>(createEinsumPass(order));
    passes.addNestedPass<func::FuncOp>(createBatchStepsPass());
    passes.addNestedPass<func::FuncOp>(createArrangeWindowsPass());
    passes.addPass(createCSEPass());
    passes.addNestedPass<func::FuncOp>(createFuseContractPass());
  });
}

static LogicalResult structured(ModuleOp module, const CompileOptions &) {
  return runPasses(module, [](OpPassManager &passes) { passes.addNestedPass<func::FuncOp>(createFlxToLinalgPass()); });
}

ArrayRef<Phase> phases() {
  static const Phase table[] = {
      {"flx", "the graph in the flx dialect, transformations still ops", asImported},
      {"derivative", "every vjp and jvp expanded", differentiated},
      {"simplified", "the joint graph in its simplest form", simplified},
      {"einsum", "pairwise contractions with their epilogues", einsums},
      {"linalg", "loop nests and contractions, fused", structured},
  };
  return table;
}

ArrayRef<const char *> targetStages() {
  static const char *const stages[] = {"buffers", "llvm", "asm"};
  return stages;
}

void loadDialects(MLIRContext &context) {
  context.loadDialect<flx::FlxDialect, func::FuncDialect>();
  cpu::loadDialects(context);
}

} // namespace fluxion
