// A value meets a declared type: names in the type are bound, or must agree with what they are bound to. Tensors go
// first; then polynomials such as `4*H` are solved for their name; then literals take the types that are known by now.
#include "frontend/Check/Elaborator.h"
#include <algorithm>

namespace fluxion::check {

bool Elaborator::mismatch(const ast::Type &type, const std::string &whole, TypeContext &context, std::string help) {
  Diagnostic &d =
      error(context.number.c_str(), context.value, context.what + " is " + whole + ", not " + ast::print(type));
  if (context.type.file) d.note(context.type, "declared here");
  std::vector<std::string> told; // what the names in the type stand for
  for (const ast::ShapeEntry &entry : type.shape) {
    auto *name = as<ast::Name>(entry.dimension);
    Binding *binding = name ? scope->find(name->name) : nullptr;
    if (!binding || binding->kind != Binding::Kind::Dimension || told.size() >= 4) continue;
    if (std::find(told.begin(), told.end(), name->name) != told.end()) continue;
    told.push_back(name->name);
    if (binding->declared.file && binding->dim.print() != name->name)
      d.note(binding->declared, "`" + name->name + "` is " + binding->dim.print() + " by this");
  }
  d.help(std::move(help));
  return false;
}

bool Elaborator::unifyElement(const ast::Type &type, ElementType actual, TypeContext &context,
                              const std::string &whole) {
  const std::string &name = type.name.text;
  if (auto element = elementTypeNamed(name)) {
    if (*element == actual) return true;
    return mismatch(type, whole, context, std::string("convert it: `") + name + "(…)`");
  }
  Binding *binding = scope->find(name);
  if (binding && binding->kind == Binding::Kind::Element) {
    if (binding->element == actual) return true;
    Diagnostic &d =
        error("E0302", context.value,
              context.what + " is " + whole + ", but `" + name + "` is " + spelling(binding->element) + " already");
    if (binding->declared.file) d.note(binding->declared, "by this");
    d.help(std::string("convert it: `") + spelling(binding->element) + "(…)`");
    return false;
  }
  if (!scope->isTypeParameter(name)) return elementNamed(name, type.name.range).has_value();
  for (Scope *s = scope.get(); s; s = s->parent.get()) {
    if (!s->typeParameters) continue;
    for (const ast::TypeParameter &parameter : *s->typeParameters) {
      if (parameter.name.text != name) continue;
      const std::string &bound = parameter.bound.text;
      bool fits = bound.empty() || bound == "any" || (bound == "float" && isFloat(actual)) ||
                  (bound == "int" && isInteger(actual)) ||
                  (bound == "number" && (isFloat(actual) || isInteger(actual)));
      if (!fits) {
        error("E0408", context.value,
              context.what + " is " + whole + ", but `" + name + "` must be " +
                  (bound == "int" ? "an integer" : "a " + bound) + " type")
            .note(parameter.name.range, "declared here");
        return false;
      }
      Binding &fresh = s->names[name];
      fresh.kind = Binding::Kind::Element;
      fresh.element = actual;
      fresh.declared = context.value;
      fresh.used = true;
      return true;
    }
  }
  return false;
}

bool Elaborator::unifyExtent(const ast::Expr &entry, const Dim &actual, TypeContext &context,
                             const std::string &whole) {
  std::vector<std::string> unbound = unboundNames(entry);
  if (unbound.empty()) {
    auto expected = evaluateDim(entry);
    if (!expected) return false;
    if (*expected == actual) return true;
    Diagnostic &d = error(context.number.c_str(), context.value,
                          context.what + " is " + whole + ": the extent " + actual.print() + " stands where " +
                              (ast::print(entry) == expected->print() ? "" : "`" + ast::print(entry) + "` = ") +
                              expected->print() + " is needed");
    if (context.type.file) d.note(context.type, "declared here");
    auto *name = as<ast::Name>(entry);
    if (Binding *binding = name ? scope->find(name->name) : nullptr; binding && binding->declared.file)
      d.note(binding->declared, "`" + name->name + "` is " + expected->print() + " by this");
    return false;
  }
  if (!context.introduce) return resolveNames(entry, false);
  if (auto *name = as<ast::Name>(entry)) {
    scope->bindDimension(name->name, actual, context.value);
    return true;
  }
  if (context.deferred) {
    context.deferred->push_back({&entry, actual, context.number, context.what, whole, context.value, context.type});
    return true;
  }
  // Solve a·x + b = actual for the one unbound name x: b = p(0), a = p(1) − p(0).
  static const std::string symbol = "?";
  scope->bindDimension(unbound[0], Dim::named(symbol), entry.range);
  auto polynomial = unbound.size() == 1 ? evaluateDim(entry) : std::nullopt;
  if (polynomial) {
    Dim constant = polynomial->substitute({{symbol, Dim(0)}}),
        factor = polynomial->substitute({{symbol, Dim(1)}}) - constant;
    auto a = factor.constant();
    bool linear = a && *a != 0 && *polynomial == factor * Dim::named(symbol) + constant;
    Dim solution = linear ? (actual - constant).dividedBy(*a) : Dim(-1);
    if (linear && solution.isIntegral() && !(solution.constant() && *solution.constant() < 0)) {
      scope->bindDimension(unbound[0], solution, context.value);
      return true;
    }
  }
  scope->names.erase(unbound[0]);
  error(context.number.c_str(), context.value,
        context.what + " is " + whole + ": no `" + unbound[0] + "` makes `" + ast::print(entry) + "` equal to " +
            actual.print())
      .help("an extent that is linear in one dimension gives its value, as `2*N + 1` does; for others, give some "
            "parameter the extent `" +
            unbound[0] + "`");
  return false;
}

bool Elaborator::unifyShape(const ast::Type &type, const std::vector<Dim> &shape, TypeContext &context,
                            const std::string &whole) {
  const std::vector<ast::ShapeEntry> &entries = type.shape;
  auto rest = std::find_if(entries.begin(), entries.end(), [](const auto &entry) { return !entry.dimension; });
  size_t before = size_t(rest - entries.begin()), after = rest == entries.end() ? 0 : size_t(entries.end() - rest) - 1;
  bool ranksFit = rest == entries.end() ? shape.size() == entries.size() : shape.size() >= before + after;
  if (!ranksFit) return mismatch(type, whole, context);
  bool ok = true;
  for (size_t i = 0; i < before; ++i) ok = ok && unifyExtent(*entries[i].dimension, shape[i], context, whole);
  if (ok && rest != entries.end()) {
    std::vector<Dim> middle(shape.begin() + long(before), shape.end() - long(after));
    Binding *binding = scope->find(rest->rest.text);
    if (!binding || binding->kind != Binding::Kind::Rest) {
      if (!context.introduce) return appendRest(rest->rest.text, rest->range, middle);
      binding = &scope->names[rest->rest.text];
      binding->kind = Binding::Kind::Rest;
      binding->extents = middle;
      binding->declared = context.value;
    } else if (binding->extents != middle && rest->rest.text != "_") {
      TensorType bound{ElementType::F32, binding->extents};
      Diagnostic &d =
          error(context.number.c_str(), context.value,
                context.what + " is " + whole + ": `.." + rest->rest.text + "` is [" +
                    (bound.shape.empty() ? "" : bound.print().substr(4, bound.print().size() - 5)) + "] already");
      if (binding->declared.file) d.note(binding->declared, "by this");
      return false;
    }
  }
  for (size_t i = 0; i < after; ++i)
    ok = ok && unifyExtent(*entries[before + 1 + i].dimension, shape[shape.size() - after + i], context, whole);
  return ok;
}

bool Elaborator::unifyTensor(const ast::Type &type, Datum &value, TypeContext &context) {
  TensorType actual = value.type();
  std::string whole = actual.print();
  return unifyElement(type, actual.element, context, whole) && unifyShape(type, actual.shape, context, whole);
}

// A literal becomes a constant of the declared type; a type parameter that is still open becomes f32 (or i32, or bool).
bool Elaborator::unifyLiteral(const ast::Type &type, Datum &value, TypeContext &context) {
  std::string whole = value.describe();
  for (const ast::ShapeEntry &entry : type.shape) {
    Binding *binding = entry.dimension ? nullptr : scope->find(entry.rest.text);
    if (entry.dimension || (binding && !binding->extents.empty()))
      return mismatch(type, whole, context, "make a tensor: `fill(" + ast::print(type) + ", …)`");
    if (!binding && !unifyShape(type, {}, context, whole)) return false;
  }
  bool logical = value.is(Datum::Kind::Bool);
  Binding *binding = scope->find(type.name.text);
  bool open = !elementTypeNamed(type.name.text) && !(binding && binding->kind == Binding::Kind::Element) &&
              scope->isTypeParameter(type.name.text);
  if (open) {
    bool integers = false;
    for (Scope *s = scope.get(); s; s = s->parent.get())
      for (size_t i = 0; s->typeParameters && i < s->typeParameters->size(); ++i)
        integers |= (*s->typeParameters)[i].name.text == type.name.text && (*s->typeParameters)[i].bound.text == "int";
    ElementType chosen = logical ? ElementType::Bool : integers ? ElementType::I32 : ElementType::F32;
    if (!unifyElement(type, chosen, context, whole)) return false;
  }
  auto element = elementNamed(type.name.text, type.name.range);
  if (!element) return false;
  if (logical != (*element == ElementType::Bool)) return mismatch(type, whole, context);
  at(context.value, {});
  value = literalLike(value, {*element, {}});
  return bool(value);
}

bool Elaborator::unifyStruct(const ast::Type &type, const ast::StructDecl &decl, Datum &value, Phase phase,
                             TypeContext &context) {
  if (!value.is(Datum::Kind::Struct) || value.decl != &decl) return mismatch(type, value.describe(), context);
  TypeContext fieldContext = context;
  auto fields = scope;
  if (type.hasShape) { // the fields bind the struct's own names, which the arguments of the type must equal
    fields = std::make_shared<Scope>();
    fields->library = scope->library;
    fields->typeParameters = &decl.typeParameters;
    fieldContext.introduce = true;
    fieldContext.deferred = nullptr;
  }
  bool ok = true;
  {
    During scoped(scope, fields);
    for (size_t i = 0; i < decl.fields.size(); ++i) {
      During named(fieldContext.what, "`" + decl.fields[i].name.text + "` of " + context.what);
      ok = ok && unify(*decl.fields[i].type, value.parts[i], phase, fieldContext);
    }
  }
  if (!type.hasShape || !ok || phase == Phase::Literals) return ok;
  const std::vector<std::string> &names = dimensionsOf(decl);
  size_t elements = decl.typeParameters.size();
  if (type.shape.size() != names.size() + elements) return enterStruct(decl, &type, false) != nullptr;
  for (size_t i = elements; ok && i < type.shape.size(); ++i) {
    Binding *bound = fields->find(names[i - elements]);
    if (bound && type.shape[i].dimension)
      ok = unifyExtent(*type.shape[i].dimension, bound->dim, context, value.describe());
  }
  return ok;
}

bool Elaborator::unifyParts(const ast::Type &type, Datum &value, Phase phase, TypeContext &context) {
  bool list = type.kind == ast::TypeKind::List;
  if (!value.is(list ? Datum::Kind::List : Datum::Kind::Tuple)) return mismatch(type, value.describe(), context);
  if (list ? !unifyExtent(*type.count, Dim(int64_t(value.parts.size())), context, value.describe())
           : value.parts.size() != type.elements.size())
    return list ? false : mismatch(type, value.describe(), context);
  bool ok = true;
  for (size_t i = 0; i < value.parts.size(); ++i) {
    During named(context.what, "part " + std::to_string(i) + " of " + context.what);
    ok = ok && unify(*type.elements[list ? 0 : i], value.parts[i], phase, context);
  }
  return ok;
}

bool Elaborator::unify(const ast::Type &type, Datum &value, Phase phase, TypeContext &context) {
  if (!value || !spend(context.value)) return false;
  if (type.kind == ast::TypeKind::Tuple || type.kind == ast::TypeKind::List)
    return unifyParts(type, value, phase, context);
  if (type.kind == ast::TypeKind::Function)
    return value.is(Datum::Kind::Function) || mismatch(type, value.describe(), context);
  if (auto *decl = structNamed(type.name.text, type.name.range)) return unifyStruct(type, *decl, value, phase, context);
  bool literal = value.is(Datum::Kind::Weak) || value.is(Datum::Kind::Bool);
  if (!literal && !value.is(Datum::Kind::Tensor)) return mismatch(type, value.describe(), context);
  if (literal != (phase == Phase::Literals)) return true;
  return literal ? unifyLiteral(type, value, context) : unifyTensor(type, value, context);
}

bool Elaborator::solveDeferred(std::vector<TypeContext::Deferred> &deferred) {
  bool ok = true;
  for (TypeContext::Deferred &each : deferred) {
    TypeContext context{each.number, each.what, each.value, each.type};
    ok &= unifyExtent(*each.entry, each.actual, context, each.whole);
  }
  deferred.clear();
  return ok;
}

bool Elaborator::match(const ast::Type &type, Datum &value, TypeContext &context) {
  return unify(type, value, Phase::Tensors, context) && unify(type, value, Phase::Literals, context);
}

} // namespace fluxion::check
