// The front end as one call: text in, typed graph and diagnostics out.
#pragma once
#include "frontend/Graph/Graph.h"
#include "frontend/Graph/TrainPlan.h"
#include "frontend/Source/Diagnostic.h"
#include "frontend/Source/FileLoader.h"
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace fluxion {

// The module of one source file and what it imports. Functions with errors are left out of it; the sink has the errors.
// `path` is what locations show; imports, and files that data clauses name, are relative to its folder.
// Module::sources are the file itself, then those it imports.
std::unique_ptr<Module> moduleFromSource(std::string path, std::string text, DiagnosticSink &sink,
                                         const SourceOptions &options = {});
std::unique_ptr<Module> moduleFromFile(const std::string &path, DiagnosticSink &sink, // E0601 if it cannot be read
                                       const SourceOptions &options = {});

// Source, syntax and graph held together, so that more functions can be made later.
struct Program {
  Program();
  ~Program();
  Program(Program &&);
  Program &operator=(Program &&);
  struct Sources;
  std::unique_ptr<Sources> sources;
  std::unique_ptr<Module> module;
};
Program programFromSource(std::string path, std::string text, DiagnosticSink &sink, const SourceOptions &options = {});
Program programFromFile(const std::string &path, DiagnosticSink &sink, const SourceOptions &options = {});

// Adds to `program.module` the function `name`, of the file or of the standard library, for arguments of these types: a
// generic function at one choice of element types and shapes. Its index in the module; nullopt after an error.
std::optional<uint32_t> instantiate(Program &program, const std::string &name, const std::vector<TensorType> &arguments,
                                    DiagnosticSink &sink);

// A generic function of the file itself, and its type parameters as written: "T: float"; none where only a shape is open.
struct GenericFunction { std::string name; std::vector<std::string> typeParameters; };
std::vector<GenericFunction> genericFunctions(const Program &program);

// A module of that function at these type arguments, under the name `loss[f64]`; null after an error. A rest `..S` is one
// axis S.
std::unique_ptr<Module> instantiateAt(const Program &program, const std::string &name, std::vector<ElementType> types,
                                      DiagnosticSink &sink);

// A function of the standard library that can be instantiated: its parameters as declared, for choosing argument types.
struct LibraryFunction {
  struct Parameter { std::string name, type; bool hasDefault; };
  std::string name, file;
  std::vector<Parameter> parameters;
};
std::vector<LibraryFunction> libraryFunctions();

} // namespace fluxion
