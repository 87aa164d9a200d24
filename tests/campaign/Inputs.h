// What parameters hold: ordinary numbers, or ordinary numbers with special ones strewn in.
#pragma once
#include "compiler/Reference/Tensor.h"
#include "tests/campaign/Generator.h"

namespace fluxion::campaign {

// Integers stay below 4, so that few programs end in an index out of range.
reference::HostTensor inputFor(const Variable &, std::mt19937_64 &random);

} // namespace fluxion::campaign
