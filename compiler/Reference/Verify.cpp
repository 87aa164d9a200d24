// The values of one function at each point, and which of its derivatives are asked there; see Verify.h.
#include "compiler/Reference/Verifier.h"
using namespace mlir;

namespace fluxion::reference {

static constexpr const char *notFinite = "the value is not finite";

bool Verifier::usesF32() {
  bool found = false;
  auto look = [&](Type type) { found |= getElementTypeOrSelf(type).isF32(); };
  // Callees too: the whole module is looked at, which is at worst lenient.
  Operation *root = function->getParentOfType<ModuleOp>();
  for (Type type : function.getArgumentTypes()) look(type);
  for (Type type : function.getResultTypes()) look(type);
  (root ? root : function.getOperation())->walk([&](Operation *op) {
    for (Type type : op->getResultTypes()) look(type);
  });
  return found;
}

// x∘δ for random signs δ: the direction in which relative perturbations of the arguments move.
HostTensors Verifier::scaledSigns(const Point &point, ArrayRef<int64_t> of) {
  HostTensors result;
  for (int64_t argument : of) {
    HostTensor t = point.arguments[argument];
    for (double &v : t.reals)
      if (random() & 1) v = -v;
    result.push_back(std::move(t));
  }
  return result;
}

static SmallVector<int64_t> floatArguments(ArrayRef<HostTensor> arguments) {
  SmallVector<int64_t> result;
  for (auto [i, x] : llvm::enumerate(arguments))
    if (x.isFloat()) result.push_back(i);
  return result;
}

// How far results lie from the truth when the arguments and each step of arithmetic err by a rounding at random: the
// worst of a few evaluations. Asked where a check fails, since what a program cancels inside shows nowhere else.
double Verifier::noise(const HostTensors &arguments,
                       llvm::function_ref<double(ArrayRef<HostTensor>, const Options &)> distance) {
  double largest = 0;
  Options noisy = exact;
  noisy.jitter = roundoff;
  noisy.roundF32 = single; // for its range
  for (int i = 0; i < 6; ++i) {
    noisy.jitterSeed = random();
    HostTensors moved = arguments;
    for (HostTensor &x : moved)
      for (double &v : x.reals) v *= 1 + roundoff * (int(random() % 3) - 1);
    largest = std::max(largest, distance(moved, noisy));
  }
  return largest;
}

// Whether every number is one, in the type of its elements.
static bool allFinite(ArrayRef<HostTensor> tensors) {
  for (const HostTensor &x : tensors)
    for (double v : x.reals)
      if (!std::isfinite(x.element == Element::F32 ? double(float(v)) : v)) return false;
  return true;
}

// `finite`: whether all values are.
llvm::Error Verifier::values(const Point &point, bool &finite) {
  auto truth = interpret(function, point.arguments, exact);
  if (!truth) return truth.takeError();
  finite = allFinite(*truth);
  auto got = compiled.primal(point.arguments);
  if (!got) return got.takeError();
  HostTensors nearby = orNothing(interpret(function, point.arguments, plain));
  HostTensors moved;
  if (!point.extreme) {
    auto floats = floatArguments(point.arguments);
    moved = orNothing(interpretJvp(function, floats, point.arguments, scaledSigns(point, floats), exact));
    moved.erase(moved.begin(), moved.begin() + std::min(moved.size(), truth->size()));
  }
  size_t tangent = 0;
  for (size_t i = 0; i < truth->size(); ++i) {
    const HostTensor &y = (*truth)[i];
    Check check;
    check.what =
        "value of " + (i < options.resultNames.size() ? options.resultNames[i] : "result " + std::to_string(i));
    check.point = point.name;
    Distance distance, ofPlain;
    if (i < got->size())
      compare((*got)[i], y, !elementwise, distance);
    else
      distance.mismatches = 1;
    check.error = distance.relative(floor);
    check.checked = !distance.skipped || distance.skipped < y.size();
    if (distance.skipped) check.note = check.checked ? std::to_string(distance.skipped) + " elements are not finite" : notFinite;
    if (distance.mismatches) check.note = std::to_string(distance.mismatches) + " elements of another kind or value";
    if (i < nearby.size()) compare(nearby[i], y, false, ofPlain);
    double sensitivity = 0;
    if (y.isFloat() && tangent < moved.size()) sensitivity = std::sqrt(finiteSquareNorm(moved[tangent]));
    tangent += y.isFloat();
    double plainError = ofPlain.relative(floor);
    if (!(check.error <= bound) && !point.extreme && y.isFloat())
      plainError = std::max(plainError, noise(point.arguments, [&](ArrayRef<HostTensor> moved, const Options &noisy) {
                              HostTensors results = orNothing(interpret(function, moved, noisy));
                              Distance apart;
                              if (i < results.size()) compare(results[i], y, true, apart);
                              return apart.relative(floor);
                            }));
    add(std::move(check), condition(sensitivity, std::sqrt(distance.norm), plainError));
  }
  return llvm::Error::success();
}

llvm::Expected<Report> Verifier::run() {
  for (int64_t argument : options.wrt)
    if (argument < 0 || argument >= int64_t(function.getNumArguments()))
      return llvm::createStringError(llvm::inconvertibleErrorCode(), "wrt names no argument");
  auto points = pointsOf(function, options.points, options.seed);
  if (!points) return points.takeError();
  elementwise = llvm::any_of(*points, [](const Point &point) { return point.extreme; });
  for (const Point &point : *points) {
    bool finite = true;
    if (llvm::Error error = values(point, finite)) return std::move(error);
    if (point.extreme || options.wrt.empty()) continue;
    if (!finite && !elementwise) { // nor is there a derivative, and which of its elements are NaN is nobody's promise
      auto error = [] { return llvm::createStringError(llvm::inconvertibleErrorCode(), notFinite); };
      if (compiled.jvp) skip("tangent", point, error());
      if (compiled.vjp) skip("gradient", point, error());
      continue;
    }
    if (compiled.jvp || compiled.vjp) tangents(point);
    // At kinks a second derivative depends on how the function is written: |x|² or x².
    if (compiled.hvp && point.smooth) hessian(point);
  }
  return std::move(report);
}

llvm::Expected<Report> verify(func::FuncOp function, const Compiled &compiled, const VerifyOptions &options) {
  return Verifier(function, compiled, options).run();
}

} // namespace fluxion::reference
