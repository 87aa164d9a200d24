// Calls through the public API, and every way to get them wrong.
#include "Programs.h"
#include "compiler/Driver/Bind.h"
#include "compiler/Driver/CompilerLibrary.h"
#include "compiler/Driver/include/fluxion/session.h"
#include <cmath>
#include <sys/resource.h>
#include <thread>

using namespace fluxion;
using namespace fluxion::api;
using fluxion::samples::compilations;
using fluxion::samples::TemporaryFolder;

namespace {

class Call : public ::testing::Test {
protected:
  api::Module module = adopt(samples::session(), samples::programs(), "pick.flx");
  api::Function axpy = *module.function("axpy"), pick = *module.function("pick");
  std::vector<float> x = {1, 2, 3}, y = {10, 20, 30};

  std::string refused(std::vector<Argument> arguments) {
    auto result = axpy.call(arguments);
    if (result) return "accepted";
    EXPECT_FALSE(result.error().message().empty());
    EXPECT_FALSE(result.error().isInternal());
    return result.error().number();
  }
};

TEST_F(Call, NumbersAndViews) {
  auto result = axpy.call({{"a", 2.0}, {"x", view(x)}, {"y", view(y)}});
  ASSERT_TRUE(result) << result.error().render();
  auto values = result->single().values<float>();
  EXPECT_EQ(std::vector<float>(values.begin(), values.end()), (std::vector<float>{12, 24, 36}));
  EXPECT_TRUE(result->single().values<double>().empty()); // another type than it has
  EXPECT_EQ(result->single().item(1), 24);
  EXPECT_TRUE(std::isnan(result->single().item(3)));
}

TEST_F(Call, StridesAreHonoured) {
  std::vector<float> table = {1, 0, 2, 0, 3, 0};
  auto result = axpy.call({{"a", 1}, {"x", view(table.data(), {3}, {2})}, {"y", view(y.data() + 2, {3}, {-1})}});
  ASSERT_TRUE(result) << result.error().render();
  EXPECT_EQ(result->single().item(0), 31);
  EXPECT_EQ(result->single().item(2), 13);
  float one = 1;
  result = axpy.call({{"a", 1}, {"x", view(&one, {3}, {0})}, {"y", view(y)}}); // one element seen three times
  ASSERT_TRUE(result);
  EXPECT_EQ(result->single().item(2), 31);
}

TEST_F(Call, UnalignedMemoryIsCopied) {
  alignas(8) char bytes[16] = {};
  memcpy(bytes + 1, x.data(), 12);
  auto result = axpy.call({{"a", 1}, {"x", View(bytes + 1, DType::f32, {3})}, {"y", view(y)}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->single().item(2), 33);
}

TEST_F(Call, FillsTakeTheShapeOfTheOthers) {
  auto result = axpy.call({{"a", 2}, {"x", ones()}, {"y", view(y)}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->single().item(2), 32);
  auto one = axpy.call({{"a", 1}, {"x", random(5)}, {"y", zeros()}}, {{"N", 100}});
  auto again = axpy.call({{"a", 1}, {"x", random(5)}, {"y", zeros()}}, {{"N", 100}});
  ASSERT_TRUE(one && again);
  EXPECT_EQ(one->single().item(99), again->single().item(99));
  EXPECT_NE(one->single().item(99), one->single().item(98));
}

TEST_F(Call, NumbersFill) {
  auto result = axpy.call({{"a", 2}, {"x", fill(0.5)}, {"y", view(y)}});
  ASSERT_TRUE(result) << result.error().render();
  EXPECT_EQ(result->single().item(2), 31);
  auto counted = pick.call({{"x", fill(3)}, {"i", 1}}, {{"N", 2}});
  ASSERT_TRUE(counted);
  EXPECT_EQ(counted->single().item(), 3);
  EXPECT_EQ(refused({{"a", 1}, {"x", fill(true)}, {"y", view(y)}}), "E0708"); // no truth value in f32[N]
}

TEST_F(Call, ADefaultStandsIn) {
  api::Function scaled = *module.function("scaled");
  EXPECT_EQ(scaled.parameters()[1].defaultValue, "0.1");
  EXPECT_EQ(scaled.parameters()[0].defaultValue, "");
  auto result = scaled.call({{"x", view(x)}});
  ASSERT_TRUE(result) << result.error().render();
  EXPECT_EQ(result->single().values<float>()[1], 2 * 0.1f); // rounded once
  auto given = scaled.call({{"x", view(x)}, {"by", 3}});
  ASSERT_TRUE(given);
  EXPECT_EQ(given->single().item(1), 6);
  EXPECT_EQ(scaled.call({{"by", 3}}).error().message(), "`scaled` needs argument `x`");
}

// A function at f32 and at f64 can be compared on random arguments.
TEST(Fills, AreRoundedF64) {
  Parameter narrow{"x", f32({Dim::named("N")})}, wide{"x", f64({Dim::named("N")})};
  fluxion::Function single, twice;
  single.parameters = {narrow}, twice.parameters = {wide};
  auto memory = std::make_shared<runtime::MemoryPool>();
  BoundArguments one(memory), two(memory);
  ASSERT_TRUE(one.bind(single, {random(1)}, {{"N", 3000}}) && two.bind(twice, {random(1)}, {{"N", 3000}}));
  auto *f = static_cast<const float *>(one.pointers()[0]);
  auto *d = static_cast<const double *>(two.pointers()[0]);
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(f[i], float(d[i])) << i;
}

TEST_F(Call, ResultsAreArguments) {
  auto first = axpy.call({{"a", 2}, {"x", view(x)}, {"y", view(y)}});
  ASSERT_TRUE(first);
  auto second = axpy.call({{"a", 1}, {"x", first->single()}, {"y", view(y)}});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->single().item(0), 22);
}

// Results, arena and packed arguments of a call are those of the one before.
TEST_F(Call, TheSteadyStateMapsNothing) {
  const int64_t n = 1 << 20;
  std::vector<float> one(size_t(n), 1.f), two(size_t(2 * n), 2.f);
  auto call = [&] {
    auto result = axpy.call({{"a", 1}, {"x", view(one)}, {"y", view(two.data(), {n}, {2})}}); // y is packed
    ASSERT_TRUE(result) << result.error().render();
    ASSERT_EQ(result->single().item(n - 1), 3);
  };
  for (int i = 0; i < 3; ++i) call();
  auto pages = [] {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
  };
  const runtime::MemoryPool &memory = *module.internals().session->memory;
  const uint64_t acquired = memory.statistics().acquired;
  const long before = pages();
  for (int i = 0; i < 100; ++i) call();
  EXPECT_EQ(memory.statistics().acquired, acquired);
  EXPECT_EQ(memory.statistics().inUse, 0u);
  EXPECT_LT(pages() - before, 1000); // a call writes 2048 pages
}

TEST(Tensors, OutliveTheirSession) {
  std::vector<float> x(1 << 20, 1.f), y(1 << 20, 2.f);
  std::optional<Results> kept;
  {
    auto module = adopt(samples::session(), samples::programs(), "pick.flx");
    auto result = module.function("axpy")->call({{"a", 1}, {"x", view(x)}, {"y", view(y)}});
    ASSERT_TRUE(result);
    kept = std::move(*result);
  }
  EXPECT_EQ(kept->single().item((1 << 20) - 1), 3);
  Tensor moved = std::move(kept->leaves[0].tensor);
  kept.reset();
  EXPECT_EQ(moved.item(0), 3);
}

TEST_F(Call, Misuse) {
  std::vector<double> wide = {1, 2, 3};
  std::vector<float> four = {1, 2, 3, 4};
  EXPECT_EQ(refused({{"a", 1}, {"x", view(x)}}), "E0703");                                        // y is missing
  EXPECT_EQ(refused({}), "E0703");
  EXPECT_EQ(refused({{"a", 1}, {"x", view(x)}, {"z", view(y)}}), "E0704");                        // no such name
  EXPECT_EQ(refused({{"", 1}, {"x", view(x)}, {"y", view(y)}}), "E0704");
  EXPECT_EQ(refused({{"a.b", 1}, {"x", view(x)}, {"y", view(y)}}), "E0704");
  EXPECT_EQ(refused({{"a", 1}, {"a", 2}, {"x", view(x)}, {"y", view(y)}}), "E0709");              // twice
  EXPECT_EQ(refused({{"a", 1}, {"x", view(wide)}, {"y", view(y)}}), "E0708");                     // f64
  EXPECT_EQ(refused({{"a", 1}, {"x", 3.0}, {"y", view(y)}}), "E0708");                            // a number for f32[N]
  EXPECT_EQ(refused({{"a", true}, {"x", view(x)}, {"y", view(y)}}), "E0708");                     // bool for f32
  EXPECT_EQ(refused({{"a", 1}, {"x", view(x)}, {"y", view(four)}}), "E0710");                     // another N
  EXPECT_EQ(refused({{"a", 1}, {"x", view(four, {2, 2})}, {"y", view(y)}}), "E0710");             // rank
  EXPECT_EQ(refused({{"a", view(x)}, {"x", view(x)}, {"y", view(y)}}), "E0710");                  // a vector for f32
  EXPECT_EQ(refused({{"a", 1}, {"x", view(x.data(), {3}, {1, 1})}, {"y", view(y)}}), "E0710");    // strides ≠ extents
  EXPECT_EQ(refused({{"a", 1}, {"x", View()}, {"y", view(y)}}), "E0713");                         // a default view
  EXPECT_EQ(refused({{"a", 1}, {"x", View(nullptr, DType::f32, {3})}, {"y", view(y)}}), "E0713"); // null
  EXPECT_EQ(refused({{"a", 1}, {"x", view(x, {4})}, {"y", view(four)}}), "E0713");                // more than there is
  EXPECT_EQ(refused({{"a", 1}, {"x", view(x.data(), {-3})}, {"y", view(y)}}), "E0712");
  EXPECT_EQ(refused({{"a", 1}, {"x", view(x.data(), {1l << 62, 16})}, {"y", view(y)}}), "E0712");
  EXPECT_EQ(refused({{"a", 1}, {"x", View(x.data(), DType::c128, {3})}, {"y", view(y)}}), "E0708");
  EXPECT_EQ(refused({{"a", 1}, {"x", Fields{{"u", view(x)}}}, {"y", view(y)}}), "E0704");         // no struct
  EXPECT_EQ(refused({{"a", 1}, {"x", zeros()}, {"y", zeros()}}), "E0705");                        // N from nowhere
}

TEST_F(Call, ScalarsMustFitTheirType) {
  auto with = [&](Argument i) { return pick.call({{"x", view(x)}, i}); };
  EXPECT_TRUE(with({"i", 2}));
  EXPECT_TRUE(with({"i", 2.0}));
  EXPECT_FALSE(with({"i", 1.5}));
  EXPECT_FALSE(with({"i", 1l << 40}));
  EXPECT_FALSE(with({"i", NAN}));
}

TEST_F(Call, StructsWholeAndByField) {
  api::Function eval = *module.function("fit.eval");
  std::vector<float> w = {1, 2}, b = {0.5f}, X = {1, 1, 2, 2}, t = {3, 6};
  View bias = view(b.data(), Shape{});
  auto call = [&](std::vector<Argument> p) {
    p.push_back({"x", view(X, {2, 2})});
    p.push_back({"y", view(t)});
    return eval.call(p);
  };
  EXPECT_TRUE(call({{"p", Fields{{"w", view(w)}, {"b", bias}}}}));
  EXPECT_TRUE(call({{"p.w", view(w)}, {"p.b", 0.5}}));
  EXPECT_TRUE(call({{"p", zeros()}}));
  EXPECT_EQ(call({{"p", Fields{{"w", view(w)}}}}).error().number(), "E0703");
  EXPECT_EQ(call({{"p", Fields{{"w", view(w)}, {"b", bias}, {"c", bias}}}}).error().number(), "E0704");
  EXPECT_EQ(call({{"p", view(w)}}).error().number(), "E0708");
  EXPECT_EQ(call({{"p", zeros()}, {"p.w", view(w)}}).error().number(), "E0709");
}

TEST_F(Call, FaultsInDataShowTheSource) {
  auto result = pick.call({{"x", view(x)}, {"i", 5}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().number(), "E0714");
  EXPECT_EQ(result.error().line(), 2u);
  EXPECT_NE(result.error().render().find("index 5 is outside [0, 3) in gather along N"), std::string::npos);
  EXPECT_NE(result.error().render().find("x[i]"), std::string::npos);
  EXPECT_TRUE(pick.call({{"x", view(x)}, {"i", 1}})) << "a fault must not stick to the frame";
}

TEST_F(Call, UnknownFunctionSuggests) {
  auto missing = module.function("axyp");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().render().find("did you mean `axpy`?"), std::string::npos);
}

TEST_F(Call, InternalErrorsSaySo) {
  auto result = module.function("broken")->call({{"x", view(x)}});
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().isInternal());
  EXPECT_EQ(result.error().number(), "E0000");
}

TEST_F(Call, OneCompilationForManyThreads) {
  int before = compilations();
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        auto result = module.function("axpy")->call({{"a", t}, {"x", view(x)}, {"y", view(y)}});
        if (!result || result->single().item(2) != 3.0 * t + 30) ++wrong;
      }
    });
  for (std::thread &thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(compilations(), before + 1);
}

