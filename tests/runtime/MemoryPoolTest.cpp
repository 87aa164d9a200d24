// The pool of memory behind results and arenas: what it keeps, what it gives back, and that it never shares a block.
#include "runtime/Core/MemoryPool.h"
#include <cstring>
#include <gtest/gtest.h>
#include <random>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

using fluxion::runtime::MemoryPool;

namespace {

constexpr size_t mebibyte = size_t(1) << 20;

long pageFaults() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

TEST(MemoryPool, BlocksAreAligned) {
  MemoryPool pool(64 * mebibyte);
  for (size_t bytes : {size_t(0), size_t(1), size_t(64), size_t(65), size_t(1000), size_t(65535), size_t(65536), size_t(300000),
                       mebibyte, 2 * mebibyte, 5 * mebibyte + 3}) {
    void *memory = pool.take(bytes);
    ASSERT_NE(memory, nullptr);
    size_t alignment = bytes >= 2 * mebibyte ? 2 * mebibyte : bytes >= 65536 ? 4096 : 64;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % alignment, 0u) << bytes;
    std::memset(memory, 1, bytes);
    pool.give(memory, bytes);
  }
}

TEST(MemoryPool, TheSteadyStateAsksForNothing) {
  MemoryPool pool(256 * mebibyte);
  auto call = [&] {
    std::vector<std::pair<void *, size_t>> taken;
    for (size_t bytes : {size_t(24), size_t(5000), size_t(200000), mebibyte, 9 * mebibyte}) {
      taken.push_back({pool.take(bytes), bytes});
      std::memset(taken.back().first, 1, bytes);
    }
    for (auto [memory, bytes] : taken) pool.give(memory, bytes);
  };
  call();
  const uint64_t acquired = pool.statistics().acquired;
  const long faults = pageFaults();
  for (int i = 0; i < 200; ++i) call();
  EXPECT_EQ(pool.statistics().acquired, acquired);
  EXPECT_EQ(pool.statistics().returned, 0u);
  EXPECT_LT(pageFaults() - faults, 200); // one call alone touches 2600 pages
}

TEST(MemoryPool, KeepsNoMoreThanItsBound) {
  MemoryPool pool(10 * mebibyte);
  std::vector<void *> blocks;
  for (int i = 0; i < 30; ++i) blocks.push_back(pool.take(mebibyte));
  EXPECT_GE(pool.statistics().inUse, 30 * mebibyte);
  for (void *block : blocks) {
    pool.give(block, mebibyte);
    EXPECT_LE(pool.statistics().idle, 10 * mebibyte);
  }
  EXPECT_EQ(pool.statistics().inUse, 0u);
  EXPECT_EQ(pool.statistics().returned, 20u);
  void *large = pool.take(11 * mebibyte); // never kept, and drives nothing out
  pool.give(large, 11 * mebibyte);
  EXPECT_EQ(pool.statistics().idle, 10 * mebibyte);
  pool.release();
  EXPECT_EQ(pool.statistics().idle, 0u);
  EXPECT_EQ(pool.statistics().returned, pool.statistics().acquired);
}

TEST(MemoryPool, TheOldestGoFirst) {
  MemoryPool pool(3 * mebibyte);
  void *old = pool.take(mebibyte), *young = pool.take(2 * mebibyte);
  pool.give(old, mebibyte);
  pool.give(young, 2 * mebibyte);
  void *other = pool.take(mebibyte / 2);
  pool.give(other, mebibyte / 2); // in place of `old`
  EXPECT_EQ(pool.take(2 * mebibyte), young);
  EXPECT_EQ(pool.take(mebibyte / 2), other);
  EXPECT_EQ(pool.statistics().idle, 0u);
  pool.give(young, 2 * mebibyte);
  pool.give(other, mebibyte / 2);
}

