#include "SyntaxTesting.h"
#include "frontend/Source/Utf8.h"
#include "frontend/Syntax/Lexer.h"

namespace fluxion {
using namespace testing;

static std::string tokensOf(const std::string &text, DiagnosticSink &sink) {
  auto file = source(text);
  std::string all;
  for (const Token &t : lex(file, sink).tokens) {
    if (!all.empty()) all += ' ';
    if (t.newlineBefore && t.begin) all += "\\n";
    all += t.kind == TokenKind::EndOfFile ? "end" : text.substr(t.begin, t.end - t.begin);
  }
  return all;
}
static std::string tokensOf(const std::string &text) {
  DiagnosticSink sink;
  std::string all = tokensOf(text, sink);
  return sink.all().empty() ? all : "! " + summary(sink);
}

TEST(Lexer, SplitsOperatorsAtTheLongest) {
  EXPECT_EQ(tokensOf("a<=b->c==d!=e..S"), "a <= b -> c == d != e .. S end");
  EXPECT_EQ(tokensOf("x@W+b^-2%n"), "x @ W + b ^ - 2 % n end");
}
TEST(Lexer, ReadsNumbers) {
  EXPECT_EQ(tokensOf("1 0.5 1e-3 2E+10 1_000 0x1F 12.5e3"), "1 0.5 1e-3 2E+10 1_000 0x1F 12.5e3 end");
  EXPECT_EQ(tokensOf("x[0:3]"), "x [ 0 : 3 ] end");
}
TEST(Lexer, TakesTuplePositionsApart) { EXPECT_EQ(tokensOf("t.0.1"), "t . 0 . 1 end"); }
TEST(Lexer, AllowsKeywordsAsFields) {
  auto file = source("p.in");
  DiagnosticSink sink;
  EXPECT_EQ(lex(file, sink).tokens[2].kind, TokenKind::Identifier);
}
TEST(Lexer, MarksNewlinesAndSkipsComments) { EXPECT_EQ(tokensOf("a // b\n  c\r\nd"), "a \\nc \\nd end"); }
TEST(Lexer, ReadsGreekAndSubscripts) { EXPECT_EQ(tokensOf("λ+θ̂₀·0"), "! E0113 1:6"); }
TEST(Lexer, KeepsDocCommentsOfTheDeclarationBelow) {
  auto file = source("/// lost\n\n/// one\n///\n/// two\nfn");
  DiagnosticSink sink;
  Tokens t = lex(file, sink);
  ASSERT_EQ(t.tokens[0].doc, 0);
  EXPECT_EQ(t.docs[0], "one\n\ntwo");
}
TEST(Lexer, ResolvesEscapes) { EXPECT_EQ(unquote(R"("a\n\t\"\\b")"), "a\n\t\"\\b"); }

TEST(LexerErrors, NameNumberLineAndColumn) {
  EXPECT_EQ(tokensOf("a\n  ?"), "! E0101 2:3");
  EXPECT_EQ(tokensOf("let x = \"abc\nlet"), "! E0102 1:9");
  EXPECT_EQ(tokensOf("\"abc\\"), "! E0102 1:1");
  EXPECT_EQ(tokensOf("2x"), "! E0103 1:1");
  EXPECT_EQ(tokensOf("x = .5"), "! E0103 1:5");
  EXPECT_EQ(tokensOf("0x"), "! E0103 1:1");
  EXPECT_EQ(tokensOf(std::string(500, '7')), "! E0103 1:1");
  EXPECT_EQ(tokensOf("a \xFF\xFE b \xC0\x80"), "! E0104 1:3");
  EXPECT_EQ(tokensOf(std::string("a \0 b", 5)), "! E0104 1:3");
  EXPECT_EQ(tokensOf("// \xED\xA0\x80"), "! E0104 1:4");
  EXPECT_EQ(tokensOf("\"a\\q\""), "! E0109 1:3");
  EXPECT_EQ(tokensOf("a ** b && !c"), "! E0113 1:3, E0113 1:8, E0113 1:11");
}
TEST(LexerErrors, CountColumnsInCodePoints) { EXPECT_EQ(tokensOf("αβγ ?"), "! E0101 1:5"); }
TEST(LexerErrors, SuggestTheOperatorMeant) {
  DiagnosticSink sink;
  EXPECT_EQ(tokensOf("a ** b", sink), "a ** b end");
  EXPECT_EQ(sink.all().at(0).suggestion, "write `^`");
}

TEST(Utf8, RejectsOverlongSurrogatesAndBeyond) {
  EXPECT_FALSE(decodeUtf8("\xC0\xAF", 0).valid);
  EXPECT_FALSE(decodeUtf8("\xE0\x80\x80", 0).valid);
  EXPECT_FALSE(decodeUtf8("\xED\xA0\x80", 0).valid);
  EXPECT_FALSE(decodeUtf8("\xF4\x90\x80\x80", 0).valid);
  EXPECT_FALSE(decodeUtf8("\xE2\x82", 0).valid);
  EXPECT_EQ(decodeUtf8("€", 0).value, 0x20ACu);
  EXPECT_EQ(decodeUtf8("𝔻", 0).length, 4u);
}

} // namespace fluxion
