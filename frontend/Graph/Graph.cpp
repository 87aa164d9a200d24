// Printing and comparing graphs. The listing numbers tensors in order, so that equal graphs print alike.
#include "frontend/Graph/Graph.h"
#include "frontend/Graph/Equation.h"
#include <algorithm>
#include <cstdio>
#include <functional>
#include <set>

namespace fluxion {

std::string Function::written(const TensorType &type) const {
  std::string text = spelling(type.element);
  for (size_t i = 0; i < type.shape.size(); ++i) {
    auto name = type.shape[i].name();
    text += (i ? "," : "[") + std::string(name && isDynamic(*name) ? "dynamic " : "") + type.shape[i].print();
  }
  return type.shape.empty() ? text : text + "]";
}

const Function *Module::find(const std::string &name) const {
  for (const Function &function : functions)
    if (function.isPublic && function.name == name) return &function;
  return nullptr;
}

std::string Parameter::defaultText() const {
  if (!defaultValue) return "";
  if (type.element == ElementType::Bool) return defaultValue->asInteger() == 0 ? "false" : "true";
  auto value = defaultValue->evaluate();
  char text[64]; // the shortest decimal number that is the value, where there is one
  for (int digits = 1; value && digits <= 17; ++digits) {
    snprintf(text, sizeof text, "%.*g", digits, value->hi < 0 ? -value->hi : value->hi);
    auto read = Weak::parse(text);
    if (read && (value->hi < 0 ? Weak::unary("neg", *read) : *read) == *defaultValue) return (value->hi < 0 ? "-" : "") + std::string(text);
  }
  return defaultValue->print();
}

namespace {
template <class Range, class Print> std::string join(const Range &range, Print print) {
  std::string text;
  for (const auto &each : range) text += (text.empty() ? "" : ", ") + print(each);
  return text;
}

std::string printAttribute(const Attribute &attribute) {
  struct Visitor {
    std::string operator()(int64_t value) const { return std::to_string(value); }
    std::string operator()(const std::string &text) const { return "\"" + text + "\""; }
    std::string operator()(const std::vector<int64_t> &list) const {
      return "[" + join(list, [](int64_t v) { return std::to_string(v); }) + "]";
    }
    std::string operator()(const std::vector<Dim> &list) const {
      return "[" + join(list, [](const Dim &d) { return d.print(); }) + "]";
    }
    std::string operator()(const Weak &value) const { return value.print(); }
  };
  return std::visit(Visitor{}, attribute);
}

class Listing {
public:
  Listing(const Function &function, const Module *module) : function(function), module(module) {
    uint32_t next = 0;
    for (const Node &node : function.nodes) {
      firstNumber.push_back(next);
      next += uint32_t(node.results.size());
    }
  }

  std::string print() const {
    std::string text = (function.isPublic ? "fn " : "instance ") + function.name;
    if (!function.dimensions.empty())
      text += "<" + join(function.dimensions, [&](const std::string &name) { return function.isDynamic(name) ? "dynamic " + name : name; }) + ">";
    text += "(";
    for (size_t i = 0; i < function.parameters.size(); ++i)
      text += (i ? ", " : "") + function.parameters[i].path + ": " + function.parameters[i].type.print();
    text += ") {\n";
    for (size_t i = function.parameters.size(); i < function.nodes.size(); ++i) text += printNode(function.nodes[i], i);
    return text + "  return " + join(function.results, [&](const Result &r) { return printResult(r); }) + "\n}\n";
  }

private:
  std::string valueName(ValueId v) const {
    if (v.node < function.parameters.size()) return function.parameters[v.node].path;
    return "%" + std::to_string(firstNumber[v.node] + v.result - function.parameters.size());
  }

  std::string printResult(const Result &result) const {
    size_t index = size_t(&result - function.results.data());
    std::string text = (result.path.empty() ? "" : result.path + " = ") + valueName(result.value);
    bool donated = index < function.donated.size() && function.donated[index] >= 0;
    return donated ? text + " in " + function.parameters[size_t(function.donated[index])].path : text;
  }

