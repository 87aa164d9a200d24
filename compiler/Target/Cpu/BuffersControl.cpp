// Loops and branches of the buffers stage: scf around calls of the functions that regions became. What is carried stays
// in the memory of the results; slices of sequences and stacked results are addresses, index · elements of one slice.
#include "compiler/Target/Cpu/BufferFunction.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace fluxion::cpu {

func::FuncOp BufferFunction::regionFunction(Operation *op, unsigned region) {
  const RegionPlan &part = *plan.control.lookup(op)->regions[region];
  static const char *const names[3][2] = {{"_body", ""}, {"_condition", "_body"}, {"_then", "_else"}};
  int kind = isa<flx::ScanOp>(op) ? 0 : isa<flx::WhileOp>(op) ? 1 : 2;
  std::string name = table.nameOf(op->getName().stripDialect(), names[kind][region], controlNumber);
  BufferFunction made(module, table, part.function, part.plan, part.donated, /*inPlace=*/true);
  func::FuncOp written = made.write(name, function);
  written.setPrivate();
  return written;
}

Value BufferFunction::regionArena(Operation *op, unsigned region) {
  int64_t bytes = std::max<int64_t>(plan.control.lookup(op)->regions[region]->plan.arenaBytes, 1);
  auto type = MemRefType::get({bytes}, b.getI8Type());
  // One that needs nothing is given something all the same.
  return plan.scratch.contains(op) ? arena(op->getLoc(), plan.scratch.lookup(op), type)
                                   : arena(op->getLoc(), 0, MemRefType::get({1}, b.getI8Type()));
}

void BufferFunction::carryIn(Operation *op) {
  Location loc = op->getLoc();
  for (unsigned j = 0; j < carriedCount(op); ++j) {
    Value from = op->getOperand(j), to = op->getResult(j);
    int64_t bytes = byteSize(to.getType());
    bool there = plan.places.lookup(from) == plan.places.lookup(to) || (inPlace && sameMemory(from, to));
    if (there || bytes == 0) continue;
    // An entry's donated result may be its argument, so that the two are one place.
    Value count = arith::ConstantIntOp::create(b, loc, bytes, 64);
    Value target = pointerTo(b, loc, memory(loc, to)), origin = pointerTo(b, loc, memory(loc, from));
    LLVM::MemmoveOp::create(b, loc, target, origin, count, /*isVolatile=*/false);
  }
}

Value BufferFunction::slice(OpBuilder &inner, Location loc, Value whole, Value index, Type sliceType) {
  auto tensor = cast<RankedTensorType>(sliceType);
  MemRefType type = memoryType(tensor);
  SmallVector<int64_t> strides(type.getRank(), 1);
  for (int i = int(type.getRank()) - 2; i >= 0; --i) strides[i] = strides[i + 1] * type.getDimSize(i + 1);
  Value elements = arith::ConstantIndexOp::create(inner, loc, tensor.getNumElements());
  Value offset = arith::MulIOp::create(inner, loc, index, elements);
  auto moved = MemRefType::get(type.getShape(), type.getElementType(),
                               StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic, strides));
  SmallVector<OpFoldResult> sizes = getAsIndexOpFoldResult(b.getContext(), type.getShape()),
                            steps = getAsIndexOpFoldResult(b.getContext(), strides);
  Value at = memref::ReinterpretCastOp::create(inner, loc, moved, whole, OpFoldResult(offset), sizes, steps);
  return memref::CastOp::create(inner, loc, type, at);
}

Value BufferFunction::truth(OpBuilder &inner, Location loc, Value memory) {
  Value byte = memref::LoadOp::create(inner, loc, memory, ValueRange{});
  Value zero = arith::ConstantIntOp::create(inner, loc, 0, 8);
  return arith::CmpIOp::create(inner, loc, arith::CmpIPredicate::ne, byte, zero);
}

