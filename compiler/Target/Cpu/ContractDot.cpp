// Contractions as dot products: lanes along a summed axis that is contiguous in both operands. For matrix–vector
// products by rows, dot products, few rows against a transposed matrix. A vector's worth of outputs is summed at a
// time; the lanes of all of them are added up together.
#include "compiler/Target/Cpu/ContractBuilder.h"
#include "compiler/Target/Cpu/ContractShape.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
using namespace mlir;

namespace fluxion::cpu {
namespace {

using Values = ContractBuilder::Values;

class DotEmitter {
public:
  DotEmitter(const ContractShape &shape, const Machine &machine) : shape(shape), lanes(machine.lanes(shape.element)) {
    inner = *dotAxis(this->shape);
    llvm::erase_if(this->shape.k,
                   [&](const ContractAxis &a) { return a.size == inner.size && a.strides == inner.strides; });
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
    rows = std::min(along.size, lanes);
    chains = std::max<int64_t>(1, 8 / rows);
    blocks = (along.size + lanes - 1) / lanes;
    streamed = double(along.size) * shape.depth() * 4 > machine.l2Bytes;
    pieces = blocks;
    for (const ContractAxis &axis : outer) pieces *= axis.size;
  }

  int64_t pieces;
  void emit(OpBuilder &builder, Location location, KernelFrame &frame, int64_t chunks);

private:
  void block(ContractBuilder &b, Value outerIndex, Value blockIndex);
  // Sums of rows [from, to) of the block, still spread over lanes.
  Values partialSums(ContractBuilder &b, ArrayRef<SmallVector<Value>> rowOffsets);
  Values along1(ContractBuilder &b, ArrayRef<SmallVector<Value>> rowOffsets, Value extra0, Value extra1,
                ValueRange carried);
  Values step(ContractBuilder &b, ArrayRef<SmallVector<Value>> rowOffsets, Value at0, Value at1, int64_t chains,
              ValueRange sums, Value mask);
  Value offsetOf(ContractBuilder &b, unsigned operand, Value linear, ArrayRef<ContractAxis> axes);

