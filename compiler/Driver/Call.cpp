// Calling a function through the public API: match, infer, compile or find, run.
#include "compiler/Driver/Bind.h"
#include "compiler/Driver/CompilerLibrary.h"
#include "compiler/Driver/ErrorText.h"
#include "compiler/Driver/State.h"

namespace fluxion::api {

const Tensor *Results::find(std::string_view path) const {
  for (const Leaf &leaf : leaves)
    if (leaf.path == path) return &leaf.tensor;
  return nullptr;
}

const std::string &Function::name() const { return state->graph->name; }
std::vector<std::string> Function::dimensions() const { return state->graph->dimensions; }

std::vector<Function::Leaf> Function::parameters() const {
  std::vector<Leaf> leaves;
  for (const Parameter &parameter : state->graph->parameters)
    leaves.push_back({parameter.path, state->graph->written(parameter.type), parameter.defaultText()});
  return leaves;
}

std::vector<Function::Leaf> Function::results() const {
  std::vector<Leaf> leaves;
  for (const Result &result : state->graph->results)
    leaves.push_back({result.path, state->graph->typeOf(result.value).print()});
  return leaves;
}

Expected<std::shared_ptr<const Instance>> Function::State::instance(const DimBinding &dimensions) const {
  std::shared_ptr<Slot> slot;
  {
    std::shared_lock lock(mutex);
    if (auto found = slots.find(dimensions); found != slots.end()) slot = found->second;
  }
  if (!slot) {
    std::unique_lock lock(mutex);
    auto &entry = slots[dimensions];
    if (!entry) entry = std::make_shared<Slot>();
    slot = entry;
  }
  std::lock_guard lock(slot->mutex); // others that want the same extents wait for the one that compiles
  if (slot->instance) return slot->instance;
  const Session::State &session = *module->session;
  auto made = makeInstance(requestFor(module->graph, *graph, dimensions, session.compile), session.cache);
  if (made) slot->instance = *made;
  return made;
}

static Expected<Results> allocateResults(const Instance &instance, const std::shared_ptr<runtime::MemoryPool> &memory,
                                         std::vector<void *> &pointers) {
  Results results;
  for (const LeafManifest &leaf : instance.manifest.results) {
    Tensor tensor = uninitialized(DType(leaf.element), leaf.shape, memory);
    if (!tensor.data()) return Error("E0715", "memory is out: a result is " + printType(DType(leaf.element), leaf.shape));
    pointers.push_back(tensor.data());
    results.leaves.push_back({leaf.path, std::move(tensor)});
  }
  return results;
}

Expected<Results> Function::call(std::initializer_list<Argument> arguments, const Dimensions &given) const {
  return call(std::vector<Argument>(arguments), given);
}

Expected<Results> Function::call(const std::vector<Argument> &arguments, const Dimensions &given) const {
  const fluxion::Function &graph = *state->graph;
  auto values = matchArguments(graph, arguments);
  if (!values) return values.error();
  auto shapes = shapesOf(graph, *values);
  if (!shapes) return shapes.error();
  auto dimensions = inferDimensions(graph, *shapes, given);
  if (!dimensions) return dimensions.error();
  auto instance = state->instance(*dimensions);
  if (!instance) return instance.error();

  const Session::State &session = *state->module->session;
  BoundArguments bound(session.memory);
  if (!bound.bind(graph, *values, *dimensions)) return Error("E0715", "memory is out while an argument is packed");
  std::vector<void *> pointers;
  auto results = allocateResults(**instance, session.memory, pointers);
  if (!results) return results;
  FramePool &frames = state->module->session->frames;
  auto frame = frames.take((*instance)->manifest.arenaBytes);
  if (!frame) return frame.error();
  auto done = run(**instance, state->module->graph, *frame, bound.pointers(), pointers.data());
  frames.giveBack(std::move(*frame));
  if (!done) return done.error();
  return results;
}

Expected<void> Function::prepare(const Dimensions &dimensions) const {
  auto binding = completeBinding(*state->graph, dimensions);
  if (!binding) return binding.error();
  auto instance = state->instance(*binding);
  if (!instance) return instance.error();
  return {};
}

// The compiler and a request for the function at these extents, for what looks at code instead of running it.
static Expected<std::pair<CompilerPlugin *, CompileRequest>> inspect(const Function::State &state,
                                                                     const Dimensions &dimensions) {
  auto binding = inferDimensions(*state.graph, KnownShapes(state.graph->parameters.size()), dimensions);
  if (!binding) return binding.error();
  auto compiler = compilerLibrary();
  if (!compiler) return compiler.error();
  return std::pair(*compiler,
                   requestFor(state.module->graph, *state.graph, *binding, state.module->session->compile));
}

Expected<std::string> Function::print(const std::string &stage, const Dimensions &dimensions,
                                      const std::string &at) const {
  auto target = inspect(*state, dimensions);
  if (!target) return target.error();
  auto &[compiler, request] = *target;
  std::vector<std::string> stages = compiler->stages();
  if (std::find(stages.begin(), stages.end(), stage) == stages.end()) {
    Error error("E0717", "there is no stage `" + stage + "`");
    std::string all;
    for (const std::string &name : stages) all += (all.empty() ? "" : ", ") + name;
    error.note("the stages are " + all);
    if (auto near = nearestName(stage, stages)) error.hint("did you mean `" + *near + "`?");
    return error;
  }
  std::string out;
  DiagnosticText error;
  PrintOptions options;
  options.at = at;
  if (!compiler->printStage(request, stage, options, out, error)) return errorOf(error);
  return out;
}

Expected<std::string> Function::describe(const Dimensions &dimensions) const {
  auto target = inspect(*state, dimensions);
  if (!target) return target.error();
  std::string report;
  DiagnosticText error;
  if (!target->first->describe(target->second, report, error)) return errorOf(error);
  return report;
}

Expected<Function::Verification> Function::verify(const Dimensions &dimensions, uint64_t seed) const {
  auto target = inspect(*state, dimensions);
  if (!target) return target.error();
  VerifyOutcome outcome;
  DiagnosticText error;
  VerifyOptions options;
  options.seed = seed;
  if (!target->first->verify(target->second, options, outcome, error)) return errorOf(error);
  Verification verification{};
  verification.passed = outcome.passed;
  verification.checks = outcome.checks;
  verification.report = std::move(outcome.report);
  return verification;
}

} // namespace fluxion::api
