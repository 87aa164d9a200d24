#include "frontend/Source/Utf8.h"
#include <algorithm>
#include <iterator>

namespace fluxion {

CodePoint decodeUtf8(std::string_view text, size_t offset) {
  const CodePoint invalid{0xFFFD, 1, false};
  auto byte = [&](size_t i) -> uint32_t { return offset + i < text.size() ? uint8_t(text[offset + i]) : 0; };
  uint32_t first = byte(0);
  if (first < 0x80) return {first, 1, true};
  unsigned length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return invalid;
  uint32_t value = first & (0xFFu >> (length + 1));
  for (unsigned i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return invalid;
    value = value << 6 | (byte(i) & 0x3F);
  }
  static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (value < smallest[length] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return invalid;
  return {value, length, true};
}

namespace {
struct Interval {
  uint32_t first, last;
};
// Latin, Greek, Cyrillic, letterlike symbols (ℓ, ℝ), kana and ideographs, Hangul, mathematical alphabets.
const Interval letters[] = {{0xAA, 0xAA},     {0xB5, 0xB5},     {0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x24F},
                            {0x370, 0x373},   {0x376, 0x377},   {0x386, 0x386},   {0x388, 0x3FF},   {0x400, 0x481},
                            {0x48A, 0x52F},   {0x1E00, 0x1FFF}, {0x2102, 0x2115}, {0x2119, 0x211D}, {0x2124, 0x2138},
                            {0x3041, 0x30FA}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xAC00, 0xD7A3}, {0x1D400, 0x1D7FF}};
// Combining marks (θ̂), superscript and subscript digits and letters (x₀, σ²).
const Interval marks[] = {{0xB2, 0xB3}, {0xB9, 0xB9}, {0x300, 0x36F}, {0x2070, 0x209C}};

// What takes no column of its own, and what takes two (UAX #11, the blocks that matter in a source).
const Interval zeroWidth[] = {{0x300, 0x36F},   {0x483, 0x489},   {0x591, 0x5BD},   {0x64B, 0x65F},  {0x1AB0, 0x1AFF},
                              {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
                              {0xFEFF, 0xFEFF}};
const Interval twoWide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},  {0x3400, 0x4DBF},
                            {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},
                            {0xFE30, 0xFE4F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F},
                            {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

template <size_t n> bool contains(const Interval (&table)[n], uint32_t c) {
  auto after =
      std::upper_bound(std::begin(table), std::end(table), c, [](uint32_t v, Interval i) { return v < i.first; });
  return after != std::begin(table) && c <= std::prev(after)->last;
}
bool asciiLetter(uint32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
} // namespace

unsigned columnsOf(uint32_t c) { return c < 0x300 ? 1 : contains(zeroWidth, c) ? 0 : contains(twoWide, c) ? 2 : 1; }

bool startsIdentifier(uint32_t c) { return c < 0x80 ? asciiLetter(c) : contains(letters, c); }
bool continuesIdentifier(uint32_t c) {
  if (c < 0x80) return asciiLetter(c) || (c >= '0' && c <= '9');
  return contains(letters, c) || contains(marks, c);
}

} // namespace fluxion