TEST_F(Call, FunctionsOutliveTheirSession) {
  std::optional<api::Function> kept;
  {
    api::Module gone = adopt(samples::session(), samples::programs(), "pick.flx");
    kept = *gone.function("axpy");
  }
  EXPECT_TRUE(kept->call({{"a", 1}, {"x", view(x)}, {"y", view(y)}}));
}

TEST(CallCache, SecondProcessTakesCodeFromTheDisk) {
  TemporaryFolder folder;
  std::vector<float> x = {1, 2}, y = {3, 4};
  int before = compilations();
  for (int round = 0; round < 2; ++round) {
    api::Module module = adopt(samples::session(folder.path), samples::programs(), "pick.flx");
    ASSERT_TRUE(module.function("axpy")->call({{"a", 1}, {"x", view(x)}, {"y", view(y)}}));
  }
  EXPECT_EQ(compilations(), before + 1);
}

// Copies of an error share its text, but not what is added to one of them later: threads may hold the same error.
TEST(Errors, CopiesSayWhatIsTheirs) {
  const Error first("E0701", "something");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&first, i] {
      for (int round = 0; round < 200; ++round) {
        Error mine = first;
        mine.note("seen by " + std::to_string(i)).hint("round " + std::to_string(round));
        EXPECT_NE(mine.render().find("seen by " + std::to_string(i)), std::string::npos);
      }
    });
  for (std::thread &thread : threads) thread.join();
  EXPECT_EQ(first.render().find("seen"), std::string::npos);
}

