// Diagnostics as text (the line, a caret under the token, marks under what else is spoken of) and as JSON.
#include "frontend/Source/Diagnostic.h"
#include "frontend/Source/Snippet.h"
#include "frontend/Source/Utf8.h"
#include <algorithm>

namespace fluxion {

namespace {

struct Style {
  const char *error = "", *warning = "", *note = "", *frame = "", *bold = "", *off = "";
};
const Style plain;
const Style ansi = {"\033[1;31m", "\033[1;33m", "\033[1;32m", "\033[1;34m", "\033[1m", "\033[0m"};

class Renderer {
public:
  Renderer(const RenderOptions &options) : options(options), style(options.color ? ansi : plain) {}

  // The place at fault with what is said of other places of the same file below the same lines; then the calls it was
  // inlined through, and what is said of other files.
  std::string run(const Diagnostic &d) {
    gutter = 1;
    widen(d.where);
    for (const DiagnosticNote &n : d.notes) widen(n.where);
    bool isError = d.severity == Severity::Error;
    const char *color = isError ? style.error : style.warning;
    out += std::string(color) + (isError ? "error" : "warning") + "[" + d.number + "]" + style.off + ": " + style.bold +
           d.message + style.off + "\n";
    std::vector<Mark> marks;
    if (d.where.range.file) marks.push_back({d.where.range, d.label, '^', color});
    for (const DiagnosticNote &n : d.notes)
      if (isBeside(n, d)) marks.push_back({n.where.range, n.text, '-', style.note});
    std::vector<Mark> unseen;
    if (!marks.empty()) place(std::move(marks), unseen);
    callers(d.where);
    for (const Mark &mark : unseen) separate(mark.text, mark.range);
    for (const DiagnosticNote &n : d.notes)
      if (n.where.range.file && !isBeside(n, d)) separate(n.text, n.where.range);
    for (const DiagnosticNote &n : d.notes)
      if (!n.where.range.file) remark("note", n.text);
    if (!d.suggestion.empty()) remark("help", d.suggestion);
    return std::move(out);
  }

private:
  static constexpr unsigned shownCallers = 6;
  RenderOptions options;
  Style style;
  unsigned gutter = 1; // columns of the widest line number
  std::string out;

  void widen(const Location &where) {
    unsigned depth = 0;
    for (const Location *at = &where; at && depth <= shownCallers; at = at->caller.get(), ++depth)
      if (at->range.file)
        gutter = std::max(gutter, unsigned(std::to_string(lineColumn(*at->range.file, at->range.begin).line).size()));
  }
  std::string blank() const { return std::string(gutter + 1, ' ') + style.frame + "|" + style.off; }
  void remark(const char *kind, const std::string &text) {
    out += std::string(gutter + 1, ' ') + style.frame + "=" + style.off + " " + style.note + kind + style.off + ": " +
           text + "\n";
  }

  static bool isBeside(const DiagnosticNote &note, const Diagnostic &d) {
    return note.where.range.file && note.where.range.file == d.where.range.file;
  }

  void place(std::vector<Mark> marks, std::vector<Mark> &unseen) {
    const SourceRange &range = marks[0].range;
    LineColumn at = lineColumn(*range.file, range.begin);
    out += std::string(gutter, ' ') + style.frame + "-->" + style.off + " " + range.file->path + ":" +
           std::to_string(at.line) + ":" + std::to_string(at.column) + "\n" + blank() + "\n";
    SnippetStyle shown{style.frame, style.off, gutter, options.width > gutter + 24 ? options.width - gutter - 4 : 20};
    out += snippet(std::move(marks), shown, unseen);
  }

  void separate(const std::string &text, const SourceRange &range) {
    out += std::string(style.note) + "note" + style.off + ": " + text + "\n";
    std::vector<Mark> none;
    place({{range, "", '-', style.note}}, none);
  }

  // The calls through which a library expression was inlined, innermost first.
  void callers(const Location &where) {
    unsigned shown = 0;
    for (const Location *at = where.caller.get(); at; at = at->caller.get()) {
      if (shown++ == shownCallers) return remark("note", "… and further calls");
      if (at->range.file) separate("called from here", at->range);
    }
  }
};

} // namespace

std::string render(const Diagnostic &d, const RenderOptions &options) { return Renderer(options).run(d); }

std::string render(const DiagnosticSink &sink, const RenderOptions &options) {
  std::string out;
  for (const Diagnostic &d : sink.all()) out += render(d, options) + "\n";
  if (sink.dropped) out += "… and " + std::to_string(sink.dropped) + " more\n";
  else if (sink.full()) out += "… and perhaps more: the first " + std::to_string(DiagnosticSink::limit) + " are shown\n";
  return out;
}

} // namespace fluxion
