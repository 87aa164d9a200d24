// Mistakes nobody thought of: the cases with tokens taken away, doubled, exchanged or put in from elsewhere. Whatever
// is said has a page, a place inside of the text, and edits that do not overlap; and nothing takes long.
#include "Cases.h"
#include "tests/ProcessorTime.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace fluxion::test {

static std::vector<std::string> piecesOf(const std::string &program) {
  std::vector<std::string> pieces;
  for (size_t at = 0; at < program.size();) {
    auto isWord = [&](size_t i) { return isalnum(uint8_t(program[i])) || program[i] == '_'; };
    size_t end = at + 1;
    while (isWord(at) && end < program.size() && isWord(end)) ++end;
    pieces.push_back(program.substr(at, end - at));
    at = end;
  }
  return pieces;
}

static std::string mutated(std::vector<std::string> pieces, const std::vector<std::string> &others,
                           std::mt19937 &random) {
  auto any = [&](size_t size) { return size_t(random() % size); };
  for (int times = 1 + int(any(3)); times > 0 && pieces.size() > 1; --times) {
    size_t at = any(pieces.size()), to = any(pieces.size());
    switch (any(4)) {
    case 0:
      pieces.erase(pieces.begin() + long(at));
      break;
    case 1:
      pieces.insert(pieces.begin() + long(at), pieces[to]);
      break;
    case 2:
      std::swap(pieces[at], pieces[to]);
      break;
    default:
      pieces[at] = others[any(others.size())];
    }
  }
  std::string program;
  for (const std::string &piece : pieces) program += piece;
  return program;
}

static void expectSound(const Diagnostic &d, const std::string &program) {
  EXPECT_TRUE(findError(d.number)) << d.number << " of\n" << program;
  EXPECT_FALSE(d.message.empty()) << program;
  EXPECT_FALSE(render(d, {false, 80}).empty());
  std::vector<DiagnosticFix> fixes = d.fixes;
  std::sort(fixes.begin(), fixes.end(), [](auto &a, auto &b) { return a.range.begin < b.range.begin; });
  for (size_t i = 0; i < fixes.size(); ++i) {
    ASSERT_TRUE(fixes[i].range.file) << d.message;
    EXPECT_LE(fixes[i].range.begin, fixes[i].range.end) << d.message;
    EXPECT_LE(fixes[i].range.end, program.size()) << d.message << " in\n" << program;
    EXPECT_EQ(fixes[i].range.file->text, program) << d.message; // never an edit of the library
    if (i) EXPECT_LE(fixes[i - 1].range.end, fixes[i].range.begin) << d.message << " in\n" << program;
  }
}

TEST(Errors, AreSoundOfWhateverIsWritten) {
  std::vector<Case> cases = allCases();
  std::vector<std::string> others;
  for (const Case &each : cases)
    for (std::string &piece : piecesOf(each.program)) others.push_back(std::move(piece));
  std::mt19937 random(20240601);
  size_t wrong = 0;
  for (const Case &each : cases) {
    std::vector<std::string> pieces = piecesOf(each.program);
    for (int i = 0; i < 100; ++i) {
      std::string program = mutated(pieces, others, random);
      ProcessorTime taken;
      std::vector<Diagnostic> said = check("mutated.flx", program);
      EXPECT_LT(taken.seconds(), 1.0) << program;
      wrong += !said.empty();
      for (const Diagnostic &d : said) expectSound(d, program);
    }
  }
  EXPECT_GT(wrong, 20000u);
}

} // namespace fluxion::test
