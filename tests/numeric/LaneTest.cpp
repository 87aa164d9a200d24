// Lane arithmetic in machine code: integer division that cannot trap, saturating conversion, remainders, NaN in max and
// min, powers; scalars and vectors alike.
#include "tests/numeric/LaneJit.h"
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>
using namespace fluxion;
using fluxion::cpu::Lane;
using mlir::OpBuilder;

namespace {

enum class Type { F32, F64, I32, I64 };

// f(a, b) over the lists, as vectors of 4 and as scalars, which must agree.
template <class In, class Out>
std::vector<Out> evaluate(Type type, std::vector<In> a, std::vector<In> b, const test::LaneFunction &f) {
  test::LaneJit jit;
  OpBuilder builder(&jit.getContext());
  mlir::Type element = type == Type::F32   ? mlir::Type(builder.getF32Type())
                       : type == Type::F64 ? mlir::Type(builder.getF64Type())
                       : type == Type::I32 ? mlir::Type(builder.getI32Type())
                                           : mlir::Type(builder.getI64Type());
  jit.add("vector", element, 4, f);
  jit.add("scalar", element, 1, f);
  EXPECT_EQ(jit.compile(), "");
  size_t count = a.size();
  a.resize((count + 3) / 4 * 4), b.resize(a.size());
  std::vector<Out> vector(a.size()), scalar(a.size());
  jit.lookup("vector")(a.data(), b.data(), vector.data(), a.size());
  jit.lookup("scalar")(a.data(), b.data(), scalar.data(), a.size());
  vector.resize(count), scalar.resize(count);
  for (size_t i = 0; i < count; ++i) EXPECT_TRUE(vector[i] == scalar[i] || vector[i] != vector[i]) << i;
  return vector;
}

constexpr int32_t lowest = std::numeric_limits<int32_t>::min();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

TEST(Lane, IntegerDivision) {
  std::vector<int32_t> a = {7, -7, 7, -7, 5, lowest, 0}, b = {2, 2, -2, -2, 0, -1, 0};
  auto divide = evaluate<int32_t, int32_t>(Type::I32, a, b, [](Lane x, Lane y) { return x / y; });
  EXPECT_EQ(divide, (std::vector<int32_t>{3, -3, -3, 3, -1, lowest, -1}));
  auto floor = evaluate<int32_t, int32_t>(Type::I32, a, b, [](Lane x, Lane y) { return floordiv(x, y); });
  EXPECT_EQ(floor, (std::vector<int32_t>{3, -4, -4, 3, -1, lowest, -1}));
  auto rest = evaluate<int32_t, int32_t>(Type::I32, a, b, [](Lane x, Lane y) { return rem(x, y); });
  EXPECT_EQ(rest, (std::vector<int32_t>{1, 1, -1, -1, 5, 0, 0}));
  auto wide = evaluate<int64_t, int64_t>(Type::I64, {-7, INT64_MIN, 9}, {2, -1, 0},
                                         [](Lane x, Lane y) { return floordiv(x, y); });
  EXPECT_EQ(wide, (std::vector<int64_t>{-4, INT64_MIN, -1}));
}

TEST(Lane, IntegerFunctions) {
  auto f = evaluate<int32_t, int32_t>(Type::I32, {-3, 0, 9, 3}, {2, 5, 4, -1}, [](Lane x, Lane y) {
    return select(x > y, x, y) * 100.0 + abs(x) * 10.0 + sign(x) + min(x, y) * 0.0;
  });
  EXPECT_EQ(f, (std::vector<int32_t>{229, 500, 991, 331}));
  auto power = evaluate<int64_t, int64_t>(Type::I64, {3, -2, 0, 5, 2, -1, 1, 0}, {4, 5, 0, 1, -1, -3, -9, -1},
                                          [](Lane x, Lane y) { return pow(x, y); });
  EXPECT_EQ(power, (std::vector<int64_t>{81, -32, 1, 5, 0, -1, 1, -1}));
}

TEST(Lane, ConvertSaturates) {
  std::vector<double> x = {2.9, -2.9, 1e30, -1e30, nan, infinity, -infinity, 2147483647.5};
  auto toI32 =
      evaluate<double, int32_t>(Type::F64, x, x, [](Lane a, Lane) { return convert(a, a.getBuilder().getI32Type()); });
  EXPECT_EQ(toI32, (std::vector<int32_t>{2, -2, INT32_MAX, INT32_MIN, 0, INT32_MAX, INT32_MIN, INT32_MAX}));
  auto toI64 =
      evaluate<double, int64_t>(Type::F64, x, x, [](Lane a, Lane) { return convert(a, a.getBuilder().getI64Type()); });
  EXPECT_EQ(toI64, (std::vector<int64_t>{2, -2, INT64_MAX, INT64_MIN, 0, INT64_MAX, INT64_MIN, 2147483647}));
  auto truth = evaluate<double, uint8_t>(Type::F64, {0, -0.0, nan, 3}, {0, 0, 0, 0},
                                         [](Lane a, Lane) { return convert(a, a.getBuilder().getI1Type()); });
  EXPECT_EQ(truth, (std::vector<uint8_t>{0, 0, 1, 1}));
  auto back = evaluate<int64_t, double>(Type::I64, {INT64_MAX, -3}, {0, 0},
                                        [](Lane a, Lane) { return convert(a, a.getBuilder().getF64Type()); });
  EXPECT_EQ(back, (std::vector<double>{0x1p63, -3}));
}

TEST(Lane, NanWinsInExtrema) {
  std::vector<float> a = {1, float(nan), 2, float(nan)}, b = {2, 1, float(nan), float(nan)};
  for (auto f : {+[](Lane x, Lane y) { return max(x, y); }, +[](Lane x, Lane y) { return min(x, y); }}) {
    auto y = evaluate<float, float>(Type::F32, a, b, f);
    EXPECT_FALSE(std::isnan(y[0]));
    for (int i = 1; i < 4; ++i) EXPECT_TRUE(std::isnan(y[i]));
  }
  for (auto f : {+[](Lane x, Lane) { return max(x, 0.0); }, +[](Lane x, Lane) { return max(0.0, x); }}) {
    auto y = evaluate<float, float>(Type::F32, {-1, 3, float(nan)}, {0, 0, 0}, f);
    EXPECT_EQ(y[0], 0);
    EXPECT_EQ(y[1], 3);
    EXPECT_TRUE(std::isnan(y[2]));
  }
}

TEST(Lane, RoundingAndRemainder) {
  auto y = evaluate<double, double>(Type::F64, {7, -7, 7, -7, 6, 2.5, -5}, {3, 3, -3, -3, -3, 0, infinity},
                                    [](Lane a, Lane b) { return rem(a, b); });
  for (auto [got, want] :
       {std::pair{y[0], 1.0}, {y[1], 2.0}, {y[2], -2.0}, {y[3], -1.0}, {y[4], -0.0}, {y[6], infinity}})
    EXPECT_EQ(got, want);
  EXPECT_TRUE(std::signbit(y[4]));
  EXPECT_TRUE(std::isnan(y[5]));
  auto half =
      evaluate<double, double>(Type::F64, {0.5, 1.5, 2.5, -2.5}, {0, 0, 0, 0}, [](Lane a, Lane) { return round(a); });
  EXPECT_EQ(half, (std::vector<double>{0, 2, 2, -2}));
  auto signs = evaluate<double, double>(Type::F64, {-3, 0, 5, nan}, {0, 0, 0, 0}, [](Lane a, Lane) { return sign(a); });
  EXPECT_EQ(signs[0], -1);
  EXPECT_EQ(signs[1], 0);
  EXPECT_EQ(signs[2], 1);
  EXPECT_TRUE(std::isnan(signs[3]));
}

TEST(Lane, KnownPowers) {
  for (double exponent : {0.0, 1.0, 2.0, 3.0, 4.0, -1.0, -2.0, 0.5, -0.5, 2.5, 5.0}) {
    std::vector<double> x = {0.75, 2, 9.5, 0, infinity, -0.0, -infinity, -2};
    auto y = evaluate<double, double>(Type::F64, x, x, [=](Lane a, Lane) { return pow(a, exponent); });
    for (size_t i = 0; i < x.size(); ++i) {
      double want = std::pow(x[i], exponent);
      EXPECT_TRUE(std::isnan(want) ? std::isnan(y[i])
                                   : y[i] == want || std::fabs(y[i] - want) <= 3e-16 * std::fabs(want))
          << x[i] << " to the " << exponent << " gives " << y[i] << ", not " << want;
    }
  }
}

TEST(Lane, Logic) {
  auto y = evaluate<int32_t, uint8_t>(Type::I32, {1, 5, 3}, {2, 2, 3}, [](Lane a, Lane b) {
    return !((a < b) ^ (a >= b)) | (a == b) | (a != b) & (a <= 1.0);
  });
  EXPECT_EQ(y, (std::vector<uint8_t>{1, 0, 1}));
}

} // namespace
