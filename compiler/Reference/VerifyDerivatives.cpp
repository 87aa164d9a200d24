// Tangents, gradients and Hessians against derivatives of the reference and finite differences; see Verify.h.
#include "compiler/Reference/Verifier.h"
#include <limits>
using namespace mlir;

namespace fluxion::reference {

HostTensors Verifier::directionsAt(const Point &point) {
  HostTensors directions;
  for (int64_t argument : options.wrt) directions.push_back(randomLike(point.arguments[argument], random));
  return directions;
}

HostTensors Verifier::cotangentsLike(ArrayRef<HostTensor> tangents) {
  HostTensors cotangents;
  for (const HostTensor &t : tangents) cotangents.push_back(randomLike(t, random));
  return cotangents;
}

// Central difference of the reference in double-double along the directions: its error is far below that of f64.
static double finiteDifference(func::FuncOp function, const Point &point, ArrayRef<int64_t> wrt,
                               ArrayRef<HostTensor> directions, ArrayRef<HostTensor> truth, const Options &options) {
  constexpr double h = 0x1p-24;
  HostTensors sides[2];
  for (int side = 0; side < 2; ++side) {
    HostTensors arguments = point.arguments;
    for (auto [argument, direction] : llvm::zip(wrt, directions))
      for (auto [x, v] : llvm::zip(arguments[argument].reals, direction.reals)) x += (side ? h : -h) * v;
    sides[side] = orNothing(interpret(function, arguments, options));
  }
  Distance distance;
  size_t j = 0;
  for (auto [below, above] : llvm::zip(sides[0], sides[1])) {
    if (!below.isFloat()) continue;
    HostTensor slope = below;
    for (auto [s, a] : llvm::zip(slope.reals, above.reals)) s = (a - s) / (2 * h);
    if (j < truth.size()) compare(slope, truth[j++], true, distance);
  }
  return j == truth.size() && !distance.mismatches ? distance.relative(1e-6) : -1;
}

// The derivatives among results, which follow the results of the function itself.
ArrayRef<HostTensor> Verifier::derivatives(ArrayRef<HostTensor> results) {
  return results.drop_front(std::min<size_t>(results.size(), function.getNumResults()));
}

void Verifier::tangents(const Point &point) {
  HostTensors directions = directionsAt(point);
  auto reference = interpretJvp(function, options.wrt, point.arguments, directions, exact);
  if (!reference) return skip("tangent", point, reference.takeError());
  ArrayRef<HostTensor> truth = derivatives(*reference);
  HostTensors operands = point.arguments;
  operands.append(directions.begin(), directions.end());
  HostTensors jv(truth.begin(), truth.end());
  if (compiled.jvp) {
    auto got = compiled.jvp(operands);
    if (!got) return skip("tangent", point, got.takeError());
    jv = HostTensors(derivatives(*got));
    Check check;
    check.what = "tangent", check.point = point.name;
    Distance distance = compareAll(jv, truth, true);
    double unit = std::sqrt(squareNorm(directions));
    check.error = relative(distance, unit);
    if (distance.skipped) check.note = std::to_string(distance.skipped) + " elements have no finite derivative";
    auto plainly = [&](ArrayRef<HostTensor> at, const Options &how) {
      size_t n = point.arguments.size();
      HostTensors results = orNothing(interpretJvp(function, options.wrt, at.take_front(n), at.drop_front(n), how));
      return results.empty() ? 0 : relative(compareAll(derivatives(results), truth, true), unit);
    };
    double plainError = plainly(operands, plain);
    if (!(check.error <= bound)) plainError = std::max(plainError, noise(operands, plainly));
    HostTensors bent = orNothing(
        interpretSecond(function, options.wrt, point.arguments, directions, scaledSigns(point, options.wrt), exact));
    if (point.smooth) check.difference = finiteDifference(function, point, options.wrt, directions, truth, exact);
    add(std::move(check), condition(std::sqrt(finiteSquareNorm(bent)), std::sqrt(distance.norm), plainError));
  }
  if (compiled.vjp) cotangents(point, directions, jv, std::sqrt(finiteSquareNorm(truth)));
}

// A gradient under examination: w, Jᵀw as compiled, and what is known of its error.
struct Verifier::Adjoint {
  HostTensors w, xBar;
  Check check;
  double size, unit;     // of xBar, of w
  bool vanishes;         // the true derivative does
  double terms;          // Σ |w·Ju|, beside which Σ w·Ju may cancel by chance
  double plainError = 0; // of evaluations at this precision
};

// All of Jᵀw.
llvm::Error Verifier::wholeGradient(const Point &point, Adjoint &adjoint) {
  auto reference = interpretVjp(function, options.wrt, point.arguments, adjoint.w, exact);
  if (!reference) return reference.takeError();
  ArrayRef<HostTensor> truth = derivatives(*reference);
  Distance distance = compareAll(adjoint.xBar, truth, true);
  adjoint.check.error = relative(distance, adjoint.unit);
  if (distance.skipped) adjoint.check.note = std::to_string(distance.skipped) + " elements have no finite derivative";
  auto plainly = [&](ArrayRef<HostTensor> at, const Options &how) {
    size_t n = point.arguments.size();
    HostTensors results = orNothing(interpretVjp(function, options.wrt, at.take_front(n), at.drop_front(n), how));
    return results.empty() ? 0 : relative(compareAll(derivatives(results), truth, true), adjoint.unit);
  };
  HostTensors operands = point.arguments;
  operands.append(adjoint.w);
  adjoint.plainError = plainly(operands, plain);
  if (!(adjoint.check.error <= bound)) adjoint.plainError = std::max(adjoint.plainError, noise(operands, plainly));
  return llvm::Error::success();
}

// ⟨Jᵀw, u⟩ = ⟨w, Ju⟩ along random u, whose error is that of Jᵀw on average.
llvm::Error Verifier::gradientAlong(const Point &point, Adjoint &adjoint) {
  adjoint.check.note = "along 4 random directions";
  for (int i = 0; i < 4; ++i) {
    HostTensors u = directionsAt(point);
    auto reference = interpretJvp(function, options.wrt, point.arguments, u, exact);
    if (!reference) return reference.takeError();
    double truth = inner(adjoint.w, derivatives(*reference)), found = inner(adjoint.xBar, u);
    if (!std::isfinite(truth)) continue;
    adjoint.terms = std::max(adjoint.terms, absoluteInner(adjoint.w, derivatives(*reference)));
    double scale = std::max(adjoint.vanishes ? std::max(adjoint.size, adjoint.unit) : adjoint.size, floor);
    double error = std::fabs(found - truth) / scale;
    adjoint.check.error = std::max(adjoint.check.error, error);
    if (error <= bound) continue;
    adjoint.plainError =
        std::max(adjoint.plainError, noise(point.arguments, [&](ArrayRef<HostTensor> at, const Options &how) {
                   HostTensors results = orNothing(interpretJvp(function, options.wrt, at, u, how));
                   return results.empty() ? 0 : std::fabs(inner(adjoint.w, derivatives(results)) - truth) / scale;
                 }));
  }
  return llvm::Error::success();
}

// `exactNorm`: of the true Jv.
void Verifier::cotangents(const Point &point, ArrayRef<HostTensor> directions, const HostTensors &jv,
                          double exactNorm) {
  Adjoint adjoint;
  adjoint.w = cotangentsLike(jv);
  HostTensors operands = point.arguments;
  operands.append(adjoint.w);
  auto got = compiled.vjp(operands);
  if (!got) return skip("gradient", point, got.takeError());
  adjoint.xBar = HostTensors(derivatives(*got));
  int64_t elements = 0;
  for (const HostTensor &x : directions) elements += x.size();
  double length = std::sqrt(squareNorm(directions));
  adjoint.check.what = "gradient", adjoint.check.point = point.name;
  adjoint.size = std::sqrt(squareNorm(adjoint.xBar)), adjoint.unit = std::sqrt(squareNorm(adjoint.w));
  adjoint.vanishes = exactNorm <= 1e-25 * length;
  adjoint.terms = absoluteInner(adjoint.w, jv) / std::max(length, floor);
  llvm::Error error = elements <= 64 ? wholeGradient(point, adjoint) : gradientAlong(point, adjoint);
  if (error) return skip("gradient", point, std::move(error));
  double conditionNumber = report.checks.empty() ? 1 : report.checks.back().condition;
  conditionNumber = std::max(
      conditionNumber, condition(adjoint.terms, std::max(adjoint.size, 1e-25 * adjoint.unit), adjoint.plainError));
  add(std::move(adjoint.check), conditionNumber);

  Check identity;
  identity.what = "<w, Jv> = <J'w, v>", identity.point = point.name;
  double scale = adjoint.unit * std::sqrt(squareNorm(jv)) + adjoint.size * length;
  if (!std::isfinite(scale)) identity.checked = false, identity.note = "a derivative is not finite";
  if (adjoint.vanishes) scale = std::max(scale, adjoint.unit);
  if (identity.checked)
    identity.error = std::fabs(inner(adjoint.w, jv) - inner(adjoint.xBar, directions)) / std::max(scale, floor);
  add(std::move(identity), conditionNumber);
}

void Verifier::hessian(const Point &point) {
  HostTensors u = directionsAt(point), v = directionsAt(point);
  auto product = [&](const HostTensors &direction) {
    HostTensors operands = point.arguments;
    operands.append(direction.begin(), direction.end());
    return compiled.hvp(operands);
  };
  auto hu = product(u), hv = product(v);
  if (!hu) {
    if (!hv) llvm::consumeError(hv.takeError());
    return skip("Hessian", point, hu.takeError());
  }
  if (!hv) return skip("Hessian", point, hv.takeError());
  auto reference = interpretSecond(function, options.wrt, point.arguments, u, v, exact);
  if (!reference) return skip("Hessian", point, reference.takeError());
  auto only = [](const HostTensors &xs) { return xs.empty() || xs[0].reals.empty() ? 0.0 : xs[0].reals[0]; };
  double truth = only(*reference), nearby = truth;
  if (HostTensors rounded = orNothing(interpretSecond(function, options.wrt, point.arguments, u, v, plain));
      !rounded.empty())
    nearby = only(rounded);
  double scale = std::sqrt(squareNorm(u) * squareNorm(*hv)) + std::sqrt(squareNorm(v) * squareNorm(*hu));
  // Where the Hessian nearly vanishes, what cancels in it is larger than what is left: about as large as slopes and
  // arguments lead one to expect.
  HostTensors x;
  for (int64_t argument : options.wrt) x.push_back(point.arguments[argument]);
  double expected = 0, length = std::sqrt(squareNorm(x));
  for (bool first : {false, true}) {
    HostTensors slope = orNothing(interpretJvp(function, options.wrt, point.arguments, first ? u : v, exact));
    if (slope.size() == 2) expected += std::sqrt(finiteSquareNorm(slope[1]) * squareNorm(first ? v : u));
  }
  double conditionNumber =
      condition(length > 0 ? expected / length : expected, scale, std::fabs(nearby - truth) / std::max(scale, floor));
  if (!report.checks.empty()) conditionNumber = std::max(conditionNumber, report.checks.back().condition);
  auto record = [&](const char *what, double difference) {
    Check check;
    check.what = what, check.point = point.name;
    check.error = std::fabs(difference) / std::max(scale, floor);
    if (check.error > bound)
      conditionNumber =
          std::max(conditionNumber,
                   condition(0, 0, noise(point.arguments, [&](ArrayRef<HostTensor> at, const Options &how) {
                               HostTensors results = orNothing(interpretSecond(function, options.wrt, at, u, v, how));
                               return results.empty() ? 0 : std::fabs(only(results) - truth) / std::max(scale, floor);
                             })));
    if (!std::isfinite(truth) || !std::isfinite(scale)) check.checked = false, check.note = "the Hessian is not finite";
    add(std::move(check), conditionNumber);
  };
  record("<u, Hv> = <v, Hu>", inner(u, *hv) - inner(v, *hu));
  record("<u, Hv>", inner(u, *hv) - truth);
}

} // namespace fluxion::reference
