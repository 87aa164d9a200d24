// Modules: the files that a program's imports lead to, each with the names it declares, exports and sees. A file's names
// are its own; then those that imports without `as` bring; then the standard library's. Invariants: one Unit a file,
// however it is reached; no cycles; whatever an import could not bring was reported at the import.
#pragma once
#include "frontend/Source/Diagnostic.h"
#include "frontend/Source/FileLoader.h"
#include "frontend/Syntax/Ast.h"
#include <unordered_map>

namespace fluxion::check {

struct Unit;

struct Import {
  const ast::ImportDecl *decl = nullptr;
  Unit *target = nullptr;    // null: it could not be had, which was reported
  mutable bool used = false; // some name came through it
};

struct Unit {
  ast::Program program;
  std::string identity;           // of its file
  const Unit *importer = nullptr; // through which it was first met; null: the program itself
  SourceRange importedAt;
  std::vector<Import> imports;    // in the order written
  bool incomplete = false;        // an import without `as` failed: any unknown name might have come from it
  unsigned depth = 0;             // of imports on the way here
  bool open = false;              // while its imports are being followed

  std::unordered_map<std::string, const ast::Decl *> own, exported;
  struct Foreign { const ast::Decl *decl; size_t import; };
  std::unordered_map<std::string, Foreign> imported;   // through imports without `as`
  std::unordered_map<std::string, size_t> aliases;     // imports by the name after `as`
  bool exportsAnything() const;
};

// What a name means in a file.
struct Found {
  const ast::Decl *decl = nullptr;
  const ast::Decl *hidden = nullptr; // there is a declaration of that name, but it is not exported
  const Unit *module = nullptr;      // of a dotted name: the module that was asked; null: its first part names none
  bool silent = false;               // nothing is known, but an import that failed may have brought it
};
// The name, perhaps dotted (`nn.linear`), as a user's file sees it; the standard library is not asked.
Found lookUp(const Unit &unit, const std::string &name);
// The import that `nn` of `nn.linear` names; null: none.
const Import *aliased(const Unit &unit, const std::string &name);
// `nn.linear` from an expression of names and dots; empty: it is none, or has no dot.
std::string dottedName(const ast::Expr &expr);

// A program and all it imports.
class SourceTree {
public:
  // Reads what imports lead to, and makes the tables of names.
  SourceTree(std::string path, std::string text, const SourceOptions &options, DiagnosticSink &sink);

  const Unit &root() const { return *units.back(); }
  std::vector<std::unique_ptr<Unit>> units; // an imported file before those that import it; the program last
  // The file a place stands in; null: the standard library.
  const Unit *unitOf(const SourceFile *file) const;

private:
  std::unordered_map<const SourceFile *, Unit *> byFile;
  friend class ModuleReader;
};

// After elaboration: errors inside imported files get a note that says where the file was imported.
void noteImports(const SourceTree &tree, DiagnosticSink &sink, size_t first);

} // namespace fluxion::check
