// What a name means where it stands: in its own file, through the imports of that file, or in the standard library; and
// what is said when it means nothing.
#include "frontend/Check/Elaborator.h"
#include "frontend/Check/Library.h"
#include "frontend/Syntax/Lexer.h"
#include <algorithm>

namespace fluxion::check {

// The file a place stands in; null: the standard library. A place without a file is one of the program itself.
const Unit *Elaborator::unitAt(const SourceRange &where) const {
  if (!where.file) return home;
  if (where.file.get() != lastFile) {
    lastFile = where.file.get();
    lastUnit = tree.unitOf(lastFile);
  }
  return lastUnit;
}

const ast::Decl *Elaborator::findGlobal(const std::string &name, const SourceRange &where) const {
  if (const Unit *unit = unitAt(where))
    if (Found found = lookUp(*unit, name); found.decl) return found.decl;
  return Library::instance().find(name);
}

const ast::Decl *Elaborator::findGlobal(const std::string &name) const {
  if (!scope || !scope->library)
    if (Found found = lookUp(*home, name); found.decl) return found.decl;
  return Library::instance().find(name);
}

const ast::Decl *Elaborator::findGlobal(const ast::Expr &expr) const {
  std::string name = globalName(expr);
  return name.empty() ? nullptr : findGlobal(name, expr.range);
}

// The modules are asked along the dots; a value in sight of the first name hides the module of that name.
static const Unit *moduleOf(const Unit *unit, const ast::Expr &expr, bool first) {
  if (auto *name = as<ast::Name>(expr)) {
    const Import *import = unit ? aliased(*unit, name->name) : nullptr;
    return import ? import->target : nullptr;
  }
  auto *field = as<ast::Field>(expr);
  const Unit *base = field ? moduleOf(unit, *field->base, false) : nullptr;
  const Import *import = base ? aliased(*base, field->field.text) : nullptr;
  return import && import->decl->exported ? import->target : nullptr;
}

bool Elaborator::isModule(const ast::Expr &expr) const {
  const ast::Expr *first = &expr;
  while (auto *field = as<ast::Field>(first)) first = field->base.get();
  auto *name = as<ast::Name>(first);
  const Unit *unit = name && !(scope && scope->find(name->name)) ? unitAt(expr.range) : nullptr;
  if (!unit) return false;
  const Import *import = aliased(*unit, name->name);
  return import && (first == &expr ? true : !import->target || moduleOf(unit, expr, true));
}

std::string Elaborator::globalName(const ast::Expr &expr) const {
  if (auto *name = as<ast::Name>(expr)) return name->name;
  auto *field = as<ast::Field>(expr);
  return field && isModule(*field->base) ? dottedName(expr) : "";
}

bool Elaborator::isLibrary(const ast::Decl &decl) const { return !unitAt(decl.name.range); }

bool Elaborator::isUserConstant(const std::string &name, const SourceRange &where) const {
  auto *constant = as<ast::ConstDecl>(findGlobal(name, where));
  return constant && !isLibrary(*constant);
}

std::vector<std::string> Elaborator::visibleNames(std::optional<ast::DeclKind> kind) const {
  std::vector<std::string> names;
  auto fits = [&](const ast::Decl *decl) { return !kind || decl->kind == *kind; };
  for (const auto &[name, decl] : home->own)
    if (fits(decl)) names.push_back(name);
  for (const auto &[name, foreign] : home->imported)
    if (fits(foreign.decl)) names.push_back(name);
  for (const auto &[name, entry] : Library::instance().names())
    if (!kind || entry.kind == *kind) names.push_back(name);
  return names;
}

// Of a name that means nothing: is it a module, a declaration that is not exported, or misspelt in its module? True if
// that was said, or if an import that failed may have brought it, of which enough was said.
bool Elaborator::complainOfModules(const std::string &name, const SourceRange &where) {
  const Unit *unit = unitAt(where);
  if (!unit) return false;
  if (const ast::Decl *decl = findGlobal(name, where); decl && decl->broken) { // of which enough was said
    if (builder) builder->fail();
    return true;
  }
  if (aliased(*unit, name)) {
    error("E0201", where, "`" + name + "` is a module, not a value").help("write `" + name + ".` and a name it exports");
    return true;
  }
  Found found = lookUp(*unit, name);
  std::string last = name.substr(name.rfind('.') + 1);
  if (found.hidden) {
    const SourceRange &at = found.hidden->range;
    error("E0627", where, "`" + last + "` of `" + at.file->path + "` is not exported")
        .note(found.hidden->name.range, "declared here")
        .help("write `export` before its declaration")
        .fix({at.file, at.begin, at.begin}, "export ");
    return true;
  }
  if (found.silent) {
    if (builder) builder->fail();
    return true;
  }
  if (!found.module) return false;
  std::vector<std::string> known;
  for (const auto &[each, decl] : found.module->exported) known.push_back(each);
  auto capital = [](const std::string &text) { return !text.empty() && text[0] >= 'A' && text[0] <= 'Z'; };
  std::sort(known.begin(), known.end(), [&](const std::string &a, const std::string &b) { // of equals the same case
    return capital(a) != capital(b) ? capital(a) == capital(last) : a < b;
  });
  auto nearest = nearestName(last, known);
  Diagnostic &d = error("E0201", where, "`" + found.module->program.file->path + "` exports no `" + last + "`");
  if (nearest) d.help("did you mean `" + name.substr(0, name.size() - last.size()) + *nearest + "`?");
  return true;
}

// `nn.linear` for a `linear` that only the module `nn` has.
std::string Elaborator::inModules(const std::string &name) const {
  std::string found;
  for (const Import &import : home->imports)
    if (import.target && import.decl->alias && import.target->exported.count(name) && found.empty())
      found = import.decl->alias.text + "." + name;
  return found;
}

// Whether a name of the import stands in the file at all. What was not expanded (a function that takes functions and is
// never called) may need it, though nobody looked it up.
static bool isMentioned(const Import &import, const std::shared_ptr<const SourceFile> &file) {
  DiagnosticSink ignored;
  Tokens tokens = lex(file, ignored);
  for (size_t i = 0; i < tokens.tokens.size(); ++i) {
    const Token &token = tokens.tokens[i];
    bool field = i > 0 && tokens.tokens[i - 1].kind == TokenKind::Dot;
    bool inside = token.begin >= import.decl->range.begin && token.begin < import.decl->range.end;
    if (token.kind != TokenKind::Identifier || field || inside) continue;
    std::string word = file->text.substr(token.begin, token.end - token.begin);
    if (import.decl->alias ? word == import.decl->alias.text : import.target && import.target->exported.count(word))
      return true;
  }
  return false;
}

void Elaborator::warnUnusedImports() {
  if (sink.hasErrors()) return; // after an error, what would have been used is not known
  for (const Import &import : tree.root().imports) {
    if (import.used || isMentioned(import, tree.root().program.file)) continue;
    const SourceRange &line = import.decl->range;
    size_t count = sink.all().size();
    warn("E0628", import.decl->pathRange, "nothing of this import is used", "take it away");
    if (sink.all().size() > count)
      sink.amendFrom(count, [&](Diagnostic &d) { d.fix(line, ""); });
  }
}

} // namespace fluxion::check
