// Derivatives where they are not smooth, or where one arm is singular: defined values, no NaN.
#include "tests/compiler/Differentiate/Check.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace fluxion;
using namespace fluxion::test;
using reference::Element;
using reference::HostTensor;
using reference::HostTensors;

namespace {

// The gradient of Σ y with respect to %a (and %b) at given arguments.
HostTensors gradient(const std::string &body, std::vector<HostTensor> arguments) {
  std::string n = std::to_string(arguments[0].size()), x = "tensor<" + n + "xf64>", parameters, names, types, wrt,
              results, values;
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string name = "%" + std::string(1, char('a' + i)), comma = i ? ", " : "";
    parameters += comma + name + ": " + x;
    names += comma + name;
    types += comma + x;
    wrt += comma + std::to_string(i);
    values += comma + "%r#" + std::to_string(i + 1);
  }
  std::string count = std::to_string(arguments.size() + 1);
  return runDifferentiated("func.func private @f(" + parameters + ") -> " + x + " {\n" + body + "\nreturn %y : " + x +
                               "\n}\nfunc.func @g(" + parameters + ") -> (" + types +
                               ") {\n%one = flx.constant dense<1.0> : " + x + "\n%r:" + count + " = flx.vjp @f wrt [" +
                               wrt + "](" + names + ", %one) : (" + types + ", " + x + ") -> (" + x + ", " + types +
                               ")\nreturn " + values + " : " + types + "\n}",
                           arguments);
}

void expectValues(const HostTensors &found, std::vector<std::vector<double>> expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    for (size_t j = 0; j < expected[i].size(); ++j)
      EXPECT_DOUBLE_EQ(found[i].reals[j], expected[i][j]) << "gradient " << i << ", element " << j;
}

TEST(Subgradient, AbsAtZero) {
  expectValues(gradient("%y = flx.abs %a : tensor<3xf64>", {vector({-2, 0, 3})}), {{-1, 0, 1}});
}

// where(c, b·m, b) in another shape, m made of 1/a by moving it: where the arm is not taken, 1/0 shows in no gradient,
// though the cotangent passes a reshape, after which it is zero there and no longer masked by itself.
TEST(Masked, SingularCoefficientsThatMoved) {
  const std::string x = "tensor<3xf64>", column = "tensor<3x1xf64>", reshape = " : " + x + " -> " + column + "\n";
  for (std::string moved : {"%m = flx.reverse %r axes [0] : " + x,
                            "%w = flx.window %r axis 0 size 2 stride 1 dilation 1 : " + x + " -> tensor<2x2xf64>\n" +
                                "%m = flx.overlap_add %w axis 0 stride 1 dilation 1 : tensor<2x2xf64> -> " + x,
                            "%m = flx.cumsum %r axis 0 reverse exclusive : " + x,
                            "%m, %o = flx.sort %r axis 0 : " + x + " -> tensor<3xi32>"}) {
    std::string body = "%one = flx.constant dense<1.0> : " + x + "\n%big = flx.constant dense<1.0e10> : " + x +
                       "\n%h = flx.stop_gradient %a : " + x + "\n%r = flx.div %one, %h : " + x + "\n" + moved +
                       "\n%c = flx.lt %m, %big : " + x + "\n%p = flx.mul %b, %m : " + x + "\n%s = flx.reshape %p" +
                       reshape + "%t = flx.reshape %b" + reshape +
                       "%d = flx.reshape %c : tensor<3xi1> -> tensor<3x1xi1>\n" +
                       "%u = flx.select %d, %s, %t : " + column + "\n%y = flx.reshape %u : " + column + " -> " + x;
    HostTensors found = gradient(body, {vector({2, 4, 0}), vector({1, 1, 1})});
    ASSERT_EQ(found.size(), 2u);
    for (double slope : found[1].reals) EXPECT_TRUE(std::isfinite(slope)) << moved;
  }
}

