// A contraction as strides: what each letter does to each operand, letters merged where every operand allows it.
// In: a flx.contract. Out: axes in four classes, from which an emitter is chosen and told what to read and write where.
#pragma once
#include "compiler/Target/Cpu/Gemm.h"

namespace fluxion::cpu {

struct ContractAxis {
  int64_t size = 1;
  // In elements, of each operand: contracted, sides, results (0 in a sum), and last of the output in row-major order.
  llvm::SmallVector<int64_t> strides;
};

struct ContractShape {
  mlir::Type element;
  unsigned contracted = 2, sides = 0, results = 1; // operands of each kind, in this order
  llvm::SmallVector<bool> summed;                  // of each result: the sum of its values over all outputs
  llvm::SmallVector<ContractAxis> batch, m, n, k;  // in both and the output; in one and the output (A, B); summed
  Gemm::Epilogue epilogue;
  double epilogueCost = 0;

  unsigned operands() const { return contracted + sides + results; }
  unsigned firstResult() const { return contracted + sides; }
  unsigned order() const { return operands(); } // the stride that tells the order of the output
  int64_t outputs() const;
  int64_t depth() const;
  llvm::SmallVector<ContractAxis> outputAxes() const; // batch, m, n
};

ContractShape shapeOf(flx::ContractOp);
Gemm gemmOf(const ContractShape &);

// The emitters. Each takes every shape; the plan takes the one that a rough count of cycles prefers.
enum class ContractForm { Gemm, Dot, Direct };
ContractForm chooseForm(const ContractShape &, const Machine &);
KernelPlan planShape(const ContractShape &,
                     const Machine &); // in the form chosen, its depth split where that is worth it
KernelPlan planAs(ContractForm, const ContractShape &, const Machine &); // in the form asked for
KernelPlan planDirect(const ContractShape &, const Machine &);
KernelPlan planDot(const ContractShape &,
                   const Machine &);                // needs a summed axis contiguous in every contracted operand
const ContractAxis *dotAxis(const ContractShape &); // that axis, or null
double directCycles(const ContractShape &, const Machine &);
double gemmCycles(Gemm, const Machine &); // one core, as chooseBlocking would assign the roles

// The axis along which an emitter without tiles puts its lanes; null if there is one output only.
const ContractAxis *laneAxis(const ContractShape &, llvm::ArrayRef<ContractAxis> outputAxes);

// Where one vector of an operand lies. `accumulate`: what is stored there is added to what the place holds.
struct LaneSite {
  mlir::Value memref, offset;
  int64_t stride = 1;
  bool accumulate = false;
};
// Emitters give each summed result this many vectors on the stack of a chunk to accumulate in, one for each of the
// vectors that they finish together.
constexpr int64_t kSumSlots = 8;
// Evaluates the epilogue on one vector of finished sums: sides are loaded, results stored.
void finishLanes(ContractBuilder &, const Gemm::Epilogue &, mlir::Value sums, llvm::ArrayRef<LaneSite> sides,
                 llvm::ArrayRef<LaneSite> results, mlir::Value mask);

} // namespace fluxion::cpu
