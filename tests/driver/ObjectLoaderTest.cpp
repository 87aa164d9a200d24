// Objects into memory: they compute what they should, and damaged ones are refused before anything runs.
#include "compiler/Driver/ObjectLoader.h"
#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <random>

using namespace fluxion;

namespace {

std::string contents(const char *path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ObjectLoader, RunsWhatItLoads) {
  std::string why;
  LoadedObject code;
  ASSERT_TRUE(loadObject(contents(SAMPLE_OBJECT), "sample", code, why)) << why;
  flx_context *context = flx_context_create(2);
  double x = 1.5, expected[] = {std::exp(x), std::sin(x), std::pow(x, 3), std::lgamma(x), 150, 5, -1};
  for (int64_t which = 0; which < 7; ++which) {
    double y, sum;
    int64_t calls;
    void *in[] = {&x, &which}, *out[] = {&y, &calls, &sum};
    code.entry(context, in, out, nullptr);
    EXPECT_NEAR(y, expected[which], 1e-14) << which;
    EXPECT_EQ(calls, which + 1);
    EXPECT_EQ(sum, 499500);
  }
  flx_context_destroy(context);
}

TEST(ObjectLoader, EveryLoadHasDataOfItsOwn) {
  std::string why, object = contents(SAMPLE_OBJECT);
  flx_context *context = flx_context_create(1);
  for (int round = 0; round < 3; ++round) {
    LoadedObject code;
    ASSERT_TRUE(loadObject(object, "sample", code, why));
    double x = 1, y, sum;
    int64_t which = 0, calls;
    void *in[] = {&x, &which}, *out[] = {&y, &calls, &sum};
    code.entry(context, in, out, nullptr);
    EXPECT_EQ(calls, 1);
  }
  flx_context_destroy(context);
}

TEST(ObjectLoader, RefusesWhatItCannotLoad) {
  std::string why;
  LoadedObject code;
  EXPECT_FALSE(loadObject("", "sample", code, why));
  EXPECT_FALSE(loadObject("not an object at all", "sample", code, why));
  EXPECT_FALSE(loadObject(contents("/proc/self/exe"), "sample", code, why)); // a program, not an object
  EXPECT_FALSE(loadObject(contents(SAMPLE_OBJECT), "nothing", code, why));
  EXPECT_EQ(why, "it does not define nothing");
  EXPECT_FALSE(loadObject(contents(FOREIGN_OBJECT), "sample", code, why));
  EXPECT_EQ(why, "nobody defines fluxion_test_nobody_defines_this");
}

TEST(ObjectLoader, DamageDoesNotReachBeyondTheMapping) {
  std::string object = contents(SAMPLE_OBJECT), why;
  ASSERT_GT(object.size(), 1000u);
  for (size_t length = 0; length < object.size(); length += 13) {
    LoadedObject code;
    (void)loadObject(std::string_view(object).substr(0, length), "sample", code, why);
  }
  std::mt19937 random(1);
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = object;
    for (int k = 0; k < 3; ++k) damaged[random() % damaged.size()] = char(random());
    LoadedObject code;
    (void)loadObject(damaged, "sample", code, why); // loaded or refused, but not run
  }
}

} // namespace
