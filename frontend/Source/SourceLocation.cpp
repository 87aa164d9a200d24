#include "frontend/Source/SourceLocation.h"
#include "frontend/Source/Utf8.h"
#include <algorithm>

namespace fluxion {

LineColumn lineColumn(const SourceFile &file, uint32_t offset) {
  const std::string &text = file.text;
  size_t end = std::min<size_t>(offset, text.size());
  size_t lineStart = end ? text.rfind('\n', end - 1) + 1 : 0; // npos + 1 == 0
  LineColumn place{uint32_t(1 + std::count(text.begin(), text.begin() + lineStart, '\n')), 1};
  for (size_t i = lineStart; i < end; i += decodeUtf8(text, i).length) ++place.column;
  return place;
}

} // namespace fluxion
