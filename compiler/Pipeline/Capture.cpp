#include "compiler/Pipeline/Capture.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"

using namespace mlir;

namespace fluxion {

// Byte offset of a line and column (from 1; columns count code points), or the end of the text.
static uint32_t offsetOf(const SourceFile &file, unsigned line, unsigned column) {
  size_t at = 0;
  for (unsigned l = 1; l < line; ++l) {
    at = file.text.find('\n', at);
    if (at == std::string::npos) return uint32_t(file.text.size());
    ++at;
  }
  for (unsigned c = 1; c < column && at < file.text.size(); ++c)
    do ++at;
    while (at < file.text.size() && (static_cast<unsigned char>(file.text[at]) & 0xC0) == 0x80);
  return uint32_t(at);
}

static SourceRange rangeOf(FileLineColLoc where, const Module &graph) {
  for (const auto &file : graph.sources)
    if (file->path == where.getFilename().getValue()) {
      uint32_t begin = offsetOf(*file, where.getLine(), where.getColumn());
      return {file, begin, begin + 1};
    }
  return {};
}

Location sourceLocation(mlir::Location where, const Module &graph) {
  if (auto file = dyn_cast<FileLineColLoc>(where)) return {rangeOf(file, graph), nullptr};
  if (auto name = dyn_cast<NameLoc>(where)) return sourceLocation(name.getChildLoc(), graph);
  if (auto fused = dyn_cast<FusedLoc>(where)) {
    for (mlir::Location part : fused.getLocations())
      if (Location found = sourceLocation(part, graph); found.range.file) return found;
    return {};
  }
  if (auto call = dyn_cast<CallSiteLoc>(where)) {
    Location inner = sourceLocation(call.getCallee(), graph);
    auto caller = std::make_shared<Location>(sourceLocation(call.getCaller(), graph));
    if (!inner.range.file) return *caller;
    if (caller->range.file) inner.caller = std::move(caller);
    return inner;
  }
  return {};
}

bool standsAt(mlir::Location where, StringRef file, unsigned line) {
  bool found = false;
  where->walk([&](mlir::Location part) {
    if (auto place = dyn_cast<FileLineColLoc>(part))
      found |= place.getLine() == line && place.getFilename().getValue().ends_with(file);
    return found ? WalkResult::interrupt() : WalkResult::advance();
  });
  return found;
}

// "[E0801] no code can …" -> number and message.
static DiagnosticText textOf(mlir::Diagnostic &diagnostic, const Module &graph) {
  DiagnosticText text;
  std::string message = diagnostic.str();
  StringRef rest = message;
  if (rest.consume_front("[") && rest.size() > 5 && rest[0] == 'E' && rest[5] == ']') {
    text.number = rest.take_front(5).str();
    text.message = rest.drop_front(6).ltrim().str();
  } else {
    text.message = message;
    text.internal = true;
  }
  text.where = sourceLocation(diagnostic.getLocation(), graph);
  for (mlir::Diagnostic &note : diagnostic.getNotes()) text.notes.push_back(note.str());
  return text;
}

Capture::Capture(MLIRContext &context, const Module &graph)
    : handler(&context, [this, &graph](mlir::Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error) errors.push_back(textOf(diagnostic, graph));
        return success();
      }) {}

// Extents are bound while importing. What they make impossible, as `x[0:2]` of an axis of one, is the caller's to mend:
// "'flx.slice' op [E0811] reads …".
static bool isOfExtents(DiagnosticText &text) {
  auto [op, said] = StringRef(text.message).split("' op [E0811] ");
  if (said.empty() || !op.consume_front("'flx.")) return false;
  text.message = ("`" + op + "` " + said).str();
  text.number = "E0811";
  text.internal = false;
  return true;
}

DiagnosticText Capture::take(StringRef phase) const {
  for (const DiagnosticText &error : errors)
    if (!error.internal) return error;
  DiagnosticText text = errors.empty() ? DiagnosticText{} : errors.front();
  if (phase == "import" && isOfExtents(text)) return text;
  text.internal = true;
  text.message = ("in phase " + phase + ": " + (errors.empty() ? "failed without saying why" : text.message)).str();
  return text;
}

} // namespace fluxion
