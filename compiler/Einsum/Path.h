// The order in which a product of many tensors is contracted in pairs. In: the letters of each operand and of the
// output, and every letter's extent. Out: steps, each of which replaces two operands by one. Invariant: no operand
// repeats a letter, and a letter that only one operand names stands in the output.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace fluxion {

enum class PathObjective { Time, Flops, Bytes, Written }; // Written: from left to right, whatever it costs

struct PathProblem {
  std::vector<std::string> operands;
  std::string output;
  std::array<int64_t, 128> extents{}; // by letter
  int64_t elementBytes = 4;
};

// Operands are numbered 0 … n−1; the result of step s is operand n + s.
struct PathStep {
  unsigned left, right;
};

struct Path {
  std::vector<PathStep> steps;
  double cost = 0; // in the objective's unit: nanoseconds, flops, bytes
};

// The cheapest order: over all trees up to kExactOperands operands, a greedy one beyond.
constexpr unsigned kExactOperands = 16;
Path findPath(const PathProblem &, PathObjective);
Path findPathGreedily(const PathProblem &, PathObjective);

// What a pair of operands with these letters costs, when `kept` is what its result names.
double pairCost(const PathProblem &, PathObjective, const std::string &left, const std::string &right,
                const std::string &kept);

} // namespace fluxion
