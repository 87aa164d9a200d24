// The formatter's entry, its tokens and comments, and what every list has in common.
#include "frontend/Syntax/Format.h"
#include "frontend/Syntax/FormatImpl.h"
#include "frontend/Syntax/Parser.h"

namespace fluxion {

using namespace ast;
using doc::Doc;

//===--- Tokens and comments -------------------------------------------------------------------------------------===//

Formatter::Formatter(const std::shared_ptr<const SourceFile> &file, DiagnosticSink &sink) : source(file->text) {
  tokens = lex(file, sink).tokens;
  size_t n = tokens.size();
  firstComment.resize(n + 1);
  lineOf.resize(n);
  blankAbove.resize(n);
  match.resize(n);
  std::vector<uint32_t> open;
  size_t end = 0;
  for (size_t i = 0; i < n; ++i) {
    const Token &t = tokens[i];
    firstComment[i] = uint32_t(comments.size());
    readComments(end, t.begin);
    lineOf[i] = (i ? lineOf[i - 1] : 0) + t.newlineBefore;
    size_t gap = t.begin;
    unsigned newlines = 0;
    while (gap > end && isspace(uint8_t(source[gap - 1]))) newlines += source[--gap] == '\n';
    // A comment's own newline is counted, too.
    blankAbove[i] = newlines > 1;
    end = t.end;
    if (t.kind == TokenKind::LeftParen || t.kind == TokenKind::LeftBracket || t.kind == TokenKind::LeftBrace)
      open.push_back(uint32_t(i));
    bool closes =
        t.kind == TokenKind::RightParen || t.kind == TokenKind::RightBracket || t.kind == TokenKind::RightBrace;
    match[i] = uint32_t(i);
    if (closes && !open.empty()) {
      match[i] = open.back();
      match[open.back()] = uint32_t(i);
      open.pop_back();
    }
  }
  firstComment[n] = uint32_t(comments.size());
}

// Between two tokens stand blanks and comments only.
void Formatter::readComments(size_t begin, size_t end) {
  unsigned newlines = begin == 0;
  for (size_t i = begin; i < end; ++i) {
    if (source[i] == '\n') ++newlines;
    if (source[i] != '/') continue;
    size_t stop = std::min(source.find('\n', i), end);
    Comment c;
    c.text = std::string_view(source).substr(i, stop - i);
    while (isspace(uint8_t(c.text.back()))) c.text.remove_suffix(1);
    c.ownLine = newlines > 0;
    c.blankBefore = newlines > 1;
    c.documents = c.text.size() > 2 && c.text[2] == '/' && (c.text.size() == 3 || c.text[3] != '/');
    comments.push_back(c);
    newlines = 0;
    i = stop - 1;
  }
}

void Formatter::token() {
  for (; hasComments(); ++nextComment) {
    add(arena.comment(comments[nextComment].text));
    moved = true;
  }
  text(textOf(tokens[at]));
  if (at + 1 < tokens.size()) ++at;
}
void Formatter::token(TokenKind kind) {
  if (!next(kind)) lost = true;
  token();
}

void Formatter::endComments() {
  for (; hasComments() && !comments[nextComment].ownLine; ++nextComment) add(arena.comment(comments[nextComment].text));
}

// An empty line parts a `///` from what it does not document; it must not come to stand right above something else when
// a separator between them is dropped.
void Formatter::ownComments(bool keepBlank) {
  // Stray ones stood before a dropped token or at the end of a line, where they document nothing.
  auto stray = [&](uint32_t i) { return i < firstComment[at] || !comments[i].ownLine; };
  bool documents = false;
  for (; hasComments(); ++nextComment) {
    const Comment &c = comments[nextComment];
    text(c.text);
    bool last = nextComment + 1 == firstComment[at + 1];
    bool blank = last ? blankAbove[at] : comments[nextComment + 1].blankBefore;
    documents |= c.documents && stray(nextComment);
    bool parted = documents && (last || !stray(nextComment + 1));
    if (parted) documents = false;
    add(arena.hardLine((keepBlank && blank) || parted));
  }
}

void Formatter::lastComments(bool keepBlank) {
  endComments();
  for (bool first = true; hasComments(); ++nextComment, first = false) {
    add(arena.hardLine(keepBlank && !first && comments[nextComment].blankBefore));
    text(comments[nextComment].text);
  }
}

bool Formatter::blankComesNext() const {
  return hasComments() ? comments[nextComment].blankBefore : blankAbove[at];
}

//===--- Documents -----------------------------------------------------------------------------------------------===//

Doc Formatter::take(size_t mark) {
  Doc d = arena.concat(parts.data() + mark, parts.size() - mark);
  parts.resize(mark);
  return d;
}

void Formatter::hardLine(bool first) {
  endComments();
  add(arena.hardLine(!first && blankComesNext()));
  ownComments(true);
}

void Formatter::separate(std::string_view flat) {
  endComments();
  line(flat);
  ownComments(false);
}

// The last comma of a list goes, except that of a tuple of one: `(a,)`.
void Formatter::comma(TokenKind close, bool keep) {
  if (tokens[at + 1].kind == close && !keep)
    drop();
  else
    token();
}

void Formatter::finish(size_t inner) {
  lastComments(false);
  indent(inner);
  line("");
}

void Formatter::value(const Expr &e) {
  size_t start = parts.size();
  if (hasComments()) {
    endComments();
    add(arena.hardLine());
    ownComments(false);
    expr(e, true);
    return indent(start);
  }
  bool hug = hugs(e) || e.kind == ExprKind::Lambda;
  expr(e, true);
  add(arena.choice(take(start), hug, true, false));
}

//===--- Entry ---------------------------------------------------------------------------------------------------===//

// `fn step = grad(f)`
static bool isAlias(const Decl &d) { return as<FunctionDecl>(&d) && !as<FunctionDecl>(&d)->hasParameters; }

Doc Formatter::run(const Program &program) {
  size_t start = parts.size();
  bool first = true, afterAlias = false;
  for (const DeclPtr &d : program.declarations) {
    while (next(TokenKind::Semicolon)) drop();
    if (!first) endComments();
    // `fn step  = …` above `fn curve = …`: the signs of functions made of functions stand below each other.
    if (!afterAlias || !isAlias(*d) || hasComments() || blankAbove[at]) ++runs;
    afterAlias = isAlias(*d);
    if (first)
      ownComments(true);
    else
      hardLine(false);
    declaration(*d);
    first = false;
  }
  while (next(TokenKind::Semicolon)) drop();
  if (!first) endComments();
  if (hasComments() && !first) add(arena.hardLine(comments[nextComment].blankBefore));
  for (bool more = false; hasComments(); ++nextComment, more = true) {
    if (more) add(arena.hardLine(comments[nextComment].blankBefore));
    text(comments[nextComment].text);
  }
  if (!next(TokenKind::EndOfFile)) lost = true;
  return take(start);
}

// A comment that stands where no line can begin goes to the end of the line it comes to stand in; what that makes of
// the line after it is settled by another pass.
std::optional<std::string> format(const SourceFile &input, DiagnosticSink &sink) {
  auto file = std::make_shared<SourceFile>(input);
  for (unsigned pass = 0;; ++pass) {
    size_t errorsBefore = sink.errorCount();
    Program program = parse(file, sink);
    if (sink.errorCount() != errorsBefore) return std::nullopt;
    Formatter formatter(file, sink);
    doc::Layout result = doc::layout(formatter.run(program), formatWidth);
    if (formatter.isLost()) {
      sink.error("E0114", SourceRange{file, 0, 0}, "this file cannot be formatted");
      return std::nullopt;
    }
    if (result.text == "\n") result.text.clear();
    if ((!formatter.movedComments() && result.settled) || result.text == file->text || pass == 8)
      return std::move(result.text);
    file = std::make_shared<SourceFile>(SourceFile{input.path, std::move(result.text)});
  }
}

} // namespace fluxion
