// How the rows of a training are cut into batches, and batches into updates, in every epoch: what `batch 16 to 128 every 2`
// and `accumulate 4` come to. A function of the declaration, the rows and the epochs alone, so a resumed run agrees with it.
#pragma once
#include "frontend/Graph/TrainPlan.h"
#include <set>

namespace fluxion {

class Batching {
public:
  Batching() = default;
  Batching(const TrainPlan &plan, int64_t rows, int64_t epochs);

  int64_t batch(int64_t epoch) const { return at(epoch).batch; }        // rows of a whole batch
  int64_t count(int64_t epoch) const { return at(epoch).count; }        // batches
  int64_t updatesBefore(int64_t epoch) const;                           // of all epochs before this one
  int64_t firstOfUpdate(int64_t index) const { return index / group * group; }
  // Is this batch the last of its update? An update is of `accumulate` batches, or of those left at the end of an epoch.
  bool endsUpdate(int64_t epoch, int64_t index) const { return (index + 1) % group == 0 || index + 1 == count(epoch); }
  double epochsAt(double update) const; // how many epochs are over after so many updates

  // The sizes of the batches that end an update, and of those that do not: what is compiled.
  std::set<int64_t> lastSizes() const, earlierSizes() const;
  // What must be so for the same run to go on, in words.
  std::string text() const { return words; }

private:
  struct Phase {
    int64_t epoch, batch, count, updates, before; // first epoch; in each epoch; updates of the epochs before
  };
  const Phase &at(int64_t epoch) const;
  std::vector<Phase> phases; // one for each size of batch, in order; at least one
  int64_t rows = 1, group = 1;
  bool anyOrder = false; // the smaller batch may come at any place
  std::string words;
};

} // namespace fluxion
