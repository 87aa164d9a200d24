// Fifty steps of every optimizer, from source through the compiler, in f64, beside plain loops from the papers' formulas;
// SGD and AdamW under every schedule and clip, the others under some of each. The problem: logistic regression with two
// outputs, four leaves of different ranks, batches of eight rows with a last one of five; so state, step counter and both
// compiled batch sizes take part in every trajectory.
#include "ConvexRules.h"
#include "compiler/Driver/Infer.h"
#include "compiler/Driver/State.h"
#include "compiler/Driver/TrainState.h"
#include "frontend/Graph/TrainPlan.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace fluxion;
using reference::Leaf;
using reference::Leaves;

namespace {

constexpr int features = 3, outputs = 2, rows = 37, batch = 8, perEpoch = 5, steps = 50;

// Data and start: any numbers do, so they come from a formula.
double sample(int i) { return std::sin(12.9898 * (i + 1)) * 1.5; }

struct Problem {
  Leaf X, Y;
  Problem() {
    for (int i = 0; i < rows * features; ++i) X.push_back(sample(i));
    for (int i = 0; i < rows * outputs; ++i) Y.push_back(sample(3 * i + 1000) > 0.2 ? 1 : 0);
  }
  static int begin(int step) { return step % perEpoch * batch; }
  static int count(int step) { return std::min(batch, rows - begin(step)); }

  // loss = mean(softplus(z) − y·z) + (s − 1)²/2 with z = exp(s)·(x·W) + b, and u = (u₁, u₂) drawn to its own mark.
  double gradient(const Leaves &p, int step, Leaves &g) const { return gradient(p, begin(step), count(step), g); }
  double gradient(const Leaves &p, int first, int n, Leaves &g) const {
    const Leaf &W = p[0], &b = p[1], &u = p[3];
    double s = p[2][0], e = std::exp(s), loss = (s - 1) * (s - 1) / 2;
    g = {Leaf(W.size()), Leaf(b.size()), Leaf(1, s - 1), Leaf(u.size())};
    for (int r = first; r < first + n; ++r)
      for (int o = 0; o < outputs; ++o) {
        double product = 0;
        for (int f = 0; f < features; ++f) product += X[size_t(r * features + f)] * W[size_t(f * outputs + o)];
        double z = e * product + b[size_t(o)], y = Y[size_t(r * outputs + o)], scale = 1.0 / (n * outputs);
        double slope = scale * (1 / (1 + std::exp(-z)) - y); // of the loss in z
        loss += scale * (std::fmax(z, 0) + std::log1p(std::exp(-std::fabs(z))) - y * z);
        for (int f = 0; f < features; ++f) g[0][size_t(f * outputs + o)] += slope * e * X[size_t(r * features + f)];
        g[1][size_t(o)] += slope;
        g[2][0] += slope * e * product;
      }
    for (size_t i = 0; i < u.size(); ++i) {
      double away = u[i] - 0.5 * double(i);
      loss += 0.1 * away * away;
      g[3][i] = 0.2 * away;
    }
    return loss;
  }
};

std::string source(const std::string &optimizer, const std::string &rest = "") {
  return R"(struct P {
  W: f64[3,2] ~ normal(std = 0.5), b: f64[2] ~ normal(std = 0.5)
  s: f64 ~ full(0.3), u: f64[5] ~ normal(std = 0.5)
}
fn z(p: P, x: f64[B,3]) -> f64[B,2] = exp(p.s) * (x @ p.W) + p.b
fn away(u: f64[U]) -> f64[U] = u - 0.5 * f64(iota(U))
train fit {
  data (x: f64[B,3], y: f64[B,2]) = npy("x.npy", "y.npy") batch 8
  model p: P
  loss = mean(softplus(z(p, x)) - y * z(p, x)) + 0.5 * (p.s - 1)^2 + 0.1 * dot(away(p.u), away(p.u))
  optimizer )" + optimizer + "\n  epochs 10\n  " + rest + "\n}\n";
}