  std::string printNode(const Node &node, size_t index) const {
    std::string text = "  ";
    for (uint32_t r = 0; r < node.results.size(); ++r) text += (r ? ", " : "") + valueName({uint32_t(index), r});
    text += std::string(" = ") + spelling(node.op);
    for (uint32_t callee : node.callees)
      text += " @" + (module ? module->functions[callee].name : std::to_string(callee));
    text += "(" + join(node.operands, [&](ValueId v) { return valueName(v); }) + ")";
    if (!node.attributes.empty())
      text +=
          " {" + join(node.attributes, [](const auto &a) { return a.first + " = " + printAttribute(a.second); }) + "}";
    return text + " : " + join(node.results, [](const TensorType &t) { return t.print(); }) + "\n";
  }

  const Function &function;
  const Module *module;
  std::vector<uint32_t> firstNumber; // of each node's first result
};

bool sameAttribute(const std::string &name, const Attribute &a, const Attribute &b) {
  auto *left = std::get_if<std::string>(&a), *right = std::get_if<std::string>(&b);
  if (name != "equation" || !left || !right) return a == b;
  auto parsedLeft = parseEquation(*left), parsedRight = parseEquation(*right);
  auto *x = std::get_if<Equation>(&parsedLeft), *y = std::get_if<Equation>(&parsedRight);
  return x && y && x->canonical().print() == y->canonical().print();
}

// Up to callees.
bool sameNode(const Node &a, const Node &b) {
  return a.op == b.op && a.operands == b.operands && a.results == b.results && a.callees.size() == b.callees.size() &&
         std::equal(a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(),
                    [](const auto &x, const auto &y) {
                      return x.first == y.first && sameAttribute(x.first, x.second, y.second);
                    });
}
} // namespace

std::string print(const Function &function) { return Listing(function, nullptr).print(); }

std::string print(const Module &module) {
  std::string text;
  for (const Function &function : module.functions)
    text += (text.empty() ? "" : "\n") + Listing(function, &module).print();
  return text;
}

// Names of instances, and of their parameters, say nothing.
static bool sameFunction(const Function &a, const Function &b,
                         const std::function<bool(const Node &, const Node &)> &sameCallees) {
  bool named = a.isPublic;
  auto sameParameter = [&](const Parameter &x, const Parameter &y) {
    return (!named || x.path == y.path) && x.type == y.type;
  };
  auto sameResult = [&](const Result &x, const Result &y) {
    return (!named || x.path == y.path) && x.value == y.value;
  };
  auto same = [&](const Node &x, const Node &y) { return sameNode(x, y) && sameCallees(x, y); };
  return a.isPublic == b.isPublic && (!named || a.name == b.name) && a.donated == b.donated &&
         (!named || (a.dimensions == b.dimensions && a.dynamic == b.dynamic)) &&
         std::equal(a.parameters.begin(), a.parameters.end(), b.parameters.begin(), b.parameters.end(),
                    sameParameter) &&
         std::equal(a.nodes.begin(), a.nodes.end(), b.nodes.begin(), b.nodes.end(), same) &&
         std::equal(a.results.begin(), a.results.end(), b.results.begin(), b.results.end(), sameResult);
}

bool structurallyEqual(const Function &a, const Function &b) {
  return a.name == b.name &&
         sameFunction(a, b, [](const Node &x, const Node &y) { return x.callees == y.callees; });
}

bool structurallyEqual(const Module &left, const Function &a, const Module &right, const Function &b) {
  std::set<std::pair<uint32_t, uint32_t>> known; // pairs found equal: a function may be called from many places
  std::function<bool(const Node &, const Node &)> sameCallees = [&](const Node &x, const Node &y) {
    for (size_t i = 0; i < x.callees.size(); ++i) {
      uint32_t p = x.callees[i], q = y.callees[i];
      // What is differentiated may be public in one and an instance in the other: its role is the same.
      Function f = left.functions[p], g = right.functions[q];
      f.isPublic = g.isPublic = false;
      if (!known.contains({p, q}) && !sameFunction(f, g, sameCallees)) return false;
      known.insert({p, q});
    }
    return true;
  };
  return sameFunction(a, b, sameCallees);
}

} // namespace fluxion
