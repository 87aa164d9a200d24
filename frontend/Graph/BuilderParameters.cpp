// What a function is given: its parameters and the dimensions they introduce, and what it captures of the function around.
// Invariant: a path is a name, or names and list positions joined by dots, which the language can write.
#include "frontend/Graph/GraphBuilder.h"
#include "frontend/Source/Utf8.h"
#include "frontend/Syntax/Lexer.h"
#include <algorithm>

namespace fluxion {

static bool isName(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    CodePoint c = decodeUtf8(text, at);
    if (!c.valid || !(at ? continuesIdentifier(c.value) : startsIdentifier(c.value))) return false;
    at += c.length;
  }
  return !text.empty();
}

static bool isKeyword(std::string_view word) {
  static const auto *keywords = [] {
    auto *all = new std::vector<std::string_view>;
    for (auto kind = uint8_t(TokenKind::KwFn); kind <= uint8_t(TokenKind::KwScan); ++kind) {
      std::string_view quoted = describe(TokenKind(kind)); // "`fn`"
      all->push_back(quoted.substr(1, quoted.size() - 2));
    }
    return all;
  }();
  return std::find(keywords->begin(), keywords->end(), word) != keywords->end();
}

// After a dot keywords are fields: `p.in`. What only other functions see may be numbered from the start.
bool GraphBuilder::isPath(std::string_view path, bool numbered) {
  for (size_t begin = 0; begin <= path.size();) {
    std::string_view part = path.substr(begin, path.find('.', begin) - begin);
    bool position = !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
    bool fits = position ? begin > 0 || numbered : isName(part) && (begin > 0 || !isKeyword(part));
    if (!fits) return false;
    begin += part.size() + 1;
  }
  return true;
}

//===--- Parameters ----------------------------------------------------------------------------------------------===//

bool GraphBuilder::introduce(const std::string &name) {
  if (dimensionNames.contains(name)) return true;
  if (!isName(name) || isKeyword(name)) {
    fault({"E0105", "`" + name + "` is no name of a dimension", "", -1, {}, -1});
    return false;
  }
  dimensionNames.insert(name);
  made.dimensions.push_back(name);
  return true;
}

void GraphBuilder::dimension(const std::string &name) {
  if (growing()) introduce(name);
}

// Whether no leaf has this path, nor a path that it is a part of, or that is a part of it.
bool GraphBuilder::isFree(const std::set<std::string> &paths, const std::string &path, const char *what) {
  const std::string *other = nullptr;
  auto known = [&](const std::string &each) {
    if (auto found = paths.find(each); found != paths.end()) other = &*found;
  };
  known(path);
  if (other) {
    fault({"E0202", std::string(what) + " `" + path + "` is declared twice", "", -1, {}, -1});
    return false;
  }
  if (faultHandler) return true; // the state of a model named `t` stands beside the step `t` of its training
  for (size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', dot + 1)) known(path.substr(0, dot));
  auto below = paths.lower_bound(path + ".");
  if (below != paths.end() && below->starts_with(path + ".")) other = &*below;
  if (!other) return true;
  const auto &[whole, part] = std::minmax(path, *other);
  fault({"E0202", std::string(what) + " `" + whole + "` would have the part `" + part + "`", "", -1, {}, -1});
  return false;
}

Value GraphBuilder::parameter(std::string path, TensorType type) {
  if (!growing()) return {};
  if (!isPath(path, !made.isPublic))
    return fault({"E0105", "`" + path + "` is no name of a parameter",
                  "names and list positions are joined by dots: `p.blocks.0.W`", -1, {}, -1});
  if (made.nodes.size() != made.parameters.size() || !captureNodes.empty())
    return fault({"E0404", "the parameter `" + path + "` comes after operations", "", -1, {}, -1});
  if (!isFree(parameterPaths, path, "the parameter")) return {};
  parameterPaths.insert(path);
  for (const Dim &dim : type.shape)
    for (const std::string &name : dim.names())
      if (!introduce(name)) return {};
  Value v = make(Primitive::parameter, {}, {}, type);
  if (v) made.parameters.push_back({std::move(path), std::move(type)});
  return v;
}

//===--- Captures ------------------------------------------------------------------------------------------------===//

Value GraphBuilder::capture(Value outer, const std::string &name) {
  if (!outer || outer.owner == this) return usable(outer) ? outer : Value{};
  for (size_t i = 0; i < outerValues.size(); ++i)
    if (outerValues[i].owner == outer.owner && outerValues[i].id == outer.id) return {this, {captureNodes[i], 0}};
  TensorType type = outer.type();
  Value made = make(Primitive::parameter, {}, {}, type);
  if (!made) return {};
  for (const Dim &dim : type.shape)
    for (const std::string &each : dim.names()) introduce(each);
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
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return firstUse[captureNodes[a]] < firstUse[captureNodes[b]]; });
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
  places.assign(made.nodes.size(), ~0u);
  std::vector<Node> ordered;
  auto append = [&](uint32_t node) {
    places[node] = uint32_t(ordered.size());
    ordered.push_back(std::move(made.nodes[node]));
  };
  for (uint32_t i = 0; i < declared; ++i) append(i);
  for (uint32_t node : captureNodes) append(node);
  for (uint32_t i = 0; i < made.nodes.size(); ++i)
    if (places[i] == ~0u && std::find(dropped.begin(), dropped.end(), i) == dropped.end()) append(i);
  for (Node &node : ordered)
    for (ValueId &operand : node.operands) operand.node = places[operand.node];
  for (Result &result : made.results) result.value.node = places[result.value.node];
  made.nodes = std::move(ordered);
}

} // namespace fluxion
