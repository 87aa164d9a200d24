// The optimizer of a `train` declaration: a rule, its settings, the rules it wraps, and the first state of all of them.
#include "frontend/Check/Habits.h"
#include "frontend/Check/Train.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>

namespace fluxion::check {

//===--- Reading -------------------------------------------------------------------------------------------------===//

bool Elaborator::readOptimizer(Training &training) {
  const ast::Expr &expr = *training.decl.optimizer;
  During scoped(scope, std::make_shared<Scope>());
  if (!readRule(training, expr, training.rule, 0)) return false;
  if (!training.rate)
    error("E0403", expr.range, "`" + training.rule.decl->name.text + "` needs a rate")
        .help("for example `" + training.rule.decl->name.text + "(lr = 1e-3)`");
  return training.rate;
}

const ast::OptimizerDecl *Elaborator::optimizerNamed(const ast::Expr &expr) const {
  auto *call = as<ast::Call>(expr);
  return as<ast::OptimizerDecl>(findGlobal(call ? *call->callee : expr));
}

// `adamw(lr = …, weight_decay = 1e-2)`, `lookahead(adam(lr = 1e-3), k = 5)`: lr apart, settings are numbers, or rules
// where the default is one.
bool Elaborator::readRule(Training &training, const ast::Expr &expr, Rule &rule, unsigned nesting) {
  auto *call = as<ast::Call>(expr);
  const ast::Expr &callee = call ? *call->callee : expr;
  rule.decl = optimizerNamed(expr);
  rule.where = expr.range;
  if (rule.decl) optimizersUsed.insert(rule.decl);
  if (!rule.decl || rule.decl->broken || !rule.decl->update) {
    std::vector<std::string> known = visibleNames(ast::DeclKind::Optimizer);
    std::sort(known.begin(), known.end());
    const std::string name = globalName(callee);
    auto nearest = nearestName(name, known);
    if (!rule.decl && !complainOfModules(name, callee.range))
      error("E0504", callee.range, "no optimizer of this name is declared").meant(nearest, callee.range);
    return false;
  }
  if (nesting > 16) {
    error("E0509", expr.range, "`" + rule.decl->name.text + "` wraps itself");
    return false;
  }
  bool ok = true;
  std::set<std::string> given;
  for (size_t i = 0; call && i < call->arguments.size(); ++i) {
    const ast::Argument &argument = call->arguments[i];
    std::string setting = argument.name.text;
    bool wrapping = optimizerNamed(*argument.value) != nullptr;
    bool first = wrapping && !rule.decl->settings.empty();
    if (setting.empty() && i == 0) setting = first ? rule.decl->settings[0].name.text : "lr";
    if (setting == "lr" && !training.rate) training.rate = argument.value.get();
    else if (!readSettingOf(training, rule, setting, argument, nesting)) ok = false;
    given.insert(setting);
  }
  for (const ast::Parameter &parameter : rule.decl->settings) {
    if (given.count(parameter.name.text)) continue;
    if (!parameter.defaultValue) {
      error("E0403", expr.range, "`" + rule.decl->name.text + "` needs the setting `" + parameter.name.text + "`");
      ok = false;
    } else if (optimizerNamed(*parameter.defaultValue)) {
      ok &= wrapRule(training, rule, parameter.name.text, *parameter.defaultValue, nesting);
    } else {
      Datum value = evaluate(*parameter.defaultValue);
      bool known = value.is(Datum::Kind::Weak) || value.is(Datum::Kind::Bool);
      if (value && !known)
        error("E0506", parameter.defaultValue->range, "a setting is a number or a bool known here, not " + value.describe());
      ok &= known;
      rule.settings[parameter.name.text] = std::move(value);
    }
  }
  return ok;
}

bool Elaborator::wrapRule(Training &training, Rule &rule, const std::string &setting, const ast::Expr &expr,
                          unsigned nesting) {
  auto inner = std::make_unique<Rule>();
  inner->path = rule.path + setting + ".";
  bool ok = readRule(training, expr, *inner, nesting + 1);
  rule.wrapped.emplace_back(setting, std::move(inner));
  return ok;
}

bool Elaborator::readSettingOf(Training &training, Rule &rule, const std::string &setting,
                               const ast::Argument &argument, unsigned nesting) {
  const std::string &name = rule.decl->name.text;
  std::vector<std::string> known = {"lr"};
  const ast::Parameter *declared = nullptr;
  for (const ast::Parameter &parameter : rule.decl->settings) {
    known.push_back(parameter.name.text);
    if (parameter.name.text == setting) declared = &parameter;
  }
  const SourceRange &place = argument.name ? argument.name.range : argument.value->range;
  if (setting == "lr") {
    error("E0402", place, "the rate is given twice").note(training.rate->range, "the first");
    return false;
  }
  if (!declared) {
    Diagnostic &d =
        error(setting.empty() ? "E0401" : "E0402", place, "`" + name + "` has no setting `" + setting + "`")
            .note(rule.decl->name.range, "declared here")
            .meant(nearestName(setting, known), place);
    hintForSetting(d, name, setting, place, training.rate || !argument.name);
    return false;
  }
  bool takesRule = declared->defaultValue && optimizerNamed(*declared->defaultValue);
  bool isRule = optimizerNamed(*argument.value) != nullptr;
  if (takesRule || (isRule && !declared->defaultValue))
    return wrapRule(training, rule, setting, *argument.value, nesting);
  if (isRule) {
    error("E0506", argument.value->range,
          "the setting `" + setting + "` of `" + name + "` is a number, not an optimizer");
    return false;
  }
  Datum value = evaluate(*argument.value);
  if (setting == "batches" && value.is(Datum::Kind::Weak)) {
    training.plan.toldBatches = value.weak->asInteger().value_or(-1);
    training.plan.toldWhere = argument.value->range;
  }
  Datum usual = declared->defaultValue ? evaluate(*declared->defaultValue) : value;
  bool isSwitch = usual.is(Datum::Kind::Bool);
  bool fits = (value.is(Datum::Kind::Weak) || value.is(Datum::Kind::Bool)) && (!usual || usual.is(value.kind));
  if (value && !fits)
    error("E0506", argument.value->range,
          std::string(isSwitch ? "the setting `" + setting + "` is true or false" : "a setting is a number known here") +
              ", not " + value.describe())
        .note(declared->range, "declared here")
        .help(value.is(Datum::Kind::Bool) ? std::string("write ") + (value.flag ? "1" : "0") : "");
  rule.settings[setting] = std::move(value);
  return fits;
}

bool Elaborator::reads(const Rule &rule, const std::string &name) const {
  bool found = mentions(*rule.decl->update, name);
  for (const auto &[setting, inner] : rule.wrapped) found |= reads(*inner, name);
  return found;
}

// `batch_number` is of use only where a batch is the same rows in every epoch.
bool Elaborator::readBatchNumber(Training &training) {
  training.numbered = reads(training.rule, "batch_number");
  const ast::DataClause &data = *training.decl.data;
  const TrainPlan &plan = training.plan;
  bool mixed = data.shuffle && !data.shuffleBatches, grows = plan.firstBatch > 0, sums = plan.accumulate > 1;
  if (!training.numbered || !(mixed || grows || sums)) return true;
  const SourceRange &where = mixed || !sums || grows ? data.range : training.decl.accumulate->range;
  Diagnostic &d = error("E0511", where,
                        mixed   ? "`shuffle` makes other batches in every epoch, and the optimizer tells them apart by number"
                        : grows ? "batches that grow are other batches, and the optimizer tells them apart by number"
                                : "an update of several batches has no `batch_number`, which the optimizer reads");
  d.note(training.rule.where, "this rule reads `batch_number`");
  d.help(mixed ? "write `shuffle batches`: fixed batches in random order" : "");
  return false;
}

//===--- State ---------------------------------------------------------------------------------------------------===//

void forEachSlot(Rule &rule, const std::function<void(Rule &, size_t)> &visit) {
  for (size_t i = 0; i < rule.slots.size(); ++i) visit(rule, i);
  for (auto &[setting, inner] : rule.wrapped) forEachSlot(*inner, visit);
}

Datum wholeModel(const Training &training, const std::vector<Datum> &models) {
  size_t count = training.decl.models.size();
  return count == 1 ? models[0] : Datum::tuple({models.begin(), models.begin() + long(count)});
}

std::vector<Datum *> trainedLeaves(Datum &tree) {
  std::vector<Datum *> leaves;
  forEachLeaf(tree, "", [&](const std::string &, Datum &leaf) {
    if (isFloat(leaf.tensor.type().element)) leaves.push_back(&leaf);
  });
  return leaves;
}

std::shared_ptr<Scope> Elaborator::ruleScope(const Rule &rule) {
  auto inner = std::make_shared<Scope>();
  inner->library = isLibrary(*rule.decl);
  for (const auto &[name, value] : rule.settings) bindUsed(*inner, name, value);
  return inner;
}

void Elaborator::bindUsed(Scope &target, const std::string &name, Datum value) {
  Binding &binding = target.names[name];
  binding.value = std::move(value);
  binding.used = true;
}

// What a slot holds before the first step, as a function of p. Numbers become scalars of the type `element`.
Datum Elaborator::firstState(const Rule &rule, size_t slot, const Datum &p, ElementType element) {
  During scoped(scope, ruleScope(rule));
  bindUsed(*scope, "p", p);
  const ast::Expr &initial = *rule.decl->state[slot].initial;
  Datum value = evaluate(initial);
  at(initial.range, {});
  std::function<bool(Datum &)> settle = [&](Datum &part) {
    if (part.is(Datum::Kind::Weak)) part = literalLike(part, {element, {}});
    bool aggregate = part.is(Datum::Kind::Tuple) || part.is(Datum::Kind::Struct) || part.is(Datum::Kind::List);
    bool ok = part.is(Datum::Kind::Tensor) || (aggregate && rule.decl->tree);
    for (Datum &each : part.parts) ok = ok && settle(each);
    return ok;
  };
  if (value && !settle(value)) {
    error("E0505", initial.range, "a slot of state is a tensor, not " + value.describe());
    return {};
  }
  return value;
}

// The slots of a rule and of those it wraps, in the function under construction.
bool Elaborator::createSlots(Training &training, Rule &rule, Datum tree) {
  std::vector<Datum *> leaves = trainedLeaves(tree);
  for (size_t k = 0; k < rule.decl->state.size(); ++k) {
    Rule::Slot &slot = rule.slots.emplace_back();
    const std::string name = rule.path + rule.decl->state[k].name.text;
    if (rule.decl->tree) {
      slot.now = firstState(rule, k, tree, leaves[0]->tensor.type().element);
    } else {
      slot.now = Datum::tuple({});
      for (Datum *leaf : leaves) slot.now.parts.push_back(firstState(rule, k, *leaf, leaf->tensor.type().element));
    }
    if (!slot.now) return false;
    for (const Datum &part : slot.now.parts)
      if (!part) return false;
    const std::string root = training.decl.models.size() == 1 ? training.decl.models[0].name.text : "";
    size_t position = 0;
    forEachLeaf(slot.now, joinPath(name, root), [&](const std::string &path, Datum &leaf) {
      slot.paths.push_back(rule.decl->tree ? path : joinPath(name, training.leafPaths[position++]));
      slot.types.push_back(leaf.tensor.type());
    });
    slot.like = slot.now;
  }
  for (auto &[setting, inner] : rule.wrapped)
    if (!createSlots(training, *inner, tree)) return false;
  return true;
}

} // namespace fluxion::check
