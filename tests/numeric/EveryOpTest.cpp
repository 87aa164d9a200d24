// One formula, two meanings: every elementwise op of the generated lists, emitted through Lane and run, against the
// same formula over double-doubles. Random draws of the runtime against the reference's own.
#include "compiler/Reference/Dual.h"
#include "compiler/Reference/Philox.h"
#include "dialects/Dialect.h"
#include "fluxion/runtime.h"
#include "tests/numeric/LaneJit.h"
#include <gtest/gtest.h>
#include <random>
#include <vector>
using namespace fluxion;
using fluxion::cpu::Lane;
using fluxion::reference::DoubleDouble;
using mlir::OpBuilder;

namespace {

struct OpCase {
  const char *name;
  Lane (*lane)(Lane, Lane);
  DoubleDouble (*truth)(DoubleDouble, DoubleDouble);
};

const OpCase opCases[] = {
#define FLX_UNARY(Class, name)                                                                                         \
  {#name, [](Lane a, Lane) { return flx::Class::evaluate(a); },                                                        \
   [](DoubleDouble a, DoubleDouble) { return flx::Class::evaluate(a); }},
#define FLX_BINARY(Class, name)                                                                                        \
  {#name, [](Lane a, Lane b) { return flx::Class::evaluate(a, b); },                                                   \
   [](DoubleDouble a, DoubleDouble b) { return flx::Class::evaluate(a, b); }},
#define FLX_COMPARISON(Class, name)                                                                                    \
  {#name, [](Lane a, Lane b) { return convert(Lane(flx::Class::evaluate(a, b)), a.getElementType()); },                \
   [](DoubleDouble a, DoubleDouble b) { return DoubleDouble(flx::Class::evaluate(a, b)); }},
#include "dialects/OpLists.inc"
    {"select", [](Lane a, Lane b) { return flx::SelectOp::evaluate(a < b, a, b); },
     [](DoubleDouble a, DoubleDouble b) { return flx::SelectOp::evaluate(a < b, a, b); }},
    {"polygamma", [](Lane a, Lane) { return flx::PolygammaOp::evaluate(a, 2); },
     [](DoubleDouble a, DoubleDouble) { return flx::PolygammaOp::evaluate(a, 2); }},
};

template <typename T> void compare(const OpCase &op, test::Kernel kernel, double bound) {
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  std::vector<T> a, b, y(4096);
  for (size_t i = 0; i < y.size(); ++i) {
    double spread = i % 4 == 0 ? 0.2 : i % 4 == 1 ? 8 : 1;
    a.push_back(T(spread * normal(random)));
    b.push_back(i % 7 ? T(normal(random)) : a.back());
  }
  kernel(a.data(), b.data(), y.data(), y.size());
  for (size_t i = 0; i < y.size(); ++i) {
    double truth = op.truth(DoubleDouble(a[i]), DoubleDouble(b[i])).hi;
    if (std::isnan(truth) || std::isinf(T(truth))) {
      EXPECT_TRUE(std::isnan(truth) ? std::isnan(y[i]) : y[i] == T(truth))
          << op.name << "(" << a[i] << ", " << b[i] << ") = " << y[i];
      continue;
    }
    // Near a zero of the function its argument's last place decides: an absolute share of 1.
    double error = std::fabs(y[i] - truth) /
                   std::max(std::fabs(truth), std::string(op.name).find("gamma") != std::string::npos ? 1.0 : 1e-30);
    if (std::string(op.name) == "floordiv" && error > 0)
      error = std::fabs(a[i] / b[i] - std::round(double(a[i]) / b[i])) < 1e-6 ? 0 : error;
    ASSERT_LE(error, bound) << op.name << "(" << a[i] << ", " << b[i] << ") = " << y[i] << ", not " << truth;
  }
}

TEST(EveryOp, MachineCodeMeansWhatTheFormulaSays) {
  test::LaneJit jit;
  OpBuilder builder(&jit.getContext());
  for (const OpCase &op : opCases) {
    jit.add(std::string(op.name) + "_f32", builder.getF32Type(), 16, op.lane);
    jit.add(std::string(op.name) + "_f64", builder.getF64Type(), 8, op.lane);
  }
  ASSERT_EQ(jit.compile(), "");
  for (const OpCase &op : opCases) {
    compare<float>(op, jit.lookup(std::string(op.name) + "_f32"), 1e-6);
    compare<double>(op, jit.lookup(std::string(op.name) + "_f64"), 2e-13);
  }
}

TEST(Random, RuntimeDrawsWhatTheReferenceDefines) {
  constexpr int64_t count = 1003;
  for (int64_t key : {int64_t(0), int64_t(42), int64_t(-7), int64_t(0x123456789abcdef)}) {
    std::vector<float> f(count);
    std::vector<double> d(count);
    flx_random_uniform_f32(f.data(), 0, count, key);
    flx_random_uniform_f64(d.data(), 0, count, key);
    for (int64_t i = 0; i < count; ++i) {
      ASSERT_EQ(double(f[i]), reference::randomUniform(true, i, key).hi);
      ASSERT_EQ(d[i], reference::randomUniform(false, i, key).hi);
    }
    flx_random_normal_f32(f.data(), 0, count, key);
    flx_random_normal_f64(d.data(), 0, count, key);
    for (int64_t i = 0; i < count; ++i) {
      ASSERT_NEAR(f[i], reference::randomNormal(true, i, key).hi, 2e-6);
      ASSERT_NEAR(d[i], reference::randomNormal(false, i, key).hi, 4e-15);
    }
    EXPECT_EQ(flx_random_fold(key, 99), reference::randomFold(key, 99));
  }
}

} // namespace
