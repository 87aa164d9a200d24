// Memrefs -> pointers, ahead of the conversion to the LLVM dialect. Every memref of the buffers stage is static, contiguous
// and row-major, and none is carried by a loop or chosen by a branch: so each is one pointer, an access is one address, and
// a single walk in program order does what descriptors would need thousands of ops for. In: functions over memrefs. Out: the
// same over !llvm.ptr; values of type index remain.
#include "compiler/Target/Cpu/Codegen.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace fluxion::cpu {
namespace {

class Pointers {
public:
  explicit Pointers(MLIRContext *context) : b(context), pointer(LLVM::LLVMPointerType::get(context)) {}

  LogicalResult run(func::FuncOp function) {
    SmallVector<Type> inputs = llvm::map_to_vector(function.getArgumentTypes(), [&](Type t) { return lowered(t); });
    if (function.isDeclaration()) {
      function.setFunctionType(b.getFunctionType(inputs, function.getResultTypes()));
      return success();
    }
    Block &entry = function.front();
    unsigned count = entry.getNumArguments(); // a pointer follows each memref until nobody reads the memref
    for (unsigned i = count; i-- > 0;)
      if (BlockArgument memref = entry.getArgument(i); isa<MemRefType>(memref.getType()))
        pointers[memref] = entry.insertArgument(i + 1, pointer, memref.getLoc());
    WalkResult walked = function.walk<WalkOrder::PreOrder>([&](Operation *op) { return visit(op); });
    if (walked.wasInterrupted()) return failure();
    for (Operation *op : llvm::reverse(dead)) op->erase();
    entry.eraseArguments([](BlockArgument argument) { return isa<MemRefType>(argument.getType()); });
    function.setFunctionType(b.getFunctionType(inputs, function.getResultTypes()));
    return success();
  }

private:
  static bool isMemref(Value v) { return isa<MemRefType>(v.getType()); }
  Type lowered(Type type) { return isa<MemRefType>(type) ? Type(pointer) : type; }

  WalkResult visit(Operation *op) {
    if (isa<func::FuncOp>(op) || !(llvm::any_of(op->getOperands(), isMemref) || llvm::any_of(op->getResults(), isMemref)))
      return WalkResult::advance();
    b.setInsertionPoint(op);
    if (auto call = dyn_cast<func::CallOp>(op)) {
      for (OpOperand &operand : call->getOpOperands())
        if (isMemref(operand.get())) operand.set(pointers.lookup(operand.get()));
      return WalkResult::advance();
    }
    if (!lower(op)) return op->emitError("no address is known for memory in this op"), WalkResult::interrupt();
    dead.push_back(op);
    return WalkResult::advance();
  }

  // True if the op's work is now done by others.
  bool lower(Operation *op) {
    return llvm::TypeSwitch<Operation *, bool>(op)
        .Case<memref::LoadOp>([&](auto load) { return lowerLoad(load, load.getMemRef(), load.getIndices()); })
        .Case<vector::LoadOp>([&](auto load) { return lowerLoad(load, load.getBase(), load.getIndices()); })
        .Case<memref::StoreOp>([&](auto s) { return lowerStore(s, s.getValueToStore(), s.getMemRef(), s.getIndices()); })
        .Case<vector::StoreOp>([&](auto s) { return lowerStore(s, s.getValueToStore(), s.getBase(), s.getIndices()); })
        .Case<vector::MaskedLoadOp, vector::MaskedStoreOp, vector::GatherOp, vector::ScatterOp>([&](auto each) { return lowerMasked(each); })
        .Case<memref::PrefetchOp, memref::ViewOp, memref::ReinterpretCastOp, memref::CastOp, memref::AllocaOp, memref::GetGlobalOp,
              memref::ExtractAlignedPointerAsIndexOp>([&](auto each) { return lowerPlace(each); })
        .Default(false);
  }

  //===-- Addresses -----------------------------------------------------------------------------------------------===//

  // An index as i64, made once, where the index is defined.
  Value asI64(Value index) {
    Value &known = integers[index];
    if (known) return known;
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointAfterValue(index);
    return known = arith::IndexCastOp::create(b, index.getLoc(), b.getI64Type(), index);
  }

  Value step(Location loc, Type element, Value base, LLVM::GEPArg by) {
    return LLVM::GEPOp::create(b, loc, pointer, element, base, by);
  }

  // A constant lies in the op where it has few bits enough, which are fewer than an int32_t's.
  LLVM::GEPArg argument(Value index) {
    std::optional<int64_t> known = getConstantIntValue(index);
    if (known && llvm::isInt<LLVM::kGEPConstantBitWidth>(*known)) return int32_t(*known);
    return asI64(index);
  }

  // Σ index·stride from the memref's beginning, the last stride being 1; null for a memref that nothing here made.
  Value address(Location loc, Value memref, ValueRange indices) {
    Value base = pointers.lookup(memref);
    auto type = cast<MemRefType>(memref.getType());
    if (!base || !type.getLayout().isIdentity()) return {};
    if (indices.empty()) return base;
    Value at = indices[0];
    for (unsigned i = 1; i < indices.size(); ++i) {
      at = arith::MulIOp::create(b, loc, at, arith::ConstantIndexOp::create(b, loc, type.getDimSize(i)));
      at = arith::AddIOp::create(b, loc, at, indices[i]);
    }
    LLVM::GEPArg by = argument(at);
    if (auto constant = dyn_cast<LLVM::GEPConstantIndex>(by); constant && constant == 0) return base;
    return step(loc, type.getElementType(), base, by);
  }

  static unsigned alignmentOf(Value memref) {
    return std::max(1u, cast<MemRefType>(memref.getType()).getElementTypeBitWidth() / 8);
  }

