// Weak scalars: exact while rational, and within 2⁻¹⁰⁰ when evaluated. Reference values are double-doubles from tables.
#include "frontend/Graph/Weak.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>
#include <string>

using namespace fluxion;

static Weak number(const char *text) { return *Weak::parse(text); }

static void expectValue(const Weak &weak, double hi, double lo) {
  auto value = weak.evaluate();
  ASSERT_TRUE(value) << weak.print();
  EXPECT_EQ(value->hi, hi) << weak.print();
  EXPECT_NEAR(value->lo, lo, std::fabs(hi) * 0x1p-100) << weak.print();
}

TEST(Weak, ReadsDecimals) {
  EXPECT_EQ(number("0.1"), Weak::rational(1, 10));
  EXPECT_EQ(number("1e3"), Weak::rational(1000));
  EXPECT_EQ(number("12.50"), Weak::rational(25, 2));
  EXPECT_EQ(number("16777217"), Weak::rational(16777217));
  EXPECT_EQ(number("0e999999999999"), Weak::rational(0));
  for (const char *wrong : {"", ".", "e5", "1e", "1e+", "1.2.3", "x", "1f", "--1"})
    EXPECT_FALSE(Weak::parse(wrong)) << wrong;
}

TEST(Weak, ArithmeticIsExact) {
  EXPECT_EQ(Weak::binary("add", number("0.1"), number("0.2")), number("0.3"));
  EXPECT_EQ(Weak::binary("sub", number("1"), number("0.9")), number("0.1"));
  EXPECT_EQ(Weak::binary("div", number("1"), number("3")), Weak::rational(1, 3));
  EXPECT_EQ(Weak::binary("pow", number("0.5"), number("10")), Weak::rational(1, 1024));
  EXPECT_EQ(Weak::binary("pow", number("2"), Weak::rational(-2)), Weak::rational(1, 4));
  EXPECT_EQ(Weak::binary("floordiv", Weak::rational(-7), Weak::rational(2)), Weak::rational(-4));
  EXPECT_EQ(Weak::unary("sqrt", Weak::rational(9, 16)), Weak::rational(3, 4));
  EXPECT_EQ(Weak::binary("max", Weak::rational(1, 3), Weak::rational(1, 2)), Weak::rational(1, 2));
}

TEST(Weak, RandomRationalsAgreeWithIntegers) {
  std::mt19937 random(3);
  auto pick = [&] { return int64_t(random() % 2001) - 1000; };
  for (int i = 0; i < 2000; ++i) {
    int64_t a = pick(), b = pick() | 1, c = pick(), d = pick() | 1;
    EXPECT_EQ(Weak::binary("add", Weak::rational(a, b), Weak::rational(c, d)), Weak::rational(a * d + c * b, b * d));
    EXPECT_EQ(Weak::binary("mul", Weak::rational(a, b), Weak::rational(c, d)), Weak::rational(a * c, b * d));
  }
}

TEST(Weak, EvaluatesBeyondDouble) {
  expectValue(number("0.1"), 0.1, -5.551115123125783e-18);
  expectValue(number("3.14159265358979323846264338327950288"), 3.141592653589793, 1.2246467991473532e-16);
  expectValue(Weak::unary("sqrt", number("2")), 1.4142135623730951, -9.667293313452913e-17);
  expectValue(Weak::unary("exp", number("1")), 2.718281828459045, 1.4456468917292502e-16);
  expectValue(Weak::unary("log", number("2")), 0.6931471805599453, 2.3190468138462996e-17);
  expectValue(Weak::unary("log", number("10")), 2.302585092994046, -2.1707562233822494e-16);
  expectValue(Weak::binary("pow", number("2"), number("0.5")), 1.4142135623730951, -9.667293313452913e-17);
  expectValue(number("1e-30"), 1e-30, number("1e-30").evaluate()->lo);
}

TEST(Weak, HugeAndTinyAndLong) {
  EXPECT_EQ(number("1e300").evaluate()->hi, 1e300);
  EXPECT_EQ(number("1e-300").evaluate()->hi, 1e-300);
  EXPECT_EQ(number("4.9e-324").evaluate()->hi, 4.9e-324);
  EXPECT_TRUE(std::isinf(number("1e999").evaluate()->hi));
  EXPECT_EQ(number("1e-999").evaluate()->hi, 0);
  std::string digits = "1." + std::string(300, '3');
  EXPECT_EQ(number(digits.c_str()).evaluate()->hi, 4.0 / 3.0);
}

