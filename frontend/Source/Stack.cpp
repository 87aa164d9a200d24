#include "frontend/Source/Stack.h"
#include <cstdint>
#include <pthread.h>

namespace fluxion {

static constexpr size_t kibibyte = 1024, shortOf = 96 * kibibyte, ample = 7 * 1024 * kibibyte, made = 16 * 1024 * kibibyte;

// The lowest address of the stack; 0: not known.
static uintptr_t lowestAddress() {
#ifdef __linux__
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return 0;
  void *lowest = nullptr;
  size_t size = 0;
  bool known = pthread_attr_getstack(&attributes, &lowest, &size) == 0;
  pthread_attr_destroy(&attributes);
  return known ? reinterpret_cast<uintptr_t>(lowest) : 0;
#else
  return 0;
#endif
}

size_t stackLeft() {
  static thread_local const uintptr_t lowest = lowestAddress();
  auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (lowest == 0) return SIZE_MAX;
  return here > lowest ? here - lowest : 0;
}

bool stackIsShort() { return stackLeft() < shortOf; }

void onAmpleStack(const std::function<void()> &work) {
  if (stackLeft() >= ample) return work();
  pthread_attr_t attributes;
  pthread_t thread;
  bool started = false;
  if (pthread_attr_init(&attributes) == 0) {
    auto run = [](void *argument) -> void * {
      (*static_cast<const std::function<void()> *>(argument))();
      return nullptr;
    };
    started = pthread_attr_setstacksize(&attributes, made) == 0 &&
              pthread_create(&thread, &attributes, run, const_cast<std::function<void()> *>(&work)) == 0;
    pthread_attr_destroy(&attributes);
  }
  if (!started) return work();
  pthread_join(thread, nullptr);
}

} // namespace fluxion
