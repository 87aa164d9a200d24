// Evaluating a nest's body: memory, hoisting, arithmetic, joins.
#include "compiler/Target/Cpu/Body.h"
#include "compiler/Lowering/ScalarEmit.h"
#include "compiler/Target/Cpu/Thresholds.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace fluxion::cpu {

Type lanesOf(Type element, int64_t lanes) { return lanes == 1 ? element : VectorType::get({lanes}, element); }

Value activeMask(OpBuilder &b, Location loc, const Point &p) {
  SmallVector<bool> bits(p.lanes, false);
  std::fill(bits.begin(), bits.begin() + p.active, true);
  auto type = VectorType::get({p.lanes}, b.getI1Type());
  return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, bits));
}

// What looks at an accumulator changes with every term, though there be one term only and no loop.
constexpr DimSet accumulated = DimSet(1) << 63;

static Value constantIndex(OpBuilder &b, Location loc, int64_t i) { return arith::ConstantIndexOp::create(b, loc, i); }

static Value addScaled(OpBuilder &b, Location loc, Value sum, Value index, int64_t stride) {
  if (stride == 0) return sum;
  Value scaled = stride == 1 ? index : b.createOrFold<arith::MulIOp>(loc, index, constantIndex(b, loc, stride));
  return sum ? b.createOrFold<arith::AddIOp>(loc, sum, scaled) : scaled;
}

Body::Body(const Nest &nest, KernelFrame &frame, OpBuilder &b, Location loc) : nest(nest), frame(frame), where(loc) {
  bool small = true;
  for (Value operand : frame.operands) {
    auto type = cast<MemRefType>(operand.getType());
    int64_t count = type.getNumElements();
    auto flatType = MemRefType::get({count}, type.getElementType());
    memory.push_back(type == flatType
                         ? operand
                         : memref::ReinterpretCastOp::create(b, loc, flatType, operand, int64_t(0),
                                                             ArrayRef<int64_t>{count}, ArrayRef<int64_t>{1}));
    small &= count < threshold::narrowIndex;
  }
  for (int64_t extent : nest.extents) small &= extent < threshold::narrowIndex;
  indexElement = small ? b.getI32Type() : b.getI64Type();

  unsigned inputs = nest.inputs.size();
  for (BlockArgument argument : nest.body->getArguments())
    varies[argument] = argument.getArgNumber() < inputs ? nest.inputs[argument.getArgNumber()].dims() : accumulated;
  for (Operation &op : nest.body->without_terminator()) {
    DimSet set = 0;
    for (Value operand : op.getOperands()) set |= varies.lookup(operand);
    if (auto index = dyn_cast<linalg::IndexOp>(op); index && nest.loopOf[index.getDim()] >= 0)
      set |= DimSet(1) << nest.loopOf[index.getDim()];
    for (Value result : op.getResults()) varies[result] = set;
  }
}

//===-- Memory --------------------------------------------------------------------------------------------------===//

Value Body::address(OpBuilder &b, Location loc, const Access &access, const Point &p) {
  Value sum = outerAddress.lookup(&access);
  if (!sum) sum = access.offset ? constantIndex(b, loc, access.offset) : Value();
  for (auto [d, stride] : llvm::enumerate(access.strides))
    if (!outerAddress.contains(&access) || (inner >> d & 1)) sum = addScaled(b, loc, sum, p.indices[d], stride);
  return sum ? sum : constantIndex(b, loc, 0);
}

Value fromMemory(OpBuilder &b, Location loc, Value raw, Type element) {
  if (getElementTypeOrSelf(raw.getType()) == element) return raw;
  Value zero = arith::ConstantOp::create(b, loc, cast<TypedAttr>(b.getZeroAttr(raw.getType())));
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, raw, zero);
}

Value Body::loadAt(OpBuilder &b, Location loc, Value memref, Type element, Value at, int64_t stride, const Point &p) {
  Type stored = memoryElement(element);
  if (p.lanes == 1 || stride == 0) return fromMemory(b, loc, memref::LoadOp::create(b, loc, memref, at), element);
  auto type = VectorType::get({p.lanes}, stored);
  if (stride == 1 && p.active == p.lanes)
    return fromMemory(b, loc, vector::LoadOp::create(b, loc, type, memref, at), element);
  Value zero = arith::ConstantOp::create(b, loc, cast<TypedAttr>(b.getZeroAttr(type)));
  if (stride == -1) return loadBackwards(b, loc, memref, element, at, p);
  if (stride == 1)
    return fromMemory(b, loc, vector::MaskedLoadOp::create(b, loc, type, memref, at, activeMask(b, loc, p), zero),
                      element);
  Value lanes = zero;
  for (int64_t i = 0; i < p.active; ++i) {
    Value one = memref::LoadOp::create(b, loc, memref, addScaled(b, loc, at, constantIndex(b, loc, i), stride));
    lanes = vector::InsertOp::create(b, loc, one, lanes, i);
  }
  return fromMemory(b, loc, lanes, element);
}

