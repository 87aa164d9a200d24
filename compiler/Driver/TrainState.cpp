// State tensors and bound steps; see TrainState.h.
#include "compiler/Driver/TrainState.h"
#include "compiler/Driver/ErrorText.h"
#include <algorithm>
#include <numeric>

namespace fluxion {

TrainState::TrainState(const TrainPlan &plan, const Function &step, std::vector<api::Tensor> leaves)
    : parameterCount(size_t(plan.parameterLeaves)), tensors(std::move(leaves)) {
  for (size_t i = 0; i < tensors.size(); ++i) paths.push_back(step.parameters[i].path);
  servedLeaves = firstLeaves(parameterCount);
  for (size_t i = 0; i < plan.servedLeaves.size() && i < parameterCount; ++i) servedLeaves[i] = size_t(plan.servedLeaves[i]);
}

std::optional<size_t> TrainState::find(const std::string &path) const {
  auto found = std::find(paths.begin(), paths.end(), path);
  return found == paths.end() ? std::nullopt : std::optional(size_t(found - paths.begin()));
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

std::vector<size_t> firstLeaves(size_t count) {
  std::vector<size_t> leaves(count);
  std::iota(leaves.begin(), leaves.end(), size_t(0));
  return leaves;
}

api::Expected<void> BoundStep::bind(std::shared_ptr<const Instance> made, const Function &function, TrainState &state,
                                    std::vector<size_t> argumentLeaves, std::vector<size_t> resultLeaves,
                                    Numbers &numbers) {
  instance = std::move(made);
  stateArguments = std::move(argumentLeaves), stateResults = std::move(resultLeaves);
  const CompiledObject &manifest = instance->manifest;
  bool fits = stateArguments.size() <= manifest.arguments.size() && stateResults.size() <= manifest.results.size();
  for (const auto *leaves : {&stateArguments, &stateResults})
    for (size_t leaf : *leaves) fits &= leaf < state.leaves();
  if (!fits) return internalError("`" + function.name + "` does not have the arguments of a training step");
  arguments.resize(manifest.arguments.size());
  results.resize(manifest.results.size());
  inPlace.assign(stateResults.size(), false);
  for (size_t i = stateArguments.size(); i < arguments.size(); ++i) {
    if (manifest.arguments[i].path == totalStepsName) arguments[i] = &numbers.totalSteps;
    if (manifest.arguments[i].path == batchNumberName) arguments[i] = &numbers.batchNumber;
  }
  for (size_t i = 0; i < results.size(); ++i) {
    const LeafManifest &leaf = manifest.results[i];
    bool isState = i < stateResults.size();
    auto from = size_t(leaf.donated); // −1 is past every argument
    if (isState && from < stateArguments.size() && stateArguments[from] == stateResults[i]) {
      inPlace[i] = true;
      continue; // set for each call: a twin elsewhere moves the state
    }
    api::Tensor tensor(api::DType(leaf.element), leaf.shape);
    if (!(results[i] = tensor.data())) return outOfMemory();
    if (isState) twins.push_back({stateResults[i], i, std::move(tensor)});
    else metricTensors.push_back(std::move(tensor));
  }
  return {};
}

api::Expected<void> BoundStep::run(const Module &module, Frame &frame, TrainState &state,
                                   std::span<void *const> columns) {
  for (size_t i = 0; i < stateArguments.size(); ++i) arguments[i] = state.tensor(stateArguments[i]).data();
  for (size_t i = 0; i < inPlace.size(); ++i)
    if (inPlace[i]) results[i] = state.tensor(stateResults[i]).data();
  for (size_t i = 0; i < columns.size(); ++i) arguments[stateArguments.size() + i] = columns[i];
  auto done = fluxion::run(*instance, module, frame, arguments.data(), results.data());
  for (Twin &twin : twins) {
    std::swap(twin.tensor, state.tensor(twin.leaf));
    results[twin.result] = twin.tensor.data();
  }
  return done;
}

} // namespace fluxion
