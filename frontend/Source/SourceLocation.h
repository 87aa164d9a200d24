// Where something stands in the source, and through which calls it was inlined.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace fluxion {

struct SourceFile {
  std::string path; // as the user gave it, or "std/losses.flx"
  std::string text;
};

struct SourceRange {
  std::shared_ptr<const SourceFile> file; // null: built in C++
  uint32_t begin = 0, end = 0;            // byte offsets, end past the last
};

struct LineColumn { uint32_t line = 0, column = 0; }; // from 1; columns count code points
LineColumn lineColumn(const SourceFile &, uint32_t offset);

// A place with its inlining history, innermost first: an op of std/losses.flx, called from m.flx:4.
struct Location {
  SourceRange range;
  std::shared_ptr<const Location> caller;
};

} // namespace fluxion
