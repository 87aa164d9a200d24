// The weights that models of a training begin at, read from the files their declaration names.
#pragma once
#include "compiler/Driver/TrainData.h"
#include "compiler/Driver/include/fluxion/function.h"

namespace fluxion {

// One for each leaf of each such model, by its path, held to the type of `init`'s parameter; extents that the data leave
// open are bound by the files. E0734 names the file and the leaves that are missing, too many or of another type.
struct Weights {
  struct Leaf {
    std::string path;
    runtime::HostArray array;
  };
  std::vector<Leaf> leaves;
  std::vector<api::Argument> arguments() const; // views of the leaves
};
api::Expected<Weights> readWeights(const TrainPlan &, const Function &init, const std::string &folder, DimBinding &dimensions);

} // namespace fluxion
