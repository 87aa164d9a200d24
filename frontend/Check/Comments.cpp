// `n // 2` of a hand that is used to rounding division: a comment behind an expression that is nothing but an operand.
// Arrives: the text of a file, whether it could be read or not. Leaves: warnings alone; each token is looked at once.
#include "frontend/Check/Comments.h"
#include "frontend/Syntax/Lexer.h"
#include <algorithm>
#include <unordered_set>

namespace fluxion::check {

namespace {

class DivisionLike {
public:
  explicit DivisionLike(const std::shared_ptr<const SourceFile> &file) : file(file), text(file->text) {
    DiagnosticSink ignored;
    tokens = lex(file, ignored).tokens;
  }

  // The comments, each with the expression's last token.
  std::vector<std::pair<SourceRange, std::string>> find() {
    std::vector<std::pair<SourceRange, std::string>> found;
    for (size_t i = 0; i + 1 < tokens.size(); ++i) {
      note(i);
      const Token &next = tokens[i + 1];
      if (!next.newlineBefore && next.kind != TokenKind::EndOfFile) continue;
      std::string_view gap = text.substr(tokens[i].end, next.begin - tokens[i].end);
      gap = gap.substr(0, gap.find('\n'));
      size_t begin = gap.find_first_not_of(" \t");
      if (begin == std::string_view::npos || gap.substr(begin, 2) != "//") continue;
      std::string_view rest = gap.substr(begin + 2);
      while (!rest.empty() && isspace(uint8_t(rest.back()))) rest.remove_suffix(1);
      bool inBrackets = closes(rest);
      if (!isOperand(rest) || !endsExpression(i, inBrackets)) continue;
      uint32_t from = tokens[i].end + uint32_t(begin);
      std::string left = tokens[i].end - tokens[i].begin <= 24 && tokens[i].kind != TokenKind::RightParen &&
                                 tokens[i].kind != TokenKind::RightBracket && !(i && isJoint(tokens[i - 1].kind))
                             ? std::string(textOf(tokens[i]))
                             : "a";
      std::string_view trimmed = rest.substr(std::min(rest.find_first_not_of(' '), rest.size()));
      std::string right = trimmed.size() <= 24 ? std::string(trimmed) : "b";
      if (right.size() > 1 && right.front() == '(' && right.back() == ')') right = right.substr(1, right.size() - 2);
      found.emplace_back(SourceRange{file, from, from + 2}, "floordiv(" + left + ", " + right + ")");
    }
    return found;
  }

private:
  const std::shared_ptr<const SourceFile> &file;
  std::string_view text;
  std::vector<Token> tokens;
  std::vector<size_t> open;                  // the brackets around
  size_t closed = 0;                         // what the last closing bracket opened with
  std::unordered_set<std::string_view> seen; // the names of this declaration; not one that this line gives
  std::string_view given;

  std::string_view textOf(const Token &token) const { return text.substr(token.begin, token.end - token.begin); }
  static bool isJoint(TokenKind kind) { // what comes before the last operand belongs to it
    return kind == TokenKind::Dot || kind == TokenKind::Caret || kind == TokenKind::Star || kind == TokenKind::Slash ||
           kind == TokenKind::At || kind == TokenKind::Percent;
  }

  void note(size_t i) {
    const Token &token = tokens[i];
    if (token.startsColumn && token.kind != TokenKind::RightBrace) seen.clear(), given = {};
    if (token.newlineBefore && !given.empty()) seen.insert(given), given = {};
    switch (token.kind) {
    case TokenKind::LeftParen:
    case TokenKind::LeftBracket:
    case TokenKind::LeftBrace:
      open.push_back(i);
      break;
    case TokenKind::RightParen:
    case TokenKind::RightBracket:
    case TokenKind::RightBrace:
      closed = open.empty() ? 0 : open.back();
      if (!open.empty()) open.pop_back();
      break;
    case TokenKind::Identifier:
      if (i && tokens[i - 1].kind == TokenKind::KwLet) given = textOf(token);
      else seen.insert(textOf(token));
      break;
    default:
      break;
    }
  }