TEST(ExpectedDeathTest, AValueHasNoError) {
  EXPECT_DEATH((void)Expected<int>(3).error(), "holds a value was asked for its error");
  EXPECT_DEATH((void)Expected<void>().error(), "holds a value was asked for its error");
}

TEST(ExpectedDeathTest, UsingAnErrorEndsTheProgramWithIt) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH({ (void)samples::session().compileFile("/nowhere/m.flx")->functions(); }, "E0601|cannot|without looking");
}

// A view of a temporary does not compile.
template <class T> concept Viewable = requires { view(std::declval<T>()); };
static_assert(Viewable<std::vector<float> &> && !Viewable<std::vector<float>> && !Viewable<Tensor> && Viewable<Tensor &>);
static_assert(!Viewable<std::vector<bool> &> && !Viewable<std::vector<std::string> &>);

// Whatever it was built from, it is refused before anything in it is called.
TEST(CompilerLibrary, OfAnotherBuildIsRefused) {
  for (const char *path : {STALE_COMPILER, UNSTAMPED_COMPILER}) {
    auto compiler = openCompiler(path);
    ASSERT_FALSE(compiler);
    EXPECT_EQ(compiler.error().number(), "E0716");
    EXPECT_NE(compiler.error().render().find("of another build"), std::string::npos);
    EXPECT_NE(compiler.error().render().find(path), std::string::npos);
  }
  EXPECT_TRUE(openCompiler(FAKE_COMPILER));
}

} // namespace
