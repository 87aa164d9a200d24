// `f32[.., D]` in a parameter or a result: what `..` stands for there is told by its name, `..S`, alone. Arrives: a
// program as parsed; leaves: the same without such places.
#include "frontend/Check/Rests.h"

namespace fluxion::check {

static void collect(ast::Type *type, std::vector<ast::ShapeEntry *> &unnamed) {
  if (!type) return;
  for (ast::ShapeEntry &entry : type->shape)
    if (!entry.dimension && (!entry.rest || entry.rest.text == "_")) unnamed.push_back(&entry);
  for (ast::TypePtr &element : type->elements) collect(element.get(), unnamed);
  collect(type->result.get(), unnamed);
}

void nameRests(ast::Program &program, DiagnosticSink &sink) {
  for (ast::DeclPtr &decl : program.declarations) {
    std::vector<ast::ShapeEntry *> unnamed;
    auto *function = decl->kind == ast::DeclKind::Function ? static_cast<ast::FunctionDecl *>(decl.get()) : nullptr;
    if (!function || decl->broken) continue;
    for (ast::Parameter &parameter : function->parameters) collect(parameter.type.get(), unnamed);
    collect(function->result.get(), unnamed);
    if (unnamed.empty()) continue;
    Diagnostic &d = sink.error("E0203", unnamed[0]->range, "in the type of a function `..` has a name");
    d.help("name the other axes: `..S`");
    for (ast::ShapeEntry *entry : unnamed) {
      d.fix(entry->range, "..S");
      entry->rest = {"S", entry->range};
    }
  }
}

} // namespace fluxion::check
