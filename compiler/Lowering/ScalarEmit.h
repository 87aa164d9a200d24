// Scalar flx ops become arith, math and vector code: the op's own `evaluate`, instantiated on lanes.
#pragma once
#include "compiler/Lowering/Lane.h"

namespace fluxion::cpu {

// The value of an elementwise flx op on scalars (or of a scalar constant) for operands that are all scalars, or all
// vectors of one length. `op` lends its kind, attributes and element types; it stays where it is.
Lane emitScalarOp(mlir::Operation *op, mlir::ArrayRef<Lane> operands);

// True for add, mul, max, min, and, or: associative and commutative, so a reduction by them may be split.
bool isCombiner(mlir::Operation *op);
// The value e with e ∘ x = x, of the combiner's element type.
mlir::TypedAttr identityOf(mlir::Operation *combiner);

// Cost of one lane in units of a flop: 0 for what only moves, 1 for arithmetic, some 10–40 for a function.
double scalarCost(mlir::Operation *op);
// Worth keeping rather than computing twice.
inline bool isExpensive(mlir::Operation *op) { return scalarCost(op) > 4; }

} // namespace fluxion::cpu
