// The builder's core: nodes, constants, elementwise operations with identity-checked broadcasting. Parameters and captures
// are in BuilderParameters.cpp, results and finish() in BuilderFinish.cpp.
#include "frontend/Graph/GraphBuilder.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>
#include <charconv>
#include <cmath>

namespace fluxion {

const TensorType &Value::type() const {
  static const TensorType none;
  return owner ? owner->typeOf(id) : none;
}

GraphBuilder::GraphBuilder(Module &module, std::string name, DiagnosticSink &sink) : target(module), sink(sink) {
  made.name = std::move(name);
}

Value GraphBuilder::fault(Fault why) {
  hasFailed = true;
  if (faultHandler) {
    faultHandler(why);
  } else {
    std::string help = why.help;
    for (size_t at = help.find('{'); at != std::string::npos && at + 2 < help.size(); at = help.find('{'))
      help.replace(at, 3, std::string(1, char('a' + (help[at + 1] - '0')))); // operands have no names here: a, b
    sink.error(why.number, location, why.message).help(help);
  }
  return {};
}

bool GraphBuilder::growing() {
  if (!finished) return true;
  if (!hasFailed) // said once
    fault({"E0404", "the function `" + made.name + "` is finished: nothing is added to it", "", -1, {}, -1});
  return false;
}

bool GraphBuilder::usable(Value v) {
  if (v.owner == this) return growing();
  if (v)
    fault({"E0404", "a value of another function cannot be used here: a body takes it with `capture(value, name)`", "", -1,
           {}, -1});
  hasFailed = true;
  return false;
}

bool GraphBuilder::usable(const std::vector<Value> &operands) {
  return std::all_of(operands.begin(), operands.end(), [this](Value v) { return usable(v); });
}

GraphBuilder::Attributes GraphBuilder::attribute(const char *name, Attribute value) {
  Attributes attributes;
  attributes.emplace_back(name, std::move(value));
  return attributes;
}

bool GraphBuilder::admits(const TensorType &result) {
  if (result.rank() > maxRank) {
    fault({"E0305",
           "a tensor has at most " + std::to_string(maxRank) + " axes, this one would have " + std::to_string(result.rank()),
           "", -1, {}, -1});
    return false;
  }
  for (const Dim &dim : result.shape)
    if (dim.overflowed() || (dim.constant() && *dim.constant() < 0)) {
      fault({"E0305", "the result would have the extent " + dim.print(), "", -1, {}, -1});
      return false;
    }
  return true;
}

Value GraphBuilder::make(Primitive op, const std::vector<Value> &operands, Attributes attributes, TensorType result) {
  if (!growing()) return {};
  if (made.nodes.size() >= maxNodes)
    return hasFailed
               ? Value{}
               : fault({"E0412",
                        "the function `" + made.name + "` grows beyond " + std::to_string(maxNodes) + " operations",
                        "",
                        -1,
                        {},
                        -1});
  if (!admits(result)) return {};
  Node &node = made.nodes.emplace_back();
  node.op = op;
  node.operands.reserve(operands.size());
  for (const Value &v : operands) node.operands.push_back(v.id);
  node.attributes = std::move(attributes);
  node.results.push_back(std::move(result));
  node.where = location;
  return {this, {uint32_t(made.nodes.size() - 1), 0}};
}

// A literal must be a value of the type: an integer of its width, or within a float's range.
static std::string misfit(const Weak &value, ElementType element) {
  if (element == ElementType::Bool) return value.asInteger() == 0 || value.asInteger() == 1 ? "" : "is neither 0 nor 1";
  if (isInteger(element)) {
    if (!value.isInteger()) return "is not an integer";
    auto integer = value.asInteger();
    bool constant = value.isExactConstant();
    if (constant && !integer) return "does not fit";
    if (integer && element == ElementType::I32 && (*integer > INT32_MAX || *integer < INT32_MIN)) return "does not fit";
    return "";
  }
  if (value.isNonFinite()) return "";
  auto number = value.evaluate();
  if (!number) return ""; // has dimensions in it
  if (number->hi != number->hi) return "is not a number";
  bool huge = number->hi > 1.7976931348623157e308 || number->hi < -1.7976931348623157e308;
  // Beyond half a unit in the last place above the largest value.
  double limit = element == ElementType::F32 || element == ElementType::C64 ? 0x1.ffffffp127
                 : element == ElementType::BF16                            ? 0x1.ffp127
                 : element == ElementType::F16                             ? 65520
                                                                           : 1.7976931348623157e308;
  bool beyond = number->hi >= limit || number->hi <= -limit;
  return huge || (beyond && limit < 1e308) ? "does not fit" : "";
}

Value GraphBuilder::constant(Weak value, TensorType type) {
  std::string why = misfit(value, type.element);
  if (!why.empty())
    return fault({"E0316", "the value " + value.print() + " " + why + " as " + spelling(type.element), "", -1, {}, -1});
  return make(Primitive::constant_, {}, attribute("value", std::move(value)), std::move(type));
}

// What the user wrote, where a literal was. Weak numbers have no zero with a sign: −0 is 0, as in the language.
Value GraphBuilder::constant(double number, TensorType type) {
  if (number != number) return constant(Weak::notANumber(), std::move(type));
  if (std::isinf(number))
    return constant(number < 0 ? Weak::unary("neg", Weak::infinity()) : Weak::infinity(), std::move(type));
  char text[32];
  auto end = std::to_chars(text, text + sizeof text, std::abs(number)).ptr;
  Weak value = *Weak::parse(std::string(text, end));
  return constant(number < 0 ? Weak::unary("neg", value) : value, std::move(type));
}

bool broadcastsTo(const std::vector<Dim> &small, const std::vector<Dim> &large) {
  return small.size() <= large.size() && std::equal(small.rbegin(), small.rend(), large.rbegin());
}

Dim product(const std::vector<Dim> &shape) {
  Dim size(1);
  for (const Dim &dim : shape) size = size * dim;
  return size;
}

bool GraphBuilder::isPrimitive(Primitive op) {
  if (op <= Primitive::conj_) return true;
  fault({"E0405", std::to_string(unsigned(op)) + " is no primitive", "", -1, {}, -1});
  return false;
}

bool GraphBuilder::commonElement(Primitive op, const std::vector<Value> &operands) {
  size_t first = op == Primitive::select_ ? 1 : 0;
  ElementType element = operands[first].type().element;
  if (first == 1 && operands[0].type().element != ElementType::Bool) {
    fault(
        {"E0308", "the condition is " + operands[0].type().print() + ", not bool", "compare it: `x != 0`", 0, {}, -1});
    return false;
  }
  for (size_t i = first; i < operands.size(); ++i) {
    ElementType other = operands[i].type().element;
    if (other != element) {
      fault({"E0302",
             std::string("`") + spelling(element) + "` meets `" + spelling(other) + "`: nothing is converted silently",
             std::string("convert one of them: `") + spelling(element) + "(…)`",
             -1,
             {int(first), int(i)},
             -1});
      return false;
    }
    if (op == Primitive::select_ || acceptsElement(op, other)) continue;
    if (isComplex(other) && !isComparison(op) && acceptsElement(op, ElementType::F64)) {
      fault({"E0312", std::string("`") + spelling(op) + "` does not take complex numbers, here " + spelling(other),
             "compute with its parts: `real({" + std::to_string(i) + "})`, `imag({" + std::to_string(i) + "})`", int(i), {}, -1});
      return false;
    }
    fault({"E0309", std::string("`") + spelling(op) + "` takes " + acceptedElements(op) + ", not " + spelling(other),
           isInteger(other) ? "convert first: `f32(…)`" : "", int(i), {}, -1});
    return false;
  }
  return true;
}

const std::vector<Dim> *GraphBuilder::commonShape(Primitive op, const std::vector<Value> &operands) {
  size_t widest = 0;
  for (size_t i = 1; i < operands.size(); ++i)
    if (operands[i].type().rank() > operands[widest].type().rank()) widest = i;
  const TensorType &wide = operands[widest].type();
  for (size_t i = 0; i < operands.size(); ++i) {
    const TensorType &type = operands[i].type();
    if (broadcastsTo(type.shape, wide.shape)) continue;
    Fault why{"E0301", "the shapes " + operands[std::min(i, widest)].type().print() + " and " +
                           operands[std::max(i, widest)].type().print() + " do not match",
              "", -1, {int(std::min(i, widest)), int(std::max(i, widest))}, -1};
    if (type.rank() == 2 && wide.rank() == 2 && type.shape[0] == wide.shape[1] && type.shape[1] == wide.shape[0]) {
      why.help = "transpose one of them: `{" + std::to_string(i) + "}.T`";
    } else if (type.rank() == 1 && wide.rank() == 2 && type.shape[0] == wide.shape[0]) {
      why.help = "only trailing axes match by themselves; write the axis out: `expand({" + std::to_string(i) +
                 "}, axis = 1, size = " + wide.shape[1].print() + ")`";
    }
    fault(std::move(why));
    return nullptr;
  }
  return &wide.shape;
}

Value GraphBuilder::apply(Primitive op, std::vector<Value> operands) {
  if (!isPrimitive(op) || !usable(operands)) return {};
  if (op == Primitive::polygamma_)
    return fault({"E0403", "`polygamma` has an order", "call `polygamma(order, x)` of the builder", -1, {}, -1});
  bool magnitude = op == Primitive::abs_ && operands.size() == 1 && isComplex(operands[0].type().element);
  if (magnitude || isComplexPart(op)) return complexPart(op, std::move(operands));
  bool select = op == Primitive::select_;
  size_t arity = isElementwiseUnary(op) ? 1 : select ? 3 : isElementwiseBinary(op) || isComparison(op) ? 2 : 0;
  if (arity == 0 || operands.size() != arity)
    return fault({"E0403",
                  std::string("`") + spelling(op) + "` does not take " + std::to_string(operands.size()) + " operands",
                  "",
                  -1,
                  {},
                  -1});
  if (!commonElement(op, operands)) return {};
  const std::vector<Dim> *common = commonShape(op, operands);
  if (!common) return {};
  std::vector<Dim> shape = *common; // making broadcasts moves the nodes it stands in
  ElementType element = isComparison(op) ? ElementType::Bool : operands.back().type().element;
  for (Value &operand : operands) operand = broadcastTo(operand, shape);
  return make(op, operands, {}, {element, std::move(shape)});
}

Value GraphBuilder::polygamma(int64_t order, Value x) {
  if (!usable(x) || !commonElement(Primitive::polygamma_, {x})) return {};
  if (order < 0) return fault({"E0311", "the order of polygamma is negative", "", -1, {}, -1});
  TensorType type = x.type();
  return make(Primitive::polygamma_, {x}, {{"order", order}}, type);
}

Value GraphBuilder::convert(Value x, ElementType element) {
  if (!usable(x) || x.type().element == element) return x;
  if (isComplex(x.type().element) && !isComplex(element))
    return fault({"E0309",
                  std::string("`") + spelling(x.type().element) + "` is complex and does not convert to " +
                      spelling(element),
                  "take a part: `real({0})`, `imag({0})`, `abs({0})`", 0, {}, -1});
  TensorType type{element, x.type().shape};
  return make(Primitive::convert_, {x}, {}, type);
}

//===--- Operators -----------------------------------------------------------------------------------------------===//

static Value binary(Primitive op, Value a, Value b) {
  GraphBuilder *owner = a ? a.owner : b.owner;
  return owner ? owner->apply(op, {a, b}) : Value{};
}

static Value literal(double number, Value beside) {
  return beside ? beside.owner->constant(number, TensorType(beside.type())) : Value{};
}

Value operator+(Value a, Value b) { return binary(Primitive::add_, a, b); }
Value operator-(Value a, Value b) { return binary(Primitive::sub_, a, b); }
Value operator*(Value a, Value b) { return binary(Primitive::mul_, a, b); }
Value operator/(Value a, Value b) { return binary(Primitive::div_, a, b); }
Value operator+(Value a, double b) { return a + literal(b, a); }
Value operator-(Value a, double b) { return a - literal(b, a); }
Value operator*(Value a, double b) { return a * literal(b, a); }
Value operator/(Value a, double b) { return a / literal(b, a); }
Value operator+(double a, Value b) { return literal(a, b) + b; }
Value operator-(double a, Value b) { return literal(a, b) - b; }
Value operator*(double a, Value b) { return literal(a, b) * b; }
Value operator/(double a, Value b) { return literal(a, b) / b; }
Value operator-(Value a) { return a ? a.owner->apply(Primitive::neg_, {a}) : Value{}; }

} // namespace fluxion
