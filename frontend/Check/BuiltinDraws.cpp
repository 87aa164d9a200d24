// Draws from explicit keys. Arriving: a key and the type or the number of what is drawn; leaving: the draws. A key is
// drawn from once, which is noted here (of loops: LoopKeys.cpp).
#include "frontend/Check/Elaborator.h"

namespace fluxion::check {

Value Elaborator::foldKey(Value key, int64_t data) {
  if (!key) return {};
  Value &known = keys.folded[{key.id.node, data}];
  if (!known) known = builder->foldIn(key, data);
  return known;
}

bool Elaborator::noteDraw(Value key, const SourceRange &where) {
  if (const LoopFrame *loop = repeatedBy(key)) return complainOfRepeat(*loop, where);
  const Location *user = userCall(where);
  auto [before, fresh] = keys.drawn.emplace(key.id.node, user ? user->range : where);
  if (fresh) return true;
  error("E0413", where, "this key was drawn from before: the numbers would be the same")
      .note(before->second, "the first draw")
      .help("derive a key for each draw: `fold_in(key, 1)`, `fold_in(key, 2)`");
  return false;
}

Value Elaborator::drawFrom(Value key, TensorType type, bool normal, const SourceRange &where) {
  if (!isFloat(type.element)) {
    error("E0309", where, "draws are of float types, not " + type.print()).help("convert the draw: `i32(…)`");
    return {};
  }
  if (!noteDraw(key, where)) return {};
  return normal ? builder->randomNormal(key, std::move(type)) : builder->randomUniform(key, std::move(type));
}

// The key of a draw; a number is one, too.
Datum Elaborator::keyOf(BuiltinCall &call) {
  Datum key = value(call.slots[0]);
  at(call.range, {operandOf(call.slots[0].expr, key, call.slots[0].range)});
  return key.is(Datum::Kind::Weak) ? literalLike(key, i64()) : tensor(call.slots[0], call);
}

Datum Elaborator::builtinRandom(BuiltinCall &call) {
  Datum key = keyOf(call);
  auto type = call.slots[1].expr ? evaluateType(*call.slots[1].expr) : std::nullopt;
  if (!key || !type) return {};
  at(call.range, {operandOf(call.slots[0].expr, key, call.slots[0].range)});
  return Datum::of(drawFrom(key.tensor, *type, call.name == "random_normal", call.range));
}

// The order of draws that are equal as good as never: 2⁵³ values, where f32 has 2²⁴.
Datum Elaborator::builtinPermutation(BuiltinCall &call) {
  Datum key = keyOf(call);
  auto size = extent(call.slots[1], "size");
  if (!key || !size) return {};
  at(call.range, {operandOf(call.slots[0].expr, key, call.slots[0].range)});
  Value draws = drawFrom(key.tensor, f64({*size}), false, call.range);
  return draws ? Datum::of(builder->sort(draws, 0).second) : Datum();
}

Datum Elaborator::builtinFoldIn(BuiltinCall &call) {
  Datum key = tensor(call.slots[0], call), n = value(call.slots[1]);
  if (!key || !n) return {};
  at(call.range, {operandOf(call.slots[0].expr, key, call.slots[0].range)});
  auto data = n.is(Datum::Kind::Weak) ? n.weak->asInteger() : std::nullopt;
  if (data) return Datum::of(foldKey(key.tensor, *data));
  bool counted = n.is(Datum::Kind::Tensor) && n.labels.empty() && n.type().rank() == 0 && isInteger(n.type().element);
  if (counted) return Datum::of(builder->foldIn(key.tensor, builder->convert(n.tensor, ElementType::I64)));
  error("E0311", call.slots[1].range, "the second argument is " + n.describe() + ", not a whole number");
  return {};
}

} // namespace fluxion::check
