// fluxion check, ir, describe, verify: looking at a program without feeding it data.
#include "compiler/Driver/ErrorText.h"
#include "compiler/Driver/State.h"
#include "compiler/Driver/cli/VerifySamples.h"
#include "compiler/Driver/cli/Common.h"
#include "frontend/Graph/TrainPlan.h"
#include "frontend/Graph/WriteSource.h"
#include "frontend/Source/FileLoader.h"
#include "frontend/Syntax/Lexer.h"
#include <cstdio>

namespace fluxion::cli {

// "w: f32[D], p: {W1: f32[D,H], b1: f32[H], …}": leaves of one struct stand together, many of them shortened.
static std::string listed(const std::vector<api::Function::Leaf> &leaves) {
  constexpr size_t shown = 6;
  std::string out;
  for (size_t i = 0; i < leaves.size();) {
    size_t dot = leaves[i].path.find('.'), end = i + 1;
    std::string head = leaves[i].path.substr(0, dot);
    while (dot != std::string::npos && end < leaves.size() && leaves[end].path.compare(0, dot + 1, head + ".") == 0) ++end;
    out += out.empty() ? "" : ", ";
    if (dot == std::string::npos) {
      out += (leaves[i].path.empty() ? "" : leaves[i].path + ": ") + leaves[i].type;
      if (!leaves[i].defaultValue.empty()) out += " = " + leaves[i].defaultValue; // may be left out
    } else {
      out += head + ": {";
      for (size_t j = i; j < end && j < i + shown; ++j)
        out += (j > i ? ", " : "") + leaves[j].path.substr(dot + 1) + ": " + leaves[j].type;
      out += end - i > shown ? ", … " + std::to_string(end - i - shown) + " more}" : "}";
    }
    i = end;
  }
  return out;
}

// "step(w: f32[D], b: f32, …) -> (f32, …)"
static std::string signature(const api::Function &function) {
  std::string result = listed(function.results());
  if (function.results().size() != 1) result = "(" + result + ")";
  return function.name() + "(" + listed(function.parameters()) + ") -> " + result;
}

// "train fit(x: f32[B,3], y: f32[B]), batch 32, 3 epochs, in fit.init, fit.step, fit.eval"
static std::string summary(const TrainPlan &plan) {
  std::string out = "train " + plan.name + "(";
  for (const DataColumn &column : plan.data.columns)
    out += (&column == &plan.data.columns[0] ? "" : ", ") + column.name + ": " + column.type.print();
  std::string first = plan.firstBatch > 0 ? std::to_string(plan.firstBatch) + " to " : "";
  out += plan.batch > 0 ? "), batch " + first + std::to_string(plan.batch) : "), one batch";
  if (plan.accumulate > 1) out += ", " + std::to_string(plan.accumulate) + " to an update";
  out += ", " + std::to_string(plan.epochs) + (plan.epochs == 1 ? " epoch" : " epochs") + ", in " + plan.initFunction +
         ", " + plan.stepFunction;
  if (!plan.accumulateFunction.empty()) out += ", " + plan.accumulateFunction;
  return plan.evalFunction.empty() ? out : out + ", " + plan.evalFunction;
}

// `loss[T: float], of which `run m.flx:loss[f64]` is an instance`
static std::string summary(const api::GenericFunction &generic) {
  std::string types, instance;
  for (const std::string &parameter : generic.typeParameters) {
    types += (types.empty() ? "[" : ", ") + parameter;
    instance += (instance.empty() ? "[" : ",") + std::string(parameter.ends_with(": int") ? "i64" : "f64");
  }
  if (types.empty()) return generic.name + ", of any shape";
  return generic.name + types + "], as " + generic.name + instance + "] and others";
}

static const char *classOf(TokenKind kind) {
  if (kind >= TokenKind::KwFn && kind <= TokenKind::KwScan) return "keyword";
  switch (kind) {
  case TokenKind::Invalid: return "invalid";
  case TokenKind::Identifier: return "name";
  case TokenKind::Number: return "number";
  case TokenKind::String: return "string";
  default: return "sign";
  }
}

// A token a line: its first byte, the byte past its last, its class. Grammars of editors are compared with this.
static int printTokens(const std::string &path) {
  FileLoader::Answer answer = diskLoader().read(path, true);
  if (answer.outcome != FileLoader::Outcome::Read) return fail(api::Error("E0601", path + ": " + answer.why));
  DiagnosticSink sink;
  Tokens tokens = lex(std::make_shared<SourceFile>(SourceFile{path, std::move(answer.text)}), sink);
  for (const Token &token : tokens.tokens)
    if (token.kind != TokenKind::EndOfFile) printf("%u %u %s\n", token.begin, token.end, classOf(token.kind));
  return sink.hasErrors() ? fail(errorOf(sink)) : int(Done);
}

int check(const Line &line) {
  if (line.has("--tokens")) return printTokens(line.operands[0]);
  api::SessionOptions options;
  options.searchPath = line.values("-I");
  // Kept until the process ends: taking a large graph apart leaf by leaf takes longer than listing it.
  auto &module = *new auto(api::Session(options).compileFile(line.operands[0]));
  if (line.has("--json")) { // the same as --diagnostics=json, on standard output and without the listing
    for (const Diagnostic &each : module ? module->internals().warnings : module.error().internals().diagnostics)
      puts(renderJson(each).c_str());
    return module ? Done : InputFault;
  }
  if (!module) return fail(module.error());
  if (diagnosticsForm() == Diagnostics::Json)
    for (const Diagnostic &warning : module->internals().warnings) print(stderr, warning, false);
  else fputs(module->warnings(colorOn(2)).c_str(), stderr);
  const auto &plans = module->internals().graph.trains;
  for (const std::string &name : module->functions()) {
    bool made = false; // by a `train` declaration, which is told below
    for (const auto &plan : plans)
      made |= name == plan->initFunction || name == plan->stepFunction || name == plan->evalFunction ||
              name == plan->accumulateFunction;
    if (auto function = module->function(name); function && !made) puts(signature(*function).c_str());
  }
  for (const api::GenericFunction &generic : module->generics()) puts(summary(generic).c_str());
  for (const auto &plan : plans) puts(summary(*plan).c_str());
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
  puts("source");
  auto stages = api::Session().stages();
  if (!stages) return fail(stages.error());
  for (const std::string &stage : *stages) puts(stage.c_str());
  return Done;
}

// FILE:LINE
static bool isPlace(const std::string &text) {
  size_t colon = text.rfind(':');
  if (colon == std::string::npos || !colon || colon + 1 == text.size() || text.size() - colon > 10) return false;
  return text.find_first_not_of("0123456789", colon + 1) == std::string::npos && std::stol(text.substr(colon + 1)) > 0;
}

int ir(const Line &line) {
  if (line.has("--list-stages")) return listStages();
  if (line.has("--at") && !isPlace(line.value("--at")))
    return usageError("E0706", "`--at` takes FILE:LINE, not `" + line.value("--at") + "`", "as in `--at m.flx:4`");
  Target target = targetOf(line.operands[0]);
  Subject subject = open(line, target);
  if (!subject.module) return subject.status;
  Chosen chosen = choose(*subject.module, target);
  if (!chosen.function) return chosen.status;
  if (line.value("--stage") == "source") { // before any extent is known
    const api::Module::State &module = *chosen.function->internals().module;
    DiagnosticSink sink;
    auto text = writeSource(module.graph, *chosen.function->internals().graph, sink);
    if (!text) return fputs(render(sink).c_str(), stderr), InputFault;
    fputs(text->c_str(), stdout);
    return Done;
  }
  auto text = chosen.function->print(line.value("--stage", "flx"),
                                     completed(*subject.module, *chosen.function, subject.dimensions, Extents::ToRead),
                                     line.value("--at"));
  if (!text) return fail(text.error());
  if (text->empty() && line.has("--at")) fprintf(stderr, "nothing of this stage stems from %s\n", line.value("--at").c_str());
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

// The functions of a module, generic ones in both precisions.
static std::vector<std::string> everyInstance(const api::Module &module) {
  std::vector<std::string> names = module.functions();
  for (const api::GenericFunction &generic : module.generics())
    for (const char *real : {"f32", "f64"}) {
      std::string types;
      for (const std::string &parameter : generic.typeParameters)
        types += (types.empty() ? "[" : ",") + std::string(parameter.ends_with(": int") ? "i32" : real);
      if (names.empty() || names.back() != generic.name) names.push_back(generic.name + (types.empty() ? "" : types + "]"));
    }
  return names;
}

int verify(const Line &line) {
  auto seed = wholeNumber("--seed", line.value("--seed", "1"), 0);
  if (!seed) return UsageFault;
  if (asksForSamples(line) != line.operands.empty())
    return usageError("E0703", "verify takes a file, or --primitives, --library or --random", "as in `fluxion verify m.flx`");
  if (line.operands.empty()) return verifySamples(line, uint64_t(*seed));
  Target target = targetOf(line.operands[0]);
  Subject subject = open(line, target);
  if (!subject.module) return subject.status;
  std::vector<api::Function> functions;
  if (!target.function.empty()) {
    Chosen chosen = choose(*subject.module, target);
    if (!chosen.function) return chosen.status;
    functions.push_back(*chosen.function);
  } else
    for (const std::string &name : everyInstance(*subject.module)) {
      auto function = subject.module->function(name);
      if (!function) return fail(function.error());
      functions.push_back(*function);
    }
  bool passed = true;
  for (const api::Function &function : functions) {
    api::Dimensions given = target.function.empty() ? applicable(function, subject.dimensions) : subject.dimensions;
    auto outcome = function.verify(completed(*subject.module, function, given, Extents::ToCompute), uint64_t(*seed));
    if (!outcome) return fail(outcome.error());
    passed &= outcome->passed;
    const char *verdict = !outcome->passed ? "FAILED" : outcome->checks ? "verified" : "nothing could be checked";
    printf("%s: %s\n%s", function.name().c_str(), verdict, outcome->report.c_str());
  }
  return passed ? Done : InputFault;
}

} // namespace fluxion::cli
