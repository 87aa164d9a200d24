// A reduction planned: what Reduce.cpp chooses by shape and ReduceEmit.cpp turns into loops.
#pragma once
#include "compiler/Target/Cpu/Generic.h"

namespace fluxion::cpu {

struct Reduction {
  Nest nest; // with one loop more, for the chunk, if there are partial results
  int vector = -1;
  bool rows = false;                             // the vector loop is reduced
  mlir::SmallVector<unsigned> parallel, reduced; // other loops, outermost first
  VectorSplit split{};
  int64_t deep = 1; // columns: terms of the innermost reduced loop in flight
  Chunking chunking;
  bool partial = false;
  mlir::SmallVector<NestResult> targets;     // where accumulators go: results, or places in the scratch
  mlir::SmallVector<int64_t> scratchOffsets; // bytes, one a result
  int64_t cells = 1;                         // elements of one reduced result
};

// Every reduced result has an associative combiner: its terms may be joined in any grouping.
bool joinable(const Nest &);
// The first step: all of the reduction, or each chunk's part of it.
void emitReduction(const Reduction &, mlir::OpBuilder &, mlir::Location, KernelFrame &);
// The second step: partial results joined in order.
void emitJoin(const Reduction &, mlir::OpBuilder &, mlir::Location, KernelFrame &);
// A reduction over nothing: the initial values.
void emitInitial(const Nest &, mlir::OpBuilder &, mlir::Location, KernelFrame &);

} // namespace fluxion::cpu