// The lanes lie before the address: the vector that ends there, turned around. Its first lanes are the inactive ones.
Value Body::loadBackwards(OpBuilder &b, Location loc, Value memref, Type element, Value at, const Point &p) {
  auto type = VectorType::get({p.lanes}, memoryElement(element));
  Value first = arith::SubIOp::create(b, loc, at, constantIndex(b, loc, p.lanes - 1)), lanes;
  if (p.active == p.lanes) {
    lanes = vector::LoadOp::create(b, loc, type, memref, first);
  } else {
    SmallVector<bool> bits(p.lanes, false);
    std::fill(bits.end() - p.active, bits.end(), true);
    auto maskType = VectorType::get({p.lanes}, b.getI1Type());
    Value mask = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(maskType, bits));
    Value zero = arith::ConstantOp::create(b, loc, cast<TypedAttr>(b.getZeroAttr(type)));
    lanes = vector::MaskedLoadOp::create(b, loc, type, memref, first, mask, zero);
  }
  SmallVector<int64_t> backwards = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, p.lanes)));
  return fromMemory(b, loc, vector::ShuffleOp::create(b, loc, lanes, lanes, backwards), element);
}

Value Body::load(OpBuilder &b, const Access &access, const Point &p) {
  int64_t stride = p.vectorLoop < 0 ? 0 : access.strides[p.vectorLoop];
  return loadAt(b, where, memory[access.operand], access.element, address(b, where, access, p), stride, p);
}

void Body::store(OpBuilder &b, const NestResult &result, const Point &p, Value value) {
  Location loc = value.getLoc();
  Type stored = memoryElement(result.element);
  if (p.lanes > 1) value = broadcast(Lane(b, loc, value), VectorType::get({p.lanes}, result.element)).get();
  if (stored != result.element) value = arith::ExtUIOp::create(b, loc, lanesOf(stored, p.lanes), value);
  Value at = address(b, loc, result, p);
  int64_t stride = p.vectorLoop < 0 ? 0 : result.strides[p.vectorLoop];
  if (p.lanes == 1) {
    memref::StoreOp::create(b, loc, value, memory[result.operand], at);
  } else if (stride == 1 && p.active == p.lanes) {
    vector::StoreOp::create(b, loc, value, memory[result.operand], at);
  } else if (stride == 1) {
    vector::MaskedStoreOp::create(b, loc, memory[result.operand], at, activeMask(b, loc, p), value);
  } else {
    for (int64_t i = 0; i < p.active; ++i) {
      Value one = vector::ExtractOp::create(b, loc, value, i);
      memref::StoreOp::create(b, loc, one, memory[result.operand],
                              addScaled(b, loc, at, constantIndex(b, loc, i), stride));
    }
  }
}

//===-- Evaluation ----------------------------------------------------------------------------------------------===//

bool Body::isSkipped(Operation &op) const { // joins are emitted by `combine`
  return llvm::any_of(nest.results, [&](const NestResult &r) { return r.combiner == &op; });
}

Value Body::lookup(Values &values, Value v) const {
  auto found = values.find(v);
  return found != values.end() ? found->second : hoisted.lookup(v);
}

Value Body::index(OpBuilder &b, linalg::IndexOp op, const Point &p) {
  Location loc = op.getLoc();
  int loop = nest.loopOf[op.getDim()];
  if (loop < 0) return arith::ConstantOp::create(b, loc, b.getIntegerAttr(indexElement, 0));
  Value first = arith::IndexCastOp::create(b, loc, indexElement, p.indices[loop]);
  if (loop != p.vectorLoop || p.lanes == 1) return first;
  SmallVector<Attribute> steps;
  for (int64_t i = 0; i < p.lanes; ++i) steps.push_back(b.getIntegerAttr(indexElement, i));
  auto type = VectorType::get({p.lanes}, indexElement);
  Value step = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, steps));
  return arith::AddIOp::create(b, loc, broadcast(Lane(b, loc, first), type).get(), step);
}

Value Body::compute(OpBuilder &b, Operation &op, const Point &p, Values &values) {
  Location loc = op.getLoc();
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) return b.clone(*constant)->getResult(0);
  if (auto index = dyn_cast<linalg::IndexOp>(op)) return this->index(b, index, p);
  if (isa<tensor::ExtractOp>(op)) return gather(b, &op, p, values);
  if (isa<arith::IndexCastOp>(op)) { // index values live in lanes as i32 or i64
    Value in = lookup(values, op.getOperand(0));
    Type to = op.getResult(0).getType();
    return to.isIndex() ? in : convert(Lane(b, loc, in), to).get();
  }
  SmallVector<Lane> operands;
  bool vector = llvm::any_of(op.getOperands(), [&](Value v) { return isa<VectorType>(lookup(values, v).getType()); });
  for (Value v : op.getOperands()) {
    Lane lane(b, loc, lookup(values, v));
    operands.push_back(vector ? broadcast(lane, VectorType::get({p.lanes}, lane.getElementType())) : lane);
  }
  return emitScalarOp(&op, operands).get();
}

