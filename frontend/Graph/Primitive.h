// What the frontend knows of each primitive: its row of dialects/Primitives.inc and the element types it takes.
#pragma once
#include "frontend/Graph/Graph.h"
#include <optional>
#include <string_view>

namespace fluxion {

struct PrimitiveInfo {
  const char *name;   // the mnemonic
  int arity;          // −1: variadic
  const char *family; // "ElementwiseUnary", "ElementwiseBinary", "Comparison", …
};

const PrimitiveInfo &info(Primitive);
std::optional<Primitive> primitiveNamed(std::string_view name);
std::vector<const char *> elementwiseUnaryNames();
bool isElementwiseUnary(Primitive);  // one operand, result of the same type
bool isElementwiseBinary(Primitive); // two operands of one type, result of that type
bool isComparison(Primitive);        // two operands of one type, result bool
bool isComplexPart(Primitive);       // complex(re, im), real, imag, conj
// Which element types an elementwise primitive computes on: f32 and f64; also integers; bool.
bool acceptsElement(Primitive, ElementType);
std::string acceptedElements(Primitive); // for messages: "float types"

} // namespace fluxion
