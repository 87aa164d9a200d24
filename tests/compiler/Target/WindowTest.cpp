// reverse, window, overlap_add, cumsum and sort: against the reference interpreter, and where values are what matters
// (long sums, NaN) against plain loops.
#include "tests/compiler/Target/Compare.h"
#include <cmath>
#include <limits>

using namespace fluxion;
using namespace fluxion::cpu;

namespace {

TEST(Window, ReverseOfEveryAxisAndType) {
  for (const char *element : {"f32", "f64", "i32", "i64", "i1"})
    for (const char *axes : {"0", "1", "2", "0, 2", "0, 1, 2", ""}) {
      std::string type = std::string("tensor<3x4x37x") + element + ">";
      expectReference("func.func @f(%x: " + type + ") -> (" + type +
                      " {flx.donated = 0 : i64}) {\n  %0 = flx.reverse %x axes [" + axes + "] : " + type +
                      "\n  return %0 : " + type + "\n}");
    }
}

TEST(Window, ReverseFusesWithWhatReadsIt) {
  expectReference(R"(func.func @f(%x: tensor<6x21xf64>) -> (tensor<21xf64>, tensor<6x21xf64>, tensor<6x10xf64>) {
    %0 = flx.reverse %x axes [1] : tensor<6x21xf64>
    %1 = flx.sub %0, %x : tensor<6x21xf64>
    %2 = flx.reduce_max %1 axes [0] : tensor<6x21xf64> -> tensor<21xf64>
    %3 = flx.slice %0 offsets [0, 1] strides [1, 2] : tensor<6x21xf64> -> tensor<6x10xf64>
    return %2, %1, %3 : tensor<21xf64>, tensor<6x21xf64>, tensor<6x10xf64>
  })");
}

// Max-pooling of a picture, its argument's memory reused for nothing; and a mean over windows that overlap, dilated.
TEST(Window, Pooling) {
  expectReference(R"(func.func @f(%x: tensor<2x9x7x19xf32>) -> (tensor<2x4x3x19xf32>, tensor<2x5x7x19xf32>) {
    %0 = flx.window %x axis 1 size 3 stride 2 dilation 1 : tensor<2x9x7x19xf32> -> tensor<2x4x3x7x19xf32>
    %1 = flx.window %0 axis 3 size 3 stride 2 dilation 1 : tensor<2x4x3x7x19xf32> -> tensor<2x4x3x3x3x19xf32>
    %2 = flx.reduce_max %1 axes [2, 4] : tensor<2x4x3x3x3x19xf32> -> tensor<2x4x3x19xf32>
    %3 = flx.neg %x : tensor<2x9x7x19xf32>
    %4 = flx.window %3 axis 1 size 3 stride 1 dilation 2 : tensor<2x9x7x19xf32> -> tensor<2x5x3x7x19xf32>
    %5 = flx.sum %4 axes [2] : tensor<2x5x3x7x19xf32> -> tensor<2x5x7x19xf32>
    return %2, %5 : tensor<2x4x3x19xf32>, tensor<2x5x7x19xf32>
  })");
}

// Convolution with groups and dilation, the gradient of its kernel and, by overlap_add, of its input.
TEST(Window, Convolution) {
  expectReference(
      R"(func.func @f(%x: tensor<2x9x7x2x3xf32>, %k: tensor<3x2x2x3x4xf32>, %dy: tensor<2x4x5x2x4xf32>) -> (tensor<2x4x5x2x4xf32>, tensor<3x2x2x3x4xf32>, tensor<2x9x7x2x3xf32>) {
    %0 = flx.window %x axis 1 size 3 stride 2 dilation 1 : tensor<2x9x7x2x3xf32> -> tensor<2x4x3x7x2x3xf32>
    %1 = flx.window %0 axis 3 size 2 stride 1 dilation 2 : tensor<2x4x3x7x2x3xf32> -> tensor<2x4x3x5x2x2x3xf32>
    %y = flx.einsum "bpkqlgc,klgco->bpqgo"(%1, %k) : (tensor<2x4x3x5x2x2x3xf32>, tensor<3x2x2x3x4xf32>) -> tensor<2x4x5x2x4xf32>
    %dk = flx.einsum "bpkqlgc,bpqgo->klgco"(%1, %dy) : (tensor<2x4x3x5x2x2x3xf32>, tensor<2x4x5x2x4xf32>) -> tensor<3x2x2x3x4xf32>
    %2 = flx.einsum "bpqgo,klgco->bpkqlgc"(%dy, %k) : (tensor<2x4x5x2x4xf32>, tensor<3x2x2x3x4xf32>) -> tensor<2x4x3x5x2x2x3xf32>
    %3 = flx.overlap_add %2 axis 3 stride 1 dilation 2 : tensor<2x4x3x5x2x2x3xf32> -> tensor<2x4x3x7x2x3xf32>
    %dx = flx.overlap_add %3 axis 1 stride 2 dilation 1 : tensor<2x4x3x7x2x3xf32> -> tensor<2x9x7x2x3xf32>
    return %y, %dk, %dx : tensor<2x4x5x2x4xf32>, tensor<3x2x2x3x4xf32>, tensor<2x9x7x2x3xf32>
  })");
}

