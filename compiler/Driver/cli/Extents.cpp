// Extents for dimensions that nobody gave: for reading, numbers that tell axes apart; for computing, the more alike and the
// smaller the more the function has to compute.
#include "compiler/Driver/Infer.h"
#include "compiler/Driver/State.h"
#include "compiler/Driver/cli/Common.h"
#include "frontend/Graph/Equation.h"
#include "frontend/Graph/TrainPlan.h"
#include <cmath>
#include <cstdio>

namespace fluxion::cli {

namespace {

// The reference interpreter's elementary steps for a function, as far as its graph tells.
class Work {
public:
  Work(const Module &module, const DimBinding &binding) : module(module), binding(binding) {}

  double of(const Function &function) {
    double steps = 0;
    for (const Node &node : function.nodes) steps += ofNode(function, node);
    return steps;
  }
  bool defined = true; // all extents are numbers, and none is negative

private:
  const Module &module;
  const DimBinding &binding;

  double extent(const Dim &dim) {
    auto value = dim.evaluate(binding);
    defined &= value && *value >= 0;
    return value ? double(*value) : 0;
  }
  double elements(const TensorType &type) {
    double product = 1;
    for (const Dim &dim : type.shape) product *= extent(dim);
    return product;
  }

  double ofNode(const Function &function, const Node &node) {
    double steps = 0;
    for (const TensorType &type : node.results) steps += elements(type);
    double inner = 0;
    for (uint32_t callee : node.callees) inner += of(module.functions[callee]);
    switch (node.op) {
    case Primitive::einsum_: return steps + contraction(function, node);
    case Primitive::vjp_: return steps + inner * differentiated(node); // a dual evaluation for each element
    case Primitive::scan_:
      for (const auto &[name, value] : node.attributes)
        if (auto *length = std::get_if<std::vector<Dim>>(&value); name == "length" && length) inner *= extent(length->front());
      return steps + inner;
    case Primitive::while_: return steps + 10 * inner; // who knows
    default: return steps + 2 * inner;
    }
  }

  // Two operands at a time, from the left, as the interpreter does it.
  double contraction(const Function &function, const Node &node) {
    const std::string *text = nullptr;
    for (const auto &[name, value] : node.attributes)
      if (auto *found = std::get_if<std::string>(&value)) text = found;
    auto parsed = parseEquation(text ? *text : "");
    auto *equation = std::get_if<Equation>(&parsed);
    if (!equation || equation->operands.size() != node.operands.size()) return 0;
    std::map<char, double> extents;
    for (size_t i = 0; i < node.operands.size(); ++i)
      for (size_t axis = 0; axis < equation->operands[i].size(); ++axis)
        extents[equation->operands[i][axis]] = extent(function.typeOf(node.operands[i]).shape[axis]);
    std::string letters;
    double steps = 0;
    for (size_t i = 0; i < equation->operands.size(); ++i) {
      for (char letter : equation->operands[i])
        if (letters.find(letter) == std::string::npos) letters += letter;
      double product = 3;
      for (char letter : letters) product *= extents[letter];
      steps += product;
      std::string needed = equation->result, kept;
      for (size_t later = i + 1; later < equation->operands.size(); ++later) needed += equation->operands[later];
      for (char letter : letters)
        if (needed.find(letter) != std::string::npos) kept += letter;
      letters = kept;
    }
    return steps;
  }

  double differentiated(const Node &node) {
    const Function &callee = module.functions[node.callees.front()];
    double sum = 1;
    for (const auto &[name, value] : node.attributes)
      if (auto *wrt = std::get_if<std::vector<int64_t>>(&value))
        for (int64_t parameter : *wrt)
          if (parameter >= 0 && size_t(parameter) < callee.parameters.size())
            sum += elements(callee.parameters[size_t(parameter)].type);
    return sum;
  }
};

// One is an extent for what stands in products only, as h does in images of 4·h × 4·w.
int64_t leastExtent(const Function &function, const std::string &name) {
  for (const Parameter &parameter : function.parameters)
    for (const Dim &dim : parameter.type.shape)
      if (dim.name() == name) return 2;
  return 1;
}

// Makes the largest of the chosen extents smaller until a verification takes seconds.
void shrink(const Module &module, const Function &function, const std::vector<std::string> &chosen, DimBinding &binding) {
  constexpr double affordable = 3e4; // a verification makes some hundred evaluations
  for (;;) {
    Work work(module, binding);
    if (work.of(function) <= affordable || !work.defined) return;
    DimBinding best;
    double least = INFINITY;
    for (const std::string &name : chosen) {
      if (binding.at(name) <= leastExtent(function, name)) continue;
      DimBinding smaller = binding;
      --smaller[name];
      Work less(module, smaller);
      double steps = less.of(function);
      for (const Parameter &parameter : function.parameters) less.defined &= shapeUnder(parameter.type, smaller).has_value();
      if (less.defined && steps < least) least = steps, best = std::move(smaller);
    }
    if (best.empty()) return;
    binding = std::move(best);
  }
}

} // namespace

api::Dimensions completed(const api::Module &module, const api::Function &function, api::Dimensions dimensions,
                          Extents purpose) {
  static const int64_t toRead[] = {128, 64, 32, 16, 48, 80, 96, 112}, toCompute[] = {4, 5, 3, 7, 6, 2, 8, 9};
  // The interpreter's work is a product of extents: of many dimensions each is small.
  static const int64_t ofMany[] = {3, 2, 4, 2, 3, 2, 3, 2};
  bool many = function.dimensions().size() > 4;
  const int64_t *sizes = purpose == Extents::ToRead ? toRead : many ? ofMany : toCompute;
  std::vector<std::string> chosen;
  for (const std::string &name : function.dimensions()) {
    if (dimensions.count(name)) continue;
    int64_t extent = sizes[chosen.size() % 8] + int64_t(chosen.size() / 8);
    chosen.push_back(name);
    for (const auto &plan : module.internals().graph.trains)
      if (purpose == Extents::ToRead && plan->batchDimension == name &&
          (plan->stepFunction == function.name() || plan->evalFunction == function.name() ||
           plan->accumulateFunction == function.name()))
        extent = plan->batch;
    dimensions[name] = extent;
  }
  const api::Function::State &state = function.internals();
  if (purpose == Extents::ToCompute) shrink(state.module->graph, *state.graph, chosen, dimensions);
  std::string told;
  for (const std::string &name : chosen) told += (told.empty() ? "" : ", ") + name + "=" + std::to_string(dimensions[name]);
  if (!told.empty() && diagnosticsForm() == Diagnostics::Text) fprintf(stderr, "fluxion: chose %s (--dim sets others)\n", told.c_str());
  return dimensions;
}

} // namespace fluxion::cli
