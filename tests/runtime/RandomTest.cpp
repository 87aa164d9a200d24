// Philox against the known answers of its authors; draws against the definition in doubles, for any range and any
// thread count.
#include "fluxion/runtime.h"
#include "runtime/Math/Philox.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

using namespace fluxion::runtime;

// Random123's kat_vectors, philox4x32 with 10 rounds.
TEST(Philox, KnownAnswers) {
  struct {
    uint32_t counter[4], key[2], answer[4];
  } const known[] = {{{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
                     {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
                     {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                      {0xa4093822, 0x299f31d0},
                      {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};
  for (auto &[c, k, answer] : known) {
    PhiloxWords words = philox(c[0], c[1], c[2], c[3], k[0], k[1]);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(words.w[i], answer[i]);
  }
}

template <class T> using Draw = void (*)(T *, int64_t, int64_t, int64_t);

template <class T> static void expectRangesAgree(Draw<T> draw, int64_t key) {
  constexpr int64_t size = 1003;
  std::vector<T> whole(size), parts(size, T(-77));
  draw(whole.data(), 0, size, key);
  PhiloxStream random(key, 5);
  for (int64_t begin = 0; begin < size;) {
    int64_t end = std::min<int64_t>(size, begin + random.below(40));
    draw(parts.data(), begin, end, key);
    if (end < size) EXPECT_EQ(parts[end], T(-77)) << "wrote beyond the range";
    begin = end;
  }
  EXPECT_EQ(std::memcmp(whole.data(), parts.data(), size * sizeof(T)), 0);
}

TEST(Random, AnyRangeGivesTheSameBits) {
  for (int64_t key : {int64_t(0), int64_t(7), int64_t(-1), int64_t(0x123456789abcdef0)}) {
    expectRangesAgree<float>(flx_random_uniform_f32, key);
    expectRangesAgree<double>(flx_random_uniform_f64, key);
    expectRangesAgree<float>(flx_random_normal_f32, key);
    expectRangesAgree<double>(flx_random_normal_f64, key);
  }
}

TEST(Random, UniformIsWhatThePhiloxWordsSay) {
  float narrow[400];
  double wide[400];
  flx_random_uniform_f32(narrow, 0, 400, 42);
  flx_random_uniform_f64(wide, 0, 400, 42);
  for (int i = 0; i < 400; ++i) {
    PhiloxWords words = philox(i / 4, 0, PhiloxUse::Draw, 42), lane = philox(i / 4, i % 4 / 2, PhiloxUse::Draw, 42);
    uint32_t word = words.w[i % 4]; // below 2⁻⁸ in steps of 2⁻³², in their middle
    EXPECT_EQ(narrow[i], word < 1u << 24 ? std::ldexp(float(word) + 0.5f, -32) : std::ldexp(float(word >> 8), -24));
    uint64_t bits = uint64_t(lane.w[i % 2 * 2]) << 21 | lane.w[i % 2 * 2 + 1] >> 11;
    EXPECT_EQ(wide[i], std::ldexp(double(bits), -53));
    EXPECT_GT(narrow[i], 0);
  }
}

TEST(Random, NormalIsBoxMuller) {
  constexpr int size = 4000;
  std::vector<float> narrow(size);
  std::vector<double> wide(size);
  flx_random_normal_f32(narrow.data(), 0, size, 3);
  flx_random_normal_f64(wide.data(), 0, size, 3);
  for (int i = 0; i < size; ++i) {
    PhiloxWords words = philox(i / 4, 0, PhiloxUse::Draw, 3), lane = philox(i / 4, i % 4 / 2, PhiloxUse::Draw, 3);
    uint32_t first = words.w[i % 4 / 2 * 2], second = words.w[i % 4 / 2 * 2 + 1];
    long double angle = 2 * M_PIl * std::ldexp((long double)second, -32);
    long double radius = sqrtl(-2 * logl(std::ldexp((long double)(first >> 1), -31) + 0x1p-32l));
    EXPECT_NEAR(narrow[i], double(radius * (i % 2 ? sinl(angle) : cosl(angle))), 2e-6);
    long double u = std::ldexp((long double)lane.w[0], -32) + std::ldexp(lane.w[1] + 0.5l, -64);
    angle = 2 * M_PIl * (std::ldexp((long double)lane.w[2], -32) + std::ldexp((long double)lane.w[3], -64));
    EXPECT_NEAR(wide[i], double(sqrtl(-2 * logl(u)) * (i % 2 ? sinl(angle) : cosl(angle))), 4e-15);
  }
}

TEST(Random, MomentsAreThoseOfTheNormal) {
  constexpr int size = 1 << 20;
  std::vector<float> draws(size);
  flx_random_normal_f32(draws.data(), 0, size, 11);
  double mean = 0, square = 0, fourth = 0, neighbours = 0;
  for (int i = 0; i < size; ++i) {
    double x = draws[i];
    ASSERT_TRUE(std::isfinite(x));
    mean += x, square += x * x, fourth += x * x * x * x, neighbours += i ? x * draws[i - 1] : 0;
  }
  EXPECT_NEAR(mean / size, 0, 0.005);
  EXPECT_NEAR(square / size, 1, 0.01);
  EXPECT_NEAR(fourth / size, 3, 0.06);
  EXPECT_NEAR(neighbours / size, 0, 0.005);
}

TEST(Random, FoldingSeparatesKeys) {
  std::vector<int64_t> keys;
  for (int64_t key = 0; key < 30; ++key)
    for (int64_t data = -30; data < 30; ++data) keys.push_back(flx_random_fold(key, data));
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
  EXPECT_EQ(flx_random_fold(1, 2), flx_random_fold(1, 2));
}

TEST(Random, BoundedIntegersAreUniform) {
  PhiloxStream random(9, 1);
  int counts[7] = {};
  for (int i = 0; i < 70000; ++i) ++counts[random.below(7)];
  for (int count : counts) EXPECT_NEAR(count, 10000, 400);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0u);
}
