// Checkpoints of training runs; see TrainCheckpoint.h.
#include "compiler/Driver/TrainCheckpoint.h"
#include "compiler/Driver/TrainData.h"
#include "runtime/Data/Writers.h"
#include "runtime/Train/Checkpoint.h"
#include <set>

namespace fluxion {

static constexpr const char *format = "fluxion training 2";
static constexpr const char *curvesName = "run.curves", *sumsName = "run.epoch_sums"; // beside the state's own paths

static runtime::ArrayView viewOf(const api::Tensor &tensor) {
  return {dataType(ElementType(tensor.dtype())), tensor.shape(), tensor.data()};
}
static runtime::ArrayView viewOf(const std::vector<double> &numbers) {
  return {runtime::ElementType::F64, {int64_t(numbers.size())}, numbers.data()};
}

api::Expected<void> saveCheckpoint(const std::string &path, const TrainIdentity &identity, const TrainState &state,
                                   const TrainPosition &position, const Curves &curves) {
  std::vector<runtime::TensorView> tensors;
  for (size_t i = 0; i < state.leaves(); ++i) tensors.push_back({state.path(i), viewOf(state.tensor(i))});
  std::vector<double> history = curves.save();
  tensors.push_back({curvesName, viewOf(history)});
  tensors.push_back({sumsName, viewOf(position.epochSums)});
  runtime::Metadata metadata = {{"format", format},
                                {"train", identity.train},
                                {"seed", std::to_string(identity.seed)},
                                {"batch_size", std::to_string(identity.batch)},
                                {"rows", std::to_string(identity.rows)},
                                {"epoch", std::to_string(position.epoch)},
                                {"batch", std::to_string(position.batch)},
                                {"step", std::to_string(position.step)}};
  if (!identity.batching.empty()) metadata["batching"] = identity.batching;
  auto written = runtime::writeSafetensors(path, tensors, metadata);
  if (!written) return errorOf(written.error());
  return {};
}

static api::Error otherRun(const std::string &path, const std::string &what) {
  api::Error error("E0719", path + " is no checkpoint of this run: " + what);
  error.hint("leave out --resume to start anew, or name another --checkpoint");
  return error;
}

static api::Expected<void> checkIdentity(const std::string &path, const runtime::Safetensors &file,
                                         const TrainIdentity &identity) {
  // Weights of other programs have no checksum; a state of ours that lacks it has lost it.
  if (!file.hasChecksum()) return otherRun(path, "it has no checksum");
  auto text = file.text("format");
  if (!text || *text != format) return otherRun(path, "it holds tensors, but not the state of a training run");
  auto name = file.text("train");
  if (!name) return errorOf(name.error());
  if (*name != identity.train) return otherRun(path, "it was written by `" + *name + "`, not `" + identity.train + "`");
  struct { const char *key; int64_t mine; } numbers[] = {
      {"seed", identity.seed}, {"batch_size", identity.batch}, {"rows", identity.rows}};
  for (auto &[key, mine] : numbers) {
    auto theirs = file.integer(key);
    if (!theirs) return errorOf(theirs.error());
    if (*theirs != mine)
      return otherRun(path, std::string(key) + " was " + std::to_string(*theirs) + " there and is " +
                                std::to_string(mine) + " here");
  }
  auto batching = file.metadata().find("batching");
  std::string theirs = batching == file.metadata().end() ? "" : batching->second;
  auto quoted = [](const std::string &text) { return text.empty() ? "none" : "`" + text + "`"; };
  if (theirs != identity.batching)
    return otherRun(path, "the cut into batches was " + quoted(theirs) + " there and is " + quoted(identity.batching) + " here");
  return {};
}

static api::Expected<std::vector<double>> readNumbers(const runtime::Safetensors &file, const char *name) {
  auto array = file.read(name);
  if (!array) return errorOf(array.error());
  if (array->type != runtime::ElementType::F64) return api::Error("E0719", std::string("`") + name + "` is not f64");
  auto numbers = array->as<double>();
  return std::vector<double>(numbers.begin(), numbers.end());
}

api::Expected<TrainPosition> loadCheckpoint(const std::string &path, const TrainIdentity &identity, TrainState &state,
                                            Curves &curves) {
  auto file = runtime::Safetensors::open(path);
  if (!file) return errorOf(file.error());
  if (auto same = checkIdentity(path, *file, identity); !same) return same.error();
  std::set<std::string> mine = {sumsName, curvesName};
  for (size_t i = 0; i < state.leaves(); ++i) mine.insert(state.path(i));
  for (const runtime::SafetensorsEntry &entry : file->entries()) // another optimizer's slots, another model's layers
    if (!mine.count(entry.name)) return otherRun(path, "it holds `" + entry.name + "`, which this run does not have");
  TrainPosition position;
  struct { const char *key; int64_t *target; } numbers[] = {
      {"epoch", &position.epoch}, {"batch", &position.batch}, {"step", &position.step}};
  for (auto &[key, target] : numbers) {
    auto number = file->integer(key);
    if (!number) return errorOf(number.error());
    if (*number < 0) return otherRun(path, std::string(key) + " is negative");
    *target = *number;
  }
  auto sums = readNumbers(*file, sumsName), history = readNumbers(*file, curvesName);
  if (!sums) return sums.error();
  if (!history) return history.error();
  position.epochSums = std::move(*sums);
  if (!curves.restore(*history)) return otherRun(path, "its metrics are others");
  for (size_t i = 0; i < state.leaves(); ++i) {
    api::Tensor &tensor = state.tensor(i);
    auto read = file->readInto(state.path(i), dataType(ElementType(tensor.dtype())), tensor.shape(), tensor.data());
    if (!read) return errorOf(read.error());
  }
  return position;
}

api::Expected<void> saveWeights(const std::string &path, const TrainIdentity &identity, const TrainState &state) {
  std::vector<runtime::TensorView> tensors;
  for (size_t i = 0; i < state.parameters(); ++i) tensors.push_back({state.weightName(i), viewOf(state.tensor(state.served(i)))});
  auto write = [&] {
    if (!path.ends_with(".npz")) return runtime::writeSafetensors(path, tensors, {{"train", identity.train}});
    std::vector<runtime::NamedView> entries;
    for (const runtime::TensorView &tensor : tensors) entries.push_back({tensor.name, tensor.array});
    return runtime::writeNpz(path, entries);
  };
  auto written = write();
  if (!written) return errorOf(written.error());
  return {};
}

} // namespace fluxion
