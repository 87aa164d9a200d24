// Diagnostics: a numbered message about a place, with notes about other places and a likely fix.
// Phases add to a DiagnosticSink and go on; nobody throws or prints. The sink is bounded, so hostile input stays cheap.
#pragma once
#include "frontend/Source/SourceLocation.h"
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fluxion {

enum class Severity : uint8_t { Error, Warning };

struct DiagnosticNote {
  Location where; // a null file prints the text alone
  std::string text;
};

// An edit of the source: what stands at `range` (nothing, where it is empty) becomes `replacement`.
struct DiagnosticFix {
  SourceRange range;
  std::string replacement;
};

struct Diagnostic {
  std::string number; // "E0301"; each is a row of errorTable()
  Severity severity = Severity::Error;
  std::string message;    // "`z` and `y` disagree in axis 0"
  Location where;         // the token at fault; its callers become notes when rendered
  std::string label;      // beside the caret: "f32[N,D]"
  std::vector<DiagnosticNote> notes;
  std::string suggestion; // after "help:": "transpose it: `X.T`"; empty: none
  std::vector<DiagnosticFix> fixes; // the suggestion as edits, made together; only where it is certain to be meant

  // Builders, so that an error is one expression where it is raised:
  //   sink.error("E0302", range, "…").withLabel("f32[N]").note(range, "`y` is f32[N] here").help("…");
  Diagnostic &withLabel(std::string text) { label = std::move(text); return *this; }
  Diagnostic &note(Location place, std::string text) {
    notes.push_back({std::move(place), std::move(text)});
    return *this;
  }
  Diagnostic &note(SourceRange place, std::string text) { return note(Location{std::move(place), nullptr}, text); }
  Diagnostic &note(std::string text) { return note(Location{}, std::move(text)); }
  Diagnostic &help(std::string text) { suggestion = std::move(text); return *this; }
  Diagnostic &fix(SourceRange range, std::string replacement) {
    fixes.push_back({std::move(range), std::move(replacement)});
    return *this;
  }
  // "did you mean `x`?", with the edit; nothing where no name is near.
  Diagnostic &meant(const std::optional<std::string> &nearest, const SourceRange &range) {
    if (nearest) help("did you mean `" + *nearest + "`?").fix(range, *nearest);
    return *this;
  }
};

class DiagnosticSink {
public:
  // Kept at most; later ones are counted only.
  static constexpr size_t limit = 50;

  // The reference is valid until the next diagnostic is added; past the limit it names a scratch entry.
  Diagnostic &error(std::string number, Location where, std::string message);
  Diagnostic &error(std::string number, SourceRange where, std::string message);
  Diagnostic &warning(std::string number, Location where, std::string message);
  void add(Diagnostic);

  template <class F> void amendFrom(size_t first, F amend) { // those kept from `first` on
    for (size_t i = first; i < diagnostics.size(); ++i) amend(diagnostics[i]);
  }
  void sortFrom(size_t first); // those kept from `first` on, file by file, by their place

  bool hasErrors() const { return errors != 0; }
  size_t errorCount() const { return errors; }
  bool full() const { return diagnostics.size() >= limit; } // a phase may stop when true
  const std::vector<Diagnostic> &all() const { return diagnostics; }

private:
  std::vector<Diagnostic> diagnostics;
  Diagnostic scratch;
  size_t errors = 0, dropped = 0;
  friend std::string render(const DiagnosticSink &, const struct RenderOptions &);
};

struct RenderOptions {
  bool color = false;
  unsigned width = 120; // longer source lines are windowed around the caret
};

// error[E0301]: message
//   --> m.flx:4:11
//   |
// 4 |   let z = X @ w
//   |           - ^ label
//   |           |
//   |           a note on a place of the same file
//   = help: suggestion
std::string render(const Diagnostic &, const RenderOptions & = {});
std::string render(const DiagnosticSink &, const RenderOptions & = {}); // all of them, then a count
// One JSON object on one line, as docs/diagnostics.md describes it.
std::string renderJson(const Diagnostic &);

// The table of errors: number -> title and page (docs/errors/E0301.md). `explain` and the tests read it.
struct ErrorEntry {
  const char *number;
  const char *title;
};
const std::vector<ErrorEntry> &errorTable();
const ErrorEntry *findError(std::string_view number);
// The page of docs/errors as embedded in the library; nullopt for an unknown number.
std::optional<std::string> explain(std::string_view number);

// The candidate nearest to `name` in edit distance (a transposition counts once), if near enough to be a typing slip.
std::optional<std::string> nearestName(std::string_view name, const std::vector<std::string> &candidates);

} // namespace fluxion
