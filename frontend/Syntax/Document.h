// Documents: text with places where lines may break, and the layout that chooses among them (after Wadler, "A prettier
// printer", and Oppen). A group is set on one line if it fits together with what follows it up to the next place to
// break; else its own lines break, and the groups within choose for themselves. Layout takes linear time: every node
// knows its width on one line and up to its first break.
#pragma once
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fluxion::doc {

enum class Kind : uint8_t { Text, Pad, Comment, Tab, Line, Concat, Indent, Group, Fill, Choice };

// What a Tab aligns: cells of a table whose rows are output lines.
enum class Cell : uint8_t { First, Second, NextField };

struct Node {
  Kind kind;
  bool hard = false;      // Line: breaks always
  bool empty = false;     // Line: and leaves an empty line behind
  bool mustBreak = false; // a hard line or a comment is inside
  bool canBreak = false;  // a line is inside
  bool hug = false;       // Choice, below
  bool space = false;
  bool close = false;
  Cell cell = Cell::First;
  uint32_t run = 0;  // Tab: rows of one run are aligned
  uint32_t flat = 0; // width on one line
  uint32_t head = 0; // width up to the first line inside, if canBreak
  std::string_view text;
  const Node *const *children = nullptr;
  uint32_t count = 0;
};
using Doc = const Node *;

// Owns nodes; text must outlive it.
class Arena {
public:
  Doc text(std::string_view text);
  Doc pad(std::string_view text); // stands only where the lines beside it break
  // Goes to the end of the line it stands in, whatever follows it there; forces the groups around it to break.
  Doc comment(std::string_view text);
  Doc tab(Cell cell, uint32_t run);
  Doc line(std::string_view flat);  // that text, or a new line
  Doc hardLine(bool emptyLine = false);
  Doc concat(const Doc *parts, size_t count);
  Doc indent(Doc child);
  Doc group(Doc child);
  // Children alternate between items and lines; a line breaks only if the item after it would not fit.
  Doc fill(const Doc *parts, size_t count);
  // What stands after `=` (space) or between parentheses (close: the end goes to a line of its own). In this order: on
  // one line; whole on the next line; if `hug`, from here on, broken within; on the next line, broken within.
  Doc choice(Doc child, bool hug, bool space, bool close);

private:
  std::deque<Node> nodes;
  std::vector<std::unique_ptr<Doc[]>> chunks; // of children; the last has room for more
  size_t room = 0;
  Doc *next = nullptr;
  Doc *copy(const Doc *parts, size_t count);
  Node &make(Kind kind);
  Doc list(Kind kind, const Doc *parts, size_t count);
};

// Code points.
uint32_t widthOf(std::string_view text);

struct Layout {
  std::string text;
  bool settled = true; // false: comments of several lines met at the end of one; a second pass may place them better
};
Layout layout(Doc root, unsigned width);

} // namespace fluxion::doc
