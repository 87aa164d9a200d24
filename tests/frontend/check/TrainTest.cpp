// `train` declarations: clipping, schedules, readers, models of several parts, and every clause gone wrong.
#include "Support.h"

using namespace fluxion;
using namespace fluxion::test;

// A declaration with each clause replaceable.
struct Clauses {
  std::string data = "data (x: f32[B,4], y: f32[B]) = npz(\"d.npz\") batch 8", model = "model p: P";
  std::string loss = "loss = mse(x @ p.w + p.b, y)", optimizer = "optimizer sgd(lr = 0.1)", rest;
  std::string text() const {
    return "struct P { w: f32[4] ~ zeros, b: f32 ~ zeros }\ntrain t {\n  " + data + "\n  " + model + "\n  " + loss +
           "\n  " + optimizer + "\n  " + rest + "\n}\n";
  }
};

TEST(Train, Smallest) {
  auto checked = check(Clauses().text());
  ASSERT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  ASSERT_EQ(checked->module->trains.size(), 1u);
  const TrainPlan &plan = *checked->module->trains[0];
  EXPECT_EQ(plan.evalFunction, "");
  EXPECT_EQ(plan.stateLeaves, 3);
  EXPECT_EQ(plan.data.format, DataSource::Format::Npz);
  EXPECT_EQ(plan.data.columns[1].file, "d.npz");
  EXPECT_EQ(plan.data.columns[1].key, "y");
  EXPECT_FALSE(plan.shuffle);
}

TEST(Train, ReadersAndKeys) {
  Clauses c;
  c.data = "data (x: f32[B,4], y: f32[B]) = csv(\"d.csv\", x = \"a,b,c,d\", y = \"target\")";
  auto checked = check(c.text());
  ASSERT_EQ(checked->module->trains.size(), 1u) << render(checked->sink);
  EXPECT_EQ(checked->module->trains[0]->data.columns[0].key, "a,b,c,d");
  EXPECT_EQ(checked->module->trains[0]->batch, 0);
}

TEST(Train, ClipsAndSchedules) {
  for (const char *optimizer :
       {"optimizer adamw(lr = cosine(1e-3, warmup = 20), weight_decay = 1e-2), clip global_norm 1.0",
        "optimizer momentum(lr = step_decay(0.1, 30)), clip value 0.5", "optimizer nesterov(0.1), clip norm 1.0",
        "optimizer adam(lr = inverse_sqrt(1e-3, 100), beta1 = 0.8)"}) {
    Clauses c;
    c.optimizer = optimizer;
    auto checked = check(c.text());
    EXPECT_FALSE(checked->sink.hasErrors()) << optimizer << render(checked->sink);
  }
  Clauses c;
  c.optimizer = "optimizer sgd(lr = 0.1), clip global_norm 1.0";
  std::string step = check(c.text())->listing("t.step");
  EXPECT_NE(step.find("min("), std::string::npos) << step;
}

TEST(Train, LeavesKeepTheirTypes) {
  std::string text = "struct P { w: f64[4] ~ zeros, b: f32 ~ zeros }\ntrain t {\n data (x: f64[B,4], y: f32[B]) = "
                     "npz(\"d.npz\") batch 8\n model p: P\n"
                     " loss = mse(f32(x @ p.w) + p.b, y)\n optimizer adam(lr = 0.1)\n}\n";
  auto checked = check(text);
  ASSERT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  const Function *step = checked->module->find("t.step");
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(step->typeOf(step->results[i].value), step->parameters[i].type);
  EXPECT_EQ(step->parameters[0].type.element, ElementType::F64);
  EXPECT_EQ(step->parameters[3].type.element, ElementType::F32) << step->parameters[3].path;
}

TEST(Train, OwnOptimizer) {
  Clauses c;
  c.optimizer = "optimizer mine(lr = 0.1, c = 0.5)";
  expectClean("optimizer mine(c = 1) {\n  state m = zeros_like(p)\n  update {\n    let m1 = m + c * g\n    (p - rate * "
              "m1, m1)\n  }\n}\n" +
              c.text());
  expectDiagnostic("optimizer mine(c = 1) {\n  state m = zeros_like(p)\n  update { $p - rate * c * g }\n}\n" + c.text(),
                   "E0505", "gives 1 value, and must give 2: the new p, m");
  expectDiagnostic("optimizer mine(c = 1) {\n  update ${ sum(p) * c * rate * sum(g) }\n}\n" + c.text(), "E0505");
}

