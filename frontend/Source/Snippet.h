// Lines of one source file with marks below them. Private to frontend/Source.
#pragma once
#include "frontend/Source/SourceLocation.h"
#include <string>
#include <vector>

namespace fluxion {

// What is said of one place: an underline of `sign`, and words beside or below it.
struct Mark {
  SourceRange range;
  std::string text;
  char sign = '-';
  const char *color = "";
};

struct SnippetStyle {
  const char *frame = "", *off = "";
  unsigned gutter = 1; // columns of the line numbers
  unsigned width = 80; // of the source, in columns; a longer line is shown as a window around its first mark
};

// The lines of the marks, in order, each with its marks below; the first mark decides what is seen of a long line.
// Marks outside what is seen are left in `unseen`. All marks are of one file.
std::string snippet(std::vector<Mark> marks, const SnippetStyle &style, std::vector<Mark> &unseen);

} // namespace fluxion
