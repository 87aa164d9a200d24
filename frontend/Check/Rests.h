// `..` without a name in the types of a declaration.
#pragma once
#include "frontend/Source/Diagnostic.h"
#include "frontend/Syntax/Ast.h"

namespace fluxion::check {

// Each declaration is told once, with the edits of all its places, and goes on as if they had been made.
void nameRests(ast::Program &program, DiagnosticSink &sink);

} // namespace fluxion::check
