// Where the time from source to callable goes. With FLUXION_TIME set (to anything but 0), each phase that ends prints a
// line on standard error: "time    12.3 ms  linalg". Without it a clock does nothing.
#pragma once
#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace fluxion {

class PhaseClock {
public:
  // What ran since the clock was made, or since the phase before, was `phase`.
  void lap(const char *phase) {
    if (!wanted()) return;
    Time now = std::chrono::steady_clock::now();
    std::fprintf(stderr, "time %7.1f ms  %s\n", std::chrono::duration<double, std::milli>(now - last).count(), phase);
    last = std::chrono::steady_clock::now();
  }

private:
  using Time = std::chrono::steady_clock::time_point;
  static bool wanted() {
    static const char *const text = std::getenv("FLUXION_TIME");
    return text && *text && !(text[0] == '0' && !text[1]);
  }
  Time last = std::chrono::steady_clock::now();
};

} // namespace fluxion
