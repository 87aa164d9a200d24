// Gather, scatter_add, concat, pad, reshape, random draws: against plain loops, with faults where indices leave their
// range.
#include "tests/compiler/Target/Harness.h"
#include <cstring>

using namespace fluxion;
using namespace fluxion::cpu;

namespace {

TEST(Move, GatherRowsAndElements) {
  for (HarnessOptions way : everyWay()) {
    Program program(
        R"(func.func @f(%x: tensor<10x21xf32>, %i: tensor<6xi32>, %j: tensor<10xi64>) -> (tensor<6x21xf32>, tensor<10x2xf32>, tensor<10xf32>) {
      %0 = flx.gather %x, %i axis 0 : (tensor<10x21xf32>, tensor<6xi32>) -> tensor<6x21xf32>
      %1 = flx.add %0, %0 : tensor<6x21xf32>
      %k = flx.constant dense<[20, 3]> : tensor<2xi32>
      %2 = flx.gather %x, %k axis 1 : (tensor<10x21xf32>, tensor<2xi32>) -> tensor<10x2xf32>
      %flat = flx.reshape %x : tensor<10x21xf32> -> tensor<210xf32>
      %3 = flx.gather %flat, %j axis 0 : (tensor<210xf32>, tensor<10xi64>) -> tensor<10xf32>
      return %1, %2, %3 : tensor<6x21xf32>, tensor<10x2xf32>, tensor<10xf32>
    })",
        way);
    ASSERT_TRUE(program.valid()) << program.error;
    auto x = sample<float>(210);
    std::vector<int32_t> i{9, 0, 3, 3, 7, 1};
    std::vector<int64_t> j{0, 209, 5, 17, 100, 101, 102, 30, 31, 64};
    std::vector<float> rows(126), columns(20), elements(10);
    program.call({x.data(), i.data(), j.data()}, {rows.data(), columns.data(), elements.data()});
    for (int a = 0; a < 6; ++a)
      for (int b = 0; b < 21; ++b) ASSERT_EQ(rows[a * 21 + b], 2 * x[i[a] * 21 + b]);
    for (int a = 0; a < 10; ++a) {
      ASSERT_EQ(columns[2 * a], x[a * 21 + 20]);
      ASSERT_EQ(columns[2 * a + 1], x[a * 21 + 3]);
      ASSERT_EQ(elements[a], x[j[a]]);
    }
    flx_fault_record fault;
    EXPECT_EQ(flx_context_take_fault(program.context, &fault), 0);
  }
}

TEST(Move, OutOfRangeIsReportedAndClamped) {
  for (HarnessOptions way : everyWay()) {
    Program program(
        R"(func.func @f(%x: tensor<5xf32>, %i: tensor<19xi32>, %u: tensor<3x2xf32>, %k: tensor<3xi64>) -> (tensor<19xf32>, tensor<4x2xf32>) {
      %0 = flx.gather %x, %i axis 0 : (tensor<5xf32>, tensor<19xi32>) -> tensor<19xf32>
      %1 = flx.scatter_add %u, %k axis 0 : (tensor<3x2xf32>, tensor<3xi64>) -> tensor<4x2xf32>
      return %0, %1 : tensor<19xf32>, tensor<4x2xf32>
    })",
        way);
    ASSERT_TRUE(program.valid()) << program.error;
    ASSERT_EQ(program.compiled.faultSites.size(), 2u);
    std::vector<float> x{1, 2, 3, 4, 5}, u{1, 2, 3, 4, 5, 6}, y(19), z(8);
    std::vector<int32_t> i(19, 2);
    std::vector<int64_t> k{3, 0, 3};
    i[17] = -4;
    program.call({x.data(), i.data(), u.data(), k.data()}, {y.data(), z.data()});
    flx_fault_record fault;
    ASSERT_EQ(flx_context_take_fault(program.context, &fault), 1);
    EXPECT_EQ(fault.site, 0);
    EXPECT_EQ(fault.value, -4);
    EXPECT_EQ(fault.bound, 5);
    EXPECT_EQ(y[17], 1);
    EXPECT_EQ(y[18], 3);
    EXPECT_EQ(z, (std::vector<float>{3, 4, 0, 0, 0, 0, 6, 8}));
    i[17] = 0;
    k[1] = 99;
    program.call({x.data(), i.data(), u.data(), k.data()}, {y.data(), z.data()});
    ASSERT_EQ(flx_context_take_fault(program.context, &fault), 1);
    EXPECT_EQ(fault.site, 1);
    EXPECT_EQ(fault.value, 99);
    EXPECT_EQ(z, (std::vector<float>{0, 0, 0, 0, 0, 0, 9, 12}));
  }
}

