// Sessions and modules: from source to something that can be called.
#include "compiler/Driver/CompilerLibrary.h"
#include "compiler/Driver/ErrorText.h"
#include "compiler/Driver/Host.h"
#include "compiler/Driver/PhaseClock.h"
#include "compiler/Driver/State.h"
#include "frontend/Frontend.h"
#include "frontend/Source/Stack.h"
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
  compile.strict = options.strict;
  compile.simplify = options.simplify;
  return compile;
}

static CodeCache cacheFor(const SessionOptions &options) {
  if (!options.cache) return {};
  return CodeCache(options.cacheDirectory.empty() ? defaultCacheDirectory() : options.cacheDirectory);
}

static size_t poolLimit(const SessionOptions &options) {
  return options.poolBytes >= 0 ? size_t(options.poolBytes) : runtime::MemoryPool::defaultLimit();
}

void Session::releaseMemory() const { state->memory->release(); }

Session::State::State(SessionOptions given)
    : options(std::move(given)), compile(compileOptions(options)), cache(cacheFor(options)),
      memory(std::make_shared<runtime::MemoryPool>(poolLimit(options))), frames(options.threads, memory) {}

Session::Session(SessionOptions options) : state(std::make_shared<State>(std::move(options))) {}

static Expected<Module> moduleFrom(const Session &session, Program program, std::string path,
                                   const DiagnosticSink &sink) {
  if (sink.hasErrors()) return errorOf(sink);
  auto state = std::make_shared<Module::State>();
  state->session = session.shared();
  state->graph = std::move(*program.module);
  state->path = std::move(path);
  state->warnings = sink.all();
  state->program = std::make_shared<const Program>(std::move(program));
  return Module(std::move(state));
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
  Program program;
  onAmpleStack([&] { program = programFromFile(path, sink, sourceOptions(state->options)); });
  clock.lap("front end");
  return moduleFrom(*this, std::move(program), path, sink);
}

Expected<Module> Session::compileString(std::string source, const std::string &name) const {
  DiagnosticSink sink;
  Program program;
  onAmpleStack([&] { program = programFromSource(name, std::move(source), sink, sourceOptions(state->options)); });
  return moduleFrom(*this, std::move(program), name, sink);
}

Expected<Module> Session::compileSource(std::vector<SourceText> files) const {
  if (files.empty()) return Error("E0703", "compileSource needs at least one file");
  DiagnosticSink sink;
  MemoryLoader loader(&diskLoader());
  std::string name = files[0].path;
  for (SourceText &file : files) loader.add(file.path, std::move(file.text));
  SourceOptions options = sourceOptions(state->options);
  options.loader = &loader;
  Program program;
  onAmpleStack([&] { program = programFromFile(name, sink, options); });
  return moduleFrom(*this, std::move(program), name, sink);
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

//===--- Instances of generic functions --------------------------------------------------------------------------===//

std::vector<GenericFunction> Module::generics() const {
  std::vector<GenericFunction> found;
  if (!state->program) return found;
  for (fluxion::GenericFunction &each : genericFunctions(*state->program))
    found.push_back({std::move(each.name), std::move(each.typeParameters)});
  return found;
}

// The type arguments of `loss[f64, i32]`; nullopt if there is a name among them that is no element type.
static std::optional<std::vector<ElementType>> typeArguments(std::string_view text) {
  std::vector<ElementType> types;
  for (size_t at = 0; at <= text.size();) {
    size_t comma = std::min(text.find(',', at), text.size());
    std::string name(text.substr(at, comma - at));
    std::erase(name, ' ');
    auto type = elementTypeNamed(name);
    if (!type) return std::nullopt;
    types.push_back(*type);
    at = comma + 1;
  }
  return types;
}

// `loss[f64]`, or `loss` at the types it is checked at: f32, and i32 for integers. nullopt: there is no such function.
std::optional<Expected<Function>> Module::instance(std::string_view name) const {
  size_t bracket = name.find('[');
  std::string base(name.substr(0, bracket));
  for (const GenericFunction &generic : generics()) {
    if (generic.name != base) continue;
    std::vector<ElementType> types;
    if (bracket == std::string_view::npos) {
      for (const std::string &parameter : generic.typeParameters)
        types.push_back(parameter.ends_with(": int") ? ElementType::I32 : ElementType::F32);
    } else {
      auto given = name.back() == ']' ? typeArguments(name.substr(bracket + 1, name.size() - bracket - 2)) : std::nullopt;
      if (!given) return Error("E0707", "`" + std::string(name) + "` names no instance: write `" + base + "[f64]`");
      types = *given;
    }
    auto known = state->instances.find(name);
    if (known == state->instances.end()) {
      DiagnosticSink sink;
      std::unique_ptr<fluxion::Module> graph;
      onAmpleStack([&] { graph = instantiateAt(*state->program, base, std::move(types), sink); });
      if (!graph) return errorOf(sink);
      auto made = std::make_shared<State>();
      made->session = state->session;
      made->graph = std::move(*graph);
      made->path = state->path;
      known = state->instances.emplace(name, Module(std::move(made))).first;
    }
    return known->second.function(known->second.functions().front());
  }
  return std::nullopt;
}

Expected<Function> Module::function(std::string_view name) const {
  std::lock_guard lock(state->mutex);
  auto handle = [this](const Function::State &function) { return Function(std::shared_ptr<const Function::State>(state, &function)); };
  if (auto known = state->functions.find(name); known != state->functions.end()) return handle(*known->second);
  const fluxion::Function *graph = state->find(name);
  if (!graph) {
    if (auto made = instance(name)) return *made;
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
