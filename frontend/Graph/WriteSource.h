// From a graph back to the language. A graph built in C++ becomes a text that can be read, kept and compiled; compiled, it
// gives the same graph (structurallyEqual, once values that nobody reads are left out of both).
#pragma once
#include "frontend/Graph/Graph.h"
#include "frontend/Source/Diagnostic.h"
#include <optional>

namespace fluxion {

// The public function and, before it, what it differentiates and the structs of its parameters and results. nullopt,
// with an error E0430 in the sink, where the language has no words for it: a parameter hides a function that the body
// needs, an extent that no parameter introduces. Functions of a training become plain ones: `fashion.step` is
// `fashion_step`, and nothing says that it updates in place.
std::optional<std::string> writeSource(const Module &module, const Function &function, DiagnosticSink &sink);

// The function without the values that no result depends on.
Function withoutUnused(const Function &function);

} // namespace fluxion
