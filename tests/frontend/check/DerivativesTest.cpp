// grad, value_and_grad, vjp, jvp, hvp: parameters, results, instances, nesting, closures, errors.
#include "Support.h"
#include <algorithm>

using namespace fluxion;
using namespace fluxion::test;

static const std::string loss = "fn loss(w: f32[D], b: f32, k: i32) -> f32 = dot(w, w) * b\n";

TEST(Derivatives, TakeAFunctionWithoutAName) {
  auto listing = [](const std::string &text) {
    auto checked = check(text);
    return render(checked->sink) + print(*checked->module);
  };
  std::string made = listing("fn g = grad(fn(x: f32[N], c: f32) = sum(x * c), wrt = c)");
  EXPECT_NE(made.find("fn g<N>(x: f32[N], c: f32)"), std::string::npos) << made;
  EXPECT_NE(made.find("vjp @lambda"), std::string::npos) << made;
  made = listing("struct P { w: f32[D] }\nconst k = 2\nfn g = hvp(fn(p: P, x: f32[D]) -> f32 = k * dot(p.w, x)^2)");
  EXPECT_NE(made.find("fn g<D>(p.w: f32[D], x: f32[D], v.w: f32[D])"), std::string::npos) << made;
  expectBody("fn twice = fn(x: f32[N]) = 2 * x", "twice", "%0 = constant() {value = 2} : f32[N]\n%1 = mul(%0, x) : f32[N]\nreturn %1\n");
  expectDiagnostic("fn g = grad(fn($x) = x * x)", "E0407", "the type of `x` is not known");
  expectDiagnostic("fn g = grad(fn(x: f32, $c) = x * c)", "E0407", "the type of `c` is not known");
  expectDiagnostic("fn g = grad(fn(x: $Mlp) = x)", "E0204");
  expectDiagnostic("fn g = $grad(fn(x: f32[N]) = x)", "E0410");
  expectDiagnostic("fn g = fn(x: f32[N]) = $nowhere(x)", "E0201");
  EXPECT_FALSE(check("fn g = fn(f: fn(f32) -> f32, x: f32) = f(x)\nfn h(x: f32) = g(exp, x)")->sink.hasErrors());
  EXPECT_EQ(check("fn g = fn(x: f32[..S]) = 2 * x")->module->find("g"), nullptr); // generic: no one shape to run with
}

TEST(Derivatives, ResultsHaveTheStructureOfWrt) {
  auto results = [](const std::string &text) {
    auto checked = check(text);
    const Function *g = checked->module->find("g");
    std::string paths;
    if (!g) return render(checked->sink);
    for (const Result &r : g->results)
      paths += (paths.empty() ? "" : " ") + (r.path.empty() ? "." : r.path) + ":" + g->typeOf(r.value).print();
    return paths;
  };
  EXPECT_EQ(results(loss + "fn g = grad(loss)"), ".:f32[D]");
  EXPECT_EQ(results(loss + "fn g = grad(loss, wrt = b)"), ".:f32");
  EXPECT_EQ(results(loss + "fn g = grad(loss, wrt = (w,))"), "0:f32[D]");
  EXPECT_EQ(results(loss + "fn g = value_and_grad(loss, wrt = (b, w))"), "0:f32 1.0:f32 1.1:f32[D]");
  EXPECT_EQ(results(loss + "fn g = hvp(loss, wrt = (w, b))"), "0.0:f32[D] 0.1:f32 1.0:f32[D] 1.1:f32");
  EXPECT_EQ(results(loss + "fn g = jvp(loss, wrt = w)"), "0:f32 1:f32");
  EXPECT_EQ(results(loss + "fn g = vjp(loss, wrt = w)"), "0:f32 1:f32[D]");
  const std::string s =
      "struct P { W: f32[2,2], n: i32, b: f32[2] }\nfn loss(p: P, x: f32[2]) -> f32 = dot(p.W @ x + p.b, x)\n";
  EXPECT_EQ(results(s + "fn g = grad(loss)"), "W:f32[2,2] n:i32 b:f32[2]");
  EXPECT_EQ(results(s + "fn g = grad(loss, wrt = (p.b, x))"), "0:f32[2] 1:f32[2]");
}

