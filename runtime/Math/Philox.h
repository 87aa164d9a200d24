// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011): a bijection of
// 128-bit counters keyed by 64 bits. A counter and a key arrive, four 32-bit words leave; no state, so any element can
// be drawn alone.
#pragma once
#include <cstdint>

namespace fluxion::runtime {

struct PhiloxWords {
  uint32_t w[4];
};

[[gnu::always_inline]] inline PhiloxWords philox(uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3, uint32_t k0,
                                                 uint32_t k1) {
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    uint64_t p0 = uint64_t(0xD2511F53) * c0, p1 = uint64_t(0xCD9E8D57) * c2;
    uint32_t n0 = uint32_t(p1 >> 32) ^ c1 ^ k0, n2 = uint32_t(p0 >> 32) ^ c3 ^ k1;
    c1 = uint32_t(p1), c3 = uint32_t(p0), c0 = n0, c2 = n2;
    k0 += 0x9E3779B9, k1 += 0xBB67AE85;
  }
  return {{c0, c1, c2, c3}};
}

/// The fourth counter word keeps the uses of one key apart: draws of tensors, folding, permutations.
enum class PhiloxUse : uint32_t { Draw = 0, Fold = 0x464F4C44, Permutation = 0x5045524D };

[[gnu::always_inline]] inline PhiloxWords philox(int64_t counter, uint32_t lane, PhiloxUse use, int64_t key) {
  return philox(uint32_t(counter), uint32_t(uint64_t(counter) >> 32), lane, uint32_t(use), uint32_t(key),
                uint32_t(uint64_t(key) >> 32));
}

/// Independent integers one after another, for the host: shuffles, tests.
class PhiloxStream {
public:
  PhiloxStream(int64_t key, int64_t substream) : key(key), substream(substream) {}
  uint32_t next() {
    if (used == 4) words = philox(substream, block++, PhiloxUse::Permutation, key), used = 0;
    return words.w[used++];
  }
  /// Uniform in [0, bound), without bias (Lemire, "Fast random integer generation in an interval", 2019).
  uint32_t below(uint32_t bound) {
    uint64_t product = uint64_t(next()) * bound;
    if (uint32_t(product) < bound)
      for (uint32_t reject = -bound % bound; uint32_t(product) < reject;) product = uint64_t(next()) * bound;
    return uint32_t(product >> 32);
  }

private:
  int64_t key, substream;
  uint32_t block = 0;
  int used = 4;
  PhiloxWords words{};
};

} // namespace fluxion::runtime
