// fluxion train: options to a training run, and what is said when it is over.
#include "compiler/Driver/Train.h"
#include "compiler/Driver/cli/Common.h"
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace fluxion::cli {

static std::atomic<bool> interrupted{false};

// The first ctrl-C asks the loop to save and leave; the handler then steps aside, so a second one ends the program.
static void onInterrupt(int) { interrupted.store(true, std::memory_order_relaxed); }

static void listenForInterrupts() {
  struct sigaction action = {};
  action.sa_handler = onInterrupt;
  action.sa_flags = int(SA_RESETHAND) | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

// "50": steps. "30s": seconds.
static bool readInterval(const std::string &text, TrainOptions &options) {
  bool seconds = !text.empty() && text.back() == 's';
  auto number = wholeNumber("--checkpoint-every", seconds ? text.substr(0, text.size() - 1) : text, 1);
  if (!number) return false;
  options.everySteps = seconds ? 0 : *number;
  options.everySeconds = seconds ? double(*number) : 0;
  return true;
}

// Whatever they are called, and whether they exist yet.
static bool sameFile(const std::string &a, const std::string &b) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  auto resolved = [&](const std::string &path) { return fs::weakly_canonical(fs::absolute(path, ignored), ignored); };
  return !a.empty() && !b.empty() && (a == b || resolved(a) == resolved(b));
}

static bool readOptions(const Line &line, TrainOptions &options) {
  if (line.has("--epochs")) {
    options.epochs = wholeNumber("--epochs", line.value("--epochs"), 1);
    if (!options.epochs) return false;
  }
  if (line.has("--checkpoint-every") && !readInterval(line.value("--checkpoint-every"), options)) return false;
  options.save = line.value("--save");
  options.plot = line.value("--plot");
  options.log = line.value("--log");
  options.checkpoint = line.value("--checkpoint");
  if (options.checkpoint.empty() && !options.save.empty()) {
    std::string stem = options.save;
    for (const char *ending : {".safetensors", ".npz"})
      if (stem.ends_with(ending)) stem.resize(stem.size() - strlen(ending));
    options.checkpoint = stem + ".checkpoint.safetensors";
  }
  const std::pair<const char *, const std::string *> outputs[] = {
      {"--save", &options.save}, {"--checkpoint", &options.checkpoint}, {"--plot", &options.plot}, {"--log", &options.log}};
  for (const auto &[option, path] : outputs)
    for (const auto &[other, same] : outputs) {
      if (&option == &other) break;
      if (sameFile(*path, *same))
        return usageError("E0706", std::string(other) + " and " + option + " name the same file, " + *path), false;
    }
  options.resume = line.has("--resume");
  if (options.checkpoint.empty() && (options.resume || line.has("--checkpoint-every")))
    return usageError("E0703", "which checkpoint?", "name one with --checkpoint FILE, or the weights with --save FILE"), false;
  if (line.has("--quiet") || diagnosticsForm() == Diagnostics::Json) options.progress = runtime::Progress::Options::Style::Silent;
  options.stop = &interrupted;
  return true;
}

static const TrainPlan *planNamed(const api::Module &module, const Target &target, int &status) {
  const auto &plans = module.internals().graph.trains;
  for (const auto &plan : plans)
    if (target.function.empty() ? plans.size() == 1 : plan->name == target.function) return plan.get();
  std::string names;
  for (const auto &plan : plans) names += (names.empty() ? "" : ", ") + plan->name;
  if (plans.empty())
    status = fail(api::Error("E0720", target.file + " has no `train` declaration").hint("`fluxion check` lists what it has"));
  else
    status = usageError("E0707", target.function.empty() ? "which training of " + target.file + "?"
                                                : "there is no training `" + target.function + "` in " + target.file,
                        "there are " + names);
  return nullptr;
}

// "fashion: 12 epochs, 5628 steps in 31.2 s: loss 0.21, grad_norm 0.9; test accuracy 0.8971"
static void report(const std::string &name, const TrainOutcome &outcome, const TrainOptions &options) {
  std::string text = name + ": " + std::to_string(outcome.epoch) + (outcome.epoch == 1 ? " epoch, " : " epochs, ") +
                     std::to_string(outcome.step) + " steps of " + std::to_string(outcome.parameters) + " parameters in " +
                     runtime::formatNumber(outcome.seconds) + " s";
  const char *before = ": ";
  for (const auto &[metric, value] : outcome.metrics) {
    text += before + metric + " " + runtime::formatNumber(value);
    before = ", ";
  }
  for (const auto &[metric, value] : outcome.evaluation) {
    text += before + ("test " + metric) + " " + runtime::formatNumber(value);
    before = ", ";
  }
  puts(text.c_str());
  for (const auto &[what, path] : {std::pair{"weights", &options.save}, std::pair{"curves", &options.plot},
                                   std::pair{"log", &options.log}})
    if (!path->empty()) printf("%s: %s\n", what, path->c_str());
}

int train(const Line &line) {
  auto session = sessionFor(line);
  TrainOptions options;
  if (!session || !readOptions(line, options)) return UsageFault;
  Target target = targetOf(line.operands[0]);
  auto module = session->compileFile(target.file);
  if (!module) return fail(module.error());
  int status = Done;
  const TrainPlan *plan = planNamed(*module, target, status);
  if (!plan) return status;
  listenForInterrupts();
  auto outcome = fluxion::train(module->shared(), *plan, options);
  if (!outcome) return fail(outcome.error());
  report(plan->name, *outcome, options);
  if (!outcome->interrupted) return Done;
  printf("interrupted%s\n", options.checkpoint.empty() ? "" : (": --resume goes on from " + options.checkpoint).c_str());
  return 130; // as a shell reports a program that ctrl-C ended
}

} // namespace fluxion::cli
