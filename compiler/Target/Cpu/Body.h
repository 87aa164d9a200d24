// The body of a nest at one or several points: loads, the scalar ops of the block on lanes, stores.
// Invariant: what does not vary along the vector loop stays scalar until it meets something that does.
#pragma once
#include "compiler/Lowering/Lane.h"
#include "compiler/Target/Cpu/Nest.h"

namespace fluxion::cpu {

// Where the body is evaluated: an index per loop; along `vectorLoop` (−1: none) `lanes` neighbours, of which the first
// `active` are real.
struct Point {
  mlir::SmallVector<mlir::Value> indices;
  int vectorLoop = -1;
  int64_t lanes = 1, active = 1;
};

class Body {
public:
  Body(const Nest &, KernelFrame &, mlir::OpBuilder &, mlir::Location);

  // Computes here, once, whatever does not vary along the loops of `inner`; evaluations that follow, at points that
  // differ from this one along `inner` only, use it. Replaces what was hoisted before.
  void hoist(mlir::OpBuilder &, const Point &, DimSet inner);
  // The terms of all results at each point: all loads first, then all arithmetic. `accumulators` (one a result; null
  // where the result is not reduced) are needed by results without a combiner only.
  mlir::SmallVector<mlir::SmallVector<mlir::Value>> evaluate(mlir::OpBuilder &, mlir::ArrayRef<Point>,
                                                             mlir::ArrayRef<mlir::Value> accumulators = {});
  void store(mlir::OpBuilder &, const NestResult &, const Point &, mlir::Value);
  // acc ∘ term; lanes of `point` that are not active keep the accumulator.
  mlir::Value combine(mlir::OpBuilder &, const NestResult &, const Point &, mlir::Value accumulator, mlir::Value term);
  // The lanes of one accumulator joined, as a tree over halves.
  mlir::Value combineLanes(mlir::OpBuilder &, const NestResult &, mlir::Value accumulator);
  // The initial value of a reduction in `lanes` lanes.
  mlir::Value initial(mlir::OpBuilder &, const NestResult &, int64_t lanes);
  mlir::Value load(mlir::OpBuilder &, const Access &, const Point &);

private:
  using Values = llvm::DenseMap<mlir::Value, mlir::Value>;
  mlir::Value address(mlir::OpBuilder &, mlir::Location, const Access &, const Point &);
  mlir::Value loadAt(mlir::OpBuilder &, mlir::Location, mlir::Value memref, mlir::Type element, mlir::Value address,
                     int64_t stride, const Point &);
  mlir::Value loadBackwards(mlir::OpBuilder &, mlir::Location, mlir::Value memref, mlir::Type element,
                            mlir::Value address, const Point &);
  mlir::Value index(mlir::OpBuilder &, mlir::linalg::IndexOp, const Point &);
  mlir::Value gather(mlir::OpBuilder &, mlir::Operation *extract, const Point &, Values &);
  mlir::Value gatherLanes(mlir::OpBuilder &, mlir::Location, mlir::Value memref, mlir::Type element, mlir::Value base,
                          mlir::Value offsets, const Point &);
  mlir::Value compute(mlir::OpBuilder &, mlir::Operation &, const Point &, Values &);
  mlir::Value lookup(Values &, mlir::Value) const;
  bool isSkipped(mlir::Operation &) const;

  const Nest &nest;
  KernelFrame &frame;
  mlir::Location where;
  mlir::SmallVector<mlir::Value> memory;
  mlir::Type indexElement; // i32 where every linear index fits
  llvm::DenseMap<mlir::Value, DimSet> varies;
  Values hoisted;
  llvm::DenseMap<const Access *, mlir::Value> outerAddress;
  DimSet inner = ~DimSet(0);
};

// Memory's byte for an i1 becomes the i1, lane by lane; other elements are themselves.
mlir::Value fromMemory(mlir::OpBuilder &, mlir::Location, mlir::Value raw, mlir::Type element);
// A vector of one lane is a scalar.
mlir::Type lanesOf(mlir::Type element, int64_t lanes);
// The constant mask of a point's active lanes.
mlir::Value activeMask(mlir::OpBuilder &, mlir::Location, const Point &);

} // namespace fluxion::cpu
