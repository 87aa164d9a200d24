// Parallel regions: every chunk once, nested regions serial, several host threads at once, faults the same for any
// thread count.
#include "runtime/Core/ThreadPool.h"
#include "fluxion/runtime.h"
#include <atomic>
#include <chrono>
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <mutex>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

struct Frame {
  explicit Frame(int threads) : context(flx_context_create(threads)) {}
  ~Frame() { flx_context_destroy(context); }
  flx_context *context;
};

void countChunk(flx_context *, void *const *closure, int64_t chunk) {
  static_cast<std::atomic<int> *>(closure[0])[chunk].fetch_add(1, std::memory_order_relaxed);
}

TEST(ThreadPool, RunsEveryChunkOnce) {
  for (int threads : {1, 2, 3, 8}) {
    Frame frame(threads);
    for (int64_t chunks : {0, 1, 2, 3, 4, 17, 1000}) {
      std::vector<std::atomic<int>> counts(1000);
      void *closure[] = {counts.data()};
      for (int repeat = 0; repeat < 200; ++repeat) flx_parallel_for(frame.context, countChunk, closure, chunks);
      for (int64_t i = 0; i < 1000; ++i)
        ASSERT_EQ(counts[i], i < chunks ? 200 : 0) << threads << " threads, chunk " << i;
    }
  }
}

// Plain memory written by chunks is seen by the caller, and by chunks of the next region.
TEST(ThreadPool, RegionsOrderMemory) {
  Frame frame(4);
  std::vector<int64_t> values(64, 0);
  void *closure[] = {values.data()};
  auto shift = [](flx_context *, void *const *closure, int64_t chunk) {
    auto *values = static_cast<int64_t *>(closure[0]);
    values[chunk] += chunk + 1;
  };
  for (int region = 1; region <= 20000; ++region) {
    flx_parallel_for(frame.context, shift, closure, 64);
    ASSERT_EQ(values[region % 64], int64_t(region) * (region % 64 + 1));
  }
}

void outerChunk(flx_context *context, void *const *closure, int64_t) {
  flx_parallel_for(context, countChunk, closure, 5);
}

TEST(ThreadPool, NestedRegionsRun) {
  Frame frame(3);
  std::vector<std::atomic<int>> counts(5);
  void *closure[] = {counts.data()};
  for (int repeat = 0; repeat < 100; ++repeat) flx_parallel_for(frame.context, outerChunk, closure, 7);
  for (auto &count : counts) EXPECT_EQ(count, 700);
}

TEST(ThreadPool, HostThreadsShareAPool) {
  std::vector<std::thread> hosts;
  for (int host = 0; host < 4; ++host)
    hosts.emplace_back([] {
      Frame frame(2);
      std::vector<std::atomic<int>> counts(9);
      void *closure[] = {counts.data()};
      for (int repeat = 0; repeat < 3000; ++repeat) flx_parallel_for(frame.context, countChunk, closure, 9);
      for (auto &count : counts) EXPECT_EQ(count, 3000);
    });
  for (auto &host : hosts) host.join();
}

// Callers at the same time share the workers: none of them is left to do its work alone.
TEST(ThreadPool, CallersHaveTheirShare) {
  struct Record {
    std::mutex mutex;
    std::map<std::thread::id, int> chunks;
  };
  auto note = [](flx_context *, void *const *closure, int64_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    auto *record = static_cast<Record *>(closure[0]);
    std::lock_guard lock(record->mutex);
    ++record->chunks[std::this_thread::get_id()];
  };
  constexpr int callers = 3, chunks = 60;
  Record records[callers];
  std::vector<std::thread> hosts;
  for (Record &record : records)
    hosts.emplace_back([&record, note] {
      Frame frame(4);
      void *closure[] = {&record};
      flx_parallel_for(frame.context, note, closure, chunks);
    });
  for (auto &host : hosts) host.join();
  for (Record &record : records) {
    int sum = 0;
    for (auto &[thread, count] : record.chunks) sum += count;
    EXPECT_EQ(sum, chunks);
    EXPECT_GT(record.chunks.size(), 1u);
  }
}

// More callers than there are regions at once.
TEST(ThreadPool, ManyCallers) {
  std::vector<std::thread> hosts;
  for (int host = 0; host < 40; ++host)
    hosts.emplace_back([] {
      Frame frame(3);
      std::vector<std::atomic<int>> counts(7);
      void *closure[] = {counts.data()};
      for (int repeat = 0; repeat < 300; ++repeat) flx_parallel_for(frame.context, countChunk, closure, 7);
      for (auto &count : counts) EXPECT_EQ(count, 300);
    });
  for (auto &host : hosts) host.join();
}

