// Contraction order. A set of operands, contracted in whatever order, leaves one tensor: the letters of the set that
// others or the output still need. So the best tree of a set is the best split into two sets, each contracted at its
// best.
#include "compiler/Einsum/Path.h"
#include <algorithm>
#include <bit>
#include <limits>

namespace fluxion {
namespace {

using Letters = uint64_t; // a bit a letter

class Search {
public:
  Search(const PathProblem &problem, PathObjective objective) : problem(problem), objective(objective) {
    for (const std::string &letters : problem.operands) operands.push_back(bitsOf(letters));
    output = bitsOf(problem.output);
  }

  Path exact();
  Path greedy();
  double cost(Letters left, Letters right, Letters kept) const;
  Letters bitsOf(const std::string &letters) {
    Letters bits = 0;
    for (char letter : letters) {
      size_t at = names.find(letter);
      if (at == std::string::npos)
        at = names.size(), names.push_back(letter), extents.push_back(double(problem.extents[size_t(letter)]));
      bits |= Letters(1) << at;
    }
    return bits;
  }

private:
  double size(Letters letters) const {
    double product = 1;
    for (; letters; letters &= letters - 1) product *= extents[std::countr_zero(letters)];
    return product;
  }

  const PathProblem &problem;
  PathObjective objective;
  std::string names;
  std::vector<double> extents;
  std::vector<Letters> operands;
  Letters output = 0;
};

// Time is what arithmetic or memory takes, whichever is longer, and the start of a kernel. A product of matrices reuses
// what it has read and runs at the core's speed; anything less runs at the speed of its operands' arrival.
double Search::cost(Letters left, Letters right, Letters kept) const {
  double flops = size(left | right) * ((left | right) & ~kept ? 2 : 1);
  double bytes = (size(left) + size(right) + size(kept)) * double(problem.elementBytes);
  if (objective == PathObjective::Flops) return flops;
  if (objective == PathObjective::Bytes) return bytes;
  bool matrices = (left & right & ~kept) && (left & ~right) && (right & ~left);
  constexpr double matrixFlops = 100, otherFlops = 10, bytesPerNanosecond = 20, start = 300;
  double arithmetic = flops / (matrices ? matrixFlops : otherFlops) * (double(problem.elementBytes) / 4);
  return std::max(arithmetic, bytes / bytesPerNanosecond) + start;
}

Path Search::exact() {
  unsigned n = operands.size();
  uint32_t all = (uint32_t(1) << n) - 1;
  std::vector<Letters> inside(all + 1), kept(all + 1);
  for (uint32_t set = 1; set <= all; ++set) inside[set] = inside[set & (set - 1)] | operands[std::countr_zero(set)];
  for (uint32_t set = 1; set <= all; ++set) kept[set] = inside[set] & (inside[all & ~set] | output);
  for (unsigned i = 0; i < n; ++i) kept[uint32_t(1) << i] = operands[i];

  std::vector<double> best(all + 1, std::numeric_limits<double>::infinity());
  std::vector<uint32_t> split(all + 1, 0);
  for (unsigned i = 0; i < n; ++i) best[uint32_t(1) << i] = 0;
  for (uint32_t set = 1; set <= all; ++set) {
    uint32_t lowest = set & -set, rest = set & ~lowest;
    // Halves: one holds the lowest operand and a proper subset of the rest.
    for (uint32_t other = rest; other; other = (other - 1) & rest) {
      uint32_t half = set & ~other;
      double below = best[half] + best[other];
      if (below >= best[set]) continue;
      double total = below + cost(kept[half], kept[other], kept[set]);
      if (total < best[set]) best[set] = total, split[set] = half;
    }
  }

  Path path;
  path.cost = best[all];
  auto build = [&](auto &self, uint32_t set) -> unsigned {
    if (std::has_single_bit(set)) return std::countr_zero(set);
    unsigned left = self(self, split[set]), right = self(self, set & ~split[set]);
    path.steps.push_back({left, right});
    return n + path.steps.size() - 1;
  };
  build(build, all);
  return path;
}

// Repeatedly the pair that shrinks what is in memory the most; of equals, the cheapest.
Path Search::greedy() {
  struct Live {
    unsigned number;
    Letters letters;
  };
  std::vector<Live> live;
  for (unsigned i = 0; i < operands.size(); ++i) live.push_back({i, operands[i]});
  Path path;
  while (live.size() > 1) {
    double bestGrowth = std::numeric_limits<double>::infinity(), bestCost = bestGrowth;
    size_t bestI = 0, bestJ = 1;
    Letters bestKept = 0;
    for (size_t i = 0; i < live.size(); ++i)
      for (size_t j = i + 1; j < live.size(); ++j) {
        Letters others = output;
        for (size_t o = 0; o < live.size(); ++o)
          if (o != i && o != j) others |= live[o].letters;
        Letters x = live[i].letters, y = live[j].letters, kept = (x | y) & others;
        double growth = size(kept) - size(x) - size(y), here = cost(x, y, kept);
        if (std::pair(growth, here) < std::pair(bestGrowth, bestCost))
          bestGrowth = growth, bestCost = here, bestI = i, bestJ = j, bestKept = kept;
      }
    path.steps.push_back({live[bestI].number, live[bestJ].number});
    path.cost += bestCost;
    live[bestI] = {unsigned(operands.size() + path.steps.size() - 1), bestKept};
    live.erase(live.begin() + bestJ);
  }
  return path;
}

} // namespace

Path findPath(const PathProblem &problem, PathObjective objective) {
  if (problem.operands.size() < 2) return {};
  if (objective == PathObjective::Written) {
    Path path;
    unsigned count = problem.operands.size();
    for (unsigned i = 1; i < count; ++i) path.steps.push_back({i == 1 ? 0 : count + i - 2, i});
    return path;
  }
  Search search(problem, objective);
  return problem.operands.size() <= kExactOperands ? search.exact() : search.greedy();
}

Path findPathGreedily(const PathProblem &problem, PathObjective objective) {
  return Search(problem, objective).greedy();
}

double pairCost(const PathProblem &problem, PathObjective objective, const std::string &left, const std::string &right,
                const std::string &kept) {
  Search search(problem, objective);
  return search.cost(search.bitsOf(left), search.bitsOf(right), search.bitsOf(kept));
}

} // namespace fluxion
