// A value meets a declared type: names in the type are bound, or must agree with what they are bound to. Tensors go
// first; then polynomials such as `4*H` are solved for their name; then literals take the types that are known by now.
#include "frontend/Check/Habits.h"
#include "frontend/Check/Suggest.h"
#include <algorithm>

namespace fluxion::check {

bool Elaborator::unifyElement(const ast::Type &type, ElementType actual, TypeContext &context,
                              const std::string &whole) {
  const std::string &name = type.name.text;
  if (auto element = elementTypeNamed(name)) return *element == actual || mismatch(type, whole, context);
  Binding *binding = scope->find(name);
  if (binding && binding->kind == Binding::Kind::Element) {
    if (binding->element == actual) return true;
    const char *bound = spelling(binding->element);
    Diagnostic &d =
        error("E0302", context.value, context.what + " is " + whole + ", but `" + name + "` is " + bound + " already");
    tellBindings(d, type, context);
    Remedy remedy = remedyFor(context, {binding->element, context.actual.shape});
    d.help(remedy ? remedy.help : "convert it: `" + std::string(bound) + "(…)`");
    d.fixes = std::move(remedy.fixes);
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
        Diagnostic &d = error("E0408", context.value,
                              context.what + " is " + whole + ", but `" + name + "` must be " +
                                  (bound == "int" ? "an integer" : "a " + bound) + " type");
        d.note(parameter.name.range, "declared here");
        ElementType meant = bound == "int" ? ElementType::I32 : ElementType::F32;
        if (Remedy remedy = remedyFor(context, {meant, context.actual.shape})) {
          d.help(std::move(remedy.help));
          d.fixes = std::move(remedy.fixes);
        }
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
    if (context.declared) return mismatch(*context.declared, whole, context);
    Diagnostic &d = error(context.number.c_str(), context.value,
                          context.what + " is " + whole + ": the extent " + actual.print() + " stands where " +
                              (ast::print(entry) == expected->print() ? "" : "`" + ast::print(entry) + "` = ") +
                              expected->print() + " is needed");
    if (context.type.file) d.note(context.type, "declared here");
    auto *name = as<ast::Name>(entry);
    Binding *binding = name ? scope->find(name->name) : nullptr;
    if (binding && binding->declared.file && name->name != expected->print())
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
  const SourceRange &own = builder->function().where.range; // nobody calls: the function itself is checked
  if (!caller && context.value.file == own.file && context.value.begin == own.begin) {
    std::string names;
    for (const std::string &name : unbound) names += (names.empty() ? "`" : " nor `") + name + "`";
    error(context.number.c_str(), entry.range,
          (unbound.size() > 1 ? "neither " + names + " follows" : names + " does not follow") + " from `" + ast::print(entry) + "`")
        .help("give some parameter the extent `" + unbound[0] + "`, or make this one linear in one dimension, as `2*N + 1` is");
    return false;
  }
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
  auto another = rest == entries.end()
                     ? rest
                     : std::find_if(rest + 1, entries.end(), [](const auto &entry) { return !entry.dimension; });
  if (another != entries.end()) {
    error("E0315", another->range, "a shape has one `..`: where the first ends and this begins cannot be told");
    return false;
  }
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
      if (context.declared) return mismatch(type, whole, context);
      Diagnostic &d = error(context.number.c_str(), context.value,
                            context.what + " is " + whole + ": `.." + rest->rest.text + "` is " +
                                printShape(binding->extents) + " already");
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
  During declared(context.declared, &type);
  During own(context.actual, actual);
  return unifyElement(type, actual.element, context, whole) && unifyShape(type, actual.shape, context, whole);
}

bool Elaborator::unifyStruct(const ast::Type &type, const ast::StructDecl &decl, Datum &value, Phase phase,
                             TypeContext &context) {
  if (!value.is(Datum::Kind::Struct) || value.decl != &decl) return mismatch(type, value.describe(), context);
  TypeContext fieldContext = context;
  auto fields = enterBare(decl);
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
  if (!type.hasShape) leaveBare(*fields);
  if (!type.hasShape || !ok || phase == Phase::Literals) return ok;
  const std::vector<std::string> &names = dimensionsOf(decl);
  size_t elements = decl.typeParameters.size();
  const bool implied = type.shape.size() == names.size();
  if (!implied && type.shape.size() != names.size() + elements) return enterStruct(decl, &type, false) != nullptr;
  if (implied) elements = 0;
  for (size_t i = 0; ok && i < decl.typeParameters.size(); ++i) { // the struct's T is what stands in its place here
    const ast::TypeParameter &parameter = decl.typeParameters[i];
    Binding *bound = fields->find(parameter.name.text);
    auto *name = implied ? nullptr : as<ast::Name>(type.shape[i].dimension);
    if (!bound || bound->kind != Binding::Kind::Element || !(implied || name)) continue;
    ast::Type element{ast::TypeKind::Named, type.range, {}, false, {}, {}, nullptr, nullptr};
    element.name.text = name ? name->name : parameter.bound.text == "int" ? "i32" : "f32";
    element.name.range = type.range;
    TypeContext whole = context;
    whole.expr = nullptr;
    ok = unifyElement(element, bound->element, whole, value.describe() + " of " + spelling(bound->element));
  }
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
  if (type.kind == ast::TypeKind::Function) return unifyFunction(type, value, context);
  if (auto *decl = structNamed(type.name.text, type.name.range)) return unifyStruct(type, *decl, value, phase, context);
  if (!type.shape.empty() && isNumberList(value)) return unifyNumbers(type, value, phase, context);
  bool literal = value.is(Datum::Kind::Weak) || value.is(Datum::Kind::Bool);
  if (!literal && !value.is(Datum::Kind::Tensor)) {
    size_t before = sink.all().size();
    mismatch(type, value.describe(), context);
    bool open = false;
    auto expected = knownType(type, open);
    bool theirs = context.expr && !userCall(context.expr->range); // an edit of the library would help nobody
    if (theirs && !silent && sink.all().size() > before)
      sink.amendFrom(before, [&](Diagnostic &d) {
        hintForList(d, context.expr, value, expected && !open ? &*expected : nullptr);
      });
    return false;
  }
  if (literal != (phase == Phase::Literals)) return true;
  return literal ? unifyLiteral(type, value, context) : unifyTensor(type, value, context);
}

// Extents with one unknown name first, as they tell it to the others: of `4*h` and `h*w*G` the first.
bool Elaborator::solveDeferred(std::vector<TypeContext::Deferred> &deferred) {
  bool ok = true;
  auto solve = [&](const TypeContext::Deferred &each) {
    TypeContext context{each.number, each.what, each.value, each.type};
    ok &= unifyExtent(*each.entry, each.actual, context, each.whole);
  };
  for (size_t before = deferred.size() + 1; deferred.size() < before;) {
    before = deferred.size();
    std::erase_if(deferred, [&](const TypeContext::Deferred &each) {
      bool ready = unboundNames(*each.entry).size() <= 1;
      if (ready) solve(each);
      return ready;
    });
  }
  for (const TypeContext::Deferred &each : deferred) solve(each);
  deferred.clear();
  return ok;
}

bool Elaborator::match(const ast::Type &type, Datum &value, TypeContext &context) {
  return unify(type, value, Phase::Tensors, context) && unify(type, value, Phase::Literals, context);
}

} // namespace fluxion::check
