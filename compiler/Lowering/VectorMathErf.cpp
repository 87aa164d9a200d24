// The error function.
#include "compiler/Lowering/VectorMathFormat.h"
#include "compiler/Lowering/VectorMathTables.h"
using namespace mlir;

namespace fluxion::cpu {

// |x| < 0.875: x + x·p(x²). Above: ±(1 − e^g(|x|)), g = ln erfc, a polynomial around `center`; from `top` on the result
// is ±1.
Lane erf(const Lane &x) {
  bool single = x.isF32();
  double center = single ? 2 : 1, top = single ? 3.95 : 6;
  Lane small = fma(x, horner(x * x, tables::erf32Small, tables::erf64Small), x);
  Lane size = abs(x);
  Lane t = minOrSecond(x.splat(top), size) - center;
  Lane large = 1.0 - expNormal(horner(t, tables::erf32Large, tables::erf64Large));
  return select(size < 0.875, small, copysign(large, x));
}

} // namespace fluxion::cpu
