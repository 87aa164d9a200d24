// Sessions and modules: from source to something that can be called.
#include "compiler/Driver/CompilerLibrary.h"
#include "compiler/Driver/ErrorText.h"
#include "compiler/Driver/Host.h"
#include "compiler/Driver/PhaseClock.h"
#include "compiler/Driver/State.h"
#include "frontend/Frontend.h"
#include <cstdlib>

namespace fluxion {

api::Module adopt(const api::Session &session, Module graph, std::string path, std::vector<Diagnostic> warnings) {
  auto state = std::make_shared<api::Module::State>();
  state->session = session.shared();
  state->graph = std::move(graph);
  state->path = std::move(path);
  state->warnings = std::move(warnings);
  return api::Module(std::move(state));
}

} // namespace fluxion

namespace fluxion::api {

const char *version() { return FLUXION_VERSION; }

static CompileOptions compileOptions(const SessionOptions &options) {
  CompileOptions compile;
  compile.cpu = options.cpu;
  compile.fastMath = options.fastMath;
  return compile;
}

static CodeCache cacheFor(const SessionOptions &options) {
  if (!options.cache) return {};
  return CodeCache(options.cacheDirectory.empty() ? defaultCacheDirectory() : options.cacheDirectory);
}

Session::State::State(SessionOptions given)
    : options(std::move(given)), compile(compileOptions(options)), cache(cacheFor(options)), frames(options.threads) {}

Session::Session(SessionOptions options) : state(std::make_shared<State>(std::move(options))) {}

static Expected<Module> moduleFrom(const Session &session, std::unique_ptr<fluxion::Module> graph, std::string path,
                                   const DiagnosticSink &sink) {
  if (sink.hasErrors()) return errorOf(sink);
  return adopt(session, std::move(*graph), std::move(path), sink.all());
}

// The session's folders, then those of FLUXION_PATH, parted by colons.
static SourceOptions sourceOptions(const SessionOptions &options) {
  SourceOptions made{options.searchPath, nullptr};
  const char *given = getenv("FLUXION_PATH");
  std::string_view rest = given ? given : "";
  while (!rest.empty()) {
    size_t colon = std::min(rest.find(':'), rest.size());
    if (colon) made.searchPath.emplace_back(rest.substr(0, colon));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return made;
}

Expected<Module> Session::compileFile(const std::string &path) const {
  DiagnosticSink sink;
  PhaseClock clock;
  auto graph = moduleFromFile(path, sink, sourceOptions(state->options));
  clock.lap("front end");
  return moduleFrom(*this, std::move(graph), path, sink);
}

Expected<Module> Session::compileString(std::string source, const std::string &name) const {
  DiagnosticSink sink;
  auto graph = moduleFromSource(name, std::move(source), sink, sourceOptions(state->options));
  return moduleFrom(*this, std::move(graph), name, sink);
}

Expected<Module> Session::compileSource(std::vector<SourceText> files) const {
  if (files.empty()) return Error("E0703", "compileSource needs at least one file");
  DiagnosticSink sink;
  MemoryLoader loader(&diskLoader());
  std::string name = files[0].path;
  for (SourceText &file : files) loader.add(file.path, std::move(file.text));
  SourceOptions options = sourceOptions(state->options);
  options.loader = &loader;
  auto graph = moduleFromFile(name, sink, options);
  return moduleFrom(*this, std::move(graph), name, sink);
}

Expected<std::vector<std::string>> Session::stages() const {
  auto compiler = compilerLibrary();
  if (!compiler) return compiler.error();
  return (*compiler)->stages();
}

std::vector<std::string> Module::functions() const {
  std::vector<std::string> names;
  for (const fluxion::Function &function : state->graph.functions)
    if (function.isPublic) names.push_back(function.name);
  return names;
}

std::vector<std::string> Module::trains() const {
  std::vector<std::string> names;
  for (const auto &plan : state->graph.trains) names.push_back(plan->name);
  return names;
}

std::string Module::warnings(bool color) const {
  DiagnosticSink sink;
  for (const Diagnostic &warning : state->warnings) sink.add(warning);
  RenderOptions options;
  options.color = color;
  return state->warnings.empty() ? "" : render(sink, options);
}

const fluxion::Function *Module::State::find(std::string_view name) const {
  if (byName.empty())
    for (const fluxion::Function &function : graph.functions)
      if (function.isPublic) byName.emplace(function.name, &function);
  auto found = byName.find(name);
  return found == byName.end() ? nullptr : found->second;
}

Expected<Function> Module::function(std::string_view name) const {
  std::lock_guard lock(state->mutex);
  auto handle = [this](const Function::State &function) { return Function(std::shared_ptr<const Function::State>(state, &function)); };
  if (auto known = state->functions.find(name); known != state->functions.end()) return handle(*known->second);
  const fluxion::Function *graph = state->find(name);
  if (!graph) {
    Error error("E0707", "there is no function `" + std::string(name) + "` in " + state->path);
    std::vector<std::string> names = functions();
    if (auto near = nearestName(name, names)) error.hint("did you mean `" + *near + "`?");
    else if (!names.empty()) error.note("it has `" + names.front() + "`" + (names.size() > 1 ? " and others" : ""));
    return error;
  }
  auto &made = state->functions[std::string(name)] = std::make_unique<Function::State>(*state, *graph);
  return handle(*made);
}

} // namespace fluxion::api
