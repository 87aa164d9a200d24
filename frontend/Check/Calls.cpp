// Calls: arguments meet parameters, types are unified, the body is expanded in place with the call as its caller.
#include "frontend/Check/Habits.h"
#include "frontend/Check/Suggest.h"
#include "frontend/Source/Foreign.h"
#include <algorithm>

namespace fluxion::check {

const std::vector<ast::Parameter> &Elaborator::parametersOf(const Callable &callable) {
  static const std::vector<ast::Parameter> none;
  return callable.function ? callable.function->parameters : callable.lambda ? callable.lambda->parameters : none;
}

// A declared function sees its own names and globals; a lambda also those around it.
std::shared_ptr<Scope> Elaborator::scopeOf(const Callable &callable) const {
  auto inner = std::make_shared<Scope>();
  if (callable.lambda) {
    inner->parent = callable.environment.lock();
    inner->library = inner->parent->library;
    return inner;
  }
  inner->library = isLibrary(*callable.function);
  inner->typeParameters = &callable.function->typeParameters;
  return inner;
}

bool Elaborator::evaluateArguments(const ast::Call &call, std::vector<CallArgument> &arguments) {
  bool ok = true;
  for (const ast::Argument &argument : call.arguments) {
    CallArgument made{argument.name.text, evaluate(*argument.value), argument.value->range, argument.value.get(),
                      argument.name.range};
    ok &= bool(made.value);
    arguments.push_back(std::move(made));
  }
  return ok;
}

// `f32[3]`, which some functions take and no expression is.
static bool isTensorType(const ast::Expr &expr) {
  auto *index = as<ast::Index>(expr);
  auto *name = index ? as<ast::Name>(index->base) : nullptr;
  return name && elementTypeNamed(name->name);
}

Datum Elaborator::evaluateCall(const ast::Call &call) {
  auto *name = as<ast::Name>(call.callee);
  const size_t before = sink.all().size();
  if (name && !scope->find(name->name) && !findGlobal(name->name, name->range) && !elementTypeNamed(name->name))
    if (const Builtin *builtin = findBuiltin(name->name)) {
      Datum result = callBuiltin(*builtin, name->name, call);
      if (!result && !silent)
        sink.amendFrom(before, [&](Diagnostic &d) { hintForBuiltinCall(d, *builtin, name->name, call, *scope); });
      return result;
    }
  if (complainOfCalledSum(call)) return {};
  Datum callee = evaluate(*call.callee);
  if (!callee) {
    auto *made = as<ast::Call>(call.callee); // Linear(784, 10)(x)
    auto *decl = made ? as<ast::StructDecl>(findGlobal(*made->callee)) : nullptr;
    if (decl && !silent)
      sink.amendFrom(before, [&](Diagnostic &d) {
        if (isInside(d.where.range, made->range)) hintForStructCall(d, *decl, call);
      });
    const ForeignName *foreign = name ? foreignValue(name->name) : nullptr;
    if (foreign && foreign->replacement.empty()) return {}; // assert(N > 3)
    for (const ast::Argument &argument : call.arguments) // what is wrong in its arguments is said all the same
      if (!isTensorType(*argument.value)) evaluate(*argument.value);
    return {};
  }
  std::vector<CallArgument> arguments;
  if (!evaluateArguments(call, arguments)) return {};
  if (!callee.is(Datum::Kind::Function)) return callWhatIsNone(call, callee);
  Datum result = apply(*callee.callable, std::move(arguments), call.range);
  const ast::StructDecl *decl = callee.callable->structure;
  if (!result && decl && !silent && takesSizes(*decl, call))
    sink.amendFrom(before, [&](Diagnostic &d) {
      d.fixes.clear();
      std::string type = typeWritten(*decl, call);
      d.help("parameters are passed, `p: " + type + "`, or drawn, `init(" + type + ", key)`");
    });
  return result;
}

Datum Elaborator::apply(const Callable &callable, std::vector<CallArgument> arguments, const SourceRange &where) {
  for (const CallArgument &argument : arguments)
    if (!argument.value) return {};
  switch (callable.kind) {
  case Callable::Kind::Declared:
  case Callable::Kind::Lambda:
    return applyDeclared(callable, std::move(arguments), where);
  case Callable::Kind::Typed:
    return applyTyped(callable, std::move(arguments), where);
  case Callable::Kind::Builtin:
    return applyBuiltin(callable.name, std::move(arguments), where);
  case Callable::Kind::Constructor:
    return construct(*callable.structure, std::move(arguments), where);
  case Callable::Kind::Native:
    return callable.native(std::move(arguments), where);
  case Callable::Kind::Conversion:
    if (arguments.size() == 1 && arguments[0].name.empty())
      return convertTo(callable.element, arguments[0].value, where, arguments[0].expr);
    error(arguments.empty() ? "E0403" : "E0401", arguments.size() > 1 ? arguments[1].place() : where,
          "a conversion takes one argument")
        .help("as in `" + callable.name + "(x)`");
    return {};
  default:
    return applyTransform(callable, std::move(arguments), where);
  }
}

Datum Elaborator::convertTo(ElementType element, const Datum &value, const SourceRange &where, const ast::Expr *expr) {
  at(where, {operandOf(expr, value, where)});
  if (value.is(Datum::Kind::Weak) && element != ElementType::Bool) return literalLike(value, {element, {}});
  if (value.is(Datum::Kind::Bool))
    return Datum::of(builder->constant(Weak::rational(value.flag ? 1 : 0), {element, {}}));
  if (value.is(Datum::Kind::Tensor)) return Datum::of(builder->convert(value.tensor, element), value.labels);
  error("E0404", where, value.describe() + " does not convert to " + spelling(element));
  return {};
}

//===--- Expansion -----------------------------------------------------------------------------------------------===//

// a → b → a: said once for the circle, with each call that makes it.
void Elaborator::reportRecursion(const Callable &callable, const SourceRange &where) {
  auto first = std::find(active.begin(), active.end(), static_cast<const void *>(callable.function));
  std::vector<std::string> through;
  bool known = false;
  if (silent) return; // it is said when it counts
  for (auto each = first; each != active.end(); ++each) known |= !circular.insert(*each).second;
  if (known) {
    if (builder) builder->fail();
    return;
  }
  std::vector<std::pair<SourceRange, std::string>> calls;
  size_t length = size_t(active.end() - first);
  for (const Location *at = caller.get(); at && calls.size() + 1 < length; at = at->caller.get()) {
    const std::string &text = at->range.file ? at->range.file->text : std::string();
    size_t end = at->range.begin;
    while (end < text.size() && (isalnum(uint8_t(text[end])) || text[end] == '_' || text[end] == '.')) ++end;
    std::string callee = text.substr(at->range.begin, end - at->range.begin);
    through.insert(through.begin(), callee);
    calls.emplace_back(at->range, "`" + callee + "` is called here");
  }
  std::string circle = "`" + callable.name + "` calls itself";
  for (size_t i = 0; i < through.size() && i < 6; ++i) circle += (i ? ", `" : " through `") + through[i] + "`";
  Diagnostic &d = error("E0406", where, circle + ": functions are expanded where they are called");
  d.where.caller = nullptr;
  d.note(callable.function->name.range, "declared here");
  for (auto &[range, text] : calls) d.note(range, text);
  d.help("repeat with a loop: `for(i in 0:n, x = x0) { … }` where `n` is a number or a dimension, else "
         "`while(x = x0; condition) { … }`");
}

Datum Elaborator::applyDeclared(const Callable &callable, std::vector<CallArgument> arguments,
                                const SourceRange &where) {
  const void *identity = callable.function ? static_cast<const void *>(callable.function) : callable.lambda;
  if (callable.function && std::find(active.begin(), active.end(), identity) != active.end()) {
    reportRecursion(callable, where);
    return {};
  }
  auto inner = scopeOf(callable);
  std::vector<Datum> values;
  const size_t before = sink.all().size();
  Datum result;
  if (coerceDeclared(callable, std::move(arguments), where, values, inner)) {
    active.push_back(identity);
    result = applyBody(callable, std::move(values), inner, where);
    active.pop_back();
  }
  bool drawn = callable.function && isLibrary(*callable.function) && isInitializer(*callable.function);
  if (!result && drawn && !silent) // zeros([3, 3])
    sink.amendFrom(before, [&](Diagnostic &d) {
      d.fixes.clear();
      d.help(helpForDrawing(callable.name));
    });
  return result;
}

// What the type of a result names and no argument binds, stands for itself: dimensions, those of structs, and rests.
void Elaborator::openResult(const ast::Type &declared) {
  std::vector<std::string> names;
  collectDimensions(declared, names);
  for (const std::string &name : names)
    if (!scope->find(name) && !scope->isTypeParameter(name)) {
      scope->bindDimension(name, Dim::named(name), declared.range);
      dimensionOrigins.emplace(name, declared.range);
      builder->dimension(name);
    }
  for (const ast::ShapeEntry &entry : declared.shape)
    if (!entry.dimension && !scope->find(entry.rest.text)) {
      Binding &rest = scope->names[entry.rest.text];
      rest.kind = Binding::Kind::Rest;
      rest.extents = {Dim::named(entry.rest.text)};
    }
  if (declared.kind == ast::TypeKind::Function) return;
  for (const ast::TypePtr &element : declared.elements) openResult(*element);
}

Datum Elaborator::applyBody(const Callable &callable, std::vector<Datum> values, std::shared_ptr<Scope> inner,
                            const SourceRange &where) {
  const std::vector<ast::Parameter> &parameters = parametersOf(callable);
  for (size_t i = 0; i < parameters.size(); ++i) {
    Binding binding;
    values[i].declared = parameters[i].range;
    binding.value = std::move(values[i]);
    binding.declared = parameters[i].range;
    binding.used = true;
    const std::string &name = parameters[i].name.text;
    auto hidden = inner->names.find(name);
    bool dimension = hidden != inner->names.end() && hidden->second.kind == Binding::Kind::Dimension;
    if (callable.function && !inner->library && (dimension || elementTypeNamed(name))) // fn f(x: f32[N], N: f32)
      warn("E0209", parameters[i].name.range,
           "the parameter `" + name + "` hides the " + (dimension ? "dimension" : "element type") + " of this name",
           "give it a name of its own");
    inner->names[name] = std::move(binding);
  }
  bool outermost = !caller && where.file == (callable.function ? callable.function->name.range.file : nullptr) &&
                   callable.function && where.begin == callable.function->name.range.begin;
  During inlined(caller, outermost
                             ? nullptr
                             : std::shared_ptr<const Location>(std::make_shared<Location>(Location{where, caller})));
  During scoped(scope, inner);
  const ast::Expr &body = callable.function ? *callable.function->body : *callable.lambda->body;
  const ast::Type *declared = callable.function ? callable.function->result.get() : callable.lambda->result.get();
  // An initializer is told its shape by the field that names it; alone, its names stand for themselves.
  bool initializer = !parameters.empty() && parameters[0].name.text == "key";
  if (declared && initializer && outermost) {
    Scope checked;
    bindForChecking(*callable.function, checked);
    inner->names.insert(checked.names.begin(), checked.names.end()); // those that the arguments left open
    openResult(*declared);
  }
  bool told = true; // fn z() -> f32[N]: said here, then N stands for itself
  if (declared && outermost && !initializer && declared->kind == ast::TypeKind::Named &&
      !structNamed(declared->name.text, declared->name.range))
    for (const ast::ShapeEntry &entry : declared->shape) told &= !entry.dimension || resolveNames(*entry.dimension, false);
  if (!told) openResult(*declared);
  Datum result = evaluate(body);
  if (!told) return {};
  if (!result || !declared) return result;
  const ast::Expr *last = &body;
  while (auto *block = as<ast::Block>(last)) last = block->result.get();
  TypeContext context{"E0310", "the result of " + calledName(callable), last->range, declared->range, false};
  context.expr = last;
  return match(*declared, result, context) ? result : Datum();
}

// "its fields are `w`, `b`"
std::string fieldsOf(const ast::StructDecl &decl) {
  std::string list;
  for (size_t i = 0; i < decl.fields.size() && i < 12; ++i) list += (i ? ", `" : "`") + decl.fields[i].name.text + "`";
  return list.empty() ? "" : (decl.fields.size() == 1 ? "its field is " : "its fields are ") + list;
}

Datum Elaborator::construct(const ast::StructDecl &decl, std::vector<CallArgument> arguments,
                            const SourceRange &where) {
  std::vector<CallArgument *> matched(decl.fields.size(), nullptr);
  size_t next = 0;
  bool ok = true;
  for (CallArgument &argument : arguments) {
    size_t slot = argument.name.empty() ? next++ : 0;
    while (!argument.name.empty() && slot < decl.fields.size() && decl.fields[slot].name.text != argument.name) ++slot;
    if (slot < decl.fields.size() && !matched[slot]) {
      matched[slot] = &argument;
      continue;
    }
    std::vector<std::string> names;
    for (const ast::FieldDecl &field : decl.fields) names.push_back(field.name.text);
    if (slot < decl.fields.size())
      error("E0402", argument.place(), "the field `" + decl.fields[slot].name.text + "` gets two values")
          .note(matched[slot]->place(), "the first");
    else if (!argument.name.empty())
      error("E0205", argument.place(), "`" + decl.name.text + "` has no field `" + argument.name + "`")
          .note(decl.name.range, "declared here")
          .help(fieldsOf(decl))
          .meant(nearestName(argument.name, names), argument.place());
    else
      error("E0401", argument.place(), "`" + decl.name.text + "` has " + counted(decl.fields.size(), "field"))
          .note(decl.name.range, "declared here");
    ok = false;
  }
  for (size_t i = 0; ok && i < matched.size(); ++i)
    if (!matched[i]) {
      error("E0403", where, "the field `" + decl.fields[i].name.text + "` of `" + decl.name.text + "` is missing")
          .note(decl.fields[i].range, "declared here");
      return {};
    }
  if (!ok) return {};
  Datum made = Datum::tuple({}, Datum::Kind::Struct);
  made.decl = &decl;
  for (CallArgument *argument : matched) made.parts.push_back(argument->value);
  auto inner = std::make_shared<Scope>();
  inner->library = isLibrary(decl);
  inner->typeParameters = &decl.typeParameters;
  During scoped(scope, inner);
  std::vector<TypeContext::Deferred> deferred; // `N*N` waits for the field that tells N
  for (Phase phase : {Phase::Tensors, Phase::Literals}) {
    for (size_t i = 0; i < matched.size(); ++i) {
      TypeContext context{"E0404", "the field `" + decl.fields[i].name.text + "` of `" + decl.name.text + "`",
                          matched[i]->range, decl.fields[i].range, true, &deferred};
      context.expr = matched[i]->expr;
      if (!unify(*decl.fields[i].type, made.parts[i], phase, context)) return {};
    }
    if (!solveDeferred(deferred)) return {};
  }
  return made;
}

} // namespace fluxion::check
