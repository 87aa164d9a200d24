// A Function is a name in a compiled module. It is immutable and may be called from any number of threads; the first call
// with new shapes compiles an instance for them (or takes it from the disk), later ones only run it.
#ifndef FLUXION_FUNCTION_H
#define FLUXION_FUNCTION_H
#include "error.h"
#include "view.h"
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace fluxion::api {

// Results by path: "" for a single tensor, "0" and "1.W1" for the leaves of tuples and structs.
class Results {
public:
  struct Leaf {
    std::string path;
    Tensor tensor;
  };
  size_t size() const { return leaves.size(); }
  const Tensor &operator[](size_t i) const { return leaves[i].tensor; }
  const Tensor *find(std::string_view path) const; // null: no such leaf
  const Tensor &single() const { return leaves.front().tensor; }
  std::vector<Leaf>::const_iterator begin() const { return leaves.begin(); }
  std::vector<Leaf>::const_iterator end() const { return leaves.end(); }

  std::vector<Leaf> leaves;
};

// Named tensors that stand for a whole struct: the field `W1` of parameter `p` is the entry "W1".
using Fields = std::map<std::string, View>;

// A tensor made up on the spot, of the shape the other arguments imply. Random floats are standard normal, the same in f32 and
// f64 but for rounding, random integers and truth values 0 or 1; every leaf draws its own, a function of the seed and its path.
struct Fill {
  enum Kind : uint8_t { Number, Random } kind = Number;
  std::variant<double, int64_t, bool> number = int64_t(0); // every element
  int64_t seed = 0;
};
inline Fill fill(double number) { return {Fill::Number, number, 0}; }
inline Fill fill(int number) { return {Fill::Number, int64_t(number), 0}; }
inline Fill fill(int64_t number) { return {Fill::Number, number, 0}; }
inline Fill fill(bool truth) { return {Fill::Number, truth, 0}; }
inline Fill zeros() { return {}; }
inline Fill ones() { return fill(1); }
inline Fill random(int64_t seed) { return {Fill::Random, int64_t(0), seed}; }

struct Argument {
  std::string name; // a parameter, or a leaf of one: "p.W1"
  std::variant<View, double, int64_t, bool, Fill, Fields> value;

  Argument(std::string name, Fill value) : name(std::move(name)), value(value) {}
  Argument(std::string name, View value) : name(std::move(name)), value(std::move(value)) {}
  Argument(std::string name, Fields value) : name(std::move(name)), value(std::move(value)) {}
  Argument(std::string name, const Tensor &value) : name(std::move(name)), value(view(value)) {}
  Argument(std::string name, Tensor &&value) = delete;
  Argument(std::string name, bool value) : name(std::move(name)), value(value) {}
  Argument(std::string name, float value) : name(std::move(name)), value(double(value)) {}
  Argument(std::string name, double value) : name(std::move(name)), value(value) {}
  Argument(std::string name, int value) : name(std::move(name)), value(int64_t(value)) {}
  Argument(std::string name, long value) : name(std::move(name)), value(int64_t(value)) {}
  Argument(std::string name, long long value) : name(std::move(name)), value(int64_t(value)) {}
};

using Dimensions = std::map<std::string, int64_t>; // {"N", 128}

class Function {
public:
  struct Leaf {
    std::string path; // "p.W1"
    std::string type; // "f32[N,D]"
    std::string defaultValue = {}; // of a parameter: "0.2", what a call may leave out; empty: there is none
  };
  const std::string &name() const;
  std::vector<Leaf> parameters() const;
  std::vector<Leaf> results() const;
  std::vector<std::string> dimensions() const;

  // Numbers bind scalars; views are borrowed for the length of the call and copied only if they have gaps.
  // Extents follow from the arguments' shapes; `given` adds those that do not.
  Expected<Results> call(std::initializer_list<Argument> arguments, const Dimensions &given = {}) const;
  Expected<Results> call(const std::vector<Argument> &arguments, const Dimensions &given = {}) const;

  // Compiles now for these extents what a call would compile later.
  Expected<void> prepare(const Dimensions &) const;

  // What the compiler makes of the function at these extents: the text of one stage, a summary, a check of its numbers.
  Expected<std::string> print(const std::string &stage, const Dimensions &, const std::string &at = "") const;
  Expected<std::string> describe(const Dimensions &) const;
  struct Verification {
    bool passed;  // no check failed
    int checks;   // that could be made: with none, nothing is known
    std::string report;
  };
  Expected<Verification> verify(const Dimensions &, uint64_t seed = 1) const;

  struct State;
  explicit Function(std::shared_ptr<const State> state) : state(std::move(state)) {}
  const State &internals() const { return *state; }

private:
  std::shared_ptr<const State> state;
};

} // namespace fluxion::api
#endif
