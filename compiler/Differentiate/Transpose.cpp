// Transposition: turns a linear program around, so that cotangents flow from its outputs to its inputs.
// In: ops linear in the inputs, built by linearization. Out: the adjoint ops; the linear ones are erased.
// Cost of the adjoint = cost of the linear program: a sum per fan-out, an op per op.
//
// Note [Select safety]. The adjoint of select(c, f(x), g(x)) sends select(c, ct, 0) into f and select(c, 0, ct) into g.
// If f is singular where it is not taken (1/x at 0), its coefficient is infinite there and 0·∞ = NaN. So a cotangent
// travels with a mask: outside it the cotangent is zero whatever `value` says. Elementwise linear ops act on `value`
// and leave the mask alone; the mask is applied (`settle`) only when the cotangent leaves the elementwise region or
// meets another. Past that point `value` is clean (really zero outside the mask), and the mask is carried on so that a
// later singular coefficient, which would make it dirty again, is masked too.
#include "compiler/Differentiate/Linear.h"
#include "compiler/Differentiate/MaskedContraction.h"
#include "compiler/Differentiate/Singularity.h"

using namespace mlir;
using namespace fluxion::flx;

namespace fluxion {
namespace {

// The set where `predicate` is true (or false, if negated). No predicate: everywhere.
struct Mask {
  Value predicate;
  bool negated = false;
  explicit operator bool() const { return bool(predicate); }
  bool operator==(const Mask &) const = default;
  bool isComplementOf(const Mask &other) const {
    return predicate && predicate == other.predicate && negated != other.negated;
  }
};

struct Cotangent {
  Term value; // absent: zero
  Mask mask;
  bool isClean = true; // value is zero outside the mask
};

class Transposer {
public:
  Transposer(OpBuilder &builder) : builder(builder) {}
  void seed(Value output, Value cotangent, Location location);
  LogicalResult visit(Operation *op);
  Value take(Value input, Location location);
  void addLinear(Value value) { linear.insert(value); }
  bool isLinear(Value value) const { return linear.contains(value); }

private:
  void accumulate(Algebra &k, Value target, Cotangent contribution);
  Term settle(Algebra &k, const Cotangent &c);
  Value realize(Algebra &k, Mask mask);
  Mask carry(Algebra &k, Operation *op, unsigned operand, Mask mask);
  void visitSelect(Algebra &k, SelectOp op, const Cotangent &ct);
  FailureOr<Term> transposedRule(Algebra &k, Operation *op, ArrayRef<Term> settled, unsigned operand, Mask mask);

