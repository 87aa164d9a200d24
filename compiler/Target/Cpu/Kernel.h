// The seam between the schedule of a function (Compile.h) and the emitters of its kernels. One tensor-level op arrives;
// a plan leaves: steps, each the body of one function, run for a number of chunks that the SHAPE alone decides, so that
// results are the same bits for any thread count. Planning looks at types and attributes only; emission builds scf,
// vector, arith, math, memref and func.call (see callRuntime) and reads nothing but its frame.
#pragma once
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fluxion::flx {
class ContractOp;
}

namespace fluxion::cpu {

// The core that code is made for. Sizes of caches are those of the host; they steer blocking, never results' meaning.
struct Machine {
  std::string cpu = "x86-64-v3"; // LLVM's name
  std::string features;          // LLVM's feature string, "+avx512f,…"; empty: what `cpu` implies
  int64_t vectorBytes = 32;      // 64 with AVX-512, 32 with AVX, else 16
  int64_t vectorRegisters = 16;  // 32 with AVX-512
  bool hasFma = true;
  int64_t l1Bytes = 32 << 10, l2Bytes = 1 << 20, l3Bytes = 16 << 20;

  static Machine host();
  static Machine named(llvm::StringRef cpu); // "native" is host()
  // Instruction sets that code for `cpu` may use and this machine has not.
  static std::vector<std::string> missingHere(llvm::StringRef cpu);
  int64_t lanes(mlir::Type element) const; // of one register: 16 for f32 with AVX-512
};

// How an element lies in memory: i1 as a byte 0 or 1, everything else as itself.
mlir::Type memoryElement(mlir::Type element);
// memref<2x3xf32> for tensor<2x3xf32>: static, row-major, contiguous; memref<f32> for a scalar. Extents of 0 become 1.
mlir::MemRefType memoryType(mlir::RankedTensorType);

// What the body of a step sees: its function's arguments.
struct KernelFrame {
  mlir::Value context;                     // !llvm.ptr, for callRuntime
  mlir::SmallVector<mlir::Value> operands; // memrefs: the op's tensor operands (a generic's: inputs, then tensors its
                                           // body captures; destinations are left out), then the op's results
  mlir::Value scratch; // memref<scratchBytes x i8>, 64-byte aligned, shared by all steps and chunks;
                       // null when the plan wants none
  mlir::Value chunk;   // index in [0, chunks); a constant 0 when chunks is 1
};

struct KernelStep {
  int64_t chunks = 1;
  // Emits the whole body at the builder's insertion point (no terminator). Called at most once per distinct kernel.
  std::function<void(mlir::OpBuilder &, mlir::Location, KernelFrame &)> emit;
  // The operands, as numbered above, that this step sees as its 0, 1, …; empty: all.
  mlir::SmallVector<unsigned, 2> operands = {};

  mlir::SmallVector<unsigned, 12> operandNumbers(size_t all) const {
    if (operands.empty()) return llvm::to_vector<12>(llvm::seq<unsigned>(0, all));
    return llvm::to_vector<12>(operands);
  }
};

// Operand and result may share memory: each element of the operand is read, by the chunk that writes the same element
// of the result, before it is written and never after. (The operand's number is that of KernelFrame::operands; the
// result's counts from the op's first result.)
struct InPlacePair {
  unsigned operand, result;
};

struct KernelPlan {
  mlir::SmallVector<KernelStep> steps; // run in order, with a barrier between
  int64_t scratchBytes = 0;
  mlir::SmallVector<InPlacePair> inPlace;
};

KernelPlan planGeneric(mlir::linalg::GenericOp, const Machine &);
KernelPlan planContract(flx::ContractOp, const Machine &);
// Any op of the linalg stage that owns a kernel: the two above, flx.concat, pad, scatter_add, overlap_add, cumsum, sort
// and the random draws. (Loops and branches own no kernel: Regions.h.) Fails, with an error at the op, on what no
// emitter knows.
mlir::FailureOr<KernelPlan> planKernel(mlir::Operation *, const Machine &);

// The tensors a kernel reads, in the order of KernelFrame::operands. (Inputs that a generic's body does not use give it
// its shape and are not among them.)
mlir::SmallVector<mlir::Value> kernelInputs(mlir::Operation *);

// Chunks for `work` nanoseconds of work that splits into at most `pieces`: 1 below some 5 µs a chunk, at most 64.
int64_t chunksFor(double workNanoseconds, int64_t pieces);

// Calls a function of the runtime (runtime.h), declaring it in the module on first use.
mlir::func::CallOp callRuntime(mlir::OpBuilder &, mlir::Location, llvm::StringRef name, mlir::TypeRange results,
                               mlir::ValueRange arguments);

// The address of a memref's first element as a !llvm.ptr, for the runtime's functions.
mlir::Value pointerTo(mlir::OpBuilder &, mlir::Location, mlir::Value memref);

} // namespace fluxion::cpu
