// Spelling and classes of element types; printing of tensor types.
#include "frontend/Graph/Type.h"

namespace fluxion {

namespace {
struct ElementInfo { const char *name; int bytes; };
constexpr ElementInfo elements[] = {{"f32", 4}, {"f64", 8},   {"bf16", 2}, {"f16", 2}, {"c64", 8},
                                    {"c128", 16}, {"i32", 4}, {"i64", 8},  {"bool", 1}};
} // namespace

const char *spelling(ElementType element) { return elements[int(element)].name; }

std::optional<ElementType> elementTypeNamed(const std::string &name) {
  bool possible = name.size() > 2 && name.size() < 5 && (name.back() == 'l' || (name.back() >= '0' && name.back() <= '9'));
  for (size_t i = 0; possible && i < std::size(elements); ++i) // most names that are asked about are none
    if (name == elements[i].name) return ElementType(i);
  return std::nullopt;
}

bool isFloat(ElementType e) {
  return e == ElementType::F32 || e == ElementType::F64 || e == ElementType::BF16 || e == ElementType::F16;
}
bool isInteger(ElementType e) { return e == ElementType::I32 || e == ElementType::I64; }
bool isComplex(ElementType e) { return e == ElementType::C64 || e == ElementType::C128; }
ElementType realOf(ElementType e) {
  return e == ElementType::C64 ? ElementType::F32 : e == ElementType::C128 ? ElementType::F64 : e;
}
ElementType complexOf(ElementType e) {
  return e == ElementType::F32 ? ElementType::C64 : e == ElementType::F64 ? ElementType::C128 : e;
}
bool isDifferentiable(ElementType e) { return isFloat(e) || isComplex(e); }
int byteSize(ElementType e) { return elements[int(e)].bytes; }

std::string TensorType::print() const {
  std::string text = spelling(element);
  if (shape.empty()) return text;
  for (size_t i = 0; i < shape.size(); ++i) text += (i ? "," : "[") + shape[i].print();
  return text + "]";
}

} // namespace fluxion