void Body::hoist(OpBuilder &b, const Point &p, DimSet innerLoops) {
  hoisted.clear();
  outerAddress.clear();
  inner = innerLoops;
  Values none;
  for (auto [i, input] : llvm::enumerate(nest.inputs))
    if (!(input.dims() & inner) && !nest.body->getArgument(i).use_empty())
      hoisted[nest.body->getArgument(i)] = load(b, input, p);
  for (Operation &op : nest.body->without_terminator())
    if (!isSkipped(op) && !(varies.lookup(op.getResult(0)) & (inner | accumulated)))
      hoisted[op.getResult(0)] = compute(b, op, p, none);
  auto fix = [&](const Access &access) {
    Value sum = access.offset ? constantIndex(b, where, access.offset) : Value();
    for (auto [d, stride] : llvm::enumerate(access.strides))
      if (!(inner >> d & 1)) sum = addScaled(b, where, sum, p.indices[d], stride);
    if (sum) outerAddress[&access] = sum;
  };
  for (const Access &input : nest.inputs)
    if (input.dims() & inner) fix(input);
  for (const NestResult &result : nest.results)
    if (result.dims() & inner) fix(result);
}

SmallVector<SmallVector<Value>> Body::evaluate(OpBuilder &b, ArrayRef<Point> points, ArrayRef<Value> accumulators) {
  SmallVector<Values> values(points.size());
  unsigned inputs = nest.inputs.size();
  for (auto [p, v] : llvm::zip(points, values)) {
    for (auto [i, input] : llvm::enumerate(nest.inputs)) {
      BlockArgument argument = nest.body->getArgument(i);
      if (!hoisted.contains(argument) && !argument.use_empty()) v[argument] = load(b, input, p);
    }
    for (auto [i, accumulator] : llvm::enumerate(accumulators))
      if (accumulator) v[nest.body->getArgument(inputs + i)] = accumulator;
  }
  SmallVector<SmallVector<Value>> terms;
  for (auto [p, v] : llvm::zip(points, values)) {
    for (Operation &op : nest.body->without_terminator())
      if (!hoisted.contains(op.getResult(0)) && !isSkipped(op)) v[op.getResult(0)] = compute(b, op, p, v);
    SmallVector<Value> &term = terms.emplace_back();
    for (const NestResult &result : nest.results) {
      Lane lane(b, where, lookup(v, result.term));
      term.push_back(p.lanes == 1 ? lane.get()
                                  : broadcast(lane, VectorType::get({p.lanes}, lane.getElementType())).get());
    }
  }
  return terms;
}

//===-- Reductions ----------------------------------------------------------------------------------------------===//

Value Body::initial(OpBuilder &b, const NestResult &result, int64_t lanes) {
  auto type = lanesOf(result.element, lanes);
  TypedAttr value = result.initial;
  if (auto vector = dyn_cast<VectorType>(type)) value = DenseElementsAttr::get(vector, Attribute(value));
  return arith::ConstantOp::create(b, where, value);
}

Value Body::combine(OpBuilder &b, const NestResult &result, const Point &p, Value accumulator, Value term) {
  Location loc = result.combiner->getLoc();
  Value next = emitScalarOp(result.combiner, {Lane(b, loc, accumulator), Lane(b, loc, term)}).get();
  if (p.active == p.lanes) return next;
  return arith::SelectOp::create(b, loc, activeMask(b, loc, p), next, accumulator);
}

Value Body::combineLanes(OpBuilder &b, const NestResult &result, Value accumulator) {
  Location loc = result.combiner->getLoc();
  for (auto type = dyn_cast<VectorType>(accumulator.getType()); type && type.getNumElements() > 1;
       type = dyn_cast<VectorType>(accumulator.getType())) {
    int64_t half = type.getNumElements() / 2;
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < half; ++i) low.push_back(i), high.push_back(half + i);
    Value a = vector::ShuffleOp::create(b, loc, accumulator, accumulator, low);
    Value c = vector::ShuffleOp::create(b, loc, accumulator, accumulator, high);
    accumulator = emitScalarOp(result.combiner, {Lane(b, loc, a), Lane(b, loc, c)}).get();
  }
  if (isa<VectorType>(accumulator.getType())) accumulator = vector::ExtractOp::create(b, loc, accumulator, int64_t(0));
  return accumulator;
}

} // namespace fluxion::cpu
