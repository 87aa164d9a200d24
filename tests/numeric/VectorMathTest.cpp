// Accuracy of the elementary functions in machine code against libm in extended precision: f32 over an even sample of
// all bit patterns, f64 over random ones, both over the interesting interval and the special points. Prints one row a
// function.
#include "tests/numeric/LaneJit.h"
#include <chrono>
#include <cstdio>
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <vector>
using namespace fluxion;
using fluxion::cpu::Lane;
using mlir::OpBuilder;

namespace {

struct Case {
  const char *name;
  Lane (*lane)(const Lane &);
  long double (*truth)(long double);
  double low, high;        // where to look closely
  double bound32, bound64; // ulp
};

long double sigmoidTruth(long double x) { return 1 / (1 + expl(-x)); }
long double softplusTruth(long double x) { return x > 0 ? x + log1pl(expl(-x)) : log1pl(expl(x)); }
long double gaussianTruth(long double x) { return expl(-x * x / 2); }
long double normalCdfTruth(long double x) { return erfcl(-x / sqrtl(2)) / 2; }
long double rsqrtTruth(long double x) { return 1 / sqrtl(x); }

const Case cases[] = {
    {"exp", cpu::exp, expl, -10, 10, 1.1, 1.1},
    {"expm1", cpu::expm1, expm1l, -2, 2, 2, 2},
    {"log", cpu::log, logl, 0.1, 4, 1.2, 1.2},
    {"log1p", cpu::log1p, log1pl, -0.9, 3, 1.5, 1.5},
    {"tanh", cpu::tanh, tanhl, -3, 3, 2.01, 2.01},
    {"sigmoid", cpu::sigmoid, sigmoidTruth, -10, 10, 2.25, 2.25},
    {"softplus", cpu::softplus, softplusTruth, -10, 10, 2, 2},
    {"erf", cpu::erf, erfl, -4, 4, 1.8, 1.2},
    {"rsqrt", cpu::rsqrt, rsqrtTruth, 0.1, 10, 1.5, 1.5},
    {"sin", cpu::sin, sinl, -10, 10, 1, 1.2},
    {"cos", cpu::cos, cosl, -10, 10, 1, 1.2},
    {"tan", cpu::tan, tanl, -10, 10, 1, 2.1},
    {"pow1.75", [](const Lane &x) { return pow(x, 1.75); }, [](long double x) { return powl(x, 1.75L); }, 0.1, 20, 1,
     1},
    {"2.5pow", [](const Lane &x) { return pow(2.5, x); }, [](long double x) { return powl(2.5L, x); }, -10, 10, 1, 1},
    {"asin", cpu::asin, asinl, -1, 1, 1, 1},
    {"acos", cpu::acos, acosl, -1, 1, 1, 1},
    {"atan", cpu::atan, atanl, -4, 4, 1, 1},
    {"sinh", cpu::sinh, sinhl, -4, 4, 2.5, 2.5},
    {"cosh", cpu::cosh, coshl, -4, 4, 3, 3},
    {"asinh", cpu::asinh, asinhl, -4, 4, 3.5, 3.5},
    {"acosh", cpu::acosh, acoshl, 1, 4, 3.5, 3.5},
    {"atanh", cpu::atanh, atanhl, -1, 1, 3.5, 3.5},
    {"cbrt", cpu::cbrt, cbrtl, -4, 4, 1.5, 1.5},
    {"erfc", cpu::erfc, erfcl, -4, 10, 5, 5},
    {"gaussian", cpu::gaussian, gaussianTruth, -10, 10, 2, 2},
    {"normal_cdf", cpu::normal_cdf, normalCdfTruth, -10, 4, 5, 5},
    {"lgamma", cpu::lgamma, lgammal, 0.1, 20, 5, 8},
};

template <typename T> std::vector<T> samples(double low, double high) {
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::vector<T> points;
  for (double special :
       {0.0,   1.0,   0.5,   2.0,    0.875, 0.34657359, 20.0,   44.0,  87.0,  88.0,  88.5, 88.722839, 89.0,  103.0,
        103.9, 104.0, 709.0, 709.78, 710.0, 745.0,      745.13, 745.2, 746.0, 1e-30, 3.9,  6.0,       1e300, infinity})
    for (double sign : {1.0, -1.0}) points.push_back(T(sign * special));
  points.push_back(std::numeric_limits<T>::quiet_NaN());
  points.push_back(std::numeric_limits<T>::denorm_min());
  points.push_back(-std::numeric_limits<T>::denorm_min());
  points.push_back(std::numeric_limits<T>::min());
  points.push_back(std::numeric_limits<T>::max());
  std::mt19937_64 random(7);
  for (int i = 0; i < 300000; ++i) {
    Bits bits = sizeof(T) == 4 ? Bits(uint64_t(i) * 14317) : Bits(random());
    T x;
    std::memcpy(&x, &bits, sizeof x);
    points.push_back(x);
    points.push_back(T(low + (high - low) * (random() >> 11) * 0x1p-53));
  }
  while (points.size() % 16) points.push_back(T(1));
  return points;
}

// |got − truth| in units of the last place of T at the truth.
template <typename T> double ulps(T got, long double truth) {
  if (std::isnan(truth)) return std::isnan(got) ? 0 : INFINITY;
  if (T(truth) == got) return double(fabsl(truth - got) > 0 && !std::isinf(got) ? 0.5 : 0);
  if (std::isinf(got) || std::isnan(got) || std::isinf(T(truth))) return INFINITY;
  int exponent = std::max(std::ilogb(truth), std::numeric_limits<T>::min_exponent - 1);
  return double(fabsl(truth - got) / ldexpl(1, exponent + 1 - std::numeric_limits<T>::digits));
}

struct Worst {
  double ulp = 0;
  double at = 0, got = 0;
};

template <typename T> Worst measure(const Case &c, test::Kernel kernel) {
  std::vector<T> in = samples<T>(c.low, c.high), out(in.size());
  kernel(in.data(), in.data(), out.data(), in.size());
  Worst worst;
  for (size_t i = 0; i < in.size(); ++i) {
    double error = ulps(out[i], c.truth(in[i]));
    if (!(error <= worst.ulp)) worst = {error, double(in[i]), double(out[i])};
  }
  return worst;
}

// Elements a nanosecond over an array that stays in the first-level cache.
template <typename T> double speed(const Case &c, test::Kernel kernel) {
  std::vector<T> in(2048), out(2048);
  for (size_t i = 0; i < in.size(); ++i) in[i] = T(c.low + (c.high - c.low) * i / in.size());
  double best = 0;
  for (int round = 0; round < 20; ++round) {
    auto start = std::chrono::steady_clock::now();
    for (int repeat = 0; repeat < 10; ++repeat) kernel(in.data(), in.data(), out.data(), in.size());
    double ns = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, 10 * in.size() / ns);
  }
  return best;
}

