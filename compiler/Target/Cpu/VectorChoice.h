// Which loop of a nest is cut into vectors: the one whose points cost least. What a loop costs is counted in bytes that move
// and elements that are gathered or scattered one by one.
#pragma once
#include "compiler/Target/Cpu/Nest.h"
#include <string>

namespace fluxion::cpu {

struct VectorCost {
  double cycles = 0;                            // of one point, all told
  double bytes = 0;                             // that a point moves
  int contiguous = 0, fixed = 0, oneByOne = 0; // accesses, by how they move along the loop
};

// With loop `d` as the vector loop of `lanes` lanes.
VectorCost vectorCost(const Nest &, unsigned d, int64_t lanes);
// All loops, or those that no accumulators without a combiner run along.
DimSet vectorCandidates(const Nest &);
// The cheapest of `candidates` (not empty); of equal ones the innermost.
unsigned vectorLoop(const Nest &, DimSet candidates, int64_t lanes);
// The same for people: "vectors of 16 along a loop of 1024: 2 contiguous, 1 fixed, 0 one by one, …"; empty without loops.
std::string explainVectorLoop(mlir::linalg::GenericOp, const Machine &);

} // namespace fluxion::cpu
