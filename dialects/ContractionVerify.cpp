// What must hold of contractions and of transformations.
#include "dialects/Equation.h"
#include "dialects/Verify.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace fluxion::flx {

// The output's shape under `text`, or failure with the letter and the axis at fault.
static FailureOr<SmallVector<int64_t>> contractedShape(Operation *op, StringRef text, ValueRange operands) {
  std::string why;
  std::optional<Equation> equation = Equation::parse(text, &why);
  if (!equation) return LogicalResult(fault(op, "E0813") << "equation \"" << text << "\" " << why);
  if (equation->operands.size() != operands.size())
    return LogicalResult(fault(op, "E0813") << "equation \"" << text << "\" names " << equation->operands.size()
                                            << " operands, but there are " << operands.size());
  llvm::SmallDenseMap<char, std::pair<int64_t, unsigned>, 8> extents; // letter -> extent, operand that gave it
  for (auto [i, letters] : llvm::enumerate(equation->operands)) {
    auto type = cast<RankedTensorType>(operands[i].getType());
    if (type.getElementType() != getElementTypeOrSelf(operands.front().getType()))
      return LogicalResult(fault(op, "E0810") << "operands have one element type, but operand " << i << " is " << type);
    if (int64_t(letters.size()) != type.getRank())
      return LogicalResult(fault(op, "E0813") << "equation \"" << text << "\" names " << letters.size()
                                              << " axes of operand " << i << ", which has " << type.getRank());
    for (auto [axis, letter] : llvm::enumerate(letters)) {
      auto [known, isNew] = extents.try_emplace(letter, type.getDimSize(axis), i);
      if (!isNew && known->second.first != type.getDimSize(axis))
        return LogicalResult(fault(op, "E0813")
                             << "'" << llvm::Twine(letter) << "' of equation \"" << text << "\" has extent "
                             << known->second.first << " in operand " << known->second.second << " but "
                             << type.getDimSize(axis) << " in operand " << i);
    }
  }
  SmallVector<int64_t> shape;
  for (char letter : equation->output) shape.push_back(extents.lookup(letter).first);
  return shape;
}

LogicalResult EinsumOp::verify() {
  if (getOperands().empty()) return fault(*this, "E0813") << "needs an operand";
  FailureOr<SmallVector<int64_t>> shape = contractedShape(*this, getEquation(), getOperands());
  if (failed(shape)) return failure();
  RankedTensorType result = getResult().getType();
  if (result.getShape() == ArrayRef(*shape) &&
      result.getElementType() == getElementTypeOrSelf(getOperands().front().getType()))
    return success();
  return fault(*this, "E0811") << "gives the shape " << shapeText(*shape)
                               << " of the operands' element type, but the result is " << result;
}

LogicalResult ContractOp::verify() {
  if (getContracted().empty() || getContracted().size() > 2)
    return fault(*this, "E0813") << "contracts one or two operands, not " << getContracted().size();
  FailureOr<SmallVector<int64_t>> shape = contractedShape(*this, getEquation(), getContracted());
  if (failed(shape)) return failure();
  if (hasRepeats(Equation::parse(getEquation())->output))
    return fault(*this, "E0813") << "equation \"" << getEquation() << "\" repeats a letter in its output";
  if (getMaps().size() != getEpilogue().size())
    return fault(*this, "E0814") << "has " << getMaps().size() << " maps for " << getEpilogue().size()
                                 << " epilogue operands";
  for (auto [i, operand, attribute] : llvm::enumerate(getEpilogue(), getMaps())) {
    AffineMap map = cast<AffineMapAttr>(attribute).getValue();
    auto type = cast<RankedTensorType>(operand.getType());
    if (map.getNumDims() != shape->size() || map.getNumSymbols() != 0 ||
        map.getNumResults() != unsigned(type.getRank()))
      return fault(*this, "E0814") << "map " << i << " must take " << shape->size() << " output axes to "
                                   << type.getRank() << " operand axes";
    for (auto [axis, result] : llvm::enumerate(map.getResults())) {
      auto dim = dyn_cast<AffineDimExpr>(result);
      if (!dim || type.getDimSize(axis) != (*shape)[dim.getPosition()])
        return fault(*this, "E0814") << "map " << i << " must read axis " << axis
                                     << " of its operand along an output axis of its extent";
    }
  }
  for (int64_t result : getSummed().value_or(ArrayRef<int64_t>()))
    if (result < 0 || result >= int64_t(getNumResults()))
      return fault(*this, "E0814") << "sums result " << result << ", but has " << getNumResults();
  for (auto [i, type] : llvm::enumerate(getResultTypes()))
    if (cast<RankedTensorType>(type).getShape() != (isSummed(i) ? ArrayRef<int64_t>() : ArrayRef(*shape)))
      return fault(*this, "E0811") << "gives the shape " << (isSummed(i) ? "()" : shapeText(*shape))
                                   << ", but a result is " << type;
  return success();
}

