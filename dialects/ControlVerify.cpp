// What must hold of loops and branches, and what generic passes ask of them: which values flow where.
// The checks stand in `verify`, before anything is asked, so that a malformed region is a numbered fault and not a
// crash.
#include "dialects/Verify.h"

using namespace mlir;

namespace fluxion::flx {

static LogicalResult verifyList(Operation *op, StringRef what, TypeRange found, ArrayRef<Type> expected) {
  if (llvm::equal(found, expected)) return success();
  InFlightDiagnostic message = fault(op, "E0823") << what << " must be (";
  llvm::interleaveComma(expected, message);
  message << "), but they are (";
  llvm::interleaveComma(found, message);
  return message << ")";
}

// What the region yields; failure if it ends otherwise.
static FailureOr<TypeRange> yielded(Operation *op, StringRef what, Region &region) {
  Block &block = region.front();
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (yield) return TypeRange(yield.getValues().getTypes());
  return LogicalResult(fault(op, "E0823") << what << " must end with flx.yield");
}

// With a new leading axis.
static RankedTensorType stacked(RankedTensorType type, int64_t length) {
  SmallVector<int64_t> shape{length};
  llvm::append_range(shape, type.getShape());
  return RankedTensorType::get(shape, type.getElementType());
}

LogicalResult ScanOp::verify() {
  int64_t length = getLength();
  if (length < 0 || length > std::numeric_limits<int32_t>::max())
    return fault(*this, "E0811") << "cannot run " << length << " steps: their index is an i32";
  if (failed(verifyFlag(*this, "reverse", getReverse()))) return failure();
  SmallVector<Type> arguments{RankedTensorType::get({}, IntegerType::get(getContext(), 32))};
  llvm::append_range(arguments, getInits().getTypes());
  for (auto [i, each] : llvm::enumerate(getSequences().getTypes())) {
    auto sequence = cast<RankedTensorType>(each);
    if (sequence.getRank() == 0 || sequence.getDimSize(0) != length)
      return fault(*this, "E0811") << "sequence " << i << " must have a leading axis of extent " << length
                                   << ", but is " << sequence;
    arguments.push_back(RankedTensorType::get(sequence.getShape().drop_front(), sequence.getElementType()));
  }
  if (failed(verifyList(*this, "the arguments of the body", getBody().front().getArgumentTypes(), arguments)))
    return failure();
  FailureOr<TypeRange> given = yielded(*this, "the body", getBody());
  if (failed(given)) return failure();
  size_t carries = getInits().size();
  if (given->size() < carries || TypeRange(given->take_front(carries)) != getInits().getTypes())
    return verifyList(*this, "the first values that the body yields",
                      given->take_front(std::min(carries, given->size())), SmallVector<Type>(getInits().getTypes()));
  SmallVector<Type> results(getInits().getTypes());
  for (Type out : given->drop_front(carries)) {
    auto tensor = dyn_cast<RankedTensorType>(out);
    if (!tensor) return fault(*this, "E0823") << "the body must yield tensors, but one is " << out;
    results.push_back(stacked(tensor, length));
  }
  return verifyList(*this, "the results", getResultTypes(), results);
}

LogicalResult WhileOp::verify() {
  SmallVector<Type> carried(getInits().getTypes());
  Type truth = RankedTensorType::get({}, IntegerType::get(getContext(), 1));
  FailureOr<TypeRange> tested = yielded(*this, "the condition", getCondition());
  if (failed(tested)) return failure();
  FailureOr<TypeRange> given = yielded(*this, "the body", getBody());
  if (failed(given)) return failure();
  return failure(
      failed(verifyList(*this, "the arguments of the condition", getCondition().front().getArgumentTypes(), carried)) ||
      failed(verifyList(*this, "the arguments of the body", getBody().front().getArgumentTypes(), carried)) ||
      failed(verifyList(*this, "the values that the condition yields", *tested, truth)) ||
      failed(verifyList(*this, "the values that the body yields", *given, carried)) ||
      failed(verifyList(*this, "the results", getResultTypes(), carried)));
}

LogicalResult IfOp::verify() {
  SmallVector<Type> results(getResultTypes());
  for (auto [what, arm] : {std::pair("the first arm", &getThen()), std::pair("the second arm", &getOtherwise())}) {
    FailureOr<TypeRange> given = yielded(*this, what, *arm);
    if (failed(given)) return failure();
    if (failed(verifyList(*this, ("the values that " + Twine(what) + " yields").str(), *given, results)))
      return failure();
  }
  return success();
}

//===--- What flows where
//------------------------------------------------------------------------------------------===//

// A step feeds the next, and the last one the results; index, slices and stacks are the op's own.
void ScanOp::getSuccessorRegions(RegionBranchPoint point, SmallVectorImpl<RegionSuccessor> &regions) {
  if (getLength() > 0) regions.emplace_back(&getBody(), getCarries());
  if (!point.isParent() || getLength() == 0) regions.emplace_back(getOperation(), getLastCarries());
}
OperandRange ScanOp::getEntrySuccessorOperands(RegionSuccessor) { return getInits(); }
// Where there are no steps, nothing may be moved out of one.
SmallVector<Region *> ScanOp::getLoopRegions() {
  return getLength() > 0 ? SmallVector<Region *>{&getBody()} : SmallVector<Region *>();
}
Block::BlockArgListType ScanOp::getRegionIterArgs() { return getCarries(); }
std::optional<MutableArrayRef<OpOperand>> ScanOp::getYieldedValuesMutable() {
  return getBody().front().back().getOpOperands().take_front(getInits().size());
}
std::optional<ResultRange> ScanOp::getLoopResults() { return getLastCarries(); }
std::optional<APInt> ScanOp::getStaticTripCount() { return APInt(64, getLength()); }

// The condition passes what it was given to the body or to the results; only the body's yield feeds it again.
void WhileOp::getSuccessorRegions(RegionBranchPoint point, SmallVectorImpl<RegionSuccessor> &regions) {
  Operation *from = point.getTerminatorPredecessorOrNull();
  if (!from || from->getParentRegion() == &getBody()) {
    regions.emplace_back(&getCondition(), getCondition().getArguments());
    return;
  }
  regions.emplace_back(&getBody());
  regions.emplace_back(getOperation(), getResults().take_front(0));
}
OperandRange WhileOp::getEntrySuccessorOperands(RegionSuccessor) { return getInits(); }
// The condition is evaluated at least once, the body perhaps never.
SmallVector<Region *> WhileOp::getLoopRegions() { return {&getCondition()}; }
Block::BlockArgListType WhileOp::getRegionIterArgs() { return getCondition().getArguments(); }
std::optional<MutableArrayRef<OpOperand>> WhileOp::getYieldedValuesMutable() {
  return getBody().front().back().getOpOperands();
}
std::optional<ResultRange> WhileOp::getLoopResults() { return getResults(); }

void IfOp::getSuccessorRegions(RegionBranchPoint point, SmallVectorImpl<RegionSuccessor> &regions) {
  if (point.isParent()) {
    regions.emplace_back(&getThen());
    regions.emplace_back(&getOtherwise());
  } else {
    regions.emplace_back(getOperation(), getResults());
  }
}
OperandRange IfOp::getEntrySuccessorOperands(RegionSuccessor) {
  return OperandRange(getOperation()->operand_end(), getOperation()->operand_end());
}

// A scan stacks the rest of what its body yields; the condition of a while yields a decision only.
MutableOperandRange YieldOp::getMutableSuccessorOperands(RegionSuccessor) {
  Operation *parent = getOperation()->getParentOp();
  if (auto scan = dyn_cast<ScanOp>(parent)) return getValuesMutable().slice(0, scan.getInits().size());
  auto loop = dyn_cast<WhileOp>(parent);
  bool decides = loop && getOperation()->getParentRegion() == &loop.getCondition();
  return decides ? getValuesMutable().slice(0, 0) : getValuesMutable();
}

//===--- Flags in assembly
//-----------------------------------------------------------------------------------------===//

static ParseResult parseInteger(OpAsmParser &parser, IntegerAttr &value) {
  int64_t number;
  if (failed(parser.parseInteger(number))) return failure();
  value = parser.getBuilder().getI64IntegerAttr(number);
  return success();
}
static ParseResult parseFlag(OpAsmParser &parser, StringRef keyword, IntegerAttr &flag) {
  flag = parser.getBuilder().getI64IntegerAttr(succeeded(parser.parseOptionalKeyword(keyword)));
  return success();
}
static StringRef flagText(IntegerAttr flag, StringRef keyword) {
  return flag && !flag.getValue().isZero() ? keyword : "";
}

ParseResult parseSteps(OpAsmParser &parser, IntegerAttr &length, IntegerAttr &reverse) {
  return failure(failed(parseInteger(parser, length)) || failed(parseFlag(parser, "reverse", reverse)));
}
void printSteps(OpAsmPrinter &printer, Operation *, IntegerAttr length, IntegerAttr reverse) {
  printer << length.getValue() << flagText(reverse, " reverse");
}
ParseResult parseRunningAxis(OpAsmParser &parser, IntegerAttr &axis, IntegerAttr &reverse, IntegerAttr &exclusive) {
  return failure(failed(parseInteger(parser, axis)) || failed(parseFlag(parser, "reverse", reverse)) ||
                 failed(parseFlag(parser, "exclusive", exclusive)));
}
void printRunningAxis(OpAsmPrinter &printer, Operation *, IntegerAttr axis, IntegerAttr reverse,
                      IntegerAttr exclusive) {
  printer << axis.getValue() << flagText(reverse, " reverse") << flagText(exclusive, " exclusive");
}
ParseResult parseSortedAxis(OpAsmParser &parser, IntegerAttr &axis, IntegerAttr &descending) {
  return failure(failed(parseInteger(parser, axis)) || failed(parseFlag(parser, "descending", descending)));
}
void printSortedAxis(OpAsmPrinter &printer, Operation *, IntegerAttr axis, IntegerAttr descending) {
  printer << axis.getValue() << flagText(descending, " descending");
}

} // namespace fluxion::flx
