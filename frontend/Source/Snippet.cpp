// The layout of a snippet: columns are those of a terminal (a mark over a letter takes none, an ideograph two), the
// rightmost mark has its words beside it, the others below, each under a line of its own.
#include "frontend/Source/Snippet.h"
#include "frontend/Source/Utf8.h"
#include <algorithm>
#include <map>

namespace fluxion {

namespace {

struct Placed {
  const Mark *mark;
  unsigned begin = 0, end = 1; // columns
};

// One line as shown, and the marks that are seen in it.
struct Line {
  std::string text;
  std::vector<Placed> marks;
};

size_t previous(const std::string &text, size_t i) {
  do --i;
  while (i && (uint8_t(text[i]) & 0xC0) == 0x80);
  return i;
}

// What one code point shows as: a tab a space, what has no shape a replacement sign.
unsigned appendShown(std::string &out, const std::string &text, size_t at, CodePoint c) {
  if (c.value == '\r') return 0;
  if (!c.valid || c.value < 0x20 || c.value == 0x7F) {
    out += c.value == '\t' ? " " : "\uFFFD";
    return 1;
  }
  out.append(text, at, c.length);
  return columnsOf(c.value);
}

unsigned widthBetween(const std::string &text, size_t from, size_t to) {
  unsigned columns = 0;
  std::string ignored;
  while (from < to) {
    CodePoint c = decodeUtf8(text, from);
    columns += appendShown(ignored, text, from, c);
    from += c.length;
  }
  return columns;
}

// No more of a line is decoded than is shown.
Line layOut(const std::vector<const Mark *> &marks, unsigned width) {
  const std::string &text = marks[0]->range.file->text;
  size_t focus = std::min<size_t>(marks[0]->range.begin, text.size());
  size_t lineBegin = focus ? text.rfind('\n', focus - 1) + 1 : 0,
         lineEnd = std::min(text.find('\n', focus), text.size());
  bool fits = lineEnd - lineBegin <= width;
  size_t from = fits ? lineBegin : focus;
  // A third of the width stands before the focus, in columns: a byte that is no text takes several.
  for (unsigned before = 0; from > lineBegin;) {
    size_t begin = previous(text, from);
    before += widthBetween(text, begin, from);
    if (before > width / 3) break;
    from = begin;
  }
  Line line;
  unsigned column = 0;
  if (from > lineBegin) {
    line.text = "…";
    column = 1;
  }
  unsigned left = column;
  size_t at = from;
  while (at < lineEnd && (fits || column < width)) {
    CodePoint c = decodeUtf8(text, at);
    column += appendShown(line.text, text, at, c);
    at += c.length;
  }
  if (at < lineEnd) line.text += "…";
  for (const Mark *mark : marks) {
    size_t begin = std::min<size_t>(mark->range.begin, text.size()), end = std::min<size_t>(mark->range.end, at);
    if (begin < from || begin > at || (begin == at && at < lineEnd)) continue;
    Placed placed{mark, left + widthBetween(text, from, begin), 0};
    placed.end = placed.begin + (end > begin ? std::max(1u, widthBetween(text, begin, end)) : 1);
    line.marks.push_back(placed);
  }
  return line;
}

class Writer {
public:
  Writer(const SnippetStyle &style, std::string &out) : style(style), out(out) {}

  void source(uint32_t number, const std::string &text) {
    std::string shown = std::to_string(number);
    out += std::string(style.gutter - std::min<size_t>(style.gutter, shown.size()), ' ') + style.frame + shown + " |" +
           style.off + (text.empty() ? "" : " ") + text + "\n";
  }

