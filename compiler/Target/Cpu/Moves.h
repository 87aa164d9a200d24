// Plans of the ops that are neither generic nor a contraction.
#pragma once
#include "compiler/Target/Cpu/Kernel.h"

namespace fluxion::flx {
class ConcatOp;
class PadOp;
class ScatterAddOp;
class OverlapAddOp;
class CumsumOp;
class SortOp;
} // namespace fluxion::flx

namespace fluxion::cpu {

struct Nest;
// Of a plan that writes its loops itself: one input and one result, each with its strides along the loops.
Nest ownNest(mlir::ArrayRef<int64_t> extents, mlir::Type element, mlir::ArrayRef<int64_t> read,
             mlir::ArrayRef<int64_t> written);

KernelPlan planConcat(flx::ConcatOp, const Machine &);
KernelPlan planPad(flx::PadOp, const Machine &);
KernelPlan planScatterAdd(flx::ScatterAddOp, const Machine &);
KernelPlan planDraw(mlir::Operation *draw); // random_uniform, random_normal
KernelPlan planFoldIn();
KernelPlan planOverlapAdd(flx::OverlapAddOp, const Machine &);
KernelPlan planCumsum(flx::CumsumOp, const Machine &);
KernelPlan planSort(flx::SortOp);

} // namespace fluxion::cpu
