// Helpers of the syntax tests: parse a text, look at its first error.
#pragma once
#include "frontend/Syntax/Parser.h"
#include "tests/ProcessorTime.h"
#include <gtest/gtest.h>

namespace fluxion::testing {

inline std::shared_ptr<const SourceFile> source(std::string text) {
  return std::make_shared<SourceFile>(SourceFile{"m.flx", std::move(text)});
}

struct Parsed {
  DiagnosticSink sink;
  ast::Program program;
  explicit Parsed(std::string text) { program = parse(source(std::move(text)), sink); }
  std::string errors() const { return render(sink); }
};

// "E0105 2:7 label|message" of each diagnostic: what a test says about an error.
inline std::string summary(const Diagnostic &d) {
  LineColumn at = lineColumn(*d.where.range.file, d.where.range.begin);
  return d.number + " " + std::to_string(at.line) + ":" + std::to_string(at.column);
}
inline std::string summary(const DiagnosticSink &sink) {
  std::string all;
  for (const Diagnostic &d : sink.all()) all += (all.empty() ? "" : ", ") + summary(d);
  return all;
}
// The text under the caret of the first diagnostic.
inline std::string underlined(const DiagnosticSink &sink) {
  const SourceRange &r = sink.all().at(0).where.range;
  return r.file->text.substr(r.begin, r.end - r.begin);
}

inline std::string expressionOf(const std::string &text) {
  DiagnosticSink sink;
  ast::ExprPtr e = parseExpression(source(text), sink);
  return e ? ast::print(*e) : "! " + summary(sink);
}

} // namespace fluxion::testing
