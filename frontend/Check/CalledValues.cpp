// Calls of what is no function: a number, a tensor, a struct, a sum over index variables in parentheses.
#include "frontend/Check/Habits.h"
#include "frontend/Check/Suggest.h"
#include <algorithm>

namespace fluxion::check {

std::string typeWritten(const ast::StructDecl &decl, const ast::Call &call) { // Linear[784, 10]
  const SourceRange &first = call.arguments[0].value->range;
  return decl.name.text + "[" + writtenAt({first.file, first.begin, call.arguments.back().value->range.end}) + "]";
}

Datum Elaborator::callWhatIsNone(const ast::Call &call, const Datum &callee) {
  auto *name = as<ast::Name>(call.callee);
  bool hides = name && (findBuiltin(name->name) || findGlobal(name->name, name->range) ||
                                    elementTypeNamed(name->name)); // fn f(sum: f32) = sum(x)
  Diagnostic &d = error("E0405", call.callee->range,
                        (name ? "`" + name->name + "` is " : "") + callee.describe() + (name ? " here" : "") +
                            (name ? ", and is called like a function" : " is called, and is not a function"));
  if (hides && callee.declared.file)
    d.note(callee.declared, "this hides the function `" + name->name + "`").help("give the value another name");
  const SourceRange &end = call.callee->range;
  auto *field = as<ast::Field>(call.callee);
  if (field && field->field.text == "T" && call.arguments.empty()) {
    d.help("leave `()` out").fix({end.file, end.end, call.range.end}, "");
  } else if (!hides && (callee.is(Datum::Kind::Weak) || callee.is(Datum::Kind::Tensor))) {
    d.help("for a product write `*`");
    if (call.arguments.size() == 1) d.fix({end.file, end.end, end.end}, " * ");
  } else if (!hides && callee.is(Datum::Kind::Struct)) {
    hintForStructCall(d, *callee.decl, call);
  }
  return {};
}

// `Linear(784, 10)`: sizes where the fields' values stand.
bool Elaborator::takesSizes(const ast::StructDecl &decl, const ast::Call &call) {
  const size_t count = dimensionsOf(decl).size();
  return count && call.arguments.size() == count &&
         std::all_of(call.arguments.begin(), call.arguments.end(), [&](const ast::Argument &argument) {
           auto *name = as<ast::Name>(argument.value);
           Binding *binding = name ? scope->find(name->name) : nullptr;
           return as<ast::Number>(argument.value) || (binding && binding->kind == Binding::Kind::Dimension);
         });
}

// `p(x)`, `Linear(784, 10)(x)`: a struct holds parameters, which a function takes.
void Elaborator::hintForStructCall(Diagnostic &d, const ast::StructDecl &decl, const ast::Call &call) {
  std::string apply = "apply", rest;
  for (char c : decl.name.text) {
    if (isupper(uint8_t(c))) apply += '_';
    apply += char(tolower(uint8_t(c)));
  }
  bool known = as<ast::FunctionDecl>(findGlobal(apply, call.range));
  auto *made = as<ast::Call>(call.callee);
  std::string type = made && takesSizes(decl, *made) ? typeWritten(decl, *made) : decl.name.text;
  for (const ast::Argument &argument : call.arguments) rest += ", " + writtenAt(argument.value->range);
  std::string written = (known ? apply : "apply") + "(" + (made ? "p" : writtenAt(call.callee->range)) + rest + ")";
  d.fixes.clear();
  d.help((made ? "a struct holds parameters, which are passed: `p: " + type + "`, and "
               : "a struct holds parameters, which a function takes: ") +
         (known ? "`" + written + "`" : "declare one, and call it, as in `" + written + "`"));
}

// `sum(k)(A[i, k] * b[k])`, where `k` is nothing: index variables stand in brackets.
bool Elaborator::complainOfCalledSum(const ast::Call &call) {
  auto *inner = as<ast::Call>(call.callee);
  auto *name = inner ? as<ast::Name>(inner->callee) : nullptr;
  static const std::vector<std::string> reductions = {"sum", "prod", "mean", "max", "min"};
  if (!name || std::find(reductions.begin(), reductions.end(), name->name) == reductions.end()) return false;
  bool unknown = !inner->arguments.empty() && call.arguments.size() == 1;
  for (const ast::Argument &argument : inner->arguments) {
    auto *variable = as<ast::Name>(argument.value);
    unknown = unknown && variable && !argument.name && !scope->find(variable->name) &&
              !findGlobal(variable->name, variable->range) && !findBuiltin(variable->name);
  }
  if (!unknown) return false;
  const SourceRange &whole = inner->range;
  std::string indices = writtenAt({whole.file, name->range.end + 1, whole.end - 1});
  error("E0307", whole, "index variables stand in brackets")
      .help("write `" + name->name + "[" + indices + "](…)`")
      .fix({whole.file, name->range.end, name->range.end + 1}, "[")
      .fix({whole.file, whole.end - 1, whole.end}, "]");
  return true;
}

} // namespace fluxion::check
