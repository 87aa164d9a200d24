// Which emitter plans which op, what kernels read, and the kernels that are calls into the runtime.
#include "compiler/Target/Cpu/Generic.h"
#include "compiler/Target/Cpu/Moves.h"
#include "compiler/Target/Cpu/Regions.h"
#include "dialects/Dialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace fluxion::cpu {

SmallVector<Value> kernelInputs(Operation *op) {
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic) {
    SmallVector<Value> inputs(op->getOperands());
    if (isControl(op))
      for (Region &region : op->getRegions()) llvm::append_range(inputs, capturedValues(region));
    return inputs;
  }
  SmallVector<Value> inputs, captured;
  for (OpOperand *input : generic.getDpsInputOperands())
    if (!generic.getMatchingBlockArgument(input).use_empty()) // else it is there for its shape
      inputs.push_back(input->get());
  for (auto extract : generic.getBody()->getOps<tensor::ExtractOp>())
    if (!llvm::is_contained(captured, extract.getTensor())) captured.push_back(extract.getTensor());
  llvm::append_range(inputs, captured);
  return inputs;
}

// Draws come four at a time from one block of the counter; chunks are whole blocks.
KernelPlan planDraw(Operation *op) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  int64_t count = type.getNumElements();
  KernelPlan plan;
  if (count == 0) return plan;
  bool normal = isa<flx::RandomNormalOp>(op);
  std::string name =
      std::string("flx_random_") + (normal ? "normal_" : "uniform_") + (type.getElementType().isF32() ? "f32" : "f64");
  constexpr int64_t block = 1024;
  int64_t pieces = (count + block - 1) / block;
  Chunking chunking = Chunking::of(0, pieces, chunksFor(count * (normal ? 10.0 : 2.0), pieces));
  plan.steps.push_back({chunking.chunks, [=](OpBuilder &b, Location loc, KernelFrame &frame) {
                          Value key = memref::LoadOp::create(b, loc, frame.operands[0], ValueRange{});
                          Value low = indexConstant(b, loc, 0), high = indexConstant(b, loc, count);
                          if (chunking.chunks > 1) {
                            std::tie(low, high) = chunking.range(b, loc, frame.chunk);
                            low = arith::MulIOp::create(b, loc, low, indexConstant(b, loc, block));
                            high = arith::MulIOp::create(b, loc, high, indexConstant(b, loc, block));
                            high = arith::MinSIOp::create(b, loc, high, indexConstant(b, loc, count));
                          }
                          low = arith::IndexCastOp::create(b, loc, b.getI64Type(), low);
                          high = arith::IndexCastOp::create(b, loc, b.getI64Type(), high);
                          callRuntime(b, loc, name, {}, {pointerTo(b, loc, frame.operands[1]), low, high, key});
                        }});
  return plan;
}

KernelPlan planFoldIn() {
  KernelPlan plan;
  plan.steps.push_back({1, [](OpBuilder &b, Location loc, KernelFrame &frame) {
                          Value key = memref::LoadOp::create(b, loc, frame.operands[0], ValueRange{});
                          Value datum = memref::LoadOp::create(b, loc, frame.operands[1], ValueRange{});
                          Value folded =
                              callRuntime(b, loc, "flx_random_fold", b.getI64Type(), {key, datum}).getResult(0);
                          memref::StoreOp::create(b, loc, folded, frame.operands[2], ValueRange{});
                        }});
  return plan;
}

// Accumulators start from constants, and tensors that are read do exist.
static LogicalResult checkGeneric(linalg::GenericOp op) {
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (OpOperand &destination : op.getDpsInitsMutable()) {
    bool reduced = false;
    for (auto [d, kind] : llvm::enumerate(op.getIteratorTypesArray()))
      reduced |= kind == utils::IteratorType::reduction && !maps[destination.getOperandNumber()].isFunctionOfDim(d);
    DenseElementsAttr start;
    if (reduced && !(matchPattern(destination.get(), m_Constant(&start)) && start.isSplat()))
      return op.emitError("a reduction has to start from a splat constant");
    if (!reduced && !op.getMatchingBlockArgument(&destination).use_empty())
      return op.emitError("a result that is not reduced cannot be read");
  }
  for (Value input : kernelInputs(op))
    if (input.getDefiningOp<tensor::EmptyOp>()) return op.emitError("reads a tensor that nothing has written");
  return success();
}

FailureOr<KernelPlan> planKernel(Operation *op, const Machine &machine) {
  auto loops = isa<linalg::GenericOp>(op) ? cast<linalg::GenericOp>(op).getNumLoops()
                                          : cast<RankedTensorType>(op->getResult(0).getType()).getRank();
  if (loops > maxLoops) return op->emitError("has more than ") << maxLoops << " dimensions";
  return llvm::TypeSwitch<Operation *, FailureOr<KernelPlan>>(op)
      .Case([&](linalg::GenericOp generic) -> FailureOr<KernelPlan> {
        if (failed(checkGeneric(generic))) return failure();
        return planGeneric(generic, machine);
      })
      .Case([&](flx::ContractOp contract) { return planContract(contract, machine); })
      .Case([&](flx::ConcatOp concat) { return planConcat(concat, machine); })
      .Case([&](flx::PadOp pad) { return planPad(pad, machine); })
      .Case([&](flx::ScatterAddOp scatter) { return planScatterAdd(scatter, machine); })
      .Case([&](flx::FoldInOp) { return planFoldIn(); })
      .Case([&](flx::OverlapAddOp add) { return planOverlapAdd(add, machine); })
      .Case([&](flx::CumsumOp sum) { return planCumsum(sum, machine); })
      .Case([&](flx::SortOp sort) { return planSort(sort); })
      .Case<flx::RandomUniformOp, flx::RandomNormalOp>([&](Operation *draw) { return planDraw(draw); })
      .Default([](Operation *unknown) -> FailureOr<KernelPlan> {
        return unknown->emitError("no kernel for this op: it has to be lowered first (-flx-to-linalg)");
      });
}

} // namespace fluxion::cpu
