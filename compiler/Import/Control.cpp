// Loops and branches: the functions they run become regions, in which captured parameters are the values captured.
#include "compiler/Import/Importer.h"

using namespace mlir;

namespace fluxion {

static LogicalResult misfit(const Node &node, mlir::Location where, const Twine &what) {
  return emitError(where) << "[E0824] the graph's " << spelling(node.op) << " is malformed: " << what;
}

static const Attribute *find(const Node &node, StringRef name) {
  for (auto &[key, value] : node.attributes)
    if (key == name) return &value;
  return nullptr;
}

// An integer attribute in [0, most].
FailureOr<int64_t> Importer::count(const Node &node, StringRef name, int64_t most) {
  const Attribute *attribute = find(node, name);
  auto *value = attribute ? std::get_if<int64_t>(attribute) : nullptr;
  if (value && *value >= 0 && *value <= most) return *value;
  return LogicalResult(
      misfit(node, importLocation(context, node.where), "its `" + name + "` is missing or out of range"));
}

// Callee number `callee` of the node, as the one block of `region`. Its last parameters are what it captures.
LogicalResult Importer::importRegion(ModuleOp module, const Node &node, unsigned callee, Region &region,
                                     ArrayRef<Value> captured) {
  mlir::Location where = importLocation(context, node.where);
  if (callee >= node.callees.size() || node.callees[callee] >= graph.functions.size())
    return misfit(node, where, "a function is missing");
  const Function &function = graph.functions[node.callees[callee]];
  if (function.parameters.size() < captured.size()) return misfit(node, where, "it captures more than is asked for");
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&region);
  SmallVector<Value> parameters;
  for (const Parameter &parameter : ArrayRef(function.parameters).drop_back(captured.size())) {
    RankedTensorType type = importType(parameter.type, dimensions, where);
    if (!type) return failure();
    parameters.push_back(block->addArgument(type, NameLoc::get(StringAttr::get(&context, parameter.path), where)));
  }
  for (auto [value, parameter] : llvm::zip_equal(captured, ArrayRef(function.parameters).take_back(captured.size()))) {
    RankedTensorType type = importType(parameter.type, dimensions, where);
    if (!type) return failure();
    if (type != value.getType())
      return misfit(node, where, "`" + Twine(parameter.path) + "` is captured in another type");
    parameters.push_back(value);
  }
  FailureOr<SmallVector<Value>> results = importNodes(module, function, parameters);
  if (failed(results)) return failure();
  flx::YieldOp::create(builder, where, *results);
  return success();
}

// Operands: inits, sequences, captured.
LogicalResult Importer::importScan(ModuleOp module, const Node &node, OperationState &state, Imported &imported) {
  ArrayRef<Value> operands = state.operands;
  FailureOr<int64_t> carries = count(node, "carries", operands.size());
  if (failed(carries)) return failure();
  FailureOr<int64_t> sequences = count(node, "sequences", operands.size() - *carries);
  FailureOr<int64_t> reverse = count(node, "reverse", 1);
  if (failed(sequences) || failed(reverse)) return failure();
  const Attribute *length = find(node, "length");
  if (!length) return misfit(node, state.location, "it has no length");
  FailureOr<mlir::Attribute> steps = importAttribute("length", *length, Type(), state.location);
  if (failed(steps)) return failure();
  auto extent = dyn_cast<IntegerAttr>(*steps);
  if (!extent || extent.getInt() < 0)
    return emitError(state.location) << "[E0802] the length of a loop is negative or not an integer here";
  auto scan = flx::ScanOp::create(builder, state.location, state.types, operands.take_front(*carries),
                                  operands.slice(*carries, *sequences), extent.getInt(), *reverse);
  imported = scan;
  return importRegion(module, node, 0, scan.getBody(), operands.drop_front(*carries + *sequences));
}

// Operands: inits, captured by the condition, captured by the body.
LogicalResult Importer::importWhile(ModuleOp module, const Node &node, OperationState &state, Imported &imported) {
  ArrayRef<Value> operands = state.operands;
  FailureOr<int64_t> carries = count(node, "carries", operands.size());
  if (failed(carries)) return failure();
  FailureOr<int64_t> tested = count(node, "condition_captures", operands.size() - *carries);
  if (failed(tested)) return failure();
  auto loop = flx::WhileOp::create(builder, state.location, state.types, operands.take_front(*carries));
  imported = loop;
  operands = operands.drop_front(*carries);
  return failure(failed(importRegion(module, node, 0, loop.getCondition(), operands.take_front(*tested))) ||
                 failed(importRegion(module, node, 1, loop.getBody(), operands.drop_front(*tested))));
}

// Operands: the condition, captured by the first arm, captured by the second.
LogicalResult Importer::importIf(ModuleOp module, const Node &node, OperationState &state, Imported &imported) {
  ArrayRef<Value> operands = state.operands;
  if (operands.empty()) return misfit(node, state.location, "it has no condition");
  FailureOr<int64_t> captures = count(node, "then_captures", operands.size() - 1);
  if (failed(captures)) return failure();
  auto branch = flx::IfOp::create(builder, state.location, state.types, operands.front());
  imported = branch;
  operands = operands.drop_front();
  return failure(failed(importRegion(module, node, 0, branch.getThen(), operands.take_front(*captures))) ||
                 failed(importRegion(module, node, 1, branch.getOtherwise(), operands.drop_front(*captures))));
}

} // namespace fluxion
