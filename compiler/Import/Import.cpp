// A graph function becomes flx IR. Nodes are imported by name: primitive and attribute names are those of the dialect, so
// adding an op needs nothing here. What arrives has symbolic extents; what leaves has static shapes.
#include "compiler/Import/Importer.h"
#include "compiler/Import/Literals.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace fluxion {

static Type importElement(ElementType element, MLIRContext *context) {
  Builder b(context);
  switch (element) {
  case ElementType::F32: return b.getF32Type();
  case ElementType::F64: return b.getF64Type();
  case ElementType::I32: return b.getI32Type();
  case ElementType::I64: return b.getI64Type();
  case ElementType::Bool: return b.getI1Type();
  default: return {};
  }
}

RankedTensorType importType(const TensorType &type, const DimBinding &dimensions, mlir::Location where) {
  Type element = importElement(type.element, where.getContext());
  if (!element) {
    emitError(where) << "[E0801] no code can be made yet for the element type " << spelling(type.element);
    return {};
  }
  SmallVector<int64_t> shape;
  double bytes = byteSize(type.element);
  for (const Dim &dim : type.shape) {
    std::optional<int64_t> extent = dim.evaluate(dimensions);
    if (!extent || *extent < 0) {
      emitError(where) << "[E0802] the dimension " << dim.print() << " of " << type.print()
                       << (extent ? " is negative here" : " has no value here");
      return {};
    }
    shape.push_back(*extent);
    bytes *= double(*extent);
  }
  if (bytes > 1e15) {
    emitError(where) << "[E0803] a tensor " << type.print() << " of " << bytes << " bytes is too large";
    return {};
  }
  return RankedTensorType::get(shape, element);
}

static mlir::Location fileLocation(MLIRContext &context, const SourceRange &range) {
  if (!range.file) return UnknownLoc::get(&context);
  LineColumn at = lineColumn(*range.file, range.begin);
  return FileLineColLoc::get(&context, range.file->path, at.line, at.column);
}

mlir::Location importLocation(MLIRContext &context, const Location &where) {
  mlir::Location here = fileLocation(context, where.range);
  return where.caller ? mlir::Location(CallSiteLoc::get(here, importLocation(context, *where.caller))) : here;
}

OwningOpRef<ModuleOp> Importer::run(const Function &root) {
  OwningOpRef<ModuleOp> module(ModuleOp::create(importLocation(context, root.where)));
  symbols.insert(root.name);
  if (failed(importInto(*module, root, root.name))) return {};
  return module;
}

FailureOr<FunctionType> Importer::signature(const Function &function) {
  mlir::Location where = importLocation(context, function.where);
  SmallVector<Type> inputs, outputs;
  for (const Parameter &parameter : function.parameters) inputs.push_back(importType(parameter.type, dimensions, where));
  for (const Result &result : function.results)
    outputs.push_back(importType(function.typeOf(result.value), dimensions, where));
  if (llvm::is_contained(inputs, Type()) || llvm::is_contained(outputs, Type())) return failure();
  return FunctionType::get(&context, inputs, outputs);
}

// Arguments and results keep their paths ("p.W1") as attributes, for whoever reads the IR and for the manifest.
static void nameLeaves(func::FuncOp target, const Function &function) {
  Builder b(target.getContext());
  for (auto [i, parameter] : llvm::enumerate(function.parameters))
    target.setArgAttr(i, "flx.name", b.getStringAttr(parameter.path));
  for (auto [i, result] : llvm::enumerate(function.results)) {
    if (!result.path.empty()) target.setResultAttr(i, "flx.name", b.getStringAttr(result.path));
    if (i < function.donated.size() && function.donated[i] >= 0)
      target.setResultAttr(i, "flx.donated", b.getI64IntegerAttr(function.donated[i]));
  }
}

LogicalResult Importer::importInto(ModuleOp module, const Function &function, StringRef symbol) {
  FailureOr<FunctionType> type = signature(function);
  if (failed(type)) return failure();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToEnd(module.getBody());
  auto target = func::FuncOp::create(builder, importLocation(context, function.where), symbol, *type);
  if (!function.isPublic) target.setPrivate();
  nameLeaves(target, function);

  Block *body = target.addEntryBlock();
  for (auto [argument, parameter] : llvm::zip(body->getArguments(), function.parameters)) // printed as %X, not %arg2
    argument.setLoc(NameLoc::get(StringAttr::get(&context, parameter.path), target.getLoc()));
  builder.setInsertionPointToEnd(body);
  FailureOr<SmallVector<Value>> results = importNodes(module, function, SmallVector<Value>(body->getArguments()));
  if (failed(results)) return failure();
  func::ReturnOp::create(builder, target.getLoc(), *results);
  return success();
}

