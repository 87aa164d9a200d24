#include "Peak.h"
#include <algorithm>
#include <chrono>
#include <immintrin.h>

namespace {
constexpr int kSteps = 20000;

// Twelve chains cover two units of four (AVX2: at most five) cycles of latency. The asm keeps each chain as written.
#define FLX_CHAINS(V, TARGET, SET, FMA, REGISTER, NAME)                                                                \
  __attribute__((target(TARGET), noinline)) void NAME() {                                                              \
    V c[12], x = SET(1.0), y = SET(1e-9);                                                                              \
    for (V & v : c) v = SET(0.5);                                                                                      \
    for (int i = 0; i < kSteps; ++i) {                                                                                 \
      _Pragma("clang loop unroll(full)") for (int j = 0; j < 12; ++j) {                                                \
        c[j] = FMA(c[j], x, y);                                                                                        \
        asm volatile("" : REGISTER(c[j]));                                                                             \
      }                                                                                                                \
    }                                                                                                                  \
  }
FLX_CHAINS(__m512, "avx512f", _mm512_set1_ps, _mm512_fmadd_ps, "+v", chains512)
FLX_CHAINS(__m512d, "avx512f", _mm512_set1_pd, _mm512_fmadd_pd, "+v", chains512d)
FLX_CHAINS(__m256, "avx2,fma", _mm256_set1_ps, _mm256_fmadd_ps, "+x", chains256)
FLX_CHAINS(__m256d, "avx2,fma", _mm256_set1_pd, _mm256_fmadd_pd, "+x", chains256d)
#undef FLX_CHAINS
} // namespace

double measurePeak(int64_t vectorBytes, bool f64) {
  void (*chains)() = vectorBytes == 64 ? (f64 ? chains512d : chains512) : (f64 ? chains256d : chains256);
  double best = 0, flops = 2.0 * 12 * kSteps * vectorBytes / (f64 ? 8 : 4);
  for (int round = 0; round < 200; ++round) {
    auto begin = std::chrono::steady_clock::now();
    chains();
    best = std::max(best,
                    flops / std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count());
  }
  return best;
}
