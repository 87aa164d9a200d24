// The flx dialect: its ops, its interfaces, and what records and passes share.
#pragma once
#include "dialects/Term.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace fluxion::flx {

// Says that an op carries no tangent, explicitly (see Interfaces.td).
template <typename Op> struct NotDifferentiable : mlir::OpTrait::TraitBase<Op, NotDifferentiable> {};
// Each element of the result depends on the same element of the operands.
template <typename Op> struct Elementwise : mlir::OpTrait::TraitBase<Op, Elementwise> {};
// Runs its regions once, often or never.
template <typename Op> struct Control : mlir::OpTrait::TraitBase<Op, Control> {};
// Stands for a transformation that a pass expands.
template <typename Op> struct Transformation : mlir::OpTrait::TraitBase<Op, Transformation> {};

// Note [Whose arithmetic]. What a program writes is evaluated as written. What a derivative adds to it (slopes, their
// products with tangents, sums of contributions) nobody wrote: its zeros and masks vanish, and its products and sums are
// regrouped where that saves work. So an op has to say whose it is, and it does by its place: ops of a derivative are
// placed at their primal op, marked. A mark that is lost costs speed only.
mlir::Location ofDerivative(mlir::Location primal);
bool isOfDerivative(mlir::Location place);
inline bool isOfDerivative(mlir::Operation *op) { return isOfDerivative(op->getLoc()); }
// The op's place without the mark, for an op that the program's own code reads, too.
mlir::Location asWritten(mlir::Location place);

// i1 in the shape of `type`.
mlir::Type booleanLike(mlir::Type type);
// True of float scalars and tensors: what can carry a tangent.
inline bool isFloat(mlir::Type type) { return mlir::isa<mlir::FloatType>(mlir::getElementTypeOrSelf(type)); }
inline bool isFloat(mlir::Value value) { return isFloat(value.getType()); }
llvm::SmallVector<int64_t> inversePermutation(llvm::ArrayRef<int64_t> permutation);

// The value of a splat constant (in f64: exact for f32, f64 and i32), if `value` is one.
std::optional<double> splatConstant(mlir::Value value);
// The splat constant in another shape of its element type, every bit of it kept; null if `value` is none.
mlir::TypedAttr splatLike(mlir::Value value, mlir::Type type);
inline bool isSplat(mlir::Value value, double literal) { return value && splatConstant(value) == literal; }
// A splat of +0 or of the integer 0: what an absent tangent is when it has to stand somewhere.
bool isPositiveZero(mlir::Value value);
// Known never to be NaN or infinite.
bool isProvenFinite(mlir::Value value);
// Integers known to lie in 0 … extent − 1.
bool isWithin(mlir::Value indices, int64_t extent);
// Used once, and beside where it is made: to take it apart at its user moves no work into a loop or across a branch.
bool isUsedOnce(mlir::Value value);
// How many windows of `size` elements, `dilation` apart, begin at 0, stride, 2·stride, … and end within `extent`.
int64_t windowCount(int64_t extent, int64_t size, int64_t stride, int64_t dilation);
// The elements' value as an attribute of `type` (a tensor or a scalar), rounded to it.
mlir::TypedAttr splatAttribute(mlir::Type type, double value);

} // namespace fluxion::flx

#include "dialects/Interfaces.h.inc"

#include "dialects/Dialect.h.inc"

#define GET_OP_CLASSES
#include "dialects/Ops.h.inc"
