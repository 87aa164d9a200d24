// The completeness of the reference: every elementwise op of the dialect has a value here, over every number type, and
// every other op is known to the interpreter by name. A new op fails this test until it has.
#include "tests/compiler/Reference/Interpret.h"
#include <set>
using namespace fluxion;
using namespace fluxion::test;

namespace {

// Parses and evaluates the op on bare rank-0 tensors, with as many float, integer or i1 operands as it takes.
bool evaluates(const std::string &name) {
  std::string attributes = name == "polygamma" ? "order = 1 : i64" : "";
  for (int arity = 1; arity <= 3; ++arity)
    for (const char *operand : {"tensor<f64>", "tensor<i1>"})
      for (const char *result : {"tensor<f64>", "tensor<i1>"}) {
        std::vector<std::string> operands(arity, operand);
        if (arity == 3) operands[0] = "tensor<i1>";
        mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
        context.loadDialect<flx::FlxDialect, mlir::func::FuncDialect>();
        mlir::ScopedDiagnosticHandler quiet(&context, [](mlir::Diagnostic &) { return mlir::success(); });
        std::string parameters, names, types;
        for (int i = 0; i < arity; ++i) {
          std::string comma = i ? ", " : "";
          parameters += comma + "%x" + std::to_string(i) + ": " + operands[i];
          names += comma + "%x" + std::to_string(i), types += comma + operands[i];
        }
        auto module = mlir::parseSourceString<mlir::ModuleOp>(
            "func.func @f(" + parameters + ") -> " + result + " {\n%y = \"flx." + name + "\"(" + names + ") {" +
                attributes + "} : (" + types + ") -> " + result + "\nreturn %y : " + result + "\n}",
            &context);
        if (!module) continue; // not this signature
        HostTensors arguments;
        for (const std::string &type : operands)
          arguments.push_back(type == "tensor<f64>" ? scalar(0.5) : integers({}, {1}, Element::I1));
        auto value = reference::interpret(module->lookupSymbol<mlir::func::FuncOp>("f"), arguments);
        if (value) return true;
        llvm::consumeError(value.takeError());
      }
  return false;
}

TEST(EveryOp, ElementwiseHasAValue) {
  mlir::MLIRContext context;
  context.loadDialect<flx::FlxDialect>();
  int count = 0;
  for (mlir::RegisteredOperationName name : context.getRegisteredOperationsByDialect("flx")) {
    if (!name.hasTrait<flx::Elementwise>()) continue;
    ++count;
    EXPECT_TRUE(evaluates(name.stripDialect().str())) << name.getStringRef().str() << " has no reference semantics";
  }
  EXPECT_GT(count, 40);
}

TEST(EveryOp, OtherOpsAreKnown) {
  const std::set<std::string> interpreted = {
      "constant",       "iota",          "broadcast", "reshape",    "transpose",  "slice", "pad", "concat", "gather",
      "scatter_add",    "sum",           "prod",      "reduce_max", "reduce_min", "any",   "all", "argmax", "argmin",
      "random_uniform", "random_normal", "fold_in",   "einsum",     "contract",   "yield", "vjp", "jvp",
      "reverse",        "window",        "overlap_add", "cumsum",   "sort",       "scan",  "while", "if"};
  mlir::MLIRContext context;
  context.loadDialect<flx::FlxDialect>();
  for (mlir::RegisteredOperationName name : context.getRegisteredOperationsByDialect("flx"))
    if (!name.hasTrait<flx::Elementwise>())
      EXPECT_TRUE(interpreted.count(name.stripDialect().str())) << name.getStringRef().str() << " is not interpreted";
}

} // namespace
