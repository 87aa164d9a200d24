// A call's frame: which pool its parallel loops use, and the first fault of its data.
#include "runtime/Core/ThreadPool.h"
#include <algorithm>
#include <mutex>
#include <new>
#include <tuple>

using namespace fluxion::runtime;

struct flx_context {
  std::shared_ptr<ThreadPool> pool;
  std::mutex mutex;
  bool faulted = false;
  flx_fault_record fault{};
};

flx_context *flx_context_create(int32_t threads) {
  auto *context = new (std::nothrow) flx_context;
  if (context) context->pool = ThreadPool::shared(threads > 0 ? std::min(threads, ThreadPool::most()) : ThreadPool::defaultThreads());
  return context;
}

void flx_context_destroy(flx_context *context) { delete context; }

void flx_parallel_for(flx_context *context, flx_body body, void *const *closure, int64_t chunks) {
  context->pool->run(context, body, closure, chunks);
}

// "First" is first in the program, not in time: the same fault is reported for any number of threads.
void flx_fault(flx_context *context, int32_t site, int64_t value, int64_t bound) {
  std::lock_guard lock(context->mutex);
  if (context->faulted && std::tie(context->fault.site, context->fault.value) <= std::tie(site, value)) return;
  context->faulted = true;
  context->fault = {site, value, bound};
}

int32_t flx_context_take_fault(flx_context *context, flx_fault_record *record) {
  std::lock_guard lock(context->mutex);
  if (!context->faulted) return 0;
  context->faulted = false;
  *record = context->fault;
  return 1;
}
