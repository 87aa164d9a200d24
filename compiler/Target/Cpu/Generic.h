// What the emitters of generic kernels share.
#pragma once
#include "compiler/Target/Cpu/Loops.h"

namespace fluxion::cpu {

// How many vectors of the body to keep in flight: the shorter the body, the more.
int64_t unrollFor(const Nest &);
double estimatedWork(const Nest &); // nanoseconds of one core
// A nest without a reduction, planned.
struct Elementwise {
  Nest nest;
  int vector = -1;                   // the loop cut into vectors; −1: there is no loop
  mlir::SmallVector<unsigned> outer; // the others, outermost first
  int turned = -1;                   // one of them along which inputs are contiguous that are not along `vector`
  VectorSplit split{};
  Chunking chunking;
};

// The body at each point, its results stored.
void storeAll(mlir::OpBuilder &, Body &, const Nest &, mlir::ArrayRef<Point>);
// All (or this chunk's) points along the vector loop; `point` fixes the others.
void emitRow(const Elementwise &, mlir::OpBuilder &, mlir::Location, Body &, Point point, mlir::Value chunk);

// Inputs read across the vector loop are turned in registers, square by square (Turn.cpp).
int findTurned(const Nest &, unsigned vector, int64_t lanes);
void emitTurned(const Elementwise &, mlir::OpBuilder &, mlir::Location, KernelFrame &);

KernelPlan planElementwise(Nest, const Machine &);
KernelPlan planReduction(Nest, const Machine &);

} // namespace fluxion::cpu
