// What a function gives: results, the memory they take, and the finished function. Arriving: the nodes made; leaving: a
// function of the module whose extents are all of dimensions it knows.
#include "frontend/Graph/GraphBuilder.h"
#include <algorithm>
#include <utility>

namespace fluxion {

static Fault plain(const char *number, std::string message) { return {number, std::move(message), "", -1, {}, -1}; }

//===--- Results -------------------------------------------------------------------------------------------------===//

bool GraphBuilder::canDonate(int parameter, const TensorType &type) {
  size_t declared = made.parameters.size() - captureNodes.size();
  std::string why;
  if (parameter == -1) return true;
  if (parameter < 0 || size_t(parameter) >= declared)
    why = "the function has " + std::to_string(declared) + " parameters, none of position " + std::to_string(parameter);
  else if (const Parameter &giver = made.parameters[size_t(parameter)]; giver.type != type)
    why = "the parameter `" + giver.path + "` is " + giver.type.print() + ": its memory does not hold " + type.print();
  else if (std::find(made.donated.begin(), made.donated.end(), parameter) != made.donated.end())
    why = "two results take the memory of the parameter `" + giver.path + "`";
  if (!why.empty()) fault(plain("E0404", why));
  return why.empty();
}

void GraphBuilder::result(Value value, std::string path) {
  int donated = std::exchange(pendingDonation, -1);
  if (!usable(value) || !canDonate(donated, value.type())) return;
  bool alone = path.empty() || resultPaths.contains(""); // which a result without a path is
  if (!resultPaths.empty() && alone) {
    fault(plain("E0202", "a result without a path is the only one: several are \"0\", \"1\""));
    return;
  }
  if (!path.empty() && !isPath("_." + path, true)) { // a field or a position, as if behind a dot
    fault(plain("E0105", "`" + path + "` is no path of a result"));
    return;
  }
  if (!isFree(resultPaths, path, "the result")) return;
  resultPaths.insert(path);
  made.results.push_back({std::move(path), value.id});
  made.donated.push_back(donated);
}

//===--- Finishing -----------------------------------------------------------------------------------------------===//

// The names of dimensions in a number that is no polynomial of them, out of its text: `sqrt(E)`, `1/(K + 1)`.
static std::vector<std::string> namesIn(const Weak &value) {
  if (value.evaluate() || value.tooLarge()) return {};
  if (auto dim = value.asDim()) return dim->names();
  std::vector<std::string> names;
  std::string text = value.print();
  auto isWord = [](char c) { return isalnum(uint8_t(c)) || c == '_' || c == '.' || uint8_t(c) >= 0x80; };
  for (size_t begin = 0, end; begin < text.size(); begin = end) {
    for (end = begin; end < text.size() && isWord(text[end]);) ++end;
    std::string word = text.substr(begin, end - begin);
    bool function = end < text.size() && text[end] == '(';
    if (!word.empty() && !function && !isdigit(uint8_t(word[0])) && word[0] != '.') names.push_back(std::move(word));
    if (end == begin) ++end;
  }
  return names;
}

// The invariant of Graph.h. Parameters and captures have introduced theirs, and few extents of a function are different.
bool GraphBuilder::knowsDimensions() {
  std::vector<Dim> seen;
  std::string unknown;
  auto know = [&](const std::vector<std::string> &names) {
    auto found = std::find_if(names.begin(), names.end(), [&](const auto &name) { return !dimensionNames.contains(name); });
    if (found != names.end()) unknown = *found;
    return found == names.end();
  };
  auto knowAll = [&](const std::vector<Dim> &dims) {
    return std::all_of(dims.begin(), dims.end(), [&](const Dim &dim) {
      if (dim.constant() || std::find(seen.begin(), seen.end(), dim) != seen.end()) return true;
      if (seen.size() < 16) seen.push_back(dim);
      return know(dim.names());
    });
  };
  auto knowNode = [&](const Node &node) {
    bool ok = true;
    for (const TensorType &type : node.results) {
      bool asked = !node.operands.empty() && type.shape == made.typeOf(node.operands[0]).shape;
      ok = ok && (asked || knowAll(type.shape));
    }
    for (const auto &[name, attribute] : node.attributes) {
      if (auto *dims = std::get_if<std::vector<Dim>>(&attribute)) ok = ok && knowAll(*dims);
      if (auto *value = std::get_if<Weak>(&attribute)) ok = ok && (value->isExactConstant() || know(namesIn(*value)));
    }
    return ok;
  };
  for (const Node &node : made.nodes)
    if (node.op != Primitive::parameter && !knowNode(node)) {
      location = node.where;
      fault({"E0203", "the dimension `" + unknown + "` is not known here",
             "a dimension is introduced by the type of a parameter", -1, {}, -1});
      return false;
    }
  return true;
}

std::optional<uint32_t> GraphBuilder::finish() {
  if (!growing() || hasFailed || !knowsDimensions()) return std::nullopt;
  if (!captureNodes.empty()) sortCaptures();
  if (std::all_of(made.donated.begin(), made.donated.end(), [](int d) { return d < 0; })) made.donated.clear();
  std::string name = made.name;
  target.functions.push_back(std::move(made));
  made.name = std::move(name); // for messages
  finished = uint32_t(target.functions.size() - 1);
  return finished;
}

const TensorType &GraphBuilder::typeInModule(ValueId id) const {
  static const TensorType none;
  if (!places.empty()) id.node = id.node < places.size() ? places[id.node] : ~0u;
  if (*finished >= target.functions.size()) return none;
  const std::vector<Node> &nodes = target.functions[*finished].nodes;
  return id.node < nodes.size() && id.result < nodes[id.node].results.size() ? nodes[id.node].results[id.result] : none;
}

} // namespace fluxion
