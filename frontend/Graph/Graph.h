// The typed expression graph: what the parser or the C++ builder makes and the compiler imports.
// Invariant: nodes stand in topological order; every operand precedes its use; every result has a full type whose
// extents are polynomials in the dimensions the function's parameters introduce.
#pragma once
#include "frontend/Graph/Type.h"
#include "frontend/Graph/Weak.h"
#include "frontend/Source/SourceLocation.h"
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace fluxion {

// One enumerator a record of dialects/Ops.td, generated; `parameter` stands for a function's arguments. The last are of the
// graph alone: the dialect holds no complex numbers, so their types are refused before the dialect is asked for the op.
enum class Primitive : uint16_t {
  parameter,
#define FLX_PRIMITIVE(name, arity, family) name##_,
#include "dialects/Primitives.inc"
#undef FLX_PRIMITIVE
  complex_,
  real_,
  imag_,
  conj_,
};
const char *spelling(Primitive); // the dialect mnemonic: "einsum"

// Attributes carry the dialect's attribute names, so importing a node is generic. Extents stay symbolic.
//   int64_t          an integer          (axis of iota, concat, gather)
//   std::string      a string            (einsum's equation)
//   vector<int64_t>  fixed integers      (axes, permutation, dims)
//   vector<Dim>      symbolic integers   (offsets, low, high)
//   Weak             a constant's value, splat over the result type and rounded to it once
using Attribute = std::variant<int64_t, std::string, std::vector<int64_t>, std::vector<Dim>, Weak>;

struct ValueId {
  uint32_t node = 0;
  uint32_t result = 0;
  bool operator==(const ValueId &) const = default;
};

struct Node {
  Primitive op;
  std::vector<ValueId> operands;
  std::vector<std::pair<std::string, Attribute>> attributes; // sorted by name
  std::vector<TensorType> results;
  // Functions of the module: what vjp and jvp differentiate; the body of scan, condition and body of while, the two arms of
  // if. What a body reads of the functions around comes as its last parameters, and after the other operands here.
  std::vector<uint32_t> callees;
  Location where; // the primary place, and the calls through which it was inlined
};

struct Parameter {
  std::string path; // "w", "p.W1", "p.blocks.0.W"
  TensorType type;  // the parameter is the result of node `index`, an op `parameter`
  std::optional<Weak> defaultValue = {}; // stands in for an argument that is left out; of a bool 0 or 1
  std::string defaultText() const;       // "0.2", "true"; empty: there is none
};

struct Result {
  std::string path; // "" for a single tensor; "0", "1.W1" inside tuples and structs
  ValueId value;
};

struct Function {
  std::string name;
  std::vector<Parameter> parameters; // nodes 0 … n−1 are these, in order
  std::vector<Node> nodes;
  std::vector<Result> results;
  std::vector<std::string> dimensions; // the names its parameters introduce
  std::vector<std::string> dynamic;    // those of them declared `dynamic`
  bool isPublic = true;                // false: an instance made for vjp or jvp
  // step functions update in place: result i takes the memory of parameter donated[i], or −1.
  std::vector<int> donated;
  Location where;

  bool isDynamic(const std::string &dimension) const {
    return std::find(dynamic.begin(), dynamic.end(), dimension) != dynamic.end();
  }
  std::string written(const TensorType &type) const; // "f32[dynamic N,D]", as in the types of parameters
  const TensorType &typeOf(ValueId v) const { return nodes[v.node].results[v.result]; }
};

struct TrainPlan; // frontend/Graph/TrainPlan.h

struct Module {
  std::vector<Function> functions;
  std::vector<std::shared_ptr<const TrainPlan>> trains;
  std::vector<std::shared_ptr<const SourceFile>> sources;

  const Function *find(const std::string &name) const; // public functions only
};

// A readable listing, a line a node; equal graphs print alike whatever built them (locations are left out), up to the
// letters of einsum, which are those written.
std::string print(const Function &);
std::string print(const Module &);
// Equal up to locations and the letters of einsum; callees by their index.
bool structurallyEqual(const Function &, const Function &);
// Callees are compared by what they are, whatever their index and name.
bool structurallyEqual(const Module &, const Function &, const Module &, const Function &);

} // namespace fluxion
