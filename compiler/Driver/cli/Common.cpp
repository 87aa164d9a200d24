// Shared by the verbs; see Common.h.
#include "compiler/Driver/cli/Common.h"
#include "compiler/Driver/ErrorText.h"
#include "compiler/Driver/State.h"
#include "frontend/Graph/TrainPlan.h"
#include "frontend/Source/Diagnostic.h"
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace fluxion::cli {

Target targetOf(const std::string &operand) {
  size_t colon = operand.rfind(':');
  if (colon == std::string::npos || operand.find('/', colon) != std::string::npos) return {operand, ""};
  return {operand.substr(0, colon), operand.substr(colon + 1)};
}

std::vector<Option> sourceOptions(std::vector<Option> others) {
  others.push_back({"-I", "DIR", "look for imports in DIR, too; may be repeated (FLUXION_PATH=DIR:… does the same)", true});
  others.push_back({"--diagnostics", "text|json", "how errors and warnings are printed; json: an object a line"});
  others.push_back({"--help", nullptr, "this text"});
  return others;
}

std::vector<Option> sessionOptions(std::vector<Option> others) {
  others.push_back({"--threads", "N", "threads to compute with (default: FLUXION_THREADS, else all)"});
  others.push_back({"--cpu", "NAME", "LLVM's name of the CPU to compile for (default: native)"});
  others.push_back({"--fast-math", nullptr, "allow rewrites that lose accuracy, and NaN, infinities and signs of zero"});
  others.push_back({"--strict", nullptr, "neither fused multiply-add nor regrouped sums"});
  others.push_back({"--no-simplify", nullptr, "compile the program as written, without symbolic simplification"});
  others.push_back({"--no-cache", nullptr, "neither read nor write the code cache"});
  return sourceOptions(std::move(others));
}

std::vector<Option> functionOptions(std::vector<Option> others) {
  others.push_back({"--dim", "NAME=N", "the extent of a dimension; may be repeated", true});
  return sessionOptions(std::move(others));
}

std::optional<api::Session> sessionFor(const Line &line) {
  api::SessionOptions options;
  if (line.has("--threads")) {
    auto threads = wholeNumber("--threads", line.value("--threads"), 1);
    if (!threads) return std::nullopt;
    options.threads = int(std::min<int64_t>(*threads, 1024));
  }
  options.cpu = line.value("--cpu", "native");
  options.fastMath = line.has("--fast-math");
  options.strict = line.has("--strict");
  if (options.fastMath && options.strict) {
    usageError("E0706", "--strict and --fast-math exclude each other");
    return std::nullopt;
  }
  options.simplify = !line.has("--no-simplify");
  options.cache = !line.has("--no-cache");
  options.searchPath = line.values("-I");
  return api::Session(options);
}

std::optional<api::Dimensions> dimensionsOf(const Line &line) {
  api::Dimensions dimensions;
  for (const std::string &text : line.values("--dim")) {
    size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      usageError("E0706", "--dim wants NAME=N, not `" + text + "`");
      return std::nullopt;
    }
    auto extent = wholeNumber("--dim " + text.substr(0, equals), text.substr(equals + 1), 0);
    if (!extent) return std::nullopt;
    if (!dimensions.emplace(text.substr(0, equals), *extent).second) {
      usageError("E0706", "dimension `" + text.substr(0, equals) + "` is given twice");
      return std::nullopt;
    }
  }
  return dimensions;
}

bool readDiagnosticsForm(const Line &line) {
  std::string form = line.value("--diagnostics", "text");
  setDiagnostics(form == "json" ? Diagnostics::Json : Diagnostics::Text);
  if (form == "json" || form == "text") return true;
  usageError("E0706", "--diagnostics is text or json, not `" + form + "`");
  return false;
}

int fail(const api::Error &error) {
  fflush(stdout);
  if (diagnosticsForm() == Diagnostics::Json)
    for (const Diagnostic &diagnostic : error.internals().diagnostics) print(stderr, diagnostic, false);
  else fputs(error.render(colorOn(2)).c_str(), stderr);
  return error.isInternal() ? InternalFault : InputFault;
}

Chosen choose(const api::Module &module, const Target &target) {
  std::string name = target.function;
  std::vector<std::string> names = module.functions();
  for (const api::GenericFunction &generic : module.generics()) names.push_back(generic.name);
  if (name.empty()) {
    if (names.size() != 1) {
      std::string list;
      for (size_t i = 0; i < names.size() && i < 12; ++i) list += (i ? ", " : "") + names[i];
      return {std::nullopt, usageError("E0703", "which function of " + target.file + "?",
                                       names.empty() ? "it has none"
                                                     : "name one of its functions, as in " + target.file + ":" +
                                                           names.back() + " (there are " + list + ")")};
    }
    name = names.front();
  }
  auto function = module.function(name);
  if (!function) return {std::nullopt, fail(function.error())};
  return {*function, Done};
}

} // namespace fluxion::cli
