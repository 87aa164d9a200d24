// Building documents, with the widths that layout asks for.
#include "frontend/Syntax/Document.h"
#include <algorithm>

namespace fluxion::doc {

uint32_t widthOf(std::string_view text) {
  return uint32_t(std::count_if(text.begin(), text.end(), [](char c) { return (uint8_t(c) & 0xC0) != 0x80; }));
}

//===--- Building ------------------------------------------------------------------------------------------------===//

Node &Arena::make(Kind kind) {
  Node &node = nodes.emplace_back();
  node.kind = kind;
  return node;
}

Doc Arena::text(std::string_view text) {
  Node &node = make(Kind::Text);
  node.text = text;
  node.flat = node.head = widthOf(text);
  return &node;
}
Doc Arena::pad(std::string_view text) {
  Node &node = make(Kind::Pad);
  node.text = text;
  return &node;
}
Doc Arena::comment(std::string_view text) {
  Node &node = make(Kind::Comment);
  node.text = text;
  node.mustBreak = true;
  return &node;
}
Doc Arena::tab(Cell cell, uint32_t run) {
  Node &node = make(Kind::Tab);
  node.cell = cell;
  node.run = run;
  return &node;
}
Doc Arena::line(std::string_view flat) {
  Node &node = make(Kind::Line);
  node.text = flat;
  node.flat = widthOf(flat);
  node.canBreak = true;
  return &node;
}
Doc Arena::hardLine(bool emptyLine) {
  Node &node = make(Kind::Line);
  node.hard = node.mustBreak = node.canBreak = true;
  node.empty = emptyLine;
  return &node;
}

Doc *Arena::copy(const Doc *parts, size_t count) {
  if (count > room) {
    room = std::max<size_t>(count, 4096);
    next = chunks.emplace_back(new Doc[room]).get();
  }
  Doc *begin = next;
  std::copy(parts, parts + count, begin);
  next += count;
  room -= count;
  return begin;
}

Doc Arena::list(Kind kind, const Doc *parts, size_t count) {
  Node &node = make(kind);
  node.children = copy(parts, count);
  node.count = uint32_t(count);
  for (size_t i = 0; i < count; ++i) {
    Doc child = node.children[i];
    if (!node.canBreak) node.head += child->canBreak ? child->head : child->flat;
    node.canBreak |= child->canBreak;
    node.mustBreak |= child->mustBreak;
    node.flat += child->flat;
  }
  return &node;
}
Doc Arena::concat(const Doc *parts, size_t count) { return count == 1 ? *parts : list(Kind::Concat, parts, count); }
Doc Arena::fill(const Doc *parts, size_t count) { return list(Kind::Fill, parts, count); }
Doc Arena::indent(Doc child) { return list(Kind::Indent, &child, 1); }
Doc Arena::group(Doc child) { return child->canBreak ? list(Kind::Group, &child, 1) : child; }
Doc Arena::choice(Doc child, bool hug, bool space, bool close) {
  Node &node = const_cast<Node &>(*list(Kind::Choice, &child, 1));
  node.hug = hug;
  node.space = space;
  node.close = close;
  node.flat += space;
  // Held on this line only where it hugs and must break inside; else the first break is at once.
  node.head = hug && node.mustBreak ? node.head + space : 0;
  node.canBreak = true;
  return &node;
}

} // namespace fluxion::doc
