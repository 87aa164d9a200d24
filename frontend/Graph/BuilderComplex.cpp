// Complex numbers made and taken apart. Arriving: complex, real, imag, conj, or abs of a complex operand; leaving: one node,
// or none where the operand is real. The element types are the only ones that change: c64 is of f32, c128 of f64.
#include "frontend/Graph/GraphBuilder.h"
#include "frontend/Graph/Primitive.h"

namespace fluxion {

Value GraphBuilder::complexPart(Primitive op, std::vector<Value> operands) {
  if (operands.size() != size_t(info(op).arity))
    return fault({"E0403",
                  std::string("`") + spelling(op) + "` does not take " + std::to_string(operands.size()) + " operands",
                  "",
                  -1,
                  {},
                  -1});
  for (size_t i = 0; i < operands.size(); ++i) {
    ElementType element = operands[i].type().element;
    bool pair = op == Primitive::complex_;
    bool fits = pair ? complexOf(element) != element : element != ElementType::Bool;
    if (!fits)
      return fault({"E0309",
                    std::string("`") + spelling(op) + "` takes " + (pair ? "the float types f32 and f64" : "numbers") + ", not " +
                        spelling(element),
                    "", int(i), {}, -1});
  }
  TensorType type = operands[0].type();
  if (op != Primitive::complex_) {
    if (!isComplex(type.element)) // abs is not asked of reals
      return op == Primitive::imag_ ? constant(Weak::rational(0), type) : operands[0];
    if (op != Primitive::conj_) type.element = realOf(type.element);
    return make(op, operands, {}, std::move(type));
  }
  if (!commonElement(op, operands)) return {};
  const std::vector<Dim> *common = commonShape(op, operands);
  if (!common) return {};
  type = {complexOf(type.element), *common}; // making broadcasts moves the nodes it stands in
  for (Value &operand : operands) operand = broadcastTo(operand, type.shape);
  return make(op, operands, {}, std::move(type));
}

} // namespace fluxion
