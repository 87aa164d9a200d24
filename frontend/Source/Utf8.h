// UTF-8, strictly: overlong forms, surrogates and code points past U+10FFFF are invalid.
#pragma once
#include <cstdint>
#include <string_view>

namespace fluxion {

struct CodePoint {
  uint32_t value = 0;  // U+FFFD where the bytes are invalid
  uint32_t length = 0; // bytes taken, at least 1
  bool valid = false;
};
CodePoint decodeUtf8(std::string_view text, size_t offset); // requires offset < text.size()

// Columns of a terminal: 0 for a mark over the letter before, 2 for an ideograph, else 1.
unsigned columnsOf(uint32_t codePoint);

// Letters of the scripts that mathematics uses, and of natural languages; marks and subscripts may follow a first
// letter.
bool startsIdentifier(uint32_t codePoint);
bool continuesIdentifier(uint32_t codePoint);

} // namespace fluxion
