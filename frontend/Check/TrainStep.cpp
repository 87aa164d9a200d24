// The function `<name>.step`: (state…, batch…, total_steps) -> (state…, loss, grad_norm, rate). The loss becomes an
// instance whose vjp gives the gradient; clipping and the optimizer's rule are inlined for each leaf, in the leaf's own
// type.
#include "frontend/Check/Train.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>

namespace fluxion::check {

bool Elaborator::emitStep(Training &training) {
  const ast::TrainDecl &decl = training.decl;
  GraphBuilder made(module, training.plan.stepFunction, sink);
  made.function().where = {decl.name.range, nullptr};
  Building building(*this, made);
  During scoped(scope, std::make_shared<Scope>());
  std::vector<Datum> values;
  if (!createModels(training, values)) return false;
  at(decl.name.range, {});
  std::vector<std::vector<Value>> slots(training.leafPaths.size());
  for (size_t k = 0; k < training.optimizer->state.size(); ++k)
    for (size_t i = 0; i < slots.size(); ++i)
      slots[i].push_back(made.parameter(training.optimizer->state[k].name.text + "." + training.leafPaths[i],
                                        training.slotTypes[i][k]));
  Value t = made.parameter("t", i64());
  if (!createColumns(training, values)) return false;
  at(decl.name.range, {});
  Value total = made.parameter("total_steps", i64());
  return takeStep(training, values, slots, t, total) && made.finish().has_value();
}

bool Elaborator::takeStep(Training &training, std::vector<Datum> &values, const std::vector<std::vector<Value>> &slots,
                          Value t, Value total) {
  const ast::TrainDecl &decl = training.decl;
  std::vector<std::string> names;
  const std::vector<ast::Parameter> &columns = decl.data->columns;
  for (const auto *parameters : {&decl.models, &columns})
    for (const ast::Parameter &parameter : *parameters) names.push_back(parameter.name.text);
  auto loss = makeInstance(training.plan.name + ".loss", names, values, decl.loss->range,
                           [&](std::vector<Datum> inner) { return scalarOf(training, inner, *decl.loss, "the loss"); });
  if (!loss) return false;
  std::vector<Value> arguments, parameters, gradients;
  std::vector<int64_t> wrt;
  for (size_t i = 0; i < values.size(); ++i)
    forEachLeaf(values[i], "", [&](const std::string &, Datum &leaf) {
      bool model = i < decl.models.size();
      if (model && isFloat(leaf.tensor.type().element)) wrt.push_back(int64_t(arguments.size()));
      if (model) parameters.push_back(leaf.tensor);
      arguments.push_back(leaf.tensor);
    });
  ElementType element = module.functions[loss->index].typeOf(module.functions[loss->index].results[0].value).element;
  at(decl.loss->range, {});
  std::vector<Value> outputs =
      builder->vjp(loss->index, wrt, arguments, {builder->constant(Weak::rational(1), {element, {}})});
  if (outputs.empty()) return false;
  gradients.assign(outputs.begin() + 1, outputs.end());
  Value norm = globalNorm(gradients, element);
  for (const ast::ClipClause &clause : decl.clips)
    if (!clip(gradients, clause, element)) return false;

  at(decl.optimizer->range, {});
  Value t1 = builder->apply(Primitive::add_, {t, builder->constant(Weak::rational(1), i64())});
  Value rate = scheduledRate(training, builder->convert(t1, element), builder->convert(total, element));
  if (!rate) return false;
  std::vector<std::vector<Value>> updated(gradients.size());
  for (size_t i = 0; i < gradients.size(); ++i) {
    Value p = arguments[size_t(wrt[i])];
    at(decl.optimizer->range, {});
    Value leafRate = builder->convert(rate, p.type().element), leafTime = builder->convert(t1, p.type().element);
    if (!updateLeaf(training, p, gradients[i], leafRate, leafTime, slots[i], updated[i])) return false;
  }
  returnState(training, parameters, updated);
  builder->result(t1, "t");
  builder->result(outputs[0], "loss");
  builder->result(norm, "grad_norm");
  builder->result(rate, "rate");
  return true;
}

// The new state in the memory of the old: parameters, then slots; the step counter is the next to be donated.
void Elaborator::returnState(Training &training, const std::vector<Value> &parameters,
                             const std::vector<std::vector<Value>> &updated) {
  int position = 0;
  size_t next = 0;
  for (Value p : parameters) {
    bool trained = isFloat(p.type().element);
    builder->donate(position);
    builder->result(trained ? updated[next++][0] : p, builder->function().parameters[size_t(position)].path);
    ++position;
  }
  for (size_t k = 0; k < training.optimizer->state.size(); ++k)
    for (size_t i = 0; i < updated.size(); ++i, ++position) {
      builder->donate(position);
      builder->result(updated[i][k + 1], builder->function().parameters[size_t(position)].path);
    }
  builder->donate(position);
}

//===--- Gradients -----------------------------------------------------------------------------------------------===//

// √Σ‖g‖²: squares are summed in each leaf's own type, then added in that of the loss.
Value Elaborator::globalNorm(const std::vector<Value> &gradients, ElementType element) {
  Value sum;
  for (Value g : gradients) {
    Value square = builder->convert(builder->dot(g, g), element);
    sum = sum ? builder->apply(Primitive::add_, {sum, square}) : square;
  }
  return builder->apply(Primitive::sqrt_, {sum});
}

// global_norm c: every g times min(1, c/‖g‖) with the norm over all; norm c: with its own norm; value c: into [−c, c].
bool Elaborator::clip(std::vector<Value> &gradients, const ast::ClipClause &clause, ElementType element) {
  During scoped(scope, std::make_shared<Scope>());
  Datum bound = evaluate(*clause.bound);
  if (!bound) return false;
  auto number = bound.is(Datum::Kind::Weak) ? bound.weak->evaluate() : std::nullopt;
  if (!number || !(number->hi > 0))
    return error("E0506", clause.bound->range,
                 "the bound of `clip` is " + bound.describe() + ", and must be a positive number"),
           false;
  at(clause.range, {});
  const std::string &mode = clause.mode.text;
  auto constant = [&](const Weak &value, ElementType of) { return builder->constant(value, {of, {}}); };
  auto factor = [&](Value norm) {
    ElementType of = norm.type().element;
    return builder->apply(Primitive::min_, {constant(Weak::rational(1), of),
                                            builder->apply(Primitive::div_, {constant(*bound.weak, of), norm})});
  };
  if (mode != "global_norm" && mode != "norm" && mode != "value") {
    auto nearest = nearestName(mode, {"global_norm", "norm", "value"});
    error("E0506", clause.mode.range, "`clip " + mode + "` is not known")
        .help("modes are global_norm, norm and value")
        .meant(nearest, clause.mode.range);
    return false;
  }
  Value common = mode == "global_norm" ? factor(globalNorm(gradients, element)) : Value();
  for (Value &g : gradients) {
    ElementType of = g.type().element;
    if (mode == "value") {
      Value high = constant(*bound.weak, of), low = constant(Weak::unary("neg", *bound.weak), of);
      g = builder->apply(Primitive::max_, {builder->apply(Primitive::min_, {g, high}), low});
    } else {
      Value scale = mode == "norm" ? factor(builder->apply(Primitive::sqrt_, {builder->dot(g, g)}))
                                   : builder->convert(common, of);
      g = builder->apply(Primitive::mul_, {g, scale});
    }
  }
  return true;
}

//===--- Rate and rule -------------------------------------------------------------------------------------------===//

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

// updated: the new parameter, then its new slots.
bool Elaborator::updateLeaf(Training &training, Value p, Value g, Value rate, Value t, const std::vector<Value> &slots,
                            std::vector<Value> &updated) {
  const ast::OptimizerDecl &rule = *training.optimizer;
  auto inner = optimizerScope(training, p);
  auto bind = [&](const std::string &name, Value value) {
    Binding &binding = inner->names[name];
    binding.value = Datum::of(value);
    binding.used = true;
  };
  bind("g", g);
  bind("rate", rate);
  bind("t", t);
  for (size_t k = 0; k < slots.size(); ++k) bind(rule.state[k].name.text, slots[k]);
  During scoped(scope, inner);
  During inlined(caller, std::shared_ptr<const Location>(
                             std::make_shared<Location>(Location{training.decl.optimizer->range, caller})));
  Datum result = evaluate(*rule.update);
  if (!result) return false;
  std::vector<Datum> parts = result.is(Datum::Kind::Tuple) ? result.parts : std::vector<Datum>{result};
  if (parts.size() != 1 + slots.size()) {
    std::string names = "p";
    for (const auto &slot : rule.state) names += ", " + slot.name.text;
    auto *block = as<ast::Block>(rule.update);
    Diagnostic &d = error("E0505", block ? block->result->range : rule.update->range,
                          "the rule `" + rule.name.text + "` gives " + std::to_string(parts.size()) +
                              (parts.size() == 1 ? " value" : " values") + ", and must give " +
                              std::to_string(slots.size() + 1) + ": the new " + names);
    for (const auto &slot : rule.state) d.note(slot.name.range, "a slot of its state");
    d.help(slots.empty() ? "" : "end with `(" + names + ")`, each as it is after the step");
    return false;
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    const TensorType expected = i == 0 ? p.type() : slots[i - 1].type();
    at(rule.update->range, {});
    if (parts[i].is(Datum::Kind::Weak)) parts[i] = literalLike(parts[i], expected);
    if (!parts[i].is(Datum::Kind::Tensor) || parts[i].type() != expected) {
      error("E0505", rule.update->range, "the rule `" + rule.name.text + "` makes " + parts[i].describe() + " of " +
            (i == 0 ? "the parameter" : "`" + rule.state[i - 1].name.text + "`") + ", which is " + expected.print());
      return false;
    }
    updated.push_back(parts[i].tensor);
  }
  return true;
}

} // namespace fluxion::check
