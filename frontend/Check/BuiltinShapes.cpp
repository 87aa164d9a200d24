// Built-in functions that contract, move, make or draw elements.
#include "frontend/Check/Suggest.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>

namespace fluxion::check {

Datum Elaborator::builtinDot(BuiltinCall &call) {
  Datum a = tensor(call.slots[0], call), b = tensor(call.slots[1], call);
  if (!a || !b) return {};
  at(call.range,
     {operandOf(call.slots[0].expr, a, call.slots[0].range), operandOf(call.slots[1].expr, b, call.slots[1].range)});
  return Datum::of(builder->dot(a.tensor, b.tensor));
}

Datum Elaborator::builtinEinsum(BuiltinCall &call) {
  Datum equation = value(call.slots[0]);
  std::vector<Value> values;
  std::vector<Operand> involved;
  bool ok = bool(equation);
  if (equation && !equation.is(Datum::Kind::String)) {
    error("E0306", call.slots[0].range, "the equation is " + equation.describe() + ", not a string")
        .help("for example `einsum(\"ij,jk->ik\", a, b)`");
    ok = false;
  }
  for (size_t i = 1; i < call.slots.size(); ++i) {
    Datum operand = tensor(call.slots[i], call);
    ok &= bool(operand);
    values.push_back(operand.tensor);
    involved.push_back(operandOf(call.slots[i].expr, operand, call.slots[i].range));
  }
  if (!ok) return {};
  at(call.range, std::move(involved));
  operationRange = call.slots[0].range; // faults point into the equation
  if (values.empty()) {
    error("E0306", call.range, "an einsum has at least one operand");
    return {};
  }
  return Datum::of(builder->einsum(equation.text, std::move(values)));
}

Datum Elaborator::builtinReshape(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  auto shape = dims(call.slots[1]);
  if (!x || !shape) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  size_t before = sink.all().size();
  Value reshaped = builder->reshape(x.tensor, *shape);
  if (!reshaped && sink.all().size() > before) {
    Remedy remedy = remedyForReshape(operands[0], *shape, call.slots[1].expr);
    if (!unitAt(call.range)) remedy = {};
    sink.amendFrom(before, [&](Diagnostic &d) {
      d.help(remedy.help);
      d.fixes = remedy.fixes;
      if (!call.slots[1].expr || !unitAt(call.range)) return;
      d.where.range = call.slots[1].range; // the list is at fault, not the tensor
      d.label.clear();
    });
  }
  return Datum::of(reshaped);
}

Datum Elaborator::builtinTranspose(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  if (!x) return {};
  std::vector<int64_t> permutation;
  int rank = x.type().rank();
  if (call.slots[1]) {
    auto given = axes(call.slots[1], x);
    if (!given) return {};
    permutation = *given;
  } else if (rank < 2) {
    error("E0304", call.slots[0].range, x.type().print() + " has no two axes to transpose");
    return {};
  }
  for (int i = 0; !call.slots[1] && i < rank; ++i) permutation.push_back(i < rank - 2 ? i : 2 * rank - 3 - i);
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return Datum::of(builder->transpose(x.tensor, permutation));
}

Datum Elaborator::builtinExpand(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  auto size = extent(call.slots[2], "size");
  if (!x || !size) return {};
  auto position = axis(call.slots[1], x, 1);
  if (!position) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return Datum::of(builder->expand(x.tensor, *position, *size));
}

// The axes of x occur in the shape in order, in exactly one way: counted by dynamic programming over prefixes.
Datum Elaborator::builtinBroadcast(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  auto shape = dims(call.slots[1]);
  if (!x || !shape) return {};
  if (call.slots[2]) { // said, not searched for
    auto given = dims(call.slots[2]);
    if (!given) return {};
    std::vector<int64_t> places;
    for (const Dim &axis : *given) places.push_back(axis.constant().value_or(-1));
    at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
    return Datum::of(builder->broadcast(x.tensor, std::move(places), *shape));
  }
  const std::vector<Dim> from = x.type().shape;
  std::vector<std::vector<int>> ways(from.size() + 1,
                                     std::vector<int>(shape->size() + 1, 0)); // of suffixes, capped at 2
  for (size_t j = 0; j <= shape->size(); ++j) ways[from.size()][j] = 1;
  for (size_t i = from.size(); i-- > 0;)
    for (size_t j = shape->size(); j-- > 0;)
      ways[i][j] = std::min(2, ways[i][j + 1] + ((*shape)[j] == from[i] ? ways[i + 1][j + 1] : 0));
  if (ways[0][0] != 1) {
    error("E0305", call.slots[1].range,
          "the axes of " + x.type().print() +
              (ways[0][0] ? " occur in this shape in more than one way" : " do not occur in this shape in order"))
        .help("place one axis at a time: `expand(x, axis = …, size = …)`");
    return {};
  }
  std::vector<int64_t> places;
  for (size_t i = 0, j = 0; i < from.size(); ++j)
    if ((*shape)[j] == from[i] && ways[i + 1][j + 1]) {
      places.push_back(int64_t(j));
      ++i;
    }
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range)});
  return Datum::of(builder->broadcast(x.tensor, places, *shape));
}

