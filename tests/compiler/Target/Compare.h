// A program of flx text compiled in every way, in place and not, against the reference interpreter.
#pragma once
#include "tests/compiler/Target/Harness.h"

namespace fluxion::cpu {

// Arguments are small integers made from `seed` (truth values of i1). `tolerance`: how far floats may be apart,
// relative to 1 or their size; 0: not at all. Stops at the first difference, with the program in the message.
void expectReference(const std::string &text, unsigned seed = 1, double tolerance = 0);

} // namespace fluxion::cpu
