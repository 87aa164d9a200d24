// Whether a name stands in an expression, without evaluating it.
#include "frontend/Check/Train.h"

namespace fluxion::check {

static bool any(const std::vector<ast::ExprPtr> &all, const std::string &name) {
  for (const ast::ExprPtr &each : all)
    if (mentions(*each, name)) return true;
  return false;
}

static bool in(const ast::ExprPtr &expr, const std::string &name) { return expr && mentions(*expr, name); }

bool mentions(const ast::Expr &expr, const std::string &name) {
  if (auto *e = as<ast::Name>(expr)) return e->name == name;
  if (auto *e = as<ast::Unary>(expr)) return in(e->operand, name);
  if (auto *e = as<ast::Binary>(expr)) return in(e->left, name) || in(e->right, name);
  if (auto *e = as<ast::Field>(expr)) return in(e->base, name);
  if (auto *e = as<ast::Tuple>(expr)) return any(e->elements, name);
  if (auto *e = as<ast::List>(expr)) return any(e->elements, name);
  if (auto *e = as<ast::If>(expr)) return in(e->condition, name) || in(e->thenValue, name) || in(e->elseValue, name);
  if (auto *e = as<ast::Lambda>(expr)) return in(e->body, name);
  if (auto *e = as<ast::IndexReduce>(expr)) return in(e->body, name);
  bool found = false;
  if (auto *e = as<ast::Call>(expr)) {
    found = in(e->callee, name);
    for (const ast::Argument &argument : e->arguments) found = found || in(argument.value, name);
  } else if (auto *e = as<ast::Update>(expr)) {
    found = in(e->callee, name) || in(e->base, name);
    for (const ast::Argument &argument : e->arguments) found = found || in(argument.value, name);
  } else if (auto *e = as<ast::Index>(expr)) {
    found = in(e->base, name);
    for (const ast::Subscript &s : e->subscripts)
      found = found || in(s.element, name) || in(s.begin, name) || in(s.end, name) || in(s.stride, name);
  } else if (auto *e = as<ast::Block>(expr)) {
    found = in(e->result, name);
    for (const ast::Statement &statement : e->statements) found = found || in(statement.value, name);
  } else if (auto *e = as<ast::Loop>(expr)) {
    found = in(e->condition, name) || in(e->body, name);
    for (const auto &source : e->sources) found = found || in(source.begin, name) || in(source.end, name);
    for (const auto &carry : e->carries) found = found || in(carry.initial, name);
  }
  return found;
}

} // namespace fluxion::check
