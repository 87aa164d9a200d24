// The stages of the target in order, each shown to whoever asks.
#include "compiler/Target/Cpu/Compile.h"
#include "compiler/Driver/PhaseClock.h"
#include "compiler/Target/Cpu/Buffers.h"
#include "compiler/Target/Cpu/Codegen.h"
#include "compiler/Target/Cpu/Fault.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/PassManager.h"

using namespace mlir;

namespace fluxion::cpu {

void loadDialects(MLIRContext &context) {
  context.loadDialect<flx::FlxDialect, func::FuncDialect, linalg::LinalgDialect, tensor::TensorDialect,
                      arith::ArithDialect, math::MathDialect, vector::VectorDialect, scf::SCFDialect,
                      cf::ControlFlowDialect, memref::MemRefDialect, LLVM::LLVMDialect>();
}

//===-- Faults --------------------------------------------------------------------------------------------------===//

// The innermost source place of a location: "m.flx:4:7".
static std::string placeOf(mlir::Location loc) {
  if (auto file = loc->findInstanceOf<FileLineColLoc>())
    return (file.getFilename().getValue() + ":" + Twine(file.getLine()) + ":" + Twine(file.getColumn())).str();
  return "unknown place";
}

static std::vector<FaultSite> numberFaultSites(func::FuncOp function) {
  std::vector<FaultSite> sites;
  Builder b(function.getContext());
  function.walk([&](Operation *op) {
    auto extract = dyn_cast<tensor::ExtractOp>(op);
    if (!extract && !isa<flx::ScatterAddOp>(op)) return;
    op->setAttr(faultSiteName, b.getI32IntegerAttr(sites.size()));
    sites.push_back({placeOf(op->getLoc()), extract ? "gather" : "scatter_add"});
  });
  return sites;
}

//===-- Stages --------------------------------------------------------------------------------------------------===//

static std::string print(Operation *op) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  OpPrintingFlags flags;
  flags.elideLargeElementsAttrs(32);
  op->print(stream, flags);
  return text + "\n";
}

// A call's place without the ends that lie in no file, as those of ops that a derivative made up do.
static mlir::Location withinFiles(mlir::Location loc) {
  auto call = dyn_cast<CallSiteLoc>(loc);
  if (!call) return loc;
  mlir::Location callee = withinFiles(call.getCallee()), caller = withinFiles(call.getCaller());
  if (!callee->findInstanceOf<FileLineColLoc>()) return caller;
  return caller->findInstanceOf<FileLineColLoc>() ? mlir::Location(CallSiteLoc::get(callee, caller)) : callee;
}

// The pass asks both ends of a call's place for a file, and takes that for one within a function, which a global that
// holds a constant is not.
static void addLineInfo(ModuleOp module) {
  for (auto global : module.getOps<LLVM::GlobalOp>()) global->setLoc(UnknownLoc::get(module.getContext()));
  llvm::DenseMap<mlir::Location, mlir::Location> known;
  module.walk([&](Operation *op) {
    auto [found, isNew] = known.try_emplace(op->getLoc(), op->getLoc());
    if (isNew) found->second = withinFiles(op->getLoc());
    op->setLoc(found->second);
  });
  PassManager passes(module.getContext());
  passes.enableVerifier(false);
  passes.addPass(LLVM::createDIScopeForLLVMFuncOpPass());
  (void)passes.run(module); // lines are a courtesy
}

// a·b + c with two roundings.
static void splitFma(ModuleOp module) {
  module.walk([](vector::FMAOp op) {
    OpBuilder b(op);
    Value product = arith::MulFOp::create(b, op.getLoc(), op.getLhs(), op.getRhs());
    op.replaceAllUsesWith(arith::AddFOp::create(b, op.getLoc(), product, op.getAcc()).getResult());
    op.erase();
  });
}

FailureOr<CompiledObject> compileToObject(func::FuncOp function, const CompileOptions &options,
                                          const StageHooks &hooks) {
  auto wanted = [&](StringRef stage) { return hooks.wants && hooks.wants(stage); };
  PhaseClock clock;
  loadDialects(*function.getContext());
  Machine machine = Machine::named(options.cpu);
  CompiledObject compiled;
  compiled.entry = entrySymbol(function.getName());
  compiled.faultSites = numberFaultSites(function);

  FailureOr<MemoryPlan> plan = planMemory(function, donatedArguments(function), machine);
  if (failed(plan)) return failure();
  compiled.arenaBytes = plan->arenaBytes;
  clock.lap("memory plan");

  OwningOpRef<ModuleOp> module = buildBuffers(function, *plan);
  if (options.strict) splitFma(*module);
  clock.lap("buffers");
  if (wanted("buffers")) hooks.take("buffers", print(*module));
  if (failed(lowerToLlvm(*module, compiled.entry))) return failure();
  clock.lap("LLVM dialect");
  if (wanted("asm")) addLineInfo(*module);
  Codegen codegen(machine, {options.optimizationLevel});
  if (failed(codegen.translate(*module))) return failure();
  if (wanted("llvm")) hooks.take("llvm", codegen.printIr());
  if (wanted("asm")) {
    FailureOr<std::string> assembly = codegen.emitAssembly(function.getLoc());
    if (failed(assembly)) return failure();
    hooks.take("asm", std::move(*assembly));
  }
  clock = {};
  FailureOr<std::string> object = codegen.emitObject(function.getLoc());
  if (failed(object)) return failure();
  compiled.object = std::move(*object);
  clock.lap("LLVM code generation");
  return compiled;
}

} // namespace fluxion::cpu
