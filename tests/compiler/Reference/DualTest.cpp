// Dual numbers against closed forms and against central differences in double-double, at first and second order.
#include "compiler/Reference/Dual.h"
#include <functional>
#include <gtest/gtest.h>
using namespace fluxion::reference;
using DD = DoubleDouble;
using D1 = Dual<DD>;
using D2 = Dual<D1>;

namespace {

template <class N> struct Functions {
  struct Row {
    const char *name;
    N (*f)(N);
  };
  static N powBase(N x) { return pow(x, N(2.5)); }
  static N powExponent(N x) { return pow(N(2.5), x); }
  static N angle(N x) { return atan2(x, N(0.75)) + atan2(N(0.75), x); }
  static N remainder(N x) { return rem(x * 7.0, N(0.3)) + rem(N(5.0), x); }
  static N peak(N x) { return max(x * x, N(0.1)) - min(x, N(3.0)); }
#define ROW(NAME)                                                                                                      \
  {                                                                                                                    \
#NAME, [](N x) { return NAME(x); }                                                                                 \
  }
  static std::vector<Row> rows() {
    return {ROW(exp),
            ROW(expm1),
            ROW(log),
            ROW(log1p),
            ROW(sqrt),
            ROW(rsqrt),
            ROW(sin),
            ROW(cos),
            ROW(tan),
            ROW(asin),
            ROW(acos),
            ROW(atan),
            ROW(sinh),
            ROW(cosh),
            ROW(tanh),
            ROW(asinh),
            {"acosh", [](N x) { return acosh(x + 1.0); }},
            ROW(atanh),
            ROW(cbrt),
            ROW(erfc),
            ROW(gaussian),
            ROW(normal_cdf),
            ROW(sigmoid),
            ROW(softplus),
            ROW(erf),
            ROW(lgamma),
            ROW(abs),
            ROW(floor),
            ROW(ceil),
            ROW(round),
            ROW(sign),
            ROW(digamma),
            {"pow base", powBase},
            {"polygamma 2", [](N x) { return polygamma(2, x); }},
            {"pow exponent", powExponent},
            {"atan2", angle},
            {"rem", remainder},
            {"max min", peak},
            {"product", [](N x) { return x * sin(x) / (1.0 + x); }}};
  }
#undef ROW
};

TEST(Dual, MatchesCentralDifferences) {
  auto plain = Functions<DD>::rows();
  auto first = Functions<D1>::rows();
  auto second = Functions<D2>::rows();
  DD x = 0.375, h = 0x1p-32; // error h²/6·f‴ ~ 1e-20·f‴
  for (size_t i = 0; i < plain.size(); ++i) {
    DD difference = (plain[i].f(x + h) - plain[i].f(x - h)) / (h * 2.0);
    DD slope = first[i].f(D1(x, 1.0)).tangent;
    EXPECT_LE(std::fabs((slope - difference).hi), 1e-15 * (1 + std::fabs(slope.hi))) << plain[i].name;
    DD above = first[i].f(D1(x + h, 1.0)).tangent, below = first[i].f(D1(x - h, 1.0)).tangent;
    DD curvature = second[i].f(D2(D1(x, 1.0), D1(1.0, 0.0))).tangent.tangent;
    EXPECT_LE(std::fabs((curvature - (above - below) / (h * 2.0)).hi), 1e-14 * (1 + std::fabs(curvature.hi)))
        << plain[i].name;
  }
}

TEST(Dual, MixedSecondDerivative) {
  // ∂²(x³ sin y)/∂x∂y = 3x² cos y
  D2 x(D1(0.7, 1.0), D1(0.0)), y(D1(0.4), D1(1.0, 0.0));
  DD got = (x * x * x * sin(y)).tangent.tangent, truth = DD(3 * 0.7 * 0.7) * cos(DD(0.4));
  EXPECT_NEAR(got.hi, truth.hi, 1e-15);
}

TEST(Dual, KinksAndStillness) {
  EXPECT_EQ(abs(D1(0.0, 1.0)).tangent.hi, 0);
  EXPECT_EQ(max(D1(2.0, 1.0), D1(2.0, 3.0)).tangent.hi, 2);
  EXPECT_EQ(sqrt(D1(0.0)).tangent.hi, 0); // does not vary: no infinite slope
  EXPECT_TRUE(std::isinf(sqrt(D1(0.0, 1.0)).tangent.hi));
  EXPECT_EQ(pow(D1(0.0, 1.0), D1(0.0)).tangent.hi, 0);
  EXPECT_EQ(pow(D1(0.0), D1(2.0, 1.0)).tangent.hi, 0);
  EXPECT_EQ(atan2(D1(0.0, 1.0), D1(0.0, 1.0)).tangent.hi, 0);
  EXPECT_EQ(select(true, D1(1.0, 5.0), D1(NAN, NAN)).tangent.hi, 5);
  EXPECT_EQ(heldConstant(D1(1.0, 5.0)).tangent.hi, 0);
}

} // namespace
