// The nodes of a function in source: for each the one expression that elaborates to it and nothing else.
#include "frontend/Graph/Primitive.h"
#include "frontend/Graph/SourceWriter.h"

namespace fluxion {

namespace {

template <class T> const T &attribute(const Node &node, const char *name) {
  for (const auto &[key, value] : node.attributes)
    if (key == name) return std::get<T>(value);
  static const T none{};
  return none;
}

std::string list(const std::vector<int64_t> &numbers) {
  std::string text;
  for (int64_t number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
  return "[" + text + "]";
}

// The axes of a reduction: one by itself, several as a tuple.
std::string axisTuple(const std::vector<int64_t> &axes) {
  std::string text;
  for (int64_t axis : axes) text += (text.empty() ? "" : ", ") + std::to_string(axis);
  return axes.size() == 1 ? text : "(" + text + ")";
}

const char *infixOf(std::string_view name) {
  static const std::map<std::string_view, const char *> signs = {
      {"add", "+"}, {"sub", "-"}, {"mul", "*"}, {"div", "/"}, {"rem", "%"},   {"pow", "^"}, {"lt", "<"},
      {"le", "<="}, {"gt", ">"},  {"ge", ">="}, {"eq", "=="}, {"ne", "!="}, {"and", "and"}, {"or", "or"}};
  auto found = signs.find(name);
  return found == signs.end() ? nullptr : found->second;
}

// x[o : o + (n − 1)·s + 1 : s, …]
std::string subscripts(const Node &node, const TensorType &source) {
  const auto &offsets = attribute<std::vector<Dim>>(node, "offsets");
  const auto &strides = attribute<std::vector<int64_t>>(node, "strides");
  std::string text;
  for (size_t i = 0; i < offsets.size(); ++i) {
    const Dim &count = node.results[0].shape[i];
    bool empty = count == Dim(0);
    Dim end = empty ? offsets[i] : offsets[i] + (count - Dim(1)) * Dim(strides[i]) + Dim(1);
    bool whole = offsets[i] == Dim(0) && end == source.shape[i] && strides[i] == 1;
    text += i ? ", " : "";
    text += whole ? ":" : offsets[i].print() + ":" + end.print();
    if (strides[i] != 1) text += ":" + std::to_string(strides[i]);
  }
  return "[" + text + "]";
}

std::string constantText(const Node &node) {
  Weak value = Weak::rational(0);
  for (const auto &[key, held] : node.attributes)
    if (key == "value") value = std::get<Weak>(held);
  bool truth = node.results[0].element == ElementType::Bool;
  std::string text = truth ? (value == Weak::rational(0) ? "false" : "true") : value.print();
  return "fill(" + printType(node.results[0]) + ", " + text + ")";
}

} // namespace

std::string SourceWriter::name(ValueId id) const {
  auto known = given.find({id.node, id.result});
  if (known != given.end()) return known->second;
  std::string base = prefix + std::to_string(id.node);
  return function.nodes[id.node].results.size() > 1 ? base + "_" + std::to_string(id.result) : base;
}

std::string SourceWriter::names(const Node &node, size_t first, size_t count) const {
  std::vector<std::string> parts;
  for (size_t i = 0; i < count; ++i) parts.push_back(name(node.operands[first + i]));
  return parenthesized(parts);
}

std::string SourceWriter::resultNames(uint32_t index, size_t first, size_t count) const {
  std::vector<std::string> parts;
  for (size_t i = 0; i < count; ++i) parts.push_back(name({index, uint32_t(first + i)}));
  return parenthesized(parts);
}

//===--- Expressions ---------------------------------------------------------------------------------------------===//

// Elementwise nodes, by operator or name.
static std::string elementwise(const Node &node, const std::vector<std::string> &x) {
  std::string op = spelling(node.op);
  if (op == "neg") return "-" + x[0];
  if (op == "not") return "not " + x[0];
  if (op == "select") return "where(" + x[0] + ", " + x[1] + ", " + x[2] + ")";
  if (op == "convert") return std::string(spelling(node.results[0].element)) + "(" + x[0] + ")";
  if (op == "polygamma") return "polygamma(" + std::to_string(attribute<int64_t>(node, "order")) + ", " + x[0] + ")";
  if (const char *sign = infixOf(op)) return x[0] + " " + sign + " " + x[1];
  return op + "(" + x[0] + (x.size() > 1 ? ", " + x[1] : "") + ")";
}

// Nodes that move elements; "" for others.
static std::string movement(const Node &node, const std::vector<std::string> &x, const TensorType *source) {
  const std::vector<Dim> &shape = node.results[0].shape;
  auto integer = [&](const char *name) { return std::to_string(attribute<int64_t>(node, name)); };
  auto flag = [&](const char *name) { return attribute<int64_t>(node, name) ? std::string(", ") + name + " = true" : ""; };
  auto axes = [&] { return axisTuple(attribute<std::vector<int64_t>>(node, "axes")); };
  switch (node.op) {
  case Primitive::reshape_: return "reshape(" + x[0] + ", " + printDims(shape) + ")";
  case Primitive::transpose_:
    return "transpose(" + x[0] + ", " + list(attribute<std::vector<int64_t>>(node, "permutation")) + ")";
  case Primitive::broadcast_:
    return "broadcast(" + x[0] + ", " + printDims(shape) + ", axes = " +
           list(attribute<std::vector<int64_t>>(node, "dims")) + ")";
  case Primitive::slice_: return x[0] + subscripts(node, *source);
  case Primitive::pad_: {
    const auto &interior = attribute<std::vector<int64_t>>(node, "interior");
    bool spread = interior != std::vector<int64_t>(interior.size(), 0);
    return "pad(" + x[0] + ", low = " + printDims(attribute<std::vector<Dim>>(node, "low")) +
           ", high = " + printDims(attribute<std::vector<Dim>>(node, "high")) +
           (spread ? ", interior = " + list(interior) : "") + ")";
  }
  case Primitive::concat_: {
    std::string parts;
    for (const std::string &part : x) parts += (parts.empty() ? "" : ", ") + part;
    return "concat([" + parts + "], axis = " + integer("axis") + ")";
  }
  case Primitive::gather_: return "gather(" + x[0] + ", " + x[1] + ", axis = " + integer("axis") + ")";
  case Primitive::iota_: return "iota(" + printType(node.results[0]) + ", axis = " + integer("axis") + ")";
  case Primitive::reverse_: return "reverse(" + x[0] + ", axis = " + axes() + ")";
  case Primitive::cumsum_:
    return "cumsum(" + x[0] + ", axis = " + integer("axis") + flag("reverse") + flag("exclusive") + ")";
  case Primitive::window_:
    return "window(" + x[0] + ", axis = " + integer("axis") + ", size = " +
           attribute<std::vector<Dim>>(node, "size")[0].print() + ", stride = " + integer("stride") + ", dilation = " +
           integer("dilation") + ")";
  case Primitive::overlap_add_:
    return "overlap_add(" + x[0] + ", axis = " + integer("axis") + ", size = " +
           shape[size_t(attribute<int64_t>(node, "axis"))].print() + ", stride = " + integer("stride") +
           ", dilation = " + integer("dilation") + ")";
  case Primitive::scatter_add_:
    return "scatter(" + x[0] + ", " + x[1] + ", size = " + shape[size_t(attribute<int64_t>(node, "axis"))].print() +
           ", axis = " + integer("axis") + ")";
  case Primitive::sort_:
    return "sort_with_indices(" + x[0] + ", axis = " + integer("axis") + flag("descending") + ")";
  default: return "";
  }
}

// Contractions, reductions, draws.
static std::string reduction(const Node &node, const std::vector<std::string> &x) {
  std::string op = spelling(node.op);
  if (op == "argmax" || op == "argmin")
    return op + "(" + x[0] + ", axis = " + std::to_string(attribute<int64_t>(node, "axis")) + ")";
  if (op == "reduce_max" || op == "reduce_min") op = op.substr(7);
  return op + "(" + x[0] + ", axis = " + axisTuple(attribute<std::vector<int64_t>>(node, "axes")) + ")";
}

static std::string einsum(const Node &node, const std::vector<std::string> &x) {
  std::string text = "einsum(\"" + attribute<std::string>(node, "equation") + "\"";
  for (const std::string &operand : x) text += ", " + operand;
  return text + ")";
}

// vjp(f, wrt = (v0, v2))(arguments…, cotangents): parameters of an instance are v0, v1, … or more `v`s.
std::string SourceWriter::transformation(const Node &node) {
  uint32_t index = node.callees[0];
  std::string call = std::string(spelling(node.op)) + "(" + calleeName(index);
  Function instance = text.module.functions[index];
  instance.isPublic = false;
  SourceWriter naming(text, instance);
  naming.nameParameters();
  std::vector<std::string> selected;
  for (int64_t leaf : attribute<std::vector<int64_t>>(node, "wrt"))
    selected.push_back(naming.given[{uint32_t(leaf), 0}]);
  size_t count = instance.parameters.size();
  call += ", wrt = " + parenthesized(selected) + ")(";
  for (size_t i = 0; i < count; ++i) call += name(node.operands[i]) + ", ";
  return call + names(node, count, node.operands.size() - count) + ")";
}

// The pattern that takes a transformation's results: `(y, dx)`, where each may be a tuple.
std::string SourceWriter::transformationResults(const Node &node, uint32_t index) {
  size_t results = text.module.functions[node.callees[0]].results.size();
  return "(" + resultNames(index, 0, results) + ", " + resultNames(index, results, node.results.size() - results) + ")";
}

// A function that the body calls is not to be hidden by a parameter of its name.
void SourceWriter::needs(const std::string &called) {
  for (const auto &[value, name] : given)
    if (name.substr(0, name.find('.')) == called) giveUp("the parameter `" + called + "` hides the function of that name");
  if (text.taken.contains(called)) giveUp("`" + called + "` is the name of a function of the library, which it needs");
}

// Every function that an expression calls, also in the extents and numbers it writes: `fill(f64, sqrt(2))`.
void SourceWriter::needsAll(const std::string &value) {
  auto isLetter = [](char c) { return isalnum(uint8_t(c)) || c == '_'; };
  for (size_t open = value.find('('); open != std::string::npos; open = value.find('(', open + 1)) {
    size_t begin = open;
    while (begin > 0 && isLetter(value[begin - 1])) --begin;
    if (begin < open) needs(value.substr(begin, open - begin));
  }
}

std::string SourceWriter::expression(const Node &node) {
  std::vector<std::string> x;
  for (ValueId operand : node.operands) x.push_back(name(operand));
  std::string family = info(node.op).family;
  if (family == "Constant") return constantText(node);
  if (family == "Contraction") return einsum(node, x);
  if (family == "Reduction" || family == "ArgReduction") return reduction(node, x);
  if (node.op == Primitive::random_uniform_ || node.op == Primitive::random_normal_)
    return std::string(spelling(node.op)) + "(" + x[0] + ", " + printType(node.results[0]) + ")";
  if (node.op == Primitive::fold_in_) return "fold_in(" + x[0] + ", " + x[1] + ")";
  const TensorType *source = node.operands.empty() ? nullptr : &function.typeOf(node.operands[0]);
  std::string moved = movement(node, x, source);
  return moved.empty() ? elementwise(node, x) : moved;
}

void SourceWriter::writeNodes(std::string &body) {
  for (uint32_t i = uint32_t(function.parameters.size()); i < function.nodes.size(); ++i) {
    const Node &node = function.nodes[i];
    std::string family = info(node.op).family, pattern = resultNames(i, 0, node.results.size()), value;
    if (family == "Transform") {
      pattern = transformationResults(node, i);
      value = transformation(node);
    } else if (family == "Control") {
      pattern = loopResults(node, i);
      value = loop(node, i);
    } else {
      value = expression(node);
      needsAll(value);
    }
    body += indent + "let " + pattern + " = " + value + "\n";
  }
}

} // namespace fluxion
