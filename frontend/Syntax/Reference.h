// From doc comments to a page: what a file declares for others, its signatures as written, what `///` says of them, and
// where they stand, as Markdown.
#pragma once
#include "frontend/Syntax/Ast.h"

namespace fluxion {

struct ReferenceOptions {
  std::string title = "Reference";
  std::string introduction; // a paragraph below the title; empty: none
  std::string links;        // what goes before a file's path in links: "../frontend/"
};

// A section a file, in the order given; the comment a file begins with introduces its section. Of a file that exports
// anything only what it exports, of others everything; imports are left out.
std::string referencePage(const std::vector<const ast::Program *> &files, const ReferenceOptions &options);

// What such a page would show without a word about it, as "path:line: name"; trainings are let off.
std::vector<std::string> undocumented(const ast::Program &file);

} // namespace fluxion
