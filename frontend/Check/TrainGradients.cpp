// What becomes of the gradient in the step of a training before its rule sees it: the mean over the batches of an
// update, and clipping. Beside it the other mean, that of the weights.
#include "frontend/Check/Train.h"
#include "frontend/Graph/Primitive.h"

namespace fluxion::check {

void Elaborator::makeKept(Kept &kept) {
  kept.now.clear();
  for (size_t i = 0; i < kept.paths.size(); ++i) kept.now.push_back(builder->parameter(kept.paths[i], kept.types[i]));
}

//===--- Several batches to an update ----------------------------------------------------------------------------===//

// (parameters…, accumulated…, t, [key,] batch…) -> accumulated…: each gradient is added times the rows of its batch, so
// that the mean over batches of any sizes is that over their rows.
bool Elaborator::emitAccumulate(Training &training) {
  GraphBuilder made(module, training.plan.accumulateFunction, sink);
  made.function().where = {training.decl.name.range, nullptr};
  Building building(*this, made);
  During scoped(scope, std::make_shared<Scope>());
  std::vector<Datum> values;
  if (!createModels(training, values)) return false;
  at(training.decl.name.range, {});
  makeKept(training.accumulated);
  Value t = made.parameter("t", i64());
  Value key = training.keyed ? made.parameter("key", i64()) : Value();
  if (!createColumns(training, values)) return false;
  std::vector<Value> outputs = lossGradient(training, values, t, key);
  if (outputs.empty()) return false;
  std::vector<Value> sums = addBatch(training, outputs);
  for (size_t i = 0; i < sums.size(); ++i) {
    made.donate(int(training.plan.parameterLeaves) + int(i));
    made.result(sums[i], training.accumulated.paths[i]);
  }
  return made.finish().has_value();
}

// What is accumulated, with this batch: outputs are its loss and gradients.
std::vector<Value> Elaborator::addBatch(Training &training, const std::vector<Value> &outputs) {
  const std::vector<Value> &now = training.accumulated.now;
  Dim batch = Dim::named(training.plan.batchDimension);
  auto add = [&](Value sum, Value x) {
    ElementType of = sum.type().element;
    Value rows = builder->constant(Weak::dimension(batch), {of, {}});
    Value part = x ? builder->apply(Primitive::mul_, {rows, builder->convert(x, of)}) : rows;
    return builder->apply(Primitive::add_, {sum, part});
  };
  at(training.decl.accumulate->range, {});
  std::vector<Value> sums;
  for (size_t i = 1; i < outputs.size(); ++i) sums.push_back(add(now[i - 1], outputs[i]));
  sums.push_back(add(now[now.size() - 2], outputs[0]));
  sums.push_back(add(now.back(), {}));
  return sums;
}

// Loss and gradients over all rows of an update, whose last batch gave `outputs`.
std::vector<Value> Elaborator::meanOfUpdate(Training &training, const std::vector<Value> &outputs) {
  std::vector<Value> sums = addBatch(training, outputs), means;
  auto mean = [&](Value sum, ElementType of) {
    Value rows = builder->convert(sums.back(), sum.type().element);
    means.push_back(builder->convert(builder->apply(Primitive::div_, {sum, rows}), of));
  };
  mean(sums[sums.size() - 2], training.step.element);
  for (size_t i = 0; i + 2 < sums.size(); ++i) mean(sums[i], sums[i].type().element);
  return means;
}

// e + (p − e)·(1 − d)/(1 − dᵗ): the average with weights dᵗ⁻ⁱ over the weights after each update i ≤ t, without a share of
// the start. Polyak, Juditsky 1992, with the decay and correction of Kingma, Ba 2014, section 7.2.
std::vector<Value> Elaborator::averaged(Training &training, Datum &updated) {
  TensorType f64Scalar{ElementType::F64, {}};
  auto number = [&](const Weak &value) { return builder->constant(value, f64Scalar); };
  at(training.decl.ema->range, {});
  Value t = builder->convert(training.step.t, ElementType::F64);
  Value power = builder->apply(Primitive::mul_, {t, builder->apply(Primitive::log_, {number(*training.ema)})});
  Value gathered = builder->apply(Primitive::neg_, {builder->apply(Primitive::expm1_, {power})});
  Value share = builder->apply(
      Primitive::div_, {number(Weak::binary("sub", Weak::rational(1), *training.ema)), gathered});
  std::vector<Value> averages;
  for (Datum *leaf : trainedLeaves(updated)) {
    Value before = training.averages.now[averages.size()];
    Value away = builder->apply(Primitive::sub_, {leaf->tensor, before});
    Value moved = builder->apply(Primitive::mul_, {builder->convert(share, before.type().element), away});
    averages.push_back(builder->apply(Primitive::add_, {before, moved}));
  }
  return averages;
}

//===--- Norms and clipping --------------------------------------------------------------------------------------===//

// √Σ‖g‖² in f64, where squares of f32 neither over- nor underflow; entries of f64 are divided by the largest of all first.
Value Elaborator::globalNorm(const std::vector<Value> &gradients) {
  auto apply = [&](Primitive op, std::vector<Value> operands) { return builder->apply(op, operands); };
  auto constant = [&](int value) { return builder->constant(Weak::rational(value), {ElementType::F64, {}}); };
  Value unit, sum;
  for (Value g : gradients) {
    if (g.type().element != ElementType::F64) continue;
    Value largest = builder->reduceAll(Primitive::reduce_max_, apply(Primitive::abs_, {g}));
    unit = unit ? apply(Primitive::max_, {unit, largest}) : largest;
  }
  if (unit) { // 1 where it is 0, infinite or NaN
    Value difference = apply(Primitive::sub_, {unit, unit});
    Value usable = apply(Primitive::and_, {apply(Primitive::gt_, {unit, constant(0)}), apply(Primitive::eq_, {difference, constant(0)})});
    unit = apply(Primitive::stop_gradient_, {apply(Primitive::select_, {usable, unit, constant(1)})});
  }
  for (Value g : gradients) {
    Value wide = builder->convert(g, ElementType::F64);
    if (unit) wide = apply(Primitive::div_, {wide, unit});
    Value square = builder->reduceAll(Primitive::sum_, apply(Primitive::mul_, {wide, wide}));
    sum = sum ? apply(Primitive::add_, {sum, square}) : square;
  }
  Value root = apply(Primitive::sqrt_, {sum});
  return unit ? apply(Primitive::mul_, {unit, root}) : root;
}

// global_norm c: every g times min(1, c/‖g‖) with the norm over all; norm c: with its own norm; value c: into [−c, c].
bool Elaborator::clip(std::vector<Value> &gradients, const ast::ClipClause &clause) {
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
  auto factor = [&](const std::vector<Value> &of) {
    Value share = builder->apply(Primitive::div_, {constant(*bound.weak, ElementType::F64), globalNorm(of)});
    return builder->apply(Primitive::min_, {constant(Weak::rational(1), ElementType::F64), share});
  };
  if (mode != "global_norm" && mode != "norm" && mode != "value") {
    auto nearest = nearestName(mode, {"global_norm", "norm", "value"});
    error("E0506", clause.mode.range, "`clip " + mode + "` is not known")
        .help("modes are global_norm, norm and value")
        .meant(nearest, clause.mode.range);
    return false;
  }
  Value common = mode == "global_norm" ? factor(gradients) : Value();
  for (Value &g : gradients) {
    ElementType of = g.type().element;
    if (mode == "value") {
      Value high = constant(*bound.weak, of), low = constant(Weak::unary("neg", *bound.weak), of);
      g = builder->apply(Primitive::max_, {builder->apply(Primitive::min_, {g, high}), low});
    } else {
      Value scale = builder->convert(mode == "norm" ? factor({g}) : common, of);
      g = builder->apply(Primitive::mul_, {g, scale});
    }
  }
  return true;
}

} // namespace fluxion::check
