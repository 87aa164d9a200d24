// VectorMath: the elementary functions on Lanes, found by argument-dependent lookup from an op's own `semantics`
// expression. In: f32 or f64 lanes (scalar or vector). Out: vector code, the same bits for any vector width. exp expm1
// log log1p tanh sigmoid softplus erf rsqrt, sin cos tan, sinh, and pow in f32 are polynomials of our own within 2 ulp
// (tan 2.1, sigmoid 2.25, sinh 2.5), denormals included; the rest call libm or the runtime once per lane. Those calls
// need the insertion point to lie inside a module; sin, cos and tan emit an scf.if that is taken for huge arguments
// only.
#pragma once
#include "compiler/Lowering/Lane.h"

namespace fluxion::cpu {

Lane exp(const Lane &x);
Lane expm1(const Lane &x);
Lane log(const Lane &x);
Lane log1p(const Lane &x);
Lane tanh(const Lane &x);
Lane sigmoid(const Lane &x);  // 1 / (1 + e⁻ˣ)
Lane softplus(const Lane &x); // ln(1 + eˣ)
Lane erf(const Lane &x);
Lane erfc(const Lane &x);
Lane gaussian(const Lane &x);   // e^(−x²/2)
Lane normal_cdf(const Lane &x); // ½ erfc(−x/√2)
Lane rsqrt(const Lane &x); // 1 / √x

Lane sin(const Lane &x);
Lane cos(const Lane &x);
Lane tan(const Lane &x);
Lane asin(const Lane &x);
Lane acos(const Lane &x);
Lane atan(const Lane &x);
Lane atan2(const Lane &y, const Lane &x);
Lane xlogy(const Lane &x, const Lane &y);
Lane sinh(const Lane &x);
Lane cosh(const Lane &x);
Lane asinh(const Lane &x);
Lane acosh(const Lane &x);
Lane atanh(const Lane &x);
Lane cbrt(const Lane &x);
Lane lgamma(const Lane &x); // ln |Γ(x)|
Lane digamma(const Lane &x);
Lane polygamma(int64_t order, const Lane &x);

/// xʸ; whole constant exponents of −8 … 8, and ±½, become products and roots. An integer power wraps; a negative
/// one is 0 but for |x| = 1.
Lane pow(const Lane &x, const Lane &y);
inline Lane pow(const Lane &x, double y) { return pow(x, x.splat(y)); }
inline Lane pow(double x, const Lane &y) { return pow(y.splat(x), y); }

} // namespace fluxion::cpu
