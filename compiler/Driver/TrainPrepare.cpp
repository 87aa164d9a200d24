// What comes before the first step of a training: outputs tried, data read, parameters drawn, code compiled for every size
// of batch, a checkpoint read.
#include "compiler/Driver/ErrorText.h"
#include "compiler/Driver/Host.h"
#include "compiler/Driver/Infer.h"
#include "compiler/Driver/TrainData.h"
#include "compiler/Driver/TrainRun.h"
#include "compiler/Driver/TrainWeights.h"
#include "runtime/Support/AtomicFile.h"
#include "runtime/Support/SameFile.h"
#include "runtime/Support/Thread.h"
#include <atomic>
#include <cmath>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

namespace fluxion {

// The ending of a file's name says its format; another one is refused, not ignored.
static api::Expected<void> checkEnding(const char *what, const std::string &path, std::initializer_list<const char *> endings) {
  struct stat status;
  if (path.empty() || (stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))) return {}; // a pipe has any name
  std::string all;
  for (const char *ending : endings) {
    if (path.size() > strlen(ending) && path.ends_with(ending)) return {};
    all += (all.empty() ? "" : " or ") + std::string(ending);
  }
  return api::Error("E0706", std::string(what) + " go to a file whose name ends in " + all + ", not to `" + path + "`");
}

// A path that cannot be written is told now, not after an epoch of work.
api::Expected<void> TrainRun::tryOutputs() {
  std::vector<std::string> inputs;
  for (const auto &source : module.sources) inputs.push_back(source->path);
  for (const DataSource *source : {&plan.data, &plan.test})
    for (const DataColumn &column : source->columns) inputs.push_back(dataPath(column, folder));
  for (const ModelWeights &weights : plan.weights)
    inputs.push_back(weights.file[0] == '/' ? weights.file : folder + weights.file);
  for (const std::string *path : {&options.save, &options.checkpoint, &options.plot, &options.log})
    if (auto kept = runtime::refuseOverwriting(*path, inputs); !kept) return errorOf(kept.error());
  for (auto right : {checkEnding("weights", options.save, {".safetensors", ".npz"}), checkEnding("curves", options.plot, {".svg"}),
                     checkEnding("rows of a log", options.log, {".csv", ".jsonl"})}) // checkpoints have one format
    if (!right) return right;
  for (const std::string *path : {&options.save, &options.checkpoint, &options.plot})
    if (!path->empty())
      if (auto file = runtime::AtomicFile::create(*path); !file) return errorOf(file.error());
  return {};
}

api::Expected<void> TrainRun::load() {
  auto loaded = loadData(plan.data, plan, folder, plan.shuffle, plan.batch, dimensions);
  if (!loaded) return loaded.error();
  data.emplace(std::move(*loaded));
  batching = Batching(plan, data->rows(), epochs);
  if (auto right = checkBatches(); !right) return right;
  if (plan.test.columns.empty()) return {};
  // A metric is a function of the data set: its value on batches, averaged, is another number for all but means over rows.
  auto held = loadData(plan.test, plan, folder, false, 0, dimensions);
  if (!held) return held.error();
  test.emplace(std::move(*held));
  return {};
}

// A rule that is told how many batches there are goes wrong silently where it is told wrongly.
api::Expected<void> TrainRun::checkBatches() const {
  const int64_t told = plan.toldBatches;
  if (told == 0) return {};
  for (int64_t epoch : {int64_t(0), epochs - 1}) {
    if (batching.count(epoch) == told) continue;
    Diagnostic diagnostic;
    diagnostic.number = "E0729";
    diagnostic.where.range = plan.toldWhere;
    diagnostic.message = "`batches` is not the number of batches: epoch " + std::to_string(epoch + 1) + " has " +
                         std::to_string(batching.count(epoch)) + " of " + std::to_string(batching.batch(epoch)) +
                         " rows in " + std::to_string(data->rows());
    diagnostic.help("write `batches = " + std::to_string(batching.count(epoch)) + "`");
    return errorOf(std::move(diagnostic));
  }
  return {};
}

// The extents `function` uses, at this batch size.
api::Expected<DimBinding> TrainRun::binding(const Function &function, int64_t batch) {
  DimBinding all = dimensions;
  if (!plan.batchDimension.empty()) all[plan.batchDimension] = batch;
  return completeBinding(function, all);
}

api::Expected<void> TrainRun::initialize() {
  auto init = handle.function(plan.initFunction);
  if (!init) return init.error();
  const Function &graph = *init->internals().graph;
  auto weights = readWeights(plan, graph, folder, dimensions);
  if (!weights) return weights.error();
  auto extents = binding(graph, plan.batch);
  if (!extents) return extents.error();
  std::vector<api::Argument> arguments = weights->arguments();
  arguments.emplace_back(graph.parameters.at(0).path, plan.seed);
  auto results = init->call(arguments, *extents);
  if (!results) return results.error();
  std::vector<api::Tensor> leaves;
  for (api::Results::Leaf &leaf : results->leaves) leaves.push_back(std::move(leaf.tensor));
  const Function *stepGraph = module.find(plan.stepFunction);
  size_t taken = leaves.size() + plan.data.columns.size();
  for (const char *number : {totalStepsName, batchNumberName})
    if (stepGraph && stepGraph->parameters.size() > taken && stepGraph->parameters[taken].path == number) ++taken;
  if (!stepGraph || int64_t(leaves.size()) != plan.stateLeaves || stepGraph->parameters.size() != taken)
    return internalError("`" + plan.name + "`: the step does not take what its initialization makes");
  state.emplace(plan, *stepGraph, std::move(leaves));
  outcome.parameters = state->parameterNumbers();
  return {};
}

