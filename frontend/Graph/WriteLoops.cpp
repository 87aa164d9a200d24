// Loops and branches in source: the functions of their bodies become blocks, and what they captured are names around.
#include "frontend/Graph/SourceWriter.h"

namespace fluxion {

namespace {
int64_t integer(const Node &node, const char *name) {
  for (const auto &[key, value] : node.attributes)
    if (key == name) return std::get<int64_t>(value);
  return 0;
}

Dim lengthOf(const Node &node) {
  for (const auto &[key, value] : node.attributes)
    if (key == "length") return std::get<std::vector<Dim>>(value)[0];
  return Dim(0);
}

bool reads(const Function &function, uint32_t parameter) {
  for (const Node &node : function.nodes)
    for (ValueId operand : node.operands)
      if (operand.node == parameter) return true;
  for (const Result &result : function.results)
    if (result.value.node == parameter) return true;
  return false;
}

std::vector<std::string> slice(const std::vector<std::string> &all, size_t first, size_t count) {
  return {all.begin() + long(first), all.begin() + long(first + count)};
}
} // namespace

std::string SourceWriter::bodyOf(uint32_t callee, uint32_t index, char side, const std::vector<std::string> &parameters,
                                 const Finish &finish) {
  SourceWriter inner(text, text.module.functions[callee], indent + "  ");
  inner.prefix = prefix + std::to_string(index) + side + "_";
  for (uint32_t i = 0; i < parameters.size(); ++i) inner.given[{i, 0}] = parameters[i];
  std::string body;
  inner.writeNodes(body);
  std::vector<std::string> results;
  for (const Result &result : inner.function.results) results.push_back(inner.name(result.value));
  return "{\n" + body + indent + "  " + finish(results) + "\n" + indent + "}";
}

// What a loop carries and stacks, as the value of its body or the pattern of its results.
static std::string carriedAndStacked(const std::vector<std::string> &values, size_t carries) {
  std::string carried = parenthesized(slice(values, 0, carries));
  std::string stacked = parenthesized(slice(values, carries, values.size() - carries));
  return carries == 0 ? stacked : "(" + carried + ", " + stacked + ")";
}

std::string SourceWriter::loopResults(const Node &node, uint32_t index) {
  std::vector<std::string> values;
  for (uint32_t i = 0; i < node.results.size(); ++i) values.push_back(name({index, i}));
  size_t carries = size_t(integer(node, "carries"));
  if (node.op != Primitive::scan_) return parenthesized(values);
  if (carries == values.size()) return "(" + parenthesized(values) + ", _)";
  return carriedAndStacked(values, carries);
}

std::string SourceWriter::loop(const Node &node, uint32_t index) {
  std::vector<std::string> operands, parameters, head;
  for (ValueId operand : node.operands) operands.push_back(name(operand));
  std::string own = prefix + std::to_string(index);
  auto tuple = [](const std::vector<std::string> &results) { return parenthesized(results); };
  auto captured = [&](size_t first, size_t count) {
    std::vector<std::string> more = slice(operands, first, count);
    std::vector<std::string> all = parameters;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  if (node.op == Primitive::if_) {
    size_t first = size_t(integer(node, "then_captures"));
    return "if " + operands[0] + " " + bodyOf(node.callees[0], index, 'a', captured(1, first), tuple) + " else " +
           bodyOf(node.callees[1], index, 'b', captured(1 + first, operands.size() - 1 - first), tuple);
  }
  size_t carries = size_t(integer(node, "carries")), sequences = size_t(integer(node, "sequences"));
  bool scans = node.op == Primitive::scan_;
  if (scans) {
    bool counts = reads(text.module.functions[node.callees[0]], 0);
    parameters.push_back(counts ? own + "i" : "_");
    if (counts || sequences == 0) head.push_back(parameters[0] + " in 0:" + lengthOf(node).print());
  }
  for (size_t i = 0; i < carries; ++i) parameters.push_back(own + "h" + std::to_string(i));
  for (size_t i = 0; i < sequences; ++i) {
    parameters.push_back(own + "x" + std::to_string(i));
    head.push_back(parameters.back() + " in " + operands[carries + i]);
  }
  for (size_t i = 0; i < carries; ++i) head.push_back(parameters[scans + i] + " = " + operands[i]);
  if (integer(node, "reverse")) head.push_back("reverse = true");
  std::string heads;
  for (const std::string &part : head) heads += (heads.empty() ? "" : ", ") + part;
  if (scans)
    return "scan(" + heads + ") " + bodyOf(node.callees[0], index, 'a', captured(carries + sequences, operands.size() - carries - sequences),
                                           [&](const std::vector<std::string> &results) { return carriedAndStacked(results, carries); });
  size_t tested = size_t(integer(node, "condition_captures"));
  return "while(" + heads + "; " + bodyOf(node.callees[0], index, 'a', captured(carries, tested), tuple) + ") " +
         bodyOf(node.callees[1], index, 'b', captured(carries + tested, operands.size() - carries - tested), tuple);
}

} // namespace fluxion