// Threads that the system refuses are done without: a process that may have none works all the same.
TEST(ThreadPool, DoesWithoutThreads) {
  pid_t child = fork();
  if (child == 0) {
    alarm(20);
    rlimit none{1, 1}; // on root the limit of processes counts for nothing, that of memory does
    setrlimit(RLIMIT_NPROC, &none);
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
    rlimit little{size_t(64) << 20, size_t(64) << 20};
    setrlimit(RLIMIT_AS, &little);
#endif
    Frame frame(64);
    std::atomic<int> counts[9] = {};
    void *closure[] = {counts};
    flx_parallel_for(frame.context, countChunk, closure, 9);
    for (auto &count : counts)
      if (count != 1) _exit(1);
    _exit(0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

// Workers that have gone to sleep between regions wake up again, or the caller does all the work itself.
TEST(ThreadPool, SurvivesPauses) {
  Frame frame(4);
  std::vector<std::atomic<int>> counts(6);
  void *closure[] = {counts.data()};
  for (int repeat = 0; repeat < 60; ++repeat) {
    flx_parallel_for(frame.context, countChunk, closure, 6);
    std::this_thread::sleep_for(std::chrono::microseconds(repeat * 20));
  }
  for (auto &count : counts) EXPECT_EQ(count, 60);
}

TEST(ThreadPool, ComesAndGoes) {
  for (int repeat = 0; repeat < 200; ++repeat) {
    Frame frame(1 + repeat % 4);
    std::vector<std::atomic<int>> counts(3);
    void *closure[] = {counts.data()};
    flx_parallel_for(frame.context, countChunk, closure, 3);
    EXPECT_EQ(counts[2], 1);
  }
}

TEST(ThreadPool, ReadsItsSizeFromTheEnvironment) {
  const char *before = getenv("FLUXION_THREADS");
  std::string kept = before ? before : "";
  setenv("FLUXION_THREADS", "3", 1);
  EXPECT_EQ(fluxion::runtime::ThreadPool::defaultThreads(), 3);
  for (const char *much : {"1024", "99999999999", "9223372036854775807"}) {
    setenv("FLUXION_THREADS", much, 1);
    EXPECT_EQ(fluxion::runtime::ThreadPool::defaultThreads(), fluxion::runtime::ThreadPool::most());
  }
  for (const char *nonsense : {"0", "-2", "three", "", "3x"}) {
    setenv("FLUXION_THREADS", nonsense, 1);
    EXPECT_GE(fluxion::runtime::ThreadPool::defaultThreads(), 1);
    EXPECT_NE(fluxion::runtime::ThreadPool::defaultThreads(), -2);
  }
  before ? setenv("FLUXION_THREADS", kept.c_str(), 1) : unsetenv("FLUXION_THREADS");
}

TEST(Context, ReportsTheFirstFaultOfTheProgram) {
  auto fault = [](flx_context *context, void *const *, int64_t chunk) {
    flx_fault(context, int32_t(40 - chunk), chunk, 7);
  };
  for (int threads : {1, 2, 4}) {
    Frame frame(threads);
    flx_fault_record record;
    EXPECT_EQ(flx_context_take_fault(frame.context, &record), 0);
    flx_parallel_for(frame.context, fault, nullptr, 30);
    ASSERT_EQ(flx_context_take_fault(frame.context, &record), 1);
    EXPECT_EQ(record.site, 11);
    EXPECT_EQ(record.value, 29);
    EXPECT_EQ(record.bound, 7);
    EXPECT_EQ(flx_context_take_fault(frame.context, &record), 0);
  }
}

TEST(Memory, IsAligned) {
  for (size_t bytes :
       {size_t(0), size_t(1), size_t(63), size_t(64), size_t(1000), size_t(1) << 20, (size_t(5) << 20) + 3}) {
    void *memory = flx_allocate(bytes);
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % (bytes >= size_t(1) << 20 ? 4096 : 64), 0u);
    std::memset(memory, 1, bytes);
    flx_free(memory);
  }
  EXPECT_EQ(flx_allocate(SIZE_MAX), nullptr);
  EXPECT_EQ(flx_allocate(SIZE_MAX - 100), nullptr);
}

TEST(Symbols, AreNamedAndDistinct) {
  int count = 0;
  for (const flx_symbol *symbol = flx_runtime_symbols(); symbol->name; ++symbol, ++count) {
    EXPECT_NE(symbol->address, nullptr);
    EXPECT_EQ(std::strncmp(symbol->name, "flx_", 4), 0);
    for (const flx_symbol *other = flx_runtime_symbols(); other != symbol; ++other)
      EXPECT_STRNE(other->name, symbol->name);
  }
  EXPECT_EQ(count, 19); // four sorts among them
}

} // namespace
