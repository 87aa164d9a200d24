// Extents as polynomials: ring laws by random evaluation, normal form, division, overflow.
#include "frontend/Graph/Dim.h"
#include <gtest/gtest.h>
#include <random>

using namespace fluxion;

static Dim named(const char *name) { return Dim::named(name); }

// A random polynomial beside a function that evaluates the same expression directly.
struct Sample { Dim dim; __int128 value; };
static Sample sample(std::mt19937 &random, const DimBinding &binding, int depth) {
  auto pick = [&](int n) { return int(random() % unsigned(n)); };
  if (depth == 0 || pick(4) == 0) {
    if (pick(2)) {
      int64_t c = pick(11) - 5;
      return {Dim(c), c};
    }
    auto it = binding.begin();
    std::advance(it, pick(int(binding.size())));
    return {Dim::named(it->first), it->second};
  }
  Sample a = sample(random, binding, depth - 1), b = sample(random, binding, depth - 1);
  switch (pick(3)) {
  case 0: return {a.dim + b.dim, a.value + b.value};
  case 1: return {a.dim - b.dim, a.value - b.value};
  default: return {a.dim * b.dim, a.value * b.value};
  }
}

TEST(Dim, RandomExpressionsEvaluateAsIntegersDo) {
  std::mt19937 random(7);
  DimBinding binding = {{"a", 3}, {"b", -2}, {"c", 7}};
  for (int i = 0; i < 2000; ++i) {
    Sample s = sample(random, binding, 4);
    if (s.dim.overflowed() || s.value > INT64_MAX || s.value < INT64_MIN) continue;
    ASSERT_EQ(s.dim.evaluate(binding), int64_t(s.value)) << s.dim.print();
  }
}

TEST(Dim, LawsHoldAsEqualityOfPolynomials) {
  std::mt19937 random(8);
  DimBinding binding = {{"a", 1}, {"b", 2}, {"c", 3}};
  for (int i = 0; i < 300; ++i) {
    Dim x = sample(random, binding, 3).dim, y = sample(random, binding, 3).dim, z = sample(random, binding, 3).dim;
    EXPECT_EQ(x + y, y + x);
    EXPECT_EQ(x * y, y * x);
    EXPECT_EQ((x + y) * z, x * z + y * z);
    EXPECT_EQ(x - x, Dim(0));
    EXPECT_EQ(x * Dim(1), x);
  }
}

TEST(Dim, EqualHoweverWritten) {
  Dim d = named("d"), b = named("b");
  EXPECT_EQ(b * Dim(4), Dim(4) * b);
  EXPECT_EQ((d * (d - Dim(1))).dividedBy(2), (d * d - d).dividedBy(2));
  EXPECT_EQ((Dim(4) * b).dividedBy(2), Dim(2) * b);
  EXPECT_NE(d, b);
}

TEST(Dim, Prints) {
  Dim d = named("d"), b = named("B");
  EXPECT_EQ(Dim(784).print(), "784");
  EXPECT_EQ(Dim(0).print(), "0");
  EXPECT_EQ((Dim(4) * b).print(), "4*B");
  EXPECT_EQ((d * (d - Dim(1))).dividedBy(2).print(), "(d*d - d)/2");
  EXPECT_EQ((Dim(4) - d).print(), "4 - d");
  EXPECT_EQ((b - Dim(1)).print(), "B - 1");
}

TEST(Dim, NamesAndConstants) {
  Dim d = named("d");
  EXPECT_EQ(d.name(), "d");
  EXPECT_EQ((d + Dim(0)).name(), "d");
  EXPECT_FALSE((d + Dim(1)).name());
  EXPECT_FALSE(d.constant());
  EXPECT_EQ((d - d + Dim(3)).constant(), 3);
  EXPECT_EQ((d * named("a") + d).names(), (std::vector<std::string>{"a", "d"}));
}

TEST(Dim, DivisionIsExactOrHasNoValue) {
  Dim half = named("d").dividedBy(2);
  EXPECT_EQ(half.evaluate({{"d", 8}}), 4);
  EXPECT_EQ(half.evaluate({{"d", 7}}), std::nullopt);
  EXPECT_EQ(half.evaluate({}), std::nullopt);
  EXPECT_EQ(named("d").dividedBy(-1), Dim(0) - named("d"));
  EXPECT_TRUE(named("d").dividedBy(0).overflowed());
}

TEST(Dim, OverflowIsAbsorbedNotWrapped) {
  Dim big(INT64_MAX), d = named("d");
  EXPECT_TRUE((big + Dim(1)).overflowed());
  EXPECT_TRUE((big * d * Dim(2)).overflowed());
  EXPECT_TRUE((Dim(0) - Dim(INT64_MIN)).overflowed());
  EXPECT_EQ((big * d).evaluate({{"d", 2}}), std::nullopt);
  EXPECT_TRUE(((big + Dim(1)) - (big + Dim(1))).overflowed());
  Dim power = d;
  for (int i = 0; i < 10; ++i) power = power * power;
  EXPECT_TRUE(power.overflowed());
}

TEST(Dim, Substitution) {
  Dim d = named("d"), e = named("e");
  EXPECT_EQ((d * d + e).substitute({{"d", e + Dim(1)}}), e * e + Dim(3) * e + Dim(1));
  EXPECT_EQ((d * (d - Dim(1))).dividedBy(2).substitute({{"d", Dim(5)}}).constant(), 10);
}

TEST(Dim, FloorsTakeOutWhatDivides) {
  Dim L = named("L"), b = named("b");
  EXPECT_EQ((Dim(4) * b + L).floordiv(4), b + L.floordiv(4));
  EXPECT_EQ((Dim(2) * b).floordiv(2), b);
  EXPECT_EQ((Dim(2) * b + Dim(1)).floordiv(2), b);
  EXPECT_EQ(Dim(-3).floordiv(2), Dim(-2));
  EXPECT_EQ((L - Dim(3)).floordiv(2).print(), "floordiv(L + 1, 2) - 2");
  EXPECT_EQ((L - Dim(3)).floordiv(2), (L + Dim(1)).floordiv(2) - Dim(2));
  EXPECT_FALSE(L.floordiv(2) == L.floordiv(3));
  EXPECT_EQ(L.floordiv(2).names(), std::vector<std::string>{"L"});
  EXPECT_FALSE(L.floordiv(2).name());
  EXPECT_EQ(L.floordiv(2).substitute({{"L", Dim(2) * b}}), b);
  EXPECT_TRUE(L.floordiv(0).overflowed());
  for (int64_t l = -9; l < 9; ++l)
    for (int64_t by = 1; by < 5; ++by) {
      Dim floor = (Dim(3) * L - Dim(7)).floordiv(by) * b;
      int64_t n = 3 * l - 7, expected = n / by - (n % by < 0);
      ASSERT_EQ(floor.evaluate({{"L", l}, {"b", 2}}), 2 * expected) << floor.print() << " at " << l;
    }
}
