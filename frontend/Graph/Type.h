// The types of the graph. Only tensors reach it: structs, tuples and functions are resolved while a program is
// elaborated, and what is left of a struct is a path ("p.W1") on each of its leaves.
#pragma once
#include "frontend/Graph/Dim.h"
#include <string>
#include <vector>

namespace fluxion {

enum class ElementType : uint8_t { F32, F64, BF16, F16, C64, C128, I32, I64, Bool };

const char *spelling(ElementType);                                // "f32"
std::optional<ElementType> elementTypeNamed(const std::string &); // "f32" -> F32
bool isFloat(ElementType);
bool isInteger(ElementType);
bool isComplex(ElementType);
ElementType realOf(ElementType);    // c64 -> f32
ElementType complexOf(ElementType); // f32 -> c64
bool isDifferentiable(ElementType); // real floats and complex
int byteSize(ElementType);

struct TensorType {
  ElementType element = ElementType::F32;
  std::vector<Dim> shape; // empty: a scalar
  int rank() const { return int(shape.size()); }
  bool operator==(const TensorType &) const = default;
  std::string print() const; // "f32[N,D]", "f32"
};

} // namespace fluxion
