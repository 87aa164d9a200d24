// Built-in functions along an axis: windows, running sums, reversal, sorting and selection, scattering; and moves of
// axes.
#include "frontend/Check/Elaborator.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>

namespace fluxion::check {

// `reverse = true`: known now; absent: false.
std::optional<bool> Elaborator::flag(BuiltinCall::Slot &slot) {
  if (!slot) return false;
  Datum given = value(slot);
  if (given.is(Datum::Kind::Bool)) return given.flag;
  if (given) error("E0311", slot.range, "the option is " + given.describe() + ", not `true` or `false`");
  return std::nullopt;
}

std::optional<int64_t> Elaborator::whole(BuiltinCall::Slot &slot, const std::string &what, int64_t absent) {
  if (!slot) return absent;
  Datum given = value(slot);
  auto number = given.is(Datum::Kind::Weak) ? given.weak->asInteger() : std::nullopt;
  if (given && !number)
    error("E0311", slot.range, what + " is " + given.describe() + ", not a whole number known here");
  return number;
}

// The axis a slot names; absent: the last.
std::optional<int64_t> Elaborator::axisOrLast(BuiltinCall::Slot &slot, const Datum &x, const SourceRange &where) {
  if (slot) return axis(slot, x);
  if (x.type().rank() > 0) return x.type().rank() - 1;
  error("E0304", where, "a scalar has no axis");
  return std::nullopt;
}

Datum Elaborator::builtinReverse(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  if (!x) return {};
  std::optional<std::vector<int64_t>> over;
  if (call.slots[1]) over = axes(call.slots[1], x);
  else if (auto last = axisOrLast(call.slots[1], x, call.slots[0].range)) over = {*last};
  if (!over) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return Datum::of(builder->reverse(x.tensor, *over));
}

Datum Elaborator::builtinCumsum(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  if (!x) return {};
  auto along = axisOrLast(call.slots[1], x, call.slots[0].range);
  auto backward = flag(call.slots[2]), exclusive = flag(call.slots[3]);
  if (!along || !backward || !exclusive) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return Datum::of(builder->cumsum(x.tensor, *along, *backward, *exclusive));
}

// window(x, axis, size, stride, dilation)
Datum Elaborator::builtinWindow(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  if (!x) return {};
  auto along = axis(call.slots[1], x);
  auto size = extent(call.slots[2], "size");
  auto stride = whole(call.slots[3], "the stride", 1), dilation = whole(call.slots[4], "the dilation", 1);
  if (!along || !size || !stride || !dilation) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return Datum::of(builder->window(x.tensor, *along, *size, *stride, *dilation));
}

// overlap_add(x, axis, size, stride, dilation): `size` is the extent of the one axis that two become.
Datum Elaborator::builtinOverlapAdd(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  if (!x) return {};
  auto along = axis(call.slots[1], x);
  auto size = extent(call.slots[2], "size");
  auto stride = whole(call.slots[3], "the stride", 1), dilation = whole(call.slots[4], "the dilation", 1);
  if (!along || !size || !stride || !dilation) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return Datum::of(builder->overlapAdd(x.tensor, *along, *size, *stride, *dilation));
}

// sort -> values, argsort -> positions, sort_with_indices -> both
Datum Elaborator::builtinSort(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  if (!x) return {};
  auto along = axisOrLast(call.slots[1], x, call.slots[0].range);
  auto descending = flag(call.slots[2]);
  if (!along || !descending) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  auto [values, positions] = builder->sort(x.tensor, *along, *descending);
  if (!values) return {};
  if (call.name == "sort") return Datum::of(values);
  if (call.name == "argsort") return Datum::of(positions);
  return Datum::tuple({Datum::of(values), Datum::of(positions)});
}

// top_k(x, k): the k largest along an axis, in falling order, and where they were.
Datum Elaborator::builtinTopK(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  auto count = extent(call.slots[1], "k");
  if (!x || !count) return {};
  auto along = axisOrLast(call.slots[2], x, call.slots[0].range);
  if (!along) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  auto [values, positions] = builder->sort(x.tensor, *along, true);
  if (!values) return {};
  std::vector<Dim> end = x.type().shape, begin(end.size(), Dim(0));
  end[size_t(*along)] = *count;
  std::vector<int64_t> strides(end.size(), 1);
  Value first = builder->slice(values, begin, end, strides), where = builder->slice(positions, begin, end, strides);
  return first && where ? Datum::tuple({Datum::of(first), Datum::of(where)}) : Datum();
}

//===--- Gathering and scattering --------------------------------------------------------------------------------===//

// Positions in x as one flat axis: along `axis` where the indices say, elsewhere where they stand.
Value Elaborator::flatPositions(Value indices, const TensorType &x, int64_t along) {
  TensorType flat = i32(indices.type().shape);
  Value total;
  Dim stride(1);
  for (size_t i = x.shape.size(); i-- > 0; stride = stride * x.shape[i]) {
    Value at = int64_t(i) == along ? builder->convert(indices, ElementType::I32) : builder->iota(flat, int64_t(i));
    if (!at) return {};
    Value scaled = builder->apply(Primitive::mul_, {at, builder->constant(Weak::dimension(stride), flat)});
    total = total ? builder->apply(Primitive::add_, {total, scaled}) : scaled;
  }
  return total;
}

// take_along(x, indices, axis): y[…, i, …] = x[…, indices[…, i, …], …]; shapes differ along the axis only.
Datum Elaborator::builtinTakeAlong(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call), indices = tensor(call.slots[1], call);
  if (!x || !indices) return {};
  auto along = axisOrLast(call.slots[2], x, call.slots[0].range);
  if (!along) return {};
  TensorType type = x.type(), given = indices.type();
  bool fits = isInteger(given.element) && given.rank() == type.rank();
  for (int64_t i = 0; fits && i < type.rank(); ++i)
    fits = i == *along || given.shape[size_t(i)] == type.shape[size_t(i)];
  if (!fits) {
    error("E0305", call.slots[1].range,
          "the indices are " + given.print() + ": of integers, and of the shape of " + type.print() + " but for axis " +
              std::to_string(*along));
    return {};
  }
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range),
                  operandOf(call.slots[1].expr, indices, call.slots[1].range)});
  Value positions = flatPositions(indices.tensor, type, *along);
  return positions ? Datum::of(builder->gather(builder->reshape(x.tensor, {product(type.shape)}), positions, 0))
                   : Datum();
}

