// The fuzzer: libFuzzer's entry, its mutator and crossover. Built by the preset `fuzz`; tests/fuzz/run runs it.
#include "tests/fuzz/Mutate.h"
#include "tests/fuzz/Properties.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace fluxion::fuzz;

extern "C" size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t longest);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string found = violation(std::string(reinterpret_cast<const char *>(data), size), Depth::Check);
  if (found.empty()) return 0;
  fprintf(stderr, "VIOLATION: %s\n", found.c_str());
  abort();
}

static size_t write(const std::string &text, uint8_t *data, size_t longest) {
  size_t size = text.size() < longest ? text.size() : longest;
  memcpy(data, text.data(), size);
  return size;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t longest, unsigned seed) {
  Random random(seed);
  if (random.below(4) == 0) return LLVMFuzzerMutate(data, size, longest); // bytes and the dictionary
  std::string text(reinterpret_cast<const char *>(data), size);
  return write(mutate(text, text, random, longest), data, longest);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t aSize, const uint8_t *b, size_t bSize, uint8_t *out,
                                            size_t longest, unsigned seed) {
  Random random(seed);
  std::string text(reinterpret_cast<const char *>(a), aSize), donor(reinterpret_cast<const char *>(b), bSize);
  return write(mutate(text, donor, random, longest), out, longest);
}
