// Parallel regions: a body and a number of chunks arrive; every chunk has run once when `run` returns.
// Which thread takes which chunk is not defined, so nothing numeric may depend on it.
#pragma once
#include "fluxion/runtime.h"
#include "runtime/Support/Thread.h"
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace fluxion::runtime {

class ThreadPool {
public:
  /// The pool of this many threads (the caller counts as one), shared by all who ask for the same number.
  static std::shared_ptr<ThreadPool> shared(int threads);
  /// FLUXION_THREADS if it is a positive number, else the processors this process may use; never more than `most()`.
  static int defaultThreads();
  /// No region has more chunks than 64, so more threads help only where there are more processors.
  static int most();

  /// Where the system refuses so many threads the pool has fewer.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int threads() const { return int(workers.size()) + 1; }
  void run(flx_context *context, flx_body body, void *const *closure, int64_t chunks);

private:
  // A parallel region under way. Its first four fields are written by the caller who took the slot, and read only by a
  // thread that has claimed one of its chunks: until that chunk is finished the region cannot end.
  struct Region {
    flx_context *context = nullptr;
    flx_body body = nullptr;
    void *const *closure = nullptr;
    int64_t chunks = 0;
    alignas(64) std::atomic<int64_t> unclaimed{0};
    alignas(64) std::atomic<int64_t> unfinished{0};
    std::atomic<uint32_t> completed{0}; // what a sleeping caller watches
    std::atomic<bool> callerSleeps{false};
  };
  static constexpr int slots = 16; // regions at once: callers beyond that number work alone

  void work();
  bool runOneChunk(int slot);
  bool runAnyChunk(int &next);
  void awaitChunks();
  void awaitCompletion(Region &);
  int takeSlot();

  std::array<Region, slots> regions;
  alignas(64) std::atomic<uint32_t> taken{0};     // slots that belong to a caller, a bit each
  alignas(64) std::atomic<uint32_t> claimable{0}; // slots with chunks nobody has claimed
  alignas(64) std::atomic<uint32_t> published{0}; // regions so far: what sleeping workers watch
  std::atomic<uint32_t> sleepers{0};
  std::atomic<bool> stopping{false};
  int64_t spinNanoseconds;
  std::vector<Thread> workers;
};

} // namespace fluxion::runtime
