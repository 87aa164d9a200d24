// What the emitters of generic kernels share.
#pragma once
#include "compiler/Target/Cpu/Loops.h"

namespace fluxion::cpu {

// How many vectors of the body to keep in flight: the shorter the body, the more.
int64_t unrollFor(const Nest &);
// The loop among `candidates` (not empty) that is best cut into vectors.
unsigned vectorLoop(const Nest &, DimSet candidates);
double estimatedWork(const Nest &); // nanoseconds of one core
KernelPlan planElementwise(Nest, const Machine &);
KernelPlan planReduction(Nest, const Machine &);

} // namespace fluxion::cpu