  ContractShape shape;
  int64_t lanes, rows, chains, blocks;
  bool streamed; // the operands outgrow the second-level cache
  ContractAxis inner, along;
  SmallVector<ContractAxis> outer;
  SmallVector<Value> memrefs;
};

Value DotEmitter::offsetOf(ContractBuilder &b, unsigned operand, Value linear, ArrayRef<ContractAxis> axes) {
  SmallVector<int64_t> sizes, strides;
  for (const ContractAxis &axis : axes) sizes.push_back(axis.size), strides.push_back(axis.strides[operand]);
  return b.offset(linear, sizes, strides);
}

void DotEmitter::emit(OpBuilder &builder, Location location, KernelFrame &frame, int64_t chunks) {
  ContractBuilder b(builder, location);
  memrefs.clear();
  for (Value operand : frame.operands) memrefs.push_back(b.flat(operand));
  int64_t each = (pieces + chunks - 1) / chunks;
  Value low = b.mul(frame.chunk, each), high = b.min(b.add(low, each), b.index(pieces));
  b.loop(low, high, 1, [&](Value piece) { block(b, b.div(piece, blocks), b.rem(piece, blocks)); });
}

// W vectors whose lanes are to be summed -> one vector of W sums: pairs are folded half onto half, log₂W times.
static Value sumLanes(ContractBuilder &b, Values v, int64_t lanes) {
  for (int64_t segment = lanes / 2; segment >= 1; segment /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t source : {int64_t(0), lanes})
      for (int64_t at = 0; at < lanes; at += 2 * segment)
        for (int64_t i = 0; i < segment; ++i) low.push_back(source + at + i), high.push_back(source + at + segment + i);
    Values next;
    for (size_t i = 0; i + 1 < v.size(); i += 2)
      next.push_back(b.sum(b.shuffle(v[i], v[i + 1], low), b.shuffle(v[i], v[i + 1], high)));
    v = next;
  }
  return v[0];
}

void DotEmitter::block(ContractBuilder &b, Value outerIndex, Value blockIndex) {
  Value first = b.mul(blockIndex, lanes);
  SmallVector<Value> offsets;
  for (unsigned i = 0; i < shape.operands(); ++i) offsets.push_back(offsetOf(b, i, outerIndex, outer));
  Values partial;
  constexpr int64_t group = 8; // rows read at once: as many streams as prefetchers follow
  for (int64_t from = 0; from < rows; from += group) {
    SmallVector<SmallVector<Value>> rowOffsets; // of A and B, for each row
    for (int64_t r = from; r < std::min(from + group, rows); ++r) {
      Value row = b.min(b.add(first, r), b.index(along.size - 1)); // rows beyond the last repeat it
      rowOffsets.push_back(
          {b.add(offsets[0], b.mul(row, along.strides[0])), b.add(offsets[1], b.mul(row, along.strides[1]))});
    }
    llvm::append_range(partial, partialSums(b, rowOffsets));
  }
  while (int64_t(partial.size()) < lanes) partial.push_back(b.zeros(lanes, shape.element));
  Value sums = lanes == 1 ? partial[0] : sumLanes(b, partial, lanes);
  Value mask =
      along.size % lanes ? b.firstLanes(b.min(b.sub(b.index(along.size), first), b.index(lanes)), lanes) : Value();
  SmallVector<LaneSite> sites;
  for (unsigned i = shape.contracted; i < shape.operands(); ++i) {
    bool isResult = i >= shape.firstResult();
    int64_t stride = isResult && along.size == 1 ? 1 : along.strides[i];
    if (isResult && shape.summed[i - shape.firstResult()])
      sites.push_back({memrefs[i], b.index(0), 1, true});
    else
      sites.push_back({memrefs[i], b.add(offsets[i], b.mul(first, along.strides[i])), stride});
  }
  finishLanes(b, shape.epilogue, sums, ArrayRef(sites).take_front(shape.sides), ArrayRef(sites).drop_front(shape.sides),
              mask);
}

Values DotEmitter::partialSums(ContractBuilder &b, ArrayRef<SmallVector<Value>> rowOffsets) {
  int64_t count = rowOffsets.size(), others = 1;
  for (const ContractAxis &axis : shape.k) others *= axis.size;
  Values zeros(count * chains, b.zeros(lanes, shape.element));
  Values sums = b.loop(b.index(0), b.index(others), 1, zeros, [&](Value linear, ValueRange carried) {
    return along1(b, rowOffsets, offsetOf(b, 0, linear, shape.k), offsetOf(b, 1, linear, shape.k), carried);
  });
  Values joined(sums.begin(), sums.begin() + count);
  for (int64_t c = 1; c < chains; ++c)
    for (int64_t r = 0; r < count; ++r) joined[r] = b.sum(joined[r], sums[c * count + r]);
  return joined;
}

// Along the contiguous axis: `chains` vectors a step, then single vectors, then the masked rest.
Values DotEmitter::along1(ContractBuilder &b, ArrayRef<SmallVector<Value>> rowOffsets, Value extra0, Value extra1,
                          ValueRange carried) {
  int64_t whole = inner.size / lanes * lanes, wide = inner.size / (lanes * chains) * (lanes * chains),
          count = rowOffsets.size();
  auto run = [&](Value k, int64_t chainsNow, ValueRange sums, Value mask = {}) {
    return step(b, rowOffsets, b.add(extra0, k), b.add(extra1, k), chainsNow, sums, mask);
  };
  Values sums = b.loop(b.index(0), b.index(wide), lanes * chains, carried,
                       [&](Value k, ValueRange s) { return run(k, chains, s); });
  if (chains > 1) {
    Values first(sums.begin(), sums.begin() + count);
    first = b.loop(b.index(wide), b.index(whole), lanes, first, [&](Value k, ValueRange s) { return run(k, 1, s); });
    llvm::copy(first, sums.begin());
  }
  if (inner.size > whole) {
    Values first(sums.begin(), sums.begin() + count);
    first = run(b.index(whole), 1, first, b.firstLanes(b.index(inner.size - whole), lanes));
    llvm::copy(first, sums.begin());
  }
  return sums;
}

Values DotEmitter::step(ContractBuilder &b, ArrayRef<SmallVector<Value>> rowOffsets, Value at0, Value at1,
                        int64_t chainsNow, ValueRange sums, Value mask) {
  Values next(sums);
  int64_t count = rowOffsets.size();
  for (int64_t c = 0; c < chainsNow; ++c) {
    Values shared(2); // an operand that does not vary along the rows is read once
    for (int64_t r = 0; r < count; ++r) {
      Values factor(2);
      for (int i : {0, 1}) {
        if (along.strides[i] == 0 && shared[i])
          factor[i] = shared[i];
        else
          factor[i] = b.load(memrefs[i], b.add(b.add(rowOffsets[r][i], i == 0 ? at0 : at1), c * lanes), lanes, 1, mask);
        if (along.strides[i] != 0 && streamed) // the block after next, in a stream that no prefetcher sees as one
          b.prefetch(memrefs[i],
                     b.add(b.add(rowOffsets[r][i], i == 0 ? at0 : at1), 2 * lanes * along.strides[i] + c * lanes),
                     false);
        shared[i] = factor[i];
      }
      Value &sum = next[c * count + r];
      sum = b.fma(factor[0], factor[1], sum);
    }
  }
  return next;
}

} // namespace

KernelPlan planDot(const ContractShape &shape, const Machine &machine) {
  KernelPlan plan;
  if (shape.outputs() == 0) return plan;
  DotEmitter emitter(shape, machine);
  double nanoseconds = double(shape.outputs()) * shape.depth() / machine.lanes(shape.element) / 3.5;
  int64_t chunks = chunksFor(nanoseconds, emitter.pieces);
  plan.steps.push_back({chunks, [emitter, chunks](OpBuilder &builder, Location location, KernelFrame &frame) mutable {
                          emitter.emit(builder, location, frame, chunks);
                        }});
  return plan;
}

} // namespace fluxion::cpu
