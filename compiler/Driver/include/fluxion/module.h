// A Module is one checked source file and what it imports. It is immutable; functions taken from it keep it alive.
#ifndef FLUXION_MODULE_H
#define FLUXION_MODULE_H
#include "function.h"

namespace fluxion::api {

// A function with type parameters, which stand as written: "T: float".
struct GenericFunction {
  std::string name;
  std::vector<std::string> typeParameters;
};

class Module {
public:
  std::vector<std::string> functions() const; // the public ones, in source order
  std::vector<std::string> trains() const;    // names of `train` declarations
  std::vector<GenericFunction> generics() const;
  // By name. A generic function is had at the types it is called with, `loss[f64]`; `loss` is its instance of f32.
  Expected<Function> function(std::string_view name) const;
  std::string warnings(bool color = false) const; // what the front end remarked without refusing; empty: nothing

  struct State;
  explicit Module(std::shared_ptr<const State> state) : state(std::move(state)) {}
  const State &internals() const { return *state; }
  std::shared_ptr<const State> shared() const { return state; }

private:
  std::optional<Expected<Function>> instance(std::string_view name) const;
  std::shared_ptr<const State> state;
};

} // namespace fluxion::api
#endif
