// The table generated from the dialect's records, and the element types of its elementwise rows.
#include "frontend/Graph/Primitive.h"
#include <unordered_map>

namespace fluxion {

namespace {
constexpr PrimitiveInfo table[] = {
    {"parameter", 0, "Parameter"},
#define FLX_PRIMITIVE(name, arity, family) {#name, arity, #family},
#include "dialects/Primitives.inc"
#undef FLX_PRIMITIVE
    {"complex", 2, "Complex"}, {"real", 1, "Complex"}, {"imag", 1, "Complex"}, {"conj", 1, "Complex"},
};

bool isOneOf(std::string_view name, std::initializer_list<std::string_view> list) {
  for (std::string_view each : list)
    if (name == each) return true;
  return false;
}

// Field: also complex. Real: numbers that have an order.
enum class Domain : uint8_t { Float, FloatOrComplex, Real, Field, Logical, Any };

Domain namedDomain(Primitive op) {
  std::string_view name = info(op).name;
  if (isOneOf(name, {"neg", "add", "sub", "mul"})) return Domain::Field;
  if (isOneOf(name, {"abs", "sign", "max", "min", "rem", "floordiv", "lt", "le", "gt", "ge"})) return Domain::Real;
  if (name == "div") return Domain::FloatOrComplex;
  if (isOneOf(name, {"not", "and", "or", "xor"})) return Domain::Logical;
  return isOneOf(name, {"eq", "ne", "stop_gradient"}) ? Domain::Any : Domain::Float;
}

// What is asked of every operation that is built, worked out from the names once.
struct Traits {
  Domain domain;
  bool unary, binary, comparison;
};
const Traits &traitsOf(Primitive op) {
  static const auto *all = [] {
    auto *made = new std::vector<Traits>;
    for (size_t i = 0; i < std::size(table); ++i) {
      std::string_view family = table[i].family;
      made->push_back({namedDomain(Primitive(i)), family == "ElementwiseUnary", family == "ElementwiseBinary",
                       family == "Comparison"});
    }
    return made;
  }();
  return (*all)[size_t(op)];
}
Domain domainOf(Primitive op) { return traitsOf(op).domain; }
} // namespace

const PrimitiveInfo &info(Primitive op) { return table[size_t(op)]; }
const char *spelling(Primitive op) { return table[size_t(op)].name; }

std::optional<Primitive> primitiveNamed(std::string_view name) {
  static const auto *index = [] {
    auto *made = new std::unordered_map<std::string_view, Primitive>;
    for (size_t i = 1; i < std::size(table); ++i) made->emplace(table[i].name, Primitive(i));
    return made;
  }();
  auto found = index->find(name);
  return found == index->end() ? std::nullopt : std::optional<Primitive>(found->second);
}

std::vector<const char *> elementwiseUnaryNames() {
  std::vector<const char *> names;
  for (size_t i = 1; i < std::size(table); ++i)
    if (isElementwiseUnary(Primitive(i))) names.push_back(table[i].name);
  return names;
}

bool isElementwiseUnary(Primitive op) { return traitsOf(op).unary; }
bool isElementwiseBinary(Primitive op) { return traitsOf(op).binary; }
bool isComparison(Primitive op) { return traitsOf(op).comparison; }
bool isComplexPart(Primitive op) { return op >= Primitive::complex_; }

bool acceptsElement(Primitive op, ElementType e) {
  switch (domainOf(op)) {
  case Domain::Float: return isFloat(e);
  case Domain::FloatOrComplex: return isFloat(e) || isComplex(e);
  case Domain::Real: return isFloat(e) || isInteger(e);
  case Domain::Field: return isFloat(e) || isInteger(e) || isComplex(e);
  case Domain::Logical: return e == ElementType::Bool || (isInteger(e) && std::string_view(info(op).name) != "not");
  case Domain::Any: return true;
  }
  return true;
}

std::string acceptedElements(Primitive op) {
  switch (domainOf(op)) {
  case Domain::Float:
  case Domain::FloatOrComplex: return "float types";
  case Domain::Real:
  case Domain::Field: return "float and integer types";
  case Domain::Logical: return "bool";
  case Domain::Any: return "any type";
  }
  return "";
}

} // namespace fluxion
