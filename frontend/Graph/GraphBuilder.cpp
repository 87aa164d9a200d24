// The builder's core: parameters, nodes, constants, elementwise operations with identity-checked broadcasting, results.
#include "frontend/Graph/GraphBuilder.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>
#include <charconv>

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

bool GraphBuilder::usable(Value v) {
  if (v.owner == this) return true;
  if (v) fault({"E0404", "a value of another function cannot be used here", "", -1, {}, -1});
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

Value GraphBuilder::make(Primitive op, const std::vector<Value> &operands, Attributes attributes, TensorType result) {
  if (made.nodes.size() >= maxNodes)
    return hasFailed
               ? Value{}
               : fault({"E0412",
                        "the function `" + made.name + "` grows beyond " + std::to_string(maxNodes) + " operations",
                        "",
                        -1,
                        {},
                        -1});
  if (result.rank() > maxRank)
    return fault({"E0305",
                  "a tensor has at most " + std::to_string(maxRank) + " axes, this one would have " +
                      std::to_string(result.rank()),
                  "",
                  -1,
                  {},
                  -1});
  for (const Dim &dim : result.shape)
    if (dim.overflowed() || (dim.constant() && *dim.constant() < 0))
      return fault({"E0305", "the result would have the extent " + dim.print(), "", -1, {}, -1});
  Node &node = made.nodes.emplace_back();
  node.op = op;
  node.operands.reserve(operands.size());
  for (const Value &v : operands) node.operands.push_back(v.id);
  node.attributes = std::move(attributes);
  node.results.push_back(std::move(result));
  node.where = location;
  return {this, {uint32_t(made.nodes.size() - 1), 0}};
}

void GraphBuilder::dimension(const std::string &name) {
  if (dimensionNames.insert(name).second) made.dimensions.push_back(name);
}

Value GraphBuilder::parameter(std::string path, TensorType type) {
  if (made.nodes.size() != made.parameters.size() || !captureNodes.empty())
    return fault({"E0404", "the parameter `" + path + "` comes after operations", "", -1, {}, -1});
  if (!parameterPaths.insert(path).second)
    return fault({"E0202", "the parameter `" + path + "` is declared twice", "", -1, {}, -1});
  Value v = make(Primitive::parameter, {}, {}, type);
  for (const Dim &dim : type.shape)
    for (const std::string &name : dim.names()) dimension(name);
  if (v) made.parameters.push_back({std::move(path), std::move(type)});
  return v;
}

// A literal must be a value of the type: an integer of its width, or within a float's range.
static std::string misfit(const Weak &value, ElementType element) {
  if (isInteger(element)) {
    if (!value.isInteger()) return "is not an integer";
    auto integer = value.asInteger();
    bool constant = value.isExactConstant();
    if (constant && !integer) return "does not fit";
    if (integer && element == ElementType::I32 && (*integer > INT32_MAX || *integer < INT32_MIN)) return "does not fit";
    return "";
  }
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
  std::string why = type.element == ElementType::Bool ? "" : misfit(value, type.element);
  if (!why.empty())
    return fault({"E0316", "the value " + value.print() + " " + why + " as " + spelling(type.element), "", -1, {}, -1});
  return make(Primitive::constant_, {}, attribute("value", std::move(value)), std::move(type));
}

bool broadcastsTo(const std::vector<Dim> &small, const std::vector<Dim> &large) {
  return small.size() <= large.size() && std::equal(small.rbegin(), small.rend(), large.rbegin());
}

Dim product(const std::vector<Dim> &shape) {
  Dim size(1);
  for (const Dim &dim : shape) size = size * dim;
  return size;
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
  if (!usable(operands)) return {};
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

void GraphBuilder::result(Value value, std::string path) {
  if (!usable(value)) return;
  made.results.push_back({std::move(path), value.id});
  made.donated.push_back(pendingDonation);
  pendingDonation = -1;
}

Value GraphBuilder::capture(Value outer, const std::string &name) {
  for (size_t i = 0; i < outerValues.size(); ++i)
    if (outerValues[i].owner == outer.owner && outerValues[i].id == outer.id) return {this, {captureNodes[i], 0}};
  TensorType type = outer.type();
  Value made = make(Primitive::parameter, {}, {}, type);
  if (!made) return {};
  std::string path = name;
  for (int i = 1; !parameterPaths.insert(path).second; ++i) path = name + "." + std::to_string(i);
  outerValues.push_back(outer);
  captureNodes.push_back(made.id.node);
  this->made.parameters.push_back({std::move(path), std::move(type)});
  return made;
}

// Captures come in the order in which they are first used, whatever led to them; what is not used is none. So one body
// is one function, however it was written.
void GraphBuilder::sortCaptures() {
  std::vector<uint32_t> firstUse(made.nodes.size(), ~0u);
  uint32_t use = 0;
  for (const Node &node : made.nodes)
    for (ValueId operand : node.operands) firstUse[operand.node] = std::min(firstUse[operand.node], use++);
  for (const Result &result : made.results) firstUse[result.value.node] = std::min(firstUse[result.value.node], use++);
  std::vector<size_t> order;
  for (size_t i = 0; i < captureNodes.size(); ++i)
    if (firstUse[captureNodes[i]] != ~0u) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return firstUse[captureNodes[a]] < firstUse[captureNodes[b]]; });
  size_t declared = made.parameters.size() - captureNodes.size();
  std::vector<Parameter> parameters(made.parameters.begin(), made.parameters.begin() + long(declared));
  std::vector<Value> outer;
  std::vector<uint32_t> nodes, dropped;
  for (size_t i : order) {
    parameters.push_back(made.parameters[declared + i]);
    outer.push_back(outerValues[i]);
    nodes.push_back(captureNodes[i]);
  }
  for (uint32_t node : captureNodes)
    if (firstUse[node] == ~0u) dropped.push_back(node);
  made.parameters = std::move(parameters);
  outerValues = std::move(outer);
  captureNodes = std::move(nodes);
  moveCapturesForward(dropped);
}