FailureOr<SmallVector<Value>> Importer::importNodes(ModuleOp module, const Function &function,
                                                    ArrayRef<Value> parameters) {
  std::vector<ValueRange> values;
  for (const Value &parameter : parameters) values.push_back(ValueRange(parameter));
  for (const Node &node : llvm::ArrayRef(function.nodes).drop_front(parameters.size())) {
    Operation *op = nullptr;
    if (failed(importNode(module, node, values, op))) return failure();
    values.push_back(op->getResults());
  }
  SmallVector<Value> results;
  for (const Result &result : function.results) results.push_back(values[result.value.node][result.value.result]);
  return results;
}

LogicalResult Importer::importNode(ModuleOp module, const Node &node, ArrayRef<ValueRange> values,
                                   Operation *&imported) {
  mlir::Location where = importLocation(context, node.where);
  OperationState state(where, ("flx." + llvm::Twine(spelling(node.op))).str());
  for (ValueId operand : node.operands) state.operands.push_back(values[operand.node][operand.result]);
  for (const TensorType &result : node.results) {
    RankedTensorType type = importType(result, dimensions, where);
    if (!type) return failure();
    state.types.push_back(type);
  }
  if (node.op == Primitive::scan_) return importScan(module, node, state, imported);
  if (node.op == Primitive::while_) return importWhile(module, node, state, imported);
  if (node.op == Primitive::if_) return importIf(module, node, state, imported);
  for (auto &[name, attribute] : node.attributes) {
    FailureOr<mlir::Attribute> value = importAttribute(name, attribute, state.types.front(), where);
    if (failed(value)) return failure();
    state.addAttribute(name, *value);
  }
  if (!node.callees.empty()) {
    FailureOr<FlatSymbolRefAttr> callee = importCallee(module, node.callees[0]);
    if (failed(callee)) return failure();
    state.addAttribute("callee", *callee);
  }
  imported = builder.create(state);
  return success();
}

// Extents that the dialect knows one of, not one an axis.
static bool isOneExtent(StringRef name) {
  return name == "length" || name == "size" || name == "stride" || name == "dilation";
}

FailureOr<mlir::Attribute> Importer::importAttribute(StringRef name, const Attribute &attribute, Type result,
                                                     mlir::Location where) {
  if (auto *integer = std::get_if<int64_t>(&attribute)) return mlir::Attribute(builder.getI64IntegerAttr(*integer));
  if (auto *text = std::get_if<std::string>(&attribute)) return mlir::Attribute(builder.getStringAttr(*text));
  if (auto *list = std::get_if<std::vector<int64_t>>(&attribute))
    return mlir::Attribute(builder.getDenseI64ArrayAttr(*list));
  if (auto *weak = std::get_if<Weak>(&attribute)) {
    DenseElementsAttr value = importLiteral(*weak, cast<RankedTensorType>(result), dimensions, where);
    if (!value) return failure();
    return mlir::Attribute(value);
  }
  SmallVector<int64_t> extents;
  for (const Dim &dim : std::get<std::vector<Dim>>(attribute)) {
    std::optional<int64_t> extent = dim.evaluate(dimensions);
    if (!extent) {
      emitError(where) << "[E0802] the dimension " << dim.print() << " has no value here";
      return failure();
    }
    extents.push_back(*extent);
  }
  if (isOneExtent(name) && extents.size() == 1) return mlir::Attribute(builder.getI64IntegerAttr(extents.front()));
  return mlir::Attribute(builder.getDenseI64ArrayAttr(extents));
}

FailureOr<FlatSymbolRefAttr> Importer::importCallee(ModuleOp module, uint32_t index) {
  if (auto known = instances.lookup(index)) return known;
  const Function &callee = graph.functions[index];
  std::string symbol = callee.name;
  for (int copy = 1; !symbols.insert(symbol).second; ++copy) symbol = callee.name + "_" + std::to_string(copy);
  if (failed(importInto(module, callee, symbol))) return failure();
  // Even a public function is private in its role as an instance: only the root is compiled.
  cast<func::FuncOp>(SymbolTable::lookupSymbolIn(module, symbol)).setPrivate();
  return instances[index] = FlatSymbolRefAttr::get(&context, symbol);
}

// Leaves only the wanted results; what computed the others is dead and goes with the first simplification.
static void keepResults(func::FuncOp function, ArrayRef<uint32_t> wanted) {
  llvm::BitVector unwanted(function.getNumResults(), true);
  for (uint32_t i : wanted) unwanted.reset(i);
  function.getBody().front().getTerminator()->eraseOperands(unwanted);
  (void)function.eraseResults(unwanted);
}

FailureOr<OwningOpRef<ModuleOp>> importFunction(MLIRContext &context, const Module &module, const Function &function,
                                                const DimBinding &dimensions, ArrayRef<uint32_t> results) {
  if (!results.empty() && results.back() >= function.results.size()) {
    emitError(importLocation(context, function.where)) << "[E0804] " << function.name << " has no result " << results.back();
    return failure();
  }
  OwningOpRef<ModuleOp> imported = Importer(context, module, dimensions).run(function);
  if (imported && !results.empty()) keepResults(cast<func::FuncOp>(imported->getBody()->front()), results);
  if (!imported || failed(verify(*imported))) return failure();
  return imported;
}

} // namespace fluxion
