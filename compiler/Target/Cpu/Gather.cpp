// tensor.extract in a body: x[i, indices[j], …]. Indices from data are checked, clamped and reported; those that are
// loop indices need no check. Where only a loop index varies along the vector loop and x is contiguous there, it is a
// plain load.
#include "compiler/Target/Cpu/Fault.h"
#include "compiler/Target/Cpu/Loops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace fluxion::cpu {

void reportFaults(OpBuilder &b, Location loc, Value context, int64_t site, Value bad, Value value, int64_t bound) {
  auto report = [&](OpBuilder &b, Value one) {
    Value number = arith::ConstantIntOp::create(b, loc, site, 32);
    Value wide = convert(Lane(b, loc, one), b.getI64Type()).get();
    Value limit = arith::ConstantIntOp::create(b, loc, bound, 64);
    callRuntime(b, loc, "flx_fault", {}, {context, number, wide, limit});
  };
  auto vector = dyn_cast<VectorType>(bad.getType());
  Value any = vector ? vector::ReductionOp::create(b, loc, vector::CombiningKind::OR, bad).getResult() : bad;
  auto branch = scf::IfOp::create(b, loc, any, /*withElseRegion=*/false);
  OpBuilder inside = branch.getThenBodyBuilder();
  if (!vector) return report(inside, value);
  forLoop(inside, loc, indexConstant(inside, loc, 0), indexConstant(inside, loc, vector.getNumElements()), 1, {},
          [&](OpBuilder &b, Value lane, ValueRange) {
            auto one = scf::IfOp::create(b, loc, vector::ExtractOp::create(b, loc, bad, lane), false);
            OpBuilder inner = one.getThenBodyBuilder();
            report(inner, vector::ExtractOp::create(inner, loc, value, lane));
            return SmallVector<Value>();
          });
}

int64_t faultSite(Operation *op) {
  auto site = op->getAttrOfType<IntegerAttr>(faultSiteName);
  return site ? site.getInt() : -1;
}

// The loop an index is, or −1 for one that comes from data.
static int loopIndex(const Nest &nest, Value index) {
  auto op = index.getDefiningOp<linalg::IndexOp>();
  return op ? nest.loopOf[op.getDim()] : -1;
}

Value Body::gather(OpBuilder &b, Operation *op, const Point &p, Values &values) {
  auto extract = cast<tensor::ExtractOp>(op);
  Location loc = extract.getLoc();
  auto type = extract.getTensor().getType();
  unsigned operand = nest.firstCaptured + (llvm::find(nest.captured, extract.getTensor()) - nest.captured.begin());
  Lane zero(b, loc, arith::ConstantOp::create(b, loc, b.getIntegerAttr(indexElement, 0)));
  Lane uniform = zero; // the part of the address that is the same in all lanes
  Value varying;       // the part that is not
  int64_t contiguous = 0, axisStride = 1;
  for (int axis = type.getRank() - 1; axis >= 0; axisStride *= type.getDimSize(axis), --axis) {
    Value index = extract.getIndices()[axis];
    int64_t extent = type.getDimSize(axis);
    int loop = loopIndex(nest, index);
    if (loop >= 0 && loop == p.vectorLoop && p.lanes > 1) {
      Lane first(b, loc, arith::IndexCastOp::create(b, loc, indexElement, p.indices[loop]));
      uniform = uniform + first * first.splat(axisStride);
      contiguous += axisStride;
      continue;
    }
    Lane at(b, loc, lookup(values, index));
    if (!index.getDefiningOp<linalg::IndexOp>()) {
      Lane bound = at.splat(extent);
      Value bad = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, at.get(), bound.get());
      if (at.isVector() && p.active < p.lanes) bad = arith::AndIOp::create(b, loc, bad, activeMask(b, loc, p));
      reportFaults(b, loc, frame.context, faultSite(op), bad, at.get(), extent);
      at = max(min(at, bound - 1.0), 0.0);
    }
    at = convert(at, indexElement);
    if (at.isVector())
      varying = varying ? (at * at.splat(axisStride) + Lane(b, loc, varying)).get() : (at * at.splat(axisStride)).get();
    else
      uniform = uniform + at * at.splat(axisStride);
  }
  Type element = type.getElementType();
  if (type.getNumElements() == 0) // every index is out of range and reported; there is nothing to read
    return arith::ConstantOp::create(
        b, loc, cast<TypedAttr>(b.getZeroAttr(varying || contiguous ? lanesOf(element, p.lanes) : element)));
  Value base = arith::IndexCastOp::create(b, loc, b.getIndexType(), uniform.get());
  if (!varying && contiguous == 0) {
    Point scalar;
    return loadAt(b, loc, memory[operand], element, base, 0, scalar);
  }
  if (!varying) return loadAt(b, loc, memory[operand], element, base, contiguous, p);
  auto vector = cast<VectorType>(varying.getType());
  Lane offsets(b, loc, varying);
  if (contiguous) {
    SmallVector<Attribute> steps;
    for (int64_t i = 0; i < p.lanes; ++i) steps.push_back(b.getIntegerAttr(indexElement, i * contiguous));
    offsets = offsets + offsets.with(arith::ConstantOp::create(b, loc, DenseElementsAttr::get(vector, steps)));
  }
  return gatherLanes(b, loc, memory[operand], element, base, offsets.get(), p);
}

// Inactive lanes read nothing: their indices are clamped, but a clamp of garbage is still a needless miss.
Value Body::gatherLanes(OpBuilder &b, Location loc, Value memref, Type element, Value base, Value offsets,
                        const Point &p) {
  Type stored = memoryElement(element);
  auto type = VectorType::get({p.lanes}, stored);
  Value zero = arith::ConstantOp::create(b, loc, cast<TypedAttr>(b.getZeroAttr(type)));
  Value lanes = zero;
  if (stored.getIntOrFloatBitWidth() >= 32) {
    lanes = vector::GatherOp::create(b, loc, type, memref, base, offsets, activeMask(b, loc, p), zero);
  } else {
    for (int64_t i = 0; i < p.active; ++i) {
      Value offset = vector::ExtractOp::create(b, loc, offsets, i);
      Value at = arith::AddIOp::create(b, loc, base, arith::IndexCastOp::create(b, loc, b.getIndexType(), offset));
      lanes = vector::InsertOp::create(b, loc, memref::LoadOp::create(b, loc, memref, at), lanes, i);
    }
  }
  return fromMemory(b, loc, lanes, element);
}

} // namespace fluxion::cpu
