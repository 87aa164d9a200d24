// The tensors of a training run and the pointer tables through which compiled code updates them in place.
#pragma once
#include "compiler/Driver/Instance.h"
#include "compiler/Driver/include/fluxion/view.h"
#include "frontend/Graph/TrainPlan.h"

namespace fluxion {

inline constexpr const char *totalStepsName = "total_steps", *batchNumberName = "batch_number";

std::vector<size_t> firstLeaves(size_t count); // 0, 1, …

class TrainState {
public:
  // Leaves as `init` returned them, under the paths of the step's parameters.
  TrainState(const TrainPlan &plan, const Function &step, std::vector<api::Tensor> leaves);

  size_t leaves() const { return tensors.size(); }
  size_t parameters() const { return parameterCount; }
  // The leaf that stands for a parameter where the model is evaluated or saved: itself, or its average.
  size_t served(size_t parameter) const { return servedLeaves[parameter]; }
  std::optional<size_t> find(const std::string &path) const;
  const std::string &path(size_t leaf) const { return paths[leaf]; }
  api::Tensor &tensor(size_t leaf) { return tensors[leaf]; }
  const api::Tensor &tensor(size_t leaf) const { return tensors[leaf]; }
  // A parameter's path below the model's name, if all parameters are below one name: "p.W1" -> "W1".
  std::string weightName(size_t parameter) const;
  int64_t parameterNumbers() const; // how many numbers are trained

private:
  size_t parameterCount;
  std::vector<size_t> servedLeaves;
  std::vector<std::string> paths;
  std::vector<api::Tensor> tensors;
};

// One instance of `step` or `eval`, bound to the state. Results that are state go where their argument is when the function
// says so, else into a twin that changes places with it.
class BoundStep {
public:
  // The leaves of the state that the leading arguments are, and those that the leading results are. After them and the
  // columns of the batch a step may ask for `total_steps`, which schedules are functions of, and `batch_number`.
  struct Numbers { int64_t totalSteps = 0, batchNumber = 0; }; // they stay the caller's
  api::Expected<void> bind(std::shared_ptr<const Instance>, const Function &, TrainState &,
                           std::vector<size_t> stateArguments, std::vector<size_t> stateResults, Numbers &numbers);
  api::Expected<void> run(const Module &, Frame &, TrainState &, std::span<void *const> columns);

  size_t metrics() const { return metricTensors.size(); }
  double metric(size_t i) const { return metricTensors[i].item(); }
  uint64_t arenaBytes() const { return instance->manifest.arenaBytes; }

private:
  std::shared_ptr<const Instance> instance;
  std::vector<size_t> stateArguments, stateResults; // leaves of the state
  std::vector<void *> arguments, results;
  std::vector<bool> inPlace; // of each state result
  std::vector<api::Tensor> metricTensors;
  struct Twin {
    size_t leaf, result;
    api::Tensor tensor;
  };
  std::vector<Twin> twins;
};

} // namespace fluxion
