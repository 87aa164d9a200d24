// From text to tokens. Always ends with EndOfFile; what is no token is reported and stands as Invalid, on which the
// parser gives up without a further word. Newlines are not tokens but a
// flag on the token that follows, since only some of them mean anything.
#pragma once
#include "frontend/Source/Diagnostic.h"
#include "frontend/Source/SourceLocation.h"
#include <string>
#include <string_view>
#include <vector>

namespace fluxion {

enum class TokenKind : uint8_t {
  EndOfFile, Invalid, Identifier, Number, String,
  // keywords
  KwFn, KwLet, KwStruct, KwConst, KwImport, KwExport, KwIf, KwThen, KwElse, KwAnd, KwOr, KwNot, KwTrue, KwFalse, KwIn,
  KwFor, KwWhile, KwScan,
  // brackets and separators
  LeftParen, RightParen, LeftBracket, RightBracket, LeftBrace, RightBrace, Comma, Semicolon, Colon, Dot, DotDot, Arrow,
  Tilde, Assign,
  // operators
  Plus, Minus, Star, Slash, Percent, At, Caret, Less, LessEqual, Greater, GreaterEqual, EqualEqual, NotEqual
};
// For messages: "`)`", "a name", "the end of the file".
const char *describe(TokenKind);

struct Token {
  TokenKind kind = TokenKind::EndOfFile;
  bool newlineBefore = false;
  bool startsColumn = false; // first byte of its line: where a declaration is expected to resume
  uint32_t begin = 0, end = 0;
  int32_t doc = -1;          // index into Tokens::docs of the `///` lines just above
};

struct Tokens {
  std::vector<Token> tokens;
  std::vector<std::string> docs;
};

Tokens lex(const std::shared_ptr<const SourceFile> &file, DiagnosticSink &sink);

// The value of a string token's text (with its quotes): escapes resolved. Valid tokens only.
std::string unquote(std::string_view token);

} // namespace fluxion
