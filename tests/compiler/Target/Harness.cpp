#include "tests/compiler/Target/Harness.h"
#include "compiler/Einsum/Passes.h"
#include "compiler/Lowering/Passes.h"
#include "compiler/Symbolic/Simplify.h"
#include "dialects/Dialect.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include <cstdlib>

using namespace mlir;

namespace fluxion::cpu {

static FailureOr<CompiledObject> compile(MLIRContext &context, const std::string &text, const HarnessOptions &options) {
  loadDialects(context);
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, &context);
  if (!module) return failure();
  if (options.simplify && failed(simplify(*module))) return failure();
  PassManager passes(&context);
  passes.addNestedPass<func::FuncOp>(createEinsumPass());
  passes.addNestedPass<func::FuncOp>(createBatchStepsPass());
  passes.addNestedPass<func::FuncOp>(createArrangeWindowsPass());
  passes.addNestedPass<func::FuncOp>(createFuseContractPass());
  FlxToLinalgPassOptions lowering;
  lowering.fuse = options.fuse;
  passes.addNestedPass<func::FuncOp>(createFlxToLinalgPass(lowering));
  if (failed(passes.run(*module))) return failure();
  if (options.print) module->print(llvm::errs());
  CompileOptions target;
  target.cpu = options.cpu;
  StageHooks hooks;
  hooks.wants = [&](llvm::StringRef stage) { return options.print && stage != "llvm"; };
  hooks.take = [](llvm::StringRef, std::string text) { llvm::errs() << text; };
  return compileToObject(*module->getOps<func::FuncOp>().begin(), target, hooks);
}

Program::Program(const std::string &text, HarnessOptions options) {
  MLIRContext mlirContext(MLIRContext::Threading::DISABLED);
  ScopedDiagnosticHandler handler(&mlirContext, [&](Diagnostic &d) {
    error += d.str() + "\n";
    return success();
  });
  FailureOr<CompiledObject> made = compile(mlirContext, text, options);
  if (failed(made)) return;
  compiled = std::move(*made);
  code = load(compiled.object, compiled.entry, flx_runtime_symbols(), error);
  context = flx_context_create(options.threads);
}

Program::~Program() { flx_context_destroy(context); }

void Program::call(std::vector<const void *> arguments, std::vector<void *> results) {
  void *arena = flx_allocate(compiled.arenaBytes + 64);
  std::memset(arena, 0xAB, compiled.arenaBytes + 64); // nobody may count on zeros
  code->entry(context, const_cast<void *const *>(reinterpret_cast<const void *const *>(arguments.data())),
              results.data(), arena);
  for (int i = 0; i < 64; ++i)
    EXPECT_EQ(static_cast<unsigned char *>(arena)[compiled.arenaBytes + i], 0xAB) << "written past the arena";
  flx_free(arena);
}

std::vector<HarnessOptions> everyWay() {
  return {
      {.cpu = "native"}, {.cpu = "native", .fuse = false}, {.cpu = "x86-64-v3"}, {.cpu = "x86-64-v2"}, {.simplify = true, .threads = 2}};
}

} // namespace fluxion::cpu
