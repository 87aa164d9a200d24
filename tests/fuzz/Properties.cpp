// The properties, one function each: errors can be shown and lie in the source; a printed tree parses back; a formatted
// file is formatted, has the same tree and comments; what is checked can be listed.
#include "tests/fuzz/Properties.h"
#include "frontend/Frontend.h"
#include "frontend/Syntax/Format.h"
#include "frontend/Syntax/Lexer.h"
#include "frontend/Syntax/Parser.h"
#include <functional>
#include <vector>

namespace fluxion::fuzz {

static std::shared_ptr<const SourceFile> source(const std::string &text) {
  return std::make_shared<SourceFile>(SourceFile{"m.flx", text});
}

static bool inside(const SourceRange &r) {
  return !r.file || (r.begin <= r.end && r.end <= r.file->text.size());
}

static std::string showable(const DiagnosticSink &sink) {
  for (const Diagnostic &d : sink.all()) {
    bool good = inside(d.where.range);
    for (const DiagnosticNote &n : d.notes) good &= inside(n.where.range);
    for (const DiagnosticFix &f : d.fixes) good &= inside(f.range) && f.range.file;
    if (!good) return "a place outside of the source: " + d.number + " " + d.message;
    if (d.number == "E0000") return "a refusal without a reason: " + d.message;
    if (d.message.empty() || !findError(d.number)) return "an error without message or page: " + d.number;
    if (renderJson(d).size() > 1 << 20) return "an error that is too long: " + d.number;
  }
  std::string shown = render(sink);
  if (sink.hasErrors() && shown.empty()) return "errors that show nothing";
  if (shown.size() > 1 << 20) return "errors that are too long";
  return "";
}

static std::vector<std::string> commentsOf(const std::string &text) {
  DiagnosticSink sink;
  std::vector<std::string> all;
  size_t end = 0;
  for (const Token &t : lex(source(text), sink).tokens) {
    for (size_t i = text.find("//", end); i < t.begin;) {
      size_t stop = std::min(text.find('\n', i), size_t(t.begin));
      all.push_back(text.substr(i, text.find_last_not_of(" \t\r\v\f", stop - 1) + 1 - i));
      i = text.find("//", stop);
    }
    end = t.end;
  }
  return all;
}

static std::string roundTrip(const std::string &text, const std::string &tree) {
  DiagnosticSink sink;
  ast::Program again = parse(source(tree), sink);
  if (sink.hasErrors()) return "the printed tree does not parse:\n" + tree + render(sink);
  if (ast::print(again) != tree) return "the printed tree is another:\n" + tree + "---\n" + ast::print(again);

  std::optional<std::string> once = format({"m.flx", text}, sink);
  if (!once) return "not formatted: " + render(sink);
  DiagnosticSink second;
  ast::Program formatted = parse(source(*once), second);
  if (second.hasErrors()) return "formatted, it does not parse:\n" + *once + render(second);
  if (ast::print(formatted) != tree) return "formatted, the tree is another:\n" + *once;
  if (commentsOf(*once) != commentsOf(text)) return "formatted, the comments are others:\n" + *once;
  std::optional<std::string> twice = format({"m.flx", *once}, second);
  if (!twice || *twice != *once) return "formatted twice:\n" + *once + "---\n" + twice.value_or(render(second));
  return "";
}

// Files that imports may name; the disk is not asked.
static MemoryLoader &modules() {
  static MemoryLoader loader = [] {
    MemoryLoader made;
    made.add("a.flx", "export struct Lin[T: float] { W: T[I,O] ~ he_normal, b: T[O] ~ zeros }\n"
                      "export fn lin[T: float](p: Lin[T, I, O], x: T[..S, I]) -> T[..S, O] = x @ p.W + p.b\n"
                      "fn hidden(x: f32) = x\nexport const two = 2\n");
    made.add("b.flx", "import \"a.flx\" as a\nimport \"m.flx\"\nexport fn twice(x: f32[N]) -> f32[N] = a.two * x\n");
    return made;
  }();
  return loader;
}

std::string violation(const std::string &text, Depth depth) {
  DiagnosticSink sink;
  ast::Program program = parse(source(text), sink);
  bool wellFormed = !sink.hasErrors();
  // The checker repeats the errors of syntax; one in four such texts goes there, for its chance to trip.
  bool enough = depth == Depth::Syntax || (!wellFormed && std::hash<std::string>()(text) % 4);
  std::string found = enough ? showable(sink) : "";
  if (found.empty() && wellFormed) found = roundTrip(text, ast::print(program));
  if (!found.empty() || enough) return found;

  SourceOptions options;
  options.loader = &modules();
  DiagnosticSink checked;
  std::unique_ptr<Module> module = moduleFromSource("m.flx", text, checked, options);
  if (!module) return "no module";
  if (!wellFormed && !checked.hasErrors()) return "an error of syntax is lost";
  found = showable(checked);
  // A listing reads every node, type and attribute.
  if (found.empty() && print(*module).empty() && !module->functions.empty()) found = "a function without a listing";
  return found;
}

} // namespace fluxion::fuzz
