// Graphs written as source, and what the source compiles to: the same graph.
#include "Support.h"
#include "frontend/Graph/Primitive.h"
#include "frontend/Graph/WriteSource.h"
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace fluxion;
using namespace fluxion::test;

// Source of `function`, compiled, gives `function` again.
static void expectRoundTrip(const Module &module, const Function &function) {
  DiagnosticSink sink;
  auto text = writeSource(module, function, sink);
  ASSERT_TRUE(text) << render(sink) << print(function);
  auto again = check(*text);
  ASSERT_FALSE(again->sink.hasErrors()) << render(again->sink) << *text;
  std::string name = function.name;
  std::replace(name.begin(), name.end(), '.', '_');
  const Function *made = again->module->find(name);
  ASSERT_TRUE(made) << *text;
  Function left = withoutUnused(function), right = withoutUnused(*made);
  left.name = name;
  left.donated = right.donated; // nothing says that a training step works in place
  left.dimensions = right.dimensions;
  EXPECT_TRUE(structurallyEqual(module, left, *again->module, right))
      << *text << "\n" << print(left) << "\n" << print(right);
}

static void expectRoundTrips(const std::string &source) {
  auto checked = check(source);
  ASSERT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  for (const Function &function : checked->module->functions)
    if (function.isPublic) expectRoundTrip(*checked->module, function);
}

TEST(WriteSource, ReadsAsAPersonWouldWriteIt) {
  auto checked = check("fn f(w: f32[D], X: f32[N,D]) -> f32 = mean(softplus(X @ w)) + 0.5 * dot(w, w)");
  DiagnosticSink sink;
  EXPECT_EQ(writeSource(*checked->module, *checked->module->find("f"), sink).value_or(render(sink)),
            "fn f(w: f32[D], X: f32[N, D]) {\n"
            "  let v2 = einsum(\"nd,d->n\", X, w)\n"
            "  let v3 = softplus(v2)\n"
            "  let v4 = sum(v3, axis = 0)\n"
            "  let v5 = fill(f32, N)\n"
            "  let v6 = v4 / v5\n"
            "  let v7 = einsum(\"d,d->\", w, w)\n"
            "  let v8 = fill(f32, 0.5)\n"
            "  let v9 = v8 * v7\n"
            "  let v10 = v6 + v9\n"
            "  v10\n"
            "}\n");
}

TEST(WriteSource, KeepsEveryDigitOfANumber) {
  expectRoundTrips("fn a(x: f32) = x + 1.0000000596046447753906249999999999999999999999999\n"
                   "fn b(x: f64) = x * 1.2345678901234567890123456789012345678901234567890e-200\n"
                   "fn c(x: f64) = x * 9.8765432109876543210987654321098765432109876543210e+200 + 1/3\n");
}

// Written, read and written again a source stays as it is; names of functions are no names of values.
TEST(WriteSource, IsAFixpoint) {
  for (const char *source : {"fn v1(x: f64[N]) = sum(x * x)\n"
                             "fn d(x: f64[N]) {\n  let (a, b) = sort_with_indices(x)\n  (grad(v1)(a), b)\n}\n",
                             "fn l(w: f32[N]) = dot(w, w)^2\nfn d(x: f32[N], v: f32[N]) = hvp(l)(x, v)\n",
                             "fn d(x: f32[N]) = ()\n"}) {
    expectRoundTrips(source);
    std::string before = source;
    for (int round = 0; round < 3; ++round) {
      auto checked = check(before);
      ASSERT_FALSE(checked->sink.hasErrors()) << render(checked->sink) << before;
      DiagnosticSink sink;
      std::string after = writeSource(*checked->module, *checked->module->find("d"), sink).value_or(render(sink));
      if (round) EXPECT_EQ(after, before);
      before = after;
    }
  }
}

