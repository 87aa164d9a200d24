// Kernels by fingerprint, and the functions they become.
#include "compiler/Target/Cpu/KernelTable.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
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

} // namespace

std::string KernelTable::nameOf(StringRef kind, StringRef part, unsigned number) const {
  return (prefix + kind + Twine(number) + part).str();
}

Value KernelTable::constant(OpBuilder &b, Location loc, flx::ConstantOp op) {
  auto elements = cast<DenseElementsAttr>(op.getValue());
  auto type = cast<RankedTensorType>(op.getType());
  // LLVM would nest 2^40 empty arrays for a constant of 2^40 × 0 elements.
  if (type.getNumElements() == 0) elements = elements.reshape(type = RankedTensorType::get({0}, type.getElementType()));
  auto global = MemRefType::get(type.getShape(), memoryElement(elements.getElementType()));
  StringRef &name = globals[op.getValue()];
  if (name.empty()) {
    if (elements.getElementType().isInteger(1))
      elements = elements.mapValues(global.getElementType(), [](const APInt &bit) { return bit.zext(8); });
    name = b.getStringAttr(prefix + "constant" + Twine(globals.size() - 1)).getValue();
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(module.getBody());
    memref::GlobalOp::create(b, loc, name, b.getStringAttr("private"), global, elements, /*constant=*/true,
                             b.getI64IntegerAttr(64));
  }
  return memref::GetGlobalOp::create(b, loc, global, name);
}

ArrayRef<func::FuncOp> KernelTable::kernelOf(Operation *op, ArrayRef<Value> inputs, uint64_t alone,
                                             const KernelPlan &kernel, Operation *user) {
  auto [found, isNew] = kernels.try_emplace(llvm::to_vector(Fingerprint().of(op, inputs, alone)));
  if (isNew) found->second = emit(op, inputs, alone, kernel, user);
  return found->second;
}

SmallVector<func::FuncOp> KernelTable::emit(Operation *op, ArrayRef<Value> inputs, uint64_t alone,
                                            const KernelPlan &kernel, Operation *user) {
  OpBuilder b(user);
  SmallVector<Type> memrefs;
  for (Value input : inputs) memrefs.push_back(memoryType(cast<RankedTensorType>(input.getType())));
  for (Type result : op->getResultTypes()) memrefs.push_back(memoryType(cast<RankedTensorType>(result)));
  SmallVector<func::FuncOp> steps;
  std::string name = (prefix + "kernel" + Twine(kernels.size() - 1)).str();
  for (auto [i, step] : llvm::enumerate(kernel.steps)) {
    OpBuilder::InsertionGuard guard(b);
    SmallVector<unsigned, 12> numbers = step.operandNumbers(memrefs.size());
    SmallVector<Type> types{LLVM::LLVMPointerType::get(b.getContext())};
    for (unsigned number : numbers) types.push_back(memrefs[number]);
    size_t operands = types.size();
    if (kernel.scratchBytes) types.push_back(MemRefType::get({kernel.scratchBytes}, b.getI8Type()));
    if (step.chunks > 1) types.push_back(b.getIndexType());
    std::string stepName = kernel.steps.size() > 1 ? (name + "_" + Twine(i)).str() : name;
    auto f = func::FuncOp::create(b, op->getLoc(), stepName, b.getFunctionType(types, {}));
    f.setPrivate();
    for (auto [i, number] : llvm::enumerate(numbers))
      if (number < 64 && (alone >> number & 1))
        f.setArgAttr(1 + i, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
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

} // namespace fluxion::cpu
