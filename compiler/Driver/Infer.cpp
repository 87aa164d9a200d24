// Solving extents by name; see Infer.h.
#include "compiler/Driver/Infer.h"
#include "compiler/Driver/ErrorText.h"
#include "compiler/Driver/include/fluxion/view.h"
#include <map>

namespace fluxion {

std::optional<std::vector<int64_t>> shapeUnder(const TensorType &type, const DimBinding &binding) {
  std::vector<int64_t> shape;
  for (const Dim &dim : type.shape) {
    std::optional<int64_t> extent = dim.evaluate(binding);
    if (!extent || *extent < 0) return std::nullopt;
    shape.push_back(*extent);
  }
  int64_t bytes = api::elementCount(shape);
  if (bytes < 0 || __builtin_mul_overflow(bytes, int64_t(byteSize(type.element)), &bytes) || bytes > int64_t(1) << 46)
    return std::nullopt;
  return shape;
}

namespace {

class Solver {
public:
  Solver(const Function &function, const KnownShapes &shapes, const DimBinding &given)
      : function(function), shapes(shapes), binding(given) {
    for (const auto &[name, extent] : given) origin[name] = -1;
  }

  api::Expected<DimBinding> solve() {
    for (size_t i = 0; i < shapes.size(); ++i)
      if (shapes[i] && shapes[i]->size() != function.parameters[i].type.shape.size()) return rankError(i);
    readBareNames();
    while (solveOnePolynomial()) {}
    for (size_t i = 0; i < shapes.size(); ++i)
      if (shapes[i] && !agrees(i)) return shapeError(i);
    return completeBinding(function, binding);
  }

private:
  const Function &function;
  const KnownShapes &shapes;
  DimBinding binding;
  std::map<std::string, int> origin; // the parameter that decided a name; −1: the user

  std::string argumentType(size_t i) const {
    return api::printType(api::DType(function.parameters[i].type.element), *shapes[i]);
  }

  void readBareNames() {
    for (size_t i = 0; i < shapes.size(); ++i) {
      if (!shapes[i]) continue;
      for (size_t axis = 0; axis < shapes[i]->size(); ++axis)
        if (auto name = function.parameters[i].type.shape[axis].name(); name && !binding.count(*name))
          bind(*name, (*shapes[i])[axis], i);
    }
  }

  void bind(const std::string &name, int64_t extent, size_t parameter) {
    binding[name] = extent;
    origin[name] = int(parameter);
  }

  bool solveOnePolynomial() {
    for (size_t i = 0; i < shapes.size(); ++i) {
      if (!shapes[i]) continue;
      for (size_t axis = 0; axis < shapes[i]->size(); ++axis) {
        const Dim &dim = function.parameters[i].type.shape[axis];
        std::string unknown;
        int left = 0;
        for (const std::string &name : dim.names())
          if (!binding.count(name)) ++left, unknown = name;
        if (left != 1) continue;
        if (auto value = root(dim, unknown, (*shapes[i])[axis])) {
          bind(unknown, *value, i);
          return true;
        }
      }
    }
    return false;
  }

  // The n ≥ 0 with dim(n) = target. A linear polynomial is solved; extents of higher degree are small numbers in
  // practice (d·(d−1)/2), so those are searched.
  std::optional<int64_t> root(const Dim &dim, const std::string &name, int64_t target) const {
    DimBinding trial = binding;
    auto at = [&](int64_t n) {
      trial[name] = n;
      return dim.evaluate(trial);
    };
    auto zero = at(0), one = at(1), two = at(2);
    if (zero && one && two && *two - *one == *one - *zero && *one != *zero) {
      int64_t n = (target - *zero) / (*one - *zero);
      if (n >= 0 && at(n) == target) return n;
      return std::nullopt;
    }
    for (int64_t n = 0; n <= 1 << 16; ++n)
      if (at(n) == target) return n;
    return std::nullopt;
  }

  // An extent of several unknown names is no disagreement: they are missing. One unknown name is there only where none
  // makes the extent.
  bool agrees(size_t i) const {
    const std::vector<Dim> &dims = function.parameters[i].type.shape;
    for (size_t axis = 0; axis < dims.size(); ++axis) {
      size_t unknown = 0;
      for (const std::string &name : dims[axis].names()) unknown += !binding.count(name);
      if (unknown > 1) continue;
      if (auto extent = dims[axis].evaluate(binding); !extent || *extent != (*shapes[i])[axis]) return false;
    }
    return true;
  }

