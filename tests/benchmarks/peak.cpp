// The measuring rod: the fused multiply-add peak of one core with AVX2 and with AVX-512, f32, as JSON in GFLOP/s.
// Every table of the comparison states both, since a product-bound program cannot gain more than they leave.
#include <chrono>
#include <cstdio>
#include <immintrin.h>

using Clock = std::chrono::steady_clock;

// Sixteen independent chains hide the latency of the longest pipeline in use (4 cycles, 2 ports).
__attribute__((target("avx2,fma"), noinline)) static float chainsAvx2(long rounds) {
  __m256 a[12];
  for (int i = 0; i < 12; ++i) a[i] = _mm256_set1_ps(float(i));
  __m256 x = _mm256_set1_ps(0.999f), y = _mm256_set1_ps(1e-3f);
  for (long r = 0; r < rounds; ++r) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 12; ++i) a[i] = _mm256_fmadd_ps(a[i], x, y);
    asm volatile("" : "+v"(x), "+v"(y));
  }
  float sum = 0;
  for (int i = 0; i < 12; ++i) sum += _mm256_cvtss_f32(a[i]);
  return sum;
}

__attribute__((target("avx512f"), noinline)) static float chainsAvx512(long rounds) {
  __m512 a[16];
  for (int i = 0; i < 16; ++i) a[i] = _mm512_set1_ps(float(i));
  __m512 x = _mm512_set1_ps(0.999f), y = _mm512_set1_ps(1e-3f);
  for (long r = 0; r < rounds; ++r) {
#pragma clang loop unroll(full)
    for (int i = 0; i < 16; ++i) a[i] = _mm512_fmadd_ps(a[i], x, y);
    asm volatile("" : "+v"(x), "+v"(y));
  }
  float sum = 0;
  for (int i = 0; i < 16; ++i) sum += _mm512_cvtss_f32(a[i]);
  return sum;
}

// The best of several short runs: interference only ever slows a run down.
static double peak(float (*chains)(long), double flopsPerRound) {
  const long rounds = 2'000'000;
  double best = 0;
  volatile float sink = chains(rounds);
  for (int run = 0; run < 12; ++run) {
    auto start = Clock::now();
    sink = chains(rounds);
    double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (double rate = rounds * flopsPerRound / seconds * 1e-9; rate > best) best = rate;
  }
  (void)sink;
  return best;
}

int main() {
  double avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? peak(chainsAvx2, 12 * 8 * 2) : 0;
  double avx512 = __builtin_cpu_supports("avx512f") ? peak(chainsAvx512, 16 * 16 * 2) : 0;
  std::printf("{\"avx2\": %.1f, \"avx512\": %.1f}\n", avx2, avx512);
}
