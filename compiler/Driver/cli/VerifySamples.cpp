// fluxion verify --primitives, --library, --random: the compiler's own sample programs against the reference. Prints a
// line a subject, the whole table of a function that fails, and the totals.
#include "compiler/Driver/cli/VerifySamples.h"
#include "compiler/Driver/CompilerLibrary.h"
#include "compiler/Driver/Instance.h"
#include "compiler/Driver/Samples/Samples.h"
#include "runtime/Support/Thread.h"
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <thread>

namespace fluxion::cli {

namespace {

struct Totals {
  int functions = 0, failed = 0;
  int checks = 0, unchecked = 0, scaled = 0;
  double worst = 0, worstScaled = 0;
  void add(const VerifyOutcome &outcome) {
    ++functions, failed += !outcome.passed;
    checks += outcome.checks, unchecked += outcome.unchecked, scaled += outcome.scaled;
    worst = std::max(worst, outcome.worst), worstScaled = std::max(worstScaled, outcome.worstScaled);
  }
  void print(const std::string &subject) const {
    printf("%-34s %4d functions %6d checks  worst %7.1e", subject.c_str(), functions, checks, worst);
    if (scaled) printf(", %d with the bound scaled by the condition number (worst %.1e of it)", scaled, worstScaled);
    if (unchecked) printf(", %d not made", unchecked);
    puts(failed ? "  FAILED" : "");
    fflush(stdout);
  }
};

// Checks samples on several threads; results come in the samples' order.
class Work {
public:
  Work(CompilerPlugin &compiler, const samples::Collection &collection, const VerifyOptions &options)
      : compiler(compiler), collection(collection), options(options), results(collection.samples.size()) {}

  struct Result {
    bool done = false, ran = false;
    VerifyOutcome outcome;
    DiagnosticText error;
  };

  void run(int threads) {
    std::vector<runtime::Thread> workers; // as many as the system grants
    for (int i = 1; i < threads; ++i) workers.push_back(runtime::Thread::start([this] { work(); }));
    work();
    workers.clear();
    report(true);
  }
  Totals all;

private:
  void work() {
    for (size_t i; (i = next++) < results.size();) {
      const samples::Sample &sample = collection.samples[i];
      CompileRequest request;
      request.module = sample.module.get();
      request.function = sample.function;
      request.dimensions = sample.dimensions;
      Result result;
      result.done = true;
      result.ran = compiler.verify(request, options, result.outcome, result.error);
      std::lock_guard lock(mutex);
      results[i] = std::move(result);
      report(false);
    }
  }
  void report(bool last) {
    for (; reported < results.size() && results[reported].done; ++reported) {
      const samples::Sample &sample = collection.samples[reported];
      if (sample.subject != subject) finishSubject();
      subject = sample.subject;
      Result &result = results[reported];
      if (!result.ran) result.outcome.passed = false;
      current.add(result.outcome), all.add(result.outcome);
      if (!result.outcome.passed) explain(sample, result);
      result = {}; // tables of thousands of functions are large
    }
    if (last) finishSubject();
  }
  void finishSubject() {
    if (current.functions) current.print(subject);
    current = {};
  }
  static void explain(const samples::Sample &sample, const Result &result) {
    printf("%s: FAILED\n%s", sample.function.c_str(), print(*sample.module->find(sample.function)).c_str());
    if (!result.ran) {
      printf("%s %s\n", result.error.number.c_str(), result.error.message.c_str());
      for (const std::string &note : result.error.notes) printf("  %s\n", note.c_str());
      return;
    }
    const std::string &table = result.outcome.report; // its first line and those of failures
    for (size_t at = 0, end; (end = table.find('\n', at)) != std::string::npos; at = end + 1) {
      std::string line = table.substr(at, end - at);
      if (at == 0 || line.find("FAILED") != std::string::npos) puts(line.c_str());
    }
  }

  CompilerPlugin &compiler;
  const samples::Collection &collection;
  const VerifyOptions &options;
  std::vector<Result> results;
  std::atomic<size_t> next{0};
  std::mutex mutex;
  size_t reported = 0;
  std::string subject;
  Totals current;
};

} // namespace

// Leaves the first sample of each subject and every n-th of all.
static void thin(std::vector<samples::Sample> &samples, int64_t n) {
  std::vector<samples::Sample> kept;
  for (size_t i = 0; i < samples.size(); ++i)
    if (i % size_t(n) == 0 || i == 0 || samples[i].subject != samples[i - 1].subject) kept.push_back(samples[i]);
  samples = std::move(kept);
}

std::vector<Option> sampleOptions() {
  return {{"--primitives", nullptr, "every primitive of the dialect, in sample functions"},
          {"--library", nullptr, "every function, initializer, schedule and optimizer of the standard library"},
          {"--random", "N", "N random programs, numbered from --seed"},
          {"--type", "f32|f64", "the float type of these samples (default: both)"},
          {"--only", "NAME", "one primitive or library function"},
          {"--every", "N", "the first function of each subject, and every N-th"},
          {"--print", nullptr, "print these samples instead of verifying them"}};
}

bool asksForSamples(const Line &line) {
  return line.has("--primitives") || line.has("--library") || line.has("--random");
}

int verifySamples(const Line &line, uint64_t seed) {
  std::string type = line.value("--type");
  if (!type.empty() && type != "f32" && type != "f64")
    return usageError("E0706", "--type is f32 or f64, not `" + type + "`");
  int64_t programs = 0, every = 1, threads = std::max(1u, std::thread::hardware_concurrency());
  if (line.has("--random")) {
    auto number = wholeNumber("--random", line.value("--random"), 1);
    if (!number) return UsageFault;
    programs = std::min<int64_t>(*number, 1000000);
  }
  if (line.has("--every")) {
    auto number = wholeNumber("--every", line.value("--every"), 1);
    if (!number) return UsageFault;
    every = *number;
  }
  if (line.has("--threads")) {
    auto number = wholeNumber("--threads", line.value("--threads"), 1);
    if (!number) return UsageFault;
    threads = std::min<int64_t>(*number, 256);
  }
  auto compiler = compilerLibrary();
  if (!compiler) return fail(compiler.error());
  VerifyOptions options;
  options.seed = seed;
  bool passed = true;
  for (ElementType real : {ElementType::F64, ElementType::F32}) {
    if (!type.empty() && type != spelling(real)) continue;
    samples::Collection collection;
    collection.only = line.value("--only");
    if (line.has("--primitives")) samples::addPrimitives(collection, real);
    if (line.has("--library")) samples::addLibrary(collection, real);
    if (programs) samples::addRandom(collection, real, seed, int(programs));
    for (const std::string &fault : collection.faults) printf("FAILED: %s\n", fault.c_str());
    if (collection.samples.empty() && collection.faults.empty())
      return usageError("E0703", "there is no sample of `" + collection.only + "`");
    thin(collection.samples, every);
    if (line.has("--print")) {
      for (const samples::Sample &sample : collection.samples) printf("%s\n", print(*sample.module).c_str());
      continue;
    }
    Work work(**compiler, collection, options);
    work.run(int(threads));
    work.all.print(std::string("all, ") + spelling(real));
    passed &= work.all.failed == 0 && collection.faults.empty();
  }
  puts(passed ? "verified" : "FAILED");
  return passed ? Done : InputFault;
}

} // namespace fluxion::cli