// What the expressions and extents of a body call, no parameter may hide.
TEST(WriteSource, GivesUpWhereAParameterHidesWhatANumberNeeds) {
  auto checked = check("const c = sqrt(2)\nfn f(sqrt: f64, x: f64) = x * c + sqrt\n");
  ASSERT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  DiagnosticSink sink;
  EXPECT_FALSE(writeSource(*checked->module, *checked->module->find("f"), sink));
  EXPECT_EQ(sink.all().at(0).number, "E0430");
}

TEST(WriteSource, NamesAnInstanceOfAGenericFunction) {
  auto checked = check("fn loss[T: float](x: T[N]) -> T = sum(x * x)\nfn two(x: f64[N]) = grad(loss)(x)\n");
  DiagnosticSink sink;
  std::string text = writeSource(*checked->module, *checked->module->find("two"), sink).value_or(render(sink));
  EXPECT_EQ(text.find("loss["), std::string::npos) << text;
  EXPECT_FALSE(check(text)->sink.hasErrors()) << text;
}

TEST(WriteSource, EveryKindOfNode) {
  expectRoundTrips(
      "fn elements(x: f32[N], c: bool[N], i: i32[N]) = (exp(-x), where(c, x, 2 * x ^ 2), i % 3, f64(i), not c, "
      "max(x, 0), polygamma(1, x), x < 1, c and x > 0.1, floordiv(i, 2), atan2(x, 1))\n"
      "fn shapes(x: f32[N,D], i: i32[K]) = (x.T, reshape(x, [D * N]), x[0:N, ::2], expand(x, axis = 1, size = 3), x[i], "
      "pad(x, low = [1, 0], high = [0, 2], interior = [0, 1]), concat([x, x], axis = 1), iota(N), one_hot(i, 4))\n"
      "fn along(x: f32[N,D], i: i32[K], u: f32[K,D]) = (reverse(x, axis = 0), cumsum(x, axis = 1, exclusive = true), sort(x), "
      "top_k(x, 2, axis = 1), window(x, axis = 0, size = 3, stride = 2), scatter_add(x, i, u), argmax(x), "
      "any(x > 0, axis = 0), prod(x), min(x, axis = 0))\n"
      "fn parts(z: c64[N], x: f64[dynamic N], y: f64) = (real(z), imag(z), abs(z), conj(z) * z, complex(x, y))\n"
      "fn draws(key: i64) = (random_uniform(fold_in(key, 1), f32[3]), random_normal(fold_in(key, 2), f64[2, 2]))\n");
}

TEST(WriteSource, StructuresAndTransformations) {
  expectRoundTrips("struct P { W: f32[D,H], b: f32[H] }\nstruct Net { layers: [2]P, scale: f32 }\n"
                   "fn loss(p: P, x: f32[N,D]) -> f32 = mean(tanh(x @ p.W + p.b))\n"
                   "fn step = value_and_grad(loss)\nfn curve = hvp(loss, wrt = (p.W, p.b))\n"
                   "fn twice(p: P, t: (f32, f32[D])) = (p, (t.1, p.b))\n"
                   "fn deep(n: Net) = n.layers[0].W * n.scale + n.layers[1].W\n"
                   "fn back(x: f32[N], u: f32[N]) = vjp(fn(a: f32[N]) = a * sum(a))(x, u)\n");
}

TEST(WriteSource, LoopsAndBranches) {
  expectRoundTrips(
      "fn rnn(W: f64[H,H], xs: f64[T,H], h0: f64[H]) { let (h, hs) = scan(x in xs, h = h0) { let n = tanh(W @ h + x)\n (n, n) }\n"
      "  (h, hs) }\n"
      "fn last(xs: f64[T,H], h0: f64[H]) = for(x in xs, h = h0) { h + x }\n"
      "fn pair(n: f64) { let (a, b) = for(i in 2:7, a = n, b = 0) { (b, a + f64(i)) }\n a - b }\n"
      "fn back(xs: f64[T]) { let (_, y) = scan(x in xs, s = 0, reverse = true) { let n = s + x\n (n, n) }\n y }\n"
      "fn root(a: f64) = while(x = a; abs(x * x - a) > 1e-12) { 0.5 * (x + a / x) }\n"
      "fn arm(c: bool, x: f64[N], y: f64[N]) = if c then (x, 1.0) else (y * 2, sum(x))\n"
      "fn nested(c: bool, x: f64[N], k: f64) = for(i in 0:3, h = x) { if c { for(j in 0:2, g = h) { g * k + f64(i) } } else { h } }\n");
}

