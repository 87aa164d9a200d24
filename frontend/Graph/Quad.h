// Arithmetic in IEEE binary128 for evaluating compile-time constants: 113 bits, so that a few hundred roundings stay
// within the 2⁻¹⁰⁰ which Weak promises. Elementary functions by argument reduction and series; no library is needed.
#pragma once

namespace fluxion {

#if defined(__SIZEOF_FLOAT128__)
using Quad = __float128;
#else
using Quad = long double; // binary128 where the compiler has no __float128 (AArch64)
#endif

Quad quadFloor(Quad);
Quad quadSqrt(Quad);        // NaN below zero
Quad quadExp(Quad);
Quad quadLog(Quad);         // NaN below zero, −∞ at zero
Quad quadPow(Quad base, Quad exponent);

} // namespace fluxion
