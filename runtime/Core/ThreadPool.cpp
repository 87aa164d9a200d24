// Parallel regions on long-lived workers: workers spin for a while after a region, then sleep in the kernel.
// Invariant: `unclaimed` counts chunks nobody has taken, `unfinished` those not yet done; a region lives while the
// latter is > 0.
#include "runtime/Core/ThreadPool.h"
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <mutex>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace fluxion::runtime {

// True while this thread runs a chunk: a region opened inside one runs serially instead of waiting for busy workers.
static thread_local bool insideChunk = false;

static void sleepWhile(std::atomic<uint32_t> &word, uint32_t value) {
#ifdef __linux__
  static_assert(sizeof word == sizeof(uint32_t));
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
#else
  word.wait(value);
#endif
}

static void wake(std::atomic<uint32_t> &word, int count) {
#ifdef __linux__
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word), FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
#else
  count == 1 ? word.notify_one() : word.notify_all();
#endif
}

static void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Spins until `ready` or the time is over; true when ready.
template <class Ready> static bool spin(int64_t nanoseconds, Ready ready) {
  for (int i = 0; i < 64; ++i) {
    if (ready()) return true;
    relax();
  }
  if (nanoseconds == 0) return ready();
  auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(nanoseconds);
  do {
    for (int i = 0; i < 32; ++i) {
      if (ready()) return true;
      relax();
    }
  } while (std::chrono::steady_clock::now() < end);
  return ready();
}

/// Processors a container's CPU quota pays for (cgroup v2: "max 100000" or "200000 100000"); 0 when there is no quota.
static int quotaProcessors() {
  FILE *file = fopen("/sys/fs/cgroup/cpu.max", "re");
  if (!file) return 0;
  long long quota = 0, period = 0;
  int fields = fscanf(file, "%lld %lld", &quota, &period);
  fclose(file);
  return fields == 2 && quota > 0 && period > 0 ? int(std::clamp<long long>((quota + period - 1) / period, 1, 1024))
                                                : 0;
}

static int processors() {
  int count = std::max(1, int(std::thread::hardware_concurrency()));
  int quota = quotaProcessors();
  return quota > 0 ? std::min(count, quota) : count;
}

int ThreadPool::defaultThreads() {
  if (const char *text = getenv("FLUXION_THREADS")) {
    char *end = nullptr;
    long value = strtol(text, &end, 10);
    if (end != text && *end == '\0' && value > 0) return int(std::min(value, 1024l));
  }
  return processors();
}

std::shared_ptr<ThreadPool> ThreadPool::shared(int threads) {
  static std::mutex mutex;
  static auto &pools = *new std::map<int, std::weak_ptr<ThreadPool>>; // never destroyed: contexts may outlive statics
  std::lock_guard lock(mutex);
  auto &slot = pools[threads];
  auto pool = slot.lock();
  if (!pool) slot = pool = std::make_shared<ThreadPool>(threads);
  return pool;
}

ThreadPool::ThreadPool(int threads) {
  // More threads than processors: a spinning one would keep a working one from running.
  spinNanoseconds = threads <= processors() ? 100'000 : 0;
  for (int i = 1; i < threads; ++i) workers.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() {
  stopping.store(true);
  published.fetch_add(1);
  wake(published, int(workers.size()));
  for (auto &worker : workers) worker.join();
}

/// Takes a chunk if one is left and runs it.
bool ThreadPool::runOneChunk() {
  int64_t left = unclaimed.load(std::memory_order_relaxed);
  do {
    if (left <= 0) return false;
  } while (!unclaimed.compare_exchange_weak(left, left - 1, std::memory_order_acquire, std::memory_order_relaxed));
  body(context, closure, chunks - left);
  if (unfinished.fetch_sub(1) == 1) { // the last one of the region
    completed.fetch_add(1);
    if (callerSleeps.load()) wake(completed, 1);
  }
  return true;
}

void ThreadPool::awaitChunks() {
  auto ready = [this] {
    return unclaimed.load(std::memory_order_relaxed) > 0 || stopping.load(std::memory_order_relaxed);
  };
  while (!spin(spinNanoseconds, ready)) {
    // A region published after this load changes `published`, so the kernel does not let us sleep; one published before
    // it shows in `unclaimed`.
    uint32_t seen = published.load();
    sleepers.fetch_add(1);
    if (!ready()) sleepWhile(published, seen);
    sleepers.fetch_sub(1);
  }
}

void ThreadPool::work() {
  insideChunk = true;
  while (!stopping.load(std::memory_order_relaxed)) {
    while (runOneChunk()) {
    }
    awaitChunks();
  }
}

void ThreadPool::awaitCompletion() {
  auto done = [this] { return unfinished.load(std::memory_order_acquire) == 0; };
  while (!spin(spinNanoseconds, done)) {
    uint32_t seen = completed.load();
    callerSleeps.store(true);
    if (unfinished.load() != 0) sleepWhile(completed, seen);
    callerSleeps.store(false);
  }
}

void ThreadPool::run(flx_context *newContext, flx_body newBody, void *const *newClosure, int64_t newChunks) {
  // Serial: nothing to share, a region inside a chunk, or workers busy for another host thread.
  if (newChunks <= 1 || workers.empty() || insideChunk || busy.exchange(true, std::memory_order_acquire)) {
    for (int64_t chunk = 0; chunk < newChunks; ++chunk) newBody(newContext, newClosure, chunk);
    return;
  }
  context = newContext, body = newBody, closure = newClosure, chunks = newChunks;
  unfinished.store(newChunks, std::memory_order_relaxed);
  unclaimed.store(newChunks, std::memory_order_release);
  published.fetch_add(1);
  if (uint32_t sleeping = sleepers.load()) wake(published, int(std::min<int64_t>(sleeping, newChunks - 1)));

  insideChunk = true;
  while (runOneChunk()) {
  }
  insideChunk = false;
  awaitCompletion();
  busy.store(false, std::memory_order_release);
}

} // namespace fluxion::runtime
