// Extents from shapes.
#include "compiler/Driver/Infer.h"
#include "Programs.h"

using namespace fluxion;

namespace {

Function takes(std::vector<TensorType> types) {
  Function function;
  function.name = "f";
  std::map<std::string, bool> seen;
  for (size_t i = 0; i < types.size(); ++i) {
    function.parameters.push_back({std::string(1, char('a' + i)), types[i]});
    for (const Dim &dim : types[i].shape)
      for (const std::string &name : dim.names())
        if (!std::exchange(seen[name], true)) function.dimensions.push_back(name);
  }
  return function;
}

const Dim N = Dim::named("N"), D = Dim::named("D"), K = Dim::named("K");

TEST(Infer, ReadsNamesOffShapes) {
  auto binding = inferDimensions(takes({f32({N, D}), f32({D})}), {{{3, 4}}, {{4}}});
  ASSERT_TRUE(binding);
  EXPECT_EQ(*binding, (DimBinding{{"N", 3}, {"D", 4}}));
}

TEST(Infer, SolvesPolynomialsOnceBareNamesAreKnown) {
  auto binding = inferDimensions(takes({f32({N * D + 1}), f32({D})}), {{{13}}, {{4}}});
  ASSERT_TRUE(binding);
  EXPECT_EQ(binding->at("N"), 3);
}

TEST(Infer, SolvesTriangularNumbers) {
  auto binding = inferDimensions(takes({f32({(D * D - D).dividedBy(2)})}), {{{45}}});
  ASSERT_TRUE(binding);
  EXPECT_EQ(binding->at("D"), 10);
}

TEST(Infer, PolynomialWithoutSolutionIsNamed) {
  auto binding = inferDimensions(takes({f32({N * 4})}), {{{13}}});
  ASSERT_FALSE(binding);
  EXPECT_EQ(binding.error().number(), "E0710");
}

TEST(Infer, ConflictNamesBothArguments) {
  auto binding = inferDimensions(takes({f32({N, D}), f32({N})}), {{{3, 4}}, {{5}}});
  ASSERT_FALSE(binding);
  EXPECT_EQ(binding.error().number(), "E0710");
  std::string text = binding.error().render();
  EXPECT_NE(text.find("argument `b` is f32[5], but parameter `b` is f32[N], here f32[3]"), std::string::npos) << text;
  EXPECT_NE(text.find("N is 3 by argument `a`, f32[3,4] for f32[N,D]"), std::string::npos) << text;
}

TEST(Infer, ConflictWithinOneArgument) {
  auto binding = inferDimensions(takes({f32({N, N})}), {{{3, 4}}});
  ASSERT_FALSE(binding);
  EXPECT_NE(binding.error().render().find("N is 3 by this argument itself"), std::string::npos);
}

TEST(Infer, RankMismatch) {
  auto binding = inferDimensions(takes({f32({N, D})}), {{{3}}});
  ASSERT_FALSE(binding);
  EXPECT_NE(binding.error().message().find("the number of axes differs"), std::string::npos);
}

TEST(Infer, UnboundDimensionAsksForIt) {
  auto binding = inferDimensions(takes({f32({N}), f32({K})}), {{{3}}, std::nullopt});
  ASSERT_FALSE(binding);
  EXPECT_EQ(binding.error().number(), "E0705");
  EXPECT_NE(binding.error().render().find("--dim K="), std::string::npos);
}

// G·h·w is no disagreement as long as h and w are open.
TEST(Infer, ExtentsOfSeveralUnknownNamesAskForThem) {
  Dim h = Dim::named("h"), w = Dim::named("w");
  fluxion::Function f = takes({f32({h * w * 2, N}), f32({h * 4, w * 4})});
  auto binding = inferDimensions(f, {{{6, 3}}, std::nullopt});
  ASSERT_FALSE(binding);
  EXPECT_EQ(binding.error().number(), "E0705");
  EXPECT_NE(binding.error().render().find("--dim h=… --dim w=…"), std::string::npos) << binding.error().render();
  auto solved = inferDimensions(f, {{{6, 3}}, std::nullopt}, {{"h", 3}});
  ASSERT_TRUE(solved);
  EXPECT_EQ(solved->at("w"), 1);
  EXPECT_EQ(inferDimensions(f, {{{7, 3}}, std::nullopt}, {{"h", 3}}).error().number(), "E0710"); // no w makes 7
}

TEST(Infer, GivenExtentsCountAndAreChecked) {
  Function f = takes({f32({N}), f32({K})});
  auto binding = inferDimensions(f, {{{3}}, std::nullopt}, {{"K", 9}});
  ASSERT_TRUE(binding);
  EXPECT_EQ(binding->at("K"), 9);
  auto conflict = inferDimensions(f, {{{3}}, std::nullopt}, {{"K", 9}, {"N", 4}});
  ASSERT_FALSE(conflict);
  EXPECT_NE(conflict.error().render().find("N is 4, as given"), std::string::npos);
  auto unknown = inferDimensions(f, {{{3}}, std::nullopt}, {{"k", 9}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().number(), "E0711");
}

TEST(Infer, ImpossibleExtents) {
  EXPECT_EQ(inferDimensions(takes({f32({N, D})}), {std::nullopt}, {{"N", 1l << 40}, {"D", 1l << 40}}).error().number(),
            "E0712");
  EXPECT_EQ(inferDimensions(takes({f32({N - 5})}), {std::nullopt}, {{"N", 3}}).error().number(), "E0712");
}

TEST(Infer, EmptyAxesAreFine) {
  auto binding = inferDimensions(takes({f32({N, D})}), {{{0, 4}}});
  ASSERT_TRUE(binding);
  EXPECT_EQ(binding->at("N"), 0);
}

} // namespace