double difference(std::span<const double> found, const Leaf &wanted) {
  double error = 0, size = 0;
  for (size_t i = 0; i < wanted.size(); ++i) {
    error += (found[i] - wanted[i]) * (found[i] - wanted[i]);
    size += wanted[i] * wanted[i];
  }
  return std::sqrt(error) / (size > 0 ? std::sqrt(size) : 1);
}

// The compiled side, driven as the training loop drives it: in place, one step after the other.
struct Compiled {
  explicit Compiled(const std::string &text) : module(session.compileString(text)) {
    if (!module) { ADD_FAILURE() << module.error().render() << text; return; }
    const Module &graph = module->internals().graph;
    const TrainPlan &plan = *graph.trains.front();
    auto init = module->function(plan.initFunction);
    auto made = init->call({{"key", int64_t(1)}});
    if (!made) { ADD_FAILURE() << made.error().render(); return; }
    std::vector<api::Tensor> leaves;
    for (auto &leaf : made->leaves) leaves.push_back(std::move(leaf.tensor));
    state.emplace(plan, *graph.find(plan.stepFunction), std::move(leaves));
    const std::vector<size_t> all = firstLeaves(size_t(plan.stateLeaves));
    good = bind(whole, plan.stepFunction, batch, all, all) && bind(rest, plan.stepFunction, rows % batch, all, all);
    if (!good || plan.accumulateFunction.empty()) return;
    std::vector<size_t> taken, given;
    const Function &accumulate = *graph.find(plan.accumulateFunction);
    for (size_t i = 0; i + plan.data.columns.size() < accumulate.parameters.size(); ++i)
      taken.push_back(*state->find(accumulate.parameters[i].path));
    for (int64_t i = 0; i < plan.accumulatedLeaves; ++i) given.push_back(size_t(plan.accumulatedBegin + i));
    good = bind(earlier, plan.accumulateFunction, batch, taken, given);
  }

  bool bind(BoundStep &target, const std::string &name, int64_t size, const std::vector<size_t> &taken,
            const std::vector<size_t> &made) {
    const Function &graph = *module->internals().graph.find(name);
    auto extents = completeBinding(graph, {{"B", size}});
    auto instance = module->function(name)->internals().instance(*extents);
    if (!instance) { ADD_FAILURE() << instance.error().render(); return false; }
    auto bound = target.bind(*instance, graph, *state, taken, made, numbers);
    if (!bound || !frame.prepare(target.arenaBytes(), 1)) { ADD_FAILURE() << "not bound"; return false; }
    return true;
  }

  // Loss, norm of the gradient, rate.
  std::vector<double> step(int index, const Problem &problem) {
    return run(Problem::count(index) == batch ? whole : rest, index, problem);
  }
  std::vector<double> run(BoundStep &bound, int index, const Problem &problem) {
    numbers.batchNumber = index % perEpoch;
    void *columns[] = {const_cast<double *>(&problem.X[size_t(Problem::begin(index) * features)]),
                       const_cast<double *>(&problem.Y[size_t(Problem::begin(index) * outputs)])};
    auto done = bound.run(module->internals().graph, frame, *state, columns);
    EXPECT_TRUE(done) << done.error().render();
    std::vector<double> metrics;
    for (size_t i = 0; i < bound.metrics(); ++i) metrics.push_back(bound.metric(i));
    return metrics;
  }

  static api::SessionOptions oneThread() {
    api::SessionOptions options;
    options.threads = 1;
    options.cache = false;
    return options;
  }
  api::Session session{oneThread()};
  api::Expected<api::Module> module;
  std::optional<TrainState> state;
  BoundStep whole, rest, earlier; // earlier: all batches of an update but its last
  Frame frame;
  BoundStep::Numbers numbers{steps, 0};
  bool good = false;
};

