// Draws follow the distributions they name: Kolmogorov's distance to the exact distribution function, Pearson's χ² for what
// is counted. Keys are fixed, so a test passes always or never; the bounds are those one draw in ten thousand exceeds.
#include "compiler/Driver/include/fluxion/session.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <numeric>

using namespace fluxion::api;

namespace {

template <class T> std::vector<T> valuesOf(const std::string &body, const std::string &type, int64_t key) {
  auto module = Session().compileString("fn draw(key: i64) -> " + type + " = " + body + "\n", "m.flx");
  EXPECT_TRUE(module) << module.error().render();
  auto made = module->function("draw")->call({{"key", key}});
  EXPECT_TRUE(made) << made.error().render();
  auto values = made->leaves.at(0).tensor.values<T>();
  return {values.begin(), values.end()};
}

// √n · sup |F_n − F|, which is above 2.23 once in ten thousand (Kolmogorov 1933).
template <class T> double distance(std::vector<T> x, const std::function<double(double)> &F) {
  std::sort(x.begin(), x.end());
  double worst = 0, n = double(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    double f = F(double(x[i]));
    worst = std::max({worst, std::fabs(f - double(i) / n), std::fabs(f - double(i + 1) / n)});
  }
  return worst * std::sqrt(n);
}

double chiSquared(const std::vector<double> &counts, const std::vector<double> &expected) {
  double sum = 0;
  for (size_t i = 0; i < counts.size(); ++i) sum += (counts[i] - expected[i]) * (counts[i] - expected[i]) / expected[i];
  return sum;
}

constexpr double kolmogorov = 2.23;

double uniform(double x) { return std::clamp(x, 0.0, 1.0); }
double normal(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }
double exponential(double x) { return x < 0 ? 0 : -std::expm1(-x); }
double gumbel(double x) { return std::exp(-std::exp(-x)); }
double laplace(double x) { return x < 0 ? 0.5 * std::exp(x) : 1 - 0.5 * std::exp(-x); }

TEST(Draws, FollowTheirDistributionFunctions) {
  struct Case { const char *body; double (*F)(double); };
  for (const Case &c : {Case{"random_uniform(key, f64[50000])", uniform}, Case{"random_normal(key, f64[50000])", normal},
                        Case{"exponential_like(fill(f64[50000], 0), key)", exponential},
                        Case{"gumbel_like(fill(f64[50000], 0), key)", gumbel},
                        Case{"laplace_like(fill(f64[50000], 0), key)", laplace}}) {
    for (int64_t key : {1, 2, 3}) EXPECT_LT(distance(valuesOf<double>(c.body, "f64[50000]", key), c.F), kolmogorov) << c.body;
    std::string single = c.body;
    single.replace(single.find("f64"), 3, "f32");
    EXPECT_LT(distance(valuesOf<float>(single, "f32[50000]", 4), c.F), kolmogorov) << single;
  }
  // What tells a distribution from a near one: at this size the test would see it.
  EXPECT_GT(distance(valuesOf<double>("1.02 * random_normal(key, f64[50000])", "f64[50000]", 1), normal), 0.9);
  EXPECT_GT(distance(valuesOf<double>("0.02 + random_normal(key, f64[50000])", "f64[50000]", 1), normal), kolmogorov / 2);
}

// How many of n draws lie beyond the quantiles of 10⁻³ … 10⁻⁹ on either side, against n times that: Poisson's numbers. In
// f32, whose steps near 1 are 6·10⁻⁸. FLUXION_DRAWS: how many millions of draws of each (by default 8).
TEST(Draws, ReachTheirTails) {
  struct Case { const char *body; std::function<double(double)> below, above; }; // quantiles
  const auto logOdds = [](double p) { return -std::log1p(-p); };                 // exponential, from below
  const std::vector<Case> cases = {
      {"gumbel_like(x, key)", [](double p) { return -std::log(-std::log(p)); }, [&](double p) { return -std::log(logOdds(p)); }},
      {"exponential_like(x, key)", logOdds, [](double p) { return -std::log(p); }},
      {"laplace_like(x, key)", [](double p) { return std::log(2 * p); }, [](double p) { return -std::log(2 * p); }},
      {"random_uniform(key, f32[N])", [](double p) { return p; }, [](double p) { return 1 - p; }}};
  constexpr int64_t size = 1 << 20;
  const char *given = getenv("FLUXION_DRAWS");
  const int64_t millions = given ? atoll(given) : 8;
  std::string source;
  for (size_t i = 0; i < cases.size(); ++i)
    source += "fn draw" + std::to_string(i) + "(key: i64, x: f32[N]) -> f32[N] = " + cases[i].body + "\n";
  auto module = Session().compileString(source, "m.flx");
  ASSERT_TRUE(module) << module.error().render();
  const std::vector<float> zeros(size);
  const std::array<double, 4> shares = {1e-3, 1e-5, 1e-7, 1e-9};
  for (size_t c = 0; c < cases.size(); ++c) {
    auto draw = module->function("draw" + std::to_string(c));
    std::array<std::array<double, 4>, 2> counts{};
    for (int64_t key = 0; key < millions; ++key) {
      auto made = draw->call({{"key", key}, {"x", view(zeros)}});
      ASSERT_TRUE(made) << made.error().render();
      for (float value : made->leaves.at(0).tensor.values<float>()) {
        ASSERT_TRUE(std::isfinite(value)) << cases[c].body;
        for (size_t i = 0; i < shares.size(); ++i)
          counts[0][i] += value < cases[c].below(shares[i]), counts[1][i] += value > cases[c].above(shares[i]);
      }
    }
    for (size_t side = 0; side < 2; ++side)
      for (size_t i = 0; i < shares.size(); ++i) {
        // 1 − 10⁻⁹ is no f32, nor near one: the uniform draws have steps of 2⁻²⁴ there, which is why −log v is taken of small v
        if (side == 1 && i > 1 && c == 3) continue;
        double expected = double(millions) * double(size) * shares[i];
        EXPECT_LE(std::fabs(counts[side][i] - expected), 4.5 * std::sqrt(expected) + 3)
            << cases[c].body << " beyond the quantile of " << shares[i] << (side ? " above" : " below") << ": " << counts[side][i]
            << " of " << expected;
      }
  }
}

// A class whose odds are 4·10⁻¹⁸ is never drawn; one of 10⁻⁴ as often as it should be.
TEST(Draws, OfRareClasses) {
  auto count = [](const char *logit, int64_t key) {
    auto drawn = valuesOf<int32_t>("categorical(fill(f32[1048576, 2], 0) + f32(iota(2)) * " + std::string(logit) + ", key)",
                                   "i32[1048576]", key);
    return std::accumulate(drawn.begin(), drawn.end(), 0.0);
  };
  EXPECT_EQ(count("(-40)", 9), 0);
  EXPECT_NEAR(count("(-9.210340371976182)", 9), 1048576 * 1e-4 / 1.0001, 4.5 * std::sqrt(104.8));
}

TEST(Draws, OfDerivedKeysAreIndependent) {
  auto both = valuesOf<double>("concat([random_normal(fold_in(key, 1), f64[50000]), random_normal(fold_in(key, 2), f64[50000])])",
                               "f64[100000]", 7);
  double correlation = 0;
  for (size_t i = 0; i < 50000; ++i) correlation += both[i] * both[50000 + i] / 50000;
  EXPECT_LT(std::fabs(correlation) * std::sqrt(50000.0), 3.9);
}

TEST(Draws, OfBernoulliAndDropoutKeepTheirProbability) {
  auto ones = valuesOf<double>("bernoulli(fill(f64[100000], 0.3), key)", "f64[100000]", 5);
  double sum = std::accumulate(ones.begin(), ones.end(), 0.0);
  EXPECT_TRUE(std::all_of(ones.begin(), ones.end(), [](double x) { return x == 0 || x == 1; }));
  EXPECT_LT(std::fabs(sum - 30000) / std::sqrt(100000 * 0.3 * 0.7), 3.9);
  auto kept = valuesOf<double>("dropout(fill(f64[100000], 1), key, 0.2)", "f64[100000]", 6);
  double zeros = double(std::count(kept.begin(), kept.end(), 0.0));
  EXPECT_LT(std::fabs(zeros - 20000) / std::sqrt(100000 * 0.2 * 0.8), 3.9);
  EXPECT_NEAR(*std::max_element(kept.begin(), kept.end()), 1.25, 1e-15); // scaled, so that the mean stays
}

TEST(Draws, OfClassesFollowTheSoftmax) {
  auto classes = valuesOf<int32_t>("{ let z: f64[4] = [0, 1, -1, 2]\n categorical(broadcast(z, [60000, 4]), key) }",
                                   "i32[60000]", 8);
  std::vector<double> counts(4, 0), expected;
  for (int32_t each : classes) ++counts.at(size_t(each));
  double total = 1 + std::exp(1.0) + std::exp(-1.0) + std::exp(2.0);
  for (double z : {0.0, 1.0, -1.0, 2.0}) expected.push_back(60000 * std::exp(z) / total);
  EXPECT_LT(chiSquared(counts, expected), 21.1); // 3 degrees of freedom
}

TEST(Draws, OfOrdersAreEachAsLikely) {
  auto orders = valuesOf<int32_t>("scan(k in iota(i64[24000], axis = 0)) { permutation(fold_in(key, k), 4) }", "i32[24000,4]", 9);
  std::map<std::array<int32_t, 4>, double> seen;
  for (size_t i = 0; i < orders.size(); i += 4) ++seen[{orders[i], orders[i + 1], orders[i + 2], orders[i + 3]}];
  ASSERT_EQ(seen.size(), 24u); // all orders, and nothing else
  std::vector<double> counts;
  for (const auto &[order, count] : seen) {
    EXPECT_TRUE(std::is_permutation(order.begin(), order.end(), std::array{0, 1, 2, 3}.begin()));
    counts.push_back(count);
  }
  EXPECT_LT(chiSquared(counts, std::vector<double>(24, 1000)), 56.6); // 23 degrees of freedom
  // Of many elements, too, each once; and rows move whole.
  auto many = valuesOf<int32_t>("permutation(key, 100000)", "i32[100000]", 10);
  std::sort(many.begin(), many.end());
  for (int32_t i = 0; i < 100000; ++i) ASSERT_EQ(many[size_t(i)], i);
  auto rows = valuesOf<int32_t>("shuffled(reshape(iota(2000), [1000, 2]), key)", "i32[1000,2]", 11);
  std::vector<bool> met(1000);
  for (size_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(rows[2 * i] + 1, rows[2 * i + 1]);
    met.at(size_t(rows[2 * i] / 2)) = true;
  }
  EXPECT_EQ(std::count(met.begin(), met.end(), true), 1000);
}

} // namespace
