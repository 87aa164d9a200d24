// The function under test is compiled four times: itself, and behind flx.jvp, flx.vjp and (for a scalar result) jvp of vjp, so that
// the whole pipeline is what is checked. The reference sees only the primal.
#include "compiler/Pipeline/VerifyFunction.h"
#include "compiler/Import/Import.h"
#include "compiler/Pipeline/Capture.h"
#include "compiler/Pipeline/HostCall.h"
#include "compiler/Pipeline/Pipeline.h"
#include "compiler/Reference/Verify.h"
#include "compiler/Target/Cpu/Compile.h"
#include "dialects/Dialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"

using namespace mlir;

namespace fluxion {
using reference::HostTensor;
using reference::HostTensors;

namespace {

// Wraps `target` in a function called `name` that takes its arguments and `extra`, applies a transformation and returns
// the results from `first` on.
func::FuncOp wrapper(ModuleOp module, StringRef name, func::FuncOp target, ArrayRef<Type> extra,
                     llvm::function_ref<ValueRange(OpBuilder &, ValueRange)> build) {
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  SmallVector<Type> inputs(target.getArgumentTypes());
  inputs.append(extra.begin(), extra.end());
  auto function = func::FuncOp::create(builder, target.getLoc(), name, builder.getFunctionType(inputs, {}));
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToEnd(body);
  SmallVector<Value> results(build(builder, body->getArguments()));
  func::ReturnOp::create(builder, target.getLoc(), results);
  function.setType(builder.getFunctionType(inputs, ValueRange(results).getTypes()));
  return function;
}

class Verification {
public:
  Verification(CompilerPlugin &compiler, const CompileRequest &request)
      : compiler(compiler), request(request), capture(prepared(context), *request.module) {}

  bool run(const VerifyOptions &options, VerifyOutcome &outcome, DiagnosticText &error);

private:
  static MLIRContext &prepared(MLIRContext &context) {
    loadDialects(context);
    return context;
  }
  // Compiles the first function of a clone of the module to which `add` has added it; null on failure.
  std::shared_ptr<HostCall> compile(llvm::function_ref<func::FuncOp(ModuleOp, func::FuncOp)> add);
  std::shared_ptr<HostCall> compileDerivative(StringRef kind, ArrayRef<int64_t> wrt);

