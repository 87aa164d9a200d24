// Each case says what it is to say and nothing else; each edit offered takes its error away.
#include "Cases.h"
#include "frontend/Frontend.h"
#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <set>

namespace fluxion::test {

// The first line that differs, between its neighbours.
static std::string firstDifference(const std::string &expected, const std::string &actual) {
  size_t at = 0;
  while (at < expected.size() && at < actual.size()) {
    size_t a = expected.find('\n', at), b = actual.find('\n', at);
    if (a != b || expected.compare(at, a - at, actual, at, b - at) != 0) break;
    at = a + 1;
  }
  auto lineAt = [&](const std::string &text) {
    return at < text.size() ? text.substr(at, text.find('\n', at) - at) : std::string("(the end)");
  };
  return "expected: " + lineAt(expected) + "\n     got: " + lineAt(actual) + "\n";
}

TEST(Errors, SayWhatTheCasesExpect) {
  size_t expectations = 0;
  for (const Case &each : allCases()) {
    std::string name = each.file.filename().string();
    std::vector<Diagnostic> said = check(name, each.program);
    std::string actual = describe(said);
    expectations += said.size();
    if (actual == each.expected) continue;
    std::string rendered;
    for (const Diagnostic &d : said) rendered += render(d) + "\n";
    ADD_FAILURE() << name << ": " << firstDifference(each.expected, actual) << "\n" << rendered;
    if (updates()) write(each.file, each.program + actual);
  }
  EXPECT_GE(allCases().size(), 130u);
  EXPECT_GE(expectations, 200u);
}

TEST(Errors, HaveAPageEach) {
  for (const Case &each : allCases())
    for (const Diagnostic &d : check(each.file.filename().string(), each.program))
      EXPECT_TRUE(findError(d.number)) << d.number << " in " << each.file;
}

// An edit that is offered is certain: it takes its error away. (What it hid may then be seen: one other error at most.)
TEST(Errors, GoAwayWithTheirEdits) {
  size_t edits = 0;
  for (const Case &each : allCases()) {
    std::string name = each.file.filename().string();
    std::vector<Diagnostic> before = check(name, each.program);
    for (const Diagnostic &d : before) {
      if (d.fixes.empty()) continue;
      ++edits;
      std::string mended = applyFixes(each.program, d);
      std::vector<Diagnostic> after = check(name, mended);
      auto same = [&](const std::vector<Diagnostic> &all) {
        return std::count_if(all.begin(), all.end(),
                             [&](const Diagnostic &o) { return o.number == d.number && o.message == d.message; });
      };
      EXPECT_TRUE(after.size() <= before.size() && same(after) < same(before))
          << name << ", " << d.number << " \"" << d.message << "\": the edit gives\n"
          << mended << "and\n"
          << describe(after);
    }
  }
  EXPECT_GE(edits, 60u);
}

// Read as if it were a user's, the library is warned of nothing.
TEST(Errors, FindNothingInTheLibrary) {
  for (const auto &entry : std::filesystem::recursive_directory_iterator(FLUXION_SOURCE_DIR "/frontend/std"))
    if (entry.path().extension() == ".flx")
      EXPECT_EQ(describe(check(entry.path().filename().string(), read(entry.path()))), "//! nothing\n") << entry.path();
}

// Fifty are shown, and that there may be more is said.
TEST(Errors, AreShownFiftyAtMost) {
  std::string inOne = "fn f(x: f32[N]) -> f32 {\n", inMany;
  for (int i = 0; i < 80; ++i) {
    inOne += "  let a" + std::to_string(i) + " = missing" + std::to_string(i) + "\n";
    inMany += "fn f" + std::to_string(i) + "(x: f32[N]) = x + gone" + std::to_string(i) + "\n";
  }
  for (const std::string &program : {inOne + "  sum(x)\n}\n", inMany}) {
    DiagnosticSink sink;
    moduleFromSource("many.flx", program, sink);
    EXPECT_EQ(sink.all().size(), 50u);
    std::string text = render(sink);
    EXPECT_NE(text.find("\n… and "), std::string::npos) << text.substr(text.size() - 200);
  }
}

// What is rendered: no line of it is empty of sense, and every caret stands under text.
TEST(Errors, RenderWithinTheWidth) {
  for (const Case &each : allCases())
    for (const Diagnostic &d : check(each.file.filename().string(), each.program)) {
      std::string text = render(d, {false, 100});
      EXPECT_EQ(text.find("  \n"), std::string::npos) << text;
      EXPECT_NE(text.find('^'), std::string::npos) << text;
    }
}

} // namespace fluxion::test
