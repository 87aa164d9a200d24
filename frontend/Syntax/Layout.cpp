// Choosing lines; then, on the finished lines, aligning tabs and comments.
#include "frontend/Syntax/Document.h"
#include <algorithm>

namespace fluxion::doc {

namespace {

struct TabStop {
  size_t offset;   // in the text
  uint32_t column; // before padding
  uint32_t run, index;
  uint32_t padding = 0;
};
struct OutputLine {
  size_t begin = 0, end = 0; // of the code in the text
  uint32_t width = 0;        // of the code
  std::string_view comment;  // at its end
  size_t firstTab = 0, tabs = 0;
};

class Engine {
public:
  Engine(Doc root, unsigned width) : limit(width) {
    lines.emplace_back();
    stack.push_back({root, 0, 0, true});
  }
  Layout run() {
    while (!stack.empty()) {
      Command c = stack.back();
      stack.pop_back();
      step(c);
    }
    newline(0, false);
    lines.pop_back();
    alignTabs();
    Layout result;
    result.settled = settled;
    result.text = assemble();
    return result;
  }

private:
  struct Command {
    Doc doc;
    unsigned indent;
    uint32_t at; // Fill: the next child
    bool broken;
  };
  const unsigned limit;
  std::vector<Command> stack;
  std::string code;
  std::vector<OutputLine> lines;
  std::vector<TabStop> tabs;
  std::vector<std::string_view> pending; // comments for the end of the line
  unsigned column = 0, pendingIndent = 0;
  bool settled = true;

  void step(const Command &c) {
    const Node &d = *c.doc;
    switch (d.kind) {
    case Kind::Text: return write(d.text, d.flat);
    case Kind::Pad: return c.broken ? write(d.text, widthOf(d.text)) : void();
    case Kind::Comment: pending.push_back(d.text); return;
    case Kind::Tab: return tab(d);
    case Kind::Line:
      if (!c.broken && !d.hard) return write(d.text, d.flat);
      return newline(c.indent, d.empty);
    case Kind::Concat:
    case Kind::Indent:
      for (uint32_t i = d.count; i-- > 0;)
        stack.push_back({d.children[i], c.indent + 2 * (d.kind == Kind::Indent), 0, c.broken});
      return;
    case Kind::Group:
      stack.push_back({d.children[0], c.indent, 0, c.broken && (d.mustBreak || !fits(d.flat))});
      return;
    case Kind::Fill: return fill(c);
    case Kind::Choice: return choose(c);
    }
  }

  // Does a thing of that width fit here, with what follows it up to the next possible break?
  bool fits(unsigned width) const { return column + width + tail(limit) <= limit; }
  unsigned tail(unsigned enough) const {
    unsigned width = 0;
    for (size_t i = stack.size(); i-- > 0 && width <= enough;) {
      const Node &d = *stack[i].doc;
      if (d.kind == Kind::Fill && stack[i].at) return width;
      if (stack[i].broken && d.canBreak) return width + d.head;
      width += d.flat;
    }
    return width;
  }

  void fill(Command c) {
    const Node &d = *c.doc;
    if (c.at == d.count) return;
    Doc child = d.children[c.at];
    ++c.at;
    bool broken = c.broken;
    if (child->kind == Kind::Line && broken && c.at < d.count) {
      unsigned next = d.children[c.at]->flat + (c.at + 1 < d.count ? 0 : tail(limit));
      broken = child->mustBreak || d.children[c.at]->mustBreak || column + child->flat + next > limit;
    }
    stack.push_back(c);
    stack.push_back({child, c.indent, 0, broken});
  }

  void choose(const Command &c) {
    const Node &d = *c.doc;
    Doc child = d.children[0];
    unsigned inner = c.indent + 2;
    bool flat = !c.broken || (!d.mustBreak && fits(d.flat));
    bool nextLine = !d.mustBreak && inner + child->flat + (d.close ? 0 : tail(limit)) <= limit;
    bool hug = d.hug && column + d.space + (child->canBreak ? child->head : child->flat) <= limit;
    if (flat || (!nextLine && hug)) {
      if (d.space) write(" ", 1);
      stack.push_back({child, c.indent, 0, !flat});
      return;
    }
    if (d.close) stack.push_back({&softLine, c.indent, 0, true});
    stack.push_back({child, inner, 0, !nextLine});
    newline(inner, false);
  }
  static const Node softLine;

