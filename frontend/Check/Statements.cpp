// Blocks: `let` with patterns and types, their scopes, and what is said about values never used and names hidden.
#include "frontend/Check/Habits.h"
#include "frontend/Check/Train.h"

namespace fluxion::check {

// `let h = f(h)` goes on with `h`, where the block or the head of its function or loop gave the name; so does the carry
// `h = h`. A `let` in the body of a loop that reads a name from outside of it does not: what it gives is lost.
static bool goesOn(const Scope &scope, const std::string &name) {
  if (!scope.from || !mentions(*scope.from, name)) return false;
  const Scope *head = scope.parent.get();
  return !scope.isBlock || scope.names.count(name) || (head && !head->isBlock && head->names.count(name));
}

void Elaborator::bindName(const ast::Identifier &name, Datum value) {
  if (name.text == "_") return;
  Binding *hidden = scope->find(name.text);
  if (hidden && hidden->kind != Binding::Kind::Element && !scope->library && !goesOn(*scope, name.text))
    warn("E0209", name.range, "`" + name.text + "` hides another value of this name", "give it a name of its own")
        .note(placeOf(name.text, *hidden), "the other");
  Binding binding;
  binding.used = name.text[0] == '_';
  binding.declared = value.declared = name.range;
  binding.value = std::move(value);
  scope->names[name.text] = std::move(binding);
}

void Elaborator::bindPattern(const ast::Pattern &pattern, Datum value) {
  if (!pattern.isTuple()) return bindName(pattern.name, std::move(value));
  bool parted = value.is(Datum::Kind::Tuple) || value.is(Datum::Kind::List);
  bool fits = !value || (parted && value.parts.size() == pattern.elements.size());
  if (!fits)
    error("E0314", pattern.range,
          "the pattern has " + std::to_string(pattern.elements.size()) + " parts, the value is " + value.describe())
        .help(helpForPattern(value, pattern.elements.size(), nullptr));
  for (size_t i = 0; i < pattern.elements.size(); ++i)
    bindPattern(pattern.elements[i], value && fits ? value.parts[i] : Datum());
}

bool Elaborator::evaluateStatement(const ast::Statement &statement) {
  if (statement.kind == ast::Statement::Kind::LetIndexed) {
    Datum value = evaluateLetIndexed(statement);
    During<const ast::Expr *> from(scope->from, statement.value.get());
    bindName(statement.pattern.name, std::move(value));
    return true;
  }
  Datum value = evaluate(*statement.value);
  if (statement.kind == ast::Statement::Kind::Expr) {
    if (value && !scope->library)
      warn("E0208", statement.range, "this value is never used", "name it with `let`, or take the line away");
    return true;
  }
  if (statement.type && value) {
    TypeContext context{"E0310", "the value", statement.value->range, statement.type->range, false};
    context.expr = statement.value.get();
    if (!match(*statement.type, value, context)) value = Datum();
  }
  During<const ast::Expr *> from(scope->from, statement.value.get());
  bindPattern(statement.pattern, std::move(value));
  return true;
}

void Elaborator::warnUnused(const Scope &block) {
  if (block.library || sink.hasErrors()) return; // after an error, what would have been used is not known
  for (const auto &[name, binding] : block.names)
    if (!binding.used && binding.kind == Binding::Kind::Value && binding.declared.file)
      warn("E0208", binding.declared, "`" + name + "` is never used", "take it away, or call it `_" + name + "`")
          .fix({binding.declared.file, binding.declared.begin, binding.declared.begin}, "_");
}

Datum Elaborator::evaluateBlock(const ast::Block &block) {
  During innermost(this->block, &block);
  During scoped(scope, nested(scope));
  scope->isBlock = true;
  for (const ast::Statement &statement : block.statements) {
    if (aborted) return {};
    evaluateStatement(statement);
  }
  Datum result = evaluate(*block.result);
  warnUnused(*scope);
  return result;
}

} // namespace fluxion::check
