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
  makeKept(training.averages);
  makeKept(training.accumulated);
  Value t = made.parameter("t", i64());
  Value key = training.keyed ? made.parameter("key", i64()) : Value();
  if (!createColumns(training, values)) return false;
  at(decl.name.range, {});
  Value total = made.parameter("total_steps", i64());
  Value number = training.numbered ? made.parameter("batch_number", i64()) : Value();
  return takeStep(training, values, t, key, total, number) && made.finish().has_value();
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

// The gradient of the loss on this batch, one value for each trained leaf, behind the loss itself. t: the updates before
// this one.
std::vector<Value> Elaborator::lossGradient(Training &training, std::vector<Datum> &values, Value t, Value key) {
  const ast::TrainDecl &decl = training.decl;
  TrainStep &step = training.step = {};
  at(decl.name.range, {});
  step.t = builder->apply(Primitive::add_, {t, builder->constant(Weak::rational(1), i64())});
  Value stepKey = training.keyed ? builder->foldIn(key, step.t) : Value();
  if (training.keyed) training.lossKey = foldKey(stepKey, hashOf("loss"));
  // each batch of an update draws for itself
  if (training.keyed && training.plan.accumulate > 1)
    training.lossKey = builder->foldIn(training.lossKey, training.accumulated.now.back());
  auto loss = lossOf(training, values);
  if (!loss) return {};
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
  return builder->vjp(loss->index, step.wrt, step.arguments, {builder->constant(Weak::rational(1), {step.element, {}})});
}

bool Elaborator::takeStep(Training &training, std::vector<Datum> &values, Value t, Value key, Value total,
                          Value number) {
  const ast::TrainDecl &decl = training.decl;
  TrainStep &step = training.step;
  std::vector<Value> outputs = lossGradient(training, values, t, key);
  if (outputs.empty()) return false;
  if (training.plan.accumulate > 1) outputs = meanOfUpdate(training, outputs);
  std::vector<Value> gradients(outputs.begin() + 1, outputs.end());
  Value norm = builder->convert(globalNorm(gradients), step.element);
  for (const ast::ClipClause &clause : decl.clips)
    if (!clip(gradients, clause)) return false;

  at(decl.optimizer->range, {});
  step.total = total, step.number = number;
  step.rate = scheduledRate(training, builder->convert(step.t, step.element), builder->convert(total, step.element));
  if (!step.rate) return false;
  Datum p = wholeModel(training, values), updated = applyRule(training, training.rule, p, likeModel(p, gradients),
                                                              wholeTree, decl.optimizer->range);
  if (!updated) return false;
  returnState(training, updated);
  builder->result(step.t, "t");
  if (training.keyed) {
    builder->donate(int(training.plan.stateLeaves) - 1);
    builder->result(key, "key");
  }
  builder->result(outputs[0], "loss");
  builder->result(norm, "grad_norm");
  builder->result(step.rate, "rate");
  return true;
}

// The new state in the memory of the old: parameters, slots, averages, nothing accumulated; the step counter is the next
// to be donated.
void Elaborator::returnState(Training &training, Datum updated) {
  int position = 0;
  auto give = [&](Value value) {
    builder->donate(position);
    builder->result(value, builder->function().parameters[size_t(position)].path);
    ++position;
  };
  auto giveLeaf = [&](const std::string &, Datum &leaf) { give(leaf.tensor); };
  forEachLeaf(updated, "", giveLeaf);
  forEachSlot(training.rule, [&](Rule &rule, size_t k) {
    Rule::Slot &slot = rule.slots[k];
    forEachLeaf(slot.next ? slot.next : slot.now, "", giveLeaf);
  });
  at(training.decl.name.range, {});
  if (training.ema) {
    std::vector<Value> averages = averaged(training, updated);
    for (Value average : averages) give(average);
  }
  for (const TensorType &type : training.accumulated.types) give(builder->constant(Weak::rational(0), type));
  builder->donate(position);
}

} // namespace fluxion::check
