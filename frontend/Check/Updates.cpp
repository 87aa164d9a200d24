// `Mlp(..p, b = x)`: a struct made of another, with other values of some fields. Arriving: the struct's name, the value it
// takes its fields from, and the fields given; leaving: a struct, checked as if every field were written.
#include "frontend/Check/Suggest.h"
#include <algorithm>

namespace fluxion::check {

// Another struct was given: one of its fields was meant, or its own name.
static void suggestPart(Diagnostic &d, const ast::Update &update, const Datum &base, const ast::StructDecl &decl) {
  if (!base.is(Datum::Kind::Struct)) return;
  std::string written = ast::print(*update.base);
  bool brief = written.size() < 60 && (as<ast::Name>(update.base) || as<ast::Field>(update.base));
  for (size_t i = 0; brief && i < base.parts.size(); ++i)
    if (base.parts[i].is(Datum::Kind::Struct) && base.parts[i].decl == &decl)
      return void(d.meant(written + "." + partName(base, i), update.base->range));
  bool fields = std::all_of(update.arguments.begin(), update.arguments.end(), [&](const ast::Argument &a) {
    return std::any_of(base.decl->fields.begin(), base.decl->fields.end(), [&](const auto &f) { return f.name.text == a.name.text; });
  });
  if (fields) d.meant(base.decl->name.text, update.callee->range);
}

Datum Elaborator::evaluateUpdate(const ast::Update &update) {
  Datum callee = evaluate(*update.callee), base = evaluate(*update.base);
  bool ok = callee && base;
  std::vector<CallArgument> arguments;
  for (const ast::Argument &argument : update.arguments) {
    arguments.push_back({argument.name.text, evaluate(*argument.value), argument.value->range, argument.value.get(),
                         argument.name.range});
    ok &= bool(arguments.back().value);
  }
  if (!ok) return {};
  bool structure = callee.is(Datum::Kind::Function) && callee.callable->kind == Callable::Kind::Constructor;
  if (!structure) {
    Diagnostic &d = error("E0418", update.callee->range, "`..` gives the fields of a struct, and this is " + callee.describe());
    if (base.is(Datum::Kind::Struct)) d.meant(base.decl->name.text, update.callee->range);
    return {};
  }
  const ast::StructDecl &decl = *callee.callable->structure;
  if (!base.is(Datum::Kind::Struct) || base.decl != &decl) {
    Diagnostic &d = error("E0418", update.base->range,
                          "`..` takes the fields of a `" + decl.name.text + "`, and this is " + base.describe());
    d.note(decl.name.range, "declared here");
    suggestPart(d, update, base, decl);
    return {};
  }
  for (const CallArgument &argument : arguments)
    if (argument.name.empty()) {
      error("E0418", argument.range, "beside `..` the fields that change are named")
          .help("as in `" + decl.name.text + "(..p, " + (decl.fields.empty() ? "field" : decl.fields[0].name.text) + " = …)`");
      return {};
    }
  const size_t given = arguments.size();
  for (size_t i = 0; i < decl.fields.size(); ++i) {
    const std::string &name = decl.fields[i].name.text;
    bool changed = std::any_of(arguments.begin(), arguments.begin() + long(given), [&](const auto &a) { return a.name == name; });
    if (!changed) arguments.push_back({name, base.parts[i], update.base->range, nullptr});
  }
  return construct(decl, std::move(arguments), update.range);
}

} // namespace fluxion::check
