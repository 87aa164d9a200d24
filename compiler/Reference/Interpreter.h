// The reference interpreter: the meaning of flx, computed the obvious way, independent of derivative rules and of
// lowering. In: a func.func of flx ops on static tensors (calls and flx.vjp / flx.jvp included) and arguments as plain
// arrays. Out: its results. What it cannot evaluate, or what would take too long, is an llvm::Error; it never crashes
// on verified IR. flx.jvp and flx.vjp mean what dual numbers on the callee say.
#pragma once
#include "compiler/Reference/Tensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Error.h"

namespace fluxion::reference {

enum class Precision { F64, DoubleDouble };

struct Options {
  Precision precision = Precision::DoubleDouble;
  /// Round every f32 result to f32. Off: an f32 program means its exact value, of arguments and constants that are f32.
  bool roundF32 = false;
  /// Multiplies what arithmetic makes, tangents too, by 1 or 1 ± jitter at random: what rounding at that precision may do;
  /// of functions by as many roundings as code's may err.
  double jitter = 0;
  uint64_t jitterSeed = 0;
  /// Elementary steps after which evaluation gives up.
  uint64_t budget = uint64_t(1) << 32;
};

using HostTensors = llvm::SmallVector<HostTensor, 4>;

llvm::Expected<HostTensors> interpret(mlir::func::FuncOp function, llvm::ArrayRef<HostTensor> arguments,
                                      const Options &options = {});

/// Results, then the derivatives of the float results when the float arguments `wrt` move along `tangents`.
llvm::Expected<HostTensors> interpretJvp(mlir::func::FuncOp function, llvm::ArrayRef<int64_t> wrt,
                                         llvm::ArrayRef<HostTensor> arguments, llvm::ArrayRef<HostTensor> tangents,
                                         const Options &options = {});

/// Results, then Σ_j ⟨cotangent_j, ∂result_j/∂argument⟩ for each argument of `wrt`: one dual evaluation an element of
/// them.
llvm::Expected<HostTensors> interpretVjp(mlir::func::FuncOp function, llvm::ArrayRef<int64_t> wrt,
                                         llvm::ArrayRef<HostTensor> arguments, llvm::ArrayRef<HostTensor> cotangents,
                                         const Options &options = {});

/// The derivative along `tangents` of the derivative along `directions`: for each float result ∂²y[directions,
/// tangents].
llvm::Expected<HostTensors> interpretSecond(mlir::func::FuncOp function, llvm::ArrayRef<int64_t> wrt,
                                            llvm::ArrayRef<HostTensor> arguments, llvm::ArrayRef<HostTensor> directions,
                                            llvm::ArrayRef<HostTensor> tangents, const Options &options = {});

/// The element type and shape of a ranked static tensor of f32, f64, i32, i64 or i1, or of such a scalar; as zeros.
llvm::Expected<HostTensor> zerosOf(mlir::Type type);

} // namespace fluxion::reference