SmallVector<int64_t> ContractOp::getOutputShape() {
  SmallVector<RankedTensorType> types;
  for (Type type : getContracted().getTypes()) types.push_back(cast<RankedTensorType>(type));
  return Equation::parse(getEquation())->outputShape(types);
}

LogicalResult ContractOp::verifyRegions() {
  Block &block = getBody().front();
  SmallVector<Type> expected{getElementTypeOrSelf(getContracted().front().getType())};
  for (Value operand : getEpilogue()) expected.push_back(getElementTypeOrSelf(operand.getType()));
  if (!llvm::equal(block.getArgumentTypes(), expected))
    return fault(*this, "E0814") << "region takes the contracted element, then an element of each epilogue operand";
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  SmallVector<Type> results;
  for (Type type : getResultTypes()) results.push_back(getElementTypeOrSelf(type));
  if (yield && llvm::equal(yield.getValues().getTypes(), results)) return success();
  return fault(*this, "E0814") << "region yields one element of each result";
}

// What vjp and jvp share: the callee exists, and wrt lists float arguments of it, each once, in any order.
static FailureOr<FunctionOpInterface> verifyCallee(Operation *op, FlatSymbolRefAttr callee, ArrayRef<int64_t> wrt,
                                                   SymbolTableCollection &symbols) {
  auto function = symbols.lookupNearestSymbolFrom<FunctionOpInterface>(op, callee);
  if (!function || function.isExternal())
    return LogicalResult(fault(op, "E0815") << "there is no function @" << callee.getValue() << " with a body");
  for (auto [i, index] : llvm::enumerate(wrt)) {
    if (index < 0 || index >= int64_t(function.getNumArguments()))
      return LogicalResult(fault(op, "E0815") << "wrt lists argument " << index << ", but @" << callee.getValue()
                                              << " has " << function.getNumArguments());
    if (llvm::is_contained(wrt.take_front(i), index))
      return LogicalResult(fault(op, "E0815") << "wrt lists argument " << index << " twice");
    if (!isFloat(function.getArgumentTypes()[index]))
      return LogicalResult(fault(op, "E0815") << "argument " << index << " of @" << callee.getValue() << " is "
                                              << function.getArgumentTypes()[index] << ", which has no derivative");
  }
  return function;
}

static LogicalResult verifyTypes(Operation *op, StringRef what, TypeRange found, ArrayRef<Type> expected) {
  if (llvm::equal(found, expected)) return success();
  InFlightDiagnostic message = fault(op, "E0815") << what << " must be (";
  llvm::interleaveComma(expected, message);
  return message << ")";
}

// operands: arguments, cotangents of float results; results: results, cotangents of wrt arguments.
LogicalResult VjpOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<FunctionOpInterface> function = verifyCallee(*this, getCalleeAttr(), getWrt(), symbols);
  if (failed(function)) return failure();
  SmallVector<Type> operands(function->getArgumentTypes()), results(function->getResultTypes());
  for (Type type : function->getResultTypes())
    if (isFloat(type)) operands.push_back(type);
  for (int64_t index : getWrt()) results.push_back(function->getArgumentTypes()[index]);
  return failure(failed(verifyTypes(*this, "operands", getOperandTypes(), operands)) ||
                 failed(verifyTypes(*this, "results", getResultTypes(), results)));
}

// operands: arguments, tangents of wrt arguments; results: results, tangents of float results.
LogicalResult JvpOp::verifySymbolUses(SymbolTableCollection &symbols) {
  FailureOr<FunctionOpInterface> function = verifyCallee(*this, getCalleeAttr(), getWrt(), symbols);
  if (failed(function)) return failure();
  SmallVector<Type> operands(function->getArgumentTypes()), results(function->getResultTypes());
  for (int64_t index : getWrt()) operands.push_back(function->getArgumentTypes()[index]);
  for (Type type : function->getResultTypes())
    if (isFloat(type)) results.push_back(type);
  return failure(failed(verifyTypes(*this, "operands", getOperandTypes(), operands)) ||
                 failed(verifyTypes(*this, "results", getResultTypes(), results)));
}

} // namespace fluxion::flx
