// What is checked where no function is made: the clauses of a `train` beside one that is wrong, and the `optimizer`s that
// no `train` uses. Arriving: declarations; leaving: errors only, whatever is built is thrown away.
#include "frontend/Check/Train.h"
#include "frontend/Graph/Primitive.h"

namespace fluxion::check {

// Models, columns, loss, metrics and the schedule, each as far as what it reads is known. What was said before is not
// said again.
void Elaborator::checkOtherClauses(Training &training) {
  Module scrap;
  GraphBuilder aside(scrap, training.plan.name, sink);
  Building building(*this, aside);
  const ast::TrainDecl &decl = training.decl;
  {
    During scoped(scope, std::make_shared<Scope>());
    std::vector<Datum> values;
    bool known = createModels(training, values);
    if (training.columnsKnown && createColumns(training, values) && known) {
      at(decl.name.range, {});
      if (mentions(*decl.loss, "key")) training.lossKey = aside.constant(Weak::rational(0), i64());
      scalarOf(training, values, *decl.loss, "the loss");
      for (const ast::EvalClause &clause : decl.evals) scalarOf(training, values, *clause.value, "the metric");
      training.lossKey = Value();
    }
  }
  if (!training.rate) return;
  at(decl.name.range, {});
  Value step = aside.constant(Weak::rational(1), {ElementType::F32, {}});
  scheduledRate(training, step, step);
}

// A rule on one leaf of `rank` axes, which is the whole model of a rule for one. False after an error.
bool Elaborator::tryOptimizer(const ast::OptimizerDecl &decl, int rank) {
  ast::TrainDecl nowhere;
  Training training(nowhere);
  training.plan.name = decl.name.text;
  training.plan.parameterLeaves = 1;
  training.leafPaths = {"p"};
  ast::Name name(decl.name.range);
  name.name = decl.name.text;
  size_t errorsBefore = sink.errorCount(), functionsBefore = module.functions.size();
  GraphBuilder made(module, decl.name.text, sink);
  made.function().isPublic = false;
  Building building(*this, made);
  During scoped(scope, std::make_shared<Scope>());
  at(decl.name.range, {});
  TensorType type{ElementType::F32, {}};
  for (int axis = 0; axis < rank; ++axis) type.shape.push_back(Dim::named(axis ? "m" : "n"));
  Datum p = Datum::of(made.parameter("p", type)), g = Datum::of(made.parameter("g", type));
  TrainStep &step = training.step;
  step.builder = &made;
  step.rate = made.parameter("rate", {ElementType::F32, {}});
  step.t = made.parameter("t", i64()), step.total = made.parameter("total", i64());
  step.key = made.parameter("key", i64()), step.number = made.parameter("batch_number", i64());
  step.arguments = {p.tensor}, step.wrt = {0};
  auto loss = makeInstance("loss", {"p"}, {p}, decl.name.range, [this](std::vector<Datum> inner) {
    return Datum::of(builder->reduceAll(Primitive::sum_, inner[0].tensor));
  });
  bool ok = loss && readRule(training, name, training.rule, 0) && training.rule.decl == &decl;
  if (ok) {
    step.loss = loss->index;
    ok = createSlots(training, training.rule, p) && applyRule(training, training.rule, p, g, wholeTree, decl.name.range);
  }
  module.functions.resize(functionsBefore);
  std::erase_if(instances, [&](const auto &entry) { return entry.second.index >= functionsBefore; });
  return ok && sink.errorCount() == errorsBefore;
}

// A rule that no training names. One may be for matrices only: it is wrong if it fits neither them nor vectors.
void Elaborator::checkOptimizer(const ast::OptimizerDecl &decl) {
  if (!decl.update || optimizersUsed.count(&decl)) return;
  for (const ast::Parameter &setting : decl.settings)
    if (!setting.defaultValue) return; // nothing tells what it is
  for (int rank : {1, 2}) {
    During quiet(silent, true);
    bool fits = tryOptimizer(decl, rank);
    if (aborted) break; // said below
    if (fits) return;
  }
  aborted = false;
  tryOptimizer(decl, 1);
}

} // namespace fluxion::check
