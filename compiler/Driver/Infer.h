// Which extents does a call mean? Given are the parameters' types, polynomials in dimension names, and the shapes of some
// arguments; wanted is the one binding under which they agree. Bare names are read off first, then polynomials in which a
// single name is left are solved, then everything is checked.
#pragma once
#include "compiler/Driver/include/fluxion/error.h"
#include "frontend/Graph/Graph.h"
#include <optional>
#include <vector>

namespace fluxion {

// One entry per parameter; empty: the argument takes whatever shape is asked for (`zeros`, a number).
using KnownShapes = std::vector<std::optional<std::vector<int64_t>>>;

// Every dimension of the function, or why there is no such binding. `given` comes from the user (`--dim N=128`).
api::Expected<DimBinding> inferDimensions(const Function &, const KnownShapes &, const DimBinding &given = {});

// The same with a complete binding already in hand: are all dimensions bound, and to extents that make sense?
api::Expected<DimBinding> completeBinding(const Function &, const DimBinding &given);

// The static shape of a type; empty optional if a name is unbound or the extent is negative or too large.
std::optional<std::vector<int64_t>> shapeUnder(const TensorType &, const DimBinding &);

} // namespace fluxion
