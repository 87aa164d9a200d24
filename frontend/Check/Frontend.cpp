// The front end's entry: reads a file and what it imports, and elaborates them.
#include "frontend/Frontend.h"
#include "frontend/Check/Comments.h"
#include "frontend/Check/Elaborator.h"
#include "frontend/Check/Library.h"

namespace fluxion {

static std::unique_ptr<Module> elaborate(const check::SourceTree &tree, DiagnosticSink &sink) {
  auto module = std::make_unique<Module>();
  for (size_t i = tree.units.size(); i-- > 0;) module->sources.push_back(tree.units[i]->program.file);
  check::Elaborator(*module, sink, tree).run();
  check::warnDivisions(tree.root().program.file, sink);
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
  sink.sortFrom(first); // a reader begins at the top, whichever phase found it
  return program;
}

std::unique_ptr<Module> moduleFromSource(std::string path, std::string text, DiagnosticSink &sink,
                                         const SourceOptions &options) {
  return std::move(programFromSource(std::move(path), std::move(text), sink, options).module);
}

Program programFromFile(const std::string &path, DiagnosticSink &sink, const SourceOptions &options) {
  FileLoader::Answer answer = (options.loader ? *options.loader : diskLoader()).read(path, true);
  if (answer.outcome == FileLoader::Outcome::Read)
    return programFromSource(path, std::move(answer.text), sink, options);
  bool large = answer.outcome == FileLoader::Outcome::TooLarge;
  sink.error("E0601", SourceRange(), path + ": " + (large ? "a source holds at most 64 MiB" : answer.why));
  Program none;
  none.module = std::make_unique<Module>();
  return none;
}

std::unique_ptr<Module> moduleFromFile(const std::string &path, DiagnosticSink &sink, const SourceOptions &options) {
  return std::move(programFromFile(path, sink, options).module);
}

//===--- Generic functions ---------------------------------------------------------------------------------------===//

// The declared function that `decl` is or transforms, as far as names tell: `fn step = value_and_grad(loss)`.
static const ast::FunctionDecl *declaredBase(const check::Unit &unit, const ast::FunctionDecl *decl) {
  for (int hops = 0; decl && !decl->hasParameters && hops < 100; ++hops) {
    const ast::Expr *body = decl->body.get();
    while (auto *call = ast::as<ast::Call>(body))
      body = call->arguments.empty() ? nullptr : call->arguments[0].value.get();
    auto *name = ast::as<ast::Name>(body);
    auto found = name ? unit.own.find(name->name) : unit.own.end();
    decl = found == unit.own.end() ? nullptr : ast::as<ast::FunctionDecl>(found->second);
  }
  return decl;
}

static bool isGeneric(const ast::FunctionDecl &decl) {
  auto hasRest = [](const ast::TypePtr &type) {
    bool found = false;
    for (size_t i = 0; type && i < type->shape.size(); ++i) found |= !type->shape[i].dimension;
    return found;
  };
  bool found = !decl.typeParameters.empty() || hasRest(decl.result);
  for (const ast::Parameter &parameter : decl.parameters) found |= hasRest(parameter.type);
  return found;
}

std::vector<GenericFunction> genericFunctions(const Program &program) {
  std::vector<GenericFunction> found;
  if (!program.sources) return found;
  const check::Unit &unit = program.sources->tree.root();
  for (const ast::DeclPtr &decl : unit.program.declarations) {
    auto *function = ast::as<ast::FunctionDecl>(decl);
    if (!function || function->broken) continue;
    const ast::FunctionDecl *base = declaredBase(unit, function);
    if (!base || !isGeneric(*base)) continue;
    GenericFunction &made = found.emplace_back();
    made.name = function->name.text;
    for (const ast::TypeParameter &parameter : base->typeParameters)
      made.typeParameters.push_back(parameter.name.text + (parameter.bound ? ": " + parameter.bound.text : ""));
  }
  return found;
}

std::unique_ptr<Module> instantiateAt(const Program &program, const std::string &name, std::vector<ElementType> types,
                                      DiagnosticSink &sink) {
  if (!program.sources) return nullptr;
  auto module = std::make_unique<Module>();
  const auto &units = program.sources->tree.units;
  for (size_t i = units.size(); i-- > 0;) module->sources.push_back(units[i]->program.file);
  size_t errors = sink.errorCount();
  auto index = check::Elaborator(*module, sink, program.sources->tree).instantiateAt(name, std::move(types));
  return index && sink.errorCount() == errors ? std::move(module) : nullptr;
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
