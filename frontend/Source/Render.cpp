// Diagnostics as text: the line, a caret under the token, notes with carets of their own. A line wider than the
// terminal is shown as a window around the caret; no more of it is decoded than is shown.
#include "frontend/Source/Diagnostic.h"
#include "frontend/Source/Utf8.h"
#include <algorithm>

namespace fluxion {

namespace {

struct Style {
  const char *error = "", *warning = "", *note = "", *frame = "", *bold = "", *off = "";
};
const Style plain;
const Style ansi = {"\033[1;31m", "\033[1;33m", "\033[1;32m", "\033[1;34m", "\033[1m", "\033[0m"};

// What is shown of a line: printable text, and where the underline stands in it, in columns.
struct Excerpt {
  std::string text;
  unsigned caret = 0, length = 1;
};

size_t previous(const std::string &text, size_t i) {
  do --i;
  while (i && (uint8_t(text[i]) & 0xC0) == 0x80);
  return i;
}

// One code point as one column: tabs become a space, what has no shape a replacement sign.
void appendColumn(std::string &out, const std::string &text, size_t at, CodePoint c) {
  if (!c.valid || c.value < 0x20 || c.value == 0x7F)
    out += c.value == '\t' ? " " : c.value == '\r' ? "" : "\uFFFD";
  else
    out.append(text, at, c.length);
}

Excerpt excerpt(const SourceRange &range, unsigned width) {
  const std::string &text = range.file->text;
  size_t begin = std::min<size_t>(range.begin, text.size()), end = std::clamp<size_t>(range.end, begin, text.size());
  size_t lineEnd = std::min(text.find('\n', begin), text.size());
  end = std::min(end, lineEnd);
  // Up to a third of the window stands before the caret; all of the line does if the line fits.
  size_t lineStart = begin ? text.rfind('\n', begin - 1) + 1 : 0;
  bool fits = lineEnd - lineStart <= width;
  size_t from = begin;
  unsigned before = 0;
  while (from > lineStart && (fits || before < width / 3)) {
    from = previous(text, from);
    ++before;
  }
  Excerpt result;
  if (from > lineStart) result.text = "…";
  result.caret = before + (from > lineStart);
  unsigned columns = result.caret - before, underlined = 0;
  size_t at = from;
  while (at < lineEnd && columns < width) {
    CodePoint c = decodeUtf8(text, at);
    if (c.value == '\r') {
      at += c.length;
      continue;
    }
    appendColumn(result.text, text, at, c);
    underlined += at >= begin && at < end;
    at += c.length;
    ++columns;
  }
  if (at < lineEnd) result.text += "…";
  result.length = std::max(underlined, 1u);
  return result;
}

class Renderer {
public:
  Renderer(const RenderOptions &options) : options(options), style(options.color ? ansi : plain) {}

  std::string run(const Diagnostic &d) {
    gutter = 1;
    widen(d.where);
    for (const DiagnosticNote &n : d.notes) widen(n.where);
    bool isError = d.severity == Severity::Error;
    out += std::string(isError ? style.error : style.warning) + (isError ? "error" : "warning") + "[" + d.number + "]" +
           style.off + ": " + style.bold + d.message + style.off + "\n";
    place(d.where.range, d.label, '^', isError ? style.error : style.warning);
    callers(d.where);
    for (const DiagnosticNote &n : d.notes) {
      if (!n.where.range.file) {
        remark("note", n.text);
        continue;
      }
      out += std::string(style.note) + "note" + style.off + ": " + n.text + "\n";
      place(n.where.range, "", '-', style.note);
    }
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

  void place(const SourceRange &range, const std::string &label, char mark, const char *color) {
    if (!range.file) return;
    LineColumn at = lineColumn(*range.file, range.begin);
    std::string number = std::to_string(at.line);
    unsigned room = options.width > gutter + 24 ? options.width - gutter - 4 : 20;
    Excerpt shown = excerpt(range, room);
    out += std::string(gutter, ' ') + style.frame + "-->" + style.off + " " + range.file->path + ":" + number + ":" +
           std::to_string(at.column) + "\n" + blank() + "\n";
    out += std::string(gutter - number.size(), ' ') + style.frame + number + " |" + style.off +
           (shown.text.empty() ? "" : " ") + shown.text + "\n";
    out += blank() + " " + std::string(shown.caret, ' ') + color + std::string(shown.length, mark) +
           (label.empty() ? "" : " " + label) + style.off + "\n";
  }

  // The calls through which a library expression was inlined, innermost first.
  void callers(const Location &where) {
    unsigned shown = 0;
    for (const Location *at = where.caller.get(); at; at = at->caller.get()) {
      if (shown++ == shownCallers) return remark("note", "… and further calls");
      out += std::string(style.note) + "note" + style.off + ": called from here\n";
      place(at->range, "", '-', style.note);
    }
  }
};

void appendJson(std::string &out, const std::string &text) {
  static const char *hex = "0123456789abcdef";
  out += '"';
  for (size_t i = 0; i < text.size();) {
    CodePoint c = decodeUtf8(text, i);
    if (!c.valid)
      out += "\\ufffd";
    else if (c.value == '"' || c.value == '\\')
      (out += '\\') += char(c.value);
    else if (c.value < 0x20)
      (((out += "\\u00") += hex[c.value >> 4])) += hex[c.value & 15];
    else
      out.append(text, i, c.length);
    i += c.length;
  }
  out += '"';
}

void appendJsonPlace(std::string &out, const SourceRange &range) {
  if (!range.file) return;
  LineColumn begin = lineColumn(*range.file, range.begin), end = lineColumn(*range.file, range.end);
  out += ",\"file\":";
  appendJson(out, range.file->path);
  out += ",\"line\":" + std::to_string(begin.line) + ",\"column\":" + std::to_string(begin.column) +
         ",\"endLine\":" + std::to_string(end.line) + ",\"endColumn\":" + std::to_string(end.column);
}

} // namespace

std::string render(const Diagnostic &d, const RenderOptions &options) { return Renderer(options).run(d); }

std::string render(const DiagnosticSink &sink, const RenderOptions &options) {
  std::string out;
  for (const Diagnostic &d : sink.all()) out += render(d, options) + "\n";
  if (sink.dropped) out += "… and " + std::to_string(sink.dropped) + " more\n";
  return out;
}

std::string renderJson(const Diagnostic &d) {
  std::string out = "{\"number\":\"" + d.number + "\",\"severity\":\"";
  out += d.severity == Severity::Error ? "error" : "warning";
  out += "\",\"message\":";
  appendJson(out, d.message);
  appendJsonPlace(out, d.where.range);
  out += ",\"label\":";
  appendJson(out, d.label);
  out += ",\"notes\":[";
  for (size_t i = 0; i < d.notes.size(); ++i) {
    out += i ? ",{\"text\":" : "{\"text\":";
    appendJson(out, d.notes[i].text);
    appendJsonPlace(out, d.notes[i].where.range);
    out += "}";
  }
  out += "],\"help\":";
  appendJson(out, d.suggestion);
  out += ",\"fixes\":[";
  for (size_t i = 0; i < d.fixes.size(); ++i) {
    out += i ? ",{\"replacement\":" : "{\"replacement\":";
    appendJson(out, d.fixes[i].replacement);
    appendJsonPlace(out, d.fixes[i].range);
    out += "}";
  }
  return out + "]}";
}

} // namespace fluxion
