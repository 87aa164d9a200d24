// How an error reaches the user: once per place, with the chain of calls it was inlined through, both shapes, where the
// operands were declared, and the nearest name.
#include "frontend/Check/Elaborator.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>

namespace fluxion::check {

Diagnostic &Elaborator::error(const char *number, const SourceRange &where, std::string message) {
  if (builder) builder->fail();
  if (!reported.emplace(number, where.file.get(), where.begin).second) return scratch = Diagnostic();
  return sink.error(number, Location{where, caller}, std::move(message));
}

void Elaborator::warn(const char *number, const SourceRange &where, std::string message, std::string help) {
  if (unitAt(where) != &tree.root()) return; // the library's, or a file's that is checked by itself
  if (!reported.emplace(number, where.file.get(), where.begin).second) return;
  sink.warning(number, Location{where, nullptr}, std::move(message)).help(std::move(help));
}

void Elaborator::at(const SourceRange &where, std::vector<Operand> involved) {
  builder->at(Location{where, caller});
  operationRange = where;
  operands = std::move(involved);
}

Operand Elaborator::operandOf(const ast::Expr *expr, const Datum &datum, SourceRange range) {
  Operand operand;
  operand.expr = expr;
  operand.range = expr ? expr->range : std::move(range);
  operand.declared = datum.declared;
  if (datum.is(Datum::Kind::Tensor) && datum.labels.empty()) operand.tensor = datum.tensor;
  else operand.description = datum.describe();
  return operand;
}

std::string Operand::type() const { return tensor ? tensor.type().print() : description; }

std::string Operand::text() const {
  if (!expr || !expr->range.file || expr->range.end - expr->range.begin > 32) return "";
  std::string written = expr->range.file->text.substr(expr->range.begin, expr->range.end - expr->range.begin);
  bool simple = expr->kind == ast::ExprKind::Name || expr->kind == ast::ExprKind::Field ||
                expr->kind == ast::ExprKind::Call || expr->kind == ast::ExprKind::Index;
  return simple ? written : "(" + written + ")";
}

// "{1}.T" names the second operand as it is written.
static std::string withNames(std::string text, const std::vector<Operand> &operands) {
  for (size_t i = 0; i < operands.size() && i < 10; ++i) {
    std::string slot = "{" + std::to_string(i) + "}";
    std::string name = operands[i].text().empty() ? "…" : operands[i].text();
    for (size_t at = text.find(slot); at != std::string::npos; at = text.find(slot)) text.replace(at, 3, name);
  }
  return text;
}

void Elaborator::handleFault(const Fault &fault) {
  SourceRange where = operationRange;
  auto known = [&](int i) { return i >= 0 && size_t(i) < operands.size() && operands[size_t(i)].range.file; };
  if (known(fault.operand)) where = operands[size_t(fault.operand)].range;
  if (fault.letter >= 0) { // inside the quotes of the equation
    where = operationRange;
    where.begin = std::min(where.begin + 1 + uint32_t(fault.letter), where.end > 0 ? where.end - 1 : 0);
    where.end = where.begin + 1;
  }
  Diagnostic &d =
      error(fault.number.c_str(), where, withNames(fault.message, operands)).help(withNames(fault.help, operands));
  if (known(fault.operand) && fault.letter < 0) d.withLabel(operands[size_t(fault.operand)].type());
  std::set<std::pair<uint32_t, uint32_t>> told;
  for (int i : fault.related) {
    if (!known(i)) continue;
    const Operand &operand = operands[size_t(i)];
    bool declared = operand.declared.file != nullptr;
    const SourceRange &place = declared ? operand.declared : operand.range;
    if (!told.insert({place.begin, place.end}).second) continue;
    std::string name = operand.text().empty() ? "this" : "`" + operand.text() + "`";
    d.note(place, name + " is " + operand.type() + (declared ? ", declared here" : ""));
  }
}

std::string Elaborator::suggestName(const std::string &name) const {
  if (std::string found = inModules(name); !found.empty()) return "did you mean `" + found + "`?";
  std::vector<std::string> candidates = visibleNames();
  for (const Scope *s = scope.get(); s; s = s->parent.get())
    for (const auto &[known, binding] : s->names) candidates.push_back(known);
  std::sort(candidates.begin(), candidates.end()); // of equally near names, the same on every run
  for (const Builtin &builtin : builtinTable()) candidates.push_back(builtin.name);
  for (const char *primitive : elementwiseUnaryNames()) candidates.push_back(primitive);
  auto nearest = nearestName(name, candidates);
  return nearest ? "did you mean `" + *nearest + "`?" : "";
}

} // namespace fluxion::check
