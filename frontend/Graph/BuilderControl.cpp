// Loops and branches of the builder. Arriving: functions made before, or bodies to be built; leaving: one node that names
// them, whose operands are theirs with what they captured behind.
#include "frontend/Graph/GraphBuilder.h"

namespace fluxion {

std::vector<Value> GraphBuilder::controlFault(const std::string &message) {
  fault({"E0416", message, "", -1, {}, -1});
  return {};
}

bool GraphBuilder::isFunction(uint32_t callee) {
  if (callee < target.functions.size()) return true;
  fault({"E0405", "the module has no function " + std::to_string(callee), "finish a function before another calls it", -1,
         {}, -1});
  return false;
}

// A node of several results, which names functions.
std::vector<Value> GraphBuilder::makeCall(Primitive op, std::vector<uint32_t> callees, const std::vector<Value> &operands,
                                          Attributes attributes, std::vector<TensorType> results) {
  bool branch = op == Primitive::if_, loop = op == Primitive::scan_ || op == Primitive::while_;
  if (results.empty()) { // number and words are the language's, which says it once
    fault({branch ? "E0417" : loop ? "E0415" : "E0409",
           branch ? "the arms of this `if` give nothing" : loop ? "this loop gives nothing" : "the function gives nothing",
           "", -1, {}, -1});
    return {};
  }
  for (const TensorType &result : results)
    if (!admits(result)) return {};
  Value first = make(op, operands, std::move(attributes), results[0]);
  if (!first) return {};
  Node &node = made.nodes.back();
  node.results = std::move(results);
  node.callees = std::move(callees);
  std::vector<Value> values;
  for (uint32_t i = 0; i < node.results.size(); ++i) values.push_back({this, {first.id.node, i}});
  return values;
}

static void append(std::vector<Value> &all, const std::vector<Value> &more) {
  all.insert(all.end(), more.begin(), more.end());
}

// What is wrong with calling `function` with values of these types and `captured` behind; empty: nothing.
static std::string misfit(const Function &function, const std::vector<TensorType> &types,
                          const std::vector<Value> &captured) {
  if (function.parameters.size() != types.size() + captured.size())
    return "the body `" + function.name + "` takes " + std::to_string(function.parameters.size()) + " values, not " +
           std::to_string(types.size() + captured.size());
  for (size_t i = 0; i < function.parameters.size(); ++i) {
    TensorType given = i < types.size() ? types[i] : captured[i - types.size()].type();
    if (function.parameters[i].type != given)
      return "`" + function.parameters[i].path + "` of the body is " + function.parameters[i].type.print() + ", not " +
             given.print();
  }
  return "";
}

// Whether the first results of `function` have the types of what is carried.
static std::string miscarried(const Function &function, const std::vector<Value> &initial) {
  if (function.results.size() < initial.size()) return "the body gives less than is carried";
  for (size_t i = 0; i < initial.size(); ++i)
    if (TensorType next = function.typeOf(function.results[i].value); next != initial[i].type())
      return "what is carried begins as " + initial[i].type().print() + " and goes on as " + next.print();
  return "";
}

std::vector<Value> GraphBuilder::scan(uint32_t body, std::vector<Value> initial, std::vector<Value> sequences,
                                      std::vector<Value> captured, Dim length, bool reverse) {
  if (!usable(initial) || !usable(sequences) || !usable(captured) || !isFunction(body)) return {};
  if (auto steps = length.constant(); length.overflowed() || (steps && *steps < 0)) {
    fault({"E0414", "a loop cannot have " + (length.overflowed() ? "so many" : length.print()) + " steps", "", -1, {}, -1});
    return {};
  }
  const Function &function = target.functions[body];
  std::vector<TensorType> types{i32()}, results;
  for (const Value &value : initial) types.push_back(value.type());
  for (const Value &sequence : sequences) {
    TensorType slice = sequence.type();
    if (slice.shape.empty() || !(slice.shape[0] == length))
      return controlFault("a sequence is " + slice.print() + ": its leading axis is not " + length.print());
    slice.shape.erase(slice.shape.begin());
    types.push_back(std::move(slice));
  }
  std::string wrong = misfit(function, types, captured);
  if (wrong.empty()) wrong = miscarried(function, initial);
  if (!wrong.empty()) return controlFault(wrong);
  for (size_t i = 0; i < function.results.size(); ++i) {
    TensorType type = function.typeOf(function.results[i].value);
    if (i >= initial.size()) type.shape.insert(type.shape.begin(), length);
    results.push_back(std::move(type));
  }
  Attributes attributes = {{"carries", int64_t(initial.size())},
                           {"length", std::vector<Dim>{length}},
                           {"reverse", int64_t(reverse)},
                           {"sequences", int64_t(sequences.size())}};
  std::vector<Value> operands = std::move(initial);
  append(operands, sequences);
  append(operands, captured);
  return makeCall(Primitive::scan_, {body}, operands, std::move(attributes), std::move(results));
}

std::vector<Value> GraphBuilder::whileLoop(uint32_t condition, uint32_t body, std::vector<Value> initial,
                                           std::vector<Value> conditionCaptured, std::vector<Value> bodyCaptured) {
  if (!usable(initial) || !usable(conditionCaptured) || !usable(bodyCaptured)) return {};
  if (!isFunction(condition) || !isFunction(body)) return {};
  const Function &test = target.functions[condition], &step = target.functions[body];
  std::vector<TensorType> types;
  for (const Value &value : initial) types.push_back(value.type());
  std::string wrong = misfit(test, types, conditionCaptured);
  if (wrong.empty()) wrong = misfit(step, types, bodyCaptured);
  if (wrong.empty()) wrong = miscarried(step, initial);
  if (wrong.empty() && step.results.size() != initial.size()) wrong = "the body gives more than is carried";
  bool truth = test.results.size() == 1 && test.typeOf(test.results[0].value) == TensorType{ElementType::Bool, {}};
  if (wrong.empty() && !truth) wrong = "the condition gives one bool";
  if (!wrong.empty()) return controlFault(wrong);
  Attributes attributes = {{"carries", int64_t(initial.size())},
                           {"condition_captures", int64_t(conditionCaptured.size())}};
  std::vector<Value> operands = std::move(initial);
  append(operands, conditionCaptured);
  append(operands, bodyCaptured);
  return makeCall(Primitive::while_, {condition, body}, operands, std::move(attributes), std::move(types));
}

std::vector<Value> GraphBuilder::conditional(Value condition, uint32_t thenArm, uint32_t elseArm,
                                             std::vector<Value> thenCaptured, std::vector<Value> elseCaptured) {
  if (!usable({condition}) || !usable(thenCaptured) || !usable(elseCaptured)) return {};
  if (!isFunction(thenArm) || !isFunction(elseArm)) return {};
  const Function &yes = target.functions[thenArm], &no = target.functions[elseArm];
  std::string wrong = misfit(yes, {}, thenCaptured);
  if (wrong.empty()) wrong = misfit(no, {}, elseCaptured);
  if (condition.type() != TensorType{ElementType::Bool, {}})
    wrong = "the condition is " + condition.type().print() + ", not one bool";
  if (wrong.empty() && yes.results.size() != no.results.size()) wrong = "the arms give different numbers of values";
  std::vector<TensorType> results;
  for (size_t i = 0; wrong.empty() && i < yes.results.size(); ++i) {
    results.push_back(yes.typeOf(yes.results[i].value));
    if (TensorType other = no.typeOf(no.results[i].value); other != results.back())
      wrong = "one arm gives " + results.back().print() + ", the other " + other.print();
  }
  if (!wrong.empty()) return controlFault(wrong);
  std::vector<Value> operands = {condition};
  append(operands, thenCaptured);
  append(operands, elseCaptured);
  return makeCall(Primitive::if_, {thenArm, elseArm}, operands, {{"then_captures", int64_t(thenCaptured.size())}},
                 std::move(results));
}

//===--- Bodies built in place -----------------------------------------------------------------------------------===//

std::optional<GraphBuilder::MadeBody> GraphBuilder::makeBody(const char *suffix,
                                                             const std::vector<TensorType> &parameters,
                                                             const Body &body) {
  if (!body) return fault({"E0403", "a body is missing", "", -1, {}, -1}), std::nullopt;
  GraphBuilder inner(target, made.name + suffix + std::to_string(target.functions.size()), sink);
  inner.function().isPublic = false;
  inner.at(location);
  for (const std::string &dimension : made.dimensions) inner.dimension(dimension);
  std::vector<Value> arguments;
  for (size_t i = 0; i < parameters.size(); ++i)
    arguments.push_back(inner.parameter(std::to_string(i), parameters[i]));
  std::vector<Value> given = body(inner, std::move(arguments));
  if (inner.finished)
    return fault({"E0415", "a body returns its values and is finished for it: it does not call `finish`", "", -1, {}, -1}),
           std::nullopt;
  for (const Value &value : given) inner.result(value, std::to_string(inner.made.results.size()));
  auto index = inner.finish();
  std::vector<Value> captured = inner.captured();
  if (!index) hasFailed = true;
  return index ? std::optional(MadeBody{*index, std::move(captured)}) : std::nullopt;
}

static std::vector<TensorType> typesOf(const std::vector<Value> &values) {
  std::vector<TensorType> types;
  for (const Value &value : values) types.push_back(value.type());
  return types;
}

std::vector<Value> GraphBuilder::scan(std::vector<Value> initial, std::vector<Value> sequences, Dim length,
                                      const Body &body, bool reverse) {
  if (!usable(initial) || !usable(sequences)) return {};
  std::vector<TensorType> parameters = typesOf(initial);
  parameters.insert(parameters.begin(), i32());
  for (const Value &sequence : sequences) {
    TensorType slice = sequence.type();
    if (slice.shape.empty()) return controlFault("a scalar is no sequence");
    slice.shape.erase(slice.shape.begin());
    parameters.push_back(std::move(slice));
  }
  auto step = makeBody(".scan", parameters, body);
  if (!step) return {};
  return scan(step->index, std::move(initial), std::move(sequences), step->captured, length, reverse);
}

std::vector<Value> GraphBuilder::whileLoop(std::vector<Value> initial, const Body &condition, const Body &body) {
  if (!usable(initial)) return {};
  auto test = makeBody(".while", typesOf(initial), condition), step = makeBody(".do", typesOf(initial), body);
  if (!test || !step) return {};
  return whileLoop(test->index, step->index, std::move(initial), test->captured, step->captured);
}

std::vector<Value> GraphBuilder::conditional(Value condition, const Body &thenArm, const Body &elseArm) {
  if (!usable({condition})) return {};
  auto yes = makeBody(".then", {}, thenArm), no = makeBody(".else", {}, elseArm);
  if (!yes || !no) return {};
  return conditional(condition, yes->index, no->index, yes->captured, no->captured);
}

} // namespace fluxion
