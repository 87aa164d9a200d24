// fluxion check, ir, describe, verify: looking at a program without feeding it data.
#include "compiler/Driver/ErrorText.h"
#include "compiler/Driver/State.h"
#include "compiler/Driver/cli/Common.h"
#include <cstdio>

namespace fluxion::cli {

// "step(w: f32[D], b: f32, …) -> (f32, …)"
static std::string signature(const api::Function &function) {
  auto list = [](const std::vector<api::Function::Leaf> &leaves, bool named) {
    std::string out;
    for (const api::Function::Leaf &leaf : leaves)
      out += (out.empty() ? "" : ", ") + (named || !leaf.path.empty() ? leaf.path + ": " : "") + leaf.type;
    return out;
  };
  auto results = function.results();
  std::string result = list(results, false);
  if (results.size() != 1) result = "(" + result + ")";
  return function.name() + "(" + list(function.parameters(), true) + ") -> " + result;
}

int check(const Line &line) {
  auto module = api::Session().compileFile(line.operands[0]);
  if (!module) {
    if (!line.has("--json")) return fail(module.error());
    for (const Diagnostic &diagnostic : module.error().internals().diagnostics) puts(renderJson(diagnostic).c_str());
    return InputFault;
  }
  if (line.has("--json")) {
    for (const Diagnostic &warning : module->internals().warnings) puts(renderJson(warning).c_str());
    return Done;
  }
  fputs(module->warnings(colorOn(2)).c_str(), stderr);
  for (const std::string &name : module->functions())
    if (auto function = module->function(name)) puts(signature(*function).c_str());
  for (const std::string &name : module->trains()) printf("train %s\n", name.c_str());
  return Done;
}

// The module and function an inspecting verb is about.
struct Subject {
  std::optional<api::Session> session;
  std::optional<api::Module> module;
  api::Dimensions dimensions;
  int status = Done;
};

static Subject open(const Line &line, const Target &target) {
  Subject subject;
  subject.session = sessionFor(line);
  auto dimensions = dimensionsOf(line);
  if (!subject.session || !dimensions) return subject.status = UsageFault, subject;
  subject.dimensions = std::move(*dimensions);
  auto module = subject.session->compileFile(target.file);
  if (module) subject.module = std::move(*module);
  else subject.status = fail(module.error());
  return subject;
}

static int listStages() {
  auto stages = api::Session().stages();
  if (!stages) return fail(stages.error());
  for (const std::string &stage : *stages) puts(stage.c_str());
  return Done;
}

int ir(const Line &line) {
  if (line.has("--list-stages")) return listStages();
  Target target = targetOf(line.operands[0]);
  Subject subject = open(line, target);
  if (!subject.module) return subject.status;
  Chosen chosen = choose(*subject.module, target);
  if (!chosen.function) return chosen.status;
  auto text = chosen.function->print(line.value("--stage", "flx"),
                                     completed(*subject.module, *chosen.function, subject.dimensions, Extents::ToRead),
                                     line.value("--at"));
  if (!text) return fail(text.error());
  fputs(text->c_str(), stdout);
  if (!text->empty() && text->back() != '\n') putchar('\n');
  return Done;
}

int describe(const Line &line) {
  Target target = targetOf(line.operands[0]);
  Subject subject = open(line, target);
  if (!subject.module) return subject.status;
  Chosen chosen = choose(*subject.module, target);
  if (!chosen.function) return chosen.status;
  auto text = chosen.function->describe(
      completed(*subject.module, *chosen.function, subject.dimensions, Extents::ToRead));
  if (!text) return fail(text.error());
  printf("%s\n%s", signature(*chosen.function).c_str(), text->c_str());
  return Done;
}

// Of the extents on the command line those that this function has: `verify m.flx --dim N=3` is about many functions.
static api::Dimensions applicable(const api::Function &function, const api::Dimensions &given) {
  api::Dimensions mine;
  for (const std::string &name : function.dimensions())
    if (auto found = given.find(name); found != given.end()) mine.insert(*found);
  return mine;
}

int verify(const Line &line) {
  Target target = targetOf(line.operands[0]);
  auto seed = wholeNumber("--seed", line.value("--seed", "1"), 0);
  if (!seed) return UsageFault;
  Subject subject = open(line, target);
  if (!subject.module) return subject.status;
  std::vector<api::Function> functions;
  if (!target.function.empty()) {
    Chosen chosen = choose(*subject.module, target);
    if (!chosen.function) return chosen.status;
    functions.push_back(*chosen.function);
  } else
    for (const std::string &name : subject.module->functions())
      if (auto function = subject.module->function(name)) functions.push_back(*function);
  bool passed = true;
  for (const api::Function &function : functions) {
    api::Dimensions given = target.function.empty() ? applicable(function, subject.dimensions) : subject.dimensions;
    auto outcome = function.verify(completed(*subject.module, function, given, Extents::ToCompute), uint64_t(*seed));
    if (!outcome) return fail(outcome.error());
    passed &= outcome->passed;
    printf("%s: %s\n%s", function.name().c_str(), outcome->passed ? "verified" : "FAILED", outcome->report.c_str());
  }
  return passed ? Done : InputFault;
}

} // namespace fluxion::cli
