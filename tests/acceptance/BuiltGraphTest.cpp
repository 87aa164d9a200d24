// A model built in C++ is compiled and run: its graph, written as source, is a program of the session like any other.
#include "compiler/Driver/include/fluxion/session.h"
#include "frontend/Graph/GraphBuilder.h"
#include "frontend/Graph/WriteSource.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace fluxion;

namespace {

// loss(w) = mean(softplus(X·w) − y·X·w), and its value and gradient.
void build(Module &module, DiagnosticSink &sink) {
  Dim N = Dim::named("N"), D = Dim::named("D");
  GraphBuilder loss(module, "loss", sink);
  Value w = loss.parameter("w", f64({D})), X = loss.parameter("X", f64({N, D})), y = loss.parameter("y", f64({N}));
  Value z = loss.matmul(X, w);
  loss.result(loss.mean(loss.apply(Primitive::softplus_, {z}) - y * z));
  auto index = loss.finish();
  ASSERT_TRUE(index) << render(sink);
  GraphBuilder step(module, "step", sink);
  std::vector<Value> arguments = {step.parameter("w", f64({D})), step.parameter("X", f64({N, D})), step.parameter("y", f64({N}))};
  Value one = step.constant(Weak::rational(1), f64());
  std::vector<Value> both = step.vjp(*index, {0}, arguments, {one});
  ASSERT_EQ(both.size(), 2u) << render(sink);
  step.result(both[0], "0");
  step.result(both[1], "1");
  ASSERT_TRUE(step.finish()) << render(sink);
}

TEST(BuiltGraph, IsCompiledAndRun) {
  Module graph;
  DiagnosticSink sink;
  build(graph, sink);
  auto source = writeSource(graph, *graph.find("step"), sink);
  ASSERT_TRUE(source) << render(sink);
  auto module = api::Session().compileString(*source, "built.flx");
  ASSERT_TRUE(module) << module.error().render() << *source;

  std::vector<double> w = {0.5, -1}, X = {1, 2, 3, -1, 0, 0.5}, y = {1, 0, 1};
  auto called = module->function("step")->call({{"w", api::view(w)}, {"X", api::view(X, {3, 2})}, {"y", api::view(y)}});
  ASSERT_TRUE(called) << called.error().render();
  double value = 0, gradient[2] = {0, 0};
  for (size_t n = 0; n < 3; ++n) {
    double z = X[2 * n] * w[0] + X[2 * n + 1] * w[1], slope = 1 / (1 + std::exp(-z)) - y[n];
    value += (std::log1p(std::exp(z)) - y[n] * z) / 3;
    for (size_t d = 0; d < 2; ++d) gradient[d] += slope * X[2 * n + d] / 3;
  }
  EXPECT_NEAR(called->leaves.at(0).tensor.values<double>()[0], value, 1e-14);
  for (size_t d = 0; d < 2; ++d) EXPECT_NEAR(called->leaves.at(1).tensor.values<double>()[d], gradient[d], 1e-14);
}

} // namespace
