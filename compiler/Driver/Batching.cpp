// Sizes of batches and updates; see Batching.h.
#include "compiler/Driver/Batching.h"
#include <algorithm>

namespace fluxion {

Batching::Batching(const TrainPlan &plan, int64_t rows, int64_t epochs)
    : rows(rows), group(std::max<int64_t>(plan.accumulate, 1)), anyOrder(plan.shuffleBatches) {
  const int64_t largest = plan.batch > 0 ? std::min(plan.batch, rows) : rows;
  int64_t size = plan.firstBatch > 0 ? std::min(plan.firstBatch, largest) : largest;
  for (int64_t epoch = 0, before = 0; epoch < epochs || phases.empty(); size = std::min(largest, 2 * size)) {
    int64_t count = (rows + size - 1) / size, updates = (count + group - 1) / group;
    phases.push_back({epoch, size, count, updates, before});
    if (size == largest || plan.doubleEvery >= epochs - epoch) break;
    epoch += plan.doubleEvery;
    before += plan.doubleEvery * updates;
  }
  if (plan.firstBatch > 0)
    words = "from " + std::to_string(plan.firstBatch) + " doubled every " + std::to_string(plan.doubleEvery);
  if (group > 1) words += (words.empty() ? "accumulate " : ", accumulate ") + std::to_string(group);
  if (anyOrder) words += words.empty() ? "shuffle batches" : ", shuffle batches";
}

const Batching::Phase &Batching::at(int64_t epoch) const {
  size_t i = phases.size() - 1;
  while (i > 0 && phases[i].epoch > epoch) --i;
  return phases[i];
}

int64_t Batching::updatesBefore(int64_t epoch) const {
  const Phase &phase = at(epoch);
  return phase.before + (epoch - phase.epoch) * phase.updates;
}

double Batching::epochsAt(double update) const {
  size_t i = phases.size() - 1;
  while (i > 0 && double(phases[i].before) > update) --i;
  return double(phases[i].epoch) + (update - double(phases[i].before)) / double(phases[i].updates);
}

std::set<int64_t> Batching::lastSizes() const {
  std::set<int64_t> sizes;
  for (const Phase &phase : phases) {
    int64_t rest = rows % phase.batch;
    if (rest > 0) sizes.insert(rest);
    if (rest == 0 || phase.count > group || anyOrder) sizes.insert(phase.batch);
  }
  return sizes;
}

std::set<int64_t> Batching::earlierSizes() const {
  std::set<int64_t> sizes;
  for (const Phase &phase : phases) {
    if (group == 1 || phase.count == 1) continue;
    sizes.insert(phase.batch);
    if (anyOrder && rows % phase.batch > 0) sizes.insert(rows % phase.batch);
  }
  return sizes;
}

} // namespace fluxion
