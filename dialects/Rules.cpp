// Derivative rules too long for a record, each with its mathematics above it.
#include "dialects/Rules.h"
#include "dialects/Equation.h"
#include <limits>

using namespace mlir;

namespace fluxion::flx {

// 1 − a², below ½ so that its own derivative −2a does not cancel, above as (1 − a)(1 + a) so that it does not itself.
Term oneLessSquare(Algebra &k, Term a) {
  Term isSmall = k.lt(k.abs(a), k.constant(a.getType(), 0.5));
  return k.select(isSmall, 1.0 - a * a, (1.0 - a) * (a + 1.0));
}

// 1/cosh² a = 1 − y² with y = tanh a, below ½ so that its derivative −2y·y′ does not cancel; above 4·σ(2a)·σ(−2a), since
// 1 − y² does itself. The two σ share their exponential.
Term squaredSech(Algebra &k, Term a, Term y) {
  Term twice = 2.0 * a, isSmall = k.lt(k.abs(a), k.constant(a.getType(), 0.5));
  return k.select(isSmall, 1.0 - y * y, 4.0 * (k.sigmoid(twice) * k.sigmoid(-twice)));
}

// d arsinh a = da/√(a² + 1), from 1e8 on da/|a|, where a² may overflow and the 1 does not count.
Term asinhTangent(Algebra &k, Term a, Term da) {
  Term size = k.abs(a), isLarge = k.gt(size, k.constant(a.getType(), 1e8));
  Term small = k.select(isLarge, k.zero(a.getType()), a);
  return da * k.select(isLarge, 1.0 / size, k.rsqrt(small * small + 1.0));
}

// 2/√π·e^(−a²), by the square of e^(−a²/2).
Term erfSlope(Algebra &k, Term a) {
  Term half = k.gaussian(a);
  return 1.1283791670955126 * (half * half);
}

// d aᵇ = b·aᵇ⁻¹·da + aᵇ·ln a·db. Where b = 0 the first is 0 (also at a = 0); where a = 0 the second is 0.
Term powTangent(Algebra &k, Term a, Term b, Term y, Term da, Term db) {
  Term slope;
  if (std::optional<double> exponent = da ? splatConstant(b.value) : std::nullopt) {
    if (*exponent != 0) slope = da * (*exponent * k.pow(a, k.constant(b.getType(), *exponent - 1)));
  } else if (da) {
    Term isZero = k.eq(b, k.zero(b.getType()));
    slope = da * (b * k.pow(a, k.select(isZero, k.constant(b.getType(), 1), b + -1.0)));
  }
  if (!db) return slope;
  Term isZero = k.eq(a, k.zero(a.getType()));
  return slope + db * (y * k.log(k.select(isZero, k.constant(a.getType(), 1), a)));
}

// Of two operands the `first` was chosen, or the `second`: da or db. At a tie (da + db)/2; where an operand is NaN so is
// the tangent. Chosen and not weighed, since the tangent of the other may be infinite and 0·∞ is no number.
Term chosenTangent(Algebra &k, Term first, Term second, Term a, Term b, Term da, Term db) {
  if (!da && !db) return Term();
  Type type = a.getType();
  Term share = k.select(k.eq(a, b), k.constant(type, 0.5), k.constant(type, std::numeric_limits<double>::quiet_NaN()));
  return k.select(first, da, k.select(second, db, (da + db) * share));
}

// d atan2(a, b) = (b·da − a·db)/(a² + b²), the squares of a/m and b/m for m = max(|a|, |b|), so that they neither over-
// nor underflow; 0 at the origin, where the angle has no slope, and at infinity, where it is flat.
Term atan2Tangent(Algebra &k, Term a, Term b, Term da, Term db) {
  Type type = a.getType();
  Term m = k.max(k.abs(a), k.abs(b));
  Term isFlat = k.or_(k.eq(m, k.zero(type)), k.eq(m, k.constant(type, std::numeric_limits<double>::infinity())));
  auto unlessFlat = [&](Term x, double otherwise) { return k.select(isFlat, k.constant(type, otherwise), x); };
  Term size = unlessFlat(m, 1), p = unlessFlat(a, 0) / size, q = unlessFlat(b, 1) / size;
  Term square = p * p + q * q;
  return da * unlessFlat(q / square / size, 0) - db * unlessFlat(p / square / size, 0);
}

// d (a·ln b) = ln b·da + (a/b)·db, for a = 0, too: the slope in a is infinite at a = b = 0, that in b is 0 there.
Term xlogyTangent(Algebra &k, Term a, Term b, Term da, Term db) {
  Term zero = k.zero(a.getType()), bothZero = k.and_(k.eq(a, zero), k.eq(b, zero));
  return da * k.log(b) + db * (a / k.select(bothZero, k.constant(b.getType(), 1), b));
}

// y[i] = x[o + i·s]  ⇒  xBar[o + i·s] = ct[i], zero elsewhere: low = o, interior = s − 1, high = what is left.
Term sliceTransposed(Algebra &k, SliceOp op, Term ct) {
  SmallVector<int64_t> high, interior;
  ArrayRef<int64_t> sizes = op.getResult().getType().getShape();
  for (auto [extent, size, offset, stride] :
       llvm::zip_equal(op.getX().getType().getShape(), sizes, op.getOffsets(), op.getStrides())) {
    if (size == 0) return Term();
    interior.push_back(stride - 1);
    high.push_back(extent - (offset + (size - 1) * stride + 1));
  }
  return k.pad(ct, op.getOffsets(), high, interior);
}

// y[low + i·(interior + 1)] = x[i]  ⇒  xBar[i] = ct[low + i·(interior + 1)]
Term padTransposed(Algebra &k, PadOp op, Term ct) {
  SmallVector<int64_t> strides;
  for (int64_t interior : op.getInterior()) strides.push_back(interior + 1);
  return k.slice(ct, op.getLow(), strides, op.getX().getType().getShape());
}

// d(x₁ ‖ x₂ ‖ …) = dx₁ ‖ dx₂ ‖ …, zeros where a tangent is absent.
Term concatTangent(Algebra &k, ConcatOp op, ArrayRef<Term> tangents) {
  SmallVector<Term> parts;
  for (auto [operand, tangent] : llvm::zip_equal(op.getOperands(), tangents))
    parts.push_back(k(k.instantiate(tangent, operand.getType())));
  return k.concat(parts, op.getAxis());
}

// The cotangent of part i is the piece of ct where it stands.
Term concatTransposed(Algebra &k, ConcatOp op, Term ct, unsigned operand) {
  auto part = cast<RankedTensorType>(op.getOperands()[operand].getType());
  SmallVector<int64_t> offsets(part.getRank(), 0), strides(part.getRank(), 1);
  for (Value before : op.getOperands().take_front(operand))
    offsets[op.getAxis()] += cast<RankedTensorType>(before.getType()).getDimSize(op.getAxis());
  return k.slice(ct, offsets, strides, part.getShape());
}

// The axes reduced over moved to the end and merged into one.
static Term mergeAxes(Algebra &k, Term x, ArrayRef<int64_t> axes) {
  SmallVector<int64_t> permutation, shape;
  int64_t merged = 1;
  for (auto [axis, extent] : llvm::enumerate(x.getShape())) {
    if (llvm::is_contained(axes, int64_t(axis))) {
      merged *= extent;
      continue;
    }
    permutation.push_back(axis);
    shape.push_back(extent);
  }
  llvm::append_range(permutation, axes);
  shape.push_back(merged);
  return k.reshape(k.transpose(x, permutation), shape);
}

// d ∏ x = Σᵢ dxᵢ ∏_{j≠i} xⱼ, by the product rule on halves: (p₁p₂, p₁·dp₂ + dp₁·p₂). No division, so right at any zero
// and order.
Term prodTangent(Algebra &k, Term x, Term dx, ArrayRef<int64_t> axes) {
  Term p = mergeAxes(k, x, axes), dp = mergeAxes(k, dx, axes);
  int64_t last = p.getShape().size() - 1;
  auto piece = [&](Term whole, int64_t begin, int64_t size) {
    SmallVector<int64_t> offsets(last + 1, 0), strides(last + 1, 1), sizes(whole.getShape());
    offsets[last] = begin;
    sizes[last] = size;
    return k.slice(whole, offsets, strides, sizes);
  };
  if (p.getShape()[last] == 0) return Term();
  while (p.getShape()[last] > 1) {
    int64_t count = p.getShape()[last], half = count / 2;
    Term p1 = piece(p, 0, half), p2 = piece(p, half, half), dp1 = piece(dp, 0, half), dp2 = piece(dp, half, half);
    Term product = p1 * p2, tangent = dp1 * p2 + p1 * dp2;
    if (count % 2) {
      product = k.concat({product, piece(p, count - 1, 1)}, last);
      tangent = k.concat({tangent, piece(dp, count - 1, 1)}, last);
    }
    p = product;
    dp = tangent;
  }
  return k.reshape(dp, dp.getShape().drop_back());
}

// y = max x: the mean of dx over the elements that attain it, those not below it; NaN where y is. Chosen and not
// weighed, as in chosenTangent.
Term extremumTangent(Algebra &k, Operation *op, Term dx) {
  Term x = k(op->getOperand(0)), y = k(op->getResult(0));
  bool isMax = isa<ReduceMaxOp>(op);
  ArrayRef<int64_t> axes = isMax ? cast<ReduceMaxOp>(op).getAxes() : cast<ReduceMinOp>(op).getAxes();
  Term all = k.broadcastOver(y, axes, x.getType()), missed = isMax ? k.lt(x, all) : k.gt(x, all);
  Term count = k.sum(k.select(missed, Term(), k.constant(x.getType(), 1)), axes);
  return k.sum(k.select(missed, Term(), dx), axes) / k.select(k.ne(y, y), y, count);
}

// A contraction is linear in each operand: the sum of it with one operand replaced by its tangent.
Term einsumTangent(Algebra &k, EinsumOp op, ArrayRef<Term> tangents) {
  Term total;
  for (auto [i, tangent] : llvm::enumerate(tangents)) {
    SmallVector<Term> operands;
    for (Value operand : op.getOperands()) operands.push_back(k(operand));
    operands[i] = tangent;
    total = total + k.einsum(op.getEquation(), operands);
  }
  return total;
}

// y[O] = Σ ∏ⱼ xⱼ[Eⱼ]  ⇒  xBarᵢ[Eᵢ] = Σ ct[O]·∏_{j≠i} xⱼ[Eⱼ]. Letters that only xᵢ has were summed away: repeat along
// them. Letters repeated in Eᵢ read a diagonal: write one.
Term einsumTransposed(Algebra &k, EinsumOp op, Term ct, unsigned operand) {
  Equation equation = *Equation::parse(op.getEquation());
  std::string own = std::exchange(equation.operands[operand], equation.output);
  SmallVector<Term> operands;
  for (Value value : op.getOperands()) operands.push_back(k(value));
  operands[operand] = ct;

  std::string distinct, known;
  SmallVector<int64_t> dims, shape;
  std::string elsewhere = equation.letters();
  for (auto [axis, letter] : llvm::enumerate(own)) {
    if (contains(distinct, letter)) continue;
    if (contains(elsewhere, letter)) {
      dims.push_back(distinct.size());
      known.push_back(letter);
    }
    distinct.push_back(letter);
    shape.push_back(cast<RankedTensorType>(op.getOperands()[operand].getType()).getDimSize(axis));
  }
  equation.output = known == distinct ? own : known;
  Term result = k.einsum(equation.str(), operands);
  if (known == distinct) return result;
  result = k.broadcast(result, shape, dims);
  return own == distinct ? result : k.einsum(distinct + "->" + own, {result});
}

} // namespace fluxion::flx