  api::Error rankError(size_t i) const {
    const Parameter &parameter = function.parameters[i];
    Diagnostic diagnostic;
    diagnostic.number = "E0710";
    diagnostic.where = function.where;
    diagnostic.message = "argument `" + parameter.path + "` is " + argumentType(i) + ", but parameter `" +
                         parameter.path + "` is " + parameter.type.print() + ": the number of axes differs";
    return errorOf(std::move(diagnostic));
  }

  api::Error shapeError(size_t i) const {
    const Parameter &parameter = function.parameters[i];
    Diagnostic diagnostic;
    diagnostic.number = "E0710";
    diagnostic.where = function.where;
    std::string needed = parameter.type.print();
    if (auto shape = shapeUnder(parameter.type, binding))
      needed += ", here " + api::printType(api::DType(parameter.type.element), *shape);
    diagnostic.message =
        "argument `" + parameter.path + "` is " + argumentType(i) + ", but parameter `" + parameter.path + "` is " + needed;
    std::map<std::string, bool> told;
    for (const Dim &dim : parameter.type.shape)
      for (const std::string &name : dim.names())
        if (auto bound = binding.find(name); bound != binding.end() && !std::exchange(told[name], true))
          diagnostic.note(explainName(name, bound->second, i));
    return errorOf(std::move(diagnostic));
  }

  std::string explainName(const std::string &name, int64_t extent, size_t culprit) const {
    std::string text = name + " is " + std::to_string(extent);
    int by = origin.at(name);
    if (by < 0) return text + ", as given";
    if (size_t(by) == culprit) return text + " by this argument itself";
    return text + " by argument `" + function.parameters[by].path + "`, " + argumentType(by) + " for " +
           function.parameters[by].type.print();
  }
};

} // namespace

api::Expected<DimBinding> inferDimensions(const Function &function, const KnownShapes &shapes, const DimBinding &given) {
  for (const auto &[name, extent] : given) {
    bool known = false;
    for (const std::string &dimension : function.dimensions) known |= dimension == name;
    if (known) continue;
    Diagnostic diagnostic;
    diagnostic.number = "E0711";
    diagnostic.where = function.where;
    diagnostic.message = "`" + function.name + "` has no dimension `" + name + "`";
    if (auto near = nearestName(name, function.dimensions)) diagnostic.help("did you mean `" + *near + "`?");
    return errorOf(std::move(diagnostic));
  }
  return Solver(function, shapes, given).solve();
}

api::Expected<DimBinding> completeBinding(const Function &function, const DimBinding &given) {
  DimBinding binding;
  std::string unknown, options;
  size_t count = 0;
  for (const std::string &name : function.dimensions) {
    if (auto bound = given.find(name); bound != given.end()) {
      binding[name] = bound->second;
      continue;
    }
    if (++count > 8) continue;
    unknown += (count > 1 ? ", `" : "`") + name + "`";
    options += " --dim " + name + "=…";
  }
  if (count) {
    Diagnostic diagnostic;
    diagnostic.number = "E0705";
    diagnostic.where = function.where;
    diagnostic.message = (count > 1 ? "dimensions " : "dimension ") + unknown + (count > 8 ? ", … of `" : " of `") +
                         function.name + (count > 1 ? "` follow from none of the arguments" : "` follows from none of the arguments");
    diagnostic.help("say " + std::string(count > 1 ? "them" : "it") + " on the command line:" + options);
    return errorOf(std::move(diagnostic));
  }
  for (const Parameter &parameter : function.parameters) {
    if (shapeUnder(parameter.type, binding)) continue;
    Diagnostic diagnostic;
    diagnostic.number = "E0712";
    diagnostic.where = function.where;
    diagnostic.message = "parameter `" + parameter.path + "`, " + parameter.type.print() +
                         ", has no shape here: an extent is negative, not whole, or too large";
    for (const auto &[name, extent] : binding) diagnostic.note(name + " is " + std::to_string(extent));
    return errorOf(std::move(diagnostic));
  }
  return binding;
}

} // namespace fluxion