// scatter_add(x, indices, updates, axis): x with the updates added where the indices say; those that meet add up.
Datum Elaborator::builtinScatterAdd(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call), indices = tensor(call.slots[1], call), updates = tensor(call.slots[2], call);
  if (!x || !indices || !updates) return {};
  std::optional<int64_t> along = 0;
  if (call.slots[3] && !(along = axis(call.slots[3], x))) return {};
  if (x.type().rank() == 0) {
    error("E0304", call.slots[0].range, "a scalar has no axis");
    return {};
  }
  at(call.range, {operandOf(call.slots[2].expr, updates, call.slots[2].range),
                  operandOf(call.slots[1].expr, indices, call.slots[1].range)});
  Value scattered = builder->scatterAdd(updates.tensor, indices.tensor, *along, x.type().shape[size_t(*along)]);
  if (!scattered) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range),
                  operandOf(call.slots[2].expr, updates, call.slots[2].range)});
  return Datum::of(builder->apply(Primitive::add_, {x.tensor, scattered}));
}

// scatter(updates, indices, size, axis): the same into zeros of that extent.
Datum Elaborator::builtinScatter(BuiltinCall &call) {
  Datum updates = tensor(call.slots[0], call), indices = tensor(call.slots[1], call);
  auto size = extent(call.slots[2], "size");
  if (!updates || !indices || !size) return {};
  std::optional<int64_t> along = 0;
  if (call.slots[3] && !(along = axis(call.slots[3], updates))) return {};
  at(call.range, {operandOf(call.slots[0].expr, updates, call.slots[0].range),
                  operandOf(call.slots[1].expr, indices, call.slots[1].range)});
  return Datum::of(builder->scatterAdd(updates.tensor, indices.tensor, *along, *size));
}

