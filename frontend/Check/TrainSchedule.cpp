// The rate of a training: a number, or a schedule, which is a function of the step.
#include "frontend/Check/Train.h"
#include "frontend/Graph/Primitive.h"

namespace fluxion::check {

// A number, or a schedule of the step: a function with a parameter `t`, and perhaps `total`, which are supplied.
Value Elaborator::scheduledRate(Training &training, Value t, Value total) {
  if (!t) return {};
  During scoped(scope, std::make_shared<Scope>());
  const ast::Expr &expr = *training.rate;
  auto *call = as<ast::Call>(expr);
  std::string name = call ? globalName(*call->callee) : "";
  auto *decl = call ? as<ast::FunctionDecl>(findGlobal(*call->callee)) : nullptr;
  if (call && (!decl || decl->broken || !decl->hasParameters) && !findBuiltin(name)) {
    if ((!decl || !decl->broken) && !complainOfModules(name, call->callee->range))
      error("E0504", call->callee->range, "no schedule of this name is declared")
          .meant(nearestInSight(name), call->callee->range);
    return {};
  }
  if (decl) return schedule(*call, *decl, t, total);
  Datum rate = evaluate(expr);
  if (!rate) return {};
  auto number = rate.is(Datum::Kind::Weak) ? rate.weak->evaluate() : std::nullopt;
  if (!number || !(number->hi > 0)) {
    error("E0506", expr.range, "the rate is " + rate.describe() + ", and must be a positive number or a schedule");
    return {};
  }
  at(expr.range, {});
  return literalLike(rate, {t.type().element, {}}).tensor;
}

Value Elaborator::schedule(const ast::Call &call, const ast::FunctionDecl &decl, Value t, Value total) {
  std::vector<CallArgument> arguments;
  if (!evaluateArguments(call, arguments)) return {};
  std::vector<std::string> open; // parameters that positional arguments fill
  bool takesStep = false;
  for (const ast::Parameter &parameter : decl.parameters) {
    const std::string &name = parameter.name.text;
    bool supplied = name == "t" || name == "total";
    takesStep |= name == "t";
    if (!supplied) open.push_back(name);
  }
  if (!takesStep) {
    error("E0504", call.callee->range, "`" + decl.name.text + "` is no schedule: it has no parameter `t`");
    return {};
  }
  size_t next = 0;
  for (CallArgument &argument : arguments) {
    if (!argument.name.empty()) continue;
    if (next == open.size()) {
      error("E0401", argument.range,
            "the schedule `" + decl.name.text + "` takes " + std::to_string(open.size()) + " arguments");
      return {};
    }
    argument.name = open[next++];
  }
  for (const ast::Parameter &parameter : decl.parameters) {
    if (parameter.name.text == "t") arguments.push_back({"t", Datum::of(t), call.range, nullptr});
    if (parameter.name.text == "total") arguments.push_back({"total", Datum::of(total), call.range, nullptr});
  }
  Callable callable(Callable::Kind::Declared, decl.name.text);
  callable.function = &decl;
  Datum rate = apply(callable, std::move(arguments), call.range);
  if (!rate) return {};
  if (rate.is(Datum::Kind::Tensor) && rate.type() == t.type()) return rate.tensor;
  error("E0504", call.range, "the schedule gives " + rate.describe() + ", not " + t.type().print());
  return {};
}

} // namespace fluxion::check
