// Literals meet declared types: a number becomes a constant of the type, a list of numbers, nested as the axes are, a
// tensor of it. Each is rounded once, to the type it meets.
#include "frontend/Check/Suggest.h"
#include <algorithm>

namespace fluxion::check {

// A number where a tensor is needed.
bool Elaborator::mismatchOfLiteral(const ast::Type &type, const Datum &value, TypeContext &context) {
  auto *number = as<ast::Number>(context.expr);
  bool open = false;
  auto expected = knownType(type, open);
  std::string filled =
      "fill(" + (expected ? expected->print() : ast::print(type)) + ", " + (number ? number->text : "…") + ")";
  if (value.is(Datum::Kind::Bool)) return mismatch(type, value.describe(), context);
  size_t before = sink.all().size();
  mismatch(type, value.describe(), context, "make a tensor: `" + filled + "`");
  if (number && !open && sink.all().size() > before)
    sink.amendFrom(before, [&](Diagnostic &d) { d.fix(number->range, filled); });
  return false;
}

// The elements that literals take of a declared type; of a type parameter that is still open f32 (or i32, or bool).
std::optional<ElementType> Elaborator::elementOfLiteral(const ast::Type &type, bool logical, TypeContext &context,
                                                        const std::string &whole) {
  Binding *binding = scope->find(type.name.text);
  bool open = !elementTypeNamed(type.name.text) && !(binding && binding->kind == Binding::Kind::Element) &&
              scope->isTypeParameter(type.name.text);
  if (open) {
    bool integers = false;
    for (Scope *s = scope.get(); s; s = s->parent.get())
      for (size_t i = 0; s->typeParameters && i < s->typeParameters->size(); ++i)
        integers |= (*s->typeParameters)[i].name.text == type.name.text && (*s->typeParameters)[i].bound.text == "int";
    ElementType chosen = logical ? ElementType::Bool : integers ? ElementType::I32 : ElementType::F32;
    if (!unifyElement(type, chosen, context, whole)) return std::nullopt;
  }
  auto element = elementNamed(type.name.text, type.name.range);
  if (element && logical != (*element == ElementType::Bool)) {
    mismatch(type, whole, context);
    return std::nullopt;
  }
  return element;
}

bool Elaborator::unifyLiteral(const ast::Type &type, Datum &value, TypeContext &context) {
  std::string whole = value.describe();
  for (const ast::ShapeEntry &entry : type.shape) {
    Binding *binding = entry.dimension ? nullptr : scope->find(entry.rest.text);
    if (entry.dimension || (binding && !binding->extents.empty())) return mismatchOfLiteral(type, value, context);
    if (!binding && !unifyShape(type, {}, context, whole)) return false;
  }
  auto element = elementOfLiteral(type, value.is(Datum::Kind::Bool), context, whole);
  if (!element) return false;
  at(context.value, {});
  value = literalLike(value, {*element, {}});
  return bool(value);
}

//===--- Lists of numbers ----------------------------------------------------------------------------------------===//

static constexpr int64_t longestList = 256; // numbers: each is an operation of the graph

static bool isScalarTensor(const Datum &datum) {
  return datum.is(Datum::Kind::Tensor) && datum.labels.empty() && datum.type().rank() == 0;
}

// The leaves of a list that holds nothing but scalars (numbers and tensors without axes) or nothing but bools, in order;
// false for another.
static bool collectNumbers(const Datum &datum, std::vector<const Datum *> &leaves) {
  if (datum.is(Datum::Kind::List))
    return !datum.parts.empty() && std::all_of(datum.parts.begin(), datum.parts.end(),
                                               [&](const Datum &part) { return collectNumbers(part, leaves); });
  leaves.push_back(&datum);
  bool logical = datum.is(Datum::Kind::Bool), first = leaves.front()->is(Datum::Kind::Bool);
  return isScalarTensor(datum) || (logical && (first || isScalarTensor(*leaves.front()))) ||
         (datum.is(Datum::Kind::Weak) && !first);
}

bool Elaborator::isNumberList(const Datum &value) {
  std::vector<const Datum *> leaves;
  return value.is(Datum::Kind::List) && collectNumbers(value, leaves);
}

// The extents of a list whose parts are all alike.
static std::optional<std::vector<Dim>> extentsOf(const Datum &datum) {
  std::vector<Dim> extents;
  if (!datum.is(Datum::Kind::List)) return extents;
  auto inner = extentsOf(datum.parts[0]);
  for (const Datum &part : datum.parts)
    if (!inner || extentsOf(part) != inner) return std::nullopt;
  extents.push_back(Dim(int64_t(datum.parts.size())));
  extents.insert(extents.end(), inner->begin(), inner->end());
  return extents;
}

// `let w: f32[2,2] = [[1, 0], [0, a]]`: the shape tells dimensions as that of a tensor does, the numbers take its elements.
bool Elaborator::unifyNumbers(const ast::Type &type, Datum &value, Phase phase, TypeContext &context) {
  auto extents = extentsOf(value);
  if (!extents) {
    if (phase == Phase::Tensors) error("E0301", context.value, "the rows of this list differ in length");
    return false;
  }
  std::vector<const Datum *> leaves;
  collectNumbers(value, leaves);
  std::string whole = "a list of shape " + printShape(*extents);
  if (phase == Phase::Tensors) {
    During declared(context.declared, &type);
    auto typed = std::find_if(leaves.begin(), leaves.end(), [](const Datum *leaf) { return isScalarTensor(*leaf); });
    ElementType element = typed == leaves.end() ? ElementType::F32 : (*typed)->type().element;
    During own(context.actual, TensorType{element, *extents});
    if (typed != leaves.end() && !unifyElement(type, element, context, "a list with " + (*typed)->describe())) return false;
    return unifyShape(type, *extents, context, whole);
  }
  if (int64_t(leaves.size()) > longestList) {
    error("E0412", context.value, "a list of " + std::to_string(leaves.size()) + " numbers: more than " +
                                      std::to_string(longestList) + " are data")
        .help("let them come in as a parameter, from a file: `w=@w.npy`");
    return false;
  }
  bool logical = std::any_of(leaves.begin(), leaves.end(), [](const Datum *leaf) {
    return leaf->is(Datum::Kind::Bool) || (isScalarTensor(*leaf) && leaf->type().element == ElementType::Bool);
  });
  auto element = elementOfLiteral(type, logical, context, whole);
  if (!element) return false;
  at(context.value, {});
  std::vector<Value> parts;
  for (const Datum *leaf : leaves) {
    bool tensor = isScalarTensor(*leaf);
    if (tensor && leaf->type().element != *element) return mismatch(type, "a list with " + leaf->describe(), context);
    Datum made = tensor ? Datum::of(builder->reshape(leaf->tensor, {Dim(1)})) : literalLike(*leaf, {*element, {Dim(1)}});
    if (!made) return false;
    parts.push_back(made.tensor);
  }
  Value flat = parts.size() == 1 ? parts[0] : builder->concat(std::move(parts), 0);
  value = Datum::of(extents->size() == 1 ? flat : builder->reshape(flat, *extents));
  return bool(value);
}

} // namespace fluxion::check