  void write(std::string_view text, unsigned width) {
    if (text.empty()) return;
    code.append(pendingIndent, ' ');
    pendingIndent = 0;
    code += text;
    column += width;
  }
  void tab(const Node &d) {
    OutputLine &line = lines.back();
    if (code.size() == line.begin) return; // the row broke here
    uint32_t fields = 0;
    for (size_t i = line.firstTab; i < tabs.size(); ++i) fields += tabs[i].index % 3 == uint32_t(Cell::NextField);
    tabs.push_back({code.size(), column, d.run, 3 * fields + uint32_t(d.cell)});
    ++line.tabs;
  }
  void endLine() {
    OutputLine &line = lines.back();
    while (code.size() > line.begin && code.back() == ' ') {
      code.pop_back();
      --column;
    }
    line.end = code.size();
    line.width = code.size() == line.begin ? 0 : column;
    OutputLine next;
    next.begin = code.size();
    next.firstTab = tabs.size();
    lines.push_back(next);
  }
  // Comments that wait go to the end of the line that ends here: the first beside its code, others below. An empty line
  // keeps those from documenting what follows.
  void newline(unsigned indent, bool emptyLine) {
    bool blank = code.size() == lines.back().begin;
    if (blank) column = 0;
    if (!blank || pending.empty()) endLine();
    if (!blank && !pending.empty()) lines[lines.size() - 2].comment = pending[0];
    for (size_t i = blank ? 0 : 1; i < pending.size(); ++i) {
      settled = false;
      emptyLine |= pending[i].substr(0, 3) == "///";
      code.append(indent, ' ');
      code += pending[i];
      column = indent + widthOf(pending[i]);
      endLine();
    }
    pending.clear();
    if (emptyLine) {
      column = 0;
      endLine();
    }
    column = pendingIndent = indent;
  }

  //===--- Alignment ---===//

  // Rows of a run stand in one after another, mixed with lines that have no tabs.
  void alignTabs() {
    for (size_t i = 0; i < lines.size(); ++i) {
      if (!lines[i].tabs) continue;
      uint32_t run = tabs[lines[i].firstTab].run;
      std::vector<size_t> rows;
      for (; i < lines.size(); ++i) {
        if (!lines[i].tabs) continue;
        if (tabs[lines[i].firstTab].run != run) break;
        rows.push_back(i);
      }
      --i;
      alignRun(rows);
    }
  }
  void alignRun(const std::vector<size_t> &rows) {
    uint32_t last = 0;
    for (size_t row : rows) last = std::max(last, tabs[lines[row].firstTab + lines[row].tabs - 1].index);
    std::vector<uint32_t> shift(rows.size()), next(rows.size());
    auto stop = [&](size_t r) -> TabStop * {
      const OutputLine &line = lines[rows[r]];
      return next[r] < line.tabs ? &tabs[line.firstTab + next[r]] : nullptr;
    };
    for (uint32_t index = 0; index <= last; ++index) {
      uint32_t target = 0;
      for (size_t r = 0; r < rows.size(); ++r)
        if (TabStop *t = stop(r); t && t->index == index) target = std::max(target, t->column + shift[r]);
      for (size_t r = 0; r < rows.size(); ++r)
        if (TabStop *t = stop(r); t && t->index == index) {
          t->padding = target - t->column - shift[r];
          shift[r] += t->padding;
          ++next[r];
        }
    }
    bool wide = false;
    for (size_t r = 0; r < rows.size(); ++r) wide |= lines[rows[r]].width + shift[r] > limit;
    for (size_t r = 0; r < rows.size(); ++r) {
      OutputLine &line = lines[rows[r]];
      if (!wide) line.width += shift[r];
      for (size_t t = line.firstTab; wide && t < line.firstTab + line.tabs; ++t) tabs[t].padding = 0;
    }
  }

  std::string assemble() const {
    std::string out;
    out.reserve(code.size() + lines.size() * 2);
    for (size_t i = 0; i < lines.size();) {
      // Consecutive lines with comments have them in one column, if there is room.
      size_t end = i;
      uint32_t target = 0, longest = 0;
      for (; end < lines.size() && !lines[end].comment.empty(); ++end) {
        target = std::max(target, lines[end].width);
        longest = std::max(longest, widthOf(lines[end].comment));
      }
      bool aligned = target + 1 + longest <= limit;
      if (end == i) ++end;
      for (; i < end; ++i) {
        appendCode(out, lines[i]);
        if (!lines[i].comment.empty()) {
          out.append(aligned ? target + 1 - lines[i].width : 1, ' ');
          out += lines[i].comment;
        }
        out += '\n';
      }
    }
    return out;
  }
  void appendCode(std::string &out, const OutputLine &line) const {
    size_t at = line.begin;
    for (size_t t = line.firstTab; t < line.firstTab + line.tabs; ++t) {
      size_t stop = std::min(tabs[t].offset, line.end);
      out.append(code, at, stop - at);
      if (stop < line.end) out.append(tabs[t].padding, ' ');
      at = stop;
    }
    out.append(code, at, line.end - at);
  }
};

static Node makeSoftLine() {
  Node node{};
  node.kind = Kind::Line;
  node.canBreak = true;
  return node;
}
const Node Engine::softLine = makeSoftLine();

} // namespace

Layout layout(Doc root, unsigned width) { return Engine(root, width).run(); }

} // namespace fluxion::doc
