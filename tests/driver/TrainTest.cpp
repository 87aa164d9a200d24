// The training loop: what it reads, what it leaves, and that interruption changes no bit.
#include "compiler/Driver/Train.h"
#include "Programs.h"
#include "compiler/Driver/Curves.h"
#include "runtime/Data/Writers.h"
#include "runtime/Train/Checkpoint.h"
#include <csignal>
#include <cstring>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

using namespace fluxion;
using fluxion::samples::TemporaryFolder;

namespace {

void writeArray(const std::string &path, std::vector<int64_t> shape, int64_t key, bool quantize = false) {
  int64_t count = api::elementCount(shape);
  std::vector<float> numbers(size_t(count), 0.f);
  flx_random_normal_f32(numbers.data(), 0, count, key);
  if (quantize) for (float &number : numbers) number = number > 0 ? 1.f : 0.f;
  auto written = runtime::writeNpy(path, {runtime::ElementType::F32, shape, numbers.data()});
  ASSERT_TRUE(written);
}

std::string contents(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Training : public ::testing::Test {
protected:
  TemporaryFolder folder;
  TrainPlan plan = samples::fitPlan();
  TrainOptions options;

  void SetUp() override {
    writeArray(folder / "x.npy", {101, 5}, 1); // 101 = 6·16 + 5: the last batch is smaller
    writeArray(folder / "y.npy", {101}, 2);
    writeArray(folder / "tx.npy", {37, 5}, 3);
    writeArray(folder / "ty.npy", {37}, 4);
    options.progress = runtime::Progress::Options::Style::Silent;
    options.everySeconds = 0;
  }
  api::Expected<TrainOutcome> run() {
    api::Module module = adopt(samples::session(), samples::programs(), folder / "m.flx");
    return train(module.shared(), plan, options);
  }
};

TEST_F(Training, LearnsAndLeavesWeightsLogAndCurves) {
  options.save = folder / "w.safetensors", options.log = folder / "log.csv", options.plot = folder / "loss.svg";
  auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().render();
  EXPECT_FALSE(outcome->interrupted);
  EXPECT_EQ(outcome->epoch, 6);
  EXPECT_EQ(outcome->step, 6 * 7);
  EXPECT_EQ(outcome->parameters, 6);
  ASSERT_EQ(outcome->evaluation.size(), 1u);
  EXPECT_GT(outcome->evaluation[0].second, 0);

  auto weights = runtime::Safetensors::open(options.save);
  ASSERT_TRUE(weights);
  EXPECT_EQ(weights->entries().size(), 2u);
  EXPECT_TRUE(weights->find("w") && weights->find("b")); // named below the model: p.w is w
  std::string log = contents(options.log);
  EXPECT_EQ(log.substr(0, log.find('\n')), "step,epoch,loss,rate,test_loss");
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1 + 42 + 6);
  EXPECT_NE(contents(options.plot).find("<svg"), std::string::npos);
}

class Resumption : public Training, public ::testing::WithParamInterface<const char *> {};

TEST_P(Resumption, EndsWithTheSameBits) {
  if (std::string(GetParam()) == "growing") plan.firstBatch = 3, plan.doubleEvery = 1; // 3, 6, 12, 16 rows
  if (std::string(GetParam()) == "fixed") plan.shuffleBatches = true;
  options.save = folder / "whole.safetensors", options.log = folder / "whole.csv", options.plot = folder / "whole.svg";
  ASSERT_TRUE(run());
  options.checkpoint = folder / "run.checkpoint", options.save = folder / "resumed.safetensors";
  options.log = folder / "resumed.csv", options.plot = folder / "resumed.svg";
  options.everySteps = 3;
  options.resume = true;
  for (const char *killAt : {"2", "4", "12", "13", "14", "29", "40"}) {
    unlink(options.checkpoint.c_str());
    unlink(options.log.c_str());
    pid_t child = fork(); // its step sends SIGKILL to its own process
    if (child == 0) {
      setenv("FAKE_KILL_AT", killAt, 1);
      (void)run();
      _exit(0);
    }
    int status;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    auto outcome = run();
    ASSERT_TRUE(outcome) << outcome.error().render();
    EXPECT_EQ(contents(folder / "whole.safetensors"), contents(folder / "resumed.safetensors")) << killAt;
    EXPECT_EQ(contents(folder / "whole.csv"), contents(folder / "resumed.csv")) << killAt;
    EXPECT_EQ(contents(folder / "whole.svg"), contents(folder / "resumed.svg")) << killAt;
  }
}

INSTANTIATE_TEST_SUITE_P(Batches, Resumption, ::testing::Values("alike", "growing", "fixed"));

TEST_F(Training, BatchesGrow) {
  plan.firstBatch = 3, plan.doubleEvery = 2; // 3, 3, 6, 6, 12, 12 of 101 rows
  options.log = folder / "log.csv";
  auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().render();
  EXPECT_EQ(outcome->step, 2 * (34 + 17 + 9));
  std::string log = contents(options.log);
  EXPECT_NE(log.find("\n34,1,"), std::string::npos) << log;
  EXPECT_NE(log.find("\n102,4,"), std::string::npos);
}

TEST_F(Training, AStopFlagSavesAndLeaves) {
  std::atomic<bool> stop{true};
  options.stop = &stop;
  options.checkpoint = folder / "run.checkpoint", options.save = folder / "w.safetensors";
  auto outcome = run();
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->interrupted);
  EXPECT_EQ(access(options.checkpoint.c_str(), F_OK), 0);
  EXPECT_EQ(access(options.save.c_str(), F_OK), 0);
}

