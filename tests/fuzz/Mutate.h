// Mutations by tokens: what they make of programs is mostly still a program, so that the checker is reached.
#pragma once
#include <cstdint>
#include <string>

namespace fluxion::fuzz {

// A small generator; the same seed gives the same mutations.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed * 0x9E3779B97F4A7C15u + 1) {}
  uint32_t below(size_t n) { return n ? uint32_t(next() % n) : 0; }

private:
  uint64_t state;
  uint64_t next() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state >> 11;
  }
};

// `text` with a few tokens changed, moved, or taken from `donor`; at most `longest` bytes.
std::string mutate(const std::string &text, const std::string &donor, Random &random, size_t longest);

} // namespace fluxion::fuzz
