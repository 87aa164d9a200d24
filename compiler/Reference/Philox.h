// Random draws as the language defines them: Philox4x32-10 (Salmon et al., SC 2011) keyed by `key`, counter = element
// / 4. Written from the paper and the definition of the draws, apart from the runtime's own code, whose bits it checks.
//   f32: one word an element.  f64: two words an element; elements 2 and 3 of a counter come from its lane 1.
//   uniform: the leading 24 (f32) or 53 (f64) bits of the words as a fraction; where the leading 8 (32) are zeros all 32 (64),
//   at the middle of their last place, so that no draw is 0.
//   normal: Box–Muller over pairs: √(−2 ln u)·(cos 2πv, sin 2πv), u in (0, 1] at the middle of its last place.
#pragma once
#include "compiler/Reference/DoubleDouble.h"
#include "llvm/Support/MathExtras.h"
#include <array>
#include <cstdint>

namespace fluxion::reference {

using PhiloxBlock = std::array<uint32_t, 4>;

inline PhiloxBlock philoxBlock(uint64_t counter, uint32_t lane, uint32_t use, uint64_t key) {
  PhiloxBlock x = {uint32_t(counter), uint32_t(counter >> 32), lane, use};
  uint32_t k0 = uint32_t(key), k1 = uint32_t(key >> 32);
  for (int round = 0; round < 10; ++round) {
    uint64_t a = uint64_t(x[0]) * 0xD2511F53u, b = uint64_t(x[2]) * 0xCD9E8D57u;
    x = {uint32_t(b >> 32) ^ x[1] ^ k0, uint32_t(b), uint32_t(a >> 32) ^ x[3] ^ k1, uint32_t(a)};
    k0 += 0x9E3779B9u, k1 += 0xBB67AE85u;
  }
  return x;
}

inline DoubleDouble randomUniform(bool single, int64_t element, int64_t key) {
  if (single) {
    uint32_t word = philoxBlock(element / 4, 0, 0, key)[element % 4];
    return word < 0x1p24 ? double(float(word) + 0.5f) / 0x1p32 : double(word >> 8) / 0x1p24;
  }
  PhiloxBlock words = philoxBlock(element / 4, (element % 4) / 2, 0, key);
  int word = 2 * (element % 2);
  if (words[word] == 0) return (double(words[word + 1]) + 0.5) / 0x1p64;
  return double(words[word]) / 0x1p32 + double(words[word + 1] >> 11) / 0x1p53;
}

inline DoubleDouble randomNormal(bool single, int64_t element, int64_t key) {
  DoubleDouble u, turn;
  if (single) {
    PhiloxBlock words = philoxBlock(element / 4, 0, 0, key);
    int word = (element % 4) & ~1;
    u = (double(words[word] >> 1) + 0.5) / 0x1p31;
    turn = double(words[word + 1]) / 0x1p32;
  } else {
    PhiloxBlock words = philoxBlock(element / 4, (element % 4) / 2, 0, key);
    u = DoubleDouble(double(words[0]) / 0x1p32) + (double(words[1]) + 0.5) / 0x1p64;
    turn = DoubleDouble(double(words[2]) / 0x1p32) + double(words[3]) / 0x1p64;
  }
  SineCosine at = sineCosine(turn * 2.0 * constants::pi);
  return sqrt(log(u) * -2.0) * (element % 2 ? at.sine : at.cosine);
}

inline int64_t randomFold(int64_t key, int64_t data) {
  PhiloxBlock words = philoxBlock(data, 0, 0x464F4C44u, key);
  return int64_t(uint64_t(words[1]) << 32 | words[0]);
}

} // namespace fluxion::reference