TEST(VectorMath, Accuracy) {
  test::LaneJit jit;
  OpBuilder builder(&jit.getContext());
  for (const Case &c : cases) {
    auto f = [&](Lane a, Lane) { return c.lane(a); };
    jit.add(std::string(c.name) + "32", builder.getF32Type(), 16, f);
    jit.add(std::string(c.name) + "64", builder.getF64Type(), 8, f);
    jit.add(std::string(c.name) + "32scalar", builder.getF32Type(), 1, f);
    jit.add(std::string(c.name) + "64scalar", builder.getF64Type(), 1, f);
  }
  ASSERT_EQ(jit.compile(), "");
  std::printf("%-10s %8s %14s %8s | %8s %24s %8s\n", "function", "f32 ulp", "at", "el/ns", "f64 ulp", "at", "el/ns");
  for (const Case &c : cases) {
    test::Kernel f32 = jit.lookup(std::string(c.name) + "32"), f64 = jit.lookup(std::string(c.name) + "64");
    ASSERT_TRUE(f32 && f64);
    Worst w32 = measure<float>(c, f32), w64 = measure<double>(c, f64);
    std::printf("%-10s %8.2f %14.7g %8.2f | %8.2f %24.17g %8.2f\n", c.name, w32.ulp, w32.at, speed<float>(c, f32),
                w64.ulp, w64.at, speed<double>(c, f64));
    EXPECT_LE(w32.ulp, c.bound32) << c.name << " f32 at " << w32.at << " gives " << w32.got;
    EXPECT_LE(w64.ulp, c.bound64) << c.name << " f64 at " << w64.at << " gives " << w64.got;
  }
}