Datum Elaborator::partsOf(BuiltinCall &call, std::vector<Value> &values) {
  Datum parts = value(call.slots[0]);
  if (!parts) return {};
  bool list = parts.is(Datum::Kind::List) || parts.is(Datum::Kind::Tuple);
  if (!list || parts.parts.empty()) {
    error("E0404", call.slots[0].range, "`" + call.name + "` takes a list of tensors, not " + parts.describe())
        .help("write `" + call.name + "([a, b], axis = 0)`");
    return {};
  }
  auto typed = std::find_if(parts.parts.begin(), parts.parts.end(),
                            [](const Datum &part) { return part.is(Datum::Kind::Tensor) && part.labels.empty(); });
  if (call.name == "stack" && typed != parts.parts.end()) { // what is stacked has one type: `stack([0, x, y])`
    TensorType type = typed->tensor.type();
    at(call.range, {});
    for (Datum &part : parts.parts)
      if (part.is(Datum::Kind::Weak) && !(part = literalLike(part, type))) return {};
  }
  std::vector<Operand> involved;
  auto *written = as<ast::List>(call.slots[0].expr);
  for (size_t i = 0; i < parts.parts.size(); ++i) {
    const ast::Expr *expr = written && i < written->elements.size() ? written->elements[i].get() : nullptr;
    Datum part = parts.parts[i];
    if (!part.is(Datum::Kind::Tensor) || !part.labels.empty()) {
      error("E0404", expr ? expr->range : call.slots[0].range,
            "`" + call.name + "` takes tensors, not " + part.describe())
          .help(isNumberList(parts) ? "numbers alone are a list, which a type makes a tensor: `let w: f32[" +
                                          std::to_string(parts.parts.size()) + "] = …`"
                                    : "");
      return {};
    }
    values.push_back(part.tensor);
    involved.push_back(operandOf(expr, part, call.slots[0].range));
  }
  at(call.range, std::move(involved));
  return parts.parts[0];
}

Datum Elaborator::builtinConcat(BuiltinCall &call) {
  std::vector<Value> values;
  Datum first = partsOf(call, values);
  if (!first) return {};
  auto involved = operands;
  std::optional<int64_t> along = 0;
  if (call.slots[1] && !(along = axis(call.slots[1], first))) return {};
  at(call.range, std::move(involved));
  return Datum::of(builder->concat(std::move(values), *along));
}

Datum Elaborator::builtinStack(BuiltinCall &call) {
  std::vector<Value> values;
  Datum first = partsOf(call, values);
  if (!first) return {};
  auto involved = operands;
  std::optional<int64_t> along = 0;
  if (call.slots[1] && !(along = axis(call.slots[1], first, 1))) return {};
  at(call.range, std::move(involved));
  for (Value &part : values) {
    std::vector<Dim> shape = part.type().shape;
    if (*along > int64_t(shape.size())) break; // of another rank: concat says so
    shape.insert(shape.begin() + *along, Dim(1));
    part = builder->reshape(part, std::move(shape));
  }
  return Datum::of(builder->concat(std::move(values), *along));
}

// pad(x, low, high, value, interior)
Datum Elaborator::builtinPad(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  auto low = dims(call.slots[1]), high = dims(call.slots[2]);
  std::optional<std::vector<Dim>> between = call.slots[4] ? dims(call.slots[4]) : std::vector<Dim>();
  if (!x || !low || !high || !between) return {};
  std::vector<int64_t> interior;
  for (const Dim &gap : *between) {
    if (!gap.constant()) {
      error("E0311", call.slots[4].range, "the interior padding is " + gap.print() + ", not a number known here");
      return {};
    }
    interior.push_back(*gap.constant());
  }
  std::vector<Operand> involved = {operandOf(call.slots[0].expr, x, call.slots[0].range)};
  at(call.range, involved);
  Value padded = builder->pad(x.tensor, *low, *high, interior);
  if (!call.slots[3] || !padded) return Datum::of(padded);
  // Where a one comes back from padding ones there is an element of x, elsewhere the value.
  Datum filled = value(call.slots[3]);
  if (!filled) return {};
  at(call.range, std::move(involved));
  Value inside = builder->padMask(std::vector<Dim>(x.type().shape), *low, *high, interior);
  return elementwise(Primitive::select_, {Datum::of(inside), Datum::of(padded), std::move(filled)});
}

