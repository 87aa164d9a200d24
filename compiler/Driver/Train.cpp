// The training loop; see Train.h.
#include "compiler/Driver/ErrorText.h"
#include "compiler/Driver/TrainRun.h"
#include <algorithm>
#include <cmath>

namespace fluxion {

static double secondsSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TrainRun::TrainRun(std::shared_ptr<const api::Module::State> module, const TrainPlan &plan, const TrainOptions &options)
    : handle(module), module(module->graph), session(module->session), plan(plan), options(options),
      epochs(options.epochs.value_or(plan.epochs)), curves(plan.metrics, plan.evalMetrics) {
  size_t slash = module->path.rfind('/');
  folder = slash == std::string::npos ? "" : module->path.substr(0, slash + 1);
}

api::Expected<TrainOutcome> TrainRun::run() {
  for (auto part : {&TrainRun::tryOutputs, &TrainRun::load, &TrainRun::initialize, &TrainRun::compile, &TrainRun::restore,
                    &TrainRun::openLog, &TrainRun::trainEpochs})
    if (auto done = (this->*part)(); !done) return done.error();
  if (auto done = finish(); !done) return done.error();
  return std::move(outcome);
}

api::Expected<void> TrainRun::trainEpochs() {
  startProgress(true);
  progress->start();
  runtime::NamedValues shown;
  for (const std::string &name : plan.metrics) shown.push_back({name, 0.0});
  for (; position.epoch < epochs && !stopped(); ++position.epoch) {
    data->setBatch(batching.batch(position.epoch));
    progress->setBatchesPerEpoch(batching.count(position.epoch));
    feeder->start(position.epoch, position.batch);
    while (auto batch = feeder->next()) {
      if (auto done = takeBatch(*batch, shown); !done) return done;
      if (stopped()) break;
    }
    if (position.batch < data->count()) break; // interrupted; an epoch that is complete is also evaluated
    if (auto done = endEpoch(); !done) return done;
  }
  outcome.interrupted = position.epoch < epochs;
  return {};
}

// A batch to the state: with the last one of an update the parameters move.
api::Expected<void> TrainRun::takeBatch(const runtime::BatchFeeder::Batch &batch, runtime::NamedValues &shown) {
  const bool updates = batching.endsUpdate(position.epoch, batch.index);
  numbers.batchNumber = data->number(batch.index);
  BoundStep &bound = (updates ? step : accumulate).at(batch.rows);
  if (auto done = bound.run(module, frame, *state, batch.columns); !done) return done;
  position.batch = batch.index + 1;
  if (updates)
    if (auto finite = recordUpdate(bound, batch.index); !finite) return finite;
  for (size_t i = 0; updates && i < shown.size(); ++i) shown[i].second = row[2 + i];
  progress->step(position.epoch, batch.index, shown);
  bool last = position.batch == data->count(); // its checkpoint follows the evaluation
  return last || !updates ? api::Expected<void>() : checkpointIfDue();
}

// Metrics of an update to log, curves and the means of the epoch; they are means over all its batches.
api::Expected<void> TrainRun::recordUpdate(const BoundStep &bound, int64_t lastIndex) {
  ++position.step;
  int64_t rows = 0;
  for (int64_t i = batching.firstOfUpdate(lastIndex); i <= lastIndex; ++i) rows += data->size(i);
  row[0] = double(position.step);
  row[1] = double(position.epoch) + double(position.batch) / double(data->count());
  for (size_t i = 0; i < plan.metrics.size(); ++i) {
    double value = bound.metric(i);
    row[2 + i] = value;
    position.epochSums[i] += value * double(rows);
  }
  position.epochSums.back() += double(rows);
  curves.step(std::span(row).subspan(2, plan.metrics.size()));
  if (log) log->row(row);
  for (size_t i = 0; i < plan.metrics.size(); ++i)
    if (!std::isfinite(row[2 + i])) return diverged(plan.metrics[i], row[2 + i]);
  return {};
}

// Nothing that is computed from here on means anything: the run ends, its last checkpoint stays, the log tells how it went.
api::Error TrainRun::diverged(const std::string &what, double value) {
  progress.reset(); // ends its line
  if (log) (void)log->flush();
  Diagnostic diagnostic;
  diagnostic.number = "E0733";
  diagnostic.where.range = plan.where;
  diagnostic.message = "`" + what + "` became " + runtime::formatNumber(value) + " in step " + std::to_string(position.step) +
                       " (epoch " + std::to_string(position.epoch + 1) + ", batch " + std::to_string(position.batch) + ")";
  diagnostic.help("a lower rate or `clip` may help; look for NaN or infinity in the data");
  return errorOf(std::move(diagnostic));
}

// Parameters can leave the finite numbers while the loss has not: an update that overflows is seen in the next step only,
// which the last one does not have.
api::Expected<void> TrainRun::checkParameters() {
  for (size_t i = 0; i < state->parameters(); ++i) {
    const api::Tensor &tensor = state->tensor(i);
    for (int64_t at = 0; at < tensor.size(); ++at)
      if (double value = tensor.item(at); !std::isfinite(value)) return diverged(state->path(i), value);
  }
  return {};
}

api::Expected<void> TrainRun::checkpointIfDue() {
  if (options.checkpoint.empty()) return {};
  bool due = options.everySteps > 0 && position.step % options.everySteps == 0;
  due |= options.everySeconds > 0 && position.step % 16 == 0 && secondsSince(lastCheckpoint) >= options.everySeconds;
  return due ? writeCheckpoint() : api::Expected<void>();
}

api::Expected<void> TrainRun::writeCheckpoint() {
  if (log) // a log that cannot be written is told now, not when the run is over
    if (auto flushed = log->flush(); !flushed) return errorOf(flushed.error());
  if (options.checkpoint.empty()) return {};
  lastCheckpoint = Clock::now();
  return saveCheckpoint(options.checkpoint, identity(), *state, position, curves);
}

api::Expected<void> TrainRun::evaluate() {
  testFeeder->start(0);
  auto whole = testFeeder->next();
  BoundStep &bound = eval.at(test->rows());
  if (auto done = bound.run(module, frame, *state, whole->columns); !done) return done;
  outcome.evaluation.clear();
  evaluated.clear();
  for (size_t i = 0; i < plan.evalMetrics.size(); ++i) {
    evaluated.push_back(bound.metric(i));
    outcome.evaluation.push_back({plan.evalMetrics[i], evaluated[i]});
  }
  return {};
}

api::Expected<void> TrainRun::endEpoch() {
  if (auto finite = checkParameters(); !finite) return finite;
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

api::Expected<void> TrainRun::finish() {
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

api::Expected<TrainOutcome> train(std::shared_ptr<const api::Module::State> module, const TrainPlan &plan,
                                  const TrainOptions &options) {
  return TrainRun(std::move(module), plan, options).run();
}

} // namespace fluxion
