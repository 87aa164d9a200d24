// Building the wrappers, drawing arguments, comparing.
#include "tests/compiler/Differentiate/Check.h"
#include "compiler/Differentiate/Differentiate.h"
#include "dialects/Dialect.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace fluxion::reference;

namespace fluxion::test {

namespace {

bool isFloatType(const std::string &type) {
  return type.find("f32>") != std::string::npos || type.find("f64>") != std::string::npos;
}

// "%a: tensor<…>, …", "%a, …" and "tensor<…>, …" of a list of types.
struct List {
  std::string declared, names, types;
  void add(const std::string &name, const std::string &type) {
    const char *comma = types.empty() ? "" : ", ";
    declared += comma + name + ": " + type;
    names += comma + name;
    types += comma + type;
  }
};

HostTensors interpretG(mlir::ModuleOp module, llvm::ArrayRef<HostTensor> arguments) {
  auto result = interpret(module.lookupSymbol<mlir::func::FuncOp>("g"), arguments);
  if (result) return *result;
  ADD_FAILURE() << llvm::toString(result.takeError());
  return {};
}

struct Loaded {
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  mlir::OwningOpRef<mlir::ModuleOp> module;
  explicit Loaded(const std::string &text) {
    context.loadDialect<flx::FlxDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
  }
  bool differentiateAll(const std::string &text) {
    bool done = succeeded(differentiate(*module)) && succeeded(mlir::verify(*module));
    EXPECT_TRUE(done) << text;
    bool left = false;
    module->walk([&](mlir::Operation *op) { left |= mlir::isa<flx::VjpOp, flx::JvpOp>(op); });
    EXPECT_FALSE(left) << text;
    return done && !left;
  }
};

std::string print(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream(text) << module;
  return text;
}

void expectClose(const HostTensor &expected, const HostTensor &found, double tolerance, const std::string &what) {
  ASSERT_EQ(expected.shape, found.shape) << what;
  double scale = 1e-3;
  for (double x : expected.reals)
    if (std::isfinite(x)) scale = std::max(scale, std::fabs(x));
  for (size_t i = 0; i < expected.reals.size(); ++i) {
    double a = expected.reals[i], b = found.reals[i];
    if ((std::isnan(a) && std::isnan(b)) || a == b) continue;
    ASSERT_LE(std::fabs(a - b), tolerance * scale)
        << what << ", element " << i << ": expected " << a << ", found " << b;
  }
  ASSERT_EQ(expected.integers, found.integers) << what;
}

} // namespace

HostTensors runDifferentiated(const std::string &text, llvm::ArrayRef<HostTensor> arguments) {
  Loaded program(text);
  if (!program.module || !program.differentiateAll(text)) return {};
  return interpretG(*program.module, arguments);
}

void checkModule(const std::string &text, llvm::ArrayRef<HostTensor> arguments, double tolerance) {
  Loaded before(text), after(text);
  if (!before.module || !after.differentiateAll(text)) return;
  HostTensors expected = interpretG(*before.module, arguments), found = interpretG(*after.module, arguments);
  ASSERT_EQ(expected.size(), found.size());
  for (size_t i = 0; i < expected.size(); ++i)
    expectClose(expected[i], found[i], tolerance,
                "result " + std::to_string(i) + " of\n" + text + "\nwhich became\n" + print(*after.module));
}

static HostTensors draw(const std::vector<std::string> &types, const Case &c) {
  std::mt19937_64 random(42);
  std::uniform_real_distribution<double> reals(c.low, c.high);
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  HostTensors tensors;
  for (const std::string &type : types) {
    tensors.push_back(llvm::cantFail(zerosOf(mlir::parseType(type, &context))));
    for (double &x : tensors.back().reals) x = reals(random);
    for (int64_t &x : tensors.back().integers) x = int64_t(random() % 2);
  }
  return tensors;
}

void checkDerivatives(const Case &c) {
  SCOPED_TRACE(c.name);
  List primal, cotangent, tangent;
  std::string wrt;
  std::vector<std::string> floats;
  for (size_t i = 0; i < c.parameters.size(); ++i) {
    std::string letter(1, char('a' + i));
    primal.add("%" + letter, c.parameters[i]);
    if (!isFloatType(c.parameters[i])) continue;
    wrt += (wrt.empty() ? "" : ", ") + std::to_string(i);
    tangent.add("%d" + letter, c.parameters[i]);
    floats.push_back(c.parameters[i]);
  }
  cotangent.add("%ct", c.result);
  std::string f = "func.func private @f(" + primal.declared + ") -> " + c.result + " {\n" + c.body +
                  "\nreturn %y : " + c.result + "\n}\n";
  auto wrap = [&](const std::string &name, const std::string &op, const std::string &callee, const List &extra,
                  const List &given, const std::string &results, size_t count) {
    std::string values;
    for (size_t i = 0; i < count; ++i) values += (i ? ", %r#" : "%r#") + std::to_string(i);
    std::string comma = extra.types.empty() ? "" : ", ", out = count == 1 ? results : "(" + results + ")";
    return "func.func @" + name + "(" + given.declared + comma + extra.declared + ") -> " + out +
           " {\n%r:" + std::to_string(count) + " = flx." + op + " @" + callee + " wrt [" + wrt + "](" + given.names +
           comma + extra.names + ") : (" + given.types + comma + extra.types + ") -> " + out + "\nreturn " + values +
           " : " + results + "\n}\n";
  };
  std::string gradients = c.result + ", " + tangent.types;
  size_t count = 1 + floats.size();
  auto arguments = [&](std::vector<std::string> extra) {
    std::vector<std::string> types = c.parameters;
    types.insert(types.end(), extra.begin(), extra.end());
    return draw(types, c);
  };
  checkModule(f + wrap("g", "vjp", "f", cotangent, primal, gradients, count), arguments({c.result}));
  checkModule(f + wrap("g", "jvp", "f", tangent, primal, c.result + ", " + c.result, 2), arguments(floats));

  List withCotangent = primal;
  withCotangent.add("%ct", c.result);
  std::vector<std::string> extra{c.result};
  extra.insert(extra.end(), floats.begin(), floats.end());
  checkModule(f + wrap("v", "vjp", "f", cotangent, primal, gradients, count) +
                  wrap("g", "jvp", "v", tangent, withCotangent, gradients + ", " + gradients, 2 * count),
              arguments(extra), 1e-9);
}

} // namespace fluxion::test
