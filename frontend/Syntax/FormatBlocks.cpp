// Branches, functions without a name, loops, blocks and their statements as documents.
#include "frontend/Syntax/FormatImpl.h"

namespace fluxion {

using namespace ast;

//===--- Branches, functions, loops ------------------------------------------------------------------------------===//

void Formatter::conditional(const If &e) {
  size_t start = parts.size();
  token(TokenKind::KwIf);
  text(" ");
  expr(*e.condition);
  if (next(TokenKind::KwThen))
    conditionalWords(e);
  else
    conditionalBlocks(e);
  group(start);
}

// `then a`, and `else` on the next line if one line is too short.
void Formatter::conditionalWords(const If &e) {
  text(" ");
  token(TokenKind::KwThen);
  size_t value = parts.size();
  line();
  expr(*e.thenValue);
  indent(value);
  group(value);
  separate(" ");
  token(TokenKind::KwElse);
  auto *chained = as<If>(e.elseValue);
  if (chained && next(TokenKind::KwIf)) {
    text(" ");
    token();
    text(" ");
    expr(*chained->condition);
    return next(TokenKind::KwThen) ? conditionalWords(*chained) : conditionalBlocks(*chained);
  }
  value = parts.size();
  line();
  expr(*e.elseValue);
  indent(value);
  group(value);
}

// All blocks of a chain break if one does.
void Formatter::conditionalBlocks(const If &e) {
  text(" ");
  blockLines(*as<Block>(e.thenValue));
  text(" ");
  token(TokenKind::KwElse);
  text(" ");
  if (auto *last = as<Block>(e.elseValue)) return blockLines(*last);
  auto *chained = as<If>(e.elseValue);
  if (!chained) return void(lost = true);
  token(TokenKind::KwIf);
  text(" ");
  expr(*chained->condition);
  return next(TokenKind::KwThen) ? conditionalWords(*chained) : conditionalBlocks(*chained);
}

void Formatter::lambda(const Lambda &l) {
  size_t start = parts.size();
  token(TokenKind::KwFn);
  parameters(l.parameters);
  if (l.result) {
    text(" ");
    token(TokenKind::Arrow);
    text(" ");
    type(*l.result);
  }
  body(*l.body);
  add(take(start));
}

void Formatter::body(const Expr &e) {
  text(" ");
  if (!next(TokenKind::Assign)) return expr(e);
  token();
  value(e);
}

void Formatter::loop(const Loop &l) {
  size_t start = parts.size(), source = 0, carry = 0;
  token();
  size_t close = closing();
  token(TokenKind::LeftParen);
  size_t inner = parts.size();
  bool first = true;
  while (at < close && !next(TokenKind::Semicolon) && !lost) {
    separate(first ? "" : " ");
    first = false;
    bool isSource = source < l.sources.size() &&
                    (carry == l.carries.size() ||
                     l.sources[source].pattern.range.begin < l.carries[carry].pattern.range.begin);
    if (!isSource && carry == l.carries.size()) return void(lost = true);
    pattern(isSource ? l.sources[source].pattern : l.carries[carry].pattern);
    text(" ");
    token();
    text(" ");
    expr(isSource ? *l.sources[source].begin : *l.carries[carry].initial);
    if (isSource && l.sources[source].end) {
      token(TokenKind::Colon);
      expr(*l.sources[source].end);
    }
    ++(isSource ? source : carry);
    bool beforeCondition = at + 1 < tokens.size() && tokens[at + 1].kind == TokenKind::Semicolon;
    if (next(TokenKind::Comma)) comma(beforeCondition ? TokenKind::Semicolon : TokenKind::RightParen, false);
  }
  if (l.condition) {
    token(TokenKind::Semicolon);
    separate(" ");
    expr(*l.condition);
  }
  finish(inner);
  token(TokenKind::RightParen);
  group(start);
  text(" ");
  expr(*l.body);
  add(take(start));
}

//===--- Blocks --------------------------------------------------------------------------------------------------===//

void Formatter::block(const Block &b) {
  size_t start = parts.size();
  blockLines(b);
  group(start);
}

void Formatter::blockLines(const Block &b) {
  bool oneLine = sameLine(at, closing());
  token(TokenKind::LeftBrace);
  size_t inner = parts.size();
  for (size_t i = 0; i <= b.statements.size() && !lost; ++i) {
    while (next(TokenKind::Semicolon)) {
      // Without it the statement would go on with the one above, where the block stands on one line.
      if (i && tokens[at + 1].kind == TokenKind::Minus)
        token();
      else
        drop();
    }
    bool written = i && tokens[at - 1].kind == TokenKind::Semicolon && tokens[at].kind != TokenKind::Minus;
    if (oneLine)
      separate(i == 0 || next(TokenKind::Minus) ? " " : written ? "; " : "  ");
    else
      hardLine(i == 0);
    if (i < b.statements.size())
      statement(b.statements[i]);
    else
      expr(*b.result);
  }
  while (next(TokenKind::Semicolon)) drop();
  lastComments(true);
  indent(inner);
  add(oneLine ? arena.line(" ") : arena.hardLine());
  token(TokenKind::RightBrace);
}

void Formatter::statement(const Statement &s) {
  if (s.kind == Statement::Kind::Expr) return expr(*s.value);
  size_t start = parts.size();
  token(TokenKind::KwLet);
  text(" ");
  pattern(s.pattern);
  if (s.kind == Statement::Kind::LetIndexed) names();
  if (s.type) {
    token(TokenKind::Colon);
    text(" ");
    type(*s.type);
  }
  text(" ");
  token(TokenKind::Assign);
  value(*s.value);
  add(take(start));
}

void Formatter::pattern(const Pattern &p) {
  if (!p.isTuple()) return token(TokenKind::Identifier);
  size_t i = 0;
  list(
      TokenKind::RightParen, true,
      [&] {
        if (i < p.elements.size()) pattern(p.elements[i++]);
      },
      true);
}

} // namespace fluxion