TEST_F(Training, ResumingAFinishedRunOnlyEvaluates) {
  options.checkpoint = folder / "run.checkpoint";
  auto first = run();
  ASSERT_TRUE(first);
  options.resume = true;
  auto second = run();
  ASSERT_TRUE(second) << second.error().render();
  EXPECT_EQ(second->step, first->step);
  EXPECT_EQ(second->evaluation[0].second, first->evaluation[0].second);
  plan.epochs = 8; // more epochs than the first time
  auto third = run();
  ASSERT_TRUE(third);
  EXPECT_EQ(third->step, 8 * 7);
}

TEST_F(Training, ACheckpointOfAnotherRunIsRefused) {
  options.checkpoint = folder / "run.checkpoint";
  ASSERT_TRUE(run());
  options.resume = true;
  plan.seed = 8;
  EXPECT_EQ(run().error().number(), "E0719");
  plan = samples::fitPlan();
  plan.batch = 8;
  EXPECT_EQ(run().error().number(), "E0719");
  plan = samples::fitPlan();
  plan.firstBatch = 8, plan.doubleEvery = 1;
  EXPECT_EQ(run().error().number(), "E0719");
  plan = samples::fitPlan();
  std::string whole = contents(options.checkpoint);
  std::ofstream(options.checkpoint, std::ios::binary | std::ios::trunc) << whole.substr(0, whole.size() / 2);
  auto cut = run();
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().number().substr(0, 3), "E06");
}

TEST_F(Training, DataAtFault) {
  unlink((folder / "y.npy").c_str());
  auto missing = run();
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().number(), "E0601");
  EXPECT_NE(missing.error().message().find(folder / "y.npy"), std::string::npos);
  writeArray(folder / "y.npy", {100}, 2);
  EXPECT_EQ(run().error().number(), "E0617"); // 101 rows of x
  writeArray(folder / "y.npy", {101, 2}, 2);
  EXPECT_EQ(run().error().number(), "E0611");
}

TEST_F(Training, BatchesToldWrongly) {
  plan.toldBatches = 7; // 101 rows in batches of 16
  EXPECT_TRUE(run());
  plan.firstBatch = 8, plan.doubleEvery = 2;
  EXPECT_EQ(run().error().number(), "E0729");
  plan = samples::fitPlan();
  plan.toldBatches = 6;
  auto outcome = run();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().number(), "E0729");
  EXPECT_NE(outcome.error().message().find("epoch 1 has 7 of 16 rows in 101"), std::string::npos);
}

TEST_F(Training, ABatchLargerThanTheData) {
  plan.batch = 1000;
  auto outcome = run();
  ASSERT_TRUE(outcome) << outcome.error().render();
  EXPECT_EQ(outcome->step, 6);
}

TEST(Curves, MergeKeepsMeansAndSurvivesSaving) {
  Curves curves({"loss"}, {"accuracy"}), resumed({"loss"}, {"accuracy"});
  size_t steps = 5 * Curves::room + 3;
  for (size_t i = 0; i < steps; ++i) {
    double value = double(i);
    curves.step({&value, 1});
    resumed.step({&value, 1});
    if (i % 1000 == 999) {
      Curves next({"loss"}, {"accuracy"});
      ASSERT_TRUE(next.restore(resumed.save()));
      resumed = next;
    }
  }
  EXPECT_EQ(curves.save(), resumed.save());
  std::vector<double> x, y;
  curves.points(0, x, y);
  EXPECT_LT(x.size(), Curves::room);
  for (size_t i = 0; i < x.size(); ++i) EXPECT_DOUBLE_EQ(x[i], y[i] + 0.5); // the mean of a line is its middle
  Curves other({"loss", "rate"}, {});
  EXPECT_FALSE(other.restore(curves.save()));
  std::vector<double> damaged = curves.save();
  damaged[4] = 1e300;
  EXPECT_FALSE(other.restore(damaged));
}

} // namespace
