// From named arguments to the array of pointers compiled code reads. Names are matched to the leaves of the parameters,
// element types and shapes are checked, scalars are rounded once to their type, and only views with gaps are copied.
#pragma once
#include "compiler/Driver/Infer.h"
#include "compiler/Driver/include/fluxion/function.h"
#include "runtime/Core/MemoryPool.h"
#include <variant>

namespace fluxion {

using LeafValue = std::variant<std::monostate, api::View, double, int64_t, bool, api::Fill>;

// One value a parameter leaf, in their order; monostate where the parameter's default stands in.
api::Expected<std::vector<LeafValue>> matchArguments(const Function &, const std::vector<api::Argument> &);

// The shapes the values have (a fill and a default have none), after checking their element types and ranks of numbers against the parameters.
api::Expected<KnownShapes> shapesOf(const Function &, const std::vector<LeafValue> &);

// A number as the element it stands for; false if the type cannot hold it (1.5 as i32).
bool storeScalar(ElementType, const LeafValue &number, void *target);

class BoundArguments {
public:
  explicit BoundArguments(std::shared_ptr<runtime::MemoryPool> memory) : memory(std::move(memory)) {}
  ~BoundArguments();
  BoundArguments(const BoundArguments &) = delete;
  BoundArguments &operator=(const BoundArguments &) = delete;

  // False when memory is out. Views stay borrowed. `dimensions` gives fills their shapes.
  bool bind(const Function &, const std::vector<LeafValue> &, const DimBinding &dimensions);
  void *const *pointers() const { return addresses.data(); }

private:
  const std::shared_ptr<runtime::MemoryPool> memory;
  std::vector<void *> addresses;
  std::vector<uint64_t> scalars;
  std::vector<std::pair<void *, size_t>> packed;
  void *allocate(size_t bytes);
};

} // namespace fluxion
