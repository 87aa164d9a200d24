// sin, cos, tan: reduction modulo π/2, then polynomials. f32 is computed in f64. Beyond the reach of the reduction the
// lanes concerned take libm's value, behind a branch that is not taken as long as there are none.
#include "compiler/Lowering/VectorMathFormat.h"
#include "compiler/Lowering/VectorMathTables.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
using namespace mlir;

namespace fluxion::cpu {

namespace {

constexpr double twoOverPi = 0x1.45f306dc9c883p-1;
// π/2 = high + low for f32; for f64 in parts whose product with a 20-bit integer is exact, but for the last.
constexpr double halfPiHigh = 0x1.921fb54442d18p+0, halfPiLow = 0x1.1a62633145c07p-54;
constexpr double halfPi1 = 0x1.921fb544p+0, halfPi2 = 0x1.0b4611a6p-34, halfPi3 = 0x1.3198a2e037073p-69;
// Up to here the reductions keep their accuracy.
constexpr double reachF32 = 0x1p32, reachF64 = 0x1p20;

// sin and cos of r, before the quadrant is accounted for; `quadrant` in the low two bits.
struct Turn {
  Lane sine, cosine, quadrant;
};

// x holds f32 values in f64: errors of 2⁻⁵⁰ do not matter, so plain polynomials of f32 degree suffice.
Turn turnOfF32(const Lane &x) {
  Lane shifted = fma(x, twoOverPi, x.splat(formatF64.magic));
  Lane n = shifted - formatF64.magic;
  Lane r = fma(n, -halfPiLow, fma(n, -halfPiHigh, x)), z = r * r;
  Lane sine = r * fma(z, horner(z, tables::sin32), 1.0);
  Lane cosine = fma(z, fma(z, horner(z, tables::cos32), -0.5), 1.0);
  return {sine, cosine, toBits(shifted)};
}

// r + low = x − n·π/2 to twice the precision, as far as it matters where r is small.
Turn turnOfF64(const Lane &x) {
  Lane shifted = fma(x, twoOverPi, x.splat(formatF64.magic));
  Lane n = shifted - formatF64.magic;
  Lane first = fma(n, -halfPi1, x); // exact
  Lane second = fma(n, -halfPi2, first);
  Lane r = fma(n, -halfPi3, second);
  Lane low = fma(n, -halfPi2, first - second) + fma(n, -halfPi3, second - r);
  Lane z = r * r, half = z * 0.5, nearOne = 1.0 - half;
  Lane sine = r + fma(r * z, horner(z, tables::sin64), low * nearOne);
  Lane lost = (1.0 - nearOne) - half;
  Lane cosine = nearOne + (lost + fma(z * z, horner(z, tables::cos64), -(r * low)));
  return {sine, cosine, toBits(shifted)};
}

// sin(r + q·π/2): the other function for odd q, negative for q = 2, 3.
Lane turned(const Turn &turn, const Lane &quadrant) {
  Lane odd = (quadrant & quadrant.splat(1)) != 0.0;
  Lane sign = shiftLeft(quadrant & quadrant.splat(2), 62);
  Lane value = select(odd, turn.cosine, turn.sine);
  return bitcast(toBits(value) ^ sign, value.getElementType());
}

Lane anyLane(const Lane &condition) {
  auto type = dyn_cast<VectorType>(condition.getType());
  if (!type) return condition;
  Value flat = condition;
  if (type.getRank() != 1)
    flat = condition.make<vector::ShapeCastOp>(VectorType::get({type.getNumElements()}, type.getElementType()), flat);
  return condition.make<vector::ReductionOp>(vector::CombiningKind::OR, flat);
}

// `fast` within reach; else libm's value, which `MathOp` becomes.
template <typename MathOp> Lane withinReach(const Lane &x, const Lane &fast) {
  Lane far = abs(x) >= (x.isF32() ? reachF32 : reachF64);
  OpBuilder &builder = x.getBuilder();
  auto branch = scf::IfOp::create(
      builder, x.getLoc(), anyLane(far).get(),
      [&](OpBuilder &inside, Location loc) {
        Value exact = MathOp::create(inside, loc, x.get());
        Value chosen = arith::SelectOp::create(inside, loc, far.get(), exact, fast.get());
        scf::YieldOp::create(inside, loc, chosen);
      },
      [&](OpBuilder &inside, Location loc) { scf::YieldOp::create(inside, loc, fast.get()); });
  return x.with(branch.getResult(0));
}

Turn turnOf(const Lane &x) { return x.isF32() ? turnOfF32(convert(x, x.getBuilder().getF64Type())) : turnOfF64(x); }

} // namespace

Lane sin(const Lane &x) {
  Turn turn = turnOf(x);
  Lane value = convert(turned(turn, turn.quadrant), x.getElementType());
  return withinReach<math::SinOp>(x, select(x == 0.0, x, value)); // sin −0 = −0
}

Lane cos(const Lane &x) {
  Turn turn = turnOf(x);
  Lane next = turn.quadrant + turn.quadrant.splat(1);
  return withinReach<math::CosOp>(x, convert(turned(turn, next), x.getElementType()));
}

Lane tan(const Lane &x) {
  Turn turn = turnOf(x);
  Lane odd = (turn.quadrant & turn.quadrant.splat(1)) != 0.0;
  Lane quotient = select(odd, -turn.cosine, turn.sine) / select(odd, turn.sine, turn.cosine);
  Lane value = convert(quotient, x.getElementType());
  return withinReach<math::TanOp>(x, select(x == 0.0, x, value));
}

} // namespace fluxion::cpu