//===--- Axes and lists ------------------------------------------------------------------------------------------===//

Datum Elaborator::builtinMoveAxis(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  if (!x) return {};
  auto from = axis(call.slots[1], x), to = axis(call.slots[2], x);
  if (!from || !to) return {};
  std::vector<int64_t> permutation;
  for (int64_t i = 0; i < x.type().rank(); ++i)
    if (i != *from) permutation.push_back(i);
  permutation.insert(permutation.begin() + *to, *from);
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return Datum::of(builder->transpose(x.tensor, std::move(permutation)));
}

Datum Elaborator::builtinRank(BuiltinCall &call) {
  Datum x = value(call.slots[0]);
  if (!x) return {};
  if (x.is(Datum::Kind::Weak) || x.is(Datum::Kind::Bool)) return Datum::of(Weak::rational(0));
  x = tensor(call.slots[0], call);
  return x ? Datum::of(Weak::rational(x.type().rank())) : Datum();
}

Datum Elaborator::builtinLen(BuiltinCall &call) {
  Datum list = value(call.slots[0]);
  if (list.is(Datum::Kind::List) || list.is(Datum::Kind::Tuple))
    return Datum::of(Weak::rational(int64_t(list.parts.size())));
  if (list.is(Datum::Kind::Tensor) && list.labels.empty() && list.type().rank() > 0)
    return Datum::of(Weak::dimension(list.type().shape[0]));
  if (list) error("E0404", call.slots[0].range, "`len` takes a list, a tuple or a tensor, not " + list.describe());
  return {};
}

// map(f, list): a list of what f gives for each.
Datum Elaborator::builtinMap(BuiltinCall &call) {
  Datum f = value(call.slots[0]), list = value(call.slots[1]);
  if (!f || !list) return {};
  bool known = list.is(Datum::Kind::List) || list.is(Datum::Kind::Tuple);
  if (!f.is(Datum::Kind::Function) || !known) {
    Diagnostic &d = error("E0404", f.is(Datum::Kind::Function) ? call.slots[1].range : call.slots[0].range,
                          "`map` takes a function and a list or tuple");
    if (f.is(Datum::Kind::Function) && list.is(Datum::Kind::Tensor))
      d.help("elementwise functions take a tensor as it is, `exp(x)`; for one row after another write "
             "`scan(r in x) { … }`");
    return {};
  }
  Datum made = Datum::tuple({}, list.kind);
  for (Datum &part : list.parts) {
    made.parts.push_back(apply(*f.callable, {{"", part, call.slots[1].range, nullptr}}, call.range));
    if (!made.parts.back()) return {};
  }
  return made;
}

// split(key, n): n keys, each for a draw of its own.
Datum Elaborator::builtinSplit(BuiltinCall &call) {
  Datum key = tensor(call.slots[0], call);
  auto count = whole(call.slots[1], "the number of keys", 2);
  if (!key || !count) return {};
  if (*count < 1 || *count > 10000) {
    error("E0311", call.slots[1].range, "a key is split into 1 to 10000");
    return {};
  }
  at(call.range, {operandOf(call.slots[0].expr, key, call.slots[0].range)});
  Datum made = Datum::tuple({}, Datum::Kind::List);
  for (int64_t i = 0; i < *count; ++i) {
    made.parts.push_back(Datum::of(foldKey(key.tensor, i)));
    if (!made.parts.back()) return {};
  }
  return made;
}

} // namespace fluxion::check
