// Blocks and their statements.
//   block = "{" { statement } [ expr ] "}"      statements end at a newline or `;`; the last expression is the value
//   let   = "let" pattern [":" type] "=" expr | "let" NAME "[" names "]" "=" expr
// The value may also stand on the line of the statement before it: `{ let a = f(x)  a }`.
#include "frontend/Syntax/ParserImpl.h"
#include <algorithm>

namespace fluxion {

using namespace ast;

bool Parser::parseLet(Statement &statement) {
  statement.kind = Statement::Kind::Let;
  if (!parsePattern(statement.pattern)) return false;
  const Token &open = token();
  if (!statement.pattern.isTuple() && kind() == TokenKind::LeftBracket) {
    ++at;
    statement.kind = Statement::Kind::LetIndexed;
    do {
      if (!expectIdentifier(statement.indices.emplace_back(), "an index variable")) return false;
    } while (take(TokenKind::Comma));
    if (!expectClosing(TokenKind::RightBracket, open)) return false;
  } else if (take(TokenKind::Colon)) {
    statement.type = parseType();
    if (!statement.type) return false;
  }
  if (!expect(TokenKind::Assign, "and a value")) return false;
  statement.value = parseExpression();
  return statement.value != nullptr;
}

// After a statement: a newline, `;`, `}`; or the block's value and then `}`.
bool Parser::endStatement(const Block &block) {
  if (take(TokenKind::Semicolon) || token().newlineBefore || kind() == TokenKind::RightBrace ||
      kind() == TokenKind::EndOfFile)
    return true;
  const Statement &last = block.statements.back();
  // A value on the same line is accepted only if it ends the block.
  size_t start = at;
  if (last.kind != Statement::Kind::Expr && kind() != TokenKind::KwLet) {
    int open = 0;
    for (size_t i = start; i < lexed.tokens.size(); ++i) {
      TokenKind k = lexed.tokens[i].kind;
      if (open == 0 && k == TokenKind::RightBrace) return true;
      if (i > start && open == 0 && (lexed.tokens[i].newlineBefore || k == TokenKind::Semicolon)) break;
      open += k == TokenKind::LeftParen || k == TokenKind::LeftBracket || k == TokenKind::LeftBrace;
      open -= k == TokenKind::RightParen || k == TokenKind::RightBracket || k == TokenKind::RightBrace;
      if (open < 0) break;
    }
  }
  expected("an operator, `;` or a new line");
  return false;
}

bool Parser::parseStatement(Block &block) {
  Statement statement;
  uint32_t begin = token().begin;
  bool ok;
  if (take(TokenKind::KwLet)) {
    ok = parseLet(statement);
  } else if (kind() == TokenKind::KwFn && kind(1) == TokenKind::Identifier) {
    error("E0107", rangeOf(token()), "a function cannot be declared inside another")
        .help("move it out, or write `let " + std::string(textOf(token(1)).substr(0, 60)) + " = fn(…) = …`");
    ok = false;
  } else {
    if (isWord("return") && !token(1).newlineBefore && kind(1) != TokenKind::RightBrace && kind(1) != TokenKind::Assign) {
      repaired(rangeOf(token()), "there is no `return`", "the last expression of a block is its value")
          .fix({file, token().begin, token(1).begin}, "");
      ++at;
    }
    bool named = kind() == TokenKind::Identifier && kind(1) == TokenKind::Assign;
    bool arrow = named && kind(2) == TokenKind::Greater && token(2).begin == token(1).end;
    if (named && !arrow) {
      repaired(rangeOf(token(1)), "a value is named with `let`",
               "write `let " + std::string(textOf(token()).substr(0, 60)) + " = …`")
          .fix({file, begin, begin}, "let ");
      ok = parseLet(statement);
    } else {
      statement.kind = Statement::Kind::Expr;
      statement.value = parseExpression();
      ok = statement.value != nullptr;
    }
  }
  if (!ok) return false;
  statement.range = rangeFrom(begin);
  block.statements.push_back(std::move(statement));
  return endStatement(block);
}

// The brace behind the block is the last token taken.
void Parser::valueMissing(const Block &block) {
  const Token &close = lastToken();
  Diagnostic &d =
      error("E0111", rangeOf(close), "a block ends with its value").withLabel("expected an expression before this");
  if (block.statements.empty()) return;
  const Statement &last = block.statements.back();
  // `let e = f(x)⏎ - s`: a value that was read as the end of the line above.
  const std::vector<Token> &tokens = lexed.tokens;
  int inside = 0;
  for (size_t i = at - 1; i-- > 0 && tokens[i].begin > last.range.begin;) {
    const Token &sign = tokens[i];
    inside -= bracketStep(sign.kind);
    if (inside || sign.kind != TokenKind::Minus || !sign.newlineBefore || tokens[i + 1].newlineBefore) continue;
    d.note(rangeOf(sign), "this line goes on with the one above")
        .help("a value that begins with a minus has it close to its operand: `-x`")
        .fix({file, sign.end, tokens[i + 1].begin}, "");
    return;
  }
  if (last.pattern.isTuple()) return;
  const std::string &name = last.pattern.name.text;
  d.help("to return it, end with `" + name + "`")
      .fix({file, close.begin, close.begin}, close.newlineBefore ? "  " + name + "\n" : "; " + name + " ");
}

// `let y = x⏎ -b⏎ y`: whoever writes this means `x - b`.
bool Parser::minusesMeant(const Block &block) {
  for (size_t i = 1; i < block.statements.size(); ++i) {
    const Statement &s = block.statements[i];
    std::string_view written = std::string_view(file->text).substr(s.range.begin, s.range.end - s.range.begin);
    if (s.kind != Statement::Kind::Expr || written[0] != '-') continue;
    error("E0119", s.range, "this line is a value of its own, which nothing uses")
        .help("to go on with the line above, part the minus from its operand: `- " + std::string(written.substr(1, 60)) + "`")
        .fix({file, s.range.begin + 1, s.range.begin + 1}, " ");
    return false;
  }
  return true;
}

ExprPtr Parser::parseBlock() {
  Nesting nesting(*this);
  if (!nesting) return nullptr;
  const Token &open = token();
  if (!expect(TokenKind::LeftBrace, "before a block")) return nullptr;
  Newlines within(*this, true, true);
  auto block = std::make_unique<Block>(rangeOf(open));
  bool failed = false;
  while (kind() != TokenKind::RightBrace && kind() != TokenKind::EndOfFile && !sink.full()) {
    if (take(TokenKind::Semicolon)) continue;
    if (atDeclaration()) break;
    size_t start = at;
    if (parseStatement(*block)) continue;
    failed = true;
    skipToStatement(start);
  }
  if (failed && kind() != TokenKind::RightBrace) return nullptr;
  if (atDeclaration()) {
    error("E0106", rangeOf(open), "`{` is never closed")
        .withLabel("opened here")
        .note(rangeOf(token()), "the next declaration begins here");
    return nullptr;
  }
  if (!expectClosing(TokenKind::RightBrace, open) || failed) return nullptr;
  block->range = rangeFrom(open.begin);

  // The value is the last expression, also when a `;` follows it.
  if (block->statements.empty() || block->statements.back().kind != Statement::Kind::Expr) {
    valueMissing(*block);
    return nullptr;
  }
  block->result = std::move(block->statements.back().value);
  block->statements.pop_back();
  if (!minusesMeant(*block)) return nullptr;
  unsigned height = block->result->height;
  for (const Statement &s : block->statements) height = std::max(height, s.value->height);
  return seal(*block, height) ? std::move(block) : nullptr;
}

} // namespace fluxion
