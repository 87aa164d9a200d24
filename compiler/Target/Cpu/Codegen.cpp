// LLVM dialect -> LLVM IR -> a light pipeline -> machine code in memory.
#include "compiler/Target/Cpu/Codegen.h"
#include "compiler/Driver/PhaseClock.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace mlir;

namespace fluxion::cpu {

struct Codegen::State {
  Machine machine;
  CodegenOptions options;
  std::string missing; // why there is no target machine
  std::unique_ptr<llvm::TargetMachine> target;
  std::unique_ptr<llvm::LLVMContext> context = std::make_unique<llvm::LLVMContext>();
  std::unique_ptr<llvm::Module> module;

  FailureOr<std::string> emit(llvm::CodeGenFileType kind, Location where);
};

// The code generator's passes but for loop strength reduction, which would take two thirds of the time of a contraction's code
// generation (its search grows with the number of addresses in a loop) and find nothing: emitters form their addresses
// as base + index + constant. Left out here, and not by LLVM's option, which would hold for the whole process.
class CodePasses : public llvm::legacy::PassManager {
public:
  void add(llvm::Pass *pass) override {
    if (pass->getPassName() != "Loop Strength Reduction") return PassManager::add(pass);
    delete pass;
  }
};

static std::unique_ptr<llvm::TargetMachine> makeTarget(const Machine &machine, int level, std::string &failure) {
  static const bool ready = !llvm::InitializeNativeTarget() && !llvm::InitializeNativeTargetAsmPrinter();
  llvm::Triple triple(llvm::sys::getProcessTriple());
  const llvm::Target *target = ready ? llvm::TargetRegistry::lookupTarget(triple, failure) : nullptr;
  if (!target) return nullptr;
  llvm::TargetOptions options;
  auto made = std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, machine.cpu, machine.features, options, llvm::Reloc::PIC_, std::nullopt, llvm::CodeGenOptLevel(level)));
  if (!made) failure = "no code generator for " + triple.str();
  return made;
}

Codegen::Codegen(const Machine &machine, CodegenOptions options) : state(std::make_unique<State>()) {
  state->machine = machine;
  state->options = options;
  state->target = makeTarget(machine, options.optimizationLevel, state->missing);
}
Codegen::~Codegen() = default;

// Our kernels are vector code already: what is left is to clean up addresses, constants and invariants. The full O3
// pipeline costs eight times as much and gains nothing on them (docs/rationale.md).
static LogicalResult optimize(llvm::Module &module, llvm::TargetMachine &target) {
  llvm::PassBuilder builder(&target);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager cycles;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(cycles);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, cycles, modules);
  llvm::ModulePassManager passes;
  constexpr llvm::StringLiteral light =
      "function(sroa,early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,loop-mssa(licm),early-cse<memssa>)";
  if (llvm::Error e = builder.parsePassPipeline(passes, light)) {
    llvm::consumeError(std::move(e));
    return failure();
  }
  passes.run(module, modules);
  return success();
}

LogicalResult Codegen::translate(ModuleOp source) {
  if (!state->target) return source.emitError("cannot generate code: ") << state->missing;
  PhaseClock clock;
  registerBuiltinDialectTranslation(*source.getContext());
  registerLLVMDialectTranslation(*source.getContext());
  state->module = translateModuleToLLVMIR(source, *state->context, "fluxion", /*disableVerification=*/true);
  if (!state->module) return source.emitError("translation to LLVM IR failed");
  llvm::Module &module = *state->module;
  module.setDataLayout(state->target->createDataLayout());
  module.setTargetTriple(state->target->getTargetTriple());
  for (llvm::Function &f : module) {
    if (f.isDeclaration()) continue;
    f.addFnAttr("target-cpu", state->machine.cpu);
    f.addFnAttr("target-features", state->machine.features);
    f.addFnAttr("prefer-vector-width", std::to_string(state->machine.vectorBytes * 8));
    f.addFnAttr(llvm::Attribute::NoUnwind);
  }
  clock.lap("LLVM IR");
  if (failed(optimize(module, *state->target))) return source.emitError("LLVM refused the optimization pipeline");
  clock.lap("LLVM optimization");
  return success();
}

std::string Codegen::printIr() const {
  std::string text;
  llvm::raw_string_ostream stream(text);
  state->module->print(stream, nullptr);
  return text;
}

FailureOr<std::string> Codegen::State::emit(llvm::CodeGenFileType kind, Location where) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  CodePasses passes;
  target->Options.MCOptions.AsmVerbose = true;
  if (target->addPassesToEmitFile(passes, stream, nullptr, kind, /*DisableVerify=*/true))
    return emitError(where, "this target cannot emit code"), failure();
  // Code generation rewrites its input: assembly is a look aside, the object comes last.
  passes.run(kind == llvm::CodeGenFileType::AssemblyFile ? *llvm::CloneModule(*module) : *module);
  return std::string(bytes.data(), bytes.size());
}

FailureOr<std::string> Codegen::emitObject(Location where) {
  return state->emit(llvm::CodeGenFileType::ObjectFile, where);
}
FailureOr<std::string> Codegen::emitAssembly(Location where) {
  return state->emit(llvm::CodeGenFileType::AssemblyFile, where);
}

} // namespace fluxion::cpu
