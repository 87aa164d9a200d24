// The measuring rod: the multiply-add peak of one core with AVX2 and with AVX-512, f32, as JSON in GFLOP/s. Every table of the
// comparison states both, since a product-bound program cannot gain more than they leave.
#include "gemm/Peak.h"
#include <cstdio>

int main() {
  double avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? measurePeak(32, false) : 0;
  double avx512 = __builtin_cpu_supports("avx512f") ? measurePeak(64, false) : 0;
  std::printf("{\"avx2\": %.1f, \"avx512\": %.1f}\n", avx2, avx512);
}
