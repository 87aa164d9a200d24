#include "SyntaxTesting.h"
#include "frontend/Source/Embedded.h"
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace fluxion {
using namespace testing;

TEST(Diagnostic, ShowsLineCaretNotesAndHelp) {
  auto file = source("fn f(x: f32[N], y: f32[D]) -> f32 {\n\tlet α = x + y\n}");
  auto at = [&](const char *text) {
    uint32_t begin = uint32_t(file->text.find(text));
    return SourceRange{file, begin, begin + uint32_t(std::string(text).size())};
  };
  DiagnosticSink sink;
  sink.error("E0301", at("x + y"), "`x` and `y` disagree")
      .withLabel("f32[N] + f32[D]")
      .note(at("y: f32[D]"), "`y` is f32[D] here")
      .note("a note without a place")
      .help("write the axis out");
  EXPECT_EQ(render(sink.all()[0]), "error[E0301]: `x` and `y` disagree\n"
                                   " --> m.flx:2:10\n"
                                   "  |\n"
                                   "1 | fn f(x: f32[N], y: f32[D]) -> f32 {\n"
                                   "  |                 --------- `y` is f32[D] here\n"
                                   "2 |  let α = x + y\n"
                                   "  |          ^^^^^ f32[N] + f32[D]\n"
                                   "  = note: a note without a place\n"
                                   "  = help: write the axis out\n");
}
TEST(Diagnostic, PutsSeveralMarksUnderOneLine) {
  auto file = source("x₀ @ 形̂ + z");
  DiagnosticSink sink;
  sink.error("E0303", SourceRange{file, 5, 6}, "m")
      .withLabel("here")
      .note(SourceRange{file, 0, 4}, "left")
      .note(SourceRange{file, 7, 12}, "right");
  EXPECT_EQ(render(sink.all()[0]), "error[E0303]: m\n"
                                   " --> m.flx:1:4\n"
                                   "  |\n"
                                   "1 | x₀ @ 形̂ + z\n"
                                   "  | -- ^ -- right\n"
                                   "  | |  |\n"
                                   "  | |  here\n"
                                   "  | left\n");
}
TEST(Diagnostic, ShowsALineBetweenAndLeavesOutMore) {
  auto file = source("a\nb\nc\nd\ne\nf\n");
  DiagnosticSink sink;
  sink.error("E0303", SourceRange{file, 4, 5}, "m").note(SourceRange{file, 0, 1}, "A").note(SourceRange{file, 10, 11}, "F");
  EXPECT_EQ(render(sink.all()[0]), "error[E0303]: m\n"
                                   " --> m.flx:3:1\n"
                                   "  |\n"
                                   "1 | a\n"
                                   "  | - A\n"
                                   "2 | b\n"
                                   "3 | c\n"
                                   "  | ^\n"
                                   ".\n"
                                   "6 | f\n"
                                   "  | - F\n");
}
TEST(Diagnostic, ShowsTheCallsALibraryErrorCameThrough) {
  auto library = std::make_shared<SourceFile>(SourceFile{"std/a.flx", "x @ W"});
  auto user = source("\nlinear(q, W)");
  DiagnosticSink sink;
  Location caller{{user, 1, 13}, nullptr};
  sink.error("E0303", Location{{library, 0, 5}, std::make_shared<Location>(caller)}, "no");
  EXPECT_NE(render(sink).find("note: called from here\n --> m.flx:2:1\n"), std::string::npos) << render(sink);
}
TEST(Diagnostic, WindowsLongLines) {
  auto file = source(std::string(500000, 'a') + " ? " + std::string(500000, 'b'));
  DiagnosticSink sink;
  sink.error("E0101", SourceRange{file, 500001, 500002}, "m");
  std::string text = render(sink, {false, 80});
  EXPECT_LT(text.size(), 400u);
  std::istringstream lines(text);
  std::string line, caret;
  for (int i = 0; i < 4; ++i) std::getline(lines, line);
  std::getline(lines, caret);
  EXPECT_EQ(line.substr(0, 7), "1 | …");
  // One column of the sign "…" is three bytes.
  EXPECT_EQ(line[caret.find('^') + 2], '?') << text;
}
TEST(Diagnostic, TellsApartWhatTheWindowDoesNotShow) {
  auto file = source("far " + std::string(600, 'a') + " @ near");
  DiagnosticSink sink;
  sink.error("E0303", SourceRange{file, 605, 606}, "m")
      .note(SourceRange{file, 0, 3}, "far away")
      .note(SourceRange{file, 607, 611}, "beside it");
  std::string text = render(sink.all()[0], {false, 80});
  EXPECT_NE(text.find(" ^ ---- beside it\n"), std::string::npos) << text;
  EXPECT_NE(text.find("note: far away\n --> m.flx:1:1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("1 | far aaa"), std::string::npos) << text;
}
TEST(Diagnostic, PointsPastTheEnd) {
  Parsed p("fn f(x: f32) = x +");
  EXPECT_NE(p.errors().find("1 | fn f(x: f32) = x +\n  |                   ^\n"), std::string::npos) << p.errors();
}
TEST(Diagnostic, EscapesJson) {
  auto file = source("\"\n\"x");
  DiagnosticSink sink;
  sink.error("E0102", SourceRange{file, 2, 4}, "a \"b\"\n\xFF").help("h");
  EXPECT_EQ(renderJson(sink.all()[0]),
            R"({"number":"E0102","severity":"error","message":"a \"b\"\u000a\ufffd","file":"m.flx","line":2,"column":1,)"
            R"("endLine":2,"endColumn":3,"offset":2,"endOffset":4,"label":"","labels":[],"notes":[],"help":"h","fixes":[]})");
}
TEST(Diagnostic, ColorsOnRequest) {
  Parsed p("?");
  EXPECT_NE(render(p.sink, {true, 80}).find("\033[1;31merror[E0101]\033[0m"), std::string::npos);
  EXPECT_EQ(p.errors().find('\033'), std::string::npos);
}

TEST(NearestName, FindsSlipsOnly) {
  std::vector<std::string> names = {"softmax", "softplus", "relu", "lossy"};
  EXPECT_EQ(nearestName("sofmtax", names), "softmax");
  EXPECT_EQ(nearestName("Relu", names), "relu");
  EXPECT_EQ(nearestName("reul", names), "relu");
  EXPECT_EQ(nearestName("xyz", names), std::nullopt);
  EXPECT_EQ(nearestName("a", names), std::nullopt);
  EXPECT_EQ(nearestName("", names), std::nullopt);
}

TEST(ErrorTable, HasAPageForEveryNumberInTheTree) {
  namespace fs = std::filesystem;
  std::set<std::string> used;
  const std::regex number("[\"[](E0[0-9]{3})[]\"]"); // "E0301" in C++, "[E0301] …" in MLIR
  for (const char *folder : {"/frontend", "/compiler", "/dialects", "/runtime"})
    for (const auto &entry : fs::recursive_directory_iterator(std::string(FLUXION_SOURCE_DIR) + folder)) {
      std::string extension = entry.path().extension().string();
      if (extension != ".cpp" && extension != ".h") continue;
      std::stringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      std::string code = text.str();
      for (std::sregex_iterator i(code.begin(), code.end(), number), end; i != end; ++i) {
        if (used.insert((*i)[1]).second)
          EXPECT_TRUE(findError((*i)[1].str()))
              << (*i)[1] << " has no page in docs/errors; it is raised in " << entry.path();
      }
    }
}
TEST(ErrorTable, IsSortedAndEveryPageHasATitle) {
  const auto &table = errorTable();
  ASSERT_FALSE(table.empty());
  EXPECT_EQ(table.size(), embeddedErrorPages().size());
  for (size_t i = 1; i < table.size(); ++i) EXPECT_LT(std::string(table[i - 1].number), table[i].number);
  EXPECT_TRUE(explain("E0108")->starts_with("# E0108: nested too deeply\n"));
  EXPECT_EQ(explain("E9999"), std::nullopt);
}

} // namespace fluxion
