// One training run: its parts, in the order run() takes them. Train.cpp holds the loop, TrainPrepare.cpp what comes before
// the first step, TrainPlot.cpp the picture.
#pragma once
#include "compiler/Driver/Batching.h"
#include "compiler/Driver/Train.h"
#include "compiler/Driver/TrainCheckpoint.h"
#include "compiler/Driver/TrainData.h"
#include "runtime/Train/LossPlot.h"
#include "runtime/Train/RunLog.h"
#include <chrono>
#include <map>

namespace fluxion {

class TrainRun {
public:
  TrainRun(std::shared_ptr<const api::Module::State> module, const TrainPlan &plan, const TrainOptions &options);
  api::Expected<TrainOutcome> run();

private:
  using Clock = std::chrono::steady_clock;
  using Sized = std::map<int64_t, BoundStep>; // a function bound for batches of each size

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
  Batching batching;
  std::optional<TrainState> state;
  Sized step, accumulate, eval;
  BoundStep::Numbers numbers; // total steps of the whole training, for schedules; the batch at hand
  Frame frame{session->memory};
  std::optional<runtime::Progress> progress;
  std::optional<runtime::RunLog> log;
  Curves curves;
  TrainPosition position;
  TrainOutcome outcome;
  Clock::time_point begin = Clock::now(), lastCheckpoint = begin;
  std::vector<double> row, evaluated; // of the log; of the last evaluation

  TrainIdentity identity() const { return {plan.name, plan.seed, plan.batch, data->rows(), batching.text()}; }
  bool hasEval() const { return !plan.evalFunction.empty() && test; }
  bool stopped() const { return options.stop && options.stop->load(std::memory_order_relaxed); }

  // TrainPrepare.cpp
  api::Expected<void> checkBatches() const;
  api::Expected<void> tryOutputs(), load(), initialize(), compile(), restore(), openLog();
  api::Expected<DimBinding> binding(const Function &function, int64_t batch);
  std::vector<std::pair<std::string, int64_t>> instances() const;
  void compileAhead();
  api::Expected<void> bindAt(const std::string &name, int64_t batch);
  api::Expected<void> bindAll();
  void startProgress(bool resumed);

  // Train.cpp
  api::Expected<void> trainEpochs(), endEpoch(), evaluate(), finish();
  api::Expected<void> takeBatch(const runtime::BatchFeeder::Batch &batch, runtime::NamedValues &shown);
  api::Expected<void> recordUpdate(const BoundStep &bound, int64_t lastIndex), checkParameters();
  api::Error diverged(const std::string &what, double value);
  api::Expected<void> checkpointIfDue(), writeCheckpoint();

  api::Expected<void> plot(); // TrainPlot.cpp
};

} // namespace fluxion
