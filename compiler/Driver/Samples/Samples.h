// Sample programs for verification: functions that between them use every primitive and the whole standard library, and
// random programs. In: the dialect's table of primitives, the library's declarations, a seed. Out: modules of functions
// and the extents to try them at. A row of the table that no sample covers, or a library function that cannot be
// instantiated, is a fault and not silence.
#pragma once
#include "frontend/Graph/GraphBuilder.h"
#include <memory>
#include <string>
#include <vector>

namespace fluxion::samples {

struct Sample {
  std::string subject; // what it is a sample of: "cosh", "softmax"
  std::shared_ptr<const Module> module;
  std::string function; // of the module
  DimBinding dimensions;
};

struct Collection {
  std::vector<Sample> samples;
  std::vector<std::string> faults;
  // Only this subject; empty: everything.
  std::string only;
  bool wants(const std::string &subject) const { return only.empty() || only == subject; }
};

// `real`, F32 or F64, is the type of floats; integers and truth values are sampled beside them.
void addPrimitives(Collection &, ElementType real);
void addLibrary(Collection &, ElementType real);
// `count` programs of 5 to 15 operations, program i from seed + i.
void addRandom(Collection &, ElementType real, uint64_t seed, int count);

// One function under construction. `body` gets its parameters x0, x1, … and returns its results.
using Body = std::function<std::vector<Value>(GraphBuilder &, const std::vector<Value> &)>;
void addFunction(Collection &, const std::string &subject, const std::string &name,
                 const std::vector<TensorType> &parameters, const Body &body);

} // namespace fluxion::samples
