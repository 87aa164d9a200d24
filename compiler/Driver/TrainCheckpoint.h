// A run on disk: every state tensor, where the run stands, and the curves so far, in one safetensors file.
#pragma once
#include "compiler/Driver/Curves.h"
#include "compiler/Driver/TrainState.h"

namespace fluxion {

// Where a run stands: `batch` batches of epoch `epoch` are done (both from 0), `step` steps in all.
struct TrainPosition {
  int64_t epoch = 0, batch = 0, step = 0;
  std::vector<double> epochSums; // of the metrics over this epoch's batches, weighted by rows; last the rows
};

// What must agree between the run that wrote a checkpoint and the run that goes on from it.
struct TrainIdentity {
  std::string train;
  int64_t seed = 0, batch = 0, rows = 0;
  std::string batching; // what else decides the batches and updates; empty: nothing
};

api::Expected<void> saveCheckpoint(const std::string &path, const TrainIdentity &, const TrainState &,
                                   const TrainPosition &, const Curves &);
// Into the state; E0719 if the checkpoint is of another run, the runtime's errors if it is damaged.
api::Expected<TrainPosition> loadCheckpoint(const std::string &path, const TrainIdentity &, TrainState &, Curves &);

// The parameters alone, or their averages where the run keeps such, under their names below the model: what `run` takes as p=@weights.safetensors.
api::Expected<void> saveWeights(const std::string &path, const TrainIdentity &, const TrainState &);

} // namespace fluxion
