#include "tests/campaign/Judge.h"
#include "compiler/Import/Import.h"
#include "compiler/Pipeline/Capture.h"
#include "compiler/Pipeline/HostCall.h"
#include "compiler/Pipeline/Pipeline.h"
#include "compiler/Target/Cpu/Compile.h"
#include "compiler/Target/Cpu/Jit.h"
#include "mlir/IR/MLIRContext.h"
#include "tests/campaign/Inputs.h"
#include "llvm/Support/FormatVariadic.h"
#include <cfloat>

using namespace mlir;

namespace fluxion::campaign {
using reference::HostTensor, reference::HostTensors;

namespace {

// One program on its way to code.
class Case {
public:
  Case(const Drawn &drawn, size_t result) : drawn(drawn) {
    graph = moduleFromSource("f.flx", drawn.text(result), sink);
    if (!sink.hasErrors()) function = graph->find(drawn.wrt.empty() ? "f" : "g");
  }
  Judgement judge(uint64_t seed);

private:
  llvm::Expected<HostCall> compile(bool simplified);
  bool evaluate(ArrayRef<HostTensor> arguments, uint64_t samples);
  std::string compare(const HostTensor &got, const char *how) const;

  const Drawn &drawn;
  DiagnosticSink sink;
  std::unique_ptr<Module> graph;
  const Function *function = nullptr;
  MLIRContext context{MLIRContext::Threading::DISABLED};
  OwningOpRef<ModuleOp> primal;
  std::vector<HostTensor> truths; // of the one result
  std::string refusal;
};

llvm::Expected<HostCall> Case::compile(bool simplified) {
  OwningOpRef<ModuleOp> module = primal->clone();
  Capture capture(context, *graph);
  auto failed = [&](const char *stage) {
    DiagnosticText text = capture.take(stage);
    return llvm::createStringError((text.internal ? "internal error: " : text.number + ": ") + text.message);
  };
  HostCall call;
  for (Type type : cast<func::FuncOp>(module->getBody()->front()).getResultTypes()) {
    llvm::Expected<HostTensor> zeros = reference::zerosOf(type);
    if (!zeros) return zeros.takeError();
    call.results.push_back(std::move(*zeros));
  }
  CompileOptions options;
  options.simplify = simplified;
  if (!simplified) options.optimizationLevel = 0; // another way through the code generator, and a quicker one
  for (const Phase &phase : phases())
    if (mlir::failed(phase.run(*module, options))) return failed(phase.stage);
  auto object = cpu::compileToObject(cast<func::FuncOp>(module->getBody()->front()), options);
  if (mlir::failed(object)) return failed("code");
  call.manifest = std::move(*object);
  std::string why;
  std::shared_ptr<cpu::LoadedCode> code = cpu::load(call.manifest.object, call.manifest.entry, flx_runtime_symbols(), why);
  if (!code) return llvm::createStringError("internal error: " + why);
  call.entry = code->entry, call.handle = code;
  return call;
}

// False, with `refusal` set: the interpreter refuses (an index out of range, too much work).
bool Case::evaluate(ArrayRef<HostTensor> arguments, uint64_t samples) {
  truths.clear();
  auto entry = cast<func::FuncOp>(primal->getBody()->front());
  bool f32 = false;
  primal->walk([&](Operation *op) {
    for (Type type : op->getResultTypes()) f32 |= getElementTypeOrSelf(type).isF32();
  });
  reference::Options options;
  options.budget = uint64_t(1) << 22;
  auto ask = [&](reference::Precision precision, bool round, double jitter, uint64_t seed) {
    options.precision = precision, options.roundF32 = round && f32, options.jitter = jitter, options.jitterSeed = seed;
    llvm::Expected<HostTensors> values = reference::interpret(entry, arguments, options);
    if (!values) return refusal = llvm::toString(values.takeError()), false;
    truths.push_back(std::move((*values)[0]));
    return true;
  };
  double roundoff = f32 ? 0x1p-24 : 0x1p-53;
  using enum reference::Precision;
  bool ok = ask(F64, true, 0, 0);
  for (uint64_t i = 1; ok && i <= samples; ++i) ok = ask(F64, true, roundoff, i);
  if (ok && f32) ok = ask(F64, false, 0, 0); // where f32 overflows on its way, the order of a sum decides
  if (ok && ask(DoubleDouble, false, 0, 0))
    for (double &v : truths.back().reals) // beyond the numbers of the type there is nothing to learn from it
      if (!std::isfinite(v)) v = std::numeric_limits<double>::quiet_NaN();
  return ok && refusal.empty();
}

enum class Kind { None, Minus, Finite, Plus };

Kind kindOf(double v, bool f32) {
  if (f32) v = double(float(v));
  return std::isnan(v) ? Kind::None : std::isfinite(v) ? Kind::Finite : v > 0 ? Kind::Plus : Kind::Minus;
}

// The first element of `got` that is not what all evaluations make of it.
std::string Case::compare(const HostTensor &got, const char *how) const {
  const HostTensor &plain = truths[0], &exact = truths.back();
  auto differs = [&](int64_t i, double g, double w, double bound) {
    return llvm::formatv("{0}: element {1} of {2} is {3}, not {4} (allowed: {5})", how, i, got.size(), llvm::formatv("{0:e9}", g),
                         llvm::formatv("{0:e9}", w), bound)
        .str();
  };
  for (int64_t i = 0; i < int64_t(got.integers.size()); ++i) {
    bool sure = llvm::all_of(truths, [&](const HostTensor &t) { return t.integers[i] == plain.integers[i]; });
    if (sure && got.integers[i] != plain.integers[i]) return differs(i, double(got.integers[i]), double(plain.integers[i]), 0);
  }
  bool f32 = got.element == reference::Element::F32;
  double unit = f32 ? 0x1p-24 : 0x1p-53, least = f32 ? 0x1p-149 : 0x1p-1074;
  if (!drawn.elementwise) least *= 0x1p30; // what underflows on the way is a matter of order, too
  for (int64_t i = 0; i < int64_t(got.reals.size()); ++i) {
    double g = got.reals[i], w = plain.reals[i];
    Kind want = kindOf(w, f32);
    bool sure = true;
    double spread = 0;
    for (const HostTensor &t : truths) {
      bool isExact = &t == &exact;
      Kind kind = kindOf(t.reals[i], f32);
      if (isExact && kind != Kind::Finite) continue;
      sure &= kind == want && (drawn.elementwise || !f32 || std::fabs(t.reals[i]) <= FLT_MAX || std::isinf(t.reals[i]));
      if (kind == Kind::Finite) spread = std::max(spread, std::fabs(t.reals[i] - w));
    }
    // What an overflow on the way leaves is a matter of order, too. In f32 the evaluation without rounding has seen it.
    bool mayOverflow = !drawn.elementwise && (want == Kind::Finite ? std::fabs(w) > (f32 ? 0x1p120 : 0x1p1016) : !f32);
    if (!sure || (mayOverflow && want != Kind::Finite)) continue;
    if (kindOf(g, f32) != want && !mayOverflow) return differs(i, g, w, 0);
    if (!std::isfinite(g)) continue;
    if (want != Kind::Finite) continue;
    double bound = 24 * spread + 24 * unit * std::fabs(w) + 4 * least;
    if (!(std::fabs(g - w) <= bound)) return differs(i, g, w, bound);
    if (drawn.elementwise && g == 0 && w == 0 && std::signbit(g) != std::signbit(w) && spread == 0) return differs(i, g, w, 0);
  }
  return "";
}

std::vector<HostTensor> inputsOf(const Drawn &drawn, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<HostTensor> arguments;
  for (const Variable &p : drawn.parameters) arguments.push_back(inputFor(p, random));
  return arguments;
}

Judgement Case::judge(uint64_t seed) {
  if (!function) return {Verdict::NotRun, "refused: " + render(sink)};
  loadDialects(context);
  context.printOpOnDiagnostic(false);
  {
    Capture capture(context, *graph);
    auto imported = importFunction(context, *graph, *function, {});
    if (failed(imported)) return {Verdict::NotRun, "refused: " + capture.take("import").message};
    primal = std::move(*imported);
  }
  std::vector<HostTensor> arguments = inputsOf(drawn, seed);
  if (!evaluate(arguments, 5)) return {Verdict::NotRun, refusal};
  std::optional<bool> faulty; // an index is out of range; both ways of compiling say so, and go on with the nearest one
  for (bool simplified : {true, false}) {
    const char *how = simplified ? "simplified" : "as written";
    bool fault = false;
    llvm::Expected<HostCall> call = compile(simplified);
    if (!call) {
      std::string why = llvm::toString(call.takeError());
      return {StringRef(why).starts_with("E0822") ? Verdict::NotRun : Verdict::Differs, std::string(how) + ": " + why};
    }
    llvm::Expected<HostTensors> got = (*call)(arguments, &fault);
    if (!got) return {Verdict::NotRun, llvm::toString(got.takeError())};
    if (faulty.value_or(fault) != fault)
      return {Verdict::Differs, std::string(how) + (fault ? ": a fault is reported" : ": no fault is reported")};
    faulty = fault;
    if (compare((*got)[0], how).empty()) continue;
    evaluate(arguments, 80); // a few samples may have missed how far roundings reach
    if (std::string why = compare((*got)[0], how); !why.empty()) return {Verdict::Differs, why};
  }
  return {Verdict::Agrees, ""};
}

} // namespace

Judgement judge(const Drawn &drawn, size_t result, uint64_t seed) { return Case(drawn, result).judge(seed); }

std::string showInputs(const Drawn &drawn, uint64_t seed) {
  std::string text;
  std::vector<HostTensor> arguments = inputsOf(drawn, seed);
  for (auto [p, tensor] : llvm::zip(drawn.parameters, arguments)) {
    text += "  " + p.name + ": " + p.type() + " =";
    for (int64_t i = 0; i < std::min<int64_t>(tensor.size(), 12); ++i)
      text += tensor.isFloat() ? llvm::formatv(" {0:e9}", tensor.reals[i]).str() : " " + std::to_string(tensor.integers[i]);
    text += tensor.size() > 12 ? " …\n" : "\n";
  }
  return text;
}

} // namespace fluxion::campaign