TEST(Train, Errors) {
  auto with = [](auto change) {
    Clauses c;
    change(c);
    return c.text();
  };
  std::string missing = with([](Clauses &c) { c.loss = ""; });
  expectDiagnostic(missing.replace(missing.find("train t"), 7, "train $t"), "E0501", "`loss`");
  expectDiagnostic(with([](Clauses &c) { c.data = "data (x: f32[B,4], y: f32[B]) = $npx(\"d\") batch 8"; }), "E0502",
                   "npy");
  expectDiagnostic(with([](Clauses &c) { c.data = "data (x: f32[B,4], $y: f32[C]) = npz(\"d\") batch 8"; }), "E0502");
  expectDiagnostic(with([](Clauses &c) { c.data = "data ($x: f32[4], y: f32[B]) = npz(\"d\") batch 8"; }), "E0502");
  expectDiagnostic(with([](Clauses &c) { c.data = "data (x: f32[B,4], y: f32[B]) = npz(\"d\") batch $0"; }), "E0506");
  expectDiagnostic(with([](Clauses &c) { c.data = "$data (x: f32[B,4], y: f32[B]) = idx(\"d\") batch 8"; }), "E0502",
                   "`y` has no file");
  expectDiagnostic(with([](Clauses &c) { c.loss = "loss = $x @ p.w + p.b"; }), "E0503", "mean(…)");
  expectDiagnostic(with([](Clauses &c) { c.loss = "loss = mse(x @ p.w + p.b, $z)"; }), "E0201");
  expectDiagnostic(with([](Clauses &c) { c.optimizer = "optimizer $sdg(lr = 0.1)"; }), "E0504", "sgd");
  expectDiagnostic(with([](Clauses &c) { c.optimizer = "optimizer $sgd()"; }), "E0403", "rate");
  expectDiagnostic(with([](Clauses &c) { c.optimizer = "optimizer sgd(lr = $-1)"; }), "E0506");
  expectDiagnostic(with([](Clauses &c) { c.optimizer = "optimizer sgd(lr = $cosinus(1))"; }), "E0504", "cosine");
  expectDiagnostic(with([](Clauses &c) { c.optimizer = "optimizer sgd(lr = 0.1, $beta = 0.5)"; }), "E0402");
  expectDiagnostic(with([](Clauses &c) { c.optimizer = "optimizer sgd(lr = 0.1), clip $global 1.0"; }), "E0506");
  expectDiagnostic(with([](Clauses &c) { c.optimizer = "optimizer sgd(lr = 0.1), clip norm $0"; }), "E0506");
  expectDiagnostic(with([](Clauses &c) { c.rest = "epochs $0"; }), "E0506");
  expectDiagnostic(with([](Clauses &c) { c.rest = "eval $x"; }), "E0503");
  expectDiagnostic(with([](Clauses &c) { c.rest = "$test (x, z) = npz(\"e\")"; }), "E0502");
  expectDiagnostic(with([](Clauses &c) { c.model = "model p: $Q"; }), "E0204");
}

TEST(Train, RulesOfTheWholeModel) {
  auto with = [](const std::string &rule, const std::string &use) {
    Clauses c;
    c.optimizer = "optimizer " + use;
    return "optimizer mine(rule = sgd()) tree {\n  state n = 0, m = zeros_like(p)\n  update {\n" + rule + "\n  }\n}\n" +
           c.text();
  };
  auto checked = check(with("let h = gradient(tree_map(fn(p, g) = p - rate * g, p, g))\n"
                            "(rule(p, h), n + global_norm(h), h)",
                            "mine(momentum(beta = 0.5), lr = 0.1)"));
  ASSERT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  std::vector<std::string> paths;
  for (const Parameter &parameter : checked->module->find("t.step")->parameters) paths.push_back(parameter.path);
  const std::vector<std::string> wanted = {"p.w", "p.b", "n.p", "m.p.w", "m.p.b", "rule.m.p.w", "rule.m.p.b", "t", "x",
                                           "y", "total_steps"};
  EXPECT_EQ(paths, wanted);
  expectDiagnostic(with("($tree_map(fn(a, b) = a + b, p, (p.w,)), n, m)", "mine(lr = 0.1)"), "E0508", "one structure");
  expectDiagnostic(with("(tree_map(fn(p, g) = p - rate * g, p, $gradient(p.w)), n, m)", "mine(lr = 0.1)"), "E0508");
  expectDiagnostic(with("($rule(rule(p, g), g), n, m)", "mine(lr = 0.1)"), "E0509", "twice");
  expectDiagnostic(with("(rule(p, g), n, m)", "lookahead($mine(lr = 0.1))"), "E0509", "whole model");
  expectDiagnostic(with("(rule(p, g), n, m)", "mine(sgd(lr = 0.1), $lr = 0.2)"), "E0402", "twice");
  expectDiagnostic(with("(rule(p, g), n, m)", "adam(lr = 0.1, beta1 = $sgd())"), "E0506", "a number");
}