TEST(Move, ScatterAddInTheMiddle) {
  for (HarnessOptions way : everyWay()) {
    Program program(R"(func.func @f(%u: tensor<3x4x5x19xf64>, %k: tensor<4x5xi32>) -> tensor<3x7x19xf64> {
      %0 = flx.scatter_add %u, %k axis 1 : (tensor<3x4x5x19xf64>, tensor<4x5xi32>) -> tensor<3x7x19xf64>
      return %0 : tensor<3x7x19xf64>
    })",
                    way);
    ASSERT_TRUE(program.valid()) << program.error;
    auto u = sample<double>(3 * 20 * 19);
    std::vector<int32_t> k(20);
    for (int i = 0; i < 20; ++i) k[i] = i * i % 7;
    std::vector<double> y(3 * 7 * 19), expected(3 * 7 * 19, 0.0);
    program.call({u.data(), k.data()}, {y.data()});
    for (int p = 0; p < 3; ++p)
      for (int j = 0; j < 20; ++j)
        for (int q = 0; q < 19; ++q) expected[(p * 7 + k[j]) * 19 + q] += u[(p * 20 + j) * 19 + q];
    EXPECT_EQ(y, expected);
  }
}

TEST(Move, ConcatAndPad) {
  for (HarnessOptions way : everyWay()) {
    Program program(
        R"(func.func @f(%a: tensor<3x4xi1>, %b: tensor<3x1xi1>, %x: tensor<4x3xf32>) -> (tensor<3x9xi1>, tensor<9x4xf32>) {
      %0 = flx.concat %a, %b, %a axis 1 : (tensor<3x4xi1>, tensor<3x1xi1>, tensor<3x4xi1>) -> tensor<3x9xi1>
      %1 = flx.neg %x : tensor<4x3xf32>
      %2 = flx.pad %1 low [2, 0] high [0, 1] interior [1, 0] : tensor<4x3xf32> -> tensor<9x4xf32>
      return %0, %2 : tensor<3x9xi1>, tensor<9x4xf32>
    })",
        way);
    ASSERT_TRUE(program.valid()) << program.error;
    std::vector<uint8_t> a{1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0}, b{0, 1, 1}, c(27, 9);
    auto x = sample<float>(12);
    std::vector<float> y(36, 9), expected(36, 0.f);
    program.call({a.data(), b.data(), x.data()}, {c.data(), y.data()});
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(0, std::memcmp(&c[i * 9], &a[i * 4], 4));
      EXPECT_EQ(c[i * 9 + 4], b[i]);
      EXPECT_EQ(0, std::memcmp(&c[i * 9 + 5], &a[i * 4], 4));
    }
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 3; ++j) expected[(2 + 2 * i) * 4 + j] = -x[i * 3 + j];
    EXPECT_EQ(y, expected);
  }
}

TEST(Move, DrawsAreTheRuntimes) {
  for (HarnessOptions way : everyWay()) {
    Program program(R"(func.func @f(%key: tensor<i64>) -> (tensor<100x301xf32>, tensor<7xf64>) {
      %five = flx.constant dense<5> : tensor<i64>
      %k = flx.fold_in %key, %five
      %0 = flx.random_uniform %k : tensor<100x301xf32>
      %1 = flx.random_normal %key : tensor<7xf64>
      return %0, %1 : tensor<100x301xf32>, tensor<7xf64>
    })",
                    way);
    ASSERT_TRUE(program.valid()) << program.error;
    int64_t key = 1234;
    std::vector<float> u(30100), eu(30100);
    std::vector<double> n(7), en(7);
    program.call({&key}, {u.data(), n.data()});
    flx_random_uniform_f32(eu.data(), 0, 30100, flx_random_fold(key, 5));
    flx_random_normal_f64(en.data(), 0, 7, key);
    EXPECT_EQ(u, eu);
    EXPECT_EQ(n, en);
  }
}

} // namespace
