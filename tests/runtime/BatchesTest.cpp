// Batches: permutations that depend on (seed, epoch) alone, the last partial batch, conversion, resuming.
#include "runtime/Data/Batches.h"
#include "TestFiles.h"
#include "runtime/Data/Convert.h"
#include <algorithm>
#include <map>
#include <set>

using namespace fluxion::runtime;

TEST(Shuffle, IsAPermutationPerSeedAndEpoch) {
  std::set<std::vector<uint32_t>> seen;
  for (int64_t seed : {int64_t(0), int64_t(7), int64_t(-1)})
    for (int64_t epoch = 0; epoch < 5; ++epoch) {
      auto order = shuffledRows(1000, seed, epoch);
      EXPECT_EQ(order, shuffledRows(1000, seed, epoch));
      EXPECT_TRUE(seen.insert(order).second);
      std::sort(order.begin(), order.end());
      for (uint32_t i = 0; i < 1000; ++i) ASSERT_EQ(order[i], i);
    }
  EXPECT_EQ(shuffledRows(1, 3, 3), std::vector<uint32_t>{0});
}

// A file format, so to speak: resumed runs of later versions must see the same rows.
TEST(Shuffle, IsFixedForever) {
  std::vector<uint32_t> order = shuffledRows(10, 7, 2);
  EXPECT_EQ(order, (std::vector<uint32_t>{1, 8, 7, 4, 3, 5, 9, 0, 2, 6}));
}

TEST(Shuffle, IsUniform) {
  std::map<std::vector<uint32_t>, int> counts;
  for (int64_t epoch = 0; epoch < 24000; ++epoch) ++counts[shuffledRows(4, 5, epoch)];
  EXPECT_EQ(counts.size(), 24u);
  for (auto &[order, count] : counts) EXPECT_NEAR(count, 1000, 160);
}

namespace {

/// 103 rows: x[i] = (i, i, i) in u8 wanted as f32, y[i] = i.
Batches numbered(int64_t batch, bool shuffle, int64_t seed = 1) {
  std::vector<uint8_t> x;
  std::vector<int32_t> y;
  for (int i = 0; i < 103; ++i) x.insert(x.end(), 3, uint8_t(i)), y.push_back(i);
  std::vector<Batches::Column> columns;
  columns.push_back({arrayOf(ElementType::U8, {103, 3}, x), ElementType::F32});
  columns.push_back({arrayOf(ElementType::I32, {103}, y), ElementType::I32});
  return valueOf(Batches::create(std::move(columns), batch, shuffle, seed));
}

/// The rows of an epoch, each checked: x belongs to y.
std::vector<int> rowsSeen(BatchFeeder &feeder, int64_t epoch, int64_t from = 0) {
  std::vector<int> rows;
  feeder.start(epoch, from);
  for (int64_t expected = from; auto batch = feeder.next(); ++expected) {
    EXPECT_EQ(batch->index, expected);
    auto *x = static_cast<const float *>(batch->columns[0]);
    auto *y = static_cast<const int32_t *>(batch->columns[1]);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(x) % 64, 0u);
    for (int64_t i = 0; i < batch->rows; ++i) {
      for (int k = 0; k < 3; ++k) EXPECT_EQ(x[3 * i + k], float(y[i]));
      rows.push_back(y[i]);
    }
  }
  return rows;
}

TEST(Batches, CoverEveryRowOnce) {
  for (int64_t size : {1, 10, 64, 103, 500})
    for (bool shuffle : {false, true}) {
      Batches batches = numbered(size, shuffle);
      auto feeder = valueOf(BatchFeeder::create(batches));
      for (int64_t epoch = 0; epoch < 3; ++epoch) {
        auto rows = rowsSeen(*feeder, epoch), sorted = rows;
        std::sort(sorted.begin(), sorted.end());
        ASSERT_EQ(sorted.size(), 103u);
        for (int i = 0; i < 103; ++i) EXPECT_EQ(sorted[i], i);
        EXPECT_EQ(rows == sorted, !shuffle);
      }
    }
}

TEST(Batches, LastOneIsPartial) {
  Batches batches = numbered(50, true);
  EXPECT_EQ(batches.count(), 3);
  EXPECT_EQ(batches.size(0), 50);
  EXPECT_EQ(batches.size(2), 3);
  EXPECT_EQ(numbered(500, false).batchSize(), 103);
}

// A run that starts in the middle of an epoch, in any epoch, continues with exactly the rows it would have seen.
TEST(Batches, ResumeExactly) {
  Batches whole = numbered(10, true), resumed = numbered(10, true);
  auto feeder = valueOf(BatchFeeder::create(whole)), late = valueOf(BatchFeeder::create(resumed));
  rowsSeen(*feeder, 0);
  auto all = rowsSeen(*feeder, 1), rest = rowsSeen(*late, 1, 4);
  EXPECT_EQ(std::vector<int>(all.begin() + 40, all.end()), rest);
}

TEST(Batches, AbandonedEpochsLeaveNoTrace) {
  Batches batches = numbered(10, true);
  auto feeder = valueOf(BatchFeeder::create(batches));
  auto whole = rowsSeen(*feeder, 2);
  for (int taken = 0; taken < 11; ++taken) {
    feeder->start(1);
    for (int i = 0; i < taken; ++i) feeder->next();
    EXPECT_EQ(rowsSeen(*feeder, 2), whole);
  }
}

TEST(Batches, ServeUnshuffledDataInPlace) {
  Batches batches = numbered(10, false), shuffled = numbered(10, true);
  EXPECT_EQ(batches.inPlace(2, 0), nullptr); // needs conversion
  EXPECT_EQ(*static_cast<const int32_t *>(batches.inPlace(2, 1)), 20);
  EXPECT_EQ(shuffled.inPlace(2, 1), nullptr);
}

TEST(Batches, RefuseWhatDoesNotMatch) {
  auto make = [](int64_t rowsX, int64_t rowsY, int64_t batch, ElementType wanted) {
    std::vector<Batches::Column> columns;
    columns.push_back({valueOf(HostArray::allocate(ElementType::U8, {rowsX, 2})), ElementType::U8});
    columns.push_back({valueOf(HostArray::allocate(ElementType::I64, {rowsY})), wanted});
    return Batches::create(std::move(columns), batch, true, 0);
  };
  EXPECT_OK(make(3, 3, 2, ElementType::I64));
  EXPECT_ERROR(make(3, 4, 2, ElementType::I64), "E0617");
  EXPECT_ERROR(make(0, 0, 2, ElementType::I64), "E0617");
  EXPECT_ERROR(make(3, 3, 0, ElementType::I64), "E0605");
  EXPECT_ERROR(make(3, 3, -5, ElementType::I64), "E0605");
  EXPECT_ERROR(make(3, 3, 2, ElementType::I32), "E0610");
  EXPECT_ERROR(Batches::create({}, 1, false, 0), "E0617");
}

} // namespace
