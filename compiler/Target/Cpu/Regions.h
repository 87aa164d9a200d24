// Loops and branches as calls. In: flx.scan, flx.while or flx.if of the linalg stage. Out: each region as a private
// function of its block's arguments and then of what it reads from outside, planned like an entry, and where in the
// op's scratch its memory lies. Invariant: what a region carries lives in the memory of the op's results from the first
// step on, and a body's carried results take the memory of its carried arguments.
#pragma once
#include "compiler/Target/Cpu/Memory.h"
#include "mlir/IR/OwningOpRef.h"

namespace fluxion::cpu {

struct RegionPlan {
  RegionPlan() = default;
  ~RegionPlan() {
    if (function) function->erase();
  }
  RegionPlan(const RegionPlan &) = delete;
  mlir::func::FuncOp function;             // stands in no module
  mlir::SmallVector<mlir::Value> captured; // values of the function's last parameters
  mlir::SmallVector<int64_t> donated;
  MemoryPlan plan;
};

struct ControlPlan {
  mlir::SmallVector<std::unique_ptr<RegionPlan>, 2> regions;
  int64_t arenaBytes = 0; // at the beginning of the scratch, for one region at a time
  int64_t scalar = 0;     // offset in the scratch of a scan's index, of a while's condition
};

bool isControl(mlir::Operation *);
// How many values the op carries from step to step: its first operands and results. 0 for a branch.
unsigned carriedCount(mlir::Operation *);
// What a region reads from outside, in order of appearance; constants, which are repeated inside, are left out.
mlir::SmallVector<mlir::Value> capturedValues(mlir::Region &);

// The memory of an op with regions, as that of a kernel, and the regions themselves.
mlir::FailureOr<KernelPlan> planControl(mlir::Operation *, const Machine &, ControlPlan &);

} // namespace fluxion::cpu
