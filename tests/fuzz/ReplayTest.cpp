// The fuzzer's short run: its seeds, every input that once broke something, and fresh mutations of both. The long run is
// tests/fuzz/run.
#include "tests/fuzz/Mutate.h"
#include "tests/fuzz/Properties.h"
#include "tests/ProcessorTime.h"
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <vector>

using namespace fluxion::fuzz;
namespace fs = std::filesystem;

static std::vector<std::string> inputs(const char *folder) {
  std::vector<fs::path> paths;
  for (const auto &entry : fs::directory_iterator(fs::path(FLUXION_SOURCE_DIR "/tests/fuzz") / folder))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> all;
  for (const fs::path &path : paths) {
    std::stringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    all.push_back(text.str());
  }
  return all;
}

static void expectHolds(const std::string &text) {
  fluxion::test::ProcessorTime taken;
  std::string found = violation(text, Depth::Check);
  double seconds = taken.seconds();
  EXPECT_EQ(found, "") << "\n----\n" << text << "\n----";
  EXPECT_LT(seconds, 1.0) << text;
}

TEST(Fuzz, SeedsHold) {
  std::vector<std::string> all = inputs("corpus");
  ASSERT_GE(all.size(), 20u);
  for (const std::string &text : all) expectHolds(text);
}
TEST(Fuzz, InputsThatOnceFailedHold) {
  std::vector<std::string> all = inputs("regressions");
  ASSERT_GE(all.size(), 1u);
  for (const std::string &text : all) expectHolds(text);
}
TEST(Fuzz, FreshInputsHold) {
  std::vector<std::string> pool = inputs("corpus");
  for (std::string &text : inputs("regressions")) pool.push_back(std::move(text));
  Random random(20260101);
  auto begin = std::chrono::steady_clock::now();
  size_t runs = 0;
  for (; runs < 20000 && !testing::Test::HasFailure(); ++runs) {
    const std::string &text = pool[random.below(pool.size())], &donor = pool[random.below(pool.size())];
    std::string changed = mutate(text, donor, random, 1200);
    expectHolds(changed);
    if (random.below(20) == 0) pool.push_back(std::move(changed)); // changes add up
    // Instrumented builds and busy machines do fewer.
    if (std::chrono::steady_clock::now() - begin > std::chrono::seconds(20)) break;
  }
  EXPECT_GE(runs, 100u); // of a sanitized build on a busy machine
}