void compare(const reference::Rule &rule, const reference::Schedule &schedule, const reference::Clip &clip) {
  SCOPED_TRACE(rule.name + " " + schedule.text + clip.text);
  static const Problem problem;
  Compiled compiled(source(rule.name + "(lr = " + schedule.text + rule.settings + ")" + clip.text));
  ASSERT_TRUE(compiled.good);
  Leaves p = {Leaf(features * outputs), Leaf(outputs), Leaf(1), Leaf(5)}, g, slots[4] = {p, p, p, p};
  for (size_t leaf = 0; leaf < p.size(); ++leaf) {
    for (size_t i = 0; i < p[leaf].size(); ++i) p[leaf][i] = sample(int(100 * leaf + i) + 77);
    std::memcpy(compiled.state->tensor(leaf).data(), p[leaf].data(), p[leaf].size() * sizeof(double));
  }
  int cut = 0;
  for (int index = 0; index < steps; ++index) {
    double loss = problem.gradient(p, index, g), norm = 0, rate = schedule.rate(index + 1, steps);
    for (const Leaf &each : g) norm += reference::squares(each);
    cut += clip.apply(g);
    for (size_t leaf = 0; leaf < p.size(); ++leaf)
      for (size_t i = 0; i < p[leaf].size(); ++i) {
        double own[] = {slots[0][leaf][i], slots[1][leaf][i], slots[2][leaf][i], slots[3][leaf][i]};
        rule.update(p[leaf][i], g[leaf][i], own, rate, index + 1);
        for (size_t k = 0; k < 4; ++k) slots[k][leaf][i] = own[k];
      }
    std::vector<double> metrics = compiled.step(index, problem);
    ASSERT_LE(difference(metrics, {loss, std::sqrt(norm), rate}), 1e-10) << "loss, norm or rate of step " << index + 1;
    for (size_t leaf = 0; leaf < p.size(); ++leaf)
      ASSERT_LE(difference(compiled.state->tensor(leaf).values<double>(), p[leaf]), 1e-10)
          << compiled.state->path(leaf) << " after step " << index + 1;
  }
  if (!clip.text.empty()) EXPECT_GT(cut, 0) << "the bound must matter";
}

void compareWhole(const reference::WholeRule &rule) {
  static const Problem problem;
  Compiled compiled(source(rule.text));
  ASSERT_TRUE(compiled.good);
  reference::Update update = rule.make();
  Leaves p; // as `init` makes it, so that slots which begin at p do so here
  for (size_t leaf = 0; leaf < 4; ++leaf) {
    auto values = compiled.state->tensor(leaf).values<double>();
    p.emplace_back(values.begin(), values.end());
  }
  for (int index = 0; index < steps; ++index) {
    reference::Gradient gradient = [&](const Leaves &q) {
      Leaves g;
      problem.gradient(q, index, g);
      return g;
    };
    gradient.loss = [&](const Leaves &q) {
      Leaves g;
      return problem.gradient(q, index, g);
    };
    update(p, gradient, 0.05, index + 1);
    compiled.step(index, problem);
    for (size_t leaf = 0; leaf < p.size(); ++leaf)
      ASSERT_LE(difference(compiled.state->tensor(leaf).values<double>(), p[leaf]), 1e-9)
          << compiled.state->path(leaf) << " after step " << index + 1;
  }
}

