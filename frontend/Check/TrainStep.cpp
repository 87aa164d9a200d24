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
  forEachSlot(training.rule, [&](Rule &rule, size_t k) {
    Rule::Slot &slot = rule.slots[k];
    std::vector<Value> leaves;
    for (size_t i = 0; i < slot.paths.size(); ++i) leaves.push_back(made.parameter(slot.paths[i], slot.types[i]));
    size_t next = 0;
    slot.now = rebuild(slot.like, leaves, next, false);
    slot.next = Datum();
  });
  Value t = made.parameter("t", i64());
  Value key = training.keyed ? made.parameter("key", i64()) : Value();
  if (!createColumns(training, values)) return false;
  at(decl.name.range, {});
  Value total = made.parameter("total_steps", i64());
  return takeStep(training, values, t, key, total) && made.finish().has_value();
}

// The loss as a function of the models, then the columns.
std::optional<Elaborator::Instance> Elaborator::lossOf(Training &training, const std::vector<Datum> &values) {
  const ast::TrainDecl &decl = training.decl;
  std::vector<std::string> names;
  const std::vector<ast::Parameter> &columns = decl.data->columns;
  for (const auto *parameters : {&decl.models, &columns})
    for (const ast::Parameter &parameter : *parameters) names.push_back(parameter.name.text);
  return makeInstance(training.plan.name + ".loss", names, values, decl.loss->range,
                      [&](std::vector<Datum> inner) { return scalarOf(training, inner, *decl.loss, "the loss"); });
}

bool Elaborator::takeStep(Training &training, std::vector<Datum> &values, Value t, Value key, Value total) {
  const ast::TrainDecl &decl = training.decl;
  TrainStep &step = training.step;
  at(decl.name.range, {});
  Value t1 = builder->apply(Primitive::add_, {t, builder->constant(Weak::rational(1), i64())});
  Value stepKey = training.keyed ? builder->foldIn(key, t1) : Value();
  if (training.keyed) training.lossKey = foldKey(stepKey, hashOf("loss"));
  auto loss = lossOf(training, values);
  if (!loss) return false;
  step.builder = builder;
  step.loss = loss->index;
  step.key = training.keyed ? foldKey(stepKey, hashOf("rule")) : Value();
  for (size_t i = 0; i < values.size(); ++i)
    forEachLeaf(values[i], "", [&](const std::string &, Datum &leaf) {
      bool trained = i < decl.models.size() && isFloat(leaf.tensor.type().element);
      if (trained) step.wrt.push_back(int64_t(step.arguments.size()));
      step.arguments.push_back(leaf.tensor);
    });
  for (Value captured : loss->captured) step.arguments.push_back(captured);
  step.element = module.functions[loss->index].typeOf(module.functions[loss->index].results[0].value).element;
  at(decl.loss->range, {});
  std::vector<Value> outputs = builder->vjp(loss->index, step.wrt, step.arguments,
                                            {builder->constant(Weak::rational(1), {step.element, {}})});
  if (outputs.empty()) return false;
  std::vector<Value> gradients(outputs.begin() + 1, outputs.end());
  Value norm = globalNorm(gradients, step.element);
  for (const ast::ClipClause &clause : decl.clips)
    if (!clip(gradients, clause, step.element)) return false;

  at(decl.optimizer->range, {});
  step.rate = scheduledRate(training, builder->convert(t1, step.element), builder->convert(total, step.element));
  step.t = t1, step.total = total;
  if (!step.rate) return false;
  Datum p = wholeModel(training, values), updated = applyRule(training, training.rule, p, likeModel(p, gradients),
                                                              wholeTree, decl.optimizer->range);
  if (!updated) return false;
  returnState(training, updated);
  builder->result(t1, "t");
  if (training.keyed) {
    builder->donate(int(training.plan.stateLeaves) - 1);
    builder->result(key, "key");
  }
  builder->result(outputs[0], "loss");
  builder->result(norm, "grad_norm");
  builder->result(step.rate, "rate");
  return true;
}

// The new state in the memory of the old: parameters, then slots; the step counter is the next to be donated.
void Elaborator::returnState(Training &training, Datum updated) {
  int position = 0;
  auto give = [&](const std::string &, Datum &leaf) {
    builder->donate(position);
    builder->result(leaf.tensor, builder->function().parameters[size_t(position)].path);
    ++position;
  };
  forEachLeaf(updated, "", give);
  forEachSlot(training.rule, [&](Rule &rule, size_t k) {
    Rule::Slot &slot = rule.slots[k];
    forEachLeaf(slot.next ? slot.next : slot.now, "", give);
  });
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

} // namespace fluxion::check
