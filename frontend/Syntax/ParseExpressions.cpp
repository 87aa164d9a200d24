// Expressions by precedence climbing. From loose to tight:
//   or · and · not · < <= > >= == != (not chained) · + - · * / % @ · unary - · ^ (to the right) · call, index, field
// An operator may begin a line and continues the one above, but for a `-` close to its operand in a block; `(` and `[`
// must stand on the line of what they apply to.
#include "frontend/Syntax/ParserImpl.h"
#include <algorithm>
#include <optional>

namespace fluxion {

using namespace ast;

namespace {
constexpr int orLevel = 1, andLevel = 2, notLevel = 3, compareLevel = 4, addLevel = 5, mulLevel = 6;
struct Infix {
  BinaryOp op;
  int level;
};
} // namespace

static std::optional<Infix> infix(TokenKind k) {
  switch (k) {
  case TokenKind::KwOr: return Infix{BinaryOp::Or, orLevel};
  case TokenKind::KwAnd: return Infix{BinaryOp::And, andLevel};
  case TokenKind::Less: return Infix{BinaryOp::Lt, compareLevel};
  case TokenKind::LessEqual: return Infix{BinaryOp::Le, compareLevel};
  case TokenKind::Greater: return Infix{BinaryOp::Gt, compareLevel};
  case TokenKind::GreaterEqual: return Infix{BinaryOp::Ge, compareLevel};
  case TokenKind::EqualEqual: return Infix{BinaryOp::Eq, compareLevel};
  case TokenKind::NotEqual: return Infix{BinaryOp::Ne, compareLevel};
  case TokenKind::Plus: return Infix{BinaryOp::Add, addLevel};
  case TokenKind::Minus: return Infix{BinaryOp::Sub, addLevel};
  case TokenKind::Star: return Infix{BinaryOp::Mul, mulLevel};
  case TokenKind::Slash: return Infix{BinaryOp::Div, mulLevel};
  case TokenKind::Percent: return Infix{BinaryOp::Rem, mulLevel};
  case TokenKind::At: return Infix{BinaryOp::MatMul, mulLevel};
  default: return std::nullopt;
  }
}

ExprPtr Parser::parseExpression() {
  Nesting nesting(*this);
  return nesting ? parseBinary(0) : nullptr;
}

ExprPtr Parser::parseNot() {
  Nesting nesting(*this);
  if (!nesting) return nullptr;
  uint32_t begin = token().begin;
  ++at;
  auto node = std::make_unique<Unary>(rangeFrom(begin));
  node->op = UnaryOp::Not;
  node->operand = parseBinary(notLevel);
  if (!node->operand) return nullptr;
  node->range = rangeFrom(begin);
  return seal(*node, node->operand->height) ? std::move(node) : nullptr;
}

// Calls itself at a strictly higher level only, so the recursion between two primaries is at most a few frames.
ExprPtr Parser::parseBinary(int minimum) {
  uint32_t begin = token().begin;
  ExprPtr left = kind() == TokenKind::KwNot && minimum <= notLevel ? parseNot() : parseUnary();
  while (left) {
    std::optional<Infix> next = infix(kind());
    if (!next || next->level < minimum || beginsNegative()) return left;
    if (auto *before = as<Binary>(left); before && next->level == compareLevel && before->op >= BinaryOp::Lt &&
                                         before->op <= BinaryOp::Ne && before->range.end == lastToken().end) {
      SourceRange sign = rangeOf(token());
      ++at;
      ExprPtr third = parseBinary(next->level + 1);
      if (!third) return nullptr;
      auto written = [&](const Expr &e) { return file->text.substr(e.range.begin, e.range.end - e.range.begin); };
      std::string middle = written(*before->right);
      Diagnostic &d = error("E0107", sign, "comparisons do not chain").help("write `a < b and b < c`");
      if (third->range.end - before->range.begin < 80)
        d.help("write `" + written(*before) + " and " + middle + " " +
               file->text.substr(sign.begin, third->range.end - sign.begin) + "`")
            .fix({file, sign.begin, sign.begin}, "and " + middle + " ");
      return nullptr;
    }
    auto node = std::make_unique<Binary>(rangeOf(token()));
    node->op = next->op;
    node->opRange = node->range;
    ++at;
    node->right = parseBinary(next->level + 1);
    if (!node->right) return nullptr;
    node->range = rangeFrom(begin);
    node->left = std::move(left);
    if (!seal(*node, std::max(node->left->height, node->right->height))) return nullptr;
    left = std::move(node);
  }
  return nullptr;
}

// `let e = …⏎ -s + e`: the value of the block, since one that ended in `let` would have none.
bool Parser::beginsNegative() const {
  return inBlock && onNewLine() && kind() == TokenKind::Minus && token(1).begin == token().end;
}

ExprPtr Parser::parseUnary() {
  if (kind() == TokenKind::Plus) {
    bool twice = lastToken().kind == TokenKind::Plus && lastToken().end == token().begin;
    if (twice) // y++
      misused({file, lastToken().begin, token().end}, "a name keeps its value: there is no `++`",
              "give the new value a name: `let next = old + 1`");
    else misused(rangeOf(token()), "there is no unary `+`", "leave it out").fix(rangeOf(token()), "");
    return nullptr;
  }
  if (kind() != TokenKind::Minus) return parsePower();
  Nesting nesting(*this);
  if (!nesting) return nullptr;
  uint32_t begin = token().begin;
  ++at;
  auto node = std::make_unique<Unary>(rangeFrom(begin));
  node->operand = parseUnary();
  if (!node->operand) return nullptr;
  node->range = rangeFrom(begin);
  return seal(*node, node->operand->height) ? std::move(node) : nullptr;
}

// -x^2 is -(x^2); x^-1 and x^y^z = x^(y^z) read as on paper.
ExprPtr Parser::parsePower() {
  uint32_t begin = token().begin;
  ExprPtr base = parsePostfix();
  if (!base || kind() != TokenKind::Caret) return base;
  Nesting nesting(*this);
  if (!nesting) return nullptr;
  auto node = std::make_unique<Binary>(rangeOf(token()));
  node->op = BinaryOp::Pow;
  node->opRange = node->range;
  ++at;
  node->right = parseUnary();
  if (!node->right) return nullptr;
  node->left = std::move(base);
  node->range = rangeFrom(begin);
  return seal(*node, std::max(node->left->height, node->right->height)) ? std::move(node) : nullptr;
}

//===--- Postfix -------------------------------------------------------------------------------------------------===//

unsigned Parser::highestIn(const std::vector<Argument> &arguments) const {
  unsigned height = 0;
  for (const Argument &a : arguments) height = std::max(height, a.value->height);
  return height;
}

bool Parser::parseArguments(std::vector<Argument> &arguments, const Token &open) {
  Newlines within(*this, false);
  while (kind() != TokenKind::RightParen) {
    Argument &argument = arguments.emplace_back();
    if (kind() == TokenKind::Identifier && kind(1) == TokenKind::Assign) {
      argument.name = takeIdentifier();
      ++at;
    }
    argument.value = parseExpression();
    if (!argument.value) return false;
    if (!take(TokenKind::Comma)) break;
  }
  return expectClosing(TokenKind::RightParen, open);
}

// `Mlp(..p, b = x)`
ExprPtr Parser::parseUpdate(ExprPtr callee, uint32_t begin) {
  auto update = std::make_unique<Update>(callee->range);
  const Token &open = token();
  at += 2; // `(..`
  Newlines within(*this, false);
  update->base = parseExpression();
  if (!update->base) return nullptr;
  bool more = take(TokenKind::Comma);
  if (more ? !parseArguments(update->arguments, open) : !expectClosing(TokenKind::RightParen, open)) return nullptr;
  update->callee = std::move(callee);
  update->range = rangeFrom(begin);
  unsigned height = std::max({update->callee->height, update->base->height, highestIn(update->arguments)});
  return seal(*update, height) ? std::move(update) : nullptr;
}

ExprPtr Parser::parseCall(ExprPtr callee, uint32_t begin) {
  if (kind(1) == TokenKind::DotDot) return parseUpdate(std::move(callee), begin);
  auto call = std::make_unique<Call>(callee->range);
  const Token &open = token();
  ++at;
  if (!parseArguments(call->arguments, open)) return nullptr;
  call->callee = std::move(callee);
  call->range = rangeFrom(begin);
  return seal(*call, std::max(call->callee->height, highestIn(call->arguments))) ? std::move(call) : nullptr;
}

bool Parser::parseSubscript(Subscript &subscript) {
  uint32_t begin = token().begin;
  auto part = [&](ExprPtr &slot) {
    if (kind() == TokenKind::Colon || kind() == TokenKind::Comma || kind() == TokenKind::RightBracket) return true;
    slot = parseExpression();
    return slot != nullptr;
  };
  if (kind() == TokenKind::DotDot) {
    subscript.element = parseRest();
  } else {
    if (!part(subscript.begin)) return false;
    if (take(TokenKind::Colon)) {
      subscript.kind = Subscript::Kind::Slice;
      if (!part(subscript.end) || (take(TokenKind::Colon) && !part(subscript.stride))) return false;
    } else {
      subscript.element = std::move(subscript.begin);
      if (!subscript.element) return expected("an index"), false;
    }
  }
  subscript.range = rangeFrom(begin);
  return true;
}

ExprPtr Parser::parseIndex(ExprPtr base, uint32_t begin) {
  auto index = std::make_unique<Index>(base->range);
  const Token &open = token();
  ++at;
  Newlines within(*this, false);
  unsigned height = base->height;
  while (kind() != TokenKind::RightBracket) {
    Subscript &s = index->subscripts.emplace_back();
    if (!parseSubscript(s)) return nullptr;
    for (const ExprPtr *e : {&s.element, &s.begin, &s.end, &s.stride})
      if (*e) height = std::max(height, (*e)->height);
    if (!take(TokenKind::Comma)) break;
  }
  if (!expectClosing(TokenKind::RightBracket, open)) return nullptr;
  index->base = std::move(base);
  index->range = rangeFrom(begin);
  return seal(*index, height) ? std::move(index) : nullptr;
}

ExprPtr Parser::parseFieldOf(ExprPtr base, uint32_t begin) {
  ++at; // the dot
  if (kind() != TokenKind::Identifier && kind() != TokenKind::Number) {
    expected("a field's name or a position after `.`");
    return nullptr;
  }
  auto field = std::make_unique<Field>(base->range);
  field->field = takeIdentifier();
  field->base = std::move(base);
  field->range = rangeFrom(begin);
  return seal(*field, field->base->height) ? std::move(field) : nullptr;
}

ExprPtr Parser::parsePostfix() {
  uint32_t begin = token().begin;
  ExprPtr value = parsePrimary();
  while (value) {
    if (kind() == TokenKind::Dot && as<Number>(value) && lastToken().kind == TokenKind::Number) {
      error("E0105", rangeOf(token()), "a number has no fields").help("digits stand on both sides of a decimal point");
      return nullptr;
    }
    if (kind() == TokenKind::Dot)
      value = parseFieldOf(std::move(value), begin);
    else if (onNewLine())
      return value;
    else if (kind() == TokenKind::LeftParen)
      value = parseCall(std::move(value), begin);
    else if (kind() == TokenKind::LeftBracket)
      value = parseIndex(std::move(value), begin);
    else
      return value;
  }
  return nullptr;
}

} // namespace fluxion
