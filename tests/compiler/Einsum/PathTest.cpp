// The contraction order against every order there is.
#include "compiler/Einsum/Path.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <random>
#include <set>
using namespace fluxion;

namespace {

constexpr PathObjective kObjectives[] = {PathObjective::Time, PathObjective::Flops, PathObjective::Bytes};

std::string keptBy(const PathProblem &p, const std::vector<std::string> &others, const std::string &a,
                   const std::string &b) {
  std::string kept;
  for (char letter : a + b) {
    bool needed = p.output.find(letter) != std::string::npos ||
                  std::any_of(others.begin(), others.end(),
                              [&](const std::string &o) { return o.find(letter) != std::string::npos; });
    if (needed && kept.find(letter) == std::string::npos) kept.push_back(letter);
  }
  return kept;
}

// Tries every pair first, then every pair of what is left, and so on.
double exhaustive(const PathProblem &p, PathObjective objective, std::vector<std::string> live) {
  if (live.size() == 1) return 0;
  double best = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < live.size(); ++i)
    for (size_t j = i + 1; j < live.size(); ++j) {
      std::vector<std::string> rest;
      for (size_t o = 0; o < live.size(); ++o)
        if (o != i && o != j) rest.push_back(live[o]);
      std::string kept = keptBy(p, rest, live[i], live[j]);
      double here = pairCost(p, objective, live[i], live[j], kept);
      rest.push_back(kept);
      best = std::min(best, here + exhaustive(p, objective, rest));
    }
  return best;
}

// The cost of a path, step by step, as its user would pay it.
double paid(const PathProblem &p, PathObjective objective, const Path &path) {
  std::vector<std::string> all = p.operands;
  std::set<size_t> live;
  for (size_t i = 0; i < all.size(); ++i) live.insert(i);
  double total = 0;
  for (PathStep step : path.steps) {
    EXPECT_TRUE(live.erase(step.left) && live.erase(step.right));
    std::vector<std::string> rest;
    for (size_t i : live) rest.push_back(all[i]);
    std::string kept = keptBy(p, rest, all[step.left], all[step.right]);
    total += pairCost(p, objective, all[step.left], all[step.right], kept);
    live.insert(all.size());
    all.push_back(kept);
  }
  EXPECT_EQ(live.size(), 1u);
  return total;
}

// Random operands over a few letters, none of which stands in one operand alone unless the output names it.
PathProblem randomProblem(std::mt19937 &random, unsigned operands) {
  PathProblem p;
  std::string letters = "abcdefgh";
  for (char letter : letters) p.extents[size_t(letter)] = 1 + random() % 40;
  for (unsigned i = 0; i < operands; ++i) {
    std::string text;
    for (char letter : letters)
      if (random() % 3 == 0) text.push_back(letter);
    p.operands.push_back(text);
  }
  for (char letter : letters) {
    auto count = std::count_if(p.operands.begin(), p.operands.end(),
                               [&](const std::string &o) { return o.find(letter) != std::string::npos; });
    if (count == 1 || (count > 1 && random() % 4 == 0)) p.output.push_back(letter);
  }
  return p;
}

TEST(Path, IsTheCheapestOfAllOrders) {
  std::mt19937 random(1);
  for (int repeat = 0; repeat < 60; ++repeat)
    for (PathObjective objective : kObjectives) {
      PathProblem p = randomProblem(random, 2 + repeat % 5);
      Path path = findPath(p, objective);
      double best = exhaustive(p, objective, p.operands);
      EXPECT_NEAR(path.cost, best, 1e-9 * best);
      EXPECT_NEAR(paid(p, objective, path), best, 1e-9 * best);
    }
}

TEST(Path, GreedyIsAnOrderAndSaysItsCost) {
  std::mt19937 random(2);
  for (unsigned operands : {2u, 5u, 9u, 20u, 40u}) {
    PathProblem p = randomProblem(random, operands);
    Path path =
        operands > kExactOperands ? findPath(p, PathObjective::Flops) : findPathGreedily(p, PathObjective::Flops);
    EXPECT_EQ(path.steps.size(), operands - 1);
    EXPECT_NEAR(paid(p, PathObjective::Flops, path), path.cost, 1e-9 * path.cost);
  }
}

TEST(Path, AChainOfMatricesEndsWithItsVector) {
  PathProblem p;
  p.operands = {"ab", "bc", "cd", "de", "e"}, p.output = "a";
  for (char letter : std::string("abcde")) p.extents[size_t(letter)] = 100;
  Path path = findPath(p, PathObjective::Flops);
  EXPECT_EQ(path.cost, 4 * 2 * 100 * 100);
}

TEST(Path, SixteenOperandsTakeLessThanSeconds) {
  PathProblem p;
  for (int i = 0; i < 16; ++i) p.operands.push_back({char('a' + i), char('a' + (i + 1) % 16)});
  for (int i = 0; i < 16; ++i) p.extents[size_t('a' + i)] = 2 + i % 5;
  Path path = findPath(p, PathObjective::Flops);
  EXPECT_EQ(path.steps.size(), 15u);
  EXPECT_NEAR(paid(p, PathObjective::Flops, path), path.cost, 1e-9 * path.cost);
}

} // namespace
