// How rows become batches and updates, beside a count of them one by one.
#include "compiler/Driver/Batching.h"
#include <gtest/gtest.h>

using namespace fluxion;

static TrainPlan planOf(int64_t batch, int64_t first, int64_t every, int64_t accumulate, bool fixed) {
  TrainPlan plan;
  plan.batch = batch, plan.firstBatch = first, plan.doubleEvery = every, plan.accumulate = accumulate;
  plan.shuffle = plan.shuffleBatches = fixed;
  return plan;
}

TEST(Batching, DoublesUpToTheLast) {
  Batching b(planOf(100, 16, 2, 1, false), 1003, 20);
  const int64_t wanted[] = {16, 16, 32, 32, 64, 64, 100, 100, 100};
  for (int64_t epoch = 0; epoch < 9; ++epoch) EXPECT_EQ(b.batch(epoch), wanted[epoch]) << epoch;
  EXPECT_EQ(b.text(), "from 16 doubled every 2");
  EXPECT_EQ(Batching(planOf(100, 0, 0, 1, false), 1003, 20).text(), "");
  EXPECT_EQ(Batching(planOf(0, 0, 0, 1, false), 1003, 20).batch(19), 1003);
  EXPECT_EQ(Batching(planOf(4000, 2000, 1, 1, false), 1003, 20).batch(0), 1003);
  // no size is compiled that no epoch has
  EXPECT_EQ(Batching(planOf(1024, 16, 2, 1, false), 4096, 3).lastSizes(), (std::set<int64_t>{16, 32}));
}

TEST(Batching, CountsUpdatesAndSizes) {
  for (int64_t rows : {1, 7, 16, 37, 64, 101})
    for (int64_t batch : {0, 1, 8, 16, 200})
      for (int64_t first : {0, 1, 3})
        for (int64_t accumulate : {1, 2, 5})
          for (bool fixed : {false, true}) {
            if (first > batch) continue;
            const int64_t epochs = 7;
            Batching b(planOf(batch, first, first ? 2 : 0, accumulate, fixed), rows, epochs);
            std::set<int64_t> last, earlier;
            int64_t updates = 0;
            for (int64_t epoch = 0; epoch < epochs; ++epoch) {
              EXPECT_EQ(b.updatesBefore(epoch), updates);
              EXPECT_NEAR(b.epochsAt(double(updates)), double(epoch), 1e-12);
              for (int64_t i = 0, inUpdate = 0, from = 0; from < rows; ++i, from += b.batch(epoch)) {
                EXPECT_EQ(b.firstOfUpdate(i), i - inUpdate);
                bool ends = ++inUpdate == accumulate || from + b.batch(epoch) >= rows;
                EXPECT_EQ(b.endsUpdate(epoch, i), ends);
                for (int64_t other = 0; other < rows; other += b.batch(epoch)) // where any batch may come
                  if (fixed || other == from) (ends ? last : earlier).insert(std::min(b.batch(epoch), rows - other));
                if (ends) inUpdate = 0, ++updates;
              }
            }
            EXPECT_EQ(b.updatesBefore(epochs), updates);
            EXPECT_EQ(b.lastSizes(), last) << rows << " " << batch << " " << first << " " << accumulate << fixed;
            EXPECT_EQ(b.earlierSizes(), earlier) << rows << " " << batch << " " << first << " " << accumulate << fixed;
          }
}