// The functions that will run, and the sizes of their batches.
std::vector<std::pair<std::string, int64_t>> TrainRun::instances() const {
  std::vector<std::pair<std::string, int64_t>> wanted;
  for (int64_t size : batching.lastSizes()) wanted.push_back({plan.stepFunction, size});
  if (!plan.accumulateFunction.empty())
    for (int64_t size : batching.earlierSizes()) wanted.push_back({plan.accumulateFunction, size});
  if (hasEval()) wanted.push_back({plan.evalFunction, test->rows()});
  return wanted;
}

// Sizes of batches, steps and evaluation are separate code: compiled side by side they take half the time. What goes wrong
// here goes wrong again, and is reported, when it is bound.
void TrainRun::compileAhead() {
  const auto wanted = instances();
  std::atomic<size_t> next{0};
  auto work = [&] {
    for (size_t i; (i = next++) < wanted.size();) {
      auto function = handle.function(wanted[i].first);
      if (!function) continue;
      if (auto extents = binding(*function->internals().graph, wanted[i].second))
        (void)function->internals().instance(*extents);
    }
  };
  int threads = session->options.threads > 0 ? std::min(session->options.threads, hostThreads()) : hostThreads();
  std::vector<runtime::Thread> helpers; // as many as the system grants; the rest of the work is done here
  for (int i = 1; i < threads && size_t(i) < wanted.size(); ++i) helpers.push_back(runtime::Thread::start(work));
  work();
}

api::Expected<void> TrainRun::bindAt(const std::string &name, int64_t batch) {
  auto function = handle.function(name);
  if (!function) return function.error();
  const Function &graph = *function->internals().graph;
  auto extents = binding(graph, batch);
  if (!extents) return extents.error();
  auto instance = function->internals().instance(*extents);
  if (!instance) return instance.error();
  std::vector<size_t> taken = firstLeaves(size_t(plan.stateLeaves)), made = taken;
  Sized *target = &step;
  if (name == plan.evalFunction) {
    target = &eval;
    taken.clear(), made.clear();
    for (size_t i = 0; i < state->parameters(); ++i) taken.push_back(state->served(i));
  } else if (name == plan.accumulateFunction) {
    target = &accumulate;
    taken.clear(), made.clear();
    for (size_t i = 0; i + plan.data.columns.size() < graph.parameters.size(); ++i)
      taken.push_back(state->find(graph.parameters[i].path).value_or(state->leaves()));
    for (int64_t i = 0; i < plan.accumulatedLeaves; ++i) made.push_back(size_t(plan.accumulatedBegin + i));
  }
  BoundStep &bound = (*target)[batch];
  if (auto done = bound.bind(*instance, graph, *state, std::move(taken), std::move(made), numbers); !done) return done;
  if (!frame.prepare(bound.arenaBytes(), session->options.threads))
    return api::Error("E0715", "memory is out: the step needs " + std::to_string(bound.arenaBytes()) + " bytes");
  return {};
}

// Every function for the sizes of its batches, and buffers for these.
api::Expected<void> TrainRun::bindAll() {
  for (const auto &[name, batch] : instances())
    if (auto done = bindAt(name, batch); !done) return done;
  auto made = runtime::BatchFeeder::create(*data);
  if (!made) return errorOf(made.error());
  feeder = std::move(*made);
  if (!hasEval()) return {};
  auto held = runtime::BatchFeeder::create(*test);
  if (!held) return errorOf(held.error());
  testFeeder = std::move(*held);
  return {};
}

void TrainRun::startProgress(bool resumed) {
  runtime::Progress::Options style;
  style.epochs = epochs;
  style.batchesPerEpoch = batching.count(position.epoch);
  if (resumed) style.firstEpoch = position.epoch, style.firstBatch = position.batch;
  style.style = options.progress;
  progress.emplace(style);
}

api::Expected<void> TrainRun::compile() {
  numbers.totalSteps = batching.updatesBefore(epochs);
  startProgress(false);
  progress->start("compiling");
  compileAhead();
  return bindAll();
}

api::Expected<void> TrainRun::restore() {
  position.epochSums.assign(plan.metrics.size() + 1, 0);
  if (!options.resume) return {};
  if (access(options.checkpoint.c_str(), F_OK) != 0) {
    progress->message("no checkpoint " + options.checkpoint + " yet: starting anew");
    return {};
  }
  auto loaded = loadCheckpoint(options.checkpoint, identity(), *state, curves);
  if (!loaded) return loaded.error();
  if (loaded->epochSums.size() != position.epochSums.size() || loaded->batch > batching.count(loaded->epoch))
    return api::Error("E0719", options.checkpoint + " is no checkpoint of this run: its metrics or batches are others");
  position = std::move(*loaded);
  return {};
}

api::Expected<void> TrainRun::openLog() {
  row.assign(2 + plan.metrics.size() + plan.evalMetrics.size(), std::nan(""));
  if (options.log.empty()) return {};
  std::vector<std::string> columns = {"step", "epoch"};
  columns.insert(columns.end(), plan.metrics.begin(), plan.metrics.end());
  for (const std::string &name : plan.evalMetrics) columns.push_back("test_" + name);
  auto opened = runtime::RunLog::open(options.log, columns, position.step > 0 ? position.step : -1);
  if (!opened) return errorOf(opened.error());
  log.emplace(std::move(*opened));
  return {};
}

} // namespace fluxion
