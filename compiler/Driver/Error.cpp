// api::Error over the front end's diagnostics.
#include "compiler/Driver/ErrorText.h"
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace fluxion {

static std::shared_ptr<api::Error::Text> textOf(std::vector<Diagnostic> diagnostics, bool internal = false) {
  auto text = std::make_shared<api::Error::Text>();
  text->diagnostics = std::move(diagnostics);
  text->internal = internal;
  while (text->primary + 1 < text->diagnostics.size() &&
         text->diagnostics[text->primary].severity != Severity::Error)
    ++text->primary;
  const SourceRange &range = text->diagnostics[text->primary].where.range;
  if (range.file) {
    text->file = range.file->path;
    text->place = lineColumn(*range.file, range.begin);
  }
  return text;
}

static Diagnostic plain(std::string number, std::string message) {
  Diagnostic diagnostic;
  diagnostic.number = std::move(number);
  diagnostic.message = std::move(message);
  return diagnostic;
}

api::Error errorOf(const DiagnosticSink &sink) {
  bool internal = std::any_of(sink.all().begin(), sink.all().end(), [](const Diagnostic &d) { return d.number == "E0000"; });
  return api::Error(textOf(sink.all(), internal));
}
api::Error errorOf(Diagnostic diagnostic) { return api::Error(textOf({std::move(diagnostic)})); }

api::Error errorAt(std::string number, SourceRange where, std::string message) {
  Diagnostic diagnostic = plain(std::move(number), std::move(message));
  diagnostic.where.range = std::move(where);
  return errorOf(std::move(diagnostic));
}

api::Error internalError(std::string message) { return api::Error(textOf({plain("E0000", std::move(message))}, true)); }

// Writes `ir` beside other temporary files; empty when even that fails.
static std::string writeReproducer(const std::string &ir) {
  const char *folder = getenv("TMPDIR");
  std::string path = std::string(folder && *folder ? folder : "/tmp") + "/fluxion-reproducer-XXXXXX.mlir";
  int file = mkstemps(path.data(), 5);
  if (file < 0) return "";
  size_t done = 0;
  for (ssize_t wrote = 0; wrote >= 0 && done < ir.size(); done += size_t(std::max<ssize_t>(wrote, 0)))
    while ((wrote = write(file, ir.data() + done, ir.size() - done)) < 0 && errno == EINTR) {
    }
  if (close(file) == 0 && done == ir.size()) return path;
  unlink(path.c_str());
  return "";
}

api::Error errorOf(const DiagnosticText &text) {
  Diagnostic diagnostic = plain(text.internal ? "E0000" : text.number, text.message);
  diagnostic.where = text.where;
  for (const std::string &note : text.notes) diagnostic.note(note);
  if (text.internal && !text.lastGood.empty())
    if (std::string path = writeReproducer(text.lastGood); !path.empty())
      diagnostic.note("the last IR that verified is in " + path);
  return api::Error(textOf({std::move(diagnostic)}, text.internal));
}

} // namespace fluxion

namespace fluxion::api {

Error::Error(std::string number, std::string message)
    : text(textOf({plain(std::move(number), std::move(message))})) {}

const std::string &Error::number() const { return text->diagnostics[text->primary].number; }
const std::string &Error::message() const { return text->diagnostics[text->primary].message; }
const std::string &Error::file() const { return text->file; }
uint32_t Error::line() const { return text->place.line; }
uint32_t Error::column() const { return text->place.column; }
bool Error::isInternal() const { return text->internal; }

std::string Error::render(bool color) const {
  RenderOptions options;
  options.color = color;
  std::string out;
  if (text->diagnostics.size() == 1) {
    out = fluxion::render(text->diagnostics.front(), options);
  } else {
    DiagnosticSink sink; // counts and separates them as the front end does
    for (const Diagnostic &diagnostic : text->diagnostics) sink.add(diagnostic);
    out = fluxion::render(sink, options);
  }
  if (text->internal) out += "this is a fault of Fluxion itself, not of your program: please report it\n";
  return out;
}

// Copies of an error share its text until one of them says more.
static api::Error::Text &ownText(std::shared_ptr<api::Error::Text> &text) {
  if (text.use_count() != 1) text = std::make_shared<api::Error::Text>(*text);
  return *text;
}

Error &Error::note(std::string line) {
  Text &own = ownText(text);
  own.diagnostics[own.primary].note(std::move(line));
  return *this;
}
Error &Error::hint(std::string line) {
  Text &own = ownText(text);
  own.diagnostics[own.primary].help(std::move(line));
  return *this;
}

void failOnValue() {
  fputs("fluxion: an Expected that holds a value was asked for its error\n", stderr);
  abort();
}

void failOnError(const Error &error) {
  fputs(error.render().c_str(), stderr);
  fputs("fluxion: an Expected was used without looking whether it holds a value\n", stderr);
  abort();
}

} // namespace fluxion::api
