// Parameters of function type, `f: fn(f32[N]) -> f32`. A function that arrives takes as many arguments as its type
// says; what the body gives it and gets from it has the types declared, whose open names are bound by the first call.
#include "frontend/Check/Elaborator.h"

namespace fluxion::check {

static std::string countOf(size_t count) { return std::to_string(count) + (count == 1 ? " argument" : " arguments"); }

// The least and the most arguments a function takes.
std::pair<size_t, size_t> Elaborator::arityOf(const Callable &callable) {
  switch (callable.kind) {
  case Callable::Kind::Typed: return {callable.type->elements.size(), callable.type->elements.size()};
  case Callable::Kind::Native: return {0, ~size_t(0)}; // it looks itself
  case Callable::Kind::Conversion: return {1, 1};
  case Callable::Kind::Constructor: return {callable.structure->fields.size(), callable.structure->fields.size()};
  case Callable::Kind::Builtin: {
    size_t least = 0, most = 0;
    for (const std::string &parameter : findBuiltin(callable.name)->parameters) {
      if (parameter == "…") return {least, ~size_t(0)};
      least += parameter.back() != '?';
      ++most;
    }
    return {least, most};
  }
  case Callable::Kind::Declared:
  case Callable::Kind::Lambda: {
    size_t least = 0;
    for (const ast::Parameter &parameter : parametersOf(callable)) least += !parameter.defaultValue;
    return {least, parametersOf(callable).size()};
  }
  default: {
    auto [least, most] = arityOf(*callable.inner);
    size_t direction = directionName(callable).empty() ? 0 : 1;
    return {least + direction, most + direction};
  }
  }
}

bool Elaborator::unifyFunction(const ast::Type &type, Datum &value, TypeContext &context) {
  if (!value.is(Datum::Kind::Function)) return mismatch(type, value.describe(), context);
  if (value.callable->kind == Callable::Kind::Typed && value.callable->type == &type) return true; // a second look
  auto [least, most] = arityOf(*value.callable);
  size_t given = type.elements.size();
  if (given < least || given > most) {
    std::string takes = given < least ? countOf(least) : countOf(most);
    Diagnostic &d = error("E0419", context.value,
                          context.what + " takes " + takes + ", and is called with " + std::to_string(given));
    if (context.type.file) d.note(context.type, "declared as `" + ast::print(type) + "`");
    if (value.callable->function)
      d.note(value.callable->function->name.range, "`" + value.callable->name + "` is this");
    d.help("pass a function that fits, perhaps one without a name: `fn(x) = …`");
    return false;
  }
  auto typed = std::make_shared<Callable>(Callable(Callable::Kind::Typed, value.callable->name));
  typed->inner = value.callable;
  typed->type = &type;
  typed->environment = scope;
  environments.push_back(scope);
  typed->wrt.range = context.value;
  value.callable = std::move(typed);
  return true;
}

Datum Elaborator::applyTyped(const Callable &callable, std::vector<CallArgument> arguments, const SourceRange &where) {
  const ast::Type &type = *callable.type;
  std::string written = "`" + ast::print(type) + "`";
  if (arguments.size() != type.elements.size()) {
    error("E0401", where, "a function of type " + written + " takes " + countOf(type.elements.size()))
        .note(type.range, "declared here");
    return {};
  }
  auto names = callable.environment.lock(); // of the function that declares the type
  {
    During scoped(scope, names);
    for (Phase phase : {Phase::Tensors, Phase::Literals})
      for (size_t i = 0; i < arguments.size(); ++i) {
        if (!arguments[i].name.empty()) {
          error("E0402", arguments[i].place(), "a function of type " + written + " takes its arguments by position")
              .note(type.range, "declared here");
          return {};
        }
        TypeContext context{"E0404", "argument " + std::to_string(i) + " of a function of type " + written,
                            arguments[i].range, type.elements[i]->range};
        if (!unify(*type.elements[i], arguments[i].value, phase, context)) return {};
      }
  }
  Datum result = apply(*callable.inner, std::move(arguments), where);
  if (!result || !type.result) return result;
  During scoped(scope, names);
  TypeContext context{"E0419", "the result of `" + callable.name + "`", callable.wrt.range, type.result->range};
  return match(*type.result, result, context) ? result : Datum();
}

} // namespace fluxion::check
