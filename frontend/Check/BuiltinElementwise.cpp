// The elementwise and the reducing built-in functions. Every elementwise primitive of one operand is callable under its
// name without a row in the table.
#include "frontend/Check/Suggest.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>
#include <numeric>

namespace fluxion::check {

Datum Elaborator::builtinUnary(BuiltinCall &call) {
  Datum x = value(call.slots[0]);
  if (!x) return {};
  if (x.is(Datum::Kind::Weak))
    for (const char *exact : {"neg", "abs", "sqrt", "exp", "log"})
      if (call.name == exact) return Datum::of(Weak::unary(call.name, *x.weak));
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return elementwise(*primitiveNamed(call.name), {x});
}

Datum Elaborator::builtinBinary(BuiltinCall &call) {
  Datum a = value(call.slots[0]), b = value(call.slots[1]);
  return arithmetic(*primitiveNamed(call.name), a, b, call.range, operandOf(call.slots[0].expr, a, call.slots[0].range),
                    operandOf(call.slots[1].expr, b, call.slots[1].range));
}

// What stands in an arm of `where`. A condition on index variables, or a single one, speaks of every element of the arm:
// it excludes what the arm would read elsewhere.
Datum Elaborator::arm(BuiltinCall::Slot &slot, const Datum &condition, bool holds) {
  bool speaks = condition.is(Datum::Kind::Tensor) && condition.tensor.type().element == ElementType::Bool &&
                (!condition.labels.empty() || condition.tensor.type().rank() == 0);
  if (speaks) guards.push_back({condition, holds});
  Datum found = value(slot);
  if (speaks) guards.pop_back();
  return found;
}

// Where a guard does not hold an index points to the first element: what it reads is not chosen, and is no fault.
Datum Elaborator::underGuards(Datum indices) {
  for (const Guard &guard : guards) {
    const std::vector<int> &labels = guard.condition.labels;
    bool within = std::all_of(labels.begin(), labels.end(), [&](int label) {
      return std::find(indices.labels.begin(), indices.labels.end(), label) != indices.labels.end();
    });
    if (!within || guard.condition.tensor.owner != builder || !indices) continue;
    Datum first = Datum::of(Weak::rational(0));
    indices = elementwise(Primitive::select_, {guard.condition, guard.holds ? indices : first, guard.holds ? first : indices});
  }
  return indices;
}

Datum Elaborator::builtinWhere(BuiltinCall &call) {
  std::optional<ElementType> meant = std::exchange(beside, std::nullopt);
  Datum c = value(call.slots[0]);
  auto part = [&](size_t i) { // perhaps another `where`
    bool inner = call.slots[i].expr && isWhere(*call.slots[i].expr);
    During given(beside, inner ? meant : std::nullopt);
    return arm(call.slots[i], c, i == 1);
  };
  Datum a = part(1), b = part(2);
  if (!c || !a || !b) return {};
  if (c.is(Datum::Kind::Bool)) return c.flag ? a : b;
  std::vector<Operand> involved;
  for (size_t i = 0; i < 3; ++i)
    involved.push_back(operandOf(call.slots[i].expr, i == 0 ? c : i == 1 ? a : b, call.slots[i].range));
  at(call.range, std::move(involved));
  if (!c.is(Datum::Kind::Tensor) || c.type().element != ElementType::Bool) {
    suggestComparison(error("E0308", call.slots[0].range, "the condition is " + c.describe() + ", not bool"),
                      call.slots[0].expr);
    return {};
  }
  if (meant && *meant != ElementType::Bool && a.is(Datum::Kind::Weak) && b.is(Datum::Kind::Weak)) {
    During place(operationRange, call.slots[1].range);
    if (a = literalLike(a, {*meant, c.tensor.type().shape}); !a) return {};
    a.labels = c.labels;
  }
  return elementwise(Primitive::select_, {c, a, b});
}

Datum Elaborator::builtinPolygamma(BuiltinCall &call) {
  Datum n = value(call.slots[0]), x = tensor(call.slots[1], call);
  auto order = n.is(Datum::Kind::Weak) ? n.weak->asInteger() : std::nullopt;
  if (n && !order)
    error("E0311", call.slots[0].range, "the order is " + n.describe() + ", not a whole number known here");
  if (!order || !x) return {};
  at(call.range, {operandOf(call.slots[1].expr, x, call.slots[1].range)});
  return Datum::of(builder->polygamma(*order, x.tensor));
}

// complex(re, im), where bare numbers are f32; real, imag and conj, of numbers exact.
Datum Elaborator::builtinComplex(BuiltinCall &call) {
  std::vector<Datum> data;
  std::vector<Operand> involved;
  bool literal = true;
  for (BuiltinCall::Slot &slot : call.slots) {
    data.push_back(value(slot));
    if (!data.back()) return {};
    literal &= data.back().is(Datum::Kind::Weak);
    involved.push_back(operandOf(slot.expr, data.back(), slot.range));
  }
  at(call.range, std::move(involved));
  if (literal && data.size() == 1) return call.name == "imag" ? Datum::of(Weak::rational(0)) : data[0];
  if (literal)
    if (data[0] = literalLike(data[0], f32()); !data[0]) return {};
  return elementwise(*primitiveNamed(call.name), std::move(data));
}

//===--- Reductions ----------------------------------------------------------------------------------------------===//

Datum Elaborator::builtinReduce(BuiltinCall &call) {
  bool extremum = call.name == "max" || call.name == "min";
  Datum x = tensor(call.slots[0], call);
  if (!x) return {};
  BuiltinCall::Slot &axisSlot = call.slots.back();
  std::optional<std::vector<int64_t>> over;
  if (axisSlot && !(over = axes(axisSlot, x))) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  if (call.name == "mean") return Datum::of(over ? builder->mean(x.tensor, *over) : builder->mean(x.tensor));
  Primitive op = *primitiveNamed(extremum ? "reduce_" + call.name : call.name);
  return Datum::of(over ? builder->reduce(op, x.tensor, *over) : builder->reduceAll(op, x.tensor));
}

Datum Elaborator::builtinMean(BuiltinCall &call) { return builtinReduce(call); }

// Mean of the squared distance from the mean, over all axes or those named; std is its root.
Datum Elaborator::builtinVariance(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  if (!x) return {};
  std::vector<int64_t> over(size_t(x.type().rank())), kept;
  std::iota(over.begin(), over.end(), 0);
  if (call.slots[1]) {
    auto named = axes(call.slots[1], x);
    if (!named) return {};
    over = std::move(*named);
  }
  for (int64_t i = 0; i < x.type().rank(); ++i)
    if (std::find(over.begin(), over.end(), i) == over.end()) kept.push_back(i);
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  Value mean = builder->mean(x.tensor, over);
  if (!mean) return {};
  Value apart = builder->apply(Primitive::sub_, {x.tensor, builder->broadcast(mean, kept, x.type().shape)});
  Value variance = builder->mean(builder->apply(Primitive::mul_, {apart, apart}), over);
  if (!variance) return {};
  return Datum::of(call.name == "std" ? builder->apply(Primitive::sqrt_, {variance}) : variance);
}

// max(a, b) elementwise; max(x), max(x, axis = …) over axes.
Datum Elaborator::builtinExtremum(BuiltinCall &call) {
  if (!call.slots[1]) return builtinReduce(call);
  if (!call.slots[2]) return builtinBinary(call);
  error("E0401", call.range, "`" + call.name + "` of two operands takes no axis");
  return {};
}

Datum Elaborator::builtinArg(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  if (!x) return {};
  if (x.type().rank() == 0) {
    error("E0304", call.slots[0].range, "a scalar has no axis");
    return {};
  }
  std::optional<int64_t> over = x.type().rank() - 1;
  if (call.slots[1] && !(over = axis(call.slots[1], x))) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return Datum::of(builder->argReduce(*primitiveNamed(call.name), x.tensor, *over));
}

} // namespace fluxion::check
