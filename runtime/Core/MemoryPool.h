// The memory of a session: results, arenas and copied arguments come from here and come back, so that a call in the steady
// state asks the system for nothing and touches pages it already has. Blocks are of size classes; what is idle is bounded,
// and goes back to the system after a while without use. A pool is shared: a result may outlive its session.
#pragma once
#include "runtime/Support/Thread.h"
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace fluxion::runtime {

class MemoryPool {
public:
  using Clock = std::chrono::steady_clock;

  /// FLUXION_POOL_SIZE in MiB, else an eighth of the memory this process may use.
  static size_t defaultLimit();

  /// `limit`: bytes that may lie idle; `age`: how long.
  explicit MemoryPool(size_t limit = defaultLimit(), Clock::duration age = std::chrono::seconds(10));
  ~MemoryPool();
  MemoryPool(const MemoryPool &) = delete;
  MemoryPool &operator=(const MemoryPool &) = delete;

  /// Not cleared; aligned to 64 bytes, to 4096 from 64 KiB up and to 2 MiB from there up. Null: memory is out.
  void *take(size_t bytes);
  /// Back again, with the number of bytes it was taken for. Null is nothing.
  void give(void *memory, size_t bytes);

  /// What lies idle goes back to the system.
  void release();
  /// As `release`, and from now on nothing lies idle: its session has ended.
  void retire();

  struct Statistics {
    uint64_t acquired = 0, returned = 0; // blocks had from the system, and given back to it, so far
    size_t inUse = 0, idle = 0;          // bytes
  };
  Statistics statistics() const;

private:
  struct Block {
    void *memory;
    Clock::time_point since; // it lies idle
  };
  struct Returned {
    void *memory;
    size_t bytes;
  };
  static constexpr int stepsPerDoubling = 8; // of sizes: at most an eighth is lost
  static constexpr int classes = 48 * stepsPerDoubling;

  static int classOf(size_t bytes);
  static size_t sizeOf(int sizeClass);
  void *fromSystem(size_t bytes);
  static void toSystem(const std::vector<Returned> &);
  // With the mutex held.
  void dropOldest(size_t room, std::vector<Returned> &dropped);
  void dropBefore(Clock::time_point, std::vector<Returned> &dropped);
  void drop(int sizeClass, size_t count, std::vector<Returned> &dropped);
  void startReaper();
  void reap();

  mutable std::mutex mutex;
  std::array<std::vector<Block>, classes> idle; // the longest idle first
  size_t limit;
  const Clock::duration age;
  Statistics counts;

  Thread reaper; // while much lies idle: gives back what nobody has asked for
  std::atomic<pid_t> reapedBy{0}; // the process whose thread that is, if there was one
  bool reaping = false, stopping = false;
  std::unique_ptr<std::condition_variable> stop = std::make_unique<std::condition_variable>();
  bool inherited() const;
};

} // namespace fluxion::runtime
