// Random flx programs: straight-line functions of elementwise, shape, reduction, contraction and select ops on small
// tensors.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace fluxion::test {

struct RandomProgram {
  std::vector<std::string> parameters; // types of %a, %b, %c
  std::string result;                  // type of %y
  std::string body;                    // defines %y
};

// The same program for the same seed, of `ops` ops before %y.
RandomProgram randomProgram(uint64_t seed, int ops);

} // namespace fluxion::test
