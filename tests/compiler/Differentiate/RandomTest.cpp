// Random programs, differentiated in both modes and to second order, against dual numbers. FLUXION_RANDOM_PROGRAMS sets
// how many, FLUXION_RANDOM_SEED the first, FLUXION_RANDOM_OPS their size; a failure prints its seed and its program.
#include "tests/compiler/Differentiate/Check.h"
#include "tests/compiler/Differentiate/RandomProgram.h"
#include <cstdlib>
#include <gtest/gtest.h>

using namespace fluxion::test;

namespace {

uint64_t fromEnvironment(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

TEST(Random, Programs) {
  uint64_t first = fromEnvironment("FLUXION_RANDOM_SEED", 1), count = fromEnvironment("FLUXION_RANDOM_PROGRAMS", 300);
  uint64_t ops = fromEnvironment("FLUXION_RANDOM_OPS", 0);
  for (uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
    RandomProgram program = randomProgram(seed, int(ops ? ops : 3 + seed % 12));
    checkDerivatives({"seed " + std::to_string(seed), program.parameters, program.result, program.body, -1.0, 1.0});
  }
}

} // namespace
