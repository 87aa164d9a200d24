// The index of the standard library: declarations begin in the first column, as its own tests hold.
#include "frontend/Check/Library.h"
#include "frontend/Source/Utf8.h"
#include "frontend/Syntax/Parser.h"
#include <optional>

namespace fluxion::check {

const Library &Library::instance() {
  static const Library *library = new Library; // never destroyed: other statics may look at it until the end
  return *library;
}

static std::optional<ast::DeclKind> declared(std::string_view &line) {
  static constexpr struct { std::string_view word; ast::DeclKind kind; } words[] = {
      {"fn ", ast::DeclKind::Function},
      {"const ", ast::DeclKind::Const},
      {"struct ", ast::DeclKind::Struct},
      {"optimizer ", ast::DeclKind::Optimizer}};
  if (line.substr(0, 7) == "export ") line.remove_prefix(7);
  for (const auto &each : words)
    if (line.substr(0, each.word.size()) == each.word) {
      line.remove_prefix(each.word.size());
      return each.kind;
    }
  return std::nullopt;
}

Library::Library() {
  const auto &sources = standardLibrary();
  count = sources.size();
  files = std::make_unique<File[]>(count);
  for (size_t i = 0; i < count; ++i) {
    std::string_view text = sources[i]->text;
    for (size_t at = 0; at < text.size();) {
      size_t end = std::min(text.find('\n', at), text.size());
      std::string_view line = text.substr(at, end - at);
      at = end + 1;
      auto kind = declared(line);
      if (!kind) continue;
      size_t length = 0;
      while (length < line.size()) {
        CodePoint c = decodeUtf8(line, length);
        if (!c.valid || !continuesIdentifier(c.value)) break;
        length += c.length;
      }
      std::string name(line.substr(0, length));
      if (!index.emplace(name, Entry{i, *kind}).second) repeated.push_back(std::move(name));
    }
  }
}

const Library::File &Library::parsed(size_t i) const {
  File &made = files[i];
  std::call_once(made.once, [&] {
    DiagnosticSink ignored; // its own tests hold that it has no errors
    made.program = parse(standardLibrary()[i], ignored);
    for (const ast::DeclPtr &decl : made.program.declarations) made.declarations.emplace(decl->name.text, decl.get());
  });
  return made;
}

const ast::Program &Library::file(size_t i) const { return parsed(i).program; }

const ast::Decl *Library::find(const std::string &name) const {
  auto known = index.find(name);
  if (known == index.end()) return nullptr;
  const File &made = parsed(known->second.file);
  auto found = made.declarations.find(name);
  return found == made.declarations.end() ? nullptr : found->second;
}

} // namespace fluxion::check