TEST(Window, OneDimensionalAndEmpty) {
  expectReference(
      R"(func.func @f(%x: tensor<40xf64>, %b: tensor<2x5xi1>) -> (tensor<12x5xf64>, tensor<36xf64>, tensor<2x3x3xi1>, tensor<0x41xf64>, tensor<0xf64>, tensor<40xf64>) {
    %0 = flx.window %x axis 0 size 5 stride 3 dilation 1 : tensor<40xf64> -> tensor<12x5xf64>
    %1 = flx.window %x axis 0 size 5 stride 1 dilation 1 : tensor<40xf64> -> tensor<36x5xf64>
    %2 = flx.sum %1 axes [1] : tensor<36x5xf64> -> tensor<36xf64>
    %3 = flx.window %b axis 1 size 3 stride 1 dilation 1 : tensor<2x5xi1> -> tensor<2x3x3xi1>
    %4 = flx.window %x axis 0 size 41 stride 1 dilation 1 : tensor<40xf64> -> tensor<0x41xf64>
    %5 = flx.sum %4 axes [1] : tensor<0x41xf64> -> tensor<0xf64>
    %6 = flx.overlap_add %4 axis 0 stride 1 dilation 1 : tensor<0x41xf64> -> tensor<40xf64>
    return %0, %2, %3, %4, %5, %6 : tensor<12x5xf64>, tensor<36xf64>, tensor<2x3x3xi1>, tensor<0x41xf64>, tensor<0xf64>, tensor<40xf64>
  })");
}

TEST(Window, OverlapAdd) {
  for (const char *element : {"f32", "f64", "i32", "i64"})
    for (int after : {1, 3, 21}) {
      std::string e = element, a = std::to_string(after);
      expectReference("func.func @f(%x: tensor<2x5x3x" + a + "x" + e + ">, %y: tensor<2x4x3x" + a + "x" + e +
                      ">) -> (tensor<2x7x" + a + "x" + e + ">, tensor<2x12x" + a + "x" + e + ">) {\n" +
                      "  %0 = flx.overlap_add %x axis 1 stride 1 dilation 1 : tensor<2x5x3x" + a + "x" + e +
                      "> -> tensor<2x7x" + a + "x" + e + ">\n" +
                      "  %1 = flx.overlap_add %y axis 1 stride 2 dilation 2 : tensor<2x4x3x" + a + "x" + e +
                      "> -> tensor<2x12x" + a + "x" + e + ">\n" + "  return %0, %1 : tensor<2x7x" + a + "x" + e +
                      ">, tensor<2x12x" + a + "x" + e + ">\n}");
    }
}

TEST(Window, CumsumOfEveryAxis) {
  for (const char *element : {"f32", "f64", "i32", "i64"})
    for (const char *how :
         {"axis 0", "axis 1", "axis 2", "axis 1 reverse", "axis 2 exclusive", "axis 0 reverse exclusive"}) {
      std::string type = std::string("tensor<3x8x21x") + element + ">";
      expectReference("func.func @f(%x: " + type + ") -> (" + type +
                      " {flx.donated = 0 : i64}) {\n  %0 = flx.cumsum %x " + how + " : " + type +
                      "\n  return %0 : " + type + "\n}");
    }
}

