// Parallel regions: a body and a number of chunks arrive; every chunk has run once when `run` returns.
// Which thread takes which chunk is not defined, so nothing numeric may depend on it.
#pragma once
#include "fluxion/runtime.h"
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

namespace fluxion::runtime {

class ThreadPool {
public:
  /// The pool of this many threads (the caller counts as one), shared by all who ask for the same number.
  static std::shared_ptr<ThreadPool> shared(int threads);
  /// FLUXION_THREADS if it is a positive number, else the processors this process may use.
  static int defaultThreads();

  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  int threads() const { return int(workers.size()) + 1; }
  void run(flx_context *context, flx_body body, void *const *closure, int64_t chunks);

private:
  void work();
  bool runOneChunk();
  void awaitChunks();
  void awaitCompletion();

  // The region. Written by the thread that holds `busy`, read only by a thread that has claimed one of its chunks:
  // until that chunk is finished the region cannot end, so the fields cannot change under the reader.
  flx_context *context = nullptr;
  flx_body body = nullptr;
  void *const *closure = nullptr;
  int64_t chunks = 0;

  alignas(64) std::atomic<int64_t> unclaimed{0};
  alignas(64) std::atomic<int64_t> unfinished{0};
  alignas(64) std::atomic<uint32_t> published{0}; // regions so far: what sleeping workers watch
  std::atomic<uint32_t> sleepers{0};
  std::atomic<uint32_t> completed{0}; // what a sleeping caller watches
  std::atomic<bool> callerSleeps{false}, stopping{false};
  alignas(64) std::atomic<bool> busy{false};
  int64_t spinNanoseconds;
  std::vector<std::thread> workers;
};

} // namespace fluxion::runtime