TEST(Subgradient, TiesOfMaxAndMin) {
  expectValues(gradient("%y = flx.max %a, %b : tensor<3xf64>", {vector({1, 2, 3}), vector({2, 2, 2})}),
               {{0, 0.5, 1}, {1, 0.5, 0}});
  expectValues(gradient("%y = flx.min %a, %b : tensor<3xf64>", {vector({1, 2, 3}), vector({2, 2, 2})}),
               {{1, 0.5, 0}, {0, 0.5, 1}});
}

TEST(Subgradient, TiesOfReductions) {
  for (const char *op : {"reduce_max", "reduce_min"})
    expectValues(gradient(std::string("%0 = flx.") + op +
                              " %a axes [0] : tensor<4xf64> -> tensor<f64>\n"
                              "%y = flx.broadcast %0 dims [] : tensor<f64> -> tensor<4xf64>",
                          {vector({2, 2, 2, 2})}),
                 {{1, 1, 1, 1}});
}

// The slope of a maximum that is NaN is NaN, in reverse and forward.
TEST(Subgradient, NanInExtrema) {
  double nan = std::nan("");
  auto expectNan = [](const HostTensor &found, std::vector<bool> expected) {
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(std::isnan(found.reals[i]), expected[i]) << i;
  };
  for (const char *op : {"max", "min"}) {
    HostTensors found = gradient(std::string("%y = flx.") + op + " %a, %b : tensor<3xf64>",
                                 {vector({nan, 1, 1}), vector({1, nan, 1})});
    for (const HostTensor &each : found) expectNan(each, {true, true, false});
    found = gradient(std::string("%0 = flx.reduce_") + op + " %a axes [0] : tensor<3xf64> -> tensor<f64>\n"
                                 "%y = flx.broadcast %0 dims [] : tensor<f64> -> tensor<3xf64>",
                     {vector({1, nan, 2})});
    expectNan(found[0], {true, true, true});
  }
}

// Σ over rows of A·x, of which one is left out: whatever stands in it has no part, be it read as a row or as a factor.
TEST(SelectSafety, RowsOfContractions) {
  std::string select = "%zero = flx.constant dense<0.0> : tensor<2xf64>\n%t = flx.stop_gradient %b : tensor<2xf64>\n"
                       "%c = flx.lt %t, %zero : tensor<2xf64>\n%one = flx.constant dense<1.0> : tensor<2xf64>\n"
                       "%r = flx.div %one, %b : tensor<2xf64>\n";
  // y[n] = a[n]·(1/b)[n] where b < 0, written as a contraction that sums nothing, and as one of rows of one column
  for (const char *contraction :
       {"%p = flx.einsum \"n,n->n\"(%a, %r) : (tensor<2xf64>, tensor<2xf64>) -> tensor<2xf64>\n",
        "%q = flx.reshape %r : tensor<2xf64> -> tensor<2x1xf64>\n"
        "%p = flx.einsum \"nd,n->n\"(%q, %a) : (tensor<2x1xf64>, tensor<2xf64>) -> tensor<2xf64>\n"}) {
    HostTensors found = gradient(select + contraction + "%y = flx.select %c, %p, %zero : tensor<2xf64>",
                                 {vector({3, 3}), vector({-2, 0})});
    expectValues({found[0]}, {{-0.5, 0}});
    EXPECT_FALSE(std::isnan(found[1].reals[1]));
  }
}

TEST(Subgradient, XlogyAtZero) {
  double inf = HUGE_VAL;
  expectValues(gradient("%y = flx.xlogy %a, %b : tensor<3xf64>", {vector({0, 0, 2}), vector({2, 0, 4})}),
               {{std::log(2.0), -inf, std::log(4.0)}, {0, 0, 0.5}});
}

TEST(Subgradient, PowerAtZero) {
  expectValues(gradient("%y = flx.pow %a, %b : tensor<3xf64>", {vector({0, 0, 2}), vector({0, 1, 0})}),
               {{0, 1, 0}, {0, 0, std::log(2.0)}});
}

