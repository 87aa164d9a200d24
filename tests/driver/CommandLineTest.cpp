// Command lines and how tensors are printed.
#include "Programs.h"
#include "compiler/Driver/cli/Options.h"
#include "compiler/Driver/cli/Print.h"

using namespace fluxion::cli;
namespace api = fluxion::api;

namespace {

const Verb verb = {"run", "FILE", "runs", "", 1, 2,
                   {{"--epochs", "N", ""}, {"--quiet", nullptr, ""}, {"--dim", "NAME=N", "", true}, {"-o", "FILE", ""}}, nullptr};

struct Parsed {
  Line line;
  bool good;
  std::string complaint;
};
Parsed parse(std::vector<std::string> words) {
  Parsed parsed;
  ::testing::internal::CaptureStderr();
  parsed.good = parseLine(verb, words, parsed.line);
  parsed.complaint = ::testing::internal::GetCapturedStderr();
  return parsed;
}

TEST(CommandLine, OptionsInEitherForm) {
  auto parsed = parse({"m.flx", "--epochs=3", "-o", "x.npy", "--dim", "N=4", "--dim=D=5", "--quiet"});
  ASSERT_TRUE(parsed.good) << parsed.complaint;
  EXPECT_EQ(parsed.line.value("--epochs"), "3");
  EXPECT_EQ(parsed.line.value("-o"), "x.npy");
  EXPECT_EQ(parsed.line.values("--dim"), (std::vector<std::string>{"N=4", "D=5"}));
  EXPECT_TRUE(parsed.line.has("--quiet"));
  EXPECT_EQ(parsed.line.operands, std::vector<std::string>{"m.flx"});
}

TEST(CommandLine, DoubleDashEndsOptions) {
  auto parsed = parse({"--", "--epochs"});
  ASSERT_TRUE(parsed.good);
  EXPECT_EQ(parsed.line.operands[0], "--epochs");
}

TEST(CommandLine, Complaints) {
  EXPECT_NE(parse({"m.flx", "--epoch=3"}).complaint.find("did you mean `--epochs`?"), std::string::npos);
  EXPECT_NE(parse({"m.flx", "--zzzzzzz"}).complaint.find("--help"), std::string::npos);
  EXPECT_FALSE(parse({"m.flx", "--epochs"}).good);
  EXPECT_FALSE(parse({"m.flx", "--quiet=1"}).good);
  EXPECT_FALSE(parse({"m.flx", "--quiet", "--quiet"}).good);
  EXPECT_FALSE(parse({}).good);
  EXPECT_FALSE(parse({"a", "b", "c"}).good);
}

TEST(CommandLine, WholeNumbers) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(wholeNumber("x", "12", 1), 12);
  EXPECT_FALSE(wholeNumber("x", "0", 1));
  EXPECT_FALSE(wholeNumber("x", "1.5", 0));
  EXPECT_FALSE(wholeNumber("x", "", 0));
  EXPECT_FALSE(wholeNumber("x", "99999999999999999999", 0));
  EXPECT_FALSE(wholeNumber("x", "12a", 0));
  ::testing::internal::GetCapturedStderr();
}

TEST(Print, NestedAndAligned) {
  api::Tensor tensor(api::DType::f32, {2, 2});
  float values[] = {1, 2.5, -30, 0};
  memcpy(tensor.data(), values, sizeof values);
  EXPECT_EQ(printTensor(tensor), "[[  1, 2.5],\n [-30,   0]]");
  EXPECT_EQ(printTensor(api::Tensor(api::DType::i64, {})), "0");
  EXPECT_EQ(printTensor(api::Tensor(api::DType::boolean, {2})), "[false, false]");
  EXPECT_EQ(printTensor(api::Tensor(api::DType::f64, {0, 3})), "[]");
}

TEST(Print, LongAxesAreShortened) {
  std::string text = printTensor(api::Tensor(api::DType::f32, {5000}));
  EXPECT_EQ(text, "[0, 0, 0, …, 0, 0, 0]");
}

} // namespace