TEST(Weak, InverseFunctionsMeetWithinTheBound) {
  std::mt19937 random(5);
  for (int i = 0; i < 200; ++i) {
    Weak x = Weak::rational(int64_t(random() % 100000) + 1, int64_t(random() % 1000) + 1);
    auto value = x.evaluate(), back = Weak::unary("exp", Weak::unary("log", x)).evaluate();
    double difference = (back->hi - value->hi) + (back->lo - value->lo);
    EXPECT_LE(std::fabs(difference), std::fabs(value->hi) * 0x1p-99) << x.print();
    auto root = Weak::unary("sqrt", x);
    auto square = Weak::binary("mul", root, root).evaluate();
    EXPECT_LE(std::fabs((square->hi - value->hi) + (square->lo - value->lo)), std::fabs(value->hi) * 0x1p-100)
        << x.print();
  }
}

TEST(Weak, Dimensions) {
  Dim d = Dim::named("d");
  Weak w = Weak::dimension(d);
  EXPECT_EQ(Weak::binary("mul", w, number("4")).asDim(), Dim(4) * d);
  EXPECT_EQ(Weak::binary("div", Weak::binary("mul", w, Weak::binary("sub", w, number("1"))), number("2")).asDim(),
            (d * (d - Dim(1))).dividedBy(2));
  EXPECT_FALSE(Weak::unary("sqrt", w).asDim());
  EXPECT_FALSE(number("0.5").asDim());
  EXPECT_FALSE(Weak::unary("sqrt", w).evaluate());
  EXPECT_EQ(Weak::unary("sqrt", w).evaluate({{"d", 16}})->hi, 4);
  EXPECT_EQ(Weak::binary("div", w, number("2")).evaluate({{"d", 5}})->hi, 2.5);
  EXPECT_EQ(w.substitute({{"d", Dim(3)}}), number("3"));
  EXPECT_EQ(number("7").asInteger(), 7);
  EXPECT_FALSE(number("1e30").asInteger());
}

TEST(Weak, Prints) {
  EXPECT_EQ(number("0.1").print(), "0.1");
  EXPECT_EQ(Weak::rational(1, 3).print(), "1/3");
  EXPECT_EQ(number("1e-30").print(), "1e-30");
  EXPECT_EQ(Weak::unary("sqrt", Weak::dimension(Dim::named("E"))).print(), "sqrt(E)");
  EXPECT_EQ(Weak::binary("div", Weak::unary("neg", Weak::unary("sqrt", number("2"))), number("3")).print(),
            "(-sqrt(2))/3");
  EXPECT_EQ(Weak::binary("mul", Weak::dimension(Dim::named("N")), number("0.5")).print(), "N*0.5");
}

// What a rational does not hold is printed without a digit lost: the text is compiled again, and keys the cache.
TEST(Weak, PrintsLongNumbersExactly) {
  EXPECT_NE(number("1.0000000596046447753906249999999999999999999999999").print(), number("1.0000000596046448").print());
  std::mt19937_64 random(5);
  for (int i = 0; i < 200; ++i) {
    std::string text = std::to_string(1 + random() % 9) + ".";
    for (size_t k = 0, digits = 15 + random() % 45; k < digits; ++k) text += char('0' + random() % 10);
    if (i % 2) text += "e" + std::to_string(int(random() % 600) - 300);
    Weak x = number(text.c_str());
    auto value = x.evaluate();
    ASSERT_TRUE(value) << text;
    // An independent reading of the printed text: products and quotients of whole numbers and powers of two.
    Weak again = Weak::rational(0);
    std::string printed = x.print(), part;
    char sign = 0;
    for (size_t k = 0; k <= printed.size(); ++k) {
      if (k < printed.size() && printed[k] != '*' && printed[k] != '/') {
        part += printed[k];
        continue;
      }
      Weak factor = part.rfind("2^", 0) == 0 ? Weak::binary("pow", number("2"), number(part.c_str() + 2)) : number(part.c_str());
      again = !sign ? factor : Weak::binary(sign == '*' ? "mul" : "div", again, factor);
      sign = printed[k];
      part.clear();
    }
    EXPECT_EQ(again, x) << text << " printed " << printed << " again " << again.print();
  }
}

TEST(Weak, RepeatedSquaringStaysCheap) {
  Weak x = Weak::unary("sqrt", Weak::dimension(Dim::named("D")));
  for (int i = 0; i < 200; ++i) x = Weak::binary("mul", x, x);
  EXPECT_TRUE(x.tooLarge());
  EXPECT_EQ(x.print(), "<large expression>");
  EXPECT_TRUE(x.evaluate({{"D", 1}}));
}
