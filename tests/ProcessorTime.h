// How long this thread has computed: other work on the machine does not count, and what sanitizers slow is taken off. For
// telling a hang from an answer, not for measuring.
#pragma once
#include <ctime>

namespace fluxion::test {

class ProcessorTime {
public:
  double seconds() const { return (now() - start) / slowness; }

private:
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  static constexpr double slowness = 15;
#else
  static constexpr double slowness = 1;
#endif
#else
  static constexpr double slowness = 1;
#endif
  static double now() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
  }
  double start = now();
};

} // namespace fluxion::test
