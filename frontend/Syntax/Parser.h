// From text to a syntax tree. Always returns a program; what could not be read is reported and left out, and a
// declaration with an error inside is marked broken.
#pragma once
#include "frontend/Source/Diagnostic.h"
#include "frontend/Syntax/Ast.h"

namespace fluxion {

ast::Program parse(std::shared_ptr<const SourceFile> file, DiagnosticSink &sink);
// One expression, as on the command line (`lam=2*pi`) and in tests; null after an error.
ast::ExprPtr parseExpression(std::shared_ptr<const SourceFile> file, DiagnosticSink &sink);

// The standard library, embedded: every file of frontend/std, in scope of every program without import.
const std::vector<std::shared_ptr<const SourceFile>> &standardLibrary();

} // namespace fluxion
