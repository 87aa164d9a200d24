// Sources that would take for ever, or all memory: each ends with a numbered error, soon.
#include "Support.h"
#include "tests/ProcessorTime.h"
#include <fstream>
#include <regex>
#include <set>
#include <filesystem>

using namespace fluxion;
using namespace fluxion::test;

static void expectSoon(const std::string &text, const std::string &number) {
  ProcessorTime taken;
  auto checked = check(text);
  double seconds = taken.seconds();
  bool found = false;
  for (const Diagnostic &d : checked->sink.all()) found |= d.number == number;
  EXPECT_TRUE(found) << number << "\n" << render(checked->sink).substr(0, 2000);
  EXPECT_LT(seconds, 3.0); // far above what it takes
}

TEST(Hostile, ExponentialInlining) {
  std::string text = "fn f0(x: f32) -> f32 = x * x\n";
  for (int i = 1; i < 60; ++i)
    text += "fn f" + std::to_string(i) + "(x: f32) -> f32 = f" + std::to_string(i - 1) + "(f" + std::to_string(i - 1) +
            "(x))\n";
  expectSoon(text, "E0412");
}

TEST(Hostile, ExponentialNumbers) {
  std::string text = "fn f0(x) = x\n";
  text = "fn g(x: f32) { let a0 = sqrt(2)\n";
  for (int i = 1; i < 80; ++i)
    text += "let a" + std::to_string(i) + " = a" + std::to_string(i - 1) + " * a" + std::to_string(i - 1) + "\n";
  expectSoon(text + "x * a79 }\n", "E0412");
}

TEST(Hostile, ExponentialStructs) {
  std::string text = "struct S0 { a: f32 ~ zeros, b: f32 ~ zeros }\n";
  for (int i = 1; i < 50; ++i)
    text +=
        "struct S" + std::to_string(i) + " { a: S" + std::to_string(i - 1) + ", b: S" + std::to_string(i - 1) + " }\n";
  expectSoon(text + "fn f(s: S49) = 1\n", "E0412");
  expectSoon(text + "fn f(k: i64) = init(S49, k)\n", "E0412");
}

TEST(Hostile, ExponentialGradients) {
  std::string f = "f";
  std::string text = "fn f(x: f32) -> f32 = x * x\n";
  for (int i = 1; i < 40; ++i)
    text += "fn h" + std::to_string(i) + "(x: f32) -> f32 = grad(" + (i == 1 ? f : "h" + std::to_string(i - 1)) +
            ")(x) + grad(" + (i == 1 ? f : "h" + std::to_string(i - 1)) + ")(2 * x)\n";
  auto checked = check(text);
  EXPECT_FALSE(checked->sink.hasErrors()) << "instances are shared\n" << render(checked->sink);
}

TEST(Hostile, LongChainsOfCalls) {
  std::string text = "fn f0(x: f32) -> f32 = x\n";
  for (int i = 1; i < 5000; ++i)
    text += "fn f" + std::to_string(i) + "(x: f32) -> f32 = f" + std::to_string(i - 1) + "(x)\n";
  expectSoon(text, "E0412");
}

TEST(Hostile, HugeDimensions) {
  expectSoon("fn f(x: f32[N]) = reshape(x, [N * 9223372036854775807 * 9223372036854775807])", "E0315");
  expectSoon("fn f(x: f32[9223372036854775807, 9223372036854775807]) = mean(x)", "E0305");
  expectSoon("fn f(x: f32[N]) = expand(x, axis = 0, size = 0 - 3)", "E0315");
}

// Every number this front end raises has its page.
TEST(Errors, NumbersHavePages) {
  std::set<std::string> numbers;
  std::regex pattern("\"(E0[2-5][0-9][0-9])\"");
  for (const char *folder : {"/frontend/Check", "/frontend/Graph"})
    for (const auto &entry : std::filesystem::directory_iterator(std::string(FLUXION_SOURCE_DIR) + folder)) {
      std::ifstream file(entry.path());
      std::string text((std::istreambuf_iterator<char>(file)), {});
      for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) numbers.insert((*it)[1]);
    }
  EXPECT_GT(numbers.size(), 30u);
  for (const std::string &number : numbers) EXPECT_TRUE(findError(number)) << number;
}
