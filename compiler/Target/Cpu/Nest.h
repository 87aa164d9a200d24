// A generic op as loops over memory: every operand is a linear function of the loop indices.
// In: a linalg.generic on static tensors. Out: the same computation with unit loops dropped and contiguous loops
// merged. Invariant: results are all of one of two kinds: written at every point, or reduced over all of the reduction
// loops.
#pragma once
#include "compiler/Target/Cpu/Kernel.h"
#include <memory>

namespace fluxion::cpu {

using DimSet = uint64_t;            // bit d: loop d
constexpr int64_t maxLoops = 60; // those of the op, and a few more that emission adds
constexpr unsigned noOperand = ~0u; // an input that is there for its shape only

// Element number offset + Σ strides[d]·i[d] of operand `operand` of the frame.
struct Access {
  unsigned operand = 0;
  mlir::Type element; // of the tensor; memory holds memoryElement(element)
  int64_t offset = 0;
  mlir::SmallVector<int64_t> strides;

  DimSet dims() const;
  bool operator==(const Access &) const;
};

struct NestResult : Access {
  bool reduced = false;
  mlir::TypedAttr initial; // reduced: the value before the first term
  mlir::Operation *combiner =
      nullptr;      // reduced: the op joining accumulator and term, associative; null if there is none
  mlir::Value term; // what is stored, or joined by the combiner, or the next accumulator
};

struct Nest {
  mlir::SmallVector<int64_t> extents;
  DimSet reduction = 0;
  mlir::SmallVector<Access> inputs;      // in the order of the block's first arguments
  mlir::SmallVector<NestResult> results; // accumulators are the block's last arguments
  mlir::SmallVector<int> loopOf;         // op's dimension -> loop, −1 if it has extent 1
  mlir::Block *body = nullptr;
  mlir::SmallVector<mlir::Value> captured; // tensors read by tensor.extract,
  unsigned firstCaptured = 0;              // operands from this one on
  double nanoseconds = 0;                  // estimate for one point

  std::shared_ptr<mlir::Block> ownBody; // keeps `body` of a nest that comes from no generic

  static Nest of(mlir::linalg::GenericOp);
  // to[…] = from[…] over loops of these extents.
  static Nest copy(mlir::ArrayRef<int64_t> extents, Access from, Access to);
  // A nest over other loops that joins and stores accumulators of this one, and evaluates no term: what an index of the
  // body would be is not asked.
  Nest joining(mlir::ArrayRef<int64_t> extents) const;
  // Drops unit loops and merges contiguous ones; loops of the op's dimensions in `indexed` stay as they are.
  void collapse(DimSet indexed);
  int64_t points(DimSet dims) const; // product of extents
  DimSet all() const { return (DimSet(1) << extents.size()) - 1; }
  DimSet parallel() const { return all() & ~reduction; }
  // The widest element in lanes' arithmetic decides how many lanes a register has.
  int64_t lanes(const Machine &) const;
  // Loops of `dims`, outermost (largest stride of the first result, then inputs) first.
  mlir::SmallVector<unsigned> ordered(DimSet dims) const;
};

// The loops of a set, for iteration.
mlir::SmallVector<unsigned> members(DimSet);

} // namespace fluxion::cpu