TEST(MemoryPool, GivesBackWhatNobodyAsksFor) {
  MemoryPool pool(256 * mebibyte, std::chrono::milliseconds(40));
  pool.give(pool.take(64 * mebibyte), 64 * mebibyte);
  EXPECT_EQ(pool.statistics().idle, 64 * mebibyte);
  for (int i = 0; i < 500 && pool.statistics().idle; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(pool.statistics().idle, 0u);
  pool.give(pool.take(32 * mebibyte), 32 * mebibyte); // and again, with another thread
  for (int i = 0; i < 500 && pool.statistics().idle; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(pool.statistics().idle, 0u);
}

TEST(MemoryPool, ARetiredPoolStillTakesBack) {
  MemoryPool pool(256 * mebibyte);
  void *kept = pool.take(mebibyte);
  pool.give(pool.take(64 * mebibyte), 64 * mebibyte);
  pool.retire();
  EXPECT_EQ(pool.statistics().idle, 0u);
  std::memset(kept, 3, mebibyte);
  pool.give(kept, mebibyte);
  EXPECT_EQ(pool.statistics().idle, 0u);
  EXPECT_EQ(pool.statistics().inUse, 0u);
}

TEST(MemoryPool, RefusesWhatCannotBeHad) {
  MemoryPool pool(mebibyte);
  for (size_t bytes : {SIZE_MAX, SIZE_MAX - 100, SIZE_MAX / 2, size_t(1) << 52, size_t(1) << 50})
    EXPECT_EQ(pool.take(bytes), nullptr) << bytes;
}

TEST(MemoryPool, ReadsItsBoundFromTheEnvironment) {
  setenv("FLUXION_POOL_SIZE", "7", 1);
  EXPECT_EQ(MemoryPool::defaultLimit(), 7 * mebibyte);
  setenv("FLUXION_POOL_SIZE", "0", 1);
  EXPECT_EQ(MemoryPool::defaultLimit(), 0u);
  unsetenv("FLUXION_POOL_SIZE");
  const size_t machine = MemoryPool::defaultLimit();
  EXPECT_GT(machine, 16 * mebibyte);
  for (const char *nonsense : {"", "-1", "many", "3x", "99999999999999999999999"}) {
    setenv("FLUXION_POOL_SIZE", nonsense, 1);
    EXPECT_EQ(MemoryPool::defaultLimit(), machine) << nonsense;
  }
  unsetenv("FLUXION_POOL_SIZE");
}

// Each thread finds its own bytes again: no block is handed out twice.
TEST(MemoryPool, ThreadsShareIt) {
  MemoryPool pool(4 * mebibyte, std::chrono::milliseconds(1));
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 4; ++seed)
    threads.emplace_back([&pool, seed] {
      std::mt19937 random(seed);
      std::vector<std::pair<uint8_t *, size_t>> held;
      for (int i = 0; i < 3000; ++i) {
        if (held.size() < 6) {
          size_t bytes = 1 + random() % (size_t(1) << (random() % 20));
          auto *memory = static_cast<uint8_t *>(pool.take(bytes));
          ASSERT_NE(memory, nullptr);
          memory[0] = memory[bytes - 1] = uint8_t(seed);
          held.push_back({memory, bytes});
          continue;
        }
        auto [memory, bytes] = held[random() % held.size()];
        ASSERT_EQ(memory[0], seed);
        ASSERT_EQ(memory[bytes - 1], seed);
        std::erase(held, std::pair(memory, bytes));
        pool.give(memory, bytes);
      }
      for (auto [memory, bytes] : held) pool.give(memory, bytes);
    });
  for (auto &thread : threads) thread.join();
  EXPECT_EQ(pool.statistics().inUse, 0u);
  EXPECT_LE(pool.statistics().idle, 4 * mebibyte);
}

// A process made by fork() has no thread of its parent's; its pool ends all the same.
TEST(MemoryPool, EndsInAForkedProcess) {
  for (int pause : {0, 0, 0, 5, 30}) { // milliseconds: while the thread starts, and when it waits
    auto *pool = new MemoryPool(256 * mebibyte);
    pool->give(pool->take(64 * mebibyte), 64 * mebibyte); // starts a thread
    std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    pid_t child = fork();
    if (child == 0) {
      alarm(20);
      delete pool;
      _exit(0);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << pause;
    delete pool;
  }
}

} // namespace
