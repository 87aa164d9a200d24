// State tensors and bound steps; see TrainState.h.
#include "compiler/Driver/TrainState.h"
#include "compiler/Driver/ErrorText.h"

namespace fluxion {

TrainState::TrainState(const TrainPlan &plan, const Function &step, std::vector<api::Tensor> leaves)
    : parameterCount(size_t(plan.parameterLeaves)), tensors(std::move(leaves)) {
  for (size_t i = 0; i < tensors.size(); ++i) paths.push_back(step.parameters[i].path);
}

std::string TrainState::weightName(size_t parameter) const {
  std::string prefix = paths[0].substr(0, paths[0].find('.') + 1);
  for (size_t i = 0; i < parameterCount; ++i)
    if (prefix.empty() || paths[i].compare(0, prefix.size(), prefix) != 0) return paths[parameter];
  return paths[parameter].substr(prefix.size());
}

int64_t TrainState::parameterNumbers() const {
  int64_t count = 0;
  for (size_t i = 0; i < parameterCount; ++i) count += tensors[i].size();
  return count;
}

static api::Error outOfMemory() { return api::Error("E0715", "memory is out for the state of the training run"); }

api::Expected<void> BoundStep::bind(std::shared_ptr<const Instance> made, const Function &function, TrainState &state,
                                    size_t stateArgumentCount, size_t stateResults, int64_t *totalSteps) {
  instance = std::move(made);
  stateArguments = stateArgumentCount;
  const CompiledObject &manifest = instance->manifest;
  if (stateArguments > state.leaves() || stateArguments > manifest.arguments.size() ||
      stateResults > manifest.results.size())
    return internalError("`" + function.name + "` does not have the arguments of a training step");
  arguments.resize(manifest.arguments.size());
  results.resize(manifest.results.size());
  inPlace.assign(stateResults, false);
  for (size_t i = stateArguments; i < arguments.size(); ++i)
    if (manifest.arguments[i].path == totalStepsName) arguments[i] = totalSteps;
  for (size_t i = 0; i < results.size(); ++i) {
    const LeafManifest &leaf = manifest.results[i];
    if (i < stateResults && leaf.donated == int32_t(i)) {
      inPlace[i] = true;
      continue; // set for each call: a twin elsewhere moves the state
    }
    api::Tensor tensor(api::DType(leaf.element), leaf.shape);
    if (!(results[i] = tensor.data())) return outOfMemory();
    if (i < stateResults) twins.push_back({i, i, std::move(tensor)});
    else metricTensors.push_back(std::move(tensor));
  }
  return {};
}

api::Expected<void> BoundStep::run(const Module &module, Frame &frame, TrainState &state,
                                   std::span<void *const> columns) {
  for (size_t i = 0; i < stateArguments; ++i) arguments[i] = state.tensor(i).data();
  for (size_t i = 0; i < inPlace.size(); ++i)
    if (inPlace[i]) results[i] = state.tensor(i).data();
  for (size_t i = 0; i < columns.size(); ++i) arguments[stateArguments + i] = columns[i];
  auto done = fluxion::run(*instance, module, frame, arguments.data(), results.data());
  for (Twin &twin : twins) {
    std::swap(twin.tensor, state.tensor(twin.leaf));
    results[twin.result] = twin.tensor.data();
  }
  return done;
}

} // namespace fluxion