// Updates of `group` batches, or of those left at the end of an epoch, beside the same rows taken as one batch; and the
// averages of the weights, from their definition: Σ dᵗ⁻ⁱ pᵢ/Σ dᵗ⁻ⁱ.
void compareUpdates(const std::string &name, int group, double decay) {
  SCOPED_TRACE(name + " " + std::to_string(group) + " " + std::to_string(decay));
  static const Problem problem;
  const reference::Clip clip = reference::clips().back();
  std::string rest = (group > 1 ? "accumulate " + std::to_string(group) : "") + (decay > 0 ? " ema " + std::to_string(decay) : "");
  std::string settings;
  for (const reference::Rule &rule : reference::rules())
    if (rule.name == name) settings = rule.settings;
  Compiled compiled(source(name + "(lr = cosine(0.05, warmup = 3)" + settings + ")" + clip.text, rest));
  ASSERT_TRUE(compiled.good);
  const int updates = (perEpoch + group - 1) / group, total = 6 * updates;
  compiled.numbers.totalSteps = total;
  reference::Update update = reference::each(name);
  Leaves p, g, averages, zero;
  for (size_t leaf = 0; leaf < 4; ++leaf) {
    auto values = compiled.state->tensor(leaf).values<double>();
    p.emplace_back(values.begin(), values.end());
  }
  zero = averages = reference::combine(p, -1, p);
  double weight = 0;
  for (int t = 1; t <= total; ++t) {
    int first = (t - 1) % updates * group, last = std::min(first + group, perEpoch) - 1;
    int begin = Problem::begin(first), end = Problem::begin(last) + Problem::count(last);
    double loss = problem.gradient(p, begin, end - begin, g), norm = reference::norm(g);
    clip.apply(g);
    double rate = t <= 3 ? 0.05 * t / 3 : 0.025 * (1 + std::cos(M_PI * (t - 3) / (total - 3)));
    update(p, [&](const Leaves &) { return g; }, rate, t);
    weight = decay * weight + 1;
    averages = reference::combine(reference::combine(zero, decay, averages), 1, p);
    for (int index = first; index < last; ++index) compiled.run(compiled.earlier, index, problem);
    ASSERT_LE(difference(compiled.step(last, problem), {loss, norm, rate}), 1e-10) << "metrics of update " << t;
    for (size_t leaf = 0; leaf < p.size(); ++leaf) {
      ASSERT_LE(difference(compiled.state->tensor(leaf).values<double>(), p[leaf]), 1e-10) << "update " << t;
      if (decay == 0) continue;
      Leaf mean = averages[leaf];
      for (double &value : mean) value /= weight;
      size_t served = compiled.state->served(leaf);
      ASSERT_EQ(compiled.state->path(served), "ema." + compiled.state->path(leaf));
      ASSERT_LE(difference(compiled.state->tensor(served).values<double>(), mean), 1e-10) << "average " << t;
    }
  }
}

TEST(Updates, OfSeveralBatchesAreThoseOfALargerOne) {
  for (int group : {2, 3, 5, 9}) compareUpdates("adamw", group, 0);
}
TEST(Updates, AveragesAreWeightedSumsOfTheWeights) {
  for (double decay : {0.5, 0.99, 0.9999}) compareUpdates("momentum", 1, decay);
  compareUpdates("adam", 2, 0.9);
}

class WholeTrajectory : public ::testing::TestWithParam<size_t> {};
TEST_P(WholeTrajectory, FollowsTheFormulas) { compareWhole(reference::allWholeRules()[GetParam()]); }
INSTANTIATE_TEST_SUITE_P(Optimizers, WholeTrajectory, ::testing::Range<size_t>(0, reference::allWholeRules().size()),
                         [](const auto &info) { return reference::allWholeRules()[info.param].name; });

class Trajectory : public ::testing::TestWithParam<size_t> {};

TEST_P(Trajectory, FollowsTheFormulas) {
  reference::Rule rule = reference::rules()[GetParam()];
  const auto schedules = reference::schedules();
  const auto clips = reference::clips();
  bool all = rule.name == "sgd" || rule.name == "adamw"; // the rest: each schedule or clip with some rules
  for (size_t i = 0; i < schedules.size(); ++i)
    for (size_t k = 0; k < clips.size(); ++k)
      if (all || (i + GetParam()) % schedules.size() == k) compare(rule, schedules[i], clips[k]);
}

INSTANTIATE_TEST_SUITE_P(Optimizers, Trajectory, ::testing::Range<size_t>(0, reference::rules().size()),
                         [](const auto &info) { return reference::rules()[info.param].name; });

} // namespace
