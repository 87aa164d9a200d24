// `train`: its clauses are read and checked here; its functions are made in TrainFunctions.cpp and TrainStep.cpp.
#include "frontend/Check/Train.h"
#include <algorithm>

namespace fluxion::check {

bool Elaborator::checkClauses(const ast::TrainDecl &decl) {
  std::string missing;
  if (!decl.data) missing += ", `data`";
  if (decl.models.empty()) missing += ", `model`";
  if (!decl.loss) missing += ", `loss`";
  if (!decl.optimizer) missing += ", `optimizer`";
  if (missing.empty()) return true;
  const char *example = !decl.data         ? "data (x: f32[B,784], y: i32[B]) = npz(\"data.npz\") batch 128 shuffle"
                        : decl.models.empty() ? "model p: Mlp"
                        : !decl.loss          ? "loss = cross_entropy(logits(p, x), y)"
                                              : "optimizer adamw(lr = 1e-3)";
  error("E0501", decl.name.range, "`" + decl.name.text + "` needs " + missing.substr(2))
      .help(std::string("as in `") + example + "`");
  return false;
}

bool Elaborator::readSetting(const ast::Expr *expr, const char *what, int64_t low, int64_t &target) {
  if (!expr) return true;
  auto value = evaluateInteger(*expr, std::string("`") + what + "`");
  if (value && *value < low)
    error("E0506", expr->range,
          std::string("`") + what + "` is " + std::to_string(*value) + ", and must be at least " + std::to_string(low));
  target = value.value_or(target);
  return value && *value >= low;
}

// idx, npy: a file for each column; npz, csv: one file, and for each column its entry or columns (by default its name).
bool Elaborator::readSource(const ast::DataClause &clause, Training &training, DataSource &source) {
  source.where = clause.range;
  const std::string &reader = clause.reader.text;
  static const std::map<std::string, DataSource::Format> formats = {{"idx", DataSource::Format::Idx},
                                                                    {"npy", DataSource::Format::Npy},
                                                                    {"npz", DataSource::Format::Npz},
                                                                    {"csv", DataSource::Format::Csv}};
  auto format = formats.find(reader);
  if (format == formats.end()) {
    auto nearest = nearestName(reader, {"idx", "npy", "npz", "csv"});
    error("E0502", clause.reader.range, "there is no reader `" + reader + "`")
        .help("readers are idx, npy, npz and csv")
        .meant(nearest, clause.reader.range);
    return false;
  }
  source.format = format->second;
  const auto &declared = training.decl.data->columns;
  bool sameNames = clause.columns.size() == declared.size();
  for (size_t i = 0; sameNames && i < declared.size(); ++i)
    sameNames = clause.columns[i].name.text == declared[i].name.text;
  if (!sameNames) {
    error("E0502", clause.range, "`test` has other columns than `data`")
        .note(training.decl.data->range, "`data` is declared here");
    return false;
  }
  bool perColumn = source.format == DataSource::Format::Idx || source.format == DataSource::Format::Npy;
  for (const ast::Parameter &column : clause.columns)
    source.columns.push_back({column.name.text, {}, "", perColumn ? "" : column.name.text});
  size_t next = 0;
  bool ok = true;
  std::string shared;
  for (const ast::Argument &argument : clause.arguments) {
    auto *text = as<ast::String>(argument.value);
    auto column = std::find_if(source.columns.begin(), source.columns.end(),
                               [&](const DataColumn &c) { return c.name == argument.name.text; });
    bool positional = argument.name.text.empty();
    if (positional && perColumn && next < source.columns.size()) column = source.columns.begin() + long(next++);
    else if (positional && !perColumn && shared.empty() && text) {
      shared = text->value;
      continue;
    }
    if (!text || column == source.columns.end()) {
      error("E0502", argument.value->range,
            text ? "no column takes this argument" : "the arguments of a reader are strings");
      ok = false;
      continue;
    }
    (perColumn ? column->file : column->key) = text->value;
  }
  for (DataColumn &column : source.columns) {
    if (!perColumn) column.file = shared;
    if (!column.file.empty() || !ok) continue;
    error("E0502", clause.range,
          perColumn ? "the column `" + column.name + "` has no file"
                    : "`" + reader + "` needs a file: `" + reader + "(\"data." + reader + "\")`");
    ok = false;
  }
  return ok;
}

bool Elaborator::readData(Training &training) {
  const ast::DataClause &data = *training.decl.data;
  bool ok = !data.columns.empty();
  for (const ast::Parameter &column : data.columns) {
    const ast::Type *type = column.type.get();
    const ast::Name *leading = type && type->kind == ast::TypeKind::Named && !type->shape.empty()
                                   ? as<ast::Name>(type->shape[0].dimension)
                                   : nullptr;
    if (!leading) {
      error("E0502", column.range,
            "the column `" + column.name.text + "` needs a type whose first extent names the batch: `" +
                column.name.text + ": f32[B, …]`");
      ok = false;
      continue;
    }
    if (training.plan.batchDimension.empty()) training.plan.batchDimension = leading->name;
    if (leading->name != training.plan.batchDimension) {
      error("E0502", column.range,
            "the first extent of `" + column.name.text + "` is `" + leading->name + "`; the batch is `" +
                training.plan.batchDimension + "`");
      ok = false;
    }
  }
  training.columnsKnown = ok;
  if (!ok) return false;
  ok = readSource(data, training, training.plan.data);
  if (training.decl.test) ok &= readSource(*training.decl.test, training, training.plan.test);
  return ok;
}

// `model p: P = "w.npz"` begins at these weights. What else stands there, and what stands behind a column, has no meaning.
bool Elaborator::readWeights(Training &training) {
  bool ok = true;
  for (const ast::Parameter &model : training.decl.models) {
    training.plan.modelNames.push_back(model.name.text);
    if (!model.defaultValue) continue;
    auto *file = as<ast::String>(model.defaultValue);
    auto ends = [&](std::string_view end) { return file->value.size() > end.size() && file->value.ends_with(end); };
    if (file && (ends(".npz") || ends(".safetensors"))) {
      training.plan.weights.push_back({model.name.text, file->value, model.defaultValue->range});
      continue;
    }
    ok = false;
    std::string written = ast::print(*model.defaultValue);
    Diagnostic &d = error("E0512", model.defaultValue->range,
                          file ? "weights are read from a .npz or .safetensors file, not from `" + file->value + "`"
                               : "a model begins at its initializers or at a file of weights, not at `" + written + "`");
    if (!file) d.help("without `= …` it is drawn by its initializers, from the key that `seed` is; a file is named by a string");
  }
  for (const auto *clause : {training.decl.data.get(), training.decl.test.get()})
    for (size_t i = 0; clause && i < clause->columns.size(); ++i)
      if (const ast::ExprPtr &value = clause->columns[i].defaultValue) {
        error("E0512", value->range, "a column is read from the file of its reader, and has no value of its own");
        ok = false;
      }
  return ok;
}

bool Elaborator::readNumbers(Training &training) {
  During scoped(scope, std::make_shared<Scope>());
  TrainPlan &plan = training.plan;
  const ast::DataClause &data = *training.decl.data;
  plan.shuffle = data.shuffle, plan.shuffleBatches = data.shuffleBatches;
  bool ok = readSetting(data.batch.get(), "batch", 1, plan.batch);
  if (ok && data.batchTo) {
    plan.firstBatch = plan.batch, plan.doubleEvery = 1;
    ok = readSetting(data.batchTo.get(), "to", plan.firstBatch, plan.batch);
    ok &= readSetting(data.batchEvery.get(), "every", 1, plan.doubleEvery);
  }
  ok &= readSetting(training.decl.accumulate.get(), "accumulate", 1, plan.accumulate);
  ok &= readSetting(training.decl.epochs.get(), "epochs", 1, plan.epochs);
  ok &= readDecay(training);
  return readSetting(training.decl.seed.get(), "seed", INT64_MIN, plan.seed) && ok;
}

bool Elaborator::readDecay(Training &training) {
  const ast::ExprPtr &clause = training.decl.ema;
  if (!clause) return true;
  Datum decay = evaluate(*clause);
  if (!decay) return false;
  auto number = decay.is(Datum::Kind::Weak) ? decay.weak->evaluate() : std::nullopt;
  if (!number || !(number->hi > 0 && number->hi < 1)) {
    error("E0506", clause->range, "the decay of `ema` is " + decay.describe() + ", and must be between 0 and 1")
        .help("`ema 0.999` averages over some 1000 updates");
    return false;
  }
  training.ema = *decay.weak;
  return true;
}

void Elaborator::elaborateTrain(const ast::TrainDecl &decl) {
  if (!checkClauses(decl)) return;
  Training training(decl);
  TrainPlan &plan = training.plan;
  plan.name = decl.name.text;
  plan.where = decl.name.range;
  size_t errorsBefore = sink.errorCount();
  Module scrap; // settings are numbers; what else they may be is built aside
  GraphBuilder aside(scrap, plan.name, sink);
  Building building(*this, aside);
  During scoped(scope, std::make_shared<Scope>());
  bool ok = readData(training);
  ok &= readWeights(training);
  ok &= readNumbers(training);
  ok &= readOptimizer(training);
  ok = ok && readBatchNumber(training) && emitTrain(training);
  if (!ok && !aborted) checkOtherClauses(training);
  if (ok && sink.errorCount() == errorsBefore) module.trains.push_back(std::make_shared<const TrainPlan>(std::move(plan)));
}

bool Elaborator::emitTrain(Training &training) {
  const ast::TrainDecl &decl = training.decl;
  TrainPlan &plan = training.plan;
  training.keyed = reads(training.rule, "key") || mentions(*decl.loss, "key");
  plan.initFunction = plan.name + ".init";
  plan.stepFunction = plan.name + ".step";
  if (plan.accumulate > 1) plan.accumulateFunction = plan.name + ".accumulate";
  plan.metrics = {"loss", "grad_norm", "rate"};
  if (!emitInit(training) || !emitStep(training)) return false;
  if (plan.accumulate > 1 && !emitAccumulate(training)) return false;
  return !(decl.test || !decl.evals.empty()) || emitEval(training);
}

} // namespace fluxion::check
