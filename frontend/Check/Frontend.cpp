// The front end's entry: reads a file and what it imports, and elaborates them.
#include "frontend/Frontend.h"
#include "frontend/Check/Elaborator.h"
#include "frontend/Check/Library.h"

namespace fluxion {

static std::unique_ptr<Module> elaborate(const check::SourceTree &tree, DiagnosticSink &sink) {
  auto module = std::make_unique<Module>();
  for (size_t i = tree.units.size(); i-- > 0;) module->sources.push_back(tree.units[i]->program.file);
  check::Elaborator(*module, sink, tree).run();
  return module;
}

struct Program::Sources {
  check::SourceTree tree;
};

Program::Program() = default;
Program::~Program() = default;
Program::Program(Program &&) = default;
Program &Program::operator=(Program &&) = default;

Program programFromSource(std::string path, std::string text, DiagnosticSink &sink, const SourceOptions &options) {
  Program program;
  size_t first = sink.all().size();
  program.sources.reset(new Program::Sources{{std::move(path), std::move(text), options, sink}});
  program.module = elaborate(program.sources->tree, sink);
  noteImports(program.sources->tree, sink, first);
  return program;
}

std::unique_ptr<Module> moduleFromSource(std::string path, std::string text, DiagnosticSink &sink,
                                         const SourceOptions &options) {
  return std::move(programFromSource(std::move(path), std::move(text), sink, options).module);
}

std::unique_ptr<Module> moduleFromFile(const std::string &path, DiagnosticSink &sink, const SourceOptions &options) {
  FileLoader::Answer answer = (options.loader ? *options.loader : diskLoader()).read(path, true);
  if (answer.outcome == FileLoader::Outcome::Read)
    return moduleFromSource(path, std::move(answer.text), sink, options);
  bool large = answer.outcome == FileLoader::Outcome::TooLarge;
  sink.error("E0601", SourceRange(), path + ": " + (large ? "a source holds at most 64 MiB" : answer.why));
  return std::make_unique<Module>();
}

std::optional<uint32_t> instantiate(Program &program, const std::string &name, const std::vector<TensorType> &arguments,
                                    DiagnosticSink &sink) {
  return check::Elaborator(*program.module, sink, program.sources->tree).instantiate(name, arguments);
}

std::vector<LibraryFunction> libraryFunctions() {
  std::vector<LibraryFunction> found;
  const check::Library &library = check::Library::instance();
  for (size_t i = 0; i < library.fileCount(); ++i) {
    const ast::Program &file = library.file(i);
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
  }
  return found;
}

} // namespace fluxion
