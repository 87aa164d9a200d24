// The models of the examples, whole.
#include "Support.h"
#include <algorithm>

using namespace fluxion;
using namespace fluxion::test;

static std::unique_ptr<Checked> load(const std::string &example) {
  auto checked = std::make_unique<Checked>();
  checked->module = moduleFromFile(FLUXION_SOURCE_DIR "/examples/" + example, checked->sink);
  EXPECT_TRUE(checked->sink.all().empty()) << render(checked->sink);
  return checked;
}

TEST(Models, LogisticRegression) {
  auto checked = load("logreg/logreg.flx");
  EXPECT_EQ(checked->listing("loss"), R"(fn loss<D, N>(w: f32[D], b: f32, X: f32[N,D], y: f32[N], lam: f32) {
  %0 = einsum(X, w) {equation = "nd,d->n"} : f32[N]
  %1 = broadcast(b) {dims = []} : f32[N]
  %2 = add(%0, %1) : f32[N]
  %3 = softplus(%2) : f32[N]
  %4 = mul(y, %2) : f32[N]
  %5 = sub(%3, %4) : f32[N]
  %6 = sum(%5) {axes = [0]} : f32
  %7 = constant() {value = N} : f32
  %8 = div(%6, %7) : f32
  %9 = constant() {value = 0.5} : f32
  %10 = mul(%9, lam) : f32
  %11 = einsum(w, w) {equation = "d,d->"} : f32
  %12 = mul(%10, %11) : f32
  %13 = add(%8, %12) : f32
  return %13
}
)");
  std::string all = print(*checked->module);
  EXPECT_NE(all.find(R"(fn step<D, N>(w: f32[D], b: f32, X: f32[N,D], y: f32[N], lam: f32) {
  %0 = constant() {value = 1} : f32
  %1, %2, %3 = vjp @loss.1(w, b, X, y, lam, %0) {wrt = [0, 1]} : f32, f32[D], f32
  return 0 = %1, 1.0 = %2, 1.1 = %3
}
)"), std::string::npos) << all;
  EXPECT_NE(all.find(R"(fn curve<D, N>(w: f32[D], b: f32, X: f32[N,D], y: f32[N], lam: f32, v: f32[D]) {
  %0, %1 = jvp @loss.grad.2(w, b, X, y, lam, v) {wrt = [0]} : f32[D], f32[D]
  return 0 = %0, 1 = %1
}
)"), std::string::npos) << all;
}

TEST(Models, EveryNodeKnowsItsLine) {
  auto checked = load("logreg/logreg.flx");
  const Function *loss = checked->module->find("loss");
  ASSERT_TRUE(loss);
  for (const Node &node : loss->nodes) {
    ASSERT_TRUE(node.where.range.file);
    LineColumn at = lineColumn(*node.where.range.file, node.where.range.begin);
    if (node.op == Primitive::softplus_) EXPECT_EQ(at.line, 6u);
    if (node.op == Primitive::softplus_) EXPECT_EQ(at.column, 8u);
  }
}

TEST(Models, InlinedNodesKnowTheirCallers) {
  auto checked = check("fn f(x: f32[N]) -> f32[N] = relu(x)\n");
  const Node &select = checked->module->find("f")->nodes.back();
  EXPECT_EQ(select.where.range.file->path, "std/activations.flx");
  ASSERT_TRUE(select.where.caller);
  EXPECT_EQ(select.where.caller->range.file->path, "m.flx");
  EXPECT_EQ(lineColumn(*select.where.caller->range.file, select.where.caller->range.begin).column, 29u);
  EXPECT_FALSE(select.where.caller->caller);
}

TEST(Models, FashionMnist) {
  auto checked = load("fashion-mnist/mlp.flx");
  ASSERT_EQ(checked->module->trains.size(), 1u);
  const TrainPlan &plan = *checked->module->trains[0];
  EXPECT_EQ(plan.name, "fashion");
  EXPECT_EQ(plan.batchDimension, "B");
  EXPECT_EQ(plan.batch, 128);
  EXPECT_TRUE(plan.shuffle);
  EXPECT_EQ(plan.epochs, 12);
  EXPECT_EQ(plan.seed, 7);
  EXPECT_EQ(plan.parameterLeaves, 6);
  EXPECT_EQ(plan.stateLeaves, 6 * 3 + 1);
  EXPECT_EQ(plan.metrics, (std::vector<std::string>{"loss", "grad_norm", "rate"}));
  EXPECT_EQ(plan.evalMetrics, (std::vector<std::string>{"loss", "accuracy"}));
  ASSERT_EQ(plan.data.columns.size(), 2u);
  EXPECT_EQ(plan.data.columns[0].type.print(), "f32[B,784]");
  EXPECT_EQ(plan.test.columns[1].type.print(), "i32[B]");
  EXPECT_NE(plan.test.columns[1].file.find("t10k-labels"), std::string::npos);

  const Function *init = checked->module->find(plan.initFunction), *step = checked->module->find(plan.stepFunction);
  const Function *eval = checked->module->find(plan.evalFunction);
  ASSERT_TRUE(init && step && eval);
  ASSERT_EQ(init->parameters.size(), 1u);
  ASSERT_EQ(int64_t(init->results.size()), plan.stateLeaves);
  ASSERT_EQ(step->parameters.size(), size_t(plan.stateLeaves) + plan.data.columns.size() + 1);
  ASSERT_EQ(step->results.size(), size_t(plan.stateLeaves) + plan.metrics.size());
  EXPECT_EQ(step->parameters.back().path, "total_steps");
  for (size_t i = 0; i < size_t(plan.stateLeaves); ++i) {
    EXPECT_EQ(step->donated[i], int(i));
    EXPECT_EQ(step->results[i].path, init->results[i].path);
    EXPECT_EQ(step->parameters[i].path, init->results[i].path);
    EXPECT_EQ(step->parameters[i].type, init->typeOf(init->results[i].value));
    EXPECT_EQ(step->typeOf(step->results[i].value), step->parameters[i].type);
  }
  EXPECT_EQ(init->results[0].path, "p.W1");
  EXPECT_EQ(init->results[6].path, "m.p.W1");
  EXPECT_EQ(init->results.back().path, "t");
  EXPECT_EQ(
      std::count_if(step->nodes.begin(), step->nodes.end(), [](const Node &n) { return n.op == Primitive::vjp_; }), 1);
}
