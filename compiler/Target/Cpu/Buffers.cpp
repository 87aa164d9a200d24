// Building the buffers stage: kernels outlined and shared by fingerprint, the entry a straight line of calls.
#include "compiler/Target/Cpu/Buffers.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace fluxion::cpu {
namespace {

// Everything that decides the code of a kernel, as a list of words: two ops with equal lists share functions.
// Attributes and types are unique in their context, so their addresses stand for them; values are numbered as they are
// met.
class Fingerprint {
public:
  llvm::SmallVector<uintptr_t> of(Operation *op, ArrayRef<Value> inputs, uint64_t aliases) {
    words.push_back(aliases);
    for (Value input : inputs) numberOf(input);
    add(op);
    return std::move(words);
  }

private:
  void add(Operation *op) {
    words.push_back(uintptr_t(op->getName().getAsOpaquePointer()));
    words.push_back(uintptr_t(op->getAttrDictionary().getAsOpaquePointer()));
    for (Value operand : op->getOperands()) {
      Attribute constant; // a reduction's start, a destination's type
      words.push_back(matchPattern(operand, m_Constant(&constant)) ? uintptr_t(constant.getAsOpaquePointer())
                                                                   : numberOf(operand));
      words.push_back(uintptr_t(operand.getType().getAsOpaquePointer()));
    }
    for (Value result : op->getResults()) {
      words.push_back(uintptr_t(result.getType().getAsOpaquePointer()));
      numberOf(result);
    }
    for (Region &region : op->getRegions())
      for (Block &block : region) {
        for (BlockArgument argument : block.getArguments()) {
          words.push_back(uintptr_t(argument.getType().getAsOpaquePointer()));
          numberOf(argument);
        }
        for (Operation &inner : block) add(&inner);
      }
  }
  uintptr_t numberOf(Value value) { return numbers.try_emplace(value, numbers.size()).first->second; }

  llvm::SmallVector<uintptr_t> words;
  llvm::DenseMap<Value, uintptr_t> numbers;
};

class Builder {
public:
  Builder(func::FuncOp function, const MemoryPlan &plan, StringRef prefix)
      : function(function), plan(plan), prefix(prefix), donated(donatedArguments(function)), b(function.getContext()),
        pointer(LLVM::LLVMPointerType::get(b.getContext())) {}

  OwningOpRef<ModuleOp> run() {
    module = ModuleOp::create(function.getLoc());
    startEntry();
    for (Operation *op : plan.order) call(op);
    func::ReturnOp::create(b, function.getLoc());
    return std::move(module);
  }

private:
  void startEntry() {
    SmallVector<Type> inputs{pointer};
    for (Type type : function.getArgumentTypes()) inputs.push_back(memoryType(cast<RankedTensorType>(type)));
    for (Type type : function.getResultTypes()) inputs.push_back(memoryType(cast<RankedTensorType>(type)));
    inputs.push_back(MemRefType::get({std::max<int64_t>(plan.arenaBytes, 1)}, b.getI8Type()));
    b.setInsertionPointToEnd(module->getBody());
    entry = func::FuncOp::create(b, function.getLoc(), function.getName(), b.getFunctionType(inputs, {}));
    entry->setAttr(argumentsName, b.getI64IntegerAttr(function.getNumArguments()));
    b.setInsertionPointToStart(entry.addEntryBlock());
  }

  Value arena(Location loc, int64_t offset, MemRefType type) {
    Value &view = views[{offset, type}];
    if (!view) {
      Value shift = arith::ConstantIndexOp::create(b, loc, offset);
      view = memref::ViewOp::create(b, loc, type, entry.getArguments().back(), shift, ValueRange{});
    }
    return view;
  }

  // A constant tensor as a global, bytes for i1.
  Value constant(Location loc, flx::ConstantOp op, MemRefType type) {
    StringRef name = globals[op.getValue()];
    if (name.empty()) {
      auto elements = cast<DenseElementsAttr>(op.getValue());
      if (elements.getElementType().isInteger(1))
        elements = elements.mapValues(type.getElementType(), [](const APInt &bit) { return bit.zext(8); });
      name = globals[op.getValue()] = b.getStringAttr(prefix + "constant" + Twine(globals.size() - 1)).getValue();
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(module->getBody());
      auto global = MemRefType::get(cast<RankedTensorType>(op.getType()).getShape(), type.getElementType());
      memref::GlobalOp::create(b, loc, name, b.getStringAttr("private"), global, elements, /*constant=*/true,
                               b.getI64IntegerAttr(64));
    }
    auto global = MemRefType::get(cast<RankedTensorType>(op.getType()).getShape(), type.getElementType());
    return memref::GetGlobalOp::create(b, loc, global, name);
  }

