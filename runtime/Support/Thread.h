// A thread whose start may fail. std::thread throws where the system refuses one (a limit on processes, no memory for the
// stack); here that is an answer, and whoever asked goes on with fewer.
#pragma once
#include <functional>
#include <memory>
#include <pthread.h>
#include <unistd.h>
#include <utility>

namespace fluxion::runtime {

class Thread {
public:
  Thread() = default;
  Thread(Thread &&other) noexcept { *this = std::move(other); }
  Thread &operator=(Thread &&other) noexcept {
    std::swap(handle, other.handle);
    std::swap(process, other.process);
    return *this;
  }
  ~Thread() { join(); }

  /// Runs `body` on a thread of its own; empty if there is none to be had.
  static Thread start(std::function<void()> body) {
    auto kept = std::make_unique<std::function<void()>>(std::move(body));
    auto run = [](void *argument) -> void * {
      std::unique_ptr<std::function<void()>> body(static_cast<std::function<void()> *>(argument));
      (*body)();
      return nullptr;
    };
    Thread made;
    if (pthread_create(&made.handle, nullptr, run, kept.get()) != 0) return {};
    kept.release(); // the thread's now
    made.process = getpid();
    return made;
  }

  explicit operator bool() const { return process != 0; }

  /// Waits for its end. A process made by fork() has not inherited the thread and does not wait.
  void join() {
    if (std::exchange(process, 0) == getpid()) pthread_join(handle, nullptr);
  }

private:
  pthread_t handle{};
  pid_t process = 0; // that started it; 0: no thread
};

} // namespace fluxion::runtime
