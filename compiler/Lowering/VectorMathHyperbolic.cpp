// sinh, cosh and the inverse hyperbolic functions, from expm1, exp, log1p and log. (tanh: VectorMathExp.cpp.)
#include "compiler/Lowering/VectorMathFormat.h"
#include <numbers>
using namespace mlir;

namespace fluxion::cpu {

// sinh|x| = (E + E/(E + 1))/2 with E = expm1|x|; where eˣ may overflow, (e^(|x|/2)/2)·e^(|x|/2).
Lane sinh(const Lane &x) {
  Lane size = abs(x);
  Lane e = expm1(size), root = exp(size * 0.5);
  Lane small = (e + e / (e + 1.0)) * 0.5;
  return copysign(select(size < (x.isF32() ? 80.0 : 700.0), small, root * 0.5 * root), x);
}

// cosh x = (E + 1/E)/2 with E = e^|x|, as the square of e^(|x|/2), which overflows only where cosh does.
Lane cosh(const Lane &x) {
  Lane root = exp(abs(x) * 0.5);
  return fma(root * 0.5, root, 0.5 / (root * root));
}

// From here on 1 does not count beside x².
static double largeOf(const Lane &x) { return x.isF32() ? 0x1p13 : 0x1p28; }

// arsinh|x| = ln(|x| + √(x² + 1)) = ln(1 + |x| + x²/(1 + √(x² + 1))); of large x ln 2 + ln|x|.
Lane asinh(const Lane &x) {
  Lane size = abs(x), square = size * size;
  Lane small = log1p(size + square / (sqrt(square + 1.0) + 1.0));
  return copysign(select(size < largeOf(x), small, log(size) + std::numbers::ln2), x);
}

// arcosh x = ln(x + √(x² − 1)) = ln(1 + t + √t·√(t + 2)) with t = x − 1, NaN for t < 0; of large x ln 2 + ln x.
Lane acosh(const Lane &x) {
  Lane t = x - 1.0;
  Lane small = log1p(t + sqrt(t) * sqrt(t + 2.0));
  return select(x < largeOf(x), small, log(x) + std::numbers::ln2);
}

// artanh|x| = ½ ln((1 + |x|)/(1 − |x|)) = ½ ln(1 + 2|x|/(1 − |x|))
Lane atanh(const Lane &x) {
  Lane size = abs(x);
  return copysign(log1p(size * 2.0 / (1.0 - size)) * 0.5, x);
}

} // namespace fluxion::cpu
