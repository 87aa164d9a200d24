// Types, shapes and patterns.
//   type    = names [ "[" entry {"," entry} "]" ] | "(" types ")" | "[" dim "]" type | "fn" "(" types ")" "->" type
//   names   = NAME {"." NAME}
//   entry   = dim | ".." [NAME] | "dynamic" NAME
//   pattern = NAME | "(" [pattern {"," pattern}] ")"
#include "frontend/Syntax/ParserImpl.h"

namespace fluxion {

using namespace ast;

bool Parser::parseShapeEntry(ShapeEntry &entry) {
  uint32_t begin = token().begin;
  if (take(TokenKind::DotDot)) {
    bool told = kind() != TokenKind::Identifier && relex(lastToken(), "name the other axes: `..S`", "..S"); // f32[..., D]
    if (kind() == TokenKind::Identifier)
      entry.rest = takeIdentifier();
    else
      entry.rest = {told ? "S" : "_", rangeFrom(begin)};
  } else {
    entry.isDynamic = isWord("dynamic") && kind(1) == TokenKind::Identifier;
    if (entry.isDynamic && !dynamicAllowed) { // goes on as if the word were not there
      ++repairs;
      sink.error("E0115", rangeOf(token()), "`dynamic` means nothing here")
          .help("it stands in the types of a declared function's parameters: `fn f(x: f32[dynamic N, D])`")
          .fix({file, token().begin, token(1).begin}, "");
    }
    if (entry.isDynamic) ++at;
    entry.dimension = parseExpression();
    if (!entry.dimension) return false;
    if (entry.isDynamic && !as<Name>(entry.dimension)) {
      error("E0105", entry.dimension->range, "`dynamic` stands before the name of a dimension")
          .help("name the dimension alone, as in `f32[dynamic N, D]`, and use it in expressions elsewhere");
      return false;
    }
  }
  entry.range = rangeFrom(begin);
  return true;
}

TypePtr Parser::parseNamedType() {
  auto type = std::make_unique<Type>();
  uint32_t begin = token().begin;
  type->kind = TypeKind::Named;
  type->name = takeIdentifier();
  while (kind() == TokenKind::Dot && kind(1) == TokenKind::Identifier) {
    ++at; // the dot
    type->name.text += "." + takeIdentifier().text;
    type->name.range = rangeFrom(begin);
  }
  if (kind() == TokenKind::LeftBracket && !onNewLine()) {
    const Token &open = token();
    ++at;
    Newlines within(*this, false);
    type->hasShape = true;
    while (kind() != TokenKind::RightBracket) {
      if (!parseShapeEntry(type->shape.emplace_back())) return nullptr;
      if (!take(TokenKind::Comma)) break;
    }
    if (!expectClosing(TokenKind::RightBracket, open)) return nullptr;
  }
  type->range = rangeFrom(begin);
  return type;
}

bool Parser::parseTypes(std::vector<TypePtr> &types, const Token &open) {
  Newlines within(*this, false);
  while (kind() != TokenKind::RightParen) {
    TypePtr element = parseType();
    if (!element) return false;
    types.push_back(std::move(element));
    if (!take(TokenKind::Comma)) break;
  }
  return expectClosing(TokenKind::RightParen, open);
}

TypePtr Parser::parseType() {
  Nesting nesting(*this);
  if (!nesting) return nullptr;
  if (kind() == TokenKind::Identifier) return parseNamedType();
  auto type = std::make_unique<Type>();
  const Token &first = token();
  if (take(TokenKind::LeftParen)) {
    type->kind = TypeKind::Tuple;
    if (!parseTypes(type->elements, first)) return nullptr;
  } else if (take(TokenKind::LeftBracket)) {
    type->kind = TypeKind::List;
    type->count = parseExpression();
    if (!type->count || !expectClosing(TokenKind::RightBracket, first)) return nullptr;
    type->elements.push_back(parseType());
    if (!type->elements.back()) return nullptr;
  } else if (take(TokenKind::KwFn)) {
    type->kind = TypeKind::Function;
    Setting plain(dynamicAllowed, false);
    const Token &open = token();
    if (!expect(TokenKind::LeftParen, "after `fn`") || !parseTypes(type->elements, open)) return nullptr;
    if (!expect(TokenKind::Arrow, "before the type of the result")) return nullptr;
    type->result = parseType();
    if (!type->result) return nullptr;
  } else {
    expected("a type").help("a type is `f32`, `f32[N, D]`, a struct's name, a tuple `(f32, f32[N])`");
    return nullptr;
  }
  type->range = rangeFrom(first.begin);
  return type;
}

bool Parser::parsePattern(Pattern &pattern) {
  Nesting nesting(*this);
  if (!nesting) return false;
  const Token &first = token();
  if (!take(TokenKind::LeftParen)) {
    if (!expectIdentifier(pattern.name, "a name")) return false;
    pattern.range = pattern.name.range;
    return true;
  }
  Newlines within(*this, false);
  while (kind() != TokenKind::RightParen) {
    if (!parsePattern(pattern.elements.emplace_back())) return false;
    if (!take(TokenKind::Comma)) break;
  }
  if (!expectClosing(TokenKind::RightParen, first)) return false;
  pattern.range = rangeFrom(first.begin);
  return true;
}

} // namespace fluxion