  // The memref of a tensor in its own shape.
  Value memory(Location loc, Value tensor) {
    auto type = memoryType(cast<RankedTensorType>(tensor.getType()));
    Place place = plan.places.lookup(tensor);
    Value whole;
    switch (place.kind) {
    case Place::Arena:
      return arena(loc, place.at, type);
    case Place::Argument:
      whole = entry.getArgument(1 + place.at);
      break;
    case Place::Result:
      whole = entry.getArgument(1 + function.getNumArguments() + place.at);
      break;
    case Place::Constant:
      whole = constant(loc, memoryRoot(tensor).getDefiningOp<flx::ConstantOp>(), type);
      break;
    }
    if (whole.getType() == type) return whole;
    SmallVector<int64_t> strides(type.getRank(), 1);
    for (int i = int(type.getRank()) - 2; i >= 0; --i) strides[i] = strides[i + 1] * type.getDimSize(i + 1);
    return memref::ReinterpretCastOp::create(b, loc, type, whole, int64_t(0), type.getShape(), strides);
  }

  // Bit i: operand i of the kernel shares no memory with another one, as far as anything is written.
  uint64_t distinct(Operation *op, ArrayRef<Value> inputs) {
    uint64_t bits = 0;
    auto sameMemory = [&](Value input, Value result) {
      Place a = plan.places.lookup(input), c = plan.places.lookup(result);
      return a == c || (a.kind == Place::Argument && c.kind == Place::Result && donated[c.at] == a.at);
    };
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

  ArrayRef<func::FuncOp> kernelOf(Operation *op, ArrayRef<Value> inputs) {
    uint64_t alone = distinct(op, inputs);
    auto [found, isNew] = kernels.try_emplace(llvm::to_vector(Fingerprint().of(op, inputs, alone)));
    if (isNew) found->second = emit(op, inputs, alone);
    return found->second;
  }

  SmallVector<func::FuncOp> emit(Operation *op, ArrayRef<Value> inputs, uint64_t alone) {
    const KernelPlan &kernel = plan.kernels.find(op)->second;
    SmallVector<Type> memrefs{pointer};
    for (Value input : inputs) memrefs.push_back(memoryType(cast<RankedTensorType>(input.getType())));
    for (Type result : op->getResultTypes()) memrefs.push_back(memoryType(cast<RankedTensorType>(result)));
    size_t operands = memrefs.size();
    if (kernel.scratchBytes) memrefs.push_back(MemRefType::get({kernel.scratchBytes}, b.getI8Type()));
    SmallVector<func::FuncOp> steps;
    std::string name = (prefix + "kernel" + Twine(kernels.size() - 1)).str();
    for (auto [i, step] : llvm::enumerate(kernel.steps)) {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPoint(entry);
      SmallVector<Type> types = memrefs;
      if (step.chunks > 1) types.push_back(b.getIndexType());
      std::string stepName = kernel.steps.size() > 1 ? (name + "_" + Twine(i)).str() : name;
      auto f = func::FuncOp::create(b, op->getLoc(), stepName, b.getFunctionType(types, {}));
      f.setPrivate();
      for (size_t k = 1; k < operands; ++k)
        if (k - 1 < 64 && (alone >> (k - 1) & 1))
          f.setArgAttr(k, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
      b.setInsertionPointToStart(f.addEntryBlock());
      KernelFrame frame;
      frame.context = f.getArgument(0);
      frame.operands.assign(f.getArguments().begin() + 1, f.getArguments().begin() + operands);
      if (kernel.scratchBytes) frame.scratch = f.getArgument(operands);
      frame.chunk =
          step.chunks > 1 ? f.getArguments().back() : arith::ConstantIndexOp::create(b, op->getLoc(), 0).getResult();
      step.emit(b, op->getLoc(), frame);
      func::ReturnOp::create(b, op->getLoc());
      steps.push_back(f);
    }
    return steps;
  }

  void call(Operation *op) {
    Location loc = op->getLoc();
    const KernelPlan &kernel = plan.kernels.find(op)->second;
    SmallVector<Value> inputs = kernelInputs(op);
    SmallVector<func::FuncOp> steps(kernelOf(op, inputs));
    SmallVector<Value> arguments{entry.getArgument(0)};
    for (Value input : inputs) arguments.push_back(memory(loc, input));
    for (Value result : op->getResults()) arguments.push_back(memory(loc, result));
    if (kernel.scratchBytes)
      arguments.push_back(arena(loc, plan.scratch.lookup(op), MemRefType::get({kernel.scratchBytes}, b.getI8Type())));
    for (auto [function, step] : llvm::zip(steps, kernel.steps)) {
      if (step.chunks == 1) {
        func::CallOp::create(b, loc, function, arguments);
        continue;
      }
      func::FuncOp callee = function;
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

  func::FuncOp function;
  const MemoryPlan &plan;
  StringRef prefix;
  SmallVector<int64_t> donated;
  OpBuilder b;
  Type pointer;
  OwningOpRef<ModuleOp> module;
  func::FuncOp entry;
  std::map<llvm::SmallVector<uintptr_t>, SmallVector<func::FuncOp>> kernels;
  llvm::DenseMap<std::pair<int64_t, Type>, Value> views;
  llvm::DenseMap<Attribute, StringRef> globals;
};

} // namespace

OwningOpRef<ModuleOp> buildBuffers(func::FuncOp function, const MemoryPlan &plan, StringRef prefix) {
  return Builder(function, plan, prefix).run();
}

} // namespace fluxion::cpu