// Parameters are the first nodes: captures came later, and all numbers follow them.
void GraphBuilder::moveCapturesForward(const std::vector<uint32_t> &dropped) {
  size_t declared = made.parameters.size() - captureNodes.size();
  std::vector<uint32_t> place(made.nodes.size(), ~0u);
  std::vector<Node> ordered;
  auto append = [&](uint32_t node) {
    place[node] = uint32_t(ordered.size());
    ordered.push_back(std::move(made.nodes[node]));
  };
  for (uint32_t i = 0; i < declared; ++i) append(i);
  for (uint32_t node : captureNodes) append(node);
  for (uint32_t i = 0; i < made.nodes.size(); ++i)
    if (place[i] == ~0u && std::find(dropped.begin(), dropped.end(), i) == dropped.end()) append(i);
  for (Node &node : ordered)
    for (ValueId &operand : node.operands) operand.node = place[operand.node];
  for (Result &result : made.results) result.value.node = place[result.value.node];
  made.nodes = std::move(ordered);
}

std::optional<uint32_t> GraphBuilder::finish() {
  if (hasFailed) return std::nullopt;
  if (!captureNodes.empty()) sortCaptures();
  if (std::all_of(made.donated.begin(), made.donated.end(), [](int d) { return d < 0; })) made.donated.clear();
  target.functions.push_back(std::move(made));
  return uint32_t(target.functions.size() - 1);
}

//===--- Operators -----------------------------------------------------------------------------------------------===//

static Value binary(Primitive op, Value a, Value b) {
  GraphBuilder *owner = a ? a.owner : b.owner;
  return owner ? owner->apply(op, {a, b}) : Value{};
}

// The shortest decimal that reads back as `number`: what the user wrote.
static Value literal(double number, Value beside) {
  if (!beside) return {};
  char text[32];
  auto end = std::to_chars(text, text + sizeof text, number < 0 ? -number : number).ptr;
  auto value = Weak::parse(std::string(text, end));
  TensorType type = beside.type();
  if (!value)
    return beside.owner->constant(Weak::binary("div", Weak::rational(0), Weak::rational(0)), type); // not finite
  return beside.owner->constant(number < 0 ? Weak::unary("neg", *value) : *value, type);
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
