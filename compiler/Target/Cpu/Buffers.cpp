// Building the buffers stage: kernels outlined and shared by fingerprint, functions a straight line of calls.
#include "compiler/Target/Cpu/Buffers.h"
#include "compiler/Target/Cpu/BufferFunction.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace fluxion::cpu {

BufferFunction::BufferFunction(ModuleOp module, KernelTable &table, func::FuncOp source, const MemoryPlan &plan,
                               ArrayRef<int64_t> donated, bool inPlace)
    : module(module), table(table), source(source), plan(plan), donated(donated), inPlace(inPlace),
      b(module.getContext()) {}

func::FuncOp BufferFunction::write(StringRef name, Operation *before) {
  SmallVector<Type> inputs{LLVM::LLVMPointerType::get(b.getContext())};
  for (Type type : source.getArgumentTypes()) inputs.push_back(memoryType(cast<RankedTensorType>(type)));
  for (Type type : source.getResultTypes()) inputs.push_back(memoryType(cast<RankedTensorType>(type)));
  inputs.push_back(MemRefType::get({std::max<int64_t>(plan.arenaBytes, 1)}, b.getI8Type()));
  before ? b.setInsertionPoint(before) : b.setInsertionPointToEnd(module.getBody());
  function = func::FuncOp::create(b, source.getLoc(), name, b.getFunctionType(inputs, {}));
  b.setInsertionPointToStart(function.addEntryBlock());
  for (Operation *op : plan.order) call(op);
  func::ReturnOp::create(b, source.getLoc());
  return function;
}

//===-- Memory --------------------------------------------------------------------------------------------------===//

Value BufferFunction::arena(Location loc, int64_t offset, MemRefType type) {
  Value &view = views[{offset, type}];
  if (!view) {
    Value shift = arith::ConstantIndexOp::create(b, loc, offset);
    view = memref::ViewOp::create(b, loc, type, function.getArguments().back(), shift, ValueRange{});
  }
  return view;
}

Value BufferFunction::memory(Location loc, Value tensor) {
  auto type = memoryType(cast<RankedTensorType>(tensor.getType()));
  Place place = plan.places.lookup(tensor);
  Value whole;
  switch (place.kind) {
  case Place::Arena:
    return arena(loc, place.at, type);
  case Place::Argument:
    whole = function.getArgument(1 + place.at);
    break;
  case Place::Result:
    whole = function.getArgument(1 + source.getNumArguments() + place.at);
    break;
  case Place::Constant:
    whole = table.constant(b, loc, memoryRoot(tensor).getDefiningOp<flx::ConstantOp>());
    break;
  }
  if (whole.getType() == type) return whole;
  SmallVector<int64_t> strides(type.getRank(), 1);
  for (int i = int(type.getRank()) - 2; i >= 0; --i) strides[i] = strides[i + 1] * type.getDimSize(i + 1);
  return memref::ReinterpretCastOp::create(b, loc, type, whole, int64_t(0), type.getShape(), strides);
}

SmallVector<Value> BufferFunction::memories(Location loc, ValueRange tensors) {
  return llvm::map_to_vector(tensors, [&](Value tensor) { return memory(loc, tensor); });
}

bool BufferFunction::sameMemory(Value input, Value result) const {
  Place a = plan.places.lookup(input), c = plan.places.lookup(result);
  return a == c || (a.kind == Place::Argument && c.kind == Place::Result && donated[c.at] == a.at);
}

// Bit i: operand i of the kernel shares no memory with another one, as far as anything is written.
uint64_t BufferFunction::distinct(Operation *op, ArrayRef<Value> inputs) const {
  uint64_t bits = 0;
  size_t count = inputs.size() + op->getNumResults();
  for (size_t i = 0; i < count && i < 64; ++i) {
    bool shares =
        i < inputs.size()
            ? llvm::any_of(op->getResults(), [&](Value r) { return sameMemory(inputs[i], r); })
            : llvm::any_of(inputs, [&](Value in) { return sameMemory(in, op->getResult(i - inputs.size())); });
    bits |= uint64_t(!shares) << i;
  }
  return bits;
}

//===-- Calls ---------------------------------------------------------------------------------------------------===//

void BufferFunction::call(Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](flx::ScanOp scan) { writeScan(scan); })
      .Case([&](flx::WhileOp loop) { writeWhile(loop); })
      .Case([&](flx::IfOp branch) { writeIf(branch); })
      .Default([&](Operation *) { callKernel(op); });
}

void BufferFunction::callKernel(Operation *op) {
  Location loc = op->getLoc();
  const KernelPlan &kernel = plan.kernels.find(op)->second;
  SmallVector<Value> inputs = kernelInputs(op);
  SmallVector<func::FuncOp> steps(table.kernelOf(op, inputs, distinct(op, inputs), kernel, function));
  SmallVector<Value> operands = memories(loc, inputs);
  llvm::append_range(operands, memories(loc, op->getResults()));
  Value scratch;
  if (kernel.scratchBytes)
    scratch = arena(loc, plan.scratch.lookup(op), MemRefType::get({kernel.scratchBytes}, b.getI8Type()));
  for (auto [stepFunction, step] : llvm::zip(steps, kernel.steps)) {
    func::FuncOp callee = stepFunction;
    SmallVector<Value> arguments{function.getArgument(0)};
    for (unsigned operand : step.operandNumbers(operands.size())) arguments.push_back(operands[operand]);
    if (scratch) arguments.push_back(scratch);
    if (step.chunks == 1) {
      func::CallOp::create(b, loc, callee, arguments);
      continue;
    }
    SmallVector<OpFoldResult> chunks{b.getIndexAttr(step.chunks)};
    scf::ForallOp::create(b, loc, chunks, ValueRange{}, std::nullopt,
                          [&](OpBuilder &inner, Location loc, ValueRange chunk) {
                            SmallVector<Value> all(arguments);
                            all.push_back(chunk.front());
                            func::CallOp::create(inner, loc, callee, all);
                            scf::InParallelOp::create(inner, loc);
                          });
  }
}

OwningOpRef<ModuleOp> buildBuffers(func::FuncOp function, const MemoryPlan &plan, StringRef prefix) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(function.getLoc());
  KernelTable table(*module, prefix);
  BufferFunction entry(*module, table, function, plan, donatedArguments(function), /*inPlace=*/false);
  entry.write(entrySymbol(function.getName()))
      ->setAttr(argumentsName, OpBuilder(function.getContext()).getI64IntegerAttr(function.getNumArguments()));
  return module;
}

} // namespace fluxion::cpu
