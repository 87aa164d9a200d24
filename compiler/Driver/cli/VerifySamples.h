// The part of `fluxion verify` that needs no file: samples of primitives, of the library, and random programs.
#pragma once
#include "compiler/Driver/cli/Common.h"
#include <cstdint>

namespace fluxion::cli {

std::vector<Option> sampleOptions();
bool asksForSamples(const Line &);
int verifySamples(const Line &, uint64_t seed);

} // namespace fluxion::cli