TEST(Train, KeysOfLossAndRule) {
  Clauses c;
  c.loss = "loss = mse(dropout(x, key, 0.5) @ p.w + p.b, y)";
  auto checked = check(c.text());
  ASSERT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  EXPECT_EQ(checked->module->trains[0]->stateLeaves, 4); // p.w, p.b, t, key
  EXPECT_NE(checked->listing("t.step").find("fold_in"), std::string::npos);
}

TEST(Train, UpdatesOfSeveralBatches) {
  Clauses c;
  c.loss = "loss = mse(dropout(x, key, 0.5) @ p.w + p.b, y)";
  c.rest = "accumulate 4  ema 0.999";
  auto checked = check(c.text());
  ASSERT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  const TrainPlan &plan = *checked->module->trains[0];
  auto paths = [&](const std::string &function) {
    std::vector<std::string> found;
    for (const Parameter &parameter : checked->module->find(function)->parameters) found.push_back(parameter.path);
    return found;
  };
  const std::vector<std::string> step = {
      "p.w", "p.b", "ema.p.w", "ema.p.b", "accumulated.p.w", "accumulated.p.b", "accumulated_loss", "accumulated_rows",
      "t",   "key", "x",       "y",       "total_steps"};
  const std::vector<std::string> accumulate = {
      "p.w", "p.b", "accumulated.p.w", "accumulated.p.b", "accumulated_loss", "accumulated_rows", "t", "key", "x", "y"};
  EXPECT_EQ(paths("t.step"), step);
  ASSERT_EQ(plan.accumulateFunction, "t.accumulate");
  EXPECT_EQ(paths("t.accumulate"), accumulate);
  EXPECT_EQ(plan.stateLeaves, 10);
  EXPECT_EQ(plan.servedLeaves, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(plan.accumulatedBegin, 4);
  EXPECT_EQ(plan.accumulatedLeaves, 4);
  const Function *add = checked->module->find("t.accumulate");
  EXPECT_EQ(add->donated, (std::vector<int32_t>{2, 3, 4, 5}));
  // the loss draws anew for each batch of an update
  EXPECT_NE(checked->listing("t.accumulate").find("accumulated_rows"), std::string::npos);
}

TEST(Train, WhatIsNotTrainedIsServedAsItIs) {
  std::string text = "struct P { w: f32[4] ~ zeros, n: i32 ~ zeros, b: f32 ~ zeros }\ntrain t {\n"
                     " data (x: f32[B,4], y: f32[B]) = npz(\"d.npz\") batch 8\n model p: P\n"
                     " loss = mse(x @ p.w + p.b, y)\n optimizer momentum(lr = 0.1)\n ema (1/2)\n}\n";
  auto checked = check(text);
  ASSERT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  EXPECT_EQ(checked->module->trains[0]->servedLeaves, (std::vector<int64_t>{5, 1, 6})); // after two slots
}

TEST(Train, BatchesThatGrowOrStay) {
  Clauses c;
  c.data = "data (x: f32[B,4], y: f32[B]) = npz(\"d.npz\") batch 8 to 64 every 3 shuffle batches";
  auto checked = check(c.text());
  ASSERT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  const TrainPlan &plan = *checked->module->trains[0];
  EXPECT_EQ(plan.firstBatch, 8);
  EXPECT_EQ(plan.batch, 64);
  EXPECT_EQ(plan.doubleEvery, 3);
  EXPECT_TRUE(plan.shuffle && plan.shuffleBatches);
  auto data = [](const std::string &batch) {
    Clauses clauses;
    clauses.data = "data (x: f32[B,4], y: f32[B]) = npz(\"d.npz\") " + batch;
    return clauses;
  };
  expectClean(data("batch 8 to 8").text());
  expectDiagnostic(data("batch 8 to $7").text(), "E0506", "at least 8");
  expectDiagnostic(data("batch 8 to 16 every $0").text(), "E0506", "at least 1");
  Clauses fixed = data("batch 8 shuffle batches");
  fixed.optimizer = "optimizer saga(batches = 5, lr = 0.1)";
  auto saga = check(fixed.text());
  ASSERT_FALSE(saga->sink.hasErrors()) << render(saga->sink);
  EXPECT_EQ(saga->module->find("t.step")->parameters.back().path, "batch_number");
  fixed = data("batch 8 shuffle");
  fixed.optimizer = "optimizer saga(batches = 5, lr = 0.1)";
  std::string mixed = fixed.text();
  expectDiagnostic(mixed.replace(mixed.find("data ("), 0, "$"), "E0511", "shuffle");
  fixed = data("batch 8 to 16");
  fixed.optimizer = "optimizer saga(batches = 5, lr = 0.1)";
  std::string growing = fixed.text();
  expectDiagnostic(growing.replace(growing.find("data ("), 0, "$"), "E0511", "grow");
  fixed = data("batch 8");
  fixed.optimizer = "optimizer saga(batches = 5, lr = 0.1)", fixed.rest = "accumulate $2";
  expectDiagnostic(fixed.text(), "E0511", "several batches");
}

TEST(Train, ErrorsOfUpdates) {
  auto rest = [](const std::string &text, const std::string &optimizer = "sgd(lr = 0.1)") {
    Clauses c;
    c.rest = text, c.optimizer = "optimizer " + optimizer;
    return c.text();
  };
  expectClean(rest("accumulate 1 ema 0.5"));
  expectDiagnostic(rest("accumulate $0"), "E0506", "at least 1");
  expectDiagnostic(rest("accumulate $2.5"), "E0311", "whole number");
  for (const char *decay : {"$0", "$1", "$1.5", "($-0.5)"}) expectDiagnostic(rest(std::string("ema ") + decay), "E0506", "between 0 and 1");
  expectDiagnostic(rest("ema $zz"), "E0201");
  expectDiagnostic(rest("ema 0.5 $ema 0.5"), "E0112", "twice");
  expectDiagnostic(rest("accumulate 2", "$sam(lr = 0.1)"), "E0510", "earlier batches");
}

TEST(Train, DecayByRank) {
  for (const char *optimizer : {"adamw(lr = 0.1, decay_rank = 2)", "lion(lr = 0.1, weight_decay = 0.1, decay_rank = 1)",
                                "mars(lr = 0.1, weight_decay = 0.1, decay_rank = 2)",
                                "decayed(adam(lr = 0.1), weight_decay = 0.1, decay_rank = 1)"}) {
    Clauses c;
    c.optimizer = std::string("optimizer ") + optimizer;
    expectClean(c.text());
  }
}

TEST(Train, SettingsMayBeSwitches) {
  const std::string rule = "optimizer mine(fast = false, beta = 0.9) {\n  update { p - rate * (if fast { beta * g } else { g }) }\n}\n";
  auto with = [&](const std::string &optimizer) {
    Clauses c;
    c.optimizer = "optimizer " + optimizer;
    return rule + c.text();
  };
  for (const char *use : {"mine(lr = 0.1)", "mine(lr = 0.1, fast = true)", "mine(lr = 0.1, fast = false, beta = 1)"})
    EXPECT_FALSE(check(with(use))->sink.hasErrors()) << use;
  expectDiagnostic(with("mine(lr = 0.1, fast = $1)"), "E0506", "true or false");
  expectDiagnostic(with("mine(lr = 0.1, beta = $true)"), "E0506", "write 1");
  expectDiagnostic("optimizer mine(c = $f32(1)) {\n  update { p - rate * c * g }\n}\n", "E0506", "known here");
}

TEST(Train, OptimizersAreCheckedWithoutATraining) {
  expectClean("optimizer mine(c = 1) {\n  state m = zeros_like(p), n = 0\n  update { (p - rate * c * g, m + t * g, n + 1) }\n}\n");
  expectClean("optimizer mine(c) { update { p - rate * c(g) } }\n"); // nothing tells what `c` is
  expectClean("optimizer turned() {\n  update { p - rate * (p @ p.T) @ g }\n}\n");
  expectClean("optimizer ahead(rule = adam(), k = 2) tree {\n  state slow = p\n  update {\n    let q = rule(p, gradient(p))\n"
              "    (tree_map(fn(a, b) = a + b / k, slow, q), q)\n  }\n}\n");
  expectDiagnostic("optimizer mine(c = 1) {\n  state m = zeros_like($q)\n  update { (p - rate * c * g, m) }\n}\n", "E0201");
  expectDiagnostic("optimizer mine(c = 1) {\n  update { p - $step * c * g }\n}\n", "E0201");
  expectDiagnostic("optimizer mine(c = 1) {\n  state m = 0\n  update { $p - c * g }\n}\n", "E0505");
  expectDiagnostic("optimizer mine(rule = $mine()) { update { rule(p, g) } }\n", "E0509");
  expectDiagnostic("optimizer mine(rule = adam()) tree { update { $rule(p) } }\n", "E0509");
}
