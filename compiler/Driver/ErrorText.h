// What an api::Error holds: the front end's diagnostics, so that every error of the product is rendered by one renderer.
#pragma once
#include "compiler/Driver/Plugin.h"
#include "compiler/Driver/include/fluxion/error.h"
#include "frontend/Source/Diagnostic.h"

namespace fluxion {

// The front end's refusal: all of its diagnostics; the first error is the one that `number()` and `message()` name.
api::Error errorOf(const DiagnosticSink &);
api::Error errorOf(Diagnostic);
// The compiler's refusal. An internal error leaves its last good IR in the temporary directory and says where.
api::Error errorOf(const DiagnosticText &);
api::Error errorAt(std::string number, SourceRange where, std::string message);
api::Error internalError(std::string message);

} // namespace fluxion

struct fluxion::api::Error::Text {
  std::vector<Diagnostic> diagnostics; // never empty
  bool internal = false;
  size_t primary = 0; // the first error among them
  LineColumn place;
  std::string file;
};
