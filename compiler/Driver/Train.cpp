// The training loop; see Train.h.
#include "compiler/Driver/Train.h"
#include "compiler/Driver/ErrorText.h"
#include "compiler/Driver/Host.h"
#include "compiler/Driver/Infer.h"
#include "compiler/Driver/TrainCheckpoint.h"
#include "compiler/Driver/TrainData.h"
#include "runtime/Support/AtomicFile.h"
#include "runtime/Train/LossPlot.h"
#include "runtime/Train/RunLog.h"
#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <unistd.h>

namespace fluxion {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

// A function bound for whole batches and for the last, smaller one.
struct Batched {
  BoundStep whole, rest;
  int64_t batch = 0; // rows of a whole one
  BoundStep &forRows(int64_t rows) { return rows == batch ? whole : rest; }
};

class Run {
public:
  Run(std::shared_ptr<const api::Module::State> module, const TrainPlan &plan, const TrainOptions &options)
      : handle(module), module(module->graph), session(module->session), plan(plan), options(options),
        epochs(options.epochs.value_or(plan.epochs)), curves(plan.metrics, plan.evalMetrics) {
    size_t slash = module->path.rfind('/');
    folder = slash == std::string::npos ? "" : module->path.substr(0, slash + 1);
  }

  api::Expected<TrainOutcome> run() {
    for (auto part : {&Run::tryOutputs, &Run::load, &Run::initialize, &Run::compile, &Run::restore, &Run::openLog, &Run::trainEpochs})
      if (auto done = (this->*part)(); !done) return done.error();
    if (auto done = finish(); !done) return done.error();
    return std::move(outcome);
  }

private:
  const api::Module handle;
  const Module &module;
  const std::shared_ptr<api::Session::State> session;
  const TrainPlan &plan;
  const TrainOptions &options;
  const int64_t epochs;
  std::string folder;

  DimBinding dimensions;
  std::optional<runtime::Batches> data, test;
  std::unique_ptr<runtime::BatchFeeder> feeder, testFeeder;
  std::optional<TrainState> state;
  Batched step, eval;
  int64_t totalSteps = 0; // of the whole training, for schedules
  Frame frame;
  std::optional<runtime::Progress> progress;
  std::optional<runtime::RunLog> log;
  Curves curves;
  TrainPosition position;
  TrainOutcome outcome;
  Clock::time_point begin = Clock::now(), lastCheckpoint = begin;
  std::vector<double> row, evaluated; // of the log; of the last evaluation
  bool warned = false;

  TrainIdentity identity() const { return {plan.name, plan.seed, plan.batch, data->rows()}; }
  bool hasEval() const { return !plan.evalFunction.empty() && test; }

  // A path that cannot be written is told now, not after an epoch of work.
  api::Expected<void> tryOutputs() {
    for (const std::string *path : {&options.save, &options.checkpoint, &options.plot})
      if (!path->empty())
        if (auto file = runtime::AtomicFile::create(*path); !file) return errorOf(file.error());
    return {};
  }

  api::Expected<void> load() {
    auto loaded = loadData(plan.data, plan, folder, plan.shuffle, dimensions);
    if (!loaded) return loaded.error();
    data.emplace(std::move(*loaded));
    if (plan.test.columns.empty()) return {};
    auto held = loadData(plan.test, plan, folder, false, dimensions);
    if (!held) return held.error();
    test.emplace(std::move(*held));
    return {};
  }

  const Function *graphOf(const std::string &name) const { return module.find(name); }

  // The extents `function` uses, at this batch size.
  api::Expected<DimBinding> binding(const Function &function, int64_t batch) {
    DimBinding all = dimensions;
    if (!plan.batchDimension.empty()) all[plan.batchDimension] = batch;
    return completeBinding(function, all);
  }

