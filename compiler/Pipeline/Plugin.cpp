// The compiler as the driver loads it: requests come in, objects, texts and reports go out. A call makes its own MLIR
// context, so calls from several threads share nothing.
#include "compiler/Driver/Plugin.h"
#include "compiler/Driver/PhaseClock.h"
#include "compiler/Import/Import.h"
#include "compiler/Pipeline/Capture.h"
#include "compiler/Pipeline/Describe.h"
#include "compiler/Pipeline/Guard.h"
#include "compiler/Pipeline/Pipeline.h"
#include "compiler/Pipeline/VerifyFunction.h"
#include "compiler/Target/Cpu/Compile.h"
#include "compiler/Target/Cpu/Jit.h"
#include "compiler/Target/Cpu/Kernel.h"
#include "frontend/Source/Diagnostic.h"
#include "frontend/Source/Stack.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/TargetParser/X86TargetParser.h"

using namespace mlir;

namespace fluxion {
namespace {

// One request on its way through the phases.
class Run {
public:
  // `lastGood`: where to keep what each phase begins with; null: nowhere.
  Run(const CompileRequest &request, std::string &phase, std::string *lastGood)
      : request(request), phase(phase), lastGood(lastGood), context(MLIRContext::Threading::DISABLED), capture(prepared(context), *request.module) {}

  // Imports and runs the phases up to and including `last` (all, if it is not one of theirs).
  bool advance(StringRef last, DiagnosticText &error) {
    if (!knowsCpu(request.options.cpu, error)) return false;
    clock.lap("dialects");
    const Function *function = request.module->find(request.function);
    if (!function) {
      error = {"E0707", "the module has no function `" + request.function + "`", {}, {}, false, ""};
      return false;
    }
    if (begin("import")) return fail(error);
    FailureOr<OwningOpRef<ModuleOp>> imported =
        importFunction(context, *request.module, *function, request.dimensions, request.results);
    if (failed(imported)) return fail(error);
    module = std::move(*imported);
    for (const Phase &phase : phases()) {
      if (begin(phase.stage) || failed(phase.run(*module, request.options))) return fail(error);
      clock.lap(phase.stage);
      if (last == phase.stage) break;
    }
    return true;
  }

  bool finish(CompiledObject &out, const cpu::StageHooks &hooks, DiagnosticText &error) {
    auto entry = cast<func::FuncOp>(module->getBody()->front());
    takeManifest(entry, out);
    if (begin("code")) return fail(error);
    FailureOr<CompiledObject> object = cpu::compileToObject(entry, request.options, hooks);
    if (failed(object)) return fail(error);
    object->arguments = std::move(out.arguments);
    object->results = std::move(out.results);
    out = std::move(*object);
    return true;
  }

  static std::string print(ModuleOp module, bool locations = false) {
    std::string text;
    llvm::raw_string_ostream out(text);
    OpPrintingFlags flags;
    flags.elideLargeElementsAttrs(16).printNameLocAsPrefix();
    if (locations) flags.enableDebugInfo(true, /*prettyForm=*/true);
    module.print(out, flags);
    return text;
  }

  PhaseClock clock;
  const CompileRequest &request;
  std::string &phase; // under way
  std::string *const lastGood;
  MLIRContext context;
  Capture capture;
  OwningOpRef<ModuleOp> module;

  // LLVM itself ends the process over a CPU it does not know.
  static bool knowsCpu(const std::string &cpu, DiagnosticText &error) {
    if (cpu.empty() || cpu == "native" || llvm::X86::parseArchX86(cpu, /*Only64Bit=*/true) != llvm::X86::CK_None)
      return true;
    SmallVector<StringRef> known;
    llvm::X86::fillValidCPUArchList(known, /*Only64Bit=*/true);
    auto near = nearestName(cpu, std::vector<std::string>(known.begin(), known.end()));
    error = {"E0807", "no CPU is called `" + cpu + "`", {}, {}, false, ""};
    error.notes.push_back(near ? "did you mean `" + *near + "`?" : "as LLVM names them: native, x86-64-v3, znver4, …");
    return false;
  }

private:
  static MLIRContext &prepared(MLIRContext &context) {
    loadDialects(context);
    context.printOpOnDiagnostic(false);
    return context;
  }