  OpBuilder &builder;
  llvm::DenseSet<Value> linear;
  llvm::DenseMap<Value, Cotangent> cotangents;
};

Value Transposer::realize(Algebra &k, Mask mask) {
  return mask.negated ? k.not_(k(mask.predicate)).value : mask.predicate;
}

// The cotangent with its mask applied.
Term Transposer::settle(Algebra &k, const Cotangent &c) {
  if (!c.value || !c.mask || c.isClean) return c.value;
  Term predicate = k(c.mask.predicate);
  return c.mask.negated ? k.select(predicate, Term(), c.value) : k.select(predicate, c.value, Term());
}

// Fan-out in the primal is a sum here. Equal masks stay; complementary ones make a select; others unite.
void Transposer::accumulate(Algebra &k, Value target, Cotangent contribution) {
  if (!contribution.value) return;
  Cotangent &sum = cotangents[target];
  if (!sum.value) {
    sum = contribution;
    return;
  }
  sum.value.algebra = contribution.value.algebra = &k;
  if (sum.mask == contribution.mask) {
    sum.value = sum.value + contribution.value;
    sum.isClean &= contribution.isClean;
  } else if (sum.mask.isComplementOf(contribution.mask)) {
    Term a = sum.mask.negated ? contribution.value : sum.value, b = sum.mask.negated ? sum.value : contribution.value;
    sum = {k.select(k(sum.mask.predicate), a, b), Mask(), true};
  } else {
    Mask both;
    if (sum.mask && contribution.mask)
      both.predicate = k.or_(k(realize(k, sum.mask)), k(realize(k, contribution.mask))).value;
    sum = {settle(k, sum) + settle(k, contribution), both, true};
  }
}

void Transposer::seed(Value output, Value cotangent, Location location) {
  Algebra k(builder, ofDerivative(location));
  accumulate(k, output, {k(cotangent), Mask(), true});
}

Value Transposer::take(Value input, Location location) {
  Algebra k(builder, ofDerivative(location));
  return settle(k, cotangents.lookup(input)).value;
}

// Where operand `operand` of `op` has a cotangent, given where the result has one.
Mask Transposer::carry(Algebra &k, Operation *op, unsigned operand, Mask mask) {
  if (!mask) return mask;
  if (op->hasTrait<Elementwise>()) return mask;
  if (auto broadcast = dyn_cast<BroadcastOp>(op)) return {k.any(k(realize(k, mask)), broadcast.getNewAxes()).value};
  if (auto einsum = dyn_cast<EinsumOp>(op)) return {maskOfRows(k, einsum, operand, k(realize(k, mask))).value};
  if (!isa<ReshapeOp, TransposeOp, SliceOp, PadOp, SumOp, ConcatOp>(op)) return Mask();
  FailureOr<Term> moved = cast<Differentiable>(op).transpose(k, {k(realize(k, mask))}, operand);
  return succeeded(moved) ? Mask{moved->value} : Mask();
}

// select(c, a, b): a's cotangent is ct where c holds, b's where it does not. See Note [Select safety].
void Transposer::visitSelect(Algebra &k, SelectOp op, const Cotangent &ct) {
  for (unsigned arm : {1u, 2u}) {
    Value operand = op->getOperand(arm);
    Mask taken{op.getCondition(), arm == 2};
    if (!isLinear(operand) || taken.isComplementOf(ct.mask)) continue;
    if (ct.mask && !(ct.mask == taken)) taken = {k.and_(k(realize(k, ct.mask)), k(realize(k, taken))).value};
    accumulate(k, operand, {ct.value, taken, false});
  }
}

// A contraction's own rule, or, where the cotangent is masked, the one that leaves rows out.
FailureOr<Term> Transposer::transposedRule(Algebra &k, Operation *op, ArrayRef<Term> settled, unsigned operand,
                                           Mask mask) {
  if (auto einsum = dyn_cast<EinsumOp>(op); einsum && mask)
    if (Term masked = transposedUnderMask(k, einsum, settled.front(), operand, k(realize(k, mask)))) return masked;
  return cast<Differentiable>(op).transpose(k, settled, operand);
}

LogicalResult Transposer::visit(Operation *op) {
  Algebra k(builder, ofDerivative(op->getLoc()));
  SmallVector<Term> settled;
  Cotangent ct = cotangents.lookup(op->getResult(0));
  ct.value.algebra = &k;
  bool isElementwise = op->hasTrait<Elementwise>();
  for (Value result : op->getResults()) {
    Cotangent each = cotangents.lookup(result);
    each.value.algebra = &k;
    settled.push_back(isElementwise ? each.value : settle(k, each));
    settled.back().algebra = &k;
  }
  if (llvm::none_of(settled, [](Term term) { return bool(term); })) return success();
  if (auto select = dyn_cast<SelectOp>(op)) {
    visitSelect(k, select, ct);
    return success();
  }
  auto rule = dyn_cast<Differentiable>(op);
  for (OpOperand &use : op->getOpOperands()) {
    if (!isLinear(use.get())) continue;
    FailureOr<Term> term = rule ? transposedRule(k, op, settled, use.getOperandNumber(), ct.mask) : FailureOr<Term>(failure());
    if (failed(term))
      return op->emitOpError("[E0820] is not linear in operand ")
             << use.getOperandNumber() << ", so it cannot be transposed";
    bool isClean = !isElementwise || ct.isClean;
    if (ct.mask && isClean) isClean = !mayBeSingular(op, [&](Value other) { return isLinear(other); });
    accumulate(k, use.get(), {*term, carry(k, op, use.getOperandNumber(), ct.mask), isClean});
  }
  return success();
}

} // namespace

FailureOr<SmallVector<Value>> transpose(const LinearProgram &program, OpBuilder &builder) {
  Transposer transposer(builder);
  for (Value input : program.inputs) transposer.addLinear(input);
  SmallVector<Operation *> linearOps;
  for (Operation *op : program.ops) {
    if (llvm::none_of(op->getOperands(), [&](Value operand) { return transposer.isLinear(operand); })) continue;
    for (Value result : op->getResults()) transposer.addLinear(result);
    linearOps.push_back(op);
  }
  for (auto [output, cotangent] : program.outputs)
    if (output && cotangent) transposer.seed(output, cotangent, output.getLoc());
  for (Operation *op : llvm::reverse(linearOps))
    if (failed(transposer.visit(op))) return failure();

  SmallVector<Value> results;
  for (Value input : program.inputs) results.push_back(transposer.take(input, input.getLoc()));
  for (Operation *op : llvm::reverse(linearOps)) op->erase();
  return results;
}

} // namespace fluxion