TEST(Derivatives, DirectionsAreParameters) {
  auto parameters = [](const std::string &text) {
    auto checked = check(text);
    const Function *g = checked->module->find("g");
    std::string paths;
    if (!g) return render(checked->sink);
    for (const Parameter &p : g->parameters) paths += (paths.empty() ? "" : " ") + p.path + ":" + p.type.print();
    return paths;
  };
  EXPECT_EQ(parameters(loss + "fn g = hvp(loss, wrt = w)"), "w:f32[D] b:f32 k:i32 v:f32[D]");
  EXPECT_EQ(parameters(loss + "fn g = hvp(loss, wrt = (w, b))"), "w:f32[D] b:f32 k:i32 v.0:f32[D] v.1:f32");
  EXPECT_EQ(parameters("fn f(v: f32) = v * v\nfn g = hvp(f)"), "v:f32 v1:f32");
  EXPECT_EQ(parameters("fn f(x: f32[N]) = (x, 2 * x)\nfn g = vjp(f)"), "x:f32[N] u.0:f32[N] u.1:f32[N]");
}

TEST(Derivatives, Nest) {
  auto checked = check("fn f(x: f32) -> f32 = x ^ 3\nfn g(x: f32) -> f32 = grad(grad(f))(x)\nfn h = hvp(f)\n");
  EXPECT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  size_t instances = size_t(std::count_if(checked->module->functions.begin(), checked->module->functions.end(),
                                          [](const Function &f) { return !f.isPublic; }));
  EXPECT_EQ(instances, 2u) << "f and its gradient, shared by g and h\n" << print(*checked->module);
  for (size_t i = 0; i < checked->module->functions.size(); ++i)
    for (const Node &node : checked->module->functions[i].nodes)
      for (uint32_t callee : node.callees) EXPECT_LT(callee, i) << "callees come first";
}

TEST(Derivatives, ApplyToValues) {
  expectBody(
      "fn f(x: f32, y: f32) -> f32 = x * y\nfn g(a: f32) { let (v, d) = value_and_grad(f, wrt = y)(a, 3)\n v + d }",
      "g",
      "%0 = constant() {value = 3} : f32\n%1 = constant() {value = 1} : f32\n"
      "%2, %3 = vjp @1(a, %0, %1) {wrt = [1]} : f32, f32\n%4 = add(%2, %3) : f32\nreturn %4\n");
  const std::string f = "fn f(x: f32, y: f32) -> f32 = x * y\n";
  auto checked = check(f + "fn g(a: f32) { let (d, h) = hvp(f)(a, a, 1)\n a - d / h }");
  EXPECT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
}

TEST(Derivatives, ClosuresReadWhatIsAround) {
  auto checked = check("fn q(x: f32[N], y: f32[N]) -> f32[N] = grad(fn(z: f32[N]) = dot(z, y))(x)\n");
  ASSERT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  const Function &instance = checked->module->functions[0];
  ASSERT_EQ(instance.parameters.size(), 2u);
  EXPECT_EQ(instance.parameters[1].path, "y");
  for (uint32_t i = 0; i < instance.parameters.size(); ++i) EXPECT_EQ(instance.nodes[i].op, Primitive::parameter);
  EXPECT_NE(checked->listing("q").find("(x, y, %0)"), std::string::npos) << checked->listing("q");
}

TEST(Derivatives, Errors) {
  expectDiagnostic("fn sq(x: f32[N]) = x * x\nfn g = $grad(sq)", "E0410", "mean(…)");
  expectDiagnostic("fn sq(x: i32) = x * x\nfn g = $grad(sq)", "E0409");
  expectDiagnostic(loss + "fn g = grad(loss, wrt = $ww)", "E0402", "did you mean `w`");
  expectDiagnostic(loss + "fn g = grad(loss, wrt = $k)", "E0409", "nothing of float type");
  expectDiagnostic(loss + "fn g = grad(loss, wrt = (w, $w))", "E0409", "twice");
  expectDiagnostic(loss + "fn g = grad(loss, wrt = $3)", "E0402");
  expectDiagnostic(loss + "fn g = grad(loss, wrt = w.$x)", "E0205");
  expectDiagnostic("fn g(x: f32) = grad($x)", "E0405");
  expectDiagnostic(loss + "fn g(w: f32[D]) = $hvp(loss)(w, 1, 2)", "E0403", "`v`");
  expectDiagnostic("fn two(x: f32) = (x, x)\nfn g = $grad(two)", "E0410");
  expectDiagnostic("fn g = $3", "E0405");
  expectDiagnostic("fn g = $g", "E0207");
}
