// Built-in functions that arrays of other systems have by these names: eye, tile, repeat, squeeze, expand_dims, flatten.
// Each is a few moves of elements, so nothing of them is left in the graph.
#include "frontend/Check/Elaborator.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>

namespace fluxion::check {

// eye(N): f32[N,N]; eye([N, M]); eye(f64[N, M]).
Datum Elaborator::builtinEye(BuiltinCall &call) {
  const ast::Expr *written = call.slots[0].expr;
  auto *index = as<ast::Index>(written);
  auto *element = index ? as<ast::Name>(index->base) : nullptr;
  Binding *bound = element ? scope->find(element->name) : nullptr;
  bool typed = element && (elementTypeNamed(element->name) || (bound && bound->kind == Binding::Kind::Element));
  TensorType type;
  if (typed) {
    auto made = evaluateType(*written);
    if (!made) return {};
    type = std::move(*made);
  } else {
    auto extents = dims(call.slots[0]);
    if (!extents) return {};
    type = f32(std::move(*extents));
    if (type.rank() == 1) type.shape.push_back(Dim(type.shape[0]));
  }
  if (type.rank() != 2) {
    error("E0315", call.slots[0].range, "`eye` makes a matrix, not " + type.print())
        .help("as in `eye(N)`, `eye([N, M])`, `eye(f64[N, M])`");
    return {};
  }
  at(call.range, {});
  TensorType positions = i32(type.shape);
  Value diagonal = builder->apply(Primitive::eq_, {builder->iota(positions, 0), builder->iota(positions, 1)});
  return Datum::of(builder->convert(diagonal, type.element));
}

// tile(x, [2, 3]): the whole of x side by side; of fewer counts than axes the last axes, of more new axes in front.
Datum Elaborator::builtinTile(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  auto counts = dims(call.slots[1]);
  if (!x || !counts) return {};
  std::vector<Dim> from = x.type().shape, spread, joined;
  std::vector<int64_t> places;
  size_t axes = std::max(from.size(), counts->size());
  for (size_t i = 0; i < axes; ++i) {
    Dim count = i + counts->size() >= axes ? (*counts)[i + counts->size() - axes] : Dim(1);
    bool present = i + from.size() >= axes;
    Dim extent = present ? from[i + from.size() - axes] : Dim(1);
    if (count != Dim(1)) spread.push_back(count);
    if (present) {
      places.push_back(int64_t(spread.size()));
      spread.push_back(extent);
    }
    joined.push_back(count * extent);
  }
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return Datum::of(builder->reshape(builder->broadcast(x.tensor, places, spread), joined));
}

// repeat(x, 3, axis = N): every slice three times, one after another.
Datum Elaborator::builtinRepeat(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  auto count = dims(call.slots[1]);
  if (!x || !count) return {};
  if (!call.slots[2] && x.type().rank() != 1) {
    error("E0403", call.range, "`repeat` of " + x.type().print() + " needs `axis`")
        .help("a new axis along which it is repeated is made by `expand(x, axis = 0, size = 3)`");
    return {};
  }
  auto along = call.slots[2] ? axis(call.slots[2], x) : std::optional<int64_t>(0);
  if (!along) return {};
  if (count->size() != 1) {
    error("E0315", call.slots[1].range, "how often is one number");
    return {};
  }
  std::vector<Dim> joined = x.type().shape;
  joined[size_t(*along)] = joined[size_t(*along)] * count->front();
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return Datum::of(builder->reshape(builder->expand(x.tensor, *along + 1, count->front()), joined));
}

// squeeze(x), squeeze(x, axis = 0): without axes of extent 1.
Datum Elaborator::builtinSqueeze(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  if (!x) return {};
  const std::vector<Dim> from = x.type().shape;
  std::vector<int64_t> gone;
  if (call.slots[1]) {
    auto given = axes(call.slots[1], x);
    if (!given) return {};
    gone = std::move(*given);
  }
  std::vector<Dim> kept;
  for (size_t i = 0; i < from.size(); ++i) {
    bool named = std::find(gone.begin(), gone.end(), int64_t(i)) != gone.end();
    if (named && from[i] != Dim(1)) {
      error("E0304", call.slots[1].range,
            "the axis " + std::to_string(i) + " of " + x.type().print() + " has the extent " + from[i].print() + ", not 1");
      return {};
    }
    if (!named && (call.slots[1] || from[i] != Dim(1))) kept.push_back(from[i]);
  }
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return Datum::of(builder->reshape(x.tensor, kept));
}

// expand_dims(x, axis = 0): a new axis of extent 1 at that place of the result; flatten(x): one axis of all elements.
Datum Elaborator::builtinShaped(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  if (!x) return {};
  std::vector<Dim> shape = {product(x.type().shape)};
  if (call.name == "expand_dims") {
    auto position = axis(call.slots[1], x, 1);
    if (!position) return {};
    shape = x.type().shape;
    shape.insert(shape.begin() + *position, Dim(1));
  }
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return Datum::of(builder->reshape(x.tensor, shape));
}

} // namespace fluxion::check
