// Index arithmetic, loops and strided vectors for the emitters of contractions.
#include "compiler/Target/Cpu/ContractBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include <numeric>
using namespace mlir;

namespace fluxion::cpu {

ContractBuilder::ContractBuilder(OpBuilder &builder, Location location)
    : builder(builder), location(location), top(builder.getInsertionBlock()) {
  Block::iterator here = builder.getInsertionPoint();
  // Ops that come later are emitted at `here`; what must dominate them all goes before the first of them.
  afterTop = here == top->begin() ? nullptr : &*std::prev(here);
}

// The point just after what stood in the block when emission began, and after constants put there since.
static void moveToTop(OpBuilder &builder, Block *top, Operation *afterTop) {
  if (afterTop)
    builder.setInsertionPointAfter(afterTop);
  else
    builder.setInsertionPointToStart(top);
}

Value ContractBuilder::index(int64_t value) {
  Value &known = constants[value];
  if (!known) {
    OpBuilder::InsertionGuard guard(builder);
    moveToTop(builder, top, afterTop);
    known = arith::ConstantIndexOp::create(builder, location, value);
  }
  return known;
}

Value ContractBuilder::add(Value a, Value b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  if (x && y) return index(*x + *y);
  if (x && *x == 0) return b;
  if (y && *y == 0) return a;
  return arith::AddIOp::create(builder, location, a, b);
}

Value ContractBuilder::sub(Value a, Value b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  if (x && y) return index(*x - *y);
  if (y && *y == 0) return a;
  return arith::SubIOp::create(builder, location, a, b);
}

Value ContractBuilder::mul(Value a, int64_t b) {
  if (std::optional<int64_t> x = getConstantIntValue(a)) return index(*x * b);
  if (b == 0) return index(0);
  return b == 1 ? a : arith::MulIOp::create(builder, location, a, index(b)).getResult();
}

Value ContractBuilder::div(Value a, int64_t b) {
  if (std::optional<int64_t> x = getConstantIntValue(a)) return index(*x / b);
  return b == 1 ? a : arith::DivUIOp::create(builder, location, a, index(b)).getResult();
}

Value ContractBuilder::rem(Value a, int64_t b) {
  if (std::optional<int64_t> x = getConstantIntValue(a)) return index(*x % b);
  return b == 1 ? index(0) : arith::RemUIOp::create(builder, location, a, index(b)).getResult();
}

Value ContractBuilder::min(Value a, Value b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  if (x && y) return index(std::min(*x, *y));
  return arith::MinSIOp::create(builder, location, a, b);
}

Value ContractBuilder::max(Value a, Value b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  if (x && y) return index(std::max(*x, *y));
  return arith::MaxSIOp::create(builder, location, a, b);
}

Value ContractBuilder::less(Value a, Value b) {
  return arith::CmpIOp::create(builder, location, arith::CmpIPredicate::slt, a, b);
}

Value ContractBuilder::offset(Value linear, ArrayRef<int64_t> sizes, ArrayRef<int64_t> strides) {
  Value sum = index(0);
  for (int64_t i = sizes.size() - 1; i >= 0; --i) {
    Value coordinate = i == 0 ? linear : rem(linear, sizes[i]);
    sum = add(sum, mul(coordinate, strides[i]));
    if (i > 0) linear = div(linear, sizes[i]);
  }
  return sum;
}

void ContractBuilder::loop(Value low, Value high, int64_t step, function_ref<void(Value)> body) {
  loop(low, high, step, ValueRange{}, [&](Value i, ValueRange) {
    body(i);
    return Values{};
  });
}

ContractBuilder::Values ContractBuilder::loop(Value low, Value high, int64_t step, ValueRange initial,
                                              function_ref<Values(Value, ValueRange)> body) {
  std::optional<int64_t> from = getConstantIntValue(low), to = getConstantIntValue(high);
  if (from && to && *from >= *to) return Values(initial);
  if (from && to && *from + step >= *to) return body(low, initial);
  auto loop = scf::ForOp::create(builder, location, low, high, index(step), initial);
  OpBuilder::InsertionGuard guard(builder);
  if (initial.empty()) {
    builder.setInsertionPoint(loop.getBody()->getTerminator());
    body(loop.getInductionVar(), {});
  } else {
    builder.setInsertionPointToStart(loop.getBody());
    Values next = body(loop.getInductionVar(), loop.getRegionIterArgs());
    scf::YieldOp::create(builder, location, next);
  }
  return Values(loop.getResults());
}

void ContractBuilder::branch(Value condition, function_ref<void()> then, function_ref<void()> otherwise) {
  auto branch = scf::IfOp::create(builder, location, condition, /*withElseRegion=*/bool(otherwise));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(branch.thenBlock());
  then();
  if (!otherwise) return;
  builder.setInsertionPointToStart(branch.elseBlock());
  otherwise();
}

Value ContractBuilder::flat(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  if (type.getRank() == 1) return memref;
  auto line = MemRefType::get({type.getNumElements()}, type.getElementType());
  return memref::ReinterpretCastOp::create(builder, location, line, memref, /*offset=*/int64_t(0), line.getShape(),
                                           ArrayRef<int64_t>{1});
}

Value ContractBuilder::view(Value scratch, Value byteOffset, int64_t elements, Type element) {
  return memref::ViewOp::create(builder, location, MemRefType::get({elements}, element), scratch, byteOffset,
                                ValueRange{});
}

Value ContractBuilder::stackArray(int64_t elements, Type element) {
  OpBuilder::InsertionGuard guard(builder);
  moveToTop(builder, top, afterTop);
  return memref::AllocaOp::create(builder, location, MemRefType::get({elements}, element),
                                  builder.getI64IntegerAttr(64));
}

void ContractBuilder::prefetch(Value memref, Value offset, bool write) {
  memref::PrefetchOp::create(builder, location, memref, ValueRange{offset}, write, /*localityHint=*/3u,
                             /*isDataCache=*/true);
}

Value ContractBuilder::splat(Value scalar, int64_t lanes) {
  return vector::BroadcastOp::create(builder, location, vectorOf(lanes, scalar.getType()), scalar);
}

Value ContractBuilder::zeros(int64_t lanes, Type element) {
  return arith::ConstantOp::create(builder, location, builder.getZeroAttr(vectorOf(lanes, element)));
}

Value ContractBuilder::scalar(Value memref, Value offset) {
  return memref::LoadOp::create(builder, location, memref, ValueRange{offset});
}

void ContractBuilder::storeScalar(Value value, Value memref, Value offset) {
  memref::StoreOp::create(builder, location, value, memref, ValueRange{offset});
}

Value ContractBuilder::fma(Value a, Value b, Value c) {
  if (isa<FloatType>(getElementTypeOrSelf(c.getType()))) return vector::FMAOp::create(builder, location, a, b, c);
  return arith::AddIOp::create(builder, location, arith::MulIOp::create(builder, location, a, b), c);
}

Value ContractBuilder::sum(Value a, Value b) {
  if (isa<FloatType>(getElementTypeOrSelf(a.getType()))) return arith::AddFOp::create(builder, location, a, b);
  return arith::AddIOp::create(builder, location, a, b);
}

Value ContractBuilder::sumOfLanes(Value vector) {
  return vector::ReductionOp::create(builder, location, vector::CombiningKind::ADD, vector);
}

Value ContractBuilder::gatherIndices(int64_t lanes, int64_t stride) {
  SmallVector<int32_t> indices(lanes);
  for (int64_t i = 0; i < lanes; ++i) indices[i] = i * stride;
  return arith::ConstantOp::create(builder, location, builder.getI32VectorAttr(indices));
}

Value ContractBuilder::load(Value memref, Value offset, int64_t lanes, int64_t stride, Value mask) {
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  VectorType type = vectorOf(lanes, element);
  if (stride == 0) return splat(scalar(memref, offset), lanes);
  if (stride == 1 && !mask) return vector::LoadOp::create(builder, location, type, memref, ValueRange{offset});
  if (stride == 1)
    return vector::MaskedLoadOp::create(builder, location, type, memref, ValueRange{offset}, mask,
                                        zeros(lanes, element));
  if (!mask)
    mask = arith::ConstantOp::create(builder, location,
                                     DenseElementsAttr::get(vectorOf(lanes, builder.getI1Type()), true));
  return vector::GatherOp::create(builder, location, type, memref, ValueRange{offset}, gatherIndices(lanes, stride),
                                  mask, zeros(lanes, element));
}

void ContractBuilder::store(Value vector, Value memref, Value offset, int64_t stride, Value mask) {
  if (stride == 1 && !mask) {
    vector::StoreOp::create(builder, location, vector, memref, ValueRange{offset});
  } else if (stride == 1) {
    vector::MaskedStoreOp::create(builder, location, memref, ValueRange{offset}, mask, vector);
  } else {
    int64_t lanes = cast<VectorType>(vector.getType()).getNumElements();
    if (!mask)
      mask = arith::ConstantOp::create(builder, location,
                                       DenseElementsAttr::get(vectorOf(lanes, builder.getI1Type()), true));
    vector::ScatterOp::create(builder, location, Type(), memref, ValueRange{offset}, gatherIndices(lanes, stride), mask,
                              vector);
  }
}

Value ContractBuilder::firstLanes(Value count, int64_t lanes) {
  return vector::CreateMaskOp::create(builder, location, vectorOf(lanes, builder.getI1Type()), ValueRange{count});
}

Value ContractBuilder::shuffle(Value a, Value b, ArrayRef<int64_t> lanes) {
  return vector::ShuffleOp::create(builder, location, a, b, lanes);
}

Value fromMemory(ContractBuilder &b, Value vector) {
  if (!getElementTypeOrSelf(vector.getType()).isInteger(8)) return vector;
  auto type = b.vectorOf(cast<VectorType>(vector.getType()).getNumElements(), b.builder.getI1Type());
  // Any byte but 0 is true, here as in every other loop.
  Value zero = arith::ConstantOp::create(b.builder, b.location, cast<TypedAttr>(b.builder.getZeroAttr(vector.getType())));
  return arith::CmpIOp::create(b.builder, b.location, type, arith::CmpIPredicate::ne, vector, zero);
}

Value toMemory(ContractBuilder &b, Value vector, Type memoryElement) {
  if (!getElementTypeOrSelf(vector.getType()).isInteger(1) || memoryElement.isInteger(1)) return vector;
  auto type = b.vectorOf(cast<VectorType>(vector.getType()).getNumElements(), memoryElement);
  return arith::ExtUIOp::create(b.builder, b.location, type, vector);
}

} // namespace fluxion::cpu
