// Verification of compiled code against the reference: values against double-double, derivatives against dual numbers
// on the primal, the identity ⟨w, Jv⟩ = ⟨Jᵀw, v⟩, symmetry of Hessians, and finite differences beside them. In: the
// primal flx function before differentiation, and what was compiled from it as plain callables. Out: a table of checks.
// An error is norm-wise and relative; the bound (1e-12 in f64, 1e-5 where f32 takes part) grows with the condition
// number where that is large: both what perturbed arguments do to the result and what a plain evaluation at that
// precision loses.
#pragma once
#include "compiler/Reference/Interpreter.h"
#include <functional>
#include <string>
#include <vector>

namespace fluxion::reference {

struct Compiled {
  using Call = std::function<llvm::Expected<HostTensors>(llvm::ArrayRef<HostTensor>)>;
  Call primal; // arguments → results
  Call jvp;    // arguments, a tangent for each of wrt → results, tangents of the float results.      May be empty.
  Call vjp;    // arguments, a cotangent for each float result → results, cotangents of wrt.            May be empty.
  Call hvp; // arguments, a direction for each of wrt → Hessian times direction for each. Empty unless the result is a
            // scalar.
};

struct VerifyOptions {
  llvm::SmallVector<int64_t> wrt; // float arguments to differentiate by
  uint64_t seed = 1;
  int points = 3;                       // random points, besides the special ones
  uint64_t budget = uint64_t(1) << 30;  // of one reference evaluation
  std::vector<std::string> resultNames; // for the table; by default their numbers
};

struct Check {
  std::string what, point, note;
  double error = 0, bound = 0, condition = 1;
  double difference = -1; // |finite difference − dual| / |dual|; negative: none taken
  bool scaled = false;    // the bound, by the condition number
  bool checked = true;    // false: could not be checked, the note says why
  bool passed() const { return !checked || error <= bound; }
};

struct Report {
  std::vector<Check> checks;
  bool passed() const;
  /// Aligned columns, one check a line, and a last line that sums up.
  std::string table() const;
};

llvm::Expected<Report> verify(mlir::func::FuncOp function, const Compiled &compiled, const VerifyOptions &options);

} // namespace fluxion::reference
