// Orders of rows and the gathering of batches. Rows are copied (or widened) straight from the data set into the batch;
// the rows to come are prefetched, since a shuffled order defeats the hardware's guess.
#include "runtime/Data/Batches.h"
#include "fluxion/runtime.h"
#include "runtime/Data/Convert.h"
#include "runtime/Math/Philox.h"
#include "runtime/Support/Errors.h"
#include <numeric>

namespace fluxion::runtime {

std::vector<uint32_t> shuffledRows(int64_t rows, int64_t seed, int64_t epoch) {
  std::vector<uint32_t> order(size_t(rows), 0);
  std::iota(order.begin(), order.end(), 0u);
  PhiloxStream random(seed, epoch);
  for (uint32_t i = uint32_t(rows); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

Result<Batches> Batches::create(std::vector<Column> columns, int64_t batch, bool shuffle, int64_t seed) {
  if (batch < 1) return Error{errors::badSize, "a batch of " + std::to_string(batch) + " rows"};
  if (columns.empty()) return Error{errors::rowsDiffer, "a data set without columns"};
  Batches result;
  result.rowCount = columns[0].array.rows();
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].array.rows() != result.rowCount)
      return Error{errors::rowsDiffer, "column 0 has " + std::to_string(result.rowCount) + " rows, column " +
                                           std::to_string(i) + " has " + std::to_string(columns[i].array.rows())};
    if (!isWidening(columns[i].array.type, columns[i].type))
      return Error{errors::valueOutOfRange,
                   "column " + std::to_string(i) + " holds " + std::string(name(columns[i].array.type)) +
                       ", which batches cannot convert to " + std::string(name(columns[i].type))};
  }
  if (result.rowCount < 1 || result.rowCount > UINT32_MAX)
    return Error{errors::rowsDiffer, "a data set of " + std::to_string(result.rowCount) + " rows"};
  result.data = std::move(columns);
  result.batch = std::min(batch, result.rowCount), result.seed = seed, result.shuffle = shuffle;
  result.startEpoch(0);
  return result;
}

void Batches::startEpoch(int64_t epoch) {
  if (!shuffle) return;
  order = fixed ? std::vector<uint32_t>() : shuffledRows(rowCount, seed, epoch);
  batchOrder = fixed ? shuffledRows(count(), seed, epoch) : std::vector<uint32_t>();
}

void Batches::gather(int64_t index, std::span<void *const> out) const {
  int64_t first = firstRow(index), rows = size(index);
  for (size_t c = 0; c < data.size(); ++c) {
    const HostArray &array = data[c].array;
    int64_t width = array.rowElements(), sourceBytes = width * byteWidth(array.type);
    int64_t targetBytes = width * byteWidth(data[c].type);
    auto *target = static_cast<std::byte *>(out[c]);
    if (order.empty()) {
      convertWidening(array.type, array.data() + first * sourceBytes, data[c].type, target, rows * width);
      continue;
    }
    for (int64_t i = 0; i < rows; ++i) {
      if (i + 2 < rows) {
        const std::byte *ahead = array.data() + order[size_t(first + i + 2)] * sourceBytes;
        for (int64_t byte = 0; byte < std::min<int64_t>(sourceBytes, 1024); byte += 64)
          __builtin_prefetch(ahead + byte);
      }
      convertWidening(array.type, array.data() + order[size_t(first + i)] * sourceBytes, data[c].type,
                      target + i * targetBytes, width);
    }
  }
}

const void *Batches::inPlace(int64_t index, int64_t column) const {
  const Column &source = data[size_t(column)];
  if (!order.empty() || source.array.type != source.type) return nullptr;
  return source.array.data() + firstRow(index) * source.array.rowElements() * byteWidth(source.type);
}

Result<std::unique_ptr<BatchFeeder>> BatchFeeder::create(Batches &batches) {
  std::unique_ptr<BatchFeeder> feeder(new BatchFeeder(batches));
  for (int64_t c = 0; c < batches.columns(); ++c) {
    feeder->memory.emplace_back(static_cast<std::byte *>(flx_allocate(size_t(batches.batchBytes(c)))));
    if (!feeder->memory.back()) return Error{errors::outOfMemory, "no memory for a batch"};
    feeder->columns.push_back(feeder->memory.back().get());
  }
  feeder->start(0);
  return feeder;
}

void BatchFeeder::start(int64_t epoch, int64_t firstIndex) {
  batches.startEpoch(epoch);
  nextIndex = firstIndex;
}

std::optional<BatchFeeder::Batch> BatchFeeder::next() {
  if (nextIndex >= batches.count()) return std::nullopt;
  batches.gather(nextIndex, columns);
  int64_t index = nextIndex++;
  return Batch{index, batches.size(index), columns};
}

} // namespace fluxion::runtime
