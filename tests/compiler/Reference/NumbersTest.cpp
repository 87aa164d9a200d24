// Double-double against constants of 30 digits (computed with 60 by an arbitrary-precision package), special values of
// all number types, and wrapping integers.
#include "compiler/Reference/Dual.h"
#include <gtest/gtest.h>
#include <limits>
using namespace fluxion::reference;
using DD = DoubleDouble;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Row {
  const char *what;
  DD got, truth;
};

TEST(DoubleDouble, ThirtyDigits) {
  const Row rows[] = {
      {"exp(DD(1.5))", exp(DD(1.5)), DD::parts(0x1.1ed3fe64fc541p+2, 0x1.5f6e4658d43eap-52)},
      {"exp(DD(-700.25))", exp(DD(-700.25)), DD::parts(0x1.af5fe9a485c8ep-1011, 0x0.00000000002b8p-1022)},
      {"expm1(DD(0.0009765625))", expm1(DD(0.0009765625)), DD::parts(0x1.002002aad5577p-10, 0x1.e38e6ce86e927p-64)},
      {"expm1(DD(-3))", expm1(DD(-3)), DD::parts(-0x1.e6824f33314f5p-1, -0x1.36b7d9fcdc6f8p-57)},
      {"log(DD(10))", log(DD(10)), DD::parts(0x1.26bb1bbb55516p+1, -0x1.f48ad494ea3e9p-53)},
      {"log(DD(1.0009765625))", log(DD(1.0009765625)), DD::parts(0x1.ffc00aa8ab110p-11, -0x1.0fecbeb9b6cdbp-65)},
      {"log(DD(0x1p-1070))", log(DD(0x1p-1070)), DD::parts(-0x1.72d57016e7789p+9, -0x1.d180bab714ac1p-45)},
      {"log1p(DD(-0.0009765625))", log1p(DD(-0.0009765625)), DD::parts(-0x1.0020055655889p-10, -0x1.9abe6bf0fa436p-65)},
      {"log1p(DD(5))", log1p(DD(5)), DD::parts(0x1.cab0bfa2a2002p+0, 0x1.9136fea076849p-55)},
      {"sqrt(DD(2))", sqrt(DD(2)), DD::parts(0x1.6a09e667f3bcdp+0, -0x1.bdd3413b26456p-54)},
      {"rsqrt(DD(3))", rsqrt(DD(3)), DD::parts(0x1.279a74590331cp-1, 0x1.34863e0792bedp-55)},
      {"sin(DD(1e22))", sin(DD(1e22)), DD::parts(-0x1.b453ab76bf397p-1, -0x1.f453790772648p-58)},
      {"cos(DD(1e300))", cos(DD(1e300)), DD::parts(-0x1.2699022adc4c1p-1, 0x1.edd5594b5c574p-56)},
      {"sin(DD(0.25))", sin(DD(0.25)), DD::parts(0x1.faaeed4f31577p-3, -0x1.15d88508e32b8p-57)},
      {"tan(DD(1.25))", tan(DD(1.25)), DD::parts(0x1.8139943e231a8p+1, 0x1.50afcd98527b2p-55)},
      {"asin(DD(0.375))", asin(DD(0.375)), DD::parts(0x1.899f4edc962d3p-2, 0x1.3e919701b7c6dp-60)},
      {"acos(DD(-0.875))", acos(DD(-0.875)), DD::parts(0x1.51700e0c14b25p+1, -0x1.fd535474274b1p-60)},
      {"atan(DD(3))", atan(DD(3)), DD::parts(0x1.3fc176b7a8560p+0, -0x1.441a3bd3f1083p-59)},
      {"atan2(DD(1), DD(-2))", atan2(DD(1), DD(-2)), DD::parts(0x1.56c6e7397f5aep+1, 0x1.660b64ece6f4bp-53)},
      {"atan2(DD(-1e200), DD(3e200))", atan2(DD(-1e200), DD(3e200)),
       DD::parts(-0x1.4978fa3269ee1p-2, -0x1.2419a87f2a458p-57)},
      {"sinh(DD(0.375))", sinh(DD(0.375)), DD::parts(0x1.8910411ce5046p-2, 0x1.9edd5fca9dcdcp-58)},
      {"sinh(DD(710))", sinh(DD(710)), DD::parts(0x1.3e21a464507f9p+1023, 0x1.282b80dc02e26p+969)},
      {"tanh(DD(-0.375))", tanh(DD(-0.375)), DD::parts(-0x1.6ef53de8c8fb0p-2, 0x1.d5e3ebcaa0633p-59)},
      {"cosh(DD(-0.375))", cosh(DD(-0.375)), DD::parts(0x1.123640f685b59p+0, -0x1.2237e64686352p-55)},
      {"cosh(DD(700))", cosh(DD(700)), DD::parts(0x1.d945df4f8ec8ep+1008, 0x1.183392684a46ep+953)},
      {"asinh(DD(-0.125))", asinh(DD(-0.125)), DD::parts(-0x1.fead0b6996973p-4, 0x1.7cfd38e0a769bp-59)},
      {"asinh(DD(1e200))", asinh(DD(1e200)), DD::parts(0x1.cd35cd6cad20fp+8, -0x1.b0398e8243707p-46)},
      {"acosh(DD(1.25))", acosh(DD(1.25)), DD::parts(0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56)},
      {"atanh(DD(0.875))", atanh(DD(0.875)), DD::parts(0x1.5aa16394d481fp+0, 0x1.341c89935864ap-60)},
      {"cbrt(DD(-3))", cbrt(DD(-3)), DD::parts(-0x1.7137449123ef6p+0, -0x1.73779fc5b15b9p-54)},
      {"erfc(DD(1.5))", erfc(DD(1.5)), DD::parts(0x1.15aaa8ec85205p-5, -0x1.e86ee834da4cep-61)},
      {"erfc(DD(2))", erfc(DD(2)), DD::parts(0x1.328f5ec350e67p-8, -0x1.ca006412e68d0p-62)},
      {"erfc(DD(10))", erfc(DD(10)), DD::parts(0x1.7d8a7f2a8a2d0p-149, -0x1.8b231dcfa8e27p-203)},
      {"erfc(DD(-3))", erfc(DD(-3)), DD::parts(0x1.fffe8d6209afdp+0, -0x1.08a82f0994988p-54)},
      {"gaussian(DD(3))", gaussian(DD(3)), DD::parts(0x1.6c0504695c417p-7, 0x1.e90d1f9ce8f2cp-62)},
      {"normal_cdf(DD(-8))", normal_cdf(DD(-8)), DD::parts(0x1.669d2c90d55cep-51, 0x1.02bdbdb0e6ba9p-105)},
      {"normal_cdf(DD(1.5))", normal_cdf(DD(1.5)), DD::parts(0x1.ddcb724ed3702p-1, 0x1.61d5255b4c4c2p-56)},
      {"sigmoid(DD(-3))", sigmoid(DD(-3)), DD::parts(0x1.848343c905445p-5, -0x1.a76ea8d718ee6p-63)},
      {"softplus(DD(-3))", softplus(DD(-3)), DD::parts(0x1.8e070fc045701p-5, -0x1.aaa73ba4ed17cp-59)},
      {"softplus(DD(2))", softplus(DD(2)), DD::parts(0x1.103f2d54301d5p+1, -0x1.ba3259ccee4fep-53)},
      {"erf(DD(0.125))", erf(DD(0.125)), DD::parts(0x1.1f5e1a35c3b89p-3, 0x1.d0b6d6493e0f4p-57)},
      {"erf(DD(-3))", erf(DD(-3)), DD::parts(-0x1.fffd1ac4135f9p-1, -0x1.eeafa1ecd6cefp-55)},
      {"lgamma(DD(3.75))", lgamma(DD(3.75)), DD::parts(0x1.7c9ff21d3df69p+0, 0x1.d7a618f4e9a57p-54)},
      {"lgamma(DD(0.0625))", lgamma(DD(0.0625)), DD::parts(0x1.5eac3fbdac563p+1, -0x1.6cd826b29932cp-53)},
      {"lgamma(DD(-3.75))", lgamma(DD(-3.75)), DD::parts(-0x1.513878cce057fp+0, -0x1.a690e9962ac51p-54)},
      {"digamma(DD(0.25))", digamma(DD(0.25)), DD::parts(-0x1.0e8e9943cd7c3p+2, 0x1.bb91c27827fc4p-54)},
      {"digamma(DD(-2.25))", digamma(DD(-2.25)), DD::parts(0x1.0a263badf8e6ep+2, 0x1.caa86c3fd6e66p-53)},
      {"polygamma(1, DD(0.25))", polygamma(1, DD(0.25)), DD::parts(0x1.1328429d927c6p+4, 0x1.bd39e39f92cfdp-50)},
      {"polygamma(3, DD(-1.25))", polygamma(3, DD(-1.25)), DD::parts(0x1.858e236e541d7p+10, -0x1.6e6abe140629ap-45)},
      {"polygamma(2, DD(50))", polygamma(2, DD(50)), DD::parts(-0x1.abe723556e285p-12, -0x1.a6b75b2202764p-67)},
      {"pow(DD(2.5), DD(3.75))", pow(DD(2.5), DD(3.75)), DD::parts(0x1.f10b510ce05b1p+4, -0x1.5844db9e3d6aap-50)},
      {"pow(DD(-1.5), DD(-7))", pow(DD(-1.5), DD(-7)), DD::parts(-0x1.df75680feb65fp-5, -0x1.21d438a79f8bep-59)},
      {"DD(1) / DD(3)", DD(1) / DD(3), DD::parts(0x1.5555555555555p-2, 0x1.5555555555555p-56)},
      {"rem(DD(-7.5), DD(2))", rem(DD(-7.5), DD(2)), DD::parts(0x1.0000000000000p-1, 0x0.0p+0)},
  };
  for (const Row &row : rows) {
    DD error = abs((row.got - row.truth) / row.truth);
    EXPECT_LE(error.hi, 2e-30) << row.what << " = " << row.got.hi;
  }
}

