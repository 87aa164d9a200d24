// The pages of the errors: an example that fails (```flx fails) gives the number of its page and no other, and one that
// is mended (```flx) gives nothing.
#include "Cases.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace fluxion::test {

struct Fence {
  std::string language, text;
};

static std::vector<Fence> fencesOf(const std::string &page) {
  std::vector<Fence> fences;
  for (size_t at = page.find("```"); at != std::string::npos;) {
    size_t line = page.find('\n', at), end = page.find("\n```", line);
    if (line == std::string::npos || end == std::string::npos) break;
    fences.push_back({page.substr(at + 3, line - at - 3), page.substr(line + 1, end - line)});
    at = page.find("```", end + 4);
  }
  return fences;
}

static std::string repeat(const std::string &piece, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += piece;
  return all;
}

// Examples that are too long for a page, or no text; an empty one takes too long to try.
static std::string exampleFor(const std::string &number) {
  if (number == "E0104") return "fn f(x: f32) = x // \xFF";
  if (number == "E0108") return "fn f(x: f32) = " + repeat("(", 500) + "x" + repeat(")", 500);
  if (number == "E0412") {
    std::string text = "fn f0(x: f32) = x + 1\n";
    for (int i = 1; i < 40; ++i)
      text += "fn f" + std::to_string(i) + "(x: f32) = f" + std::to_string(i - 1) + "(x) + f" + std::to_string(i - 1) +
              "(2 * x)\n";
    return text;
  }
  return "";
}

// Of the formatter, of files, of the C++ builder, of the command line, and of what grows with the language.
static const std::set<std::string> apart = {"E0110", "E0114", "E0206", "E0430", "E0431"};

TEST(Pages, FailAsTheySay) {
  size_t examples = 0;
  for (const ErrorEntry &entry : errorTable()) {
    std::string number = entry.number;
    bool frontend = number >= "E0101" && number < "E0600";
    std::vector<Fence> fences = fencesOf(*explain(number));
    auto fails = std::find_if(fences.begin(), fences.end(), [](const Fence &f) { return f.language == "flx fails"; });
    auto mended = std::find_if(fences.begin(), fences.end(), [](const Fence &f) { return f.language == "flx"; });
    if (fails == fences.end()) {
      std::string example = exampleFor(number);
      bool excused = !frontend || apart.count(number);
      EXPECT_TRUE(excused || !example.empty()) << number << " has no example";
      if (!example.empty()) EXPECT_EQ(check("page.flx", example).at(0).number, number);
      continue;
    }
    ++examples;
    std::vector<Diagnostic> said = check("page.flx", fails->text);
    EXPECT_FALSE(said.empty()) << number << " does not fail:\n" << fails->text;
    for (const Diagnostic &d : said) EXPECT_EQ(d.number, number) << render(d);
    ASSERT_TRUE(mended != fences.end()) << number << " shows no mended program";
    std::string after = describe(check("page.flx", mended->text));
    EXPECT_EQ(after, "//! nothing\n") << number << " is mended by\n" << mended->text;
  }
  EXPECT_GE(examples, 50u);
}

// The table of all numbers, and the errors shown, in docs/errors.md are those of the library.
static std::string numbers() {
  std::string table = "| number | |\n|---|---|\n";
  for (const ErrorEntry &entry : errorTable())
    table += "| [" + std::string(entry.number) + "](errors/" + entry.number + ".md) | " + entry.title + " |\n";
  return table;
}

// Between `<!-- name -->` and the next blank line after a fence or table, the text that belongs there.
static std::string shown(const std::string &name) {
  if (name == "numbers") return numbers();
  std::filesystem::path file = std::filesystem::path(FLUXION_SOURCE_DIR "/tests/frontend/errors") / name;
  std::string program = read(file), text = "```text\n";
  program = program.substr(0, program.find("\n//!") + 1);
  std::vector<Diagnostic> said = check(name, program);
  for (size_t i = 0; i < said.size(); ++i) text += (i ? "\n" : "") + render(said[i]);
  return text + "```\n";
}

static void compare(const std::filesystem::path &file, size_t least) {
  const std::string page = read(file);
  std::string made;
  size_t at = 0, places = 0;
  for (size_t mark = page.find("<!-- "); mark != std::string::npos; mark = page.find("<!-- ", at), ++places) {
    size_t close = page.find(" -->\n", mark), end = page.find("<!-- end -->", mark);
    ASSERT_NE(close, std::string::npos);
    ASSERT_NE(end, std::string::npos) << page.substr(mark, 60);
    made += page.substr(at, close + 5 - at) + shown(page.substr(mark + 5, close - mark - 5));
    at = end + 12;
    made += "<!-- end -->";
  }
  made += page.substr(at);
  EXPECT_GE(places, least);
  EXPECT_TRUE(made == page) << file << " is not what is said; ErrorTests with FLUXION_UPDATE_ERRORS=1 writes it";
  if (made != page && updates()) write(file, made);
}

TEST(Pages, ShowWhatIsReallySaid) {
  compare(FLUXION_SOURCE_DIR "/docs/errors.md", 12);
  compare(FLUXION_SOURCE_DIR "/docs/language.md", 1);
}

} // namespace fluxion::test