Datum Elaborator::builtinGather(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call), indices = tensor(call.slots[1], call);
  if (!x || !indices) return {};
  std::optional<int64_t> along = 0;
  if (call.slots[2] && !(along = axis(call.slots[2], x))) return {};
  at(call.range, {operandOf(call.slots[0].expr, x, call.slots[0].range),
                  operandOf(call.slots[1].expr, indices, call.slots[1].range)});
  return Datum::of(builder->gather(x.tensor, indices.tensor, *along));
}

// indices[…] = position along a new last axis.
Datum Elaborator::builtinOneHot(BuiltinCall &call) {
  Datum indices = tensor(call.slots[0], call);
  auto size = extent(call.slots[1], "size");
  if (!indices || !size) return {};
  TensorType type = indices.type();
  if (!isInteger(type.element)) {
    error("E0309", call.slots[0].range, "the indices are " + type.print() + ", not integers")
        .help("convert them: `i32(…)`");
    return {};
  }
  at(call.range, {operandOf(call.slots[0].expr, indices, call.slots[0].range)});
  int64_t last = type.rank();
  type.shape.push_back(*size);
  Value spread = builder->expand(indices.tensor, last, *size);
  return Datum::of(builder->apply(Primitive::eq_, {spread, builder->iota(type, last)}));
}

// iota(N), or iota(f32[N, D], axis = 0)
Datum Elaborator::builtinIota(BuiltinCall &call) {
  if (call.slots[1]) {
    auto type = call.slots[0].expr ? evaluateType(*call.slots[0].expr) : std::nullopt;
    auto along = whole(call.slots[1], "the axis", 0);
    if (!type || !along) return {};
    at(call.range, {});
    return Datum::of(builder->iota(*type, *along < 0 ? *along + type->rank() : *along));
  }
  auto size = dims(call.slots[0]);
  if (!size) return {};
  at(call.range, {});
  return Datum::of(builder->iota(i32({size->begin(), size->end()}), 0));
}

Datum Elaborator::builtinFill(BuiltinCall &call) {
  auto type = call.slots[0].expr ? evaluateType(*call.slots[0].expr) : std::nullopt;
  Datum element = value(call.slots[1]);
  if (!type || !element) return {};
  at(call.range, {operandOf(call.slots[1].expr, element, call.slots[1].range)});
  if (element.is(Datum::Kind::Weak) || element.is(Datum::Kind::Bool)) return literalLike(element, *type);
  Datum scalar = tensor(call.slots[1], call);
  if (!scalar) return {};
  if (scalar.type() != TensorType{type->element, {}}) {
    error("E0404", call.slots[1].range, "the value is " + scalar.type().print() + ", not " + spelling(type->element));
    return {};
  }
  return Datum::of(builder->broadcastTo(scalar.tensor, type->shape));
}

Datum Elaborator::builtinLike(BuiltinCall &call) {
  Datum made = value(call.slots[0]);
  at(call.range, {});
  int64_t element = call.name == "ones_like" ? 1 : 0;
  bool ok = bool(made);
  forEachLeaf(made, "", [&](const std::string &, Datum &leaf) {
    leaf.tensor = builder->constant(Weak::rational(element), TensorType(leaf.tensor.type()));
    ok &= bool(leaf.tensor);
  });
  if (made.is(Datum::Kind::Weak)) made.weak = Weak::rational(element);
  return ok ? made : Datum();
}

Datum Elaborator::builtinDim(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  auto which = x ? axis(call.slots[1], x) : std::nullopt;
  return which ? Datum::of(Weak::dimension(x.type().shape[size_t(*which)])) : Datum();
}

Datum Elaborator::builtinSize(BuiltinCall &call) {
  Datum x = tensor(call.slots[0], call);
  return x ? Datum::of(Weak::dimension(product(x.type().shape))) : Datum();
}

} // namespace fluxion::check
