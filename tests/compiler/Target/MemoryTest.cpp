// Memory as a caller sees it: donated results, values returned twice, arguments and constants returned, an arena no
// larger than what lives at once.
#include "compiler/Target/Cpu/Memory.h"
#include "tests/compiler/Target/Harness.h"

using namespace fluxion;
using namespace fluxion::cpu;

namespace {

// p' = p − m',  m' = 0.9·m + g,  s = Σ p² of the old p: every read of p must come before p' is written over it.
const char *update = R"(func.func @f(%p: tensor<1000xf32>, %m: tensor<1000xf32>, %g: tensor<1000xf32>)
    -> (tensor<1000xf32> {flx.donated = 0 : i64}, tensor<1000xf32> {flx.donated = 1 : i64}, tensor<f32>) {
  %b = flx.constant dense<0.9> : tensor<1000xf32>
  %0 = flx.mul %b, %m : tensor<1000xf32>
  %1 = flx.add %0, %g : tensor<1000xf32>
  %2 = flx.sub %p, %1 : tensor<1000xf32>
  %3 = flx.mul %p, %p : tensor<1000xf32>
  %4 = flx.sum %3 axes [0] : tensor<1000xf32> -> tensor<f32>
  return %2, %1, %4 : tensor<1000xf32>, tensor<1000xf32>, tensor<f32>
})";

TEST(Memory, DonatedOrNotTheResultIsTheSame) {
  for (HarnessOptions way : everyWay()) {
    Program program(update, way);
    ASSERT_TRUE(program.valid()) << program.error;
    auto p = sample<float>(1000), m = sample<float>(1000, 1), g = sample<float>(1000, 2);
    std::vector<float> p2(1000), m2(1000);
    float s = 0, s2 = 0;
    program.call({p.data(), m.data(), g.data()}, {p2.data(), m2.data(), &s});
    program.call({p.data(), m.data(), g.data()}, {p.data(), m.data(), &s2});
    EXPECT_EQ(p, p2);
    EXPECT_EQ(m, m2);
    EXPECT_EQ(s, s2);
    EXPECT_NEAR(s, 1330, 70);
    if (way.fuse) EXPECT_EQ(program.compiled.arenaBytes, 0u);
  }
}

// x' = y, y' = x: no order of two writes in place is right; one is computed aside.
TEST(Memory, DonatedSwap) {
  for (HarnessOptions way : everyWay()) {
    Program program(R"(func.func @f(%x: tensor<33xf32>, %y: tensor<33xf32>)
        -> (tensor<33xf32> {flx.donated = 0 : i64}, tensor<33xf32> {flx.donated = 1 : i64}) {
      return %y, %x : tensor<33xf32>, tensor<33xf32>
    })",
                    way);
    ASSERT_TRUE(program.valid()) << program.error;
    auto x = sample<float>(33), y = sample<float>(33, 1), a = x, b = y;
    program.call({a.data(), b.data()}, {a.data(), b.data()});
    EXPECT_EQ(a, y);
    EXPECT_EQ(b, x);
  }
}

// x' = xᵀ + x reads x out of place.
TEST(Memory, DonatedTranspose) {
  for (HarnessOptions way : everyWay()) {
    Program program(R"(func.func @f(%x: tensor<17x17xf32>) -> (tensor<17x17xf32> {flx.donated = 0 : i64}) {
      %t = flx.transpose %x [1, 0] : tensor<17x17xf32> -> tensor<17x17xf32>
      %0 = flx.add %x, %t : tensor<17x17xf32>
      return %0 : tensor<17x17xf32>
    })",
                    way);
    ASSERT_TRUE(program.valid()) << program.error;
    auto x = sample<float>(289), a = x;
    program.call({a.data()}, {a.data()});
    for (int i = 0; i < 17; ++i)
      for (int j = 0; j < 17; ++j) ASSERT_EQ(a[i * 17 + j], x[i * 17 + j] + x[j * 17 + i]);
  }
}

TEST(Memory, ReturnedTwiceArgumentsConstantsAndViews) {
  for (HarnessOptions way : everyWay()) {
    Program program(
        R"(func.func @f(%x: tensor<6xf32>) -> (tensor<6xf32>, tensor<2x3xf32>, tensor<6xf32>, tensor<2xi1>, tensor<2xf64>, tensor<3x2xf32>) {
      %0 = flx.neg %x : tensor<6xf32>
      %1 = flx.reshape %0 : tensor<6xf32> -> tensor<2x3xf32>
      %2 = flx.constant dense<[true, false]> : tensor<2xi1>
      %3 = flx.constant dense<2.5> : tensor<2xf64>
      %4 = flx.reshape %x : tensor<6xf32> -> tensor<3x2xf32>
      %5 = flx.add %4, %4 : tensor<3x2xf32>
      return %0, %1, %x, %2, %3, %5 : tensor<6xf32>, tensor<2x3xf32>, tensor<6xf32>, tensor<2xi1>, tensor<2xf64>, tensor<3x2xf32>
    })",
        way);
    ASSERT_TRUE(program.valid()) << program.error;
    std::vector<float> x{1, 2, 3, 4, 5, 6}, r0(6), r1(6), r2(6), r5(6);
    std::vector<uint8_t> r3(2);
    std::vector<double> r4(2);
    program.call({x.data()}, {r0.data(), r1.data(), r2.data(), r3.data(), r4.data(), r5.data()});
    EXPECT_EQ(r0, (std::vector<float>{-1, -2, -3, -4, -5, -6}));
    EXPECT_EQ(r1, r0);
    EXPECT_EQ(r2, x);
    EXPECT_EQ(r3, (std::vector<uint8_t>{1, 0}));
    EXPECT_EQ(r4, (std::vector<double>{2.5, 2.5}));
    EXPECT_EQ(r5, (std::vector<float>{2, 4, 6, 8, 10, 12}));
  }
}

TEST(Arena, LiveTogetherAreDisjointAndTheRestIsShared) {
  std::vector<Buffer> buffers;
  for (int i = 0; i < 200; ++i) buffers.push_back({64 * (1 + i * 37 % 50), i, i + i * 13 % 7});
  int64_t total = assignOffsets(buffers), peak = 0;
  for (int time = 0; time < 210; ++time) {
    int64_t live = 0;
    for (const Buffer &b : buffers) live += b.first <= time && time <= b.last ? b.bytes : 0;
    peak = std::max(peak, live);
  }
  for (const Buffer &a : buffers)
    for (const Buffer &b : buffers)
      if (&a != &b && a.first <= b.last && b.first <= a.last)
        EXPECT_TRUE(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset);
  EXPECT_LE(total, peak + peak / 4);
}

} // namespace
