// From a source file to the same file in the house's layout: 120 columns, two spaces a level. Words, numbers, strings
// and comments stay as they are written and in their order; the syntax tree stays the same; formatting twice changes
// nothing more. Note [Layout] in FormatImpl.h says what the layout is.
#pragma once
#include "frontend/Source/Diagnostic.h"
#include <optional>
#include <string>

namespace fluxion {

inline constexpr unsigned formatWidth = 120;

// Nothing after an error of syntax, which the sink then holds.
std::optional<std::string> format(const SourceFile &file, DiagnosticSink &sink);

} // namespace fluxion
