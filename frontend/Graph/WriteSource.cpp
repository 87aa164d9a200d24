// A function's frame in source: its signature, the structs its leaves come from, its body and result. The nodes are in
// WriteNodes.cpp.
#include "frontend/Graph/SourceWriter.h"
#include <algorithm>
#include <functional>
#include <utility>

namespace fluxion {

// v1, vv2: what values are called.
static bool isValueName(const std::string &name) {
  size_t digits = name.find_first_not_of('v');
  return digits != 0 && digits < name.size() && name[digits] >= '0' && name[digits] <= '9';
}

std::string SourceText::fresh(std::string wish) {
  std::erase(wish, ']'); // loss[f64], an instance of a generic function
  for (char &c : wish)
    if (c == '.' || c == '[' || c == ',') c = '_';
  std::string name = wish;
  for (int copy = 1; !taken.insert(name).second; ++copy) name = wish + "_" + std::to_string(copy);
  return name;
}

Function withoutUnused(const Function &function) {
  std::vector<bool> used(function.nodes.size(), false);
  for (const Result &result : function.results) used[result.value.node] = true;
  for (size_t i = function.nodes.size(); i-- > 0;)
    for (ValueId operand : used[i] ? function.nodes[i].operands : std::vector<ValueId>()) used[operand.node] = true;
  for (size_t i = 0; i < function.parameters.size(); ++i) used[i] = true;
  Function kept = function;
  kept.nodes.clear();
  std::vector<uint32_t> place(function.nodes.size(), 0);
  for (uint32_t i = 0; i < function.nodes.size(); ++i) {
    if (!used[i]) continue;
    place[i] = uint32_t(kept.nodes.size());
    kept.nodes.push_back(function.nodes[i]);
    for (ValueId &operand : kept.nodes.back().operands) operand.node = place[operand.node];
  }
  for (Result &result : kept.results) result.value.node = place[result.value.node];
  return kept;
}

std::string parenthesized(const std::vector<std::string> &parts) {
  if (parts.size() == 1) return parts[0];
  std::string text;
  for (const std::string &part : parts) text += (text.empty() ? "" : ", ") + part;
  return "(" + text + ")";
}

std::string printDims(const std::vector<Dim> &dims) {
  std::string text;
  for (const Dim &dim : dims) text += (text.empty() ? "" : ", ") + dim.print();
  return "[" + text + "]";
}

std::string printType(const TensorType &type) {
  return type.rank() ? std::string(spelling(type.element)) + printDims(type.shape) : spelling(type.element);
}

//===--- Paths ---------------------------------------------------------------------------------------------------===//

void PathTree::add(const std::string &path, const TensorType &leafType, const std::string &leafValue) {
  if (path.empty()) {
    type = leafType;
    value = leafValue;
    return;
  }
  size_t dot = path.find('.');
  std::string head = path.substr(0, dot), rest = dot == std::string::npos ? "" : path.substr(dot + 1);
  auto found = std::find_if(parts.begin(), parts.end(), [&](const auto &part) { return part.name == head; });
  if (found == parts.end()) found = parts.insert(parts.end(), Part{head, PathTree()});
  found->tree.add(rest, leafType, leafValue);
}

bool PathTree::positional() const {
  for (size_t i = 0; i < parts.size(); ++i)
    if (parts[i].name != std::to_string(i)) return false;
  return true;
}

// An extent that a value cannot tell (`G*h*w`) has a name of its own in a struct, given where the type is written.
static TensorType simplified(const TensorType &type, std::vector<Dim> &dims, bool &renamed) {
  TensorType simple = type;
  for (Dim &dim : simple.shape) {
    if (dim.constant()) continue;
    bool bare = dim.name().has_value();
    renamed |= !bare;
    auto known = std::find(dims.begin(), dims.end(), dim);
    size_t place = size_t(known - dims.begin());
    if (known == dims.end()) dims.push_back(dim);
    if (!bare) dim = Dim::named("extent_" + std::to_string(place));
  }
  return simple;
}

// A struct for these fields; equal bodies are one struct.
std::string SourceWriter::structFor(const PathTree &tree, const std::string &wish, std::vector<Dim> *arguments) {
  std::string body;
  std::vector<Dim> dims;
  bool renamed = false, nested = false, listed = std::exchange(explicitDims, false);
  for (const auto &[field, part] : tree.parts) {
    nested |= !part.parts.empty();
    if (field.empty() || (field[0] >= '0' && field[0] <= '9')) giveUp("a tuple has a part without tensors, which the graph does not keep");
    std::string type = part.parts.empty() ? printType(simplified(part.type, dims, renamed)) : typeOf(part, wish + "_" + field);
    body += "  " + field + ": " + type + "\n";
  }
  if (renamed && nested) { // its dimensions are not all in sight here: as they stand, which a parameter can tell
    body.clear();
    for (const auto &[field, part] : tree.parts) body += "  " + field + ": " + typeOf(part, wish + "_" + field) + "\n";
    renamed = false;
  }
  if (arguments && (renamed || (listed && !nested))) *arguments = std::move(dims);
  explicitDims = listed;
  auto [known, isNew] = text.structs.try_emplace(body);
  if (!isNew) return known->second;
  std::string title = wish;
  if (!title.empty() && title[0] >= 'a' && title[0] <= 'z') title[0] = char(title[0] - 'a' + 'A');
  known->second = text.fresh(title);
  text.declarations += "struct " + known->second + " {\n" + body + "}\n\n";
  return known->second;
}

std::string SourceWriter::typeOf(const PathTree &tree, const std::string &wish) {
  if (tree.parts.empty()) return printType(tree.type);
  if (!tree.positional()) {
    std::vector<Dim> dims;
    std::string name = structFor(tree, wish, &dims);
    return dims.empty() ? name : name + printDims(dims);
  }
  std::string types;
  for (const auto &[field, part] : tree.parts) types += (types.empty() ? "" : ", ") + typeOf(part, wish + "_" + field);
  return tree.parts.size() == 1 ? "(" + types + ",)" : "(" + types + ")";
}

std::string SourceWriter::valueOf(const PathTree &tree, const std::string &wish) {
  if (tree.parts.empty()) return tree.value;
  bool tuple = tree.positional();
  std::string values;
  for (const auto &[field, part] : tree.parts)
    values += (values.empty() ? "" : ", ") + (tuple ? "" : field + " = ") + valueOf(part, wish + "_" + field);
  if (tuple) return tree.parts.size() == 1 ? "(" + values + ",)" : "(" + values + ")";
  return structFor(tree, wish) + "(" + values + ")";
}

//===--- Declarations --------------------------------------------------------------------------------------------===//

SourceWriter::SourceWriter(SourceText &text, Function function, std::string indent)
    : text(text), function(std::move(function)), indent(std::move(indent)) {}

// Values are v0, v1, …, or with more `v`s where a parameter or dimension begins like that. Parameters of an instance may
// have any path ("u.1.0"): they are numbered too.
void SourceWriter::nameParameters() {
  prefix = "v";
  auto collides = [&](const std::string &name) { return name.rfind(prefix, 0) == 0; };
  for (bool again = true; again;) {
    again = std::any_of(function.dimensions.begin(), function.dimensions.end(), collides);
    for (const Parameter &parameter : function.parameters) again |= function.isPublic && collides(parameter.path);
    if (again) prefix += "v";
  }
  for (uint32_t i = 0; i < function.parameters.size(); ++i)
    given[{i, 0}] = function.isPublic ? function.parameters[i].path : prefix + std::to_string(i);
}

// Written only where the result alone tells some extent, as in an initializer.
std::string SourceWriter::resultType(const PathTree &results, const std::string &name) {
  std::set<std::string> told;
  for (const Parameter &parameter : function.parameters)
    for (const Dim &dim : parameter.type.shape)
      for (const std::string &each : dim.names()) told.insert(each);
  bool open = false;
  for (const Result &result : function.results)
    for (const Dim &dim : function.typeOf(result.value).shape)
      for (const std::string &each : dim.names()) open |= !told.contains(each);
  if (!open) return "";
  explicitDims = true;
  std::string type = typeOf(results, name + "_result");
  explicitDims = false;
  return " -> " + type;
}

// The first time that a dimension stands alone in a signature it says that it is dynamic. False if it never does.
static bool sayDynamic(std::string &signature, const std::string &name) {
  for (size_t at = signature.find(name); at != std::string::npos; at = signature.find(name, at + 1)) {
    size_t end = at + name.size();
    bool begins = at > 0 && (signature[at - 1] == '[' || (at > 1 && signature[at - 1] == ' ' && signature[at - 2] == ','));
    bool ends = end < signature.size() && (signature[end] == ',' || signature[end] == ']');
    if (begins && ends) return signature.insert(at, "dynamic "), true;
  }
  return false;
}

std::string SourceWriter::declaration(const std::string &name) {
  nameParameters();
  std::string signature, body;
  if (function.isPublic) {
    PathTree parameters;
    for (const Parameter &parameter : function.parameters) parameters.add(parameter.path, parameter.type);
    explicitDims = !function.dynamic.empty();
    for (const auto &[root, part] : parameters.parts) {
      signature += (signature.empty() ? "" : ", ") + root + ": " + typeOf(part, name + "_" + root);
      for (const Parameter &leaf : function.parameters)
        if (leaf.path == root && leaf.defaultValue) signature += " = " + leaf.defaultText();
    }
  } else {
    for (uint32_t i = 0; i < function.parameters.size(); ++i)
      signature += (i ? ", " : "") + given[{i, 0}] + ": " + printType(function.parameters[i].type);
  }
  explicitDims = false;
  for (const std::string &dimension : function.isPublic ? function.dynamic : std::vector<std::string>())
    if (!sayDynamic(signature, dimension)) giveUp("`" + dimension + "` is dynamic, and stands in nested structs only");
  writeNodes(body);
  PathTree results;
  std::vector<std::string> plain;
  for (const Result &result : function.results) {
    if (function.isPublic) results.add(result.path, function.typeOf(result.value), this->name(result.value));
    plain.push_back(this->name(result.value));
  }
  std::string value = function.results.empty() ? "()" : function.isPublic ? valueOf(results, name + "_result") : parenthesized(plain);
  body += indent + value + "\n";
  std::string type = function.isPublic ? resultType(results, name) : "";
  return "fn " + name + "(" + signature + ")" + type + " {\n" + body + "}\n";
}

std::string SourceWriter::calleeName(uint32_t callee) {
  if (auto known = text.functions.find(callee); known != text.functions.end()) return known->second;
  Function instance = text.module.functions[callee];
  instance.isPublic = false; // whatever it is elsewhere
  std::string name = instance.name;
  for (size_t end = name.find_last_not_of("0123456789"); end + 1 < name.size() && end && (name[end] == '_' || name[end] == '.');
       end = name.find_last_not_of("0123456789"))
    name.resize(end); // the number of an instance; written and read again it would get another
  name = text.fresh(isValueName(name) ? "f_" + name : name);
  text.functions[callee] = name;
  std::string declared = SourceWriter(text, instance).declaration(name);
  text.declarations += declared + "\n";
  return name;
}

std::optional<std::string> writeSource(const Module &module, const Function &function, DiagnosticSink &sink) {
  SourceText text{module, "", {}, {}, {}, std::nullopt};
  Function root = function;
  root.isPublic = true;
  std::string name = text.fresh(function.name);
  for (const Parameter &parameter : root.parameters) text.taken.insert(parameter.path.substr(0, parameter.path.find('.')));
  std::string main = SourceWriter(text, root).declaration(name);
  if (!text.unsayable) return text.declarations + main;
  sink.error("E0430", function.where.range, "`" + function.name + "` cannot be written as source: " + *text.unsayable);
  return std::nullopt;
}

} // namespace fluxion