  //===-- Accesses ------------------------------------------------------------------------------------------------===//

  bool lowerLoad(Operation *op, Value memref, ValueRange indices) {
    Value from = address(op->getLoc(), memref, indices);
    if (!from) return false;
    Value loaded = LLVM::LoadOp::create(b, op->getLoc(), op->getResult(0).getType(), from, alignmentOf(memref));
    op->getResult(0).replaceAllUsesWith(loaded);
    return true;
  }

  bool lowerStore(Operation *op, Value value, Value memref, ValueRange indices) {
    Value to = address(op->getLoc(), memref, indices);
    if (to) LLVM::StoreOp::create(b, op->getLoc(), value, to, alignmentOf(memref));
    return bool(to);
  }

  bool lowerMasked(vector::MaskedLoadOp op) {
    Value from = address(op.getLoc(), op.getBase(), op.getIndices());
    if (!from) return false;
    op.getResult().replaceAllUsesWith(LLVM::MaskedLoadOp::create(b, op.getLoc(), op.getType(), from, op.getMask(),
                                                                 op.getPassThru(), alignmentOf(op.getBase())));
    return true;
  }
  bool lowerMasked(vector::MaskedStoreOp op) {
    Value to = address(op.getLoc(), op.getBase(), op.getIndices());
    if (to) LLVM::MaskedStoreOp::create(b, op.getLoc(), op.getValueToStore(), to, op.getMask(), alignmentOf(op.getBase()));
    return bool(to);
  }

  // One pointer a lane.
  Value lanes(Location loc, Value memref, ValueRange offsets, Value indices) {
    Value base = address(loc, memref, offsets);
    if (!base) return {};
    auto type = LLVM::getVectorType(pointer, cast<VectorType>(indices.getType()).getNumElements());
    return LLVM::GEPOp::create(b, loc, type, cast<MemRefType>(memref.getType()).getElementType(), base,
                               ArrayRef<LLVM::GEPArg>{indices});
  }
  bool lowerMasked(vector::GatherOp op) {
    Value from = lanes(op.getLoc(), op.getBase(), op.getOffsets(), op.getIndices());
    if (!from) return false;
    op.getResult().replaceAllUsesWith(LLVM::masked_gather::create(b, op.getLoc(), op.getType(), from, op.getMask(),
                                                                  ValueRange{op.getPassThru()}, alignmentOf(op.getBase())));
    return true;
  }
  bool lowerMasked(vector::ScatterOp op) {
    Value to = lanes(op.getLoc(), op.getBase(), op.getOffsets(), op.getIndices());
    if (to) LLVM::masked_scatter::create(b, op.getLoc(), op.getValueToStore(), to, op.getMask(), alignmentOf(op.getBase()));
    return bool(to);
  }

  //===-- Places --------------------------------------------------------------------------------------------------===//

  bool lowerPlace(memref::PrefetchOp op) {
    Value at = address(op.getLoc(), op.getMemref(), op.getIndices());
    if (at) LLVM::Prefetch::create(b, op.getLoc(), at, unsigned(op.getIsWrite()), op.getLocalityHint(), unsigned(op.getIsDataCache()));
    return bool(at);
  }
  bool lowerPlace(memref::ViewOp op) {
    Value base = pointers.lookup(op.getSource());
    if (base) pointers[op.getResult()] = step(op.getLoc(), b.getI8Type(), base, argument(op.getByteShift()));
    return bool(base);
  }
  // The same elements in another shape, or a slice that lies at an index.
  bool lowerPlace(memref::ReinterpretCastOp op) {
    Value base = pointers.lookup(op.getSource());
    if (!base) return false;
    bool moved = !op.getType().getLayout().isIdentity();
    if (moved && op.getOffsets().size() != 1) return false;
    pointers[op.getResult()] =
        moved ? step(op.getLoc(), op.getType().getElementType(), base, argument(op.getOffsets().front())) : base;
    return true;
  }
  bool lowerPlace(memref::CastOp op) {
    Value base = pointers.lookup(op.getSource());
    if (base) pointers[op.getResult()] = base;
    return base && isa<MemRefType>(op.getType()) && cast<MemRefType>(op.getType()).getLayout().isIdentity();
  }
  bool lowerPlace(memref::AllocaOp op) {
    auto type = op.getType();
    Value count = LLVM::ConstantOp::create(b, op.getLoc(), b.getI64Type(), b.getI64IntegerAttr(type.getNumElements()));
    pointers[op.getResult()] =
        LLVM::AllocaOp::create(b, op.getLoc(), pointer, type.getElementType(), count, op.getAlignment().value_or(0));
    return true;
  }
  bool lowerPlace(memref::GetGlobalOp op) {
    pointers[op.getResult()] = LLVM::AddressOfOp::create(b, op.getLoc(), pointer, op.getName());
    return true;
  }
  // Its users turn the number into a pointer again.
  bool lowerPlace(memref::ExtractAlignedPointerAsIndexOp op) {
    Value base = pointers.lookup(op.getSource());
    if (!base) return false;
    Value bits = LLVM::PtrToIntOp::create(b, op.getLoc(), b.getI64Type(), base);
    op.getResult().replaceAllUsesWith(arith::IndexCastOp::create(b, op.getLoc(), b.getIndexType(), bits));
    return true;
  }

  OpBuilder b;
  LLVM::LLVMPointerType pointer;
  llvm::DenseMap<Value, Value> pointers; // of each memref
  llvm::DenseMap<Value, Value> integers; // of each index that an address took
  SmallVector<Operation *> dead;         // in program order
};

} // namespace

LogicalResult memrefsToPointers(ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>())
    if (failed(Pointers(module.getContext()).run(function))) return failure();
  return success();
}

} // namespace fluxion::cpu