  // True: the phase is to fail, for a test.
  bool begin(const char *name) {
    phase = name;
    if (lastGood) *lastGood = reproducer();
    return faultWanted(name);
  }

  bool fail(DiagnosticText &error) {
    error = capture.take(phase);
    return false;
  }

  // The module whole, under a line that says what was to be made of it.
  std::string reproducer() const {
    std::string text = "// fluxion " FLUXION_VERSION ": `" + request.function + "`";
    for (const auto &[name, extent] : request.dimensions) text += ", " + name + " = " + std::to_string(extent);
    text += ", before phase `" + phase + "`\n";
    if (!module) { // nothing is imported yet: the graph
      const Function *function = request.module->find(request.function);
      return function ? text + fluxion::print(*function) : text;
    }
    llvm::raw_string_ostream out(text);
    module.get()->print(out, OpPrintingFlags().printNameLocAsPrefix());
    return text;
  }

  void takeManifest(func::FuncOp entry, CompiledObject &out) {
    const Function &function = *request.module->find(request.function);
    for (auto [type, parameter] : llvm::zip(entry.getArgumentTypes(), function.parameters))
      out.arguments.push_back(leaf(parameter.path, parameter.type.element, type));
    SmallVector<int64_t> donated = cpu::donatedArguments(entry);
    for (auto [i, type] : llvm::enumerate(entry.getResultTypes())) {
      const Result &result = function.results[request.results.empty() ? i : request.results[i]];
      out.results.push_back(leaf(result.path, function.typeOf(result.value).element, type));
      out.results.back().donated = int32_t(donated[i]);
    }
  }

  static LeafManifest leaf(const std::string &path, ElementType element, Type type) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(type).getShape();
    return {path, element, std::vector<int64_t>(shape.begin(), shape.end()), -1};
  }
};

class Compiler final : public CompilerPlugin {
public:
  std::string version() const override { return "Fluxion " FLUXION_VERSION ", LLVM " LLVM_VERSION_STRING; }

  // What is compiled is going to be run: not so the stages that are printed.
  bool compile(const CompileRequest &request, CompiledObject &out, DiagnosticText &error) override {
    return attempt(request, error, [&](Run &run, DiagnosticText &error) {
      out = {};
      return runsHere(request.options.cpu, error) && run.advance("", error) && run.finish(out, {}, error);
    });
  }

  bool load(const CompiledObject &object, LoadedCode &out, DiagnosticText &error) override {
    std::string why;
    std::shared_ptr<cpu::LoadedCode> code;
    if (!sheltered("code is loaded", error, [&] { code = cpu::load(object.object, object.entry, flx_runtime_symbols(), why); }))
      return false;
    if (!code) {
      error = {"", "cannot load compiled code: " + why, {}, {}, true, ""};
      return false;
    }
    out = {code->entry, code};
    return true;
  }

  std::vector<std::string> stages() const override {
    std::vector<std::string> names;
    for (const Phase &phase : phases()) names.push_back(phase.stage);
    for (const char *stage : targetStages()) names.push_back(stage);
    return names;
  }

  bool printStage(const CompileRequest &request, const std::string &stage, const PrintOptions &options, std::string &out,
                  DiagnosticText &error) override {
    return attempt(request, error, [&](Run &run, DiagnosticText &error) {
      if (!run.advance(stage, error)) return false;
      if (llvm::is_contained(targetStages(), StringRef(stage))) {
        CompiledObject object;
        cpu::StageHooks hooks{[&](StringRef each) { return each == stage; },
                              [&](StringRef, std::string text) { out = std::move(text); }};
        return run.finish(object, hooks, error);
      }
      if (!options.at.empty()) return printLine(*run.module, options.at, out, error);
      out = Run::print(*run.module, options.locations);
      return true;
    });
  }

  bool verify(const CompileRequest &request, const VerifyOptions &options, VerifyOutcome &outcome,
              DiagnosticText &error) override {
    bool done = false;
    return sheltered("`" + request.function + "` is verified", error, [&] {
             done = runsHere(request.options.cpu, error) && verifyFunction(*this, request, options, outcome, error);
           }) && done;
  }