  api::Expected<void> initialize() {
    auto init = handle.function(plan.initFunction);
    if (!init) return init.error();
    const Function &graph = *init->internals().graph;
    auto extents = binding(graph, plan.batch);
    if (!extents) return extents.error();
    auto results = init->call(std::vector<api::Argument>{{graph.parameters.at(0).path, plan.seed}}, *extents);
    if (!results) return results.error();
    std::vector<api::Tensor> leaves;
    for (api::Results::Leaf &leaf : results->leaves) leaves.push_back(std::move(leaf.tensor));
    const Function *stepGraph = graphOf(plan.stepFunction);
    size_t taken = leaves.size() + plan.data.columns.size();
    if (stepGraph && !stepGraph->parameters.empty() && stepGraph->parameters.back().path == totalStepsName) ++taken;
    if (!stepGraph || int64_t(leaves.size()) != plan.stateLeaves || stepGraph->parameters.size() != taken)
      return internalError("`" + plan.name + "`: the step does not take what its initialization makes");
    state.emplace(plan, *stepGraph, std::move(leaves));
    outcome.parameters = state->parameterNumbers();
    return {};
  }

  api::Expected<void> bindAt(BoundStep &target, const std::string &name, int64_t batch, size_t stateArguments,
                             size_t stateResults) {
    if (batch == 0) return {};
    auto function = handle.function(name);
    if (!function) return function.error();
    const Function &graph = *function->internals().graph;
    auto extents = binding(graph, batch);
    if (!extents) return extents.error();
    auto instance = function->internals().instance(*extents);
    if (!instance) return instance.error();
    if (auto bound = target.bind(*instance, graph, *state, stateArguments, stateResults, &totalSteps); !bound)
      return bound;
    if (!frame.prepare(target.arenaBytes(), session->options.threads))
      return api::Error("E0715", "memory is out: the step needs " + std::to_string(target.arenaBytes()) + " bytes");
    return {};
  }

  api::Expected<void> bindBatched(Batched &target, const std::string &name, runtime::Batches &batches,
                                  size_t stateArguments, size_t stateResults,
                                  std::unique_ptr<runtime::BatchFeeder> &feed) {
    target.batch = batches.batchSize(); // no more than there are rows
    if (auto bound = bindAt(target.whole, name, target.batch, stateArguments, stateResults); !bound) return bound;
    auto bound = bindAt(target.rest, name, batches.rows() % target.batch, stateArguments, stateResults);
    if (!bound) return bound;
    auto made = runtime::BatchFeeder::create(batches);
    if (!made) return errorOf(made.error());
    feed = std::move(*made);
    return {};
  }

  // Whole and last batch, step and evaluation are separate code: compiled side by side they take half the time. What goes
  // wrong here goes wrong again, and is reported, when it is bound.
  void compileAhead() {
    std::vector<std::pair<std::string, int64_t>> wanted;
    auto want = [&](const std::string &name, const runtime::Batches &batches) {
      for (int64_t batch : {batches.batchSize(), batches.rows() % batches.batchSize()})
        if (batch > 0) wanted.push_back({name, batch});
    };
    want(plan.stepFunction, *data);
    if (hasEval()) want(plan.evalFunction, *test);
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
    std::vector<std::thread> helpers;
    for (int i = 1; i < threads && size_t(i) < wanted.size(); ++i) helpers.emplace_back(work);
    work();
    for (std::thread &helper : helpers) helper.join();
  }

  api::Expected<void> compile() {
    totalSteps = epochs * data->count();
    size_t leaves = size_t(plan.stateLeaves), parameters = size_t(plan.parameterLeaves);
    runtime::Progress::Options style;
    style.epochs = epochs;
    style.batchesPerEpoch = data->count();
    style.style = options.progress;
    progress.emplace(style);
    progress->start("compiling");
    compileAhead();
    if (auto bound = bindBatched(step, plan.stepFunction, *data, leaves, leaves, feeder); !bound) return bound;
    if (!hasEval()) return {};
    return bindBatched(eval, plan.evalFunction, *test, parameters, 0, testFeeder);
  }

  api::Expected<void> restore() {
    position.epochSums.assign(plan.metrics.size() + 1, 0);
    if (!options.resume) return {};
    if (access(options.checkpoint.c_str(), F_OK) != 0) {
      progress->message("no checkpoint " + options.checkpoint + " yet: starting anew");
      return {};
    }
    auto loaded = loadCheckpoint(options.checkpoint, identity(), *state, curves);
    if (!loaded) return loaded.error();
    if (loaded->epochSums.size() != position.epochSums.size() || loaded->batch > data->count())
      return api::Error("E0719", options.checkpoint + " is no checkpoint of this run: its metrics or batches are others");
    position = std::move(*loaded);
    return {};
  }