// A million terms of f32 drift by no more than the last rounding.
TEST(Window, LongCumsumsKeepTheirDigits) {
  constexpr int n = 1000000;
  for (HarnessOptions way : everyWay()) {
    Program program("func.func @f(%x: tensor<1000000xf32>) -> tensor<1000000xf32> {\n  %0 = flx.cumsum %x axis 0 : "
                    "tensor<1000000xf32>\n  return %0 : tensor<1000000xf32>\n}",
                    way);
    ASSERT_TRUE(program.valid()) << program.error;
    std::vector<float> x(n), y(n);
    for (int i = 0; i < n; ++i) x[i] = 0.1f + float(i % 7) * 0.01f;
    program.call({x.data()}, {y.data()});
    long double sum = 0;
    for (int i = 0; i < n; ++i) {
      sum += x[i];
      ASSERT_NEAR(y[i], double(sum), 1e-7 * double(sum)) << i;
    }
  }
}

TEST(Window, SortOfEveryAxisAndType) {
  for (const char *element : {"f32", "f64", "i32", "i64"})
    for (const char *how : {"axis 0", "axis 1", "axis 2 descending", "axis 0 descending"}) {
      std::string type = std::string("tensor<9x40x3x") + element + ">";
      expectReference("func.func @f(%x: " + type + ") -> (" + type +
                      ", tensor<9x40x3xi32>) {\n  %0, %1 = flx.sort %x " + how + " : " + type +
                      " -> tensor<9x40x3xi32>\n  return %0, %1 : " + type + ", tensor<9x40x3xi32>\n}");
    }
}

// One term, no loop: what looks at the accumulator is no constant of the nest.
TEST(Window, ExtremumOfOneElement) {
  expectReference(R"(func.func @f(%x: tensor<1xf64>) -> (tensor<i32>, tensor<1xf64>) {
    %0 = flx.argmin %x axis 0 : tensor<1xf64> -> tensor<i32>
    %1 = flx.neg %x : tensor<1xf64>
    return %0, %1 : tensor<i32>, tensor<1xf64>
  })");
}

TEST(Window, SortPutsNanLastBothWays) {
  double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  for (HarnessOptions way : everyWay()) {
    Program program(R"(func.func @f(%x: tensor<7xf64>) -> (tensor<7xf64>, tensor<7xi32>, tensor<7xf64>, tensor<7xi32>) {
      %0, %1 = flx.sort %x axis 0 : tensor<7xf64> -> tensor<7xi32>
      %2, %3 = flx.sort %x axis 0 descending : tensor<7xf64> -> tensor<7xi32>
      return %0, %1, %2, %3 : tensor<7xf64>, tensor<7xi32>, tensor<7xf64>, tensor<7xi32>
    })",
                    way);
    ASSERT_TRUE(program.valid()) << program.error;
    std::vector<double> x{nan, 2, -inf, nan, 2, inf, 0}, up(7), down(7);
    std::vector<int32_t> upIndex(7), downIndex(7);
    program.call({x.data()}, {up.data(), upIndex.data(), down.data(), downIndex.data()});
    EXPECT_EQ(upIndex, (std::vector<int32_t>{2, 6, 1, 4, 5, 0, 3}));
    EXPECT_EQ(downIndex, (std::vector<int32_t>{5, 1, 4, 6, 2, 0, 3}));
    for (int i = 0; i < 7; ++i) {
      EXPECT_TRUE(up[i] == x[upIndex[i]] || (std::isnan(up[i]) && i >= 5));
      EXPECT_TRUE(down[i] == x[downIndex[i]] || (std::isnan(down[i]) && i >= 5));
    }
  }
}

// Hundreds of operands are no slower each than a few.
TEST(Window, ConcatOfManyOperands) {
  std::string parameters, names, types;
  for (int i = 0; i < 300; ++i) {
    parameters += (i ? ", %a" : "%a") + std::to_string(i) + ": tensor<3xf64>";
    names += (i ? ", %a" : "%a") + std::to_string(i);
    types += i ? ", tensor<3xf64>" : "tensor<3xf64>";
  }
  Program program("func.func @f(" + parameters + ") -> tensor<900xf64> {\n  %0 = flx.concat " + names + " axis 0 : (" +
                  types + ") -> tensor<900xf64>\n  return %0 : tensor<900xf64>\n}");
  ASSERT_TRUE(program.valid()) << program.error;
  auto x = sample<double>(900);
  std::vector<const void *> arguments;
  for (int i = 0; i < 300; ++i) arguments.push_back(&x[3 * i]);
  std::vector<double> y(900);
  program.call(arguments, {y.data()});
  EXPECT_EQ(x, y);
}

} // namespace
