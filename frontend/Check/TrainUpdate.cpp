// Update rules in the step of a training: a rule for one leaf is inlined for each, in the leaf's own type; one for the
// whole model once. What a rule wraps it calls as a function of p and g, whose state is kept for it.
#include "frontend/Check/Train.h"
#include "frontend/Graph/Primitive.h"

namespace fluxion::check {

// `model` with its trained leaves replaced by gradients; what is not trained has none: zero.
Datum Elaborator::likeModel(const Datum &model, const std::vector<Value> &gradients) {
  Datum made = model;
  size_t next = 0;
  forEachLeaf(made, "", [&](const std::string &, Datum &leaf) {
    bool trained = isFloat(leaf.tensor.type().element);
    leaf.tensor = trained ? gradients[next++] : builder->constant(Weak::rational(0), TensorType(leaf.tensor.type()));
  });
  return made;
}

// gradient(q), value_and_gradient(q): of the loss on the present batch, at other parameters.
Datum Elaborator::gradientAt(Training &training, Datum point, bool withValue, const SourceRange &where) {
  if (training.plan.accumulate > 1) {
    error("E0510", where, "with `accumulate` the gradient elsewhere is not known: the earlier batches of the update are gone")
        .note(training.decl.accumulate->range, "an update is of " + std::to_string(training.plan.accumulate) + " batches")
        .help("leave out `accumulate` and make the batch larger");
    return {};
  }
  std::vector<Value> arguments = training.step.arguments;
  size_t next = 0;
  bool fits = true;
  forEachLeaf(point, "", [&](const std::string &, Datum &leaf) {
    fits = fits && next < size_t(training.plan.parameterLeaves) && leaf.tensor.type() == arguments[next].type();
    if (fits) arguments[next] = leaf.tensor;
    ++next;
  });
  if (!fits || next != size_t(training.plan.parameterLeaves)) {
    error("E0508", where, "the gradient is taken at parameters as those of the model, not at " + point.describe());
    return {};
  }
  for (size_t i = 0; i < arguments.size(); ++i) arguments[i] = adopt(arguments[i], "argument." + std::to_string(i));
  at(where, {});
  Value one = builder->constant(Weak::rational(1), {training.step.element, {}});
  std::vector<Value> outputs = builder->vjp(training.step.loss, training.step.wrt, arguments, {one});
  if (outputs.empty()) return {};
  Datum gradient = likeModel(point, {outputs.begin() + 1, outputs.end()});
  return withValue ? Datum::tuple({Datum::of(outputs[0]), std::move(gradient)}) : gradient;
}

static Datum nativeFunction(const std::string &name,
                            std::function<Datum(std::vector<CallArgument>, const SourceRange &)> body) {
  auto made = std::make_shared<Callable>(Callable(Callable::Kind::Native, name));
  made->native = std::move(body);
  return Datum::of(std::shared_ptr<const Callable>(std::move(made)));
}

// What a rule sees beside p, g and its state: the rate and the step in the type of p, the key, the wrapped rules, and
// for a whole model its gradient elsewhere.
bool Elaborator::bindStep(Training &training, Rule &rule, Scope &inner, const Datum &p, size_t leaf) {
  const TrainStep &step = training.step;
  ElementType element = leaf == wholeTree ? step.element : p.type().element;
  bindUsed(inner, "rate", Datum::of(builder->convert(step.rate, element)));
  bindUsed(inner, "t", Datum::of(builder->convert(step.t, element)));
  bindUsed(inner, "total", Datum::of(builder->convert(step.total, element)));
  if (step.number) bindUsed(inner, "batch_number", Datum::of(step.number));
  if (step.key && mentions(*rule.decl->update, "key")) {
    Value key = foldKey(step.key, hashOf(rule.path + (leaf == wholeTree ? "" : training.leafPaths[leaf])));
    bindUsed(inner, "key", Datum::of(key));
  }
  for (auto &[setting, wrapped] : rule.wrapped)
    bindUsed(inner, setting, nativeFunction(setting, [&, leaf, target = wrapped.get()](auto arguments, auto &where) {
               bool two = arguments.size() == 2 && arguments[0].name.empty() && arguments[1].name.empty();
               if (two && builder == training.step.builder)
                 return applyRule(training, *target, arguments[0].value, arguments[1].value, leaf, where);
               error("E0509", where,
                     two ? "a wrapped rule is applied once in a step, not within a loop or a derivative"
                         : "a wrapped rule takes two arguments: parameters and their gradient");
               return Datum();
             }));
  for (bool withValue : {false, true}) {
    std::string name = withValue ? "value_and_gradient" : "gradient";
    if (rule.decl->tree)
      bindUsed(inner, name, nativeFunction(name, [&, withValue, name](auto arguments, auto &where) {
                 if (arguments.size() == 1 && arguments[0].name.empty())
                   return gradientAt(training, arguments[0].value, withValue, where);
                 error("E0401", where, "`" + name + "` takes one argument: the parameters");
                 return Datum();
               }));
  }
  return true;
}

// A rule for one leaf on all leaves.
Datum Elaborator::mapRule(Training &training, Rule &rule, Datum p, Datum g, const SourceRange &where) {
  std::vector<Datum *> leaves = trainedLeaves(p), gradients = trainedLeaves(g);
  bool fits = leaves.size() == training.leafPaths.size() && gradients.size() == leaves.size();
  for (size_t i = 0; fits && i < leaves.size(); ++i) fits = leaves[i]->type() == gradients[i]->type();
  if (!fits) {
    error("E0508", where,
          "a rule takes parameters and a gradient as those of the model, not " + p.describe() + " and " + g.describe());
    return {};
  }
  for (size_t i = 0; i < leaves.size(); ++i) {
    *leaves[i] = applyRule(training, rule, *leaves[i], *gradients[i], i, where);
    if (!*leaves[i]) return {};
  }
  return p;
}

Datum Elaborator::applyRule(Training &training, Rule &rule, Datum p, Datum g, size_t leaf, const SourceRange &where) {
  if (!p || !g) return {};
  if (!rule.decl->tree && leaf == wholeTree) return mapRule(training, rule, std::move(p), std::move(g), where);
  if (rule.decl->tree && leaf != wholeTree) {
    error("E0509", rule.where,
          "`" + rule.decl->name.text + "` is a rule for the whole model: one for a leaf cannot wrap it");
    return {};
  }
  if (!rule.applied.insert(leaf).second) {
    error("E0509", where, "`" + rule.decl->name.text + "` is applied twice in one step, and has one state");
    return {};
  }
  auto inner = ruleScope(rule);
  at(rule.where, {});
  bindUsed(*inner, "p", p);
  bindUsed(*inner, "g", std::move(g));
  for (size_t k = 0; k < rule.slots.size(); ++k)
    bindUsed(*inner, rule.decl->state[k].name.text,
             leaf == wholeTree ? rule.slots[k].now : rule.slots[k].now.parts[leaf]);
  if (!bindStep(training, rule, *inner, p, leaf)) return {};
  During scoped(scope, inner);
  During inlined(caller,
                 std::shared_ptr<const Location>(std::make_shared<Location>(Location{rule.where, caller})));
  Datum result = evaluate(*rule.decl->update), updated;
  return result && takeResults(rule, result, p, leaf, updated) ? updated : Datum();
}

// Whether `value` is as `like`, number literals becoming tensors.
bool Elaborator::fitPart(Rule &rule, Datum &value, const Datum &like, const std::string &what) {
  at(rule.decl->update->range, {});
  if (like.is(Datum::Kind::Tensor) && value.is(Datum::Kind::Weak)) value = literalLike(value, like.tensor.type());
  bool ok = value.is(like.kind) && value.parts.size() == like.parts.size() && value.decl == like.decl;
  if (like.is(Datum::Kind::Tensor)) ok = ok && value.type() == like.tensor.type();
  if (!ok && value)
    error("E0505", rule.decl->update->range,
          "the rule `" + rule.decl->name.text + "` makes " + value.describe() + " of " + what + ", which is " +
              like.describe());
  for (size_t i = 0; ok && i < value.parts.size(); ++i) ok = fitPart(rule, value.parts[i], like.parts[i], what);
  return ok;
}

// The new p, and the new state, which waits in the rule.
bool Elaborator::takeResults(Rule &rule, const Datum &result, const Datum &p, size_t leaf, Datum &updated) {
  const size_t slots = rule.slots.size();
  bool alone = slots == 0 && !(result.is(Datum::Kind::Tuple) && !p.is(Datum::Kind::Tuple));
  std::vector<Datum> parts = result.is(Datum::Kind::Tuple) && !alone ? result.parts : std::vector<Datum>{result};
  if (parts.size() != 1 + slots) {
    std::string names = "p";
    for (const auto &slot : rule.decl->state) names += ", " + slot.name.text;
    auto *block = as<ast::Block>(rule.decl->update);
    Diagnostic &d = error("E0505", block ? block->result->range : rule.decl->update->range,
                          "the rule `" + rule.decl->name.text + "` gives " + std::to_string(parts.size()) +
                              (parts.size() == 1 ? " value" : " values") + ", and must give " +
                              std::to_string(slots + 1) + ": the new " + names);
    for (const auto &slot : rule.decl->state) d.note(slot.name.range, "a slot of its state");
    d.help(slots == 0 ? "" : "end with `(" + names + ")`, each as it is after the step");
    return false;
  }
  if (!fitPart(rule, parts[0], p, "the parameter")) return false;
  for (size_t k = 0; k < slots; ++k) {
    Rule::Slot &slot = rule.slots[k];
    const Datum &now = leaf == wholeTree ? slot.now : slot.now.parts[leaf];
    if (!fitPart(rule, parts[k + 1], now, "`" + rule.decl->state[k].name.text + "`")) return false;
    if (!slot.next) slot.next = slot.now;
    (leaf == wholeTree ? slot.next : slot.next.parts[leaf]) = parts[k + 1];
  }
  updated = std::move(parts[0]);
  return true;
}

} // namespace fluxion::check