  bool describe(const CompileRequest &request, std::string &report, DiagnosticText &error) override {
    return attempt(request, error, [&](Run &run, DiagnosticText &error) {
      CompiledObject object;
      if (!run.advance("", error)) return false;
      const auto machine = cpu::Machine::named(request.options.cpu);
      std::string kernels = describeKernels(*run.module, machine); // before code generation uses the module up
      if (!run.finish(object, {}, error)) return false;
      report = describeInterface(object) + kernels;
      return true;
    });
  }

  std::string hostCpu() const override { return cpu::Machine::host().cpu; }
  std::string hostFeatures() const override { return cpu::Machine::host().features; }

private:
  using Work = llvm::function_ref<bool(Run &, DiagnosticText &)>;

  // What is wrong with the compiler itself is found again with the IR kept that each phase begins with: keeping it always
  // would cost more than some phases do.
  static bool attempt(const CompileRequest &request, DiagnosticText &error, Work work) {
    if (once(request, error, work, nullptr)) return true;
    if (!error.internal) return false;
    DiagnosticText again;
    std::string lastGood;
    once(request, again, work, &lastGood);
    if (again.internal) error.lastGood = std::move(lastGood);
    return false;
  }

  static bool once(const CompileRequest &request, DiagnosticText &error, Work work, std::string *lastGood) {
    std::unique_ptr<Run> run;
    std::string phase = "import";
    bool done = false;
    Ending ending;
    onAmpleStack([&] {
      ending = guarded([&] {
        run = std::make_unique<Run>(request, phase, lastGood);
        done = work(*run, error);
      });
      // What stopped halfway through may not be fit to be destroyed.
      ending.kind == Ending::Done ? run.reset() : void(run.release());
    });
    if (ending.kind == Ending::Done) return done;
    explain(ending, "`" + request.function + "` is compiled", phase, error);
    return false;
  }

  static bool sheltered(const std::string &what, DiagnosticText &error, const std::function<void()> &work) {
    Ending ending;
    onAmpleStack([&] { ending = guarded(work); });
    if (ending.kind != Ending::Done) explain(ending, what, "", error);
    return ending.kind == Ending::Done;
  }

  static void explain(const Ending &ending, const std::string &what, const std::string &phase, DiagnosticText &error) {
    error = ending.kind == Ending::MemoryOut
                ? DiagnosticText{"E0715", "memory is out while " + what, {}, {}, false, ""}
                : DiagnosticText{"", (phase.empty() ? "while " + what : "in phase " + phase) + ": " + ending.why, {}, {}, true, ""};
  }

  static bool runsHere(const std::string &cpu, DiagnosticText &error) {
    if (!Run::knowsCpu(cpu, error)) return false;
    std::vector<std::string> missing = cpu::Machine::missingHere(cpu);
    if (missing.empty()) return true;
    error = {"E0840", "code for `" + cpu + "` cannot run on this machine, a " + cpu::Machine::host().cpu, {}, {}, false, ""};
    error.notes.push_back("it may use " + llvm::join(missing, ", ") + ", which this machine has not");
    return false;
  }

  // Only the ops that stem from one source line: "m.flx:4".
  static bool printLine(ModuleOp module, StringRef at, std::string &out, DiagnosticText &error) {
    auto [file, number] = at.rsplit(':');
    unsigned line = 0;
    if (number.getAsInteger(10, line) || line == 0) {
      error = {"E0714", "`--at` takes FILE:LINE, not `" + at.str() + "`", {}, {}, false, ""};
      return false;
    }
    llvm::raw_string_ostream text(out);
    module.walk([&](Operation *op) {
      if (op->getNumRegions() > 0 && isa<func::FuncOp, ModuleOp>(op)) return;
      if (standsAt(op->getLoc(), file, line)) text << *op << "\n";
    });
    return true;
  }
};

} // namespace
} // namespace fluxion

extern "C" __attribute__((visibility("default"))) const char *fluxion_compiler_stamp() {
  return
#include "compiler/Driver/InterfaceStamp.inc"
      ;
}

extern "C" __attribute__((visibility("default"))) fluxion::CompilerPlugin *fluxion_compiler_plugin() {
  static fluxion::Compiler compiler;
  return &compiler;
}
