// What initializers promise of their draws: orthonormal columns or rows, the moments of the distributions they name, fans
// of kernels; and layers as structs, drawn and applied.
#include "compiler/Driver/include/fluxion/session.h"
#include <algorithm>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <map>

using namespace fluxion::api;

namespace {

std::map<std::string, std::vector<double>> draw(const std::string &fields, int64_t key) {
  auto module = Session().compileString("struct P { " + fields + " }\nfn draw(key: i64) -> P = init(P, key)\n", "m.flx");
  EXPECT_TRUE(module) << module.error().render();
  auto made = module->function("draw")->call({{"key", key}});
  EXPECT_TRUE(made) << made.error().render();
  std::map<std::string, std::vector<double>> all;
  for (const auto &leaf : made->leaves) {
    auto values = leaf.tensor.values<double>();
    all[leaf.path] = {values.begin(), values.end()};
  }
  return all;
}

double mean(const std::vector<double> &x, const std::function<double(double)> &f) {
  double sum = 0;
  for (double each : x) sum += f(each) / double(x.size());
  return sum;
}

// The largest entry of QᵀQ − gain²·I for columns, or of QQᵀ − gain²·I for rows.
double fault(const std::vector<double> &Q, size_t m, size_t n, double gain) {
  double worst = 0;
  size_t few = std::min(m, n), many = std::max(m, n);
  auto at = [&](size_t i, size_t k) { return n <= m ? Q[k * n + i] : Q[i * n + k]; };
  for (size_t i = 0; i < few; ++i)
    for (size_t j = 0; j < few; ++j) {
      double dot = i == j ? -gain * gain : 0;
      for (size_t k = 0; k < many; ++k) dot += at(i, k) * at(j, k);
      worst = std::max(worst, std::fabs(dot));
    }
  return worst;
}

TEST(Orthogonal, HasOrthonormalColumnsOrRows) {
  auto all = draw("tall: f64[40,17] ~ orthogonal, wide: f64[9,30] ~ orthogonal(gain = 3), square: f64[25,25] ~ orthogonal, "
                  "kernel: f64[3,2,5,12] ~ orthogonal, one: f64[7] ~ orthogonal",
                  5);
  EXPECT_LT(fault(all["tall"], 40, 17, 1), 1e-14);
  EXPECT_LT(fault(all["wide"], 9, 30, 3), 1e-13);
  EXPECT_LT(fault(all["square"], 25, 25, 1), 1e-14);
  EXPECT_LT(fault(all["kernel"], 30, 12, 1), 1e-14);
  EXPECT_LT(fault(all["one"], 1, 7, 1), 1e-14);
}

// Of an orthogonal matrix uniform by Haar's measure: E tr Q = 0 and E (tr Q)² = 1 (Diaconis, Evans 2001). Householder's Q
// without its signs mended has E tr Q far from 0, as every pivot of R is then negative.
TEST(Orthogonal, IsUniformAmongAll) {
  double sum = 0, squares = 0;
  const int count = 40;
  std::string fields;
  for (int i = 0; i < count; ++i) fields += "Q" + std::to_string(i) + ": f64[6,6] ~ orthogonal\n";
  int drawn = 0;
  for (int64_t key = 0; key < 10; ++key)
    for (auto &[path, Q] : draw(fields, key)) {
      double trace = 0;
      for (size_t i = 0; i < 6; ++i) trace += Q[7 * i];
      sum += trace, squares += trace * trace, ++drawn;
    }
  ASSERT_EQ(drawn, 10 * count);
  EXPECT_LT(std::fabs(sum / drawn), 4 / std::sqrt(drawn)) << "four deviations";
  EXPECT_NEAR(squares / drawn, 1, 4 * std::sqrt(2.0 / drawn));
}

TEST(TruncatedNormal, HasTheMomentsOfWhatIsLeft) {
  auto x = draw("W: f64[400,250] ~ truncated_normal(std = 0.5, mean = 3)", 11)["W"];
  const double phi = std::exp(-2.0) / std::sqrt(2 * M_PI), inside = std::erf(std::sqrt(2)); // density at ±2, mass within
  const double variance = 1 - 4 * phi / inside;                                             // of N(0, 1) on [−2, 2]
  EXPECT_LE(*std::max_element(x.begin(), x.end()), 4);
  EXPECT_GE(*std::min_element(x.begin(), x.end()), 2);
  EXPECT_NEAR(mean(x, [](double v) { return v; }), 3, 0.5 * 4 / std::sqrt(1e5));
  EXPECT_NEAR(mean(x, [](double v) { return (v - 3) * (v - 3) * 4; }), variance, 0.015);
  const double below = std::erf(1 / std::sqrt(2)) / inside; // within one deviation
  EXPECT_NEAR(mean(x, [](double v) { return std::fabs(v - 3) < 0.5; }), below, 4 * 0.5 / std::sqrt(1e5));
}

// The fan-in of a kernel [KH, KW, I, O] is KH·KW·I.
TEST(He, SeesWholeKernels) {
  auto all = draw("K: f64[3,5,16,64] ~ he_normal, D: f64[3,3,900] ~ he_normal, G: f64[3,5,16,64] ~ glorot_uniform", 2);
  auto square = [](double v) { return v * v; };
  EXPECT_NEAR(mean(all["K"], square) * 3 * 5 * 16 / 2, 1, 0.05);
  EXPECT_NEAR(mean(all["D"], square) * 9 / 2, 1, 0.07);
  EXPECT_NEAR(mean(all["G"], square) * 3 * 5 * (16 + 64) / 2, 1, 0.05);
}

// Wichura 1988, table of PPND16 at 0.25, 0.001 and 1e-20.
TEST(Quantile, OfTheNormalIsThePublishedOne) {
  auto module = Session().compileString("fn f(p: f64[N]) -> f64[N] = normal_quantile(p)\n"
                                        "fn g(x: f64[N]) -> f64[N] = erf(erfinv(x))\n", "m.flx");
  ASSERT_TRUE(module) << module.error().render();
  std::vector<double> p = {0.25, 0.001, 1e-20, 0, 1, -0.1}, x = {-0.999, -0.3, 1e-9, 0.5, 0.86, 0.99999};
  auto made = module->function("f")->call({{"p", view(p.data(), {6})}});
  ASSERT_TRUE(made) << made.error().render();
  auto q = made->single().values<double>();
  EXPECT_NEAR(q[0], -0.6744897501960817, 1e-15);
  EXPECT_NEAR(q[1], -3.090232306167814, 1e-14);
  EXPECT_NEAR(q[2], -9.262340089798408, 1e-14);
  EXPECT_EQ(q[3], -INFINITY);
  EXPECT_EQ(q[4], INFINITY);
  EXPECT_TRUE(std::isnan(q[5]));
  auto back = module->function("g")->call({{"x", view(x.data(), {6})}});
  ASSERT_TRUE(back) << back.error().render();
  for (size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(back->single().values<double>()[i] / x[i], 1, 1e-13) << x[i];
}

TEST(Layers, AreStructsOfParameters) {
  auto module = Session().compileString(R"(struct Net {
  first: Conv2d[3, 3, 2, 4], norm: LayerNorm[4], last: Linear[4, 3]
}
fn f(key: i64, x: f32[B,5,6,2]) -> f32[B,3] {
  let p = init(Net, key)
  let h = relu(apply_layer_norm(p.norm, apply_conv2d(p.first, x)))
  apply_linear(p.last, global_avg_pool2d(h))
}
fn loss(p: Net, x: f32[B,5,6,2], y: i32[B]) -> f32 =
  cross_entropy(apply_linear(p.last, global_avg_pool2d(apply_conv2d(p.first, x))), y)
fn step = value_and_grad(loss, wrt = p)
)", "m.flx");
  ASSERT_TRUE(module) << module.error().render();
  std::vector<float> x(2 * 5 * 6 * 2);
  for (size_t i = 0; i < x.size(); ++i) x[i] = std::sin(float(i));
  auto made = module->function("f")->call({{"key", int64_t(3)}, {"x", view(x.data(), {2, 5, 6, 2})}});
  ASSERT_TRUE(made) << made.error().render();
  for (float value : made->single().values<float>()) EXPECT_TRUE(std::isfinite(value));
}

} // namespace
