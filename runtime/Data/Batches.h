// A data set in memory to batches in the caller's buffers. The order of rows is a function of (seed, epoch) alone, so a
// resumed run sees exactly the rows it would have seen; a batch is a function of (epoch, index), so it may be gathered
// on any thread.
#pragma once
#include "runtime/Data/HostArray.h"

namespace fluxion::runtime {

/// The order of `rows` rows in this epoch: a uniformly random permutation (Fisher–Yates on Philox).
std::vector<uint32_t> shuffledRows(int64_t rows, int64_t seed, int64_t epoch);

class Batches {
public:
  /// One column of the data set and the type its batches have (equal to, or wider than, the array's).
  struct Column {
    HostArray array;
    ElementType type;
  };
  /// E0617 unless all columns have the same number of rows, at least 1 and fewer than 2³²; E0605 unless batch ≥ 1. A
  /// batch larger than the data set is as large as the data set.
  static Result<Batches> create(std::vector<Column>, int64_t batch, bool shuffle, int64_t seed);
  /// Instead of the rows the order of the batches is drawn: each is the same rows in every epoch.
  void keepBatches() { fixed = true; }
  /// Smaller batches, from the next epoch that starts; 1 ≤ rows ≤ the batch at creation, for which buffers are made.
  void setBatch(int64_t rows) { batch = rows; }
  /// Which of the fixed batches batch `index` of this epoch is; without keepBatches `index` itself.
  int64_t number(int64_t index) const { return batchOrder.empty() ? index : int64_t(batchOrder[size_t(index)]); }

  int64_t rows() const { return rowCount; }
  int64_t batchSize() const { return batch; }
  int64_t count() const { return (rowCount + batch - 1) / batch; } // per epoch; the last one may be smaller
  int64_t size(int64_t index) const { return std::min(batch, rowCount - firstRow(index)); }
  int64_t columns() const { return int64_t(data.size()); }
  /// Bytes a full batch of this column takes.
  int64_t batchBytes(int64_t column) const {
    return batch * data[column].array.rowElements() * byteWidth(data[column].type);
  }
  const Column &column(int64_t i) const { return data[i]; }

  /// Orders the rows for an epoch (counted from 0). Not to be called while batches are being gathered.
  void startEpoch(int64_t epoch);
  /// Copies and converts batch `index` of this epoch: out[c] takes size(index) rows of column c, contiguous.
  void gather(int64_t index, std::span<void *const> out) const;
  /// Where batch `index` lies in the data set itself, when nothing needs copying (no shuffle, no conversion); else
  /// null.
  const void *inPlace(int64_t index, int64_t column) const;

private:
  std::vector<Column> data;
  int64_t firstRow(int64_t index) const { return number(index) * batch; }
  std::vector<uint32_t> order;      // empty: rows in their own order
  std::vector<uint32_t> batchOrder; // empty: batches in their own order
  int64_t rowCount = 0, batch = 1, seed = 0;
  bool shuffle = false, fixed = false;
};

/// The batches of an epoch one after another, in buffers of its own. Use from one thread.
/// There is no helper thread that gathers ahead: a batch of 128 images takes 13 µs, waking a thread takes as long, and
/// while it runs it takes a processor from the step's own threads.
class BatchFeeder {
public:
  /// `batches` must outlive the feeder. E0616 when there is no memory for a batch.
  static Result<std::unique_ptr<BatchFeeder>> create(Batches &batches);

  /// The next batches come from this epoch, from this index on.
  void start(int64_t epoch, int64_t firstIndex = 0);
  struct Batch {
    int64_t index, rows;
    std::span<void *const> columns; // valid until the next call of `next` or `start`; aligned to 64 bytes
  };
  /// Nothing at the end of the epoch.
  std::optional<Batch> next();

private:
  explicit BatchFeeder(Batches &batches) : batches(batches) {}

  Batches &batches;
  std::vector<Buffer> memory;
  std::vector<void *> columns;
  int64_t nextIndex = 0;
};

} // namespace fluxion::runtime
