// The standard library as the checker sees it: an index of its names, and each of its files parsed when a name of it is
// first asked for. What a program does not use costs nothing but a glance at the first letters of its lines.
#pragma once
#include "frontend/Syntax/Ast.h"
#include <memory>
#include <mutex>
#include <unordered_map>

namespace fluxion::check {

class Library {
public:
  static const Library &instance();
  const ast::Decl *find(const std::string &name) const; // null: the library declares no such name
  struct Entry { size_t file; ast::DeclKind kind; };
  const std::unordered_map<std::string, Entry> &names() const { return index; }
  const std::vector<std::string> &twice() const { return repeated; } // names declared more than once: a fault of ours
  size_t fileCount() const { return count; }
  const ast::Program &file(size_t i) const; // parsed

private:
  Library();
  struct File {
    std::once_flag once;
    ast::Program program;
    std::unordered_map<std::string, const ast::Decl *> declarations;
  };
  const File &parsed(size_t i) const;
  std::unordered_map<std::string, Entry> index;
  std::vector<std::string> repeated;
  size_t count = 0;
  std::unique_ptr<File[]> files; // parsed once, by whichever thread needs it first
};

} // namespace fluxion::check
