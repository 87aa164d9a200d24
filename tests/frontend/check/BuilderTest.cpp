// The C++ builder: the same graph as from source, and faults as diagnostics.
#include "Support.h"
#include "frontend/Graph/Primitive.h"

using namespace fluxion;
using namespace fluxion::test;

static const char *logreg = R"(
fn loss(w: f32[D], b: f32, X: f32[N,D], y: f32[N], lam: f32) -> f32 {
  let z = X @ w + b
  mean(softplus(z) - y * z) + 0.5 * lam * dot(w, w)
}
fn step = value_and_grad(loss, wrt = (w, b))
)";

static uint32_t buildLoss(Module &module, DiagnosticSink &sink, const std::string &name, bool isPublic) {
  Dim N = Dim::named("N"), D = Dim::named("D");
  GraphBuilder b(module, name, sink);
  Value w = b.parameter("w", f32({D})), bias = b.parameter("b", f32()), X = b.parameter("X", f32({N, D}));
  Value y = b.parameter("y", f32({N})), lam = b.parameter("lam", f32());
  Value z = b.einsum("nd,d->n", {X, w}) + bias;
  Value data = b.mean(b.apply(Primitive::softplus_, {z}) - y * z);
  b.result(data + 0.5 * lam * b.dot(w, w));
  b.function().isPublic = isPublic;
  return *b.finish();
}

TEST(Builder, MakesTheGraphThatTheSourceMakes) {
  auto checked = check(logreg);
  ASSERT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  Module module;
  DiagnosticSink sink;
  buildLoss(module, sink, "loss", true);
  uint32_t instance = buildLoss(module, sink, "loss.1", false);

  GraphBuilder b(module, "step", sink);
  std::vector<Value> arguments;
  for (const Parameter &parameter : std::vector<Parameter>(module.functions[0].parameters))
    arguments.push_back(b.parameter(parameter.path, parameter.type));
  Value one = b.constant(Weak::rational(1), f32());
  std::vector<Value> outputs = b.vjp(instance, {0, 1}, arguments, {one});
  b.result(outputs[0], "0");
  b.result(outputs[1], "1.0");
  b.result(outputs[2], "1.1");
  ASSERT_TRUE(b.finish());

  EXPECT_FALSE(sink.hasErrors()) << render(sink);
  EXPECT_EQ(print(module), print(*checked->module));
  ASSERT_EQ(module.functions.size(), checked->module->functions.size());
  for (size_t i = 0; i < module.functions.size(); ++i)
    EXPECT_TRUE(structurallyEqual(module.functions[i], checked->module->functions[i])) << i;
}

TEST(Builder, LettersOfEinsumDoNotMatterToEquality) {
  auto build = [](const char *equation) {
    Module module;
    DiagnosticSink sink;
    GraphBuilder b(module, "f", sink);
    Dim N = Dim::named("N");
    Value a = b.parameter("a", f32({N, N}));
    b.result(b.einsum(equation, {a, a}));
    b.finish();
    return module.functions[0];
  };
  EXPECT_TRUE(structurallyEqual(build("ij,jk->ik"), build("xy,yz->xz")));
  EXPECT_FALSE(structurallyEqual(build("ij,jk->ik"), build("ij,jk->ki")));
}

// Every fault is one numbered diagnostic, and what follows from it is silent.
static std::string faultOf(const std::function<void(GraphBuilder &, Value, Value)> &body) {
  Module module;
  DiagnosticSink sink;
  GraphBuilder b(module, "f", sink);
  Dim N = Dim::named("N"), D = Dim::named("D");
  Value x = b.parameter("x", f32({N, D})), n = b.parameter("n", i32({N}));
  body(b, x, n);
  EXPECT_FALSE(b.finish());
  EXPECT_TRUE(module.functions.empty());
  EXPECT_EQ(sink.errorCount(), 1u) << render(sink);
  return sink.all().empty() ? "" : sink.all()[0].number;
}

TEST(Builder, FaultsAreDiagnostics) {
  Dim N = Dim::named("N"), D = Dim::named("D");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value n) { b.result(x + n); }), "E0302");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) { b.result(b.mean(x, {1}) + x); }), "E0301");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) { b.result(b.matmul(x, x) * 2.0); }), "E0303");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) { b.result(b.einsum("nd,dk->nk", {x})); }), "E0306");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) { b.result(b.einsum("n?->n", {x})); }), "E0306");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) { b.result(b.einsum("nn->n", {x})); }), "E0306");
  EXPECT_EQ(faultOf([](auto &b, Value, Value n) { b.result(b.apply(Primitive::exp_, {n})); }), "E0309");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) { b.result(b.reduce(Primitive::sum_, x, {2})); }), "E0304");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) { b.result(b.reduce(Primitive::sum_, x, {0, 0})); }), "E0304");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) { b.result(b.transpose(x, {0})); }), "E0305");
  EXPECT_EQ(faultOf([&](auto &b, Value x, Value) { b.result(b.reshape(x, {N})); }), "E0305");
  EXPECT_EQ(faultOf([&](auto &b, Value x, Value) { b.result(b.broadcast(x, {1, 0}, {N, D})); }), "E0305");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) {
              b.result(b.slice(x, {Dim(3), Dim(0)}, {Dim(1), Dim(0)}, {1, 1}));
            }),
            "E0311");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) { b.result(b.gather(x, x, 0)); }), "E0309");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) { b.result(b.concat({x, b.mean(x, {1})}, 0)); }), "E0301");
  EXPECT_EQ(faultOf([](auto &b, Value, Value n) { b.result(n + 0.5); }), "E0316");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) { b.result(b.randomNormal(x, f32())); }), "E0404");
  EXPECT_EQ(faultOf([](auto &b, Value, Value) { b.parameter("x", f32()); }), "E0202");
  EXPECT_EQ(faultOf([](auto &b, Value, Value n) { b.apply(Primitive::exp_, {b.convert(n, ElementType::C64)}); }), "E0312");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) { b.result(x * 1e300); }), "E0316");
  EXPECT_EQ(faultOf([](auto &b, Value x, Value) { b.result(b.apply(Primitive::select_, {x, x, x})); }), "E0308");
}

TEST(Builder, ValuesOfOtherFunctionsAreRefused) {
  Module module;
  DiagnosticSink sink;
  GraphBuilder one(module, "one", sink), two(module, "two", sink);
  Value x = one.parameter("x", f32());
  two.result(two.apply(Primitive::exp_, {x}));
  EXPECT_FALSE(two.finish());
  EXPECT_EQ(sink.errorCount(), 1u);
}