  CompilerPlugin &compiler;
  const CompileRequest &request;
  MLIRContext context{MLIRContext::Threading::DISABLED};
  Capture capture;
  OwningOpRef<ModuleOp> primal;
  DiagnosticText failure;
};

std::shared_ptr<HostCall> Verification::compile(llvm::function_ref<func::FuncOp(ModuleOp, func::FuncOp)> add) {
  OwningOpRef<ModuleOp> module = primal->clone();
  auto target = cast<func::FuncOp>(module->getBody()->front());
  func::FuncOp entry = add(*module, target);
  if (entry != target) target.setPrivate();
  for (unsigned i = 0; i < entry.getNumResults(); ++i) entry.removeResultAttr(i, StringAttr::get(&context, cpu::donatedName));
  auto callable = std::make_shared<HostCall>();
  for (Type type : entry.getResultTypes()) {
    llvm::Expected<HostTensor> zeros = reference::zerosOf(type);
    if (!zeros) return failure.message = llvm::toString(zeros.takeError()), nullptr;
    callable->results.push_back(std::move(*zeros));
  }
  for (const Phase &phase : phases())
    if (failed(phase.run(*module, request.options))) return failure = capture.take(phase.stage), nullptr;
  auto compiled = cpu::compileToObject(cast<func::FuncOp>(module->getBody()->front()), request.options);
  if (failed(compiled)) return failure = capture.take("code"), nullptr;
  callable->manifest = std::move(*compiled);
  LoadedCode code;
  if (!compiler.load(callable->manifest, code, failure)) return nullptr;
  callable->entry = code.entry, callable->handle = std::move(code.handle);
  return callable;
}

SmallVector<Type> typesOf(TypeRange types, ArrayRef<int64_t> wrt) {
  return llvm::map_to_vector(wrt, [&](int64_t i) { return types[i]; });
}

SmallVector<Type> floatTypes(TypeRange types) {
  SmallVector<Type> floats;
  llvm::copy_if(types, std::back_inserter(floats), [](Type type) { return flx::isFloat(type); });
  return floats;
}

// jvp: (x…, dx…) -> y…, dy…; vjp: (x…, ȳ…) -> y…, x̄…; hvp: (x…, v…) -> H·v…, as the tangent of the gradient.
std::shared_ptr<HostCall> Verification::compileDerivative(StringRef kind, ArrayRef<int64_t> wrt) {
  return compile([&](ModuleOp module, func::FuncOp target) {
    SmallVector<Type> floats = floatTypes(target.getResultTypes()), active = typesOf(target.getArgumentTypes(), wrt);
    SmallVector<Type> results(target.getResultTypes());
    auto vjp = [&](OpBuilder &b, ValueRange operands) -> ValueRange {
      SmallVector<Type> types = results;
      llvm::append_range(types, active);
      return flx::VjpOp::create(b, target.getLoc(), types, operands, target.getSymName(), wrt).getResults();
    };
    if (kind == "vjp") return wrapper(module, "verify.vjp", target, floats, vjp);
    if (kind == "jvp")
      return wrapper(module, "verify.jvp", target, active, [&](OpBuilder &b, ValueRange operands) -> ValueRange {
        SmallVector<Type> types = results;
        llvm::append_range(types, floats);
        return flx::JvpOp::create(b, target.getLoc(), types, operands, target.getSymName(), wrt).getResults();
      });
    func::FuncOp gradient = wrapper(module, "verify.gradient", target, {}, [&](OpBuilder &b, ValueRange arguments) {
      SmallVector<Value> operands(arguments);
      auto type = cast<RankedTensorType>(target.getResultTypes()[0]);
      operands.push_back(flx::ConstantOp::create(b, target.getLoc(), type, flx::splatAttribute(type, 1.0)));
      return vjp(b, operands).drop_front(results.size());
    });
    gradient.setPrivate();
    return wrapper(module, "verify.hvp", target, active, [&](OpBuilder &b, ValueRange operands) -> ValueRange {
      SmallVector<Type> types(active);
      llvm::append_range(types, active);
      auto jvp = flx::JvpOp::create(b, target.getLoc(), types, operands, "verify.gradient", wrt);
      return jvp.getResults().drop_front(active.size());
    });
  });
}

bool Verification::run(const VerifyOptions &options, VerifyOutcome &outcome, DiagnosticText &error) {
  const Function *function = request.module->find(request.function);
  if (!function) return error = {"E0701", "the module has no function `" + request.function + "`", {}, {}, false, ""}, false;
  auto imported = importFunction(context, *request.module, *function, request.dimensions);
  if (failed(imported)) return error = capture.take("import"), false;
  primal = std::move(*imported);
  auto entry = cast<func::FuncOp>(primal->getBody()->front());
  reference::VerifyOptions checks;
  checks.seed = options.seed;
  checks.points = options.points;
  for (auto [i, parameter] : llvm::enumerate(function->parameters))
    if (flx::isFloat(entry.getArgumentTypes()[i]) &&
        (options.differentiate.empty() || llvm::is_contained(options.differentiate, parameter.path)))
      checks.wrt.push_back(i);
  for (const Result &result : function->results) checks.resultNames.push_back(result.path.empty() ? "value" : result.path);

  reference::Compiled compiled;
  auto add = [&](reference::Compiled::Call &slot, std::shared_ptr<HostCall> callable) {
    if (callable) slot = [callable](ArrayRef<HostTensor> arguments) { return (*callable)(arguments); };
    return bool(callable);
  };
  bool ok = add(compiled.primal, compile([](ModuleOp, func::FuncOp target) { return target; }));
  // Where the compiler says that it has no derivative yet, values are checked, and the table says what was not.
  std::string missing;
  auto derivative = [&](reference::Compiled::Call &slot, StringRef kind) {
    if (!missing.empty() || add(slot, compileDerivative(kind, checks.wrt))) return true;
    if (failure.number == "E0822") missing = failure.message;
    return !missing.empty();
  };
  bool differentiable = !checks.wrt.empty() && !floatTypes(entry.getResultTypes()).empty();
  if (ok && differentiable)
    ok = derivative(compiled.jvp, "jvp") && derivative(compiled.vjp, "vjp");
  if (ok && differentiable && entry.getNumResults() == 1 && cast<RankedTensorType>(entry.getResultTypes()[0]).getRank() == 0)
    ok = derivative(compiled.hvp, "hvp");
  if (!ok) return error = failure, false;

  llvm::Expected<reference::Report> report = reference::verify(entry, compiled, checks);
  if (!report) return error = {"E0806", llvm::toString(report.takeError()), function->where, {}, false, ""}, false;
  outcome.report = report->table();
  if (!missing.empty()) {
    outcome.report += "derivatives not checked: " + missing + "\n";
    ++outcome.unchecked;
  }
  outcome.passed = report->passed();
  for (const reference::Check &check : report->checks) {
    if (!check.checked) {
      ++outcome.unchecked;
      continue;
    }
    ++outcome.checks, outcome.scaled += check.scaled;
    if (check.scaled) outcome.worstScaled = std::max(outcome.worstScaled, check.error / check.bound);
    else outcome.worst = std::max(outcome.worst, check.error);
  }
  return true;
}

} // namespace

bool verifyFunction(CompilerPlugin &compiler, const CompileRequest &request, const VerifyOptions &options,
                    VerifyOutcome &outcome, DiagnosticText &error) {
  return Verification(compiler, request).run(options, outcome, error);
}

} // namespace fluxion
