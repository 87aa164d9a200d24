// Parallel regions on long-lived workers: workers spin for a while after a region, then sleep in the kernel.
// Invariant: of a region, `unclaimed` counts chunks nobody has taken, `unfinished` those not yet done; it lives while the
// latter is > 0. Who claims its last chunk takes it out of `claimable`. Workers go round the regions chunk by chunk, so that
// callers at the same time have equal shares.
#include "runtime/Core/ThreadPool.h"
#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <mutex>
#include <thread>
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

int ThreadPool::most() { return std::max(64, processors()); }

int ThreadPool::defaultThreads() {
  if (const char *text = getenv("FLUXION_THREADS")) {
    char *end = nullptr;
    long value = strtol(text, &end, 10);
    if (end != text && *end == '\0' && value > 0) return int(std::min<long>(value, most()));
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
  for (int i = 1; i < threads; ++i) {
    Thread worker = Thread::start([this] { work(); });
    if (!worker) break;
    workers.push_back(std::move(worker));
  }
}

ThreadPool::~ThreadPool() {
  stopping.store(true);
  published.fetch_add(1);
  wake(published, int(workers.size()));
  for (Thread &worker : workers) worker.join();
}

/// Claims a chunk of the region in `slot` if one is left and runs it.
bool ThreadPool::runOneChunk(int slot) {
  Region &region = regions[size_t(slot)];
  int64_t left = region.unclaimed.load(std::memory_order_relaxed);
  do {
    if (left <= 0) return false;
  } while (!region.unclaimed.compare_exchange_weak(left, left - 1, std::memory_order_acquire, std::memory_order_relaxed));
  if (left == 1) claimable.fetch_and(~(1u << slot)); // before the chunk is finished, and with it perhaps the region
  region.body(region.context, region.closure, region.chunks - left);
  if (region.unfinished.fetch_sub(1) == 1) { // the last one of the region
    region.completed.fetch_add(1);
    if (region.callerSleeps.load()) wake(region.completed, 1);
  }
  return true;
}

/// A chunk of the first region from `next` on that has one; the next look begins behind it.
bool ThreadPool::runAnyChunk(int &next) {
  uint32_t open = claimable.load(std::memory_order_relaxed);
  while (open) {
    uint32_t behind = open >> next << next;
    int slot = std::countr_zero(behind ? behind : open);
    if (runOneChunk(slot)) {
      next = (slot + 1) % slots;
      return true;
    }
    open &= ~(1u << slot);
  }
  return false;
}

void ThreadPool::awaitChunks() {
  auto ready = [this] {
    return claimable.load(std::memory_order_relaxed) != 0 || stopping.load(std::memory_order_relaxed);
  };
  while (!spin(spinNanoseconds, ready)) {
    // A region published after this load changes `published`, so the kernel does not let us sleep; one published before
    // it shows in `claimable`.
    uint32_t seen = published.load();
    sleepers.fetch_add(1);
    if (!ready()) sleepWhile(published, seen);
    sleepers.fetch_sub(1);
  }
}

void ThreadPool::work() {
  insideChunk = true;
  int next = 0;
  while (!stopping.load(std::memory_order_relaxed)) {
    while (runAnyChunk(next)) {
    }
    awaitChunks();
  }
}

void ThreadPool::awaitCompletion(Region &region) {
  auto done = [&] { return region.unfinished.load(std::memory_order_acquire) == 0; };
  while (!spin(spinNanoseconds, done)) {
    uint32_t seen = region.completed.load();
    region.callerSleeps.store(true);
    if (region.unfinished.load() != 0) sleepWhile(region.completed, seen);
    region.callerSleeps.store(false);
  }
}

/// A free slot, now the caller's; −1 when all are in use.
int ThreadPool::takeSlot() {
  uint32_t before = taken.load(std::memory_order_relaxed);
  for (;;) {
    int slot = std::countr_one(before);
    if (slot >= slots) return -1;
    if (taken.compare_exchange_weak(before, before | 1u << slot, std::memory_order_acquire, std::memory_order_relaxed))
      return slot;
  }
}

void ThreadPool::run(flx_context *context, flx_body body, void *const *closure, int64_t chunks) {
  // Serial: nothing to share, a region inside a chunk, or so many callers that there is nobody to share it with.
  int slot = chunks <= 1 || workers.empty() || insideChunk ? -1 : takeSlot();
  if (slot < 0) {
    for (int64_t chunk = 0; chunk < chunks; ++chunk) body(context, closure, chunk);
    return;
  }
  Region &region = regions[size_t(slot)];
  region.context = context, region.body = body, region.closure = closure, region.chunks = chunks;
  region.unfinished.store(chunks, std::memory_order_relaxed);
  claimable.fetch_or(1u << slot);
  region.unclaimed.store(chunks, std::memory_order_release);
  published.fetch_add(1);
  if (uint32_t sleeping = sleepers.load()) wake(published, int(std::min<int64_t>(sleeping, chunks - 1)));

  insideChunk = true;
  while (runOneChunk(slot)) {
  }
  insideChunk = false;
  awaitCompletion(region);
  taken.fetch_and(~(1u << slot), std::memory_order_release);
}

} // namespace fluxion::runtime
