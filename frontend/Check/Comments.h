// What the comments of a file say that the program does not.
#pragma once
#include "frontend/Source/Diagnostic.h"
#include <memory>

namespace fluxion::check {

// `n // 2` where `floordiv(n, 2)` is meant, as a warning.
void warnDivisions(const std::shared_ptr<const SourceFile> &file, DiagnosticSink &sink);

} // namespace fluxion::check
