// Every derivative rule against dual numbers. Each differentiable op, and some that meet each other, is differentiated by the
// compiler forward, in reverse and twice; the expanded IR is then interpreted in double-double, so that rules and expansion are
// tested apart from lowering. An op with a rule but without a program here fails the test.
#include "compiler/Differentiate/Differentiate.h"
#include "compiler/Reference/Verify.h"
#include "tests/compiler/Reference/Interpret.h"
#include "tests/numeric/Derivatives.h"
#include <map>
using namespace fluxion;
using namespace fluxion::test;

namespace {

struct Case {
  const char *op;
  std::string body; // %x: tensor<2x3xf64>, %y: tensor<2x3xf64>, %i: tensor<2xi32>; ends in %r
  std::string type; // of %r
};

std::vector<Case> casesOfFamilies() {
  return {
      {"select", "%c = flx.lt %x, %y : tensor<2x3xf64>\n%l = flx.log %x : tensor<2x3xf64>\n"
                 "%r = flx.select %c, %l, %y : tensor<2x3xf64>", "2x3xf64"},
      {"convert", "%s = flx.convert %x : tensor<2x3xf64> to tensor<2x3xf32>\n"
                  "%r = flx.convert %s : tensor<2x3xf32> to tensor<2x3xf64>", "2x3xf64"},
      {"polygamma", "%r = flx.polygamma 1, %x : tensor<2x3xf64>", "2x3xf64"},
      {"broadcast", "%r = flx.broadcast %x dims [0, 2] : tensor<2x3xf64> -> tensor<2x4x3xf64>", "2x4x3xf64"},
      {"reshape", "%r = flx.reshape %x : tensor<2x3xf64> -> tensor<6xf64>", "6xf64"},
      {"transpose", "%r = flx.transpose %x [1, 0] : tensor<2x3xf64> -> tensor<3x2xf64>", "3x2xf64"},
      {"slice", "%r = flx.slice %x offsets [0, 0] strides [1, 2] : tensor<2x3xf64> -> tensor<2x2xf64>", "2x2xf64"},
      {"pad", "%r = flx.pad %x low [1, 0] high [0, 2] interior [1, 2] : tensor<2x3xf64> -> tensor<4x9xf64>", "4x9xf64"},
      {"concat", "%r = flx.concat %x, %y axis 1 : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x6xf64>", "2x6xf64"},
      {"gather", "%r = flx.gather %x, %i axis 1 : (tensor<2x3xf64>, tensor<2xi32>) -> tensor<2x2xf64>", "2x2xf64"},
      {"scatter_add", "%r = flx.scatter_add %x, %i axis 0 : (tensor<2x3xf64>, tensor<2xi32>) -> tensor<5x3xf64>", "5x3xf64"},
      {"reverse", "%r = flx.reverse %x axes [1] : tensor<2x3xf64>", "2x3xf64"},
      {"window", "%r = flx.window %x axis 1 size 2 stride 1 dilation 1 : tensor<2x3xf64> -> tensor<2x2x2xf64>", "2x2x2xf64"},
      {"overlap_add", "%r = flx.overlap_add %x axis 0 stride 1 dilation 2 : tensor<2x3xf64> -> tensor<6xf64>", "6xf64"},
      {"cumsum", "%r = flx.cumsum %x axis 1 reverse : tensor<2x3xf64>", "2x3xf64"},
      {"sort", "%s, %o = flx.sort %x axis 1 descending : tensor<2x3xf64> -> tensor<2x3xi32>\n"
               "%r = flx.mul %s, %y : tensor<2x3xf64>", "2x3xf64"},
      {"sum", "%r = flx.sum %x axes [0] : tensor<2x3xf64> -> tensor<3xf64>", "3xf64"},
      {"prod", "%r = flx.prod %x axes [1] : tensor<2x3xf64> -> tensor<2xf64>", "2xf64"},
      {"reduce_max", "%r = flx.reduce_max %x axes [1] : tensor<2x3xf64> -> tensor<2xf64>", "2xf64"},
      {"reduce_min", "%r = flx.reduce_min %x axes [0, 1] : tensor<2x3xf64> -> tensor<f64>", "f64"},
      {"einsum", "%r = flx.einsum \"ij,kj->ik\"(%x, %y) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x2xf64>", "2x2xf64"},
      {"einsum", "%m = flx.einsum \"ij,kj->ik\"(%x, %y) : (tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x2xf64>\n"
                 "%r = flx.einsum \"ii,ij,ij->ij\"(%m, %x, %x) : (tensor<2x2xf64>, tensor<2x3xf64>, tensor<2x3xf64>) -> tensor<2x3xf64>", "2x3xf64"},
      {"einsum", "%r = flx.einsum \"ij->iji\"(%x) : (tensor<2x3xf64>) -> tensor<2x3x2xf64>", "2x3x2xf64"},
      // Compositions: log-softmax with its maximum held constant, and a norm.
      {"stop_gradient", "%m = flx.reduce_max %x axes [1] : tensor<2x3xf64> -> tensor<2xf64>\n"
                        "%h = flx.stop_gradient %m : tensor<2xf64>\n"
                        "%b = flx.broadcast %h dims [0] : tensor<2xf64> -> tensor<2x3xf64>\n"
                        "%d = flx.sub %x, %b : tensor<2x3xf64>\n%e = flx.exp %d : tensor<2x3xf64>\n"
                        "%s = flx.sum %e axes [1] : tensor<2x3xf64> -> tensor<2xf64>\n%l = flx.log %s : tensor<2xf64>\n"
                        "%r = flx.add %l, %h : tensor<2xf64>", "2xf64"},
      {"sqrt", "%q = flx.mul %x, %x : tensor<2x3xf64>\n%s = flx.sum %q axes [0, 1] : tensor<2x3xf64> -> tensor<f64>\n"
               "%r = flx.sqrt %s : tensor<f64>", "f64"},
  };
}

std::vector<Case> allCases() {
  std::vector<Case> cases = casesOfFamilies();
#define FLX_UNARY(Class, name) cases.push_back({#name, "%r = flx." #name " %x : tensor<2x3xf64>", "2x3xf64"});
#define FLX_BINARY(Class, name) cases.push_back({#name, "%r = flx." #name " %x, %y : tensor<2x3xf64>", "2x3xf64"});
#include "dialects/OpLists.inc"
  return cases;
}

// f(x, y, i) = %r, and g(x, y, i) = Σ %r·%r, a scalar, for the Hessian.
std::string programOf(const Case &c) {
  std::string arguments = "(%x: tensor<2x3xf64>, %y: tensor<2x3xf64>, %i: tensor<2xi32>)", type = "tensor<" + c.type + ">";
  int rank = int(std::count(c.type.begin(), c.type.end(), 'x'));
  std::string axes;
  for (int axis = 0; axis < rank; ++axis) axes += (axis ? ", " : "") + std::to_string(axis);
  return "func.func @f" + arguments + " -> " + type + " {\n" + c.body + "\nreturn %r : " + type + "\n}\n" + "func.func @g" +
         arguments + " -> tensor<f64> {\n" + c.body + "\n%rr = flx.mul %r, %r : " + type + "\n%sum = flx.sum %rr axes [" + axes +
         "] : " + type + " -> tensor<f64>\nreturn %sum : tensor<f64>\n}\n";
}

void check(const Case &c, llvm::StringRef name) {
  Program primal(programOf(c)), expanded(programOf(c));
  mlir::func::FuncOp function = expanded.function(name);
  llvm::SmallVector<int64_t> wrt = {0, 1};
  std::vector<mlir::func::FuncOp> made = {makeJvp(function, wrt), makeVjp(function, wrt)};
  if (name == "g") made.push_back(makeHvp(function, wrt));
  ASSERT_TRUE(mlir::succeeded(differentiate(function->getParentOfType<mlir::ModuleOp>()))) << c.op << "\n" << c.body;
  auto call = [](mlir::func::FuncOp f) {
    return [=](llvm::ArrayRef<HostTensor> x) { return reference::interpret(f, x); };
  };
  reference::Compiled compiled;
  compiled.primal = call(function);
  std::string base = name.str();
  compiled.jvp = call(expanded.function(base + ".jvp")), compiled.vjp = call(expanded.function(base + ".vjp"));
  if (name == "g") compiled.hvp = call(expanded.function(base + ".hvp"));
  reference::VerifyOptions options;
  options.wrt = wrt;
  options.points = 6;
  auto report = reference::verify(primal.function(name), compiled, options);
  ASSERT_TRUE(bool(report)) << c.op << ": " << llvm::toString(report.takeError());
  EXPECT_TRUE(report->passed()) << c.op << "\n" << c.body << "\n" << report->table();
}

TEST(Derivatives, FirstOrder) {
  for (const Case &c : allCases()) check(c, "f");
}

TEST(Derivatives, SecondOrder) {
  for (const Case &c : allCases()) check(c, "g");
}

TEST(Derivatives, EveryRuleIsTested) {
  std::map<std::string, int> tested;
  for (const Case &c : allCases()) ++tested[c.op];
  mlir::MLIRContext context;
  context.loadDialect<flx::FlxDialect>();
  for (mlir::RegisteredOperationName name : context.getRegisteredOperationsByDialect("flx"))
    if (name.hasInterface<flx::Differentiable>())
      EXPECT_TRUE(tested.count(name.stripDialect().str())) << name.getStringRef().str() << " has a rule that no test differentiates";
}

} // namespace
