// The smallest expressions, and those that begin with a word: numbers, names, parentheses, lists, if, lambdas, loops
// and sums.
#include "frontend/Syntax/ParserImpl.h"
#include <algorithm>

namespace fluxion {

using namespace ast;

// Hexadecimal becomes decimal and underscores go, so that a number's text has one form.
ExprPtr Parser::parseNumber() {
  const Token &t = token();
  auto number = std::make_unique<Number>(rangeOf(t));
  ++at;
  std::string &text = number->text;
  for (char c : textOf(t))
    if (c != '_' && text.size() <= 400) text += c;
  bool hexadecimal = text.size() > 2 && text.size() < 18 && (text[1] == 'x' || text[1] == 'X');
  if (hexadecimal) text = std::to_string(strtoull(text.c_str(), nullptr, 16));
  number->isInteger = text.find_first_of(".eE") == std::string::npos;
  return number;
}

// `(a)`, `(a, b)`, `(a,)`, `()`
ExprPtr Parser::parseParenthesized() {
  const Token &open = token();
  ++at;
  Newlines within(*this, false);
  auto tuple = std::make_unique<Tuple>(rangeOf(open));
  bool comma = false;
  unsigned height = 0;
  while (kind() != TokenKind::RightParen) {
    ExprPtr element = parseExpression();
    if (!element) return nullptr;
    height = std::max(height, element->height);
    tuple->elements.push_back(std::move(element));
    comma = take(TokenKind::Comma);
    if (!comma) break;
  }
  if (!expectClosing(TokenKind::RightParen, open)) return nullptr;
  if (tuple->elements.size() == 1 && !comma) return std::move(tuple->elements[0]);
  tuple->range = rangeFrom(open.begin);
  return seal(*tuple, height) ? std::move(tuple) : nullptr;
}

ExprPtr Parser::parseRest() {
  uint32_t begin = token().begin;
  ++at;
  auto rest = std::make_unique<Rest>(rangeFrom(begin));
  if (kind() == TokenKind::Identifier && token().begin == lastToken().end) rest->name = takeIdentifier().text;
  rest->range = rangeFrom(begin);
  return rest;
}

ExprPtr Parser::parseList() {
  const Token &open = token();
  ++at;
  Newlines within(*this, false);
  auto list = std::make_unique<List>(rangeOf(open));
  unsigned height = 0;
  while (kind() != TokenKind::RightBracket) {
    ExprPtr element = kind() == TokenKind::DotDot ? parseRest() : parseExpression();
    if (!element) return nullptr;
    height = std::max(height, element->height);
    list->elements.push_back(std::move(element));
    if (!take(TokenKind::Comma)) break;
  }
  if (!expectClosing(TokenKind::RightBracket, open)) return nullptr;
  list->range = rangeFrom(open.begin);
  return seal(*list, height) ? std::move(list) : nullptr;
}

// `if c then a else b`, `if c { a } else { b }`, `if c { a } else if d { b } else { e }`
ExprPtr Parser::parseIf() {
  Nesting nesting(*this); // a chain of `else if` comes back here without an expression between
  if (!nesting) return nullptr;
  uint32_t begin = token().begin;
  ++at;
  auto node = std::make_unique<If>(rangeFrom(begin));
  node->condition = parseExpression();
  if (!node->condition) return nullptr;
  bool words = take(TokenKind::KwThen);
  if (!words && kind() != TokenKind::LeftBrace) {
    expected("`then` or `{` after the condition");
    return nullptr;
  }
  node->thenValue = words ? parseExpression() : parseBlock();
  if (!node->thenValue) return nullptr;
  if (!take(TokenKind::KwElse)) {
    expected("`else`").help("an `if` is a value, so both branches must be given");
    return nullptr;
  }
  node->elseValue = words ? parseExpression() : kind() == TokenKind::KwIf ? parseIf() : parseBlock();
  if (!node->elseValue) return nullptr;
  node->range = rangeFrom(begin);
  unsigned height = std::max({node->condition->height, node->thenValue->height, node->elseValue->height});
  return seal(*node, height) ? std::move(node) : nullptr;
}

// `fn(x, y: f32) = expr`, `fn(x) { … }`
ExprPtr Parser::parseLambda() {
  uint32_t begin = token().begin;
  ++at;
  auto node = std::make_unique<Lambda>(rangeFrom(begin));
  if (!parseParameters(node->parameters, true, "after `fn`")) return nullptr;
  if (take(TokenKind::Arrow) && !(node->result = parseType())) return nullptr;
  node->body = parseBody("of the function");
  if (!node->body) return nullptr;
  node->range = rangeFrom(begin);
  return seal(*node, node->body->height) ? std::move(node) : nullptr;
}

//===--- Loops ---------------------------------------------------------------------------------------------------===//

// `while(h = x, sum(h) < 3)`: behind the comma stands no further carry.
bool Parser::misusedCondition(const Loop &loop) {
  const Token &comma = lastToken();
  if (loop.form != Loop::Form::While || loop.carries.empty() || comma.kind != TokenKind::Comma) return false;
  int open = 0;
  for (size_t i = 0; open >= 0 && kind(i) != TokenKind::EndOfFile && kind(i) != TokenKind::LeftBrace; ++i) {
    bool names = kind(i) == TokenKind::Assign || kind(i) == TokenKind::Semicolon;
    if (names && open == 0) return false;
    open += bracketStep(kind(i));
  }
  misused(rangeOf(comma), "the condition of a `while` follows `;`", "write `;`").fix(rangeOf(comma), ";");
  return true;
}

// `x in xs`, `i in 0:n`, `h = h0`
bool Parser::parseLoopClause(Loop &loop) {
  if (misusedCondition(loop)) return false;
  Pattern pattern;
  if (!parsePattern(pattern)) return false;
  if (take(TokenKind::Assign)) {
    Loop::Carry &carry = loop.carries.emplace_back();
    carry.pattern = std::move(pattern);
    carry.initial = parseExpression();
    return carry.initial != nullptr;
  }
  if (!take(TokenKind::KwIn)) {
    expected("`in` or `=`").help("a loop reads `x in xs` and carries `h = h0`");
    return false;
  }
  Loop::Source &source = loop.sources.emplace_back();
  source.pattern = std::move(pattern);
  source.begin = parseExpression();
  if (!source.begin) return false;
  if (take(TokenKind::Colon))
    source.end = parseExpression();
  else
    return true;
  return source.end != nullptr;
}

// `scan(x in xs, h = h0) { … }`, `for(i in 0:n, h = h0) { … }`, `while(h = h0; cond) { … }`
ExprPtr Parser::parseLoop() {
  const Token &word = token();
  auto node = std::make_unique<Loop>(rangeOf(word));
  node->form = word.kind == TokenKind::KwScan  ? Loop::Form::Scan
               : word.kind == TokenKind::KwFor ? Loop::Form::For
                                               : Loop::Form::While;
  ++at;
  const Token &open = token();
  if (!expect(TokenKind::LeftParen, "after " + std::string(describe(word.kind)))) return nullptr;
  {
    Newlines within(*this, false);
    while (kind() != TokenKind::RightParen && kind() != TokenKind::Semicolon) {
      if (!parseLoopClause(*node)) return nullptr;
      if (!take(TokenKind::Comma)) break;
    }
    if (node->form == Loop::Form::While) {
      if (!expect(TokenKind::Semicolon, "and a condition") || !(node->condition = parseExpression())) return nullptr;
    }
    if (!expectClosing(TokenKind::RightParen, open)) return nullptr;
  }
  node->body = parseBlock();
  if (!node->body) return nullptr;
  node->range = rangeFrom(word.begin);
  unsigned height = std::max(node->body->height, node->condition ? node->condition->height : 0);
  for (const Loop::Source &s : node->sources) height = std::max({height, s.begin->height, s.end ? s.end->height : 0});
  for (const Loop::Carry &c : node->carries) height = std::max(height, c.initial->height);
  return seal(*node, height) ? std::move(node) : nullptr;
}

//===--- Index notation ------------------------------------------------------------------------------------------===//

// `sum[k](`, `max[i, j](`: the name of a reduction, variables in brackets, a parenthesis.
bool Parser::isIndexReduce() const {
  static const std::string_view reductions[] = {"sum", "prod", "mean", "max", "min"};
  std::string_view word = textOf(token());
  if (std::find(std::begin(reductions), std::end(reductions), word) == std::end(reductions)) return false;
  if (kind(1) != TokenKind::LeftBracket || (newlinesMatter && token(1).newlineBefore)) return false;
  size_t i = 2;
  while (kind(i) == TokenKind::Identifier && kind(i + 1) == TokenKind::Comma) i += 2;
  if (kind(i) == TokenKind::Identifier) ++i;
  else if (i == 2) return false; // else a comma stood last
  return kind(i) == TokenKind::RightBracket && kind(i + 1) == TokenKind::LeftParen &&
         !(newlinesMatter && token(i + 1).newlineBefore);
}

ExprPtr Parser::parseIndexReduce() {
  auto node = std::make_unique<IndexReduce>(rangeOf(token()));
  node->reduction = takeIdentifier();
  do {
    ++at; // `[` or `,`
    node->indices.push_back(takeIdentifier());
  } while (kind() == TokenKind::Comma && kind(1) == TokenKind::Identifier);
  take(TokenKind::Comma);
  ++at; // `]`
  const Token &open = token();
  ++at;
  Newlines within(*this, false);
  node->body = parseExpression();
  if (!node->body || !expectClosing(TokenKind::RightParen, open)) return nullptr;
  node->range = rangeFrom(node->reduction.range.begin);
  return seal(*node, node->body->height) ? std::move(node) : nullptr;
}

ExprPtr Parser::parsePrimary() {
  const Token &t = token();
  if (t.kind == TokenKind::KwFn && kind(1) == TokenKind::Identifier && t.newlineBefore && atDeclaration()) {
    expected("an expression"); // and the next declaration begins
    return nullptr;
  }
  switch (t.kind) {
  case TokenKind::Number: return parseNumber();
  case TokenKind::String: {
    auto node = std::make_unique<String>(rangeOf(t));
    node->value = unquote(textOf(t));
    ++at;
    return node;
  }
  case TokenKind::KwTrue:
  case TokenKind::KwFalse: {
    auto node = std::make_unique<Boolean>(rangeOf(t));
    node->value = t.kind == TokenKind::KwTrue;
    ++at;
    return node;
  }
  case TokenKind::Identifier: {
    if (isIndexReduce()) return parseIndexReduce();
    auto node = std::make_unique<Name>(rangeOf(t));
    node->name = takeIdentifier().text;
    return node;
  }
  case TokenKind::LeftParen: return parseParenthesized();
  case TokenKind::LeftBracket: return parseList();
  case TokenKind::LeftBrace: return parseBlock();
  case TokenKind::KwIf: return parseIf();
  case TokenKind::KwFn: return parseLambda();
  case TokenKind::KwScan:
  case TokenKind::KwFor:
  case TokenKind::KwWhile: return parseLoop();
  default: break;
  }
  Diagnostic &d = expected("an expression");
  if (t.kind == TokenKind::KwLet && !onNewLine()) d.help("`let` stands at the beginning of a statement, inside `{ … }`");
  return nullptr;
}

} // namespace fluxion