TEST(WriteSource, BuiltInCpp) {
  Module module;
  DiagnosticSink sink;
  Dim N = Dim::named("N"), T = Dim::named("T");
  GraphBuilder b(module, "smooth", sink);
  Value xs = b.parameter("xs", f64({T, N})), rate = b.parameter("rate", f64());
  Value start = b.constant(Weak::rational(0), f64({N}));
  auto run = b.scan({start}, {xs}, T, [&](GraphBuilder &inner, std::vector<Value> in) {
    Value next = in[1] + inner.capture(rate, "rate") * (in[2] - in[1]);
    return std::vector<Value>{next, inner.reduceAll(Primitive::sum_, next)};
  });
  ASSERT_EQ(run.size(), 2u) << render(sink);
  auto norm = b.whileLoop({run[0]},
                          [&](GraphBuilder &inner, std::vector<Value> in) {
                            Value size = inner.reduceAll(Primitive::sum_, inner.apply(Primitive::abs_, {in[0]}));
                            Value one = inner.constant(Weak::rational(1), f64());
                            return std::vector<Value>{inner.apply(Primitive::gt_, {size, one})};
                          },
                          [&](GraphBuilder &, std::vector<Value> in) { return std::vector<Value>{in[0] * 0.5}; });
  Value big = b.apply(Primitive::gt_, {rate, b.constant(Weak::rational(1), f64())});
  auto chosen = b.conditional(big,
                              [&](GraphBuilder &inner, std::vector<Value>) { return std::vector<Value>{inner.capture(norm[0], "n")}; },
                              [&](GraphBuilder &inner, std::vector<Value>) { return std::vector<Value>{inner.capture(run[0], "r")}; });
  b.result(chosen[0], "0");
  b.result(run[1], "1");
  ASSERT_TRUE(b.finish()) << render(sink);
  expectRoundTrip(module, *module.find("smooth"));
}

TEST(WriteSource, SaysWhatItCannotWrite) {
  Module module;
  DiagnosticSink sink;
  GraphBuilder b(module, "f", sink);
  Value max = b.parameter("max", f32());
  b.result(b.apply(Primitive::max_, {max, max}));
  ASSERT_TRUE(b.finish());
  EXPECT_FALSE(writeSource(module, module.functions[0], sink));
  EXPECT_NE(render(sink).find("E0430"), std::string::npos) << render(sink);
  auto checked = check("fn f(x: f32) = ((), x)"); // the graph has the leaf `1` alone
  DiagnosticSink again;
  ASSERT_TRUE(checked->module->find("f"));
  EXPECT_FALSE(writeSource(*checked->module, *checked->module->find("f"), again));
  EXPECT_NE(render(again).find("E0430"), std::string::npos) << render(again);
}

// Every program of the examples.
TEST(WriteSource, Examples) {
  size_t programs = 0;
  for (const auto &entry : std::filesystem::recursive_directory_iterator(FLUXION_SOURCE "/examples")) {
    if (entry.path().extension() != ".flx") continue;
    SCOPED_TRACE(entry.path().string());
    DiagnosticSink sink;
    auto module = moduleFromFile(entry.path().string(), sink);
    ASSERT_FALSE(sink.hasErrors()) << render(sink);
    for (const Function &function : module->functions)
      if (function.isPublic) expectRoundTrip(*module, function);
    ++programs;
  }
  EXPECT_GE(programs, 30u);
}