  api::Expected<void> openLog() {
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

  bool stopped() const { return options.stop && options.stop->load(std::memory_order_relaxed); }

  api::Expected<void> trainEpochs() {
    runtime::Progress::Options style;
    style.epochs = epochs;
    style.batchesPerEpoch = data->count();
    style.firstEpoch = position.epoch;
    style.firstBatch = position.batch;
    style.style = options.progress;
    progress.emplace(style);
    progress->start();
    runtime::NamedValues shown;
    for (const std::string &name : plan.metrics) shown.push_back({name, 0.0});
    for (; position.epoch < epochs && !stopped(); ++position.epoch) {
      feeder->start(position.epoch, position.batch);
      while (auto batch = feeder->next()) {
        if (auto done = takeStep(*batch, shown); !done) return done;
        if (stopped()) break;
      }
      if (position.batch < data->count()) break; // interrupted; an epoch that is complete is also evaluated
      if (auto done = endEpoch(); !done) return done;
    }
    outcome.interrupted = position.epoch < epochs;
    return {};
  }

  api::Expected<void> takeStep(const runtime::BatchFeeder::Batch &batch, runtime::NamedValues &shown) {
    BoundStep &bound = step.forRows(batch.rows);
    if (auto done = bound.run(module, frame, *state, batch.columns); !done) return done;
    ++position.step;
    position.batch = batch.index + 1;
    row[0] = double(position.step);
    row[1] = double(position.epoch) + double(position.batch) / double(data->count());
    for (size_t i = 0; i < plan.metrics.size(); ++i) {
      double value = bound.metric(i);
      row[2 + i] = value;
      position.epochSums[i] += value * double(batch.rows);
      if (!std::isfinite(value)) warnOnce(plan.metrics[i], value);
    }
    position.epochSums.back() += double(batch.rows);
    curves.step(std::span(row).subspan(2, plan.metrics.size()));
    if (log) log->row(row);
    if (progress->wantsValues(position.epoch, batch.index))
      for (size_t i = 0; i < shown.size(); ++i) shown[i].second = row[2 + i];
    progress->step(position.epoch, batch.index, shown);
    bool last = position.batch == data->count(); // its checkpoint follows the evaluation
    return last ? api::Expected<void>() : checkpointIfDue();
  }

  void warnOnce(const std::string &metric, double value) {
    if (std::exchange(warned, true)) return;
    progress->message("warning: `" + metric + "` became " + runtime::formatNumber(value) + " in step " +
                      std::to_string(position.step) + "; a lower rate or `clip` may help");
  }

  api::Expected<void> checkpointIfDue() {
    if (options.checkpoint.empty()) return {};
    bool due = options.everySteps > 0 && position.step % options.everySteps == 0;
    due |= options.everySeconds > 0 && position.step % 16 == 0 && secondsSince(lastCheckpoint) >= options.everySeconds;
    return due ? writeCheckpoint() : api::Expected<void>();
  }

  api::Expected<void> writeCheckpoint() {
    if (options.checkpoint.empty()) return {};
    lastCheckpoint = Clock::now();
    if (log)
      if (auto flushed = log->flush(); !flushed) return errorOf(flushed.error());
    return saveCheckpoint(options.checkpoint, identity(), *state, position, curves);
  }

  api::Expected<void> evaluate() {
    std::vector<double> sums(plan.evalMetrics.size(), 0);
    testFeeder->start(0);
    while (auto batch = testFeeder->next()) {
      BoundStep &bound = eval.forRows(batch->rows);
      if (auto done = bound.run(module, frame, *state, batch->columns); !done) return done;
      for (size_t i = 0; i < sums.size(); ++i) sums[i] += bound.metric(i) * double(batch->rows);
    }
    outcome.evaluation.clear();
    evaluated = sums;
    for (size_t i = 0; i < sums.size(); ++i) {
      evaluated[i] /= double(test->rows());
      outcome.evaluation.push_back({plan.evalMetrics[i], evaluated[i]});
    }
    return {};
  }

  api::Expected<void> endEpoch() {
    outcome.metrics.clear();
    for (size_t i = 0; i < plan.metrics.size(); ++i)
      outcome.metrics.push_back({plan.metrics[i], position.epochSums[i] / position.epochSums.back()});
    runtime::NamedValues line = outcome.metrics;
    if (hasEval()) {
      if (auto done = evaluate(); !done) return done;
      curves.epoch(double(position.step), evaluated);
      std::fill(row.begin() + 2, row.end(), std::nan(""));
      std::copy(evaluated.begin(), evaluated.end(), row.begin() + 2 + ptrdiff_t(plan.metrics.size()));
      if (log) log->row(row);
      std::fill(row.begin(), row.end(), std::nan(""));
      for (const auto &[name, value] : outcome.evaluation) line.push_back({"test " + name, value});
    }
    progress->epochDone(position.epoch, line);
    std::fill(position.epochSums.begin(), position.epochSums.end(), 0.0);
    position.batch = 0;
    ++position.epoch; // a checkpoint taken here stands at the beginning of the next epoch
    auto written = writeCheckpoint();
    --position.epoch;
    return written;
  }

  api::Expected<void> finish() {
    progress.reset(); // ends its line
    if (outcome.interrupted)
      if (auto done = writeCheckpoint(); !done) return done;
    if (!outcome.interrupted && hasEval() && outcome.evaluation.empty()) // resumed when all epochs were done
      if (auto done = evaluate(); !done) return done;
    outcome.epoch = position.epoch;
    outcome.step = position.step;
    outcome.seconds = secondsSince(begin);
    if (!options.save.empty())
      if (auto done = saveWeights(options.save, identity(), *state); !done) return done;
    if (log)
      if (auto flushed = log->flush(); !flushed) return errorOf(flushed.error());
    return options.plot.empty() ? api::Expected<void>() : plot();
  }

  // A panel for each metric of the step; an evaluation of the same name stands in it, the others follow.
  api::Expected<void> plot() {
    runtime::Plot picture;
    picture.title = plan.name;
    double perEpoch = double(data->count());
    auto inEpochs = [&](runtime::Curve curve) {
      for (double &at : curve.x) at /= perEpoch;
      return curve;
    };
    for (size_t i = 0; i < plan.metrics.size(); ++i) {
      runtime::Curve raw, mean;
      curves.points(i, raw.x, raw.y);
      bool noisy = raw.x.size() > 64 && plan.metrics[i] != "rate";
      std::string each = curves.stepsPerPoint() == 1 ? "each step" : "each " + std::to_string(curves.stepsPerPoint()) + " steps";
      raw.name = noisy ? each : plan.metrics[i];
      raw.faint = noisy;
      mean = smoothed(raw);
      mean.name = plan.metrics[i];
      runtime::Panel panel{plan.metrics[i], {inEpochs(std::move(raw))}, plan.metrics[i] == "loss"};
      if (noisy) panel.curves.push_back(inEpochs(std::move(mean)));
      picture.panels.push_back(std::move(panel));
    }
    for (size_t i = 0; i < plan.evalMetrics.size(); ++i) {
      runtime::Curve curve;
      curve.name = "test " + plan.evalMetrics[i];
      curves.evaluations(i, curve.x, curve.y);
      auto same = std::find(plan.metrics.begin(), plan.metrics.end(), plan.evalMetrics[i]);
      if (same == plan.metrics.end()) picture.panels.push_back({curve.name, {}, false});
      auto &panel = same == plan.metrics.end() ? picture.panels.back() : picture.panels[size_t(same - plan.metrics.begin())];
      panel.curves.push_back(inEpochs(std::move(curve)));
    }
    auto written = runtime::writeSvg(options.plot, picture);
    if (!written) return errorOf(written.error());
    return {};
  }

  // The mean over a window of a thirtieth of the curve, narrower towards the ends so that it stays centred.
  static runtime::Curve smoothed(const runtime::Curve &raw) {
    runtime::Curve mean;
    mean.x = raw.x;
    std::vector<double> sums(1, 0);
    for (double value : raw.y) sums.push_back(sums.back() + value);
    size_t half = raw.y.size() / 60;
    for (size_t i = 0; i < raw.y.size(); ++i) {
      size_t reach = std::min({half, i, raw.y.size() - 1 - i}), low = i - reach, high = i + reach + 1;
      mean.y.push_back((sums[high] - sums[low]) / double(high - low));
    }
    return mean;
  }
};

} // namespace

api::Expected<TrainOutcome> train(std::shared_ptr<const api::Module::State> module, const TrainPlan &plan,
                                  const TrainOptions &options) {
  return Run(std::move(module), plan, options).run();
}

} // namespace fluxion
