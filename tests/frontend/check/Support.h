// Helpers of these tests: a program as text in, its module and diagnostics out; errors expected at a `$` in the text.
#pragma once
#include "frontend/Frontend.h"
#include "frontend/Graph/GraphBuilder.h"
#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace fluxion::test {

struct Checked {
  std::unique_ptr<Module> module;
  DiagnosticSink sink;
  std::string listing(const std::string &name) const {
    const Function *function = module->find(name);
    return function ? print(*function) : "<no function " + name + ">\n" + render(sink);
  }
};

inline std::unique_ptr<Checked> check(const std::string &text) {
  auto checked = std::make_unique<Checked>();
  checked->module = moduleFromSource("m.flx", text, checked->sink);
  return checked;
}

// `text` is right, and function `name` gets this body (the lines between the braces, without indentation).
inline void expectBody(const std::string &text, const std::string &name, const std::string &body) {
  auto checked = check(text);
  EXPECT_FALSE(checked->sink.hasErrors()) << render(checked->sink);
  std::string listing = checked->listing(name), got;
  size_t at = listing.find("{\n");
  if (at == std::string::npos) {
    ADD_FAILURE() << listing;
    return;
  }
  for (size_t line = at + 2; line < listing.size() && listing[line] != '}';) {
    size_t end = listing.find('\n', line);
    got += listing.substr(line + 2, end - line - 1);
    line = end + 1;
  }
  EXPECT_EQ(got, body) << text;
}

// The program has this error (or warning) at its `$`, and a part of what is said is `words`.
inline void expectDiagnostic(std::string text, const std::string &number, const std::string &words = "") {
  size_t mark = text.find('$');
  ASSERT_NE(mark, std::string::npos) << text;
  text.erase(mark, 1);
  auto checked = check(text);
  for (const Diagnostic &d : checked->sink.all()) {
    if (d.number != number || d.where.range.begin != mark) continue;
    std::string said = render(d);
    EXPECT_NE(said.find(words), std::string::npos) << "expected \"" << words << "\" in\n" << said;
    EXPECT_NE(findError(number), nullptr) << number << " has no page";
    return;
  }
  LineColumn at = lineColumn(SourceFile{"m.flx", text}, uint32_t(mark));
  ADD_FAILURE() << "expected " << number << " at " << at.line << ":" << at.column << " of\n"
                << text << "\ngot\n"
                << render(checked->sink);
}

inline void expectClean(const std::string &text) {
  auto checked = check(text);
  EXPECT_TRUE(checked->sink.all().empty()) << text << "\n" << render(checked->sink);
}

} // namespace fluxion::test
