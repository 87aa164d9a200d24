// Expressions as documents; those that begin with a word stand in FormatBlocks.cpp.
#include "frontend/Syntax/FormatImpl.h"

namespace fluxion {

using namespace ast;

//===--- What an expression is like ------------------------------------------------------------------------------===//

bool isDimension(const Expr &e) {
  if (auto *n = as<Number>(e)) return n->isInteger;
  if (auto *u = as<Unary>(e)) return u->op == UnaryOp::Neg && isDimension(*u->operand);
  if (auto *b = as<Binary>(e)) {
    bool plain = b->op == BinaryOp::Add || b->op == BinaryOp::Sub || b->op == BinaryOp::Mul || b->op == BinaryOp::Div;
    return plain && isDimension(*b->left) && isDimension(*b->right);
  }
  return e.kind == ExprKind::Name;
}

// Has it brackets in which it can break, near its beginning or (for what stands before them) not at all?
bool Formatter::hugs(const Expr &e) const {
  if (parenthesized(e)) return true;
  switch (e.kind) {
  case ExprKind::Call: return !as<Call>(e)->arguments.empty();
  case ExprKind::Tuple: return !as<Tuple>(e)->elements.empty();
  case ExprKind::List: return !as<List>(e)->elements.empty();
  case ExprKind::Block:
  case ExprKind::Loop:
  case ExprKind::Update:
  case ExprKind::IndexReduce: return true;
  case ExprKind::Lambda: return as<Block>(as<Lambda>(e)->body);
  case ExprKind::If: {
    const If &branches = *as<If>(e);
    return as<Block>(branches.thenValue) && (as<Block>(branches.elseValue) || hugs(*branches.elseValue));
  }
  case ExprKind::Field: return hugs(*as<Field>(e)->base);
  case ExprKind::Index: return hugs(*as<Index>(e)->base);
  case ExprKind::Unary: return as<Unary>(e)->op == UnaryOp::Neg && hugs(*as<Unary>(e)->operand);
  default: return false;
  }
}

static bool endsInBlock(const Expr &e) {
  if (auto *l = as<Lambda>(e)) return as<Block>(l->body);
  return e.kind == ExprKind::Block || e.kind == ExprKind::Loop;
}

//===--- Expressions ---------------------------------------------------------------------------------------------===//

void Formatter::expr(const Expr &e, bool ownLine) {
  if (parenthesized(e)) return parentheses(e);
  bare(e, ownLine);
}

void Formatter::parentheses(const Expr &e) {
  size_t start = parts.size();
  bool comments = commentsAround(at);
  token(TokenKind::LeftParen);
  size_t inner = parts.size();
  if (!comments && !parenthesized(e) && hugs(e)) {
    expr(e, true);
    token(TokenKind::RightParen);
    return group(start);
  }
  separate("");
  expr(e, true);
  finish(inner);
  token(TokenKind::RightParen);
  group(start);
}

void Formatter::bare(const Expr &e, bool ownLine) {
  switch (e.kind) {
  case ExprKind::Number: return token(TokenKind::Number);
  case ExprKind::String: return token(TokenKind::String);
  case ExprKind::Boolean: return token();
  case ExprKind::Name: return token(TokenKind::Identifier);
  case ExprKind::Rest:
    token(TokenKind::DotDot);
    if (!as<Rest>(e)->name.empty()) token(TokenKind::Identifier);
    return;
  case ExprKind::Unary:
    token();
    if (as<Unary>(e)->op == UnaryOp::Not) text(" ");
    return expr(*as<Unary>(e)->operand);
  case ExprKind::Binary: return binary(*as<Binary>(e), ownLine);
  case ExprKind::Call: return call(*as<Call>(e));
  case ExprKind::Update: return update(*as<Update>(e));
  case ExprKind::Index: return index(*as<Index>(e));
  case ExprKind::Field:
    expr(*as<Field>(e)->base, ownLine);
    token(TokenKind::Dot);
    return token();
  case ExprKind::Tuple: {
    size_t element = 0;
    const Tuple &t = *as<Tuple>(e);
    return list(
        TokenKind::RightParen, true,
        [&] {
          if (element < t.elements.size()) expr(*t.elements[element++]);
        },
        true);
  }
  case ExprKind::List: return listLiteral(*as<List>(e));
  case ExprKind::Block: return block(*as<Block>(e));
  case ExprKind::If: return conditional(*as<If>(e));
  case ExprKind::Lambda: return lambda(*as<Lambda>(e));
  case ExprKind::IndexReduce: return indexReduce(*as<IndexReduce>(e));
  case ExprKind::Loop: return loop(*as<Loop>(e));
  }
}

// 0: has no chain; else operators of one number make one chain, `a + b - c`.
static unsigned chainOf(BinaryOp op) {
  switch (op) {
  case BinaryOp::Add:
  case BinaryOp::Sub: return 1;
  case BinaryOp::Mul:
  case BinaryOp::Div:
  case BinaryOp::Rem:
  case BinaryOp::MatMul: return 2;
  case BinaryOp::And: return 3;
  case BinaryOp::Or: return 4;
  default: return 0;
  }
}

void Formatter::binary(const Binary &b, bool ownLine) {
  size_t start = parts.size();
  std::vector<const Binary *> chain = {&b};
  while (unsigned kind = chainOf(b.op)) {
    const Binary *left = as<Binary>(chain.back()->left);
    if (!left || chainOf(left->op) != kind || left->range.begin != chain.back()->range.begin) break;
    chain.push_back(left);
  }
  expr(*chain.back()->left, ownLine);
  size_t rest = parts.size();
  for (size_t i = chain.size(); i-- > 0;) {
    if (tight || b.op == BinaryOp::Pow) {
      token();
    } else {
      separate(" ");
      token();
      text(" ");
    }
    expr(*chain[i]->right);
  }
  if (!ownLine) indent(rest);
  group(start);
}

//===--- Calls and subscripts ------------------------------------------------------------------------------------===//

void Formatter::call(const Call &c) {
  size_t start = parts.size();
  expr(*c.callee);
  arguments(c.arguments);
  add(take(start));
}

void Formatter::update(const Update &u) {
  size_t start = parts.size(), next = 0;
  expr(*u.callee);
  bool base = false;
  list(TokenKind::RightParen, true, [&] {
    if (base) {
      if (next < u.arguments.size()) argument(u.arguments[next++]);
      return;
    }
    base = true;
    token(TokenKind::DotDot);
    expr(*u.base);
  });
  add(take(start));
}

void Formatter::argument(const Argument &a) {
  if (a.name) {
    token(TokenKind::Identifier);
    text(" ");
    token(TokenKind::Assign);
    text(" ");
  }
  expr(*a.value);
}

// `vmap(f, fn(x) {`: the head is short, the block at the end breaks by itself.
bool Formatter::onlyLastBreaks(const std::vector<Argument> &all) const {
  const Expr &last = *all.back().value;
  uint32_t begin = tokens[at].end, head = last.range.begin;
  return endsInBlock(last) && head - begin <= 60 && source.substr(begin, head - begin).find('\n') == std::string::npos;
}

void Formatter::arguments(const std::vector<Argument> &all) {
  size_t i = 0;
  auto one = [&] {
    if (i < all.size()) argument(all[i++]);
  };
  // Comments before an argument ask for a line for each.
  if (all.empty() || commentsAround(at) || !(all.size() == 1 || onlyLastBreaks(all)))
    return list(TokenKind::RightParen, true, one);
  bool block = onlyLastBreaks(all);
  token(TokenKind::LeftParen);
  size_t start = parts.size();
  bool hug = false;
  while (i < all.size() && !lost) {
    hug = hugs(*all[i].value);
    one();
    if (next(TokenKind::Comma)) {
      comma(TokenKind::RightParen, false);
      if (i < all.size()) text(" ");
    }
  }
  if (!block) add(arena.choice(take(start), hug, false, true));
  token(TokenKind::RightParen);
}

void Formatter::index(const Index &x) {
  size_t start = parts.size();
  expr(*x.base);
  bool wasTight = tight, close = true, spaced = false;
  for (const Subscript &s : x.subscripts) {
    for (const ExprPtr *e : {&s.element, &s.begin, &s.end, &s.stride}) close &= !*e || isDimension(**e);
    spaced |= !s.element || !isDimension(*s.element);
  }
  size_t i = 0;
  list(TokenKind::RightBracket, spaced, [&] {
    const Subscript &s = x.subscripts[std::min(i++, x.subscripts.size() - 1)];
    tight = close;
    if (s.element) {
      expr(*s.element);
    } else {
      if (s.begin) expr(*s.begin);
      token(TokenKind::Colon);
      if (s.end) expr(*s.end);
      if (next(TokenKind::Colon)) token();
      if (s.stride) expr(*s.stride);
    }
    tight = wasTight;
  });
  add(take(start));
}

// Numbers fill lines, as tables do; other elements have a line each once one line is too short. Extents are set tight.
void Formatter::listLiteral(const List &l) {
  bool numbers = l.elements.size() > 8, wasTight = tight, dimensions = true;
  for (const ExprPtr &e : l.elements) {
    auto *u = as<Unary>(e);
    numbers &= e->kind == ExprKind::Number || (u && u->operand->kind == ExprKind::Number);
    dimensions &= e->kind == ExprKind::Rest || isDimension(*e);
  }
  size_t i = 0, start = parts.size();
  auto one = [&] {
    tight = dimensions;
    if (i < l.elements.size()) expr(*l.elements[i++]);
    tight = wasTight;
  };
  if (!numbers || firstComment[closing() + 1] > firstComment[at + 1]) return list(TokenKind::RightBracket, true, one);
  token(TokenKind::LeftBracket);
  size_t inner = parts.size();
  line("");
  size_t filled = parts.size();
  while (!next(TokenKind::RightBracket) && !lost) {
    size_t item = parts.size();
    if (i) {
      line();
      item = parts.size();
    }
    one();
    if (next(TokenKind::Comma)) comma(TokenKind::RightBracket, false);
    add(take(item));
  }
  add(arena.fill(parts.data() + filled, parts.size() - filled));
  parts.erase(parts.begin() + ptrdiff_t(filled), parts.end() - 1);
  finish(inner);
  token(TokenKind::RightBracket);
  group(start);
}

void Formatter::names() {
  list(TokenKind::RightBracket, false, [&] { token(TokenKind::Identifier); });
}

void Formatter::indexReduce(const IndexReduce &r) {
  size_t start = parts.size();
  token(TokenKind::Identifier);
  names();
  bool comments = commentsAround(at);
  token(TokenKind::LeftParen);
  size_t inner = parts.size();
  if (comments) {
    separate("");
    expr(*r.body, true);
    finish(inner);
  } else {
    bool hug = hugs(*r.body);
    expr(*r.body, true);
    add(arena.choice(take(inner), hug, false, true));
  }
  token(TokenKind::RightParen);
  add(take(start));
}

} // namespace fluxion