  // The underlines, the words of the rightmost mark, then the others from right to left.
  void marks(std::vector<Placed> placed) {
    if (placed.empty()) return;
    std::sort(placed.begin(), placed.end(),
              [](auto &a, auto &b) { return std::pair(a.begin, a.mark) < std::pair(b.begin, b.mark); });
    underlines(placed);
    std::vector<Placed> hanging;
    for (const Placed &p : placed)
      if (!p.mark->text.empty() && p.mark != beside) hanging.push_back(p);
    for (bool first = true; !hanging.empty(); first = false) {
      if (first) {
        begin();
        for (const Placed &p : hanging) put(p.begin, "|", p.mark->color);
        out += "\n";
      }
      Placed last = hanging.back();
      hanging.pop_back();
      begin();
      for (const Placed &p : hanging)
        if (p.begin < last.begin) put(p.begin, "|", p.mark->color);
      put(last.begin, last.mark->text, last.mark->color);
      out += "\n";
    }
  }

private:
  const SnippetStyle &style;
  std::string &out;
  const Mark *beside = nullptr;
  unsigned column = 0;

  void begin() {
    out += std::string(style.gutter + 1, ' ') + style.frame + "|" + style.off + " ";
    column = 0;
  }
  void put(unsigned at, const std::string &text, const char *color) {
    if (at < column) return; // two marks in one place: one line stands for both
    out += std::string(at - column, ' ') + color + text + (*color ? style.off : "");
    column = at + 1;
  }

  void underlines(const std::vector<Placed> &placed) {
    unsigned end = 0;
    for (const Placed &p : placed) end = std::max(end, p.end);
    std::vector<const Mark *> over(end, nullptr); // which mark is seen in each column: the shorter
    std::vector<unsigned> length(end, ~0u);
    for (const Placed &p : placed)
      for (unsigned i = p.begin; i < p.end; ++i)
        if (p.end - p.begin < length[i]) {
          over[i] = p.mark;
          length[i] = p.end - p.begin;
        }
    beside = nullptr;
    if (placed.back().end == end && !placed.back().mark->text.empty()) beside = placed.back().mark;
    begin();
    for (unsigned i = 0; i < end;) {
      unsigned next = i;
      while (next < end && over[next] == over[i]) ++next;
      if (over[i])
        put(i, std::string(next - i, over[i]->sign), over[i]->color);
      else
        out += std::string(next - i, ' ');
      column = i = next;
    }
    if (beside) out += std::string(" ") + beside->color + beside->text + (*beside->color ? style.off : "");
    out += "\n";
  }
};

std::string lineText(const SourceFile &file, uint32_t offset, unsigned width) {
  SourceRange range{std::shared_ptr<const SourceFile>(std::shared_ptr<void>(), &file), offset, offset};
  Mark mark{range, "", ' ', ""};
  return layOut({&mark}, width).text;
}

} // namespace

std::string snippet(std::vector<Mark> marks, const SnippetStyle &style, std::vector<Mark> &unseen) {
  std::map<uint32_t, std::vector<const Mark *>> lines; // the first mark of each decides its window
  for (const Mark &mark : marks) lines[lineColumn(*mark.range.file, mark.range.begin).line].push_back(&mark);
  std::string out;
  Writer writer(style, out);
  uint32_t before = 0;
  size_t endOfBefore = 0; // of the line shown last
  const SourceFile &file = *marks[0].range.file;
  for (auto &[number, group] : lines) {
    if (before && number == before + 2)
      writer.source(before + 1, lineText(file, uint32_t(endOfBefore + 1), style.width));
    else if (before && number > before + 1)
      out += std::string(style.frame) + std::string(style.gutter, '.') + style.off + "\n";
    Line line = layOut(group, style.width);
    writer.source(number, line.text);
    for (const Mark *mark : group)
      if (std::none_of(line.marks.begin(), line.marks.end(), [&](const Placed &p) { return p.mark == mark; }))
        unseen.push_back(*mark);
    writer.marks(line.marks);
    before = number;
    endOfBefore = std::min(file.text.find('\n', group[0]->range.begin), file.text.size());
  }
  return out;
}

} // namespace fluxion
