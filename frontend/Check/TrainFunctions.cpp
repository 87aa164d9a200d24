// The functions `<name>.init` and `<name>.eval` of a `train` declaration, and what all three share: the parameters of
// the models, the columns of a batch, and expressions over both.
#include "frontend/Check/Train.h"
#include <algorithm>

namespace fluxion::check {

bool Elaborator::createModels(Training &training, std::vector<Datum> &values) {
  bool ok = true;
  for (const ast::Parameter &model : training.decl.models) {
    values.push_back(model.type ? makeParameter(*model.type, model.name.text) : Datum());
    values.back().declared = model.range;
    if (!model.type) error("E0501", model.range, "the model `" + model.name.text + "` has no type");
    ok &= bool(values.back());
  }
  return ok;
}

bool Elaborator::createColumns(Training &training, std::vector<Datum> &values) {
  bool ok = true;
  for (size_t i = 0; i < training.decl.data->columns.size(); ++i) {
    const ast::Parameter &column = training.decl.data->columns[i];
    Datum made = makeParameter(*column.type, column.name.text);
    made.declared = column.range;
    if (made && !made.is(Datum::Kind::Tensor)) error("E0502", column.range, "a column is a tensor");
    ok &= made.is(Datum::Kind::Tensor);
    for (DataSource *source : {&training.plan.data, &training.plan.test})
      if (i < source->columns.size() && made.is(Datum::Kind::Tensor)) source->columns[i].type = made.type();
    values.push_back(std::move(made));
  }
  return ok;
}

// An expression of the declaration: models and columns are in scope under their names, dimensions as they stand.
Datum Elaborator::evaluateNamed(Training &training, const std::vector<Datum> &values, const ast::Expr &expr) {
  During around(scope, nested(scope));
  if (training.lossKey) bindUsed(*scope, "key", Datum::of(training.lossKey));
  During scoped(scope, nested(scope));
  size_t next = 0;
  const std::vector<ast::Parameter> &columns = training.decl.data->columns;
  for (const auto *parameters : {&training.decl.models, &columns})
    for (const ast::Parameter &parameter : *parameters) {
      Binding binding;
      binding.value = values[next++];
      binding.value.declared = binding.declared = parameter.range;
      binding.used = true;
      if (!scope->names.emplace(parameter.name.text, std::move(binding)).second)
        error("E0202", parameter.range, "`" + parameter.name.text + "` is declared twice");
    }
  return evaluate(expr);
}

Datum Elaborator::scalarOf(Training &training, const std::vector<Datum> &values, const ast::Expr &expr,
                           const std::string &what) {
  Datum value = evaluateNamed(training, values, expr);
  if (!value) return {};
  if (value.is(Datum::Kind::Tensor) && value.type().rank() == 0 && isFloat(value.type().element)) return value;
  error("E0503", expr.range, what + " is " + value.describe() + ", not a float scalar")
      .help(value.is(Datum::Kind::Tensor) && isFloat(value.type().element) ? "reduce it: `mean(…)`" : "");
  return {};
}

//===--- init ----------------------------------------------------------------------------------------------------===//

// key, weights read -> parameters, slots of the optimizer for each trained leaf, t = 0
bool Elaborator::emitInit(Training &training) {
  const ast::TrainDecl &decl = training.decl;
  GraphBuilder made(module, training.plan.initFunction, sink);
  made.function().where = {decl.name.range, nullptr};
  Building building(*this, made);
  During scoped(scope, std::make_shared<Scope>());
  at(decl.name.range, {});
  Value key = made.parameter("key", i64());
  std::vector<std::pair<std::string, Value>> leaves;
  std::vector<Datum> models;
  for (const ast::Parameter &model : decl.models) {
    if (!model.type) return error("E0501", model.range, "the model `" + model.name.text + "` has no type"), false;
    bool named = model.type->kind == ast::TypeKind::Named;
    auto *structure = named ? structNamed(model.type->name.text, model.type->name.range) : nullptr;
    if (structure) {
      if (model.type->hasShape) (void)enterStruct(*structure, model.type.get(), true); // introduces the dimensions
      else
        for (const std::string &name : dimensionsOf(*structure)) {
          if (!scope->find(name)) scope->bindDimension(name, Dim::named(name), model.range);
          made.dimension(name);
        }
    }
    bool read = model.defaultValue != nullptr; // from a file: what is made of weights (slots, averages) is made of these
    Datum drawn = read ? makeParameter(*model.type, model.name.text)
                       : initialize(*model.type, nullptr, model.name.text, key, model.range);
    if (!drawn) return false;
    forEachLeaf(drawn, model.name.text,
                [&](const std::string &path, Datum &leaf) { leaves.emplace_back(path, leaf.tensor); });
    models.push_back(std::move(drawn));
  }
  for (auto &[path, leaf] : leaves) made.result(leaf, path);
  training.plan.parameterLeaves = int64_t(leaves.size());
  for (auto &[path, leaf] : leaves)
    if (isFloat(leaf.type().element)) training.leafPaths.push_back(path);
  if (training.leafPaths.empty())
    return error("E0409", decl.name.range, "the models have no float parameter to train"), false;
  if (!createSlots(training, training.rule, wholeModel(training, models))) return false;
  size_t state = leaves.size() + 1;
  forEachSlot(training.rule, [&](Rule &rule, size_t k) {
    size_t next = 0;
    Rule::Slot &slot = rule.slots[k];
    state += slot.paths.size();
    forEachLeaf(slot.now, "", [&](const std::string &, Datum &leaf) { made.result(leaf.tensor, slot.paths[next++]); });
  });
  at(decl.name.range, {});
  keepLeaves(training, leaves, state - 1);
  size_t next = 0; // averages begin at the weights
  for (auto &[path, leaf] : leaves)
    if (training.ema && isFloat(leaf.type().element)) made.result(leaf, training.averages.paths[next++]);
  for (size_t i = 0; i < training.accumulated.paths.size(); ++i)
    made.result(made.constant(Weak::rational(0), training.accumulated.types[i]), training.accumulated.paths[i]);
  state += training.averages.paths.size() + training.accumulated.paths.size();
  made.result(made.constant(Weak::rational(0), i64()), "t");
  if (training.keyed) made.result(foldKey(key, hashOf("train")), "key");
  training.plan.stateLeaves = int64_t(state) + training.keyed;
  return made.finish().has_value();
}

// Which leaves the state has beside parameters and slots, from leaf `begin` on, and which the driver takes for the model.
void Elaborator::keepLeaves(Training &training, const std::vector<std::pair<std::string, Value>> &leaves,
                            size_t begin) {
  TrainPlan &plan = training.plan;
  for (size_t i = 0; i < leaves.size(); ++i) {
    const auto &[path, leaf] = leaves[i];
    bool trained = isFloat(leaf.type().element);
    if (training.ema) plan.servedLeaves.push_back(int64_t(trained ? begin + training.averages.paths.size() : i));
    if (trained && training.ema) training.averages.add("ema." + path, leaf.type());
    if (trained && plan.accumulate > 1) training.accumulated.add("accumulated." + path, leaf.type());
  }
  if (plan.accumulate == 1) return;
  training.accumulated.add("accumulated_loss", {ElementType::F64, {}});
  training.accumulated.add("accumulated_rows", i64());
  plan.accumulatedBegin = int64_t(begin + training.averages.paths.size());
  plan.accumulatedLeaves = int64_t(training.accumulated.paths.size());
}

//===--- eval ----------------------------------------------------------------------------------------------------===//

// The loss and the metrics on a batch, which is the whole of the test data when it is run.
bool Elaborator::emitEval(Training &training) {
  const ast::TrainDecl &decl = training.decl;
  training.plan.evalFunction = training.plan.name + ".eval";
  GraphBuilder made(module, training.plan.evalFunction, sink);
  made.function().where = {decl.name.range, nullptr};
  Building building(*this, made);
  During scoped(scope, std::make_shared<Scope>());
  std::vector<Datum> values;
  if (!createModels(training, values) || !createColumns(training, values)) return false;
  if (training.keyed) training.lossKey = made.constant(Weak::rational(0), i64()); // an evaluation is the same each time
  auto add = [&](const std::string &name, const ast::Expr &expr, const SourceRange &where) {
    if (std::find(training.plan.evalMetrics.begin(), training.plan.evalMetrics.end(), name) !=
        training.plan.evalMetrics.end()) {
      error("E0202", where, "the metric `" + name + "` is declared twice").help("name it: `eval other = …`");
      return false;
    }
    Datum value = scalarOf(training, values, expr, "the metric `" + name + "`");
    if (value) made.result(value.tensor, name);
    training.plan.evalMetrics.push_back(name);
    return bool(value);
  };
  bool ok = add("loss", *decl.loss, decl.loss->range);
  for (const ast::EvalClause &clause : decl.evals) {
    auto *call = as<ast::Call>(clause.value);
    std::string callee = call ? globalName(*call->callee) : "";
    callee = callee.substr(callee.rfind('.') + 1); // `nn.accuracy` is `accuracy`
    std::string name = clause.name ? clause.name.text : !callee.empty() ? callee : "eval";
    ok &= add(name, *clause.value, clause.name ? clause.name.range : clause.value->range);
  }
  return ok && made.finish().has_value();
}

} // namespace fluxion::check
