// Training as a `train` declaration describes it. The arithmetic is compiled; what stands here is the loop around it:
// data in, batches through the step, evaluation, progress, log, curves, weights, checkpoints.
// The order of rows is a function of seed and epoch, all other state is in tensors, so a run that goes on from a checkpoint
// ends with the bits it would have ended with. Once the first epoch runs, a step allocates nothing.
#pragma once
#include "compiler/Driver/State.h"
#include "frontend/Graph/TrainPlan.h"
#include "runtime/Train/Progress.h"
#include <atomic>

namespace fluxion {

struct TrainOptions {
  std::optional<int64_t> epochs;
  std::string save, checkpoint, plot, log; // paths; empty: not wanted
  int64_t everySteps = 0;                  // a checkpoint after so many steps; 0: not by steps
  double everySeconds = 60;                // and after so long; 0: not by time
  bool resume = false;
  runtime::Progress::Options::Style progress = runtime::Progress::Options::Style::Detect;
  const std::atomic<bool> *stop = nullptr; // set by somebody else: save and leave
};

struct TrainOutcome {
  bool interrupted = false;
  int64_t epoch = 0, step = 0;          // epochs completed, steps taken in all
  runtime::NamedValues metrics;         // means over the last epoch: "loss", …
  runtime::NamedValues evaluation;      // over the test set after it; empty: there is none
  int64_t parameters = 0;               // numbers trained
  double seconds = 0;
};

api::Expected<TrainOutcome> train(std::shared_ptr<const api::Module::State>, const TrainPlan &, const TrainOptions &);

} // namespace fluxion
