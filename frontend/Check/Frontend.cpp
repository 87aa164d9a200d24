// The front end's entry: reads files, parses them beside the standard library, elaborates.
#include "frontend/Frontend.h"
#include "frontend/Check/Elaborator.h"
#include "frontend/Syntax/Parser.h"
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace fluxion {

// Parsed once: the library does not change, and its own tests hold that it has no errors.
static const std::vector<ast::Program> &parsedLibrary() {
  static const auto *library = [] {
    auto *made = new std::vector<ast::Program>;
    DiagnosticSink ignored;
    for (const auto &file : standardLibrary()) made->push_back(parse(file, ignored));
    return made;
  }();
  return *library;
}

static void declareAll(check::Elaborator &elaborator, const std::vector<const ast::Program *> &files) {
  for (const ast::Program &file : parsedLibrary()) elaborator.declare(file, true);
  for (const ast::Program *file : files) elaborator.declare(*file, false);
}

std::unique_ptr<Module> elaborate(const std::vector<const ast::Program *> &files, DiagnosticSink &sink) {
  auto module = std::make_unique<Module>();
  for (const ast::Program *file : files) module->sources.push_back(file->file);
  check::Elaborator elaborator(*module, sink);
  declareAll(elaborator, files);
  elaborator.run();
  return module;
}

Program::Program() = default;
Program::~Program() = default;
Program::Program(Program &&) = default;
Program &Program::operator=(Program &&) = default;

Program programFromSource(std::string path, std::string text, DiagnosticSink &sink) {
  Program program;
  auto file = std::make_shared<SourceFile>(SourceFile{std::move(path), std::move(text)});
  program.files.push_back(parse(std::move(file), sink));
  program.module = elaborate({&program.files[0]}, sink);
  return program;
}

std::unique_ptr<Module> moduleFromSource(std::string path, std::string text, DiagnosticSink &sink) {
  return std::move(programFromSource(std::move(path), std::move(text), sink).module);
}

std::unique_ptr<Module> moduleFromFile(const std::string &path, DiagnosticSink &sink) {
  std::FILE *file = std::fopen(path.c_str(), "rb");
  if (!file) {
    sink.error("E0601", SourceRange(), path + ": " + std::strerror(errno));
    return std::make_unique<Module>();
  }
  constexpr size_t mostBytes = size_t(64) << 20; // a source is written by hand; a device might never end
  std::string text, why;
  char block[1 << 16];
  errno = 0;
  for (size_t n; text.size() <= mostBytes && (n = std::fread(block, 1, sizeof block, file)) > 0;) text.append(block, n);
  if (std::ferror(file)) why = errno ? std::strerror(errno) : "it cannot be read";
  else if (text.size() > mostBytes) why = "a source holds at most 64 MiB";
  std::fclose(file);
  if (!why.empty()) sink.error("E0601", SourceRange(), path + ": " + why);
  return !why.empty() ? std::make_unique<Module>() : moduleFromSource(path, std::move(text), sink);
}

std::optional<uint32_t> instantiate(Program &program, const std::string &name, const std::vector<TensorType> &arguments,
                                    DiagnosticSink &sink) {
  check::Elaborator elaborator(*program.module, sink);
  std::vector<const ast::Program *> files;
  for (const ast::Program &file : program.files) files.push_back(&file);
  declareAll(elaborator, files);
  return elaborator.instantiate(name, arguments);
}

std::vector<LibraryFunction> libraryFunctions() {
  std::vector<LibraryFunction> found;
  for (const ast::Program &file : parsedLibrary())
    for (const ast::DeclPtr &decl : file.declarations) {
      auto *function = ast::as<ast::FunctionDecl>(decl);
      if (!function || !function->hasParameters) continue;
      LibraryFunction &made = found.emplace_back();
      made.name = function->name.text;
      made.file = file.file->path;
      for (const ast::Parameter &parameter : function->parameters)
        made.parameters.push_back({parameter.name.text, parameter.type ? ast::print(*parameter.type) : "",
                                   parameter.defaultValue != nullptr});
    }
  return found;
}

} // namespace fluxion
