// One program judged: compiled with and without simplification, each result against what the interpreter allows. The
// interpreter is asked several times, with exact arithmetic, with that of the type, and with each rounding moved at
// random: where these agree whether a number is finite, infinite or none, code has to agree, too, and finite numbers may
// be as far away as those evaluations are from each other, times a constant.
#pragma once
#include "tests/campaign/Generator.h"

namespace fluxion::campaign {

enum class Verdict { Agrees, Differs, NotRun };

struct Judgement {
  Verdict verdict = Verdict::NotRun;
  std::string why; // what differs, or why the program was not run
};

// `result`: which of the values of `drawn` is the result. `seed`: of the inputs.
Judgement judge(const Drawn &drawn, size_t result, uint64_t seed);

// The inputs of that seed, for a report.
std::string showInputs(const Drawn &drawn, uint64_t seed);

} // namespace fluxion::campaign
