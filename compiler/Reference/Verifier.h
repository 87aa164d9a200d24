// The checks of one function, point by point: Verify.cpp holds those of values, VerifyDerivatives.cpp the others.
#pragma once
#include "compiler/Reference/Verify.h"
#include "compiler/Reference/VerifyDistance.h"
#include "compiler/Reference/VerifyPoints.h"
#include "mlir/IR/SymbolTable.h"
#include <random>

namespace fluxion::reference {

using mlir::ArrayRef;

// Zeros in place of what did not come out, for estimates that are better than nothing.
inline HostTensors orNothing(llvm::Expected<HostTensors> results) {
  if (results) return *results;
  llvm::consumeError(results.takeError());
  return {};
}

class Verifier {
public:
  Verifier(mlir::func::FuncOp function, const Compiled &compiled, const VerifyOptions &options)
      : function(function), compiled(compiled), options(options), random(options.seed + 1) {
    exact.budget = options.budget;
    plain = exact;
    single = usesF32();
    plain.precision = single ? Precision::DoubleDouble : Precision::F64;
    plain.roundF32 = single;
    roundoff = single ? 0x1p-24 : 0x1p-53;
    bound = single ? 1e-5 : 1e-12;
    // Results this small are denormal numbers, whose last place is all one can ask for.
    floor = std::max(4 * (single ? 0x1p-149 : 0x1p-1074) / bound, 1e-290);
  }

  llvm::Expected<Report> run();

private:
  mlir::func::FuncOp function;
  const Compiled &compiled;
  const VerifyOptions &options;
  std::mt19937_64 random;
  Options exact, plain;
  bool single;
  bool elementwise = false; // nothing but: infinities and NaN are then part of what each element means
  double roundoff, bound, floor;
  Report report;

  llvm::Error values(const Point &point, bool &finite);
  struct Adjoint;
  void tangents(const Point &point);
  ArrayRef<HostTensor> derivatives(ArrayRef<HostTensor> results);
  llvm::Error wholeGradient(const Point &point, Adjoint &adjoint);
  llvm::Error gradientAlong(const Point &point, Adjoint &adjoint);
  void cotangents(const Point &point, ArrayRef<HostTensor> directions, const HostTensors &jv, double exactNorm);
  void hessian(const Point &point);
  bool usesF32();
  HostTensors directionsAt(const Point &point);
  HostTensors cotangentsLike(ArrayRef<HostTensor> tangents);
  double noise(const HostTensors &arguments,
               llvm::function_ref<double(ArrayRef<HostTensor>, const Options &)> distance);
  HostTensors scaledSigns(const Point &point, ArrayRef<int64_t> of);
  // A derivative that is exactly zero has no relative error: it is measured by what it is applied to.
  double relative(const Distance &distance, double unit) {
    return distance.relative(std::sqrt(distance.norm) <= 1e-25 * unit ? std::max(unit, floor) : floor);
  }
  // Infinite where an evaluation at this precision leaves the range of its numbers.
  double condition(double sensitivity, double size, double plainError) {
    double c = std::max(sensitivity / std::max(size, floor), plainError / roundoff);
    return std::isnan(c) ? 1.0 : std::max(c, 1.0);
  }
  void add(Check check, double conditionNumber) {
    check.condition = conditionNumber;
    if (std::isinf(conditionNumber) && !(check.error <= bound))
      check.checked = false, check.note = "numbers of this precision overflow on the way";
    if (std::isinf(conditionNumber)) conditionNumber = 1;
    check.bound = bound * std::max(1.0, conditionNumber / 16);
    check.scaled = check.bound > bound;
    if (check.bound >= 1 && !(check.error <= check.bound))
      check.checked = false, check.note = "so large a condition number leaves no digit to expect";
    if (check.scaled && check.note.empty()) check.note = "bound scaled by the condition number";
    report.checks.push_back(std::move(check));
  }
  void skip(const char *what, const Point &point, llvm::Error error) {
    Check check;
    check.what = what, check.point = point.name, check.checked = false, check.note = llvm::toString(std::move(error));
    report.checks.push_back(std::move(check));
  }
};

} // namespace fluxion::reference
