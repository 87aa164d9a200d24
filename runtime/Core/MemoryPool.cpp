// Size classes, their idle blocks and the bound on them; see MemoryPool.h.
#include "runtime/Core/MemoryPool.h"
#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <sanitizer/asan_interface.h>
#include <sys/mman.h>

namespace fluxion::runtime {

static constexpr size_t smallest = 64, mappedFrom = size_t(64) << 10, mebibyte = size_t(1) << 20, hugePage = 2 * mebibyte;
static constexpr size_t largest = size_t(1) << 52;     // no machine has as much
static constexpr size_t reapedFrom = 16 * mebibyte;    // less than this is not worth a thread

//===-- Size classes --------------------------------------------------------------------------------------------===//

// Class 8(k − 6) + s holds 2^k·(1 + s/8) bytes, s = 0 … 7.
size_t MemoryPool::sizeOf(int sizeClass) {
  size_t power = smallest << (sizeClass / stepsPerDoubling);
  size_t size = power + power / stepsPerDoubling * size_t(sizeClass % stepsPerDoubling);
  return (size + smallest - 1) / smallest * smallest;
}

int MemoryPool::classOf(size_t bytes) {
  if (bytes <= smallest) return 0;
  int doublings = std::bit_width(bytes) - std::bit_width(smallest);
  size_t power = smallest << doublings, step = power / stepsPerDoubling;
  return doublings * stepsPerDoubling + int((bytes - power + step - 1) / step); // a full eighth step is the next power
}

//===-- The system ----------------------------------------------------------------------------------------------===//

static size_t roundUp(size_t bytes, size_t to) { return (bytes + to - 1) / to * to; }

// Pages at a multiple of `alignment`: more is mapped, and what stands out on both sides is given back.
static void *mapPages(size_t bytes, size_t alignment) {
  constexpr int protection = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
  size_t extra = alignment > 4096 ? alignment : 0;
  char *mapped = static_cast<char *>(mmap(nullptr, bytes + extra, protection, flags, -1, 0));
  if (mapped == MAP_FAILED) return nullptr;
  if (extra == 0) return mapped;
  size_t before = (alignment - reinterpret_cast<uintptr_t>(mapped) % alignment) % alignment;
  if (before) munmap(mapped, before);
  if (extra > before) munmap(mapped + before + bytes, extra - before);
#ifdef MADV_HUGEPAGE
  madvise(mapped + before, bytes, MADV_HUGEPAGE);
#endif
  return mapped + before;
}

void *MemoryPool::fromSystem(size_t bytes) {
  if (bytes < mappedFrom) return aligned_alloc(64, bytes);
  return mapPages(roundUp(bytes, 4096), bytes >= hugePage ? hugePage : 4096);
}

void MemoryPool::toSystem(const std::vector<Returned> &blocks) {
  for (const Returned &block : blocks) {
    ASAN_UNPOISON_MEMORY_REGION(block.memory, block.bytes);
    if (block.bytes < mappedFrom) free(block.memory);
    else munmap(block.memory, roundUp(block.bytes, 4096));
  }
}

/// Bytes a container may use (cgroup v2; "max" where there is no bound).
static size_t containerBytes() {
  FILE *file = fopen("/sys/fs/cgroup/memory.max", "re");
  if (!file) return SIZE_MAX;
  unsigned long long bytes = 0;
  bool bounded = fscanf(file, "%llu", &bytes) == 1;
  fclose(file);
  return bounded ? size_t(bytes) : SIZE_MAX;
}

size_t MemoryPool::defaultLimit() {
  if (const char *text = getenv("FLUXION_POOL_SIZE"); text && *text) {
    char *end = nullptr;
    unsigned long long mebibytes = strtoull(text, &end, 10);
    if (*end == '\0' && *text != '-' && mebibytes <= (largest >> 20)) return size_t(mebibytes) << 20;
  }
  static const size_t machine = [] {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    size_t physical = pages > 0 && page > 0 ? size_t(pages) * size_t(page) : size_t(1) << 30;
    return std::min(physical, containerBytes()) / 8;
  }();
  return machine;
}

//===-- Taking and giving ---------------------------------------------------------------------------------------===//

MemoryPool::MemoryPool(size_t limit, Clock::duration age) : limit(limit), age(age) {}

MemoryPool::~MemoryPool() {
  retire();
  if (inherited()) (void)stop.release(); // to destroy it would be to wait for a thread that is not there
}

/// Whether this process came of a fork() and the thread, which may have held the mutex just then, was left behind.
bool MemoryPool::inherited() const {
  pid_t process = reapedBy.load(std::memory_order_relaxed);
  return process != 0 && process != getpid();
}

void *MemoryPool::take(size_t bytes) {
  if (bytes > largest) return nullptr;
  const int sizeClass = classOf(bytes);
  const size_t size = sizeOf(sizeClass);
  void *memory = nullptr;
  {
    std::lock_guard lock(mutex);
    if (auto &blocks = idle[size_t(sizeClass)]; !blocks.empty()) {
      memory = blocks.back().memory; // its pages are the likeliest to be in a cache
      blocks.pop_back();
      counts.idle -= size;
      counts.inUse += size;
    }
  }
  if (!memory) {
    memory = fromSystem(size);
    if (!memory) { // what lies idle may be what is missing
      release();
      memory = fromSystem(size);
    }
    if (!memory) return nullptr;
    std::lock_guard lock(mutex);
    ++counts.acquired;
    counts.inUse += size;
  }
  ASAN_UNPOISON_MEMORY_REGION(memory, bytes);
  ASAN_POISON_MEMORY_REGION(static_cast<char *>(memory) + bytes, size - bytes);
  return memory;
}

void MemoryPool::give(void *memory, size_t bytes) {
  if (!memory) return;
  const int sizeClass = classOf(bytes);
  const size_t size = sizeOf(sizeClass);
  ASAN_POISON_MEMORY_REGION(memory, size);
  std::vector<Returned> dropped;
  {
    std::lock_guard lock(mutex);
    counts.inUse -= size;
    if (size > limit) {
      ++counts.returned;
      dropped.push_back({memory, size});
    } else {
      if (counts.idle > limit - size) dropOldest(size, dropped);
      idle[size_t(sizeClass)].push_back({memory, Clock::now()});
      counts.idle += size;
      if (counts.idle >= reapedFrom && !reaping) startReaper();
    }
  }
  toSystem(dropped);
}

//===-- Giving back ---------------------------------------------------------------------------------------------===//

// The `count` blocks of the class that have lain there longest.
void MemoryPool::drop(int sizeClass, size_t count, std::vector<Returned> &dropped) {
  auto &blocks = idle[size_t(sizeClass)];
  const size_t size = sizeOf(sizeClass);
  for (size_t i = 0; i < count; ++i) dropped.push_back({blocks[i].memory, size});
  blocks.erase(blocks.begin(), blocks.begin() + ptrdiff_t(count));
  counts.idle -= count * size;
  counts.returned += count;
}

// Until `room` bytes more may lie idle.
void MemoryPool::dropOldest(size_t room, std::vector<Returned> &dropped) {
  while (counts.idle > limit - room) {
    int oldest = -1;
    for (int i = 0; i < classes; ++i)
      if (auto &blocks = idle[size_t(i)];
          !blocks.empty() && (oldest < 0 || blocks.front().since < idle[size_t(oldest)].front().since))
        oldest = i;
    if (oldest < 0) return;
    drop(oldest, 1, dropped);
  }
}

void MemoryPool::dropBefore(Clock::time_point time, std::vector<Returned> &dropped) {
  for (int i = 0; i < classes; ++i) {
    auto &blocks = idle[size_t(i)];
    auto end = std::find_if(blocks.begin(), blocks.end(), [&](const Block &block) { return block.since >= time; });
    if (end != blocks.begin()) drop(i, size_t(end - blocks.begin()), dropped);
  }
}

void MemoryPool::release() {
  std::vector<Returned> dropped;
  {
    std::lock_guard lock(mutex);
    dropBefore(Clock::time_point::max(), dropped);
  }
  toSystem(dropped);
}

void MemoryPool::retire() {
  if (inherited()) {
    if (!mutex.try_lock()) return; // what lies idle goes with the process
    limit = 0;
    stopping = true;
    mutex.unlock();
    return release();
  }
  Thread ended;
  {
    std::lock_guard lock(mutex);
    limit = 0;
    stopping = true;
    std::swap(ended, reaper);
  }
  stop->notify_all();
  ended.join();
  release();
}

// A session that nobody calls has no thread of its own that could give its memory back, so one is started when there is
// much of it; it ends when there is little. Without a thread to be had, memory stays until the session ends.
void MemoryPool::startReaper() {
  if (stopping) return;
  reaper.join(); // has ended: it cleared `reaping` as the last thing under the mutex
  reaper = Thread::start([this] { reap(); });
  reaping = bool(reaper);
  if (reaping) reapedBy.store(getpid(), std::memory_order_relaxed);
}

void MemoryPool::reap() {
  std::unique_lock lock(mutex);
  while (!stopping && counts.idle >= reapedFrom) {
    stop->wait_for(lock, age / 2);
    std::vector<Returned> dropped;
    dropBefore(Clock::now() - age, dropped);
    lock.unlock();
    toSystem(dropped);
    lock.lock();
  }
  reaping = false;
}

MemoryPool::Statistics MemoryPool::statistics() const {
  std::lock_guard lock(mutex);
  return counts;
}

} // namespace fluxion::runtime
