// Contractions without tiles: each output is summed where it stands, lanes along the results' contiguous axis. For
// products without a large matrix in them: elementwise batches, few columns, any order of axes.
#include "compiler/Target/Cpu/ContractBuilder.h"
#include "compiler/Target/Cpu/ContractShape.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
using namespace mlir;

namespace fluxion::cpu {
namespace {

class DirectEmitter {
public:
  DirectEmitter(const ContractShape &shape, const Machine &machine)
      : shape(shape), lanes(machine.lanes(shape.element)) {
    SmallVector<ContractAxis> axes = shape.outputAxes();
    if (const ContractAxis *axis = laneAxis(shape, axes))
      along = *axis;
    else
      along.strides.assign(shape.order() + 1, 0);
    bool skipped = false;
    for (const ContractAxis &axis : axes)
      if (!skipped && axis.size == along.size && axis.strides == along.strides)
        skipped = true;
      else
        outer.push_back(axis);
    vectors = std::clamp<int64_t>((along.size + lanes - 1) / lanes, 1, shape.depth() > 1 ? 8 : 2);
    blocks = (along.size + vectors * lanes - 1) / (vectors * lanes);
    pieces = blocks;
    for (const ContractAxis &axis : outer) pieces *= axis.size;
  }

  int64_t pieces;
  void emit(OpBuilder &builder, Location location, KernelFrame &frame, int64_t chunks);

private:
  void block(ContractBuilder &b, Value outerIndex, Value blockIndex);
  ContractBuilder::Values accumulate(ContractBuilder &b, ArrayRef<Value> offsets);
  ContractBuilder::Values step(ContractBuilder &b, ArrayRef<Value> offsets, ValueRange sums);
  Value offsetOf(ContractBuilder &b, unsigned operand, Value linear, ArrayRef<ContractAxis> axes);

  ContractShape shape;
  int64_t lanes, vectors, blocks;
  ContractAxis along;
  SmallVector<ContractAxis> outer;
  SmallVector<Value> memrefs, masks;
};

Value DirectEmitter::offsetOf(ContractBuilder &b, unsigned operand, Value linear, ArrayRef<ContractAxis> axes) {
  SmallVector<int64_t> sizes, strides;
  for (const ContractAxis &axis : axes) sizes.push_back(axis.size), strides.push_back(axis.strides[operand]);
  return b.offset(linear, sizes, strides);
}

void DirectEmitter::emit(OpBuilder &builder, Location location, KernelFrame &frame, int64_t chunks) {
  ContractBuilder b(builder, location);
  memrefs.clear();
  for (Value operand : frame.operands) memrefs.push_back(b.flat(operand));
  int64_t each = (pieces + chunks - 1) / chunks;
  Value low = b.mul(frame.chunk, each), high = b.min(b.add(low, each), b.index(pieces));
  b.loop(low, high, 1, [&](Value piece) { block(b, b.div(piece, blocks), b.rem(piece, blocks)); });
}

void DirectEmitter::block(ContractBuilder &b, Value outerIndex, Value blockIndex) {
  Value first = b.mul(blockIndex, vectors * lanes);
  masks.assign(vectors, Value());
  if (along.size % (vectors * lanes))
    for (int64_t v = 0; v < vectors; ++v) {
      Value left = b.sub(b.sub(b.index(along.size), first), b.index(v * lanes));
      masks[v] = b.firstLanes(b.max(left, b.index(0)), lanes);
    }
  SmallVector<Value> offsets;
  for (unsigned i = 0; i < shape.operands(); ++i)
    offsets.push_back(b.add(offsetOf(b, i, outerIndex, outer), b.mul(first, along.strides[i])));
  ContractBuilder::Values sums = accumulate(b, offsets);
  for (int64_t v = 0; v < vectors; ++v) {
    SmallVector<LaneSite> sites;
    for (unsigned i = shape.contracted; i < shape.operands(); ++i)
      if (i >= shape.firstResult() && shape.summed[i - shape.firstResult()])
        sites.push_back({memrefs[i], b.index(v * lanes), 1, true});
      else
        sites.push_back({memrefs[i], b.add(offsets[i], v * lanes * along.strides[i]), along.strides[i]});
    bool single = along.size == 1; // the one output: its lane alone is stored
    for (LaneSite &site : MutableArrayRef(sites).drop_front(shape.sides))
      if (single) site.stride = 1;
    finishLanes(b, shape.epilogue, sums[v], ArrayRef(sites).take_front(shape.sides),
                ArrayRef(sites).drop_front(shape.sides), masks[v]);
  }
}

// Σ over all summed axes: the last is a loop of its own, those before it one loop over their product.
ContractBuilder::Values DirectEmitter::accumulate(ContractBuilder &b, ArrayRef<Value> offsets) {
  ContractBuilder::Values zeros(vectors, b.zeros(lanes, shape.element));
  if (shape.k.empty()) return step(b, offsets, zeros);
  const ContractAxis &inner = shape.k.back();
  ArrayRef<ContractAxis> before = ArrayRef(shape.k).drop_back();
  int64_t count = 1;
  for (const ContractAxis &axis : before) count *= axis.size;
  return b.loop(b.index(0), b.index(count), 1, zeros, [&](Value linear, ValueRange carried) {
    SmallVector<Value> here;
    for (unsigned i = 0; i < shape.contracted; ++i) here.push_back(b.add(offsets[i], offsetOf(b, i, linear, before)));
    return b.loop(b.index(0), b.index(inner.size), 1, carried, [&](Value k, ValueRange sums) {
      SmallVector<Value> at;
      for (unsigned i = 0; i < shape.contracted; ++i) at.push_back(b.add(here[i], b.mul(k, inner.strides[i])));
      return step(b, at, sums);
    });
  });
}

ContractBuilder::Values DirectEmitter::step(ContractBuilder &b, ArrayRef<Value> offsets, ValueRange sums) {
  ContractBuilder::Values next;
  SmallVector<SmallVector<Value>> factors(vectors);
  for (unsigned i = 0; i < shape.contracted; ++i)
    for (int64_t v = 0; v < vectors; ++v) {
      bool repeated = along.strides[i] == 0 && v > 0;
      Value factor = repeated ? factors[0][i]
                              : b.load(memrefs[i], b.add(offsets[i], v * lanes * along.strides[i]), lanes,
                                       along.strides[i], masks[v]);
      factors[v].push_back(factor);
    }
  for (int64_t v = 0; v < vectors; ++v)
    next.push_back(shape.contracted == 2 ? b.fma(factors[v][0], factors[v][1], sums[v])
                                         : b.sum(sums[v], factors[v][0]));
  return next;
}

} // namespace

KernelPlan planDirect(const ContractShape &shape, const Machine &machine) {
  KernelPlan plan;
  if (shape.outputs() == 0) return plan;
  DirectEmitter emitter(shape, machine);
  int64_t chunks = chunksFor(directCycles(shape, machine) / 3.5, emitter.pieces);
  plan.steps.push_back({chunks, [emitter, chunks](OpBuilder &builder, Location location, KernelFrame &frame) mutable {
                          emitter.emit(builder, location, frame, chunks);
                        }});
  return plan;
}

} // namespace fluxion::cpu