TEST(Subgradient, Atan2AtOrigin) {
  expectValues(gradient("%y = flx.atan2 %a, %b : tensor<1xf64>", {vector({0}), vector({0})}), {{0}, {0}});
}

TEST(Product, ZerosAmongFactors) {
  std::string body = "%0 = flx.prod %a axes [0] : tensor<3xf64> -> tensor<f64>\n%y = flx.broadcast %0 dims [] : "
                     "tensor<f64> -> tensor<3xf64>";
  expectValues(gradient(body, {vector({2, 0, 5})}), {{0, 30, 0}});
  expectValues(gradient(body, {vector({0, 0, 5})}), {{0, 0, 0}});
}

// where(a > 0, f(a), 0) at a = 0, with f singular there
TEST(SelectSafety, SingularArmNotTaken) {
  std::string head = "%zero = flx.constant dense<0.0> : tensor<2xf64>\n%c = flx.gt %a, %zero : tensor<2xf64>\n";
  std::string tail = "\n%y = flx.select %c, %0, %zero : tensor<2xf64>";
  auto at = [](double x, double slope) { return std::vector<std::vector<double>>{{x, slope}}; };
  expectValues(gradient(head + "%0 = flx.sqrt %a : tensor<2xf64>" + tail, {vector({0, 4})}), at(0, 0.25));
  expectValues(gradient(head + "%0 = flx.log %a : tensor<2xf64>" + tail, {vector({0, 4})}), at(0, 0.25));
  expectValues(
      gradient(
          head +
              "%s = flx.sqrt %a : tensor<2xf64>\n%l = flx.log %s : tensor<2xf64>\n%0 = flx.mul %s, %l : tensor<2xf64>" +
              tail,
          {vector({0, 4})}),
      at(0, 0.25 * (std::log(2.0) + 1)));
  expectValues(
      gradient(head + "%one = flx.constant dense<1.0> : tensor<2xf64>\n%0 = flx.div %one, %a : tensor<2xf64>" + tail,
               {vector({0, 4})}),
      at(0, -1.0 / 16));
}

// both arms from one singular value: where(a > 0, log a, 2·log(−a)) has slope 1/a or 2/a, never NaN
TEST(SelectSafety, BothArms) {
  expectValues(
      gradient("%zero = flx.constant dense<0.0> : tensor<2xf64>\n%c = flx.gt %a, %zero : tensor<2xf64>\n"
               "%n = flx.neg %a : tensor<2xf64>\n%p = flx.log %a : tensor<2xf64>\n%q = flx.log %n : tensor<2xf64>\n"
               "%q2 = flx.add %q, %q : tensor<2xf64>\n%y = flx.select %c, %p, %q2 : tensor<2xf64>",
               {vector({2, -4})}),
      {{0.5, -0.5}});
}

// The singular value stands before a reduction: x/‖x‖ where ‖x‖ > 0, else 0
TEST(SelectSafety, PastReductions) {
  std::string body = "%s = flx.mul %a, %a : tensor<2xf64>\n%ss = flx.sum %s axes [0] : tensor<2xf64> -> tensor<f64>\n"
                     "%n = flx.sqrt %ss : tensor<f64>\n%nb = flx.broadcast %n dims [] : tensor<f64> -> tensor<2xf64>\n"
                     "%zero = flx.constant dense<0.0> : tensor<2xf64>\n%c = flx.gt %nb, %zero : tensor<2xf64>\n"
                     "%q = flx.div %a, %nb : tensor<2xf64>\n%y = flx.select %c, %q, %zero : tensor<2xf64>";
  expectValues(gradient(body, {vector({0, 0})}), {{0, 0}});
  HostTensors slope = gradient(body, {vector({3, 4})}); // Σ x/‖x‖: 1/‖x‖ − x·Σx/‖x‖³
  EXPECT_NEAR(slope[0].reals[0], 1.0 / 5 - 3.0 * 7 / 125, 1e-15);
}

} // namespace
