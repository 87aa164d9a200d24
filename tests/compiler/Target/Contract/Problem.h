// A contraction stated twice: as flx.contract for the compiler, and as plain loops in f64 for the truth.
#pragma once
#include "Harness.h"
#include "compiler/Target/Cpu/ContractShape.h"
#include "dialects/Dialect.h"
#include <map>
#include <string>

namespace fluxion::cpu {

// What follows the contraction.
// Norm: beside the residual's result the sum of its squares; OnlyNorm: nothing else.
enum class After { Nothing, Bias, Residual, TwoResults, InPlace, Norm, OnlyNorm };

struct Problem {
  std::string equation;
  std::map<char, int64_t> extents;
  char kind = 'f';
  After after = After::Nothing;

  std::string text() const; // a module with one function holding the op
  std::string name() const;
};

// The largest difference between the plan's results and the truth, relative to the sums' magnitudes; 1e300 if it does
// not run.
double errorOf(const Problem &, const Machine &, std::function<KernelPlan(flx::ContractOp, const Machine &)> plan,
               int threads = 1);
// The bytes of all results, to compare runs bit by bit.
std::vector<char> resultsOf(const Problem &, const Machine &, int threads);

inline double toleranceOf(const Problem &p) { return p.kind == 'f' ? 1e-6 : 1e-15; }

} // namespace fluxion::cpu
