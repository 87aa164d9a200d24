// Diagnostics for programs to read: one JSON object each. docs/diagnostics.md is its description and schema.
#include "frontend/Source/Diagnostic.h"
#include "frontend/Source/Utf8.h"

namespace fluxion {

namespace {

void append(std::string &out, const std::string &text) {
  static const char *hex = "0123456789abcdef";
  out += '"';
  for (size_t i = 0; i < text.size();) {
    CodePoint c = decodeUtf8(text, i);
    if (!c.valid) out += "\\ufffd";
    else if (c.value == '"' || c.value == '\\') (out += '\\') += char(c.value);
    else if (c.value < 0x20 || c.value == 0x7F) (((out += "\\u00") += hex[c.value >> 4])) += hex[c.value & 15];
    else out.append(text, i, c.length);
    i += c.length;
  }
  out += '"';
}

void member(std::string &out, const char *name, const std::string &text) {
  ((out += ",\"") += name) += "\":";
  append(out, text);
}

// Lines and columns from 1, columns in code points; offsets in bytes, from 0. The end is past the last.
void place(std::string &out, const SourceRange &range) {
  if (!range.file) return;
  LineColumn begin = lineColumn(*range.file, range.begin), end = lineColumn(*range.file, range.end);
  member(out, "file", range.file->path);
  out += ",\"line\":" + std::to_string(begin.line) + ",\"column\":" + std::to_string(begin.column) +
         ",\"endLine\":" + std::to_string(end.line) + ",\"endColumn\":" + std::to_string(end.column) +
         ",\"offset\":" + std::to_string(range.begin) + ",\"endOffset\":" + std::to_string(range.end);
}

// An object whose first member is named, then a place.
void placed(std::string &out, const char *name, const std::string &text, const SourceRange &range) {
  if (out.back() != '[') out += ',';
  ((out += "{\"") += name) += "\":";
  append(out, text);
  place(out, range);
  out += '}';
}

} // namespace

std::string renderJson(const Diagnostic &d) {
  std::string out = "{\"number\":";
  append(out, d.number);
  member(out, "severity", d.severity == Severity::Error ? "error" : "warning");
  member(out, "message", d.message);
  place(out, d.where.range);
  member(out, "label", d.label);
  out += ",\"labels\":[";
  for (const Location *at = d.where.caller.get(); at; at = at->caller.get())
    if (at->range.file) placed(out, "text", "called from here", at->range);
  for (const DiagnosticNote &note : d.notes)
    if (note.where.range.file) placed(out, "text", note.text, note.where.range);
  out += "],\"notes\":[";
  for (const DiagnosticNote &note : d.notes) {
    if (note.where.range.file) continue;
    if (out.back() != '[') out += ',';
    append(out, note.text);
  }
  out += ']';
  member(out, "help", d.suggestion);
  out += ",\"fixes\":[";
  for (const DiagnosticFix &fix : d.fixes) placed(out, "replacement", fix.replacement, fix.range);
  return out + "]}";
}

} // namespace fluxion