// A remainder loop must give the bits of the vector loop.
template <typename T> void expectSameBits(test::Kernel vector, test::Kernel scalar, const Case &c) {
  std::vector<T> in = samples<T>(c.low, c.high), a(in.size()), b(in.size());
  vector(in.data(), in.data(), a.data(), in.size());
  scalar(in.data(), in.data(), b.data(), in.size());
  for (size_t i = 0; i < in.size(); ++i)
    if (std::memcmp(&a[i], &b[i], sizeof(T)) && !(std::isnan(a[i]) && std::isnan(b[i])))
      FAIL() << c.name << " differs between widths at " << in[i];
}

TEST(VectorMath, WidthDoesNotMatter) {
  test::LaneJit jit;
  OpBuilder builder(&jit.getContext());
  for (const Case &c : cases)
    for (int64_t width : {1, 4, 16}) {
      auto f = [&](Lane a, Lane) { return c.lane(a); };
      jit.add(c.name + std::to_string(width) + "f", builder.getF32Type(), width, f);
      jit.add(c.name + std::to_string(width) + "d", builder.getF64Type(), width, f);
    }
  ASSERT_EQ(jit.compile(), "");
  for (const Case &c : cases)
    for (const char *width : {"4", "16"}) {
      expectSameBits<float>(jit.lookup(std::string(c.name) + width + "f"), jit.lookup(std::string(c.name) + "1f"), c);
      expectSameBits<double>(jit.lookup(std::string(c.name) + width + "d"), jit.lookup(std::string(c.name) + "1d"), c);
    }
}

TEST(VectorMath, SignedZeroAndTiny) {
  test::LaneJit jit;
  OpBuilder builder(&jit.getContext());
  std::pair<const char *, Lane (*)(const Lane &)> odd[] = {
      {"expm1", cpu::expm1}, {"log1p", cpu::log1p}, {"tanh", cpu::tanh}, {"erf", cpu::erf}};
  for (auto [name, f] : odd) {
    jit.add(name, builder.getF32Type(), 16, [f = f](Lane a, Lane) { return f(a); });
  }
  ASSERT_EQ(jit.compile(), "");
  float in[16] = {-0.0f, 0.0f, 1e-45f, -1e-45f, 1e-39f, -1e-39f}, out[16];
  for (auto [name, f] : odd) {
    jit.lookup(name)(in, in, out, 16);
    EXPECT_TRUE(std::signbit(out[0])) << name;
    EXPECT_FALSE(std::signbit(out[1])) << name;
    for (int i = 2; i < 6 && std::string(name) != "erf"; ++i) EXPECT_EQ(out[i], in[i]) << name;
  }
}

// C99's table of pow: zeros, ones, infinities, NaN, signs, whole and other exponents.
TEST(VectorMath, PowSpecialValues) {
  test::LaneJit jit;
  OpBuilder builder(&jit.getContext());
  jit.add("f", builder.getF32Type(), 16, [](Lane a, Lane b) { return pow(a, b); });
  jit.add("d", builder.getF64Type(), 8, [](Lane a, Lane b) { return pow(a, b); });
  ASSERT_EQ(jit.compile(), "");
  const double points[] = {0.0, -0.0, 1,    -1,    2,     -2,       0.5,       -0.5, 3,
                           -3,  2.5,  -2.5, 1e-30, -1e30, INFINITY, -INFINITY, NAN};
  std::vector<float> x, y;
  for (double a : points)
    for (double b : points) x.push_back(a), y.push_back(b);
  while (x.size() % 16) x.push_back(1), y.push_back(1);
  std::vector<double> wideX(x.begin(), x.end()), wideY(y.begin(), y.end()), wide(x.size());
  std::vector<float> out(x.size());
  jit.lookup("f")(x.data(), y.data(), out.data(), x.size());
  jit.lookup("d")(wideX.data(), wideY.data(), wide.data(), x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    float want = std::pow(x[i], y[i]);
    EXPECT_TRUE(std::isnan(want) ? std::isnan(out[i])
                                 : ulps<float>(out[i], want) <= 1 && std::signbit(out[i]) == std::signbit(want))
        << x[i] << " to the " << y[i] << " gives " << out[i] << ", not " << want;
    double wantWide = std::pow(wideX[i], wideY[i]);
    EXPECT_TRUE(std::isnan(wantWide) ? std::isnan(wide[i]) : wide[i] == wantWide) << wideX[i] << " to the " << wideY[i];
  }
}

} // namespace