  // Takes what closes brackets, or goes on after an operand, off its end: "2)", "N],".
  static bool closes(std::string_view &rest) {
    std::string_view whole = rest;
    auto opens = std::count(rest.begin(), rest.end(), '('), shuts = std::count(rest.begin(), rest.end(), ')');
    while (!rest.empty() && (rest.back() == ']' || rest.back() == ',' || (rest.back() == ')' && shuts > opens))) {
      shuts -= rest.back() == ')';
      rest.remove_suffix(1);
    }
    return rest.size() < whole.size();
  }

  // A number, a name that means something here, or such in parentheses with operators between.
  bool isOperand(std::string_view rest) const {
    if (rest.size() > 200) return false;
    auto piece = std::make_shared<const SourceFile>(SourceFile{"", std::string(rest)});
    DiagnosticSink errors;
    std::vector<Token> parts = lex(piece, errors).tokens;
    if (errors.hasErrors() || parts.size() < 2) return false;
    auto names = [&](const Token &part) {
      return part.kind == TokenKind::Number ||
             (part.kind == TokenKind::Identifier && seen.count(rest.substr(part.begin, part.end - part.begin)));
    };
    if (parts.size() == 2) return names(parts[0]);
    size_t last = parts.size() - 2; // before the end of the file
    if (parts[0].kind != TokenKind::LeftParen || parts[last].kind != TokenKind::RightParen || last % 2) return false;
    for (size_t i = 1; i < last; ++i) // a + b - 2: operands and operators by turns
      if (i % 2 ? !names(parts[i]) : !(parts[i].kind >= TokenKind::Plus && parts[i].kind <= TokenKind::Caret))
        return false;
    return true;
  }

  // Is the last token before the comment the end of a value, rather than of a type or of the head of a declaration?
  bool endsExpression(size_t last, bool inBrackets) const {
    size_t first = last;
    TokenKind kind = tokens[last].kind;
    if (kind == TokenKind::RightParen || kind == TokenKind::RightBracket) {
      first = closed;
      bool follows = first > 0 && tokens[first - 1].kind == TokenKind::Identifier;
      if (follows) --first;
    } else if (kind != TokenKind::Identifier && kind != TokenKind::Number) {
      return false;
    }
    if (first == 0) return false;
    TokenKind before = tokens[first - 1].kind;
    bool head = before == TokenKind::KwFn || before == TokenKind::KwStruct || before == TokenKind::KwFor ||
                before == TokenKind::KwWhile || before == TokenKind::KwScan || before == TokenKind::KwLet ||
                before == TokenKind::KwImport || before == TokenKind::KwConst || before == TokenKind::Tilde;
    bool type = before == TokenKind::Arrow || before == TokenKind::Colon || before == TokenKind::RightBracket;
    bool named = before == TokenKind::Identifier && kind != TokenKind::Number; // `data d`, `import … as nn`
    return !head && !named && (!type || (inBrackets && before == TokenKind::Colon));
  }
};

} // namespace

// Whether some comment behind something on its line could be an operand: it has no blank inside, or closes a bracket. Most
// files have none, and their tokens need no second look.
static bool mayDivide(std::string_view text) {
  for (size_t at = text.find("//"); at != std::string_view::npos; at = text.find("//", at)) {
    size_t begin = at ? text.find_last_of('\n', at - 1) + 1 : 0, end = std::min(text.find('\n', at), text.size());
    std::string_view before = text.substr(begin, at - begin), rest = text.substr(at + 2, end - at - 2);
    at = end;
    if (before.find_first_not_of(" \t") == std::string_view::npos) continue;
    rest = rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
    while (!rest.empty() && isspace(uint8_t(rest.back()))) rest.remove_suffix(1);
    if (!rest.empty() && (rest.find_first_of(")]") != std::string_view::npos || rest.find_first_of(" \t") == std::string_view::npos))
      return true;
  }
  return false;
}

void warnDivisions(const std::shared_ptr<const SourceFile> &file, DiagnosticSink &sink) {
  if (!file || !mayDivide(file->text)) return;
  for (auto &[range, meant] : DivisionLike(file).find())
    sink.warning("E0211", Location{range, nullptr}, "`//` begins a comment, and this one is nothing but an operand")
        .help("division rounded down is `" + meant + "`; a comment has words");
}

} // namespace fluxion::check
