// Derivatives in numbers. A function in flx text is wrapped in vjp, jvp and jvp-of-vjp; each wrapper is evaluated twice
// by the reference interpreter: as it stands (then a transformation means dual numbers on the callee), and after
// differentiation and simplification, when only rules are left. A wrong rule cannot agree with itself.
#pragma once
#include "compiler/Reference/Interpreter.h"
#include <string>
#include <vector>

namespace fluxion::test {

struct Case {
  std::string name;
  std::vector<std::string> parameters; // types; the names are %a, %b, %c, …
  std::string result;                  // type
  std::string body;                    // defines %y
  double low = 0.2, high = 0.9;        // where float arguments lie
};

inline reference::HostTensor vector(std::vector<double> values) {
  reference::HostTensor x(reference::Element::F64, {int64_t(values.size())});
  x.reals = values;
  return x;
}

// First-order in both modes, and second order (forward over reverse). Expects agreement to 1e-11, relative to the
// largest element.
void checkDerivatives(const Case &c);

// Evaluates @g of a module before and after differentiation at given arguments and expects the same.
void checkModule(const std::string &text, llvm::ArrayRef<reference::HostTensor> arguments, double tolerance = 1e-11);

// @g of a module, differentiated.
reference::HostTensors runDifferentiated(const std::string &text, llvm::ArrayRef<reference::HostTensor> arguments);

} // namespace fluxion::test
