// The differential campaign: random programs of the library's functions and the language's operations over special
// values and sizes, compiled with and without simplification, against the reference interpreter.
//   Campaign [--count N] [--seed S] [--f64] [--gradients] [--show] [--keep-going]
// Program i comes of seed S + i. A program that differs is reduced to the earliest value that does. Ends with
// "N passed, M failed".
#include "tests/campaign/Judge.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace fluxion;
using namespace fluxion::campaign;

namespace {

struct Options {
  uint64_t count = 1000, seed = 1;
  bool f64 = false, gradients = false, show = false, keepGoing = false;
};

bool parse(int argc, char **argv, Options &options) {
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    bool hasValue = i + 1 < argc;
    if (word == "--count" && hasValue) options.count = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "--seed" && hasValue) options.seed = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "--f64") options.f64 = true;
    else if (word == "--gradients") options.gradients = true;
    else if (word == "--show") options.show = true;
    else if (word == "--keep-going") options.keepGoing = true;
    else return false;
  }
  return true;
}

// The earliest value of the program that differs, as the result.
size_t earliest(const Drawn &drawn, uint64_t seed) {
  for (size_t i = 0; i < drawn.values.size(); ++i)
    if ((drawn.wrt.empty() || isFloat(drawn.values[i].element)) && judge(drawn, i, seed).verdict == Verdict::Differs) return i;
  return drawn.values.size() - 1;
}

} // namespace

int main(int argc, char **argv) {
  Options options;
  if (!parse(argc, argv, options)) {
    std::fprintf(stderr, "usage: Campaign [--count N] [--seed S] [--f64] [--gradients] [--show] [--keep-going]\n");
    return 2;
  }
  uint64_t agree = 0, differ = 0, notRun = 0;
  std::map<std::string, uint64_t> seen, reasons;
  for (uint64_t seed = options.seed; seed < options.seed + options.count; ++seed) {
    Drawn drawn = Generator(seed).draw(options.f64 ? ElementType::F64 : ElementType::F32, options.gradients);
    if (options.gradients && (drawn.wrt.empty() || !isFloat(drawn.values.back().element))) continue;
    if (options.show) std::printf("--- %llu\n%s", (unsigned long long)seed, drawn.text(drawn.values.size() - 1).c_str());
    std::fflush(stdout); // a program may end the process
    Judgement judgement = judge(drawn, drawn.values.size() - 1, seed);
    if (judgement.verdict == Verdict::NotRun) {
      ++notRun, ++reasons[judgement.why.substr(0, 120)];
      continue;
    }
    for (const std::string &subject : drawn.subjects) ++seen[subject];
    if (judgement.verdict == Verdict::Agrees) {
      ++agree;
      continue;
    }
    ++differ;
    size_t result = earliest(drawn, seed);
    std::printf("seed %llu: %s\n%s%s\n", (unsigned long long)seed, judge(drawn, result, seed).why.c_str(),
                drawn.text(result).c_str(), showInputs(drawn, seed).c_str());
    std::fflush(stdout);
    if (!options.keepGoing && differ >= 10) break;
  }
  for (const auto &[why, count] : reasons) std::printf("not run, %llu: %s\n", (unsigned long long)count, why.c_str());
  std::printf("%zu functions and operations seen; %llu programs not run\n%llu passed, %llu failed\n", seen.size(),
              (unsigned long long)notRun, (unsigned long long)agree, (unsigned long long)differ);
  return differ ? 1 : 0;
}
