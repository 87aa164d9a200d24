// The front end as one call: text in, typed graph and diagnostics out.
#pragma once
#include "frontend/Graph/Graph.h"
#include "frontend/Graph/TrainPlan.h"
#include "frontend/Source/Diagnostic.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fluxion {

namespace ast { struct Program; }

// The module of one source file. Functions with errors are left out of it; the sink has the errors.
// `path` is what locations show; files that data clauses name are relative to its folder.
std::unique_ptr<Module> moduleFromSource(std::string path, std::string text, DiagnosticSink &sink);
std::unique_ptr<Module> moduleFromFile(const std::string &path, DiagnosticSink &sink); // E0601 if it cannot be read

// Of parsed files; the standard library is in scope.
std::unique_ptr<Module> elaborate(const std::vector<const ast::Program *> &files, DiagnosticSink &sink);

// Source, syntax and graph held together, so that more functions can be made later.
struct Program {
  Program();
  ~Program();
  Program(Program &&);
  Program &operator=(Program &&);
  std::vector<ast::Program> files;
  std::unique_ptr<Module> module;
};
Program programFromSource(std::string path, std::string text, DiagnosticSink &sink);

// Adds to `program.module` the function `name`, of the file or of the standard library, for arguments of these types: a
// generic function at one choice of element types and shapes. Its index in the module; nullopt after an error.
std::optional<uint32_t> instantiate(Program &program, const std::string &name, const std::vector<TensorType> &arguments,
                                    DiagnosticSink &sink);

// A function of the standard library that can be instantiated: its parameters as declared, for choosing argument types.
struct LibraryFunction {
  struct Parameter { std::string name, type; bool hasDefault; };
  std::string name, file;
  std::vector<Parameter> parameters;
};
std::vector<LibraryFunction> libraryFunctions();

} // namespace fluxion