TEST(DoubleDouble, InversesAgree) {
  for (double x : {0.001, 0.3, 0.9, 1.0, 1.7, 12.0, 300.0}) {
    EXPECT_LE(std::fabs((log(exp(DD(x))) - x).hi), 1e-29 * x + 1e-31);
    EXPECT_LE(std::fabs((tan(atan(DD(x))) - x).hi), 1e-29 * x * (1 + x));
    EXPECT_LE(std::fabs((square(sqrt(DD(x))) - x).hi), 1e-30 * x);
  }
}

TEST(DoubleDouble, SpecialValues) {
  EXPECT_EQ(exp(DD(800)).hi, infinity);
  EXPECT_EQ(exp(DD(-infinity)).hi, 0);
  EXPECT_EQ(log(DD(0)).hi, -infinity);
  EXPECT_TRUE(std::isnan(log(DD(-1)).hi));
  EXPECT_EQ(tanh(DD(infinity)).hi, 1);
  EXPECT_EQ(erf(DD(-infinity)).hi, -1);
  EXPECT_EQ(erfc(DD(infinity)).hi, 0);
  EXPECT_EQ(erfc(DD(-infinity)).hi, 2);
  EXPECT_EQ(gaussian(DD(-infinity)).hi, 0);
  EXPECT_EQ(normal_cdf(DD(infinity)).hi, 1);
  EXPECT_EQ(normal_cdf(DD(-infinity)).hi, 0);
  EXPECT_EQ(atanh(DD(-1)).hi, -infinity);
  EXPECT_TRUE(std::isnan(acosh(DD(0.5)).hi) && std::isnan(atanh(DD(2)).hi));
  EXPECT_EQ(sigmoid(DD(-infinity)).hi, 0);
  EXPECT_EQ(softplus(DD(infinity)).hi, infinity);
  EXPECT_EQ(softplus(DD(-infinity)).hi, 0);
  EXPECT_EQ(lgamma(DD(-2)).hi, infinity);
  EXPECT_EQ(lgamma(DD(2)).hi, 0);
  EXPECT_EQ(polygamma(1, DD(-2)).hi, infinity);
  EXPECT_TRUE(std::isnan(digamma(DD(-2)).hi));
  EXPECT_EQ(atan2(DD(0.0), DD(-1)).hi, constants::pi.hi);
  EXPECT_EQ(atan2(DD(-0.0), DD(-1)).hi, -constants::pi.hi);
  EXPECT_TRUE(std::isnan(pow(DD(-2), DD(0.5)).hi));
  EXPECT_EQ(pow(DD(0), DD(0)).hi, 1);
  DD (*const odd[])(DD) = {expm1, log1p, tanh, erf, sinh, tan, asin, atan, asinh, atanh, cbrt};
  for (auto f : odd) EXPECT_TRUE(std::signbit(f(DD(-0.0)).hi));
  EXPECT_TRUE(std::isnan(max(DD(NAN), DD(1)).hi) && std::isnan(max(DD(1), DD(NAN)).hi));
}

