// Arguments meet parameters, by position and by name; defaults stand in for those left out.
#include "frontend/Check/Habits.h"
#include "frontend/Check/Suggest.h"
#include <algorithm>

namespace fluxion::check {

std::string counted(size_t count, const std::string &noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

static SourceRange declarationOf(const Callable &callable) {
  return callable.function ? callable.function->name.range : callable.lambda ? callable.lambda->range : SourceRange();
}

std::string calledName(const Callable &callable) {
  return callable.lambda ? "this function" : "`" + callable.name + "`";
}

// Positional arguments fill parameters in order, named ones by name; matched[i] is null where the default stands in.
bool Elaborator::matchArguments(const Callable &callable, std::vector<CallArgument> &arguments,
                                const SourceRange &where, std::vector<CallArgument *> &matched) {
  const std::vector<ast::Parameter> &parameters = parametersOf(callable);
  const std::string who = calledName(callable);
  matched.assign(parameters.size(), nullptr);
  bool ok = true;
  size_t next = 0;
  for (CallArgument &argument : arguments) {
    size_t slot = next;
    if (!argument.name.empty()) {
      std::vector<std::string> names;
      for (const ast::Parameter &parameter : parameters) names.push_back(parameter.name.text);
      slot = size_t(std::find(names.begin(), names.end(), argument.name) - names.begin());
      if (slot == names.size()) {
        Diagnostic &d = error("E0402", argument.place(), who + " has no parameter `" + argument.name + "`")
                            .note(declarationOf(callable), "declared here")
                            .meant(nearestName(argument.name, names), argument.place());
        hintForLastAxis(d, callable.function, arguments, size_t(&argument - arguments.data()));
        ok = false;
        continue;
      }
    } else {
      ++next;
    }
    if (slot >= parameters.size()) {
      bool drawn = slot > 0 && !arguments[0].expr && parameters[0].name.text == "key"; // `~ he_normal(3)`
      Diagnostic &d =
          error("E0401", argument.place(),
                who + " takes " + counted(parameters.size() - drawn, "argument") +
                    (drawn ? " beside the key, which is given by itself" : ", this is number " + std::to_string(slot + 1)))
              .note(declarationOf(callable), "declared here");
      hintForLastAxis(d, callable.function, arguments, size_t(&argument - arguments.data()));
      return false;
    }
    if (matched[slot]) {
      error("E0402", argument.place(), "the parameter `" + parameters[slot].name.text + "` gets two values")
          .note(matched[slot]->place(), "the first");
      ok = false;
      continue;
    }
    matched[slot] = &argument;
  }
  std::string missing;
  for (size_t i = 0; i < parameters.size(); ++i)
    if (!matched[i] && !parameters[i].defaultValue)
      missing += (missing.empty() ? "`" : ", `") + parameters[i].name.text + "`";
  if (!missing.empty() && ok)
    error("E0403", where, who + " needs " + missing).note(declarationOf(callable), "declared here");
  return ok && missing.empty();
}

// Tensors bind the names of the types, polynomials are solved, literals follow; `scope` gets the names.
bool Elaborator::unifyArguments(const Callable &callable, const std::vector<CallArgument *> &matched,
                                const SourceRange &where, std::vector<Datum> &values, size_t &failed) {
  const std::vector<ast::Parameter> &parameters = parametersOf(callable);
  std::vector<TypeContext::Deferred> deferred;
  std::vector<TypeContext> contexts;
  for (size_t i = 0; i < parameters.size(); ++i) {
    contexts.push_back({"E0404", "the argument `" + parameters[i].name.text + "` of " + calledName(callable),
                        matched[i] ? matched[i]->range : where, parameters[i].range, true, &deferred});
    if (matched[i]) contexts.back().expr = matched[i]->expr;
  }
  for (Phase phase : {Phase::Tensors, Phase::Literals}) {
    for (failed = 0; failed < parameters.size(); ++failed)
      if (const ast::TypePtr &type = parameters[failed].type;
          !values[failed] || (type && !unify(*type, values[failed], phase, contexts[failed])))
        return false;
    if (!solveDeferred(deferred)) return false;
  }
  return true;
}

// The argument `failed` does not fit. Would it if it changed places with another, or were transposed?
void Elaborator::tryOthers(const Callable &callable, std::vector<CallArgument *> matched, const SourceRange &where,
                           const std::vector<Datum> &values, size_t failed, size_t firstDiagnostic) {
  bool told = !silent && sink.all().size() > firstDiagnostic && failed < matched.size() && matched[failed];
  if (!told || matched.size() > 8 || !matched[failed]->expr) return;
  During quiet(silent, true);
  auto fits = [&](std::vector<Datum> tried) {
    During scoped(scope, scopeOf(callable));
    size_t ignored = 0;
    return unifyArguments(callable, matched, where, tried, ignored);
  };
  auto text = [](const SourceRange &range) { return range.file->text.substr(range.begin, range.end - range.begin); };
  for (size_t i = 0; i < matched.size(); ++i) {
    bool exchangeable = i != failed && matched[i] && matched[i]->expr && matched[i]->name.empty();
    if (!exchangeable || !matched[failed]->name.empty()) continue;
    std::vector<Datum> exchanged = values;
    std::swap(exchanged[i], exchanged[failed]);
    if (!fits(std::move(exchanged))) continue;
    const SourceRange &one = matched[std::min(i, failed)]->range, &other = matched[std::max(i, failed)]->range;
    sink.amendFrom(firstDiagnostic, [&](Diagnostic &d) {
      d.fixes.clear();
      d.help("the arguments fit the other way round: `" + text(other) + "` before `" + text(one) + "`")
          .fix(one, text(other))
          .fix(other, text(one));
    });
    return;
  }
  const Datum &value = values[failed];
  if (!value.is(Datum::Kind::Tensor) || value.type().rank() != 2 || value.tensor.owner != builder) return;
  std::vector<Datum> turned = values;
  turned[failed] = Datum::of(builder->transpose(value.tensor, {1, 0}));
  if (!fits(std::move(turned))) return;
  Operand operand = operandOf(matched[failed]->expr, value);
  Remedy remedy = wrapped(operand, "", ".T", "transpose it: ");
  sink.amendFrom(firstDiagnostic, [&](Diagnostic &d) {
    d.help(remedy.help);
    d.fixes = remedy.fixes;
  });
}

// The arguments in the order of the parameters, of the declared types; `inner` gets the names the types bind.
bool Elaborator::coerceDeclared(const Callable &callable, std::vector<CallArgument> arguments, const SourceRange &where,
                                std::vector<Datum> &values, std::shared_ptr<Scope> inner) {
  std::vector<CallArgument *> matched;
  if (!matchArguments(callable, arguments, where, matched)) return false;
  const std::vector<ast::Parameter> &parameters = parametersOf(callable);
  During scoped(scope, inner);
  for (size_t i = 0; i < parameters.size(); ++i)
    values.push_back(matched[i] ? matched[i]->value : evaluate(*parameters[i].defaultValue));
  size_t before = sink.all().size(), failed = 0;
  if (unifyArguments(callable, matched, where, values, failed)) return true;
  for (size_t i = 0; i < values.size(); ++i) // as they were given
    if (matched[i]) values[i] = matched[i]->value;
  tryOthers(callable, matched, where, values, failed, before);
  if (callable.function && isLibrary(*callable.function) && !silent)
    sink.amendFrom(before, [&](Diagnostic &d) { hintForLabels(d, callable.name, values, where); });
  return false;
}

std::vector<std::string> Elaborator::parameterNames(const Callable &callable) {
  if (callable.inner) {
    std::vector<std::string> names = parameterNames(*callable.inner);
    std::string direction = directionName(callable);
    if (!direction.empty()) names.push_back(direction);
    return names;
  }
  std::vector<std::string> names;
  for (const ast::Parameter &parameter : parametersOf(callable)) names.push_back(parameter.name.text);
  return names;
}

} // namespace fluxion::check
