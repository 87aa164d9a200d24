#include "frontend/Syntax/Lexer.h"
#include "frontend/Source/Utf8.h"
#include <algorithm>
#include <array>
#include <cstring>

namespace fluxion {

// clang-format off
static const char *const descriptions[] = {
    "the end of the file", "an unknown sign", "a name", "a number", "a string",
    "`fn`", "`let`", "`struct`", "`const`", "`import`", "`export`", "`if`", "`then`", "`else`", "`and`", "`or`",
    "`not`", "`true`", "`false`", "`in`", "`for`", "`while`", "`scan`",
    "`(`", "`)`", "`[`", "`]`", "`{`", "`}`", "`,`", "`;`", "`:`", "`.`", "`..`", "`->`", "`~`", "`=`",
    "`+`", "`-`", "`*`", "`/`", "`%`", "`@`", "`^`", "`<`", "`<=`", "`>`", "`>=`", "`==`", "`!=`"};
// clang-format on
const char *describe(TokenKind kind) { return descriptions[size_t(kind)]; }

namespace {

struct Spelling {
  std::string_view text;
  TokenKind kind;
};
const Spelling keywords[] = {
    {"fn", TokenKind::KwFn},       {"let", TokenKind::KwLet},       {"struct", TokenKind::KwStruct},
    {"const", TokenKind::KwConst}, {"import", TokenKind::KwImport}, {"export", TokenKind::KwExport},
    {"if", TokenKind::KwIf},       {"then", TokenKind::KwThen},     {"else", TokenKind::KwElse},
    {"and", TokenKind::KwAnd},     {"or", TokenKind::KwOr},         {"not", TokenKind::KwNot},
    {"true", TokenKind::KwTrue},   {"false", TokenKind::KwFalse},   {"in", TokenKind::KwIn},
    {"for", TokenKind::KwFor},     {"while", TokenKind::KwWhile},   {"scan", TokenKind::KwScan}};
// Longest first among those that share a beginning.
const Spelling operators[] = {
    {"->", TokenKind::Arrow},       {"<=", TokenKind::LessEqual}, {">=", TokenKind::GreaterEqual},
    {"==", TokenKind::EqualEqual},  {"!=", TokenKind::NotEqual},  {"..", TokenKind::DotDot},
    {"(", TokenKind::LeftParen},    {")", TokenKind::RightParen}, {"[", TokenKind::LeftBracket},
    {"]", TokenKind::RightBracket}, {"{", TokenKind::LeftBrace},  {"}", TokenKind::RightBrace},
    {",", TokenKind::Comma},        {";", TokenKind::Semicolon},  {":", TokenKind::Colon},
    {".", TokenKind::Dot},          {"~", TokenKind::Tilde},      {"=", TokenKind::Assign},
    {"+", TokenKind::Plus},         {"-", TokenKind::Minus},      {"*", TokenKind::Star},
    {"/", TokenKind::Slash},        {"%", TokenKind::Percent},    {"@", TokenKind::At},
    {"^", TokenKind::Caret},        {"<", TokenKind::Less},       {">", TokenKind::Greater}};

// What a hand trained on other languages, or a word processor, writes, and what is meant. The repair is lexed in its
// place.
struct Foreign {
  std::string_view text, meaning;
  TokenKind kind;
};
const Foreign foreign[] = {
    {"**", "^", TokenKind::Caret},    {"&&", "and", TokenKind::KwAnd},   {"||", "or", TokenKind::KwOr},
    {"...", "..", TokenKind::DotDot}, {"≤", "<=", TokenKind::LessEqual}, {"≥", ">=", TokenKind::GreaterEqual},
    {"≠", "!=", TokenKind::NotEqual}, {"−", "-", TokenKind::Minus},      {"–", "-", TokenKind::Minus},
    {"·", "*", TokenKind::Star},      {"×", "*", TokenKind::Star},       {"→", "->", TokenKind::Arrow},
    {"!", "not", TokenKind::KwNot}};

constexpr size_t longestNumber = 400; // digits; f64 has at most 767 significant ones, written numbers never need that
constexpr size_t longestSource = size_t(1) << 28;

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isAscii(char c) { return uint8_t(c) < 0x80; }

constexpr size_t longestKeyword = 6;
// What a name of ASCII goes on with, by its byte.
constexpr auto isWordByte = [] {
  std::array<bool, 256> is{};
  for (unsigned c = 0; c < 128; ++c)
    is[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  return is;
}();

class Lexer {
public:
  Lexer(const std::shared_ptr<const SourceFile> &file, DiagnosticSink &sink)
      : file(file), text(file->text), sink(sink) {}

  Tokens run() {
    if (text.size() > longestSource) {
      sink.error("E0110", range(0, 0), "the source is larger than 256 MiB");
      text = {};
    }
    if (text.substr(0, 3) == "\xEF\xBB\xBF") at = 3; // a byte-order mark
    out.tokens.reserve(text.size() / 4 + 1);
    while (skipBlank(), at < text.size()) token();
    emit(TokenKind::EndOfFile, at);
    return std::move(out);
  }

private:
  const std::shared_ptr<const SourceFile> &file;
  std::string_view text;
  DiagnosticSink &sink;
  Tokens out;
  size_t at = 0;
  bool newline = true, column = true;
  bool reportedBytes = false;
  std::string doc;

  SourceRange range(size_t begin, size_t end) const { return {file, uint32_t(begin), uint32_t(end)}; }
  char peek(size_t ahead = 0) const { return at + ahead < text.size() ? text[at + ahead] : '\0'; }
  bool startsWith(std::string_view s) const { return text.compare(at, s.size(), s) == 0; }

  void emit(TokenKind kind, size_t begin) {
    Token t;
    t.kind = kind;
    t.newlineBefore = newline;
    t.startsColumn = column;
    t.begin = uint32_t(begin);
    t.end = uint32_t(at);
    if (!doc.empty()) {
      t.doc = int32_t(out.docs.size());
      out.docs.push_back(std::move(doc));
      doc.clear();
    }
    newline = column = false;
    out.tokens.push_back(t);
  }

  void badBytes(size_t where) {
    if (reportedBytes) return; // once: a binary file would say nothing else
    reportedBytes = true;
    sink.error("E0104", range(where, where + 1),
               text[where] ? "the source is not valid UTF-8" : "the source contains a NUL byte")
        .withLabel("this byte")
        .help("save the file as UTF-8 text");
  }

  void skipBlank() {
    unsigned newlines = 0; // an empty line parts a doc comment from what follows
    while (at < text.size()) {
      char c = text[at];
      if (c == '\n') {
        newline = column = true;
        if (++newlines > 1) doc.clear();
        ++at;
      } else if (c == ' ' || c == '\t' || c == '\r') {
        column = false;
        ++at;
      } else if (c == '#' || (c == '/' && peek(1) == '/')) {
        if (c == '#')
          sink.error("E0101", range(at, at + 1), "a comment begins with `//`")
              .help("write `//`")
              .fix(range(at, at + 1), "//");
        comment();
        newlines = 0;
      } else if (c == '/' && peek(1) == '*') {
        size_t begin = at, end = text.find("*/", at + 2);
        at = end == std::string_view::npos ? text.size() : end + 2;
        newline = newline || text.substr(begin, at - begin).find('\n') != std::string_view::npos;
        sink.error("E0101", range(begin, begin + 2), "a comment begins with `//`, and ends with its line")
            .help("begin each of its lines with `//`");
      } else {
        return;
      }
    }
  }

  // `// …` to the end of the line; `/// …` (but not `////`) on a line of its own is kept for the declaration below.
  void comment() {
    size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    for (size_t i = 0; i < line.size() && !reportedBytes; i += decodeUtf8(line, i).length)
      if (!line[i] || !decodeUtf8(line, i).valid) badBytes(at + i);
    if (newline && line.size() >= 3 && line[2] == '/' && (line.size() == 3 || line[3] != '/')) {
      line.remove_prefix(line.size() > 3 && line[3] == ' ' ? 4 : 3);
      while (!line.empty() && isspace(uint8_t(line.back()))) line.remove_suffix(1);
      if (!doc.empty()) doc += '\n';
      doc += line;
    }
    at = end;
  }

  void token() {
    char c = text[at];
    if (isDigit(c)) return number();
    if (c == '.' && isDigit(peek(1)) && !followsOperand()) return pointFirst();
    if (c == '"') return string();
    if (isAscii(c) && startsIdentifier(uint8_t(c))) return identifier();
    if ((c == '\'' || !isAscii(c)) && foreignString()) return;
    CodePoint first = decodeUtf8(text, at);
    if (!isAscii(c) && first.valid && startsIdentifier(first.value)) return identifier();
    for (const Foreign &f : foreign)
      if (f.text[0] == c && startsWith(f.text) && !startsWith("!=")) return replace(f);
    for (const Spelling &o : operators)
      if (o.text[0] == c && startsWith(o.text)) {
        size_t begin = at;
        at += o.text.size();
        return emit(o.kind, begin);
      }
    unknown();
  }

  // Does a value end just before `at`, so that `.5` would be a field?
  bool followsOperand() const {
    if (out.tokens.empty()) return false;
    const Token &last = out.tokens.back();
    return last.end == at && (last.kind == TokenKind::Identifier || last.kind == TokenKind::RightParen ||
                              last.kind == TokenKind::RightBracket || last.kind == TokenKind::RightBrace ||
                              last.kind == TokenKind::Number);
  }

  void replace(const Foreign &f) {
    size_t begin = at;
    at += f.text.size();
    auto touches = [&](char c) { return isalnum(uint8_t(c)) || c == '_' || uint8_t(c) >= 0x80; };
    bool word = touches(f.meaning[0]);
    std::string meant = word && begin && touches(text[begin - 1]) ? " " : "";
    meant += f.meaning;
    if (word && touches(peek())) meant += ' ';
    sink.error("E0113", range(begin, at), "`" + std::string(f.text) + "` is no operator here")
        .help("write `" + std::string(f.meaning) + "`")
        .fix(range(begin, at), meant);
    emit(f.kind, begin);
  }

  // 'text' and “text”, closed on the same line; and X', which elsewhere transposes.
  bool foreignString() {
    static const std::pair<std::string_view, std::string_view> quotes[] = {{"'", "'"}, {"‘", "’"}, {"“", "”"}};
    for (auto [open, close] : quotes) {
      if (!startsWith(open)) continue;
      size_t begin = at, inside = at + open.size();
      if (open == "'" && followsOperand()) {
        sink.error("E0101", range(begin, begin + 1), "`'` has no meaning after a name")
            .help("to transpose write `.T`");
        at = inside;
        emit(TokenKind::Invalid, begin); // the rest of the statement is not read: its types would not fit
        return true;
      }
      std::string_view line = text.substr(inside, 200); // a longer one is told at its signs
      line = line.substr(0, line.find('\n'));
      if (line.find(close) == std::string_view::npos) return false;
      std::string content(line.substr(0, line.find(close)));
      at = inside + content.size() + close.size();
      bool plain = content.find_first_of("\"\\") == std::string::npos;
      Diagnostic &d = sink.error("E0101", range(begin, inside), "a string stands between straight double quotes");
      d.help(plain && content.size() < 40 ? "write `\"" + content + "\"`" : "write `\"…\"`");
      if (plain) d.fix(range(begin, at), "\"" + content + "\"");
      emit(TokenKind::Invalid, begin); // what stands between is not read
      return true;
    }
    return false;
  }

  static bool isBeforeType(TokenKind kind) { return kind == TokenKind::Colon || kind == TokenKind::Arrow; }

  // A run of characters that begin no token, reported once.
  void unknown() {
    size_t begin = at;
    bool bytes = false;
    auto known = [&] {
      char c = text[at];
      if (strchr(" \t\r\n\"(){}[],;:.~=+-*/%@^<>!", c) && c) return true;
      CodePoint p = decodeUtf8(text, at);
      return isDigit(c) || (p.valid && startsIdentifier(p.value));
    };
    do {
      CodePoint p = decodeUtf8(text, at);
      if (!p.valid || !p.value) {
        badBytes(at);
        bytes = true;
      }
      at += p.length;
    } while (at < text.size() && !known());
    emit(TokenKind::Invalid, begin);
    if (bytes) return;
    CodePoint first = decodeUtf8(text, begin);
    std::string_view shown = text.substr(begin, first.length);
    bool invisible = first.value == 0xA0 || (first.value >= 0x2000 && first.value <= 0x200F);
    Diagnostic &d = sink.error("E0101", range(begin, at),
                               invisible ? "an invisible character that is not a space"
                                         : "`" + std::string(shown) + "` has no meaning here");
    if (invisible) d.help("write a space").fix(range(begin, at), " ");
    if (shown == "“" || shown == "”" || shown == "'" || shown == "‘" || shown == "’")
      d.help("strings stand between straight double quotes: \"…\"");
    bool type = out.tokens.size() > 1 && isBeforeType(out.tokens[out.tokens.size() - 2].kind); // x: &f32
    if (shown == "&" && type) d.help("a value is passed as it is: leave it out").fix(range(begin, at), "");
    else if (shown == "&") d.help("write `and`").fix(range(begin, at), "and");
    if (shown == "|" && peek() == '>') d.help("functions are called: `g(f(x))`");
    else if (shown == "|") d.help("write `or`").fix(range(begin, at), "or");
    if (shown == "?") d.help("write `if c then a else b`, or elementwise `where(c, a, b)`");
    if (shown == "$" || shown == "\\" || shown == "`") d.help("leave it out");
  }

  void identifier() {
    size_t begin = at;
    while (at < text.size()) {
      while (isWordByte[uint8_t(text[at])]) // most names have nothing else
        if (++at == text.size()) break;
      if (at == text.size() || isAscii(text[at])) break;
      CodePoint c = decodeUtf8(text, at);
      if (!c.valid || !continuesIdentifier(c.value)) break;
      at += c.length;
    }
    std::string_view word = text.substr(begin, at - begin);
    if (word.size() <= longestKeyword)
      for (const Spelling &k : keywords)
        if (word[0] == k.text[0] && word == k.text && !afterDot()) return emit(k.kind, begin);
    emit(TokenKind::Identifier, begin);
  }

  // After a dot keywords are fields and digits are tuple positions: `p.in`, `t.0.1`.
  bool afterDot() const { return !out.tokens.empty() && out.tokens.back().kind == TokenKind::Dot; }

  void digits() {
    while (isDigit(peek()) || (peek() == '_' && isDigit(peek(1)))) ++at;
  }

  void number() {
    size_t begin = at;
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) return hexadecimal();
    digits();
    if (afterDot()) return emit(TokenKind::Number, begin);
    if (peek() == '.' && isDigit(peek(1))) {
      ++at;
      digits();
    }
    if ((peek() == 'e' || peek() == 'E') &&
        (isDigit(peek(1)) || ((peek(1) == '-' || peek(1) == '+') && isDigit(peek(2))))) {
      at += 2;
      digits();
    }
    finishNumber(begin, "a number runs into a name");
  }

  void hexadecimal() {
    size_t begin = at;
    at += 2;
    size_t first = at;
    while (isxdigit(uint8_t(peek()))) ++at;
    if (at == first || at - first > 15) {
      while (isxdigit(uint8_t(peek()))) ++at;
      sink.error("E0103", range(begin, at),
                 at == first ? "`0x` without digits" : "a hexadecimal number of more than 15 digits");
      return emit(TokenKind::Invalid, begin);
    }
    finishNumber(begin, "not a hexadecimal digit");
  }

  // `1.0f`, `2L`, `0.5f64`: what other languages write behind a number.
  static bool isTypeSuffix(std::string_view tail) {
    static constexpr std::string_view suffixes[] = {"f", "F", "L", "l", "u", "U", "f32", "f64", "i32", "i64", "_f32", "_f64"};
    return std::find(std::begin(suffixes), std::end(suffixes), tail) != std::end(suffixes);
  }

  void finishNumber(size_t begin, const char *message) {
    size_t end = at;
    while (at < text.size()) {
      CodePoint c = decodeUtf8(text, at);
      if (!c.valid || !continuesIdentifier(c.value)) break;
      at += c.length;
    }
    if (at != end) {
      std::string_view tail = text.substr(end, std::min<size_t>(at - end, 40));
      Diagnostic &d = sink.error("E0103", range(begin, at), message);
      std::string number(text.substr(begin, end - begin)), product = number + " * " + std::string(tail);
      if (at - begin >= 80) return emit(TokenKind::Invalid, begin);
      if (isTypeSuffix(tail)) d.help("a number takes the type of what it meets: write `" + number + "`").fix(range(begin, at), number);
      else d.help("for a product write `" + product + "`").fix(range(begin, at), product);
      return emit(TokenKind::Invalid, begin);
    }
    if (peek() == '.' && !(peek(1) == '.' || peek(1) == '_' || isalpha(uint8_t(peek(1))) || isDigit(peek(1)))) {
      emit(TokenKind::Number, begin); // read without its point
      ++at;
      Diagnostic &d = sink.error("E0103", range(begin, at), "a digit stands on both sides of the point");
      std::string whole(text.substr(begin, std::min<size_t>(at - begin, 80)));
      if (at - begin < 80) d.help("write `" + whole + "0`").fix(range(begin, at), whole + "0");
      return;
    }
    if (at - begin > longestNumber) {
      sink.error("E0103", range(begin, at), "a number of more than 400 digits");
    }
    emit(TokenKind::Number, begin);
  }

  void pointFirst() {
    size_t begin = at++;
    digits();
    if ((peek() == 'e' || peek() == 'E') && (isDigit(peek(1)) || (peek(1) == '-' && isDigit(peek(2))))) {
      at += 2;
      digits();
    }
    Diagnostic &d = sink.error("E0103", range(begin, at), "a number begins with a digit");
    std::string meant = "0" + std::string(text.substr(begin, std::min<size_t>(at - begin, 80)));
    if (at - begin < 80) d.help("write `" + meant + "`").fix(range(begin, at), meant);
    emit(TokenKind::Number, begin);
  }

  void string() {
    size_t begin = at++;
    while (at < text.size() && text[at] != '"' && text[at] != '\n') {
      CodePoint c = decodeUtf8(text, at);
      if (!c.valid || !c.value) badBytes(at);
      if (c.value == '\\' && at + 1 < text.size() && text[at + 1] != '\n') {
        if (!strchr("nt\"\\", text[at + 1]) || !text[at + 1])
          sink.error("E0109", range(at, at + 2), "an unknown escape in a string")
              .help("the escapes are `\\n`, `\\t`, `\\\"` and `\\\\`");
        ++at;
        c = decodeUtf8(text, at);
      }
      at += c.length;
    }
    bool closed = peek() == '"';
    if (closed)
      ++at;
    else
      sink.error("E0102", range(begin, begin + 1), "a string that never ends")
          .withLabel("it begins here")
          .help("close it with `\"` on the same line; inside a string a newline is `\\n`");
    emit(closed ? TokenKind::String : TokenKind::Invalid, begin);
  }
};

} // namespace

Tokens lex(const std::shared_ptr<const SourceFile> &file, DiagnosticSink &sink) { return Lexer(file, sink).run(); }

std::string unquote(std::string_view token) {
  if (!token.empty()) token.remove_prefix(1);
  if (!token.empty() && token.back() == '"') token.remove_suffix(1);
  std::string value;
  value.reserve(token.size());
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '\\' || i + 1 == token.size()) {
      value += token[i];
      continue;
    }
    char c = token[++i];
    value += c == 'n' ? '\n' : c == 't' ? '\t' : c;
  }
  return value;
}

} // namespace fluxion
