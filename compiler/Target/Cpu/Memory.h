// Where every tensor of a function lives, and in which order its kernels run.
// In: a function of the linalg stage whose results name the arguments they replace. Out: places in argument, result and
// arena memory. Invariant: two values that are live at once never overlap, but for an operand and a result of one
// kernel that says it may work in place.
#pragma once
#include "compiler/Target/Cpu/Donation.h"
#include "compiler/Target/Cpu/Kernel.h"
#include "llvm/ADT/MapVector.h"

namespace fluxion::cpu {

struct Place {
  enum Kind { Argument, Result, Arena, Constant } kind = Arena;
  int64_t at = 0; // number of the argument or result, byte offset in the arena; of no meaning for a constant
  bool operator==(const Place &) const = default;
};

struct ControlPlan; // Regions.h

struct MemoryPlan {
  mlir::SmallVector<mlir::Operation *> order; // ops with kernels
  llvm::DenseMap<mlir::Operation *, KernelPlan> kernels;
  llvm::DenseMap<mlir::Operation *, int64_t> scratch; // arena offset
  llvm::DenseMap<mlir::Value, Place> places;          // of every tensor that a kernel reads or writes
  llvm::DenseMap<mlir::Operation *, std::shared_ptr<ControlPlan>> control; // of loops and branches
  int64_t arenaBytes = 0;
};

// The value whose memory `tensor` is a view of: itself, or a reshape's source.
mlir::Value memoryRoot(mlir::Value tensor);
int64_t byteSize(mlir::Type tensor);

// `donated[j]` is the argument whose memory result j takes, or −1. A result may then be written while it and its
// argument are one: only after every other read of the argument. Where no order allows that, the result is computed
// aside and copied last. May insert such copies (identity generics) into the function. `alwaysInPlace`: the caller
// never keeps them apart, so a donated argument that is returned as it is needs no code.
mlir::FailureOr<MemoryPlan> planMemory(mlir::func::FuncOp function, mlir::ArrayRef<int64_t> donated, const Machine &,
                                       bool alwaysInPlace = false);

// Offsets for buffers that live over [first, last] (inclusive) so that those alive together are disjoint: greedy,
// largest first, lowest fit. Returns the total.
struct Buffer {
  int64_t bytes, first, last, offset = 0;
};
int64_t assignOffsets(llvm::MutableArrayRef<Buffer> buffers, int64_t alignment = 64);

} // namespace fluxion::cpu
