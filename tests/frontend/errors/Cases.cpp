#include "Cases.h"
#include "frontend/Frontend.h"
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace fluxion::test {

namespace fs = std::filesystem;

std::string read(const fs::path &file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path &file, const std::string &text) { std::ofstream(file, std::ios::binary) << text; }

bool updates() { return std::getenv("FLUXION_UPDATE_ERRORS") != nullptr; }

std::vector<Case> allCases() {
  std::vector<Case> cases;
  for (const auto &entry : fs::directory_iterator(FLUXION_SOURCE_DIR "/tests/frontend/errors")) {
    if (entry.path().extension() != ".flx") continue;
    std::string text = read(entry.path());
    size_t split = text.rfind("//!", 0) == 0 ? 0 : text.find("\n//!");
    if (split == std::string::npos)
      split = text.size();
    else if (split)
      ++split;
    cases.push_back({entry.path(), text.substr(0, split), text.substr(split)});
  }
  std::sort(cases.begin(), cases.end(), [](const Case &a, const Case &b) { return a.file < b.file; });
  return cases;
}

static std::string place(const SourceRange &range, const SourceFile *home) {
  LineColumn begin = lineColumn(*range.file, range.begin), end = lineColumn(*range.file, range.end);
  auto print = [](LineColumn at) { return std::to_string(at.line) + ":" + std::to_string(at.column); };
  if (range.file.get() != home) return range.file->path + ":" + print(begin); // of the library: its columns may move
  return print(begin) + "-" + print(end);
}

static std::string quoted(const std::string &text) {
  std::string line;
  for (char c : text) line += c == '\n' ? "\\n" : std::string(1, c);
  return " \"" + line + "\"\n";
}

std::string describe(const std::vector<Diagnostic> &diagnostics) {
  std::string out;
  for (const Diagnostic &d : diagnostics) {
    const SourceFile *home = d.where.range.file.get();
    out += "//! " + d.number + (d.severity == Severity::Warning ? " warning" : "");
    if (home) out += " " + place(d.where.range, home);
    out += quoted(d.message);
    if (!d.label.empty()) out += "//!   label" + quoted(d.label);
    for (const Location *at = d.where.caller.get(); at; at = at->caller.get())
      if (at->range.file) out += "//!   called " + place(at->range, home) + "\n";
    for (const DiagnosticNote &note : d.notes) {
      out += "//!   note";
      // Of the library the file alone is held, so that its lines may move.
      if (note.where.range.file)
        out +=
            " " + (note.where.range.file.get() == home ? place(note.where.range, home) : note.where.range.file->path);
      out += quoted(note.text);
    }
    if (!d.suggestion.empty()) out += "//!   help" + quoted(d.suggestion);
    for (const DiagnosticFix &fix : d.fixes) out += "//!   fix " + place(fix.range, home) + quoted(fix.replacement);
  }
  return out.empty() ? "//! nothing\n" : out;
}

std::vector<Diagnostic> check(const std::string &name, const std::string &program) {
  DiagnosticSink sink;
  moduleFromSource(name, program, sink);
  return sink.all();
}

std::string applyFixes(std::string program, const Diagnostic &diagnostic) {
  std::vector<DiagnosticFix> fixes = diagnostic.fixes;
  std::sort(fixes.begin(), fixes.end(), [](auto &a, auto &b) { return a.range.begin > b.range.begin; });
  for (const DiagnosticFix &fix : fixes)
    program.replace(fix.range.begin, fix.range.end - fix.range.begin, fix.replacement);
  return program;
}

} // namespace fluxion::test