void BufferFunction::writeScan(flx::ScanOp op) {
  Location loc = op.getLoc();
  const ControlPlan &control = *plan.control.lookup(op);
  controlNumber = table.nextControl();
  func::FuncOp body = regionFunction(op, 0);
  carryIn(op);
  size_t carries = carriedCount(op);
  SmallVector<Value> carried = memories(loc, op.getResults().take_front(carries)),
                     sequences = memories(loc, op.getSequences()),
                     stacks = memories(loc, op.getResults().drop_front(carries)),
                     captured = memories(loc, control.regions[0]->captured);
  Value index = arena(loc, plan.scratch.lookup(op) + control.scalar, MemRefType::get({}, b.getI32Type()));
  Value scratch = regionArena(op, 0);
  Value zero = arith::ConstantIndexOp::create(b, loc, 0), one = arith::ConstantIndexOp::create(b, loc, 1);
  Value length = arith::ConstantIndexOp::create(b, loc, op.getLength());
  Value last = arith::ConstantIndexOp::create(b, loc, op.getLength() - 1);
  auto loop = scf::ForOp::create(b, loc, zero, length, one);
  OpBuilder inner = OpBuilder::atBlockBegin(loop.getBody());
  Value step = loop.getInductionVar();
  if (op.getReverse()) step = arith::SubIOp::create(inner, loc, last, step);
  if (!op.getBody().getArgument(0).use_empty()) {
    Value number = arith::IndexCastOp::create(inner, loc, b.getI32Type(), step);
    memref::StoreOp::create(inner, loc, number, index, ValueRange{});
  }
  SmallVector<Value> arguments{function.getArgument(0), index};
  llvm::append_range(arguments, carried);
  for (auto [sequence, argument] : llvm::zip(sequences, op.getBody().getArguments().drop_front(1 + carries)))
    arguments.push_back(slice(inner, loc, sequence, step, argument.getType()));
  llvm::append_range(arguments, captured);
  llvm::append_range(arguments, carried);
  for (auto [stack, out] : llvm::zip(stacks, op.getBody().front().getTerminator()->getOperands().drop_front(carries)))
    arguments.push_back(slice(inner, loc, stack, step, out.getType()));
  arguments.push_back(scratch);
  func::CallOp::create(inner, loc, body, arguments);
}

void BufferFunction::writeWhile(flx::WhileOp op) {
  Location loc = op.getLoc();
  const ControlPlan &control = *plan.control.lookup(op);
  controlNumber = table.nextControl();
  func::FuncOp condition = regionFunction(op, 0), body = regionFunction(op, 1);
  carryIn(op);
  SmallVector<Value> carried = memories(loc, op.getResults());
  Value answer = arena(loc, plan.scratch.lookup(op) + control.scalar, MemRefType::get({}, b.getI8Type()));
  auto argumentsOf = [&](unsigned region, ValueRange results) {
    SmallVector<Value> arguments{function.getArgument(0)};
    llvm::append_range(arguments, carried);
    llvm::append_range(arguments, memories(loc, control.regions[region]->captured));
    llvm::append_range(arguments, results);
    arguments.push_back(regionArena(op, region));
    return arguments;
  };
  SmallVector<Value> asked = argumentsOf(0, answer), run = argumentsOf(1, carried);
  scf::WhileOp::create(
      b, loc, TypeRange{}, ValueRange{},
      [&](OpBuilder &inner, Location loc, ValueRange) {
        func::CallOp::create(inner, loc, condition, asked);
        scf::ConditionOp::create(inner, loc, truth(inner, loc, answer), ValueRange{});
      },
      [&](OpBuilder &inner, Location loc, ValueRange) {
        func::CallOp::create(inner, loc, body, run);
        scf::YieldOp::create(inner, loc);
      });
}

void BufferFunction::writeIf(flx::IfOp op) {
  Location loc = op.getLoc();
  const ControlPlan &control = *plan.control.lookup(op);
  controlNumber = table.nextControl();
  func::FuncOp arms[2] = {regionFunction(op, 0), regionFunction(op, 1)};
  SmallVector<Value> arguments[2];
  for (unsigned arm = 0; arm < 2; ++arm) {
    arguments[arm].push_back(function.getArgument(0));
    llvm::append_range(arguments[arm], memories(loc, control.regions[arm]->captured));
    llvm::append_range(arguments[arm], memories(loc, op.getResults()));
    arguments[arm].push_back(regionArena(op, arm));
  }
  Value condition = truth(b, loc, memory(loc, op.getCondition()));
  auto branch = scf::IfOp::create(b, loc, condition, /*withElseRegion=*/true);
  for (unsigned arm = 0; arm < 2; ++arm) {
    OpBuilder inner = arm == 0 ? branch.getThenBodyBuilder() : branch.getElseBodyBuilder();
    func::CallOp::create(inner, loc, arms[arm], arguments[arm]);
  }
}

} // namespace fluxion::cpu
