// JSON, pulled: the caller says what it expects next, so no tree is built and a hostile file costs no more memory than
// its text. After the first mismatch every call fails; `problem` and `at` say what and where.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace fluxion::runtime {

class JsonReader {
public:
  explicit JsonReader(std::string_view text) : text(text) {}

  bool beginObject() { return begin('{'); }
  /// The next key of the object begun last; false at its end or on failure.
  bool nextKey(std::string &key);
  bool beginArray() { return begin('['); }
  /// True while the array begun last has another element.
  bool nextElement() { return nextItem(']'); }
  bool string(std::string &value);
  bool integer(int64_t &value);
  /// Nothing but space may follow.
  bool end();

  bool failed() const { return !problem.empty(); }
  bool fail(std::string why);
  std::string problem;
  size_t at = 0;

private:
  char peek();
  bool begin(char bracket);
  bool nextItem(char closing);
  bool escape(std::string &value);
  bool hex4(uint32_t &value);

  std::string_view text;
  bool afterOpening = false;
};

/// The text in quotes, escaped.
std::string jsonQuoted(std::string_view);
/// Whether the text is UTF-8 without surrogates or overlong forms.
bool isUtf8(std::string_view);
void appendUtf8(std::string &, uint32_t codePoint);

} // namespace fluxion::runtime
