// The parser's entry, its tokens and its recovery from errors.
#include "frontend/Syntax/ParserImpl.h"
#include "frontend/Source/Embedded.h"
#include "frontend/Source/Stack.h"
#include <algorithm>

namespace fluxion {

using namespace ast;

Parser::Parser(std::shared_ptr<const SourceFile> source, DiagnosticSink &sink)
    : file(std::move(source)), sink(sink), firstDiagnostic(sink.all().size()), lexed(lex(file, sink)) {}

//===--- Tokens --------------------------------------------------------------------------------------------------===//

const Token &Parser::token(size_t ahead) const {
  return at + ahead < lexed.tokens.size() ? lexed.tokens[at + ahead] : lexed.tokens.back();
}

bool Parser::isWord(std::string_view word, size_t ahead) const {
  return kind(ahead) == TokenKind::Identifier && textOf(token(ahead)) == word;
}

bool Parser::take(TokenKind k) {
  if (kind() != k) return false;
  if (k != TokenKind::EndOfFile) ++at;
  return true;
}

bool Parser::takeWord(std::string_view word) {
  if (!isWord(word)) return false;
  ++at;
  return true;
}

Identifier Parser::takeIdentifier() {
  Identifier name{std::string(textOf(token())), rangeOf(token())};
  ++at;
  return name;
}

//===--- Errors --------------------------------------------------------------------------------------------------===//

Diagnostic &Parser::error(std::string number, SourceRange where, std::string message) {
  broken = true;
  return sink.error(std::move(number), std::move(where), std::move(message));
}

Diagnostic &Parser::expected(const std::string &what, bool here) {
  if (kind() == TokenKind::Invalid) {
    broken = true;
    return muted = Diagnostic();
  }
  if (misuse(what)) return muted = Diagnostic();
  std::string found = describe(kind());
  if (kind() == TokenKind::Identifier) found = "`" + std::string(textOf(token()).substr(0, 60)) + "`";
  SourceRange where = rangeOf(token());
  bool atEnd = kind() == TokenKind::EndOfFile || (newlinesMatter && token().newlineBefore);
  if (atEnd && at && !here) {
    where = {file, lastToken().end, lastToken().end};
    if (kind() != TokenKind::EndOfFile) found = "the end of the line";
  }
  return error("E0105", where, "expected " + what + ", found " + found);
}

bool Parser::relex(const Token &t, const std::string &help, const std::string &replacement) {
  bool found = false;
  sink.amendFrom(firstDiagnostic, [&](Diagnostic &d) {
    if (found || d.number != "E0113" || d.where.range.file != file || d.where.range.begin != t.begin) return;
    found = true;
    d.fixes.clear();
    d.help(help);
    if (!replacement.empty()) d.fix(rangeOf(t), replacement);
  });
  return found;
}

bool Parser::expect(TokenKind k, const std::string &after) {
  if (take(k)) return true;
  expected(std::string(describe(k)) + " " + after);
  return false;
}

bool Parser::expectIdentifier(Identifier &name, const std::string &what) {
  if (kind() != TokenKind::Identifier) {
    Diagnostic &d = expected(what);
    if (kind() >= TokenKind::KwFn && kind() <= TokenKind::KwScan)
      d.help(std::string(describe(kind())) + " is a word of the language; choose another name");
    return false;
  }
  name = takeIdentifier();
  return true;
}

bool Parser::expectClosing(TokenKind k, const Token &open) {
  if (take(k)) return true;
  bool begins = atDeclaration() || (kind() == TokenKind::KwLet && token().newlineBefore);
  if (kind() == TokenKind::EndOfFile || begins) {
    Diagnostic &d = error("E0106", rangeOf(open), std::string(describe(open.kind)) + " is never closed");
    d.withLabel("opened here");
    if (begins) d.note(rangeOf(token()), "what comes next begins here");
    hintForComment(d, open);
  }
  else {
    auto ends = [](TokenKind t) { return t == TokenKind::Identifier || t == TokenKind::Number; };
    bool comma = open.kind == TokenKind::LeftParen && ends(kind()) && ends(lastToken().kind) && !token().newlineBefore;
    SourceRange between{file, lastToken().end, lastToken().end};
    Diagnostic &d = expected("`,` or " + std::string(describe(k)));
    d.note(rangeOf(open), std::string(describe(open.kind)) + " was opened here");
    if (comma) d.help("write `,` between them").fix(between, ",");
  }
  return false;
}

// The bracket's line goes on after `//`: `f32[N//2]`.
void Parser::hintForComment(Diagnostic &d, const Token &open) {
  std::string_view text = file->text;
  size_t end = std::min(text.find('\n', open.end), text.size());
  size_t comment = text.substr(0, end).find("//", open.end);
  if (comment == std::string_view::npos) return;
  std::string_view before = text.substr(open.end, comment - open.end), after = text.substr(comment + 2, end - comment - 2);
  after = after.substr(0, after.find_first_of(")], "));
  while (!before.empty() && before.back() == ' ') before.remove_suffix(1);
  auto isOperand = [](std::string_view word) {
    return !word.empty() && word.size() <= 24 &&
           std::all_of(word.begin(), word.end(), [](char c) { return isalnum(uint8_t(c)) || c == '_'; });
  };
  bool both = isOperand(before) && isOperand(after);
  d.help("`//` begins a comment; rounded down is `floordiv(" + (both ? std::string(before) : "a") + ", " +
         (both ? std::string(after) : "b") + ")`");
}

bool Parser::tooDeep(SourceRange where) {
  const bool few = depth <= maxDepth && stackIsShort(); // on a small stack fewer levels fit than the language allows
  error("E0108", std::move(where),
        few ? "nested more deeply than the stack has room for"
            : "nested more than " + std::to_string(maxDepth) + " levels deep")
      .help("name parts of it with `let`");
  return false;
}

Parser::Nesting::Nesting(Parser &parser) : parser(parser), ok(++parser.depth <= maxDepth && (parser.depth < 16 || !stackIsShort())) {
  if (!ok) parser.tooDeep(parser.rangeOf(parser.token()));
}

bool Parser::seal(Expr &node, unsigned childHeight) {
  node.height = childHeight + 1;
  return node.height <= maxDepth || tooDeep({file, node.range.end - 1, node.range.end});
}

//===--- Recovery ------------------------------------------------------------------------------------------------===//

int bracketStep(TokenKind k) {
  if (k == TokenKind::LeftParen || k == TokenKind::LeftBracket || k == TokenKind::LeftBrace) return 1;
  return k == TokenKind::RightParen || k == TokenKind::RightBracket || k == TokenKind::RightBrace ? -1 : 0;
}

// A declaration begins in the first column with a word that only declarations begin with.
static bool opensDeclaration(const Token &t, std::string_view text) {
  if (!t.startsColumn) return false;
  return t.kind == TokenKind::KwFn || t.kind == TokenKind::KwStruct || t.kind == TokenKind::KwConst ||
         t.kind == TokenKind::KwImport || t.kind == TokenKind::KwExport ||
         (t.kind == TokenKind::Identifier && (text == "train" || text == "optimizer"));
}

bool Parser::atDeclaration() const { return opensDeclaration(token(), textOf(token())); }

// Does a line that begins with this token begin a statement, a field, a clause, even where a bracket seems open?
bool Parser::beginsItem(size_t i, Among among) const {
  const Token &t = lexed.tokens[i];
  if (!t.newlineBefore) return false;
  if (among == Among::Statements) return t.kind == TokenKind::KwLet;
  if (t.kind != TokenKind::Identifier) return false;
  if (among == Among::Fields) return i + 1 < lexed.tokens.size() && lexed.tokens[i + 1].kind == TokenKind::Colon;
  static const std::string_view words[] = {"data",   "test",  "model",  "loss",      "eval",       "seed",
                                           "epochs", "state", "update", "optimizer", "accumulate", "ema"};
  return std::find(std::begin(words), std::end(words), textOf(t)) != std::end(words);
}

// From an error within the statement (field, clause) that began at token `start`, to the next one or the end of the
// block. Brackets are counted from the start of the statement, so that a line inside an open parenthesis is not mistaken
// for a statement; a `}` also ends the parentheses opened since its `{`.
void Parser::skipToStatement(size_t start, Among among) {
  int open = 0;              // parentheses in the innermost braces
  std::vector<int> outside; // and in those around them, within the statement
  for (size_t i = start; kind() != TokenKind::EndOfFile; ++i) {
    const Token &t = lexed.tokens[i];
    bool reached = i >= at && i > start, outermost = outside.empty();
    if (t.kind == TokenKind::EndOfFile || (reached && opensDeclaration(t, textOf(t)))) {
      at = i;
      return;
    }
    bool separates = t.kind == TokenKind::Semicolon || (t.kind == TokenKind::Comma && among == Among::Fields);
    bool begins = (t.newlineBefore && open <= 0) || beginsItem(i, among);
    if (reached && outermost && (t.kind == TokenKind::RightBrace || begins || (separates && open <= 0))) {
      at = separates ? i + 1 : i;
      return;
    }
    if (t.kind == TokenKind::LeftBrace) {
      outside.push_back(open);
      open = 0;
    } else if (t.kind == TokenKind::RightBrace && !outermost) {
      open = outside.back();
      outside.pop_back();
    } else if (t.kind != TokenKind::RightBrace) {
      open = std::max(0, open + bracketStep(t.kind));
    }
  }
}

void Parser::skipToDeclaration(size_t start) {
  int open = 0;
  for (size_t i = start; i < lexed.tokens.size(); ++i) {
    const Token &t = lexed.tokens[i];
    bool opens =
        t.kind == TokenKind::KwStruct || t.kind == TokenKind::KwImport || t.kind == TokenKind::KwConst ||
        t.kind == TokenKind::KwExport ||
        (t.kind == TokenKind::KwFn && i + 1 < lexed.tokens.size() && lexed.tokens[i + 1].kind == TokenKind::Identifier);
    bool begins = opensDeclaration(t, textOf(t)) || (t.newlineBefore && open <= 0 && opens);
    if (i > start && i >= at && (begins || t.kind == TokenKind::EndOfFile)) {
      at = i;
      return;
    }
    open += bracketStep(t.kind);
    if (open < 0) open = 0;
  }
  at = lexed.tokens.size() - 1;
}

//===--- Entry ---------------------------------------------------------------------------------------------------===//

Program Parser::parseProgram() {
  Program program;
  program.file = file;
  while (kind() != TokenKind::EndOfFile && !sink.full()) {
    if (take(TokenKind::Semicolon)) continue;
    size_t start = at;
    size_t errorsBefore = sink.errorCount();
    broken = false;
    repairs = 0;
    DeclPtr decl = parseDeclaration();
    if (decl && (broken || sink.errorCount() != errorsBefore + repairs)) decl->broken = true;
    if (broken && (at == start || !atDeclaration())) skipToDeclaration(start);
    if (decl) program.declarations.push_back(std::move(decl));
  }
  sink.sortFrom(firstDiagnostic);
  return program;
}

ExprPtr Parser::parseLoneExpression() {
  ExprPtr value = parseExpression();
  if (value && kind() != TokenKind::EndOfFile) {
    expected("the end of the expression");
    return nullptr;
  }
  return sink.hasErrors() ? nullptr : std::move(value);
}

Program parse(std::shared_ptr<const SourceFile> file, DiagnosticSink &sink) {
  return Parser(std::move(file), sink).parseProgram();
}

ExprPtr parseExpression(std::shared_ptr<const SourceFile> file, DiagnosticSink &sink) {
  return Parser(std::move(file), sink).parseLoneExpression();
}

const std::vector<std::shared_ptr<const SourceFile>> &standardLibrary() {
  static const std::vector<std::shared_ptr<const SourceFile>> files = [] {
    std::vector<std::shared_ptr<const SourceFile>> all;
    for (const EmbeddedFile &f : embeddedStandardLibrary())
      all.push_back(std::make_shared<SourceFile>(SourceFile{std::string("std/") + f.path, f.text}));
    return all;
  }();
  return files;
}

} // namespace fluxion