TEST(DoubleDouble, Rounding) {
  DD justBelow = DD::parts(3, -1e-20);
  EXPECT_EQ(floor(justBelow).hi, 2);
  EXPECT_EQ(ceil(justBelow).hi, 3);
  EXPECT_EQ(round(DD(2.5)).hi, 2);
  EXPECT_EQ(round(DD(3.5)).hi, 4);
  EXPECT_EQ(round(DD::parts(2.5, 1e-20)).hi, 3);
  EXPECT_EQ(round(DD(-0.25)).hi, 0);
  EXPECT_TRUE(std::signbit(round(DD(-0.25)).hi));
  EXPECT_EQ(roundedToF32(DD(0.1)).hi, double(0.1f));
  EXPECT_EQ(roundedToF32(DD::parts(1 + 0x1p-24, 1e-20)).hi, 1 + 0x1p-23);
  EXPECT_EQ(roundedToF32(DD::parts(1 + 0x1p-24, -1e-20)).hi, 1);
}

TEST(F64, RemainderHasTheSignOfTheDivisor) {
  EXPECT_EQ(rem(F64(7), F64(3)).value, 1);
  EXPECT_EQ(rem(F64(-7), F64(3)).value, 2);
  EXPECT_EQ(rem(F64(7), F64(-3)).value, -2);
  EXPECT_EQ(floordiv(F64(-7), F64(3)).value, -3);
  EXPECT_EQ(rem(DD(-7), DD(3)).hi, 2);
}

TEST(Integer, WrapsAndNeverTraps) {
  Integer lowest(INT32_MIN, 32), zero(0, 32), minusOne(-1, 32);
  EXPECT_EQ((lowest - 1.0).value, INT32_MAX);
  EXPECT_EQ((lowest / minusOne).value, INT32_MIN);
  EXPECT_EQ((Integer(7, 32) / zero).value, -1);
  EXPECT_EQ(floordiv(Integer(-7, 32), Integer(2, 32)).value, -4);
  EXPECT_EQ(floordiv(Integer(7, 64), Integer(0, 64)).value, -1);
  EXPECT_EQ(rem(Integer(-7, 32), Integer(2, 32)).value, 1);
  EXPECT_EQ(rem(Integer(7, 32), Integer(-2, 32)).value, -1);
  EXPECT_EQ(rem(Integer(7, 32), zero).value, 7);
  EXPECT_EQ(rem(Integer(INT64_MIN, 64), Integer(-1, 64)).value, 0);
  EXPECT_EQ((!Integer(1, 1)).value, 0);
}

} // namespace
