// The JSON puller: one token of lookahead, positions in bytes.
#include "runtime/Support/Json.h"
#include <charconv>
#include <cstdio>

namespace fluxion::runtime {

bool JsonReader::fail(std::string why) {
  if (problem.empty()) problem = std::move(why);
  return false;
}

char JsonReader::peek() {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r')) ++at;
  return at < text.size() ? text[at] : '\0';
}

bool JsonReader::begin(char bracket) {
  if (failed()) return false;
  if (peek() != bracket) return fail(std::string("'") + bracket + "' expected");
  ++at;
  return afterOpening = true;
}

/// After '{', '[' or an item: true when another item follows, its comma consumed.
bool JsonReader::nextItem(char closing) {
  if (failed()) return false;
  bool first = afterOpening;
  afterOpening = false;
  char c = peek();
  if (c == closing) {
    ++at;
    return false;
  }
  if (first) return true;
  if (c != ',') return fail(std::string("',' or '") + closing + "' expected");
  ++at;
  return peek() != closing || fail("a value expected after ','");
}

bool JsonReader::nextKey(std::string &key) {
  if (!nextItem('}') || !string(key)) return false;
  if (peek() != ':') return fail("':' expected after a key");
  ++at;
  return true;
}

bool JsonReader::hex4(uint32_t &value) {
  if (at + 4 > text.size()) return fail("four hexadecimal digits expected after \\u");
  auto [stop, code] = std::from_chars(text.data() + at, text.data() + at + 4, value, 16);
  if (code != std::errc() || stop != text.data() + at + 4) return fail("four hexadecimal digits expected after \\u");
  at += 4;
  return true;
}

bool JsonReader::escape(std::string &value) {
  static constexpr std::string_view from = "\"\\/bfnrt", to = "\"\\/\b\f\n\r\t";
  if (at >= text.size()) return fail("a string is not closed");
  char c = text[at++];
  if (size_t i = from.find(c); i != from.npos) {
    value += to[i];
    return true;
  }
  if (c != 'u') return fail("unknown escape in a string");
  uint32_t unit, low;
  if (!hex4(unit)) return false;
  if (unit >= 0xD800 && unit < 0xDC00) { // the first half of a pair
    if (text.substr(at, 2) != "\\u") return fail("half of a surrogate pair");
    at += 2;
    if (!hex4(low)) return false;
    if (low < 0xDC00 || low > 0xDFFF) return fail("half of a surrogate pair");
    unit = 0x10000 + (unit - 0xD800) * 0x400 + (low - 0xDC00);
  } else if (unit >= 0xDC00 && unit <= 0xDFFF) {
    return fail("half of a surrogate pair");
  }
  appendUtf8(value, unit);
  return true;
}

bool JsonReader::string(std::string &value) {
  if (failed()) return false;
  if (peek() != '"') return fail("a string expected");
  ++at, afterOpening = false;
  value.clear();
  for (;;) {
    size_t stop = text.find_first_of("\"\\", at);
    if (stop == text.npos) return fail("a string is not closed");
    for (size_t i = at; i < stop; ++i)
      if (static_cast<unsigned char>(text[i]) < 0x20) return at = i, fail("a control character in a string");
    value += text.substr(at, stop - at);
    at = stop + 1;
    if (text[stop] == '"') return isUtf8(value) || fail("a string is not UTF-8");
    if (!escape(value)) return false;
  }
}

bool JsonReader::integer(int64_t &value) {
  if (failed()) return false;
  peek();
  afterOpening = false;
  size_t digits = at + (at < text.size() && text[at] == '-');
  auto [stop, code] = std::from_chars(text.data() + at, text.data() + text.size(), value);
  size_t length = size_t(stop - text.data());
  if (code == std::errc::result_out_of_range) return fail("an integer is out of range");
  if (code != std::errc() ||
      (length < text.size() && (text[length] == '.' || text[length] == 'e' || text[length] == 'E')))
    return fail("an integer expected");
  if (text[digits] == '0' && length > digits + 1) return fail("an integer with a leading zero");
  at = length;
  return true;
}

bool JsonReader::end() {
  return !failed() && (peek() == '\0' && at >= text.size() ? true : fail("text after the end"));
}

void appendUtf8(std::string &out, uint32_t c) {
  if (c < 0x80)
    out += char(c);
  else if (c < 0x800)
    out += {char(0xC0 | c >> 6), char(0x80 | (c & 0x3F))};
  else if (c < 0x10000)
    out += {char(0xE0 | c >> 12), char(0x80 | (c >> 6 & 0x3F)), char(0x80 | (c & 0x3F))};
  else
    out += {char(0xF0 | c >> 18), char(0x80 | (c >> 12 & 0x3F)), char(0x80 | (c >> 6 & 0x3F)), char(0x80 | (c & 0x3F))};
}

bool isUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto byte = static_cast<unsigned char>(text[i]);
    int more = byte < 0x80 ? 0 : byte >> 5 == 6 ? 1 : byte >> 4 == 14 ? 2 : byte >> 3 == 30 ? 3 : -1;
    if (more < 0 || i + size_t(more) >= text.size()) return false;
    uint32_t c = more == 0 ? byte : byte & (0x3F >> more);
    for (int k = 1; k <= more; ++k) {
      auto next = static_cast<unsigned char>(text[i + size_t(k)]);
      if (next >> 6 != 2) return false;
      c = c << 6 | (next & 0x3F);
    }
    static constexpr uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return false;
    i += size_t(more) + 1;
  }
  return true;
}

std::string jsonQuoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (c == '\n')
      out += "\\n";
    else if (static_cast<unsigned char>(c) < 0x20) {
      char code[8];
      snprintf(code, sizeof code, "\\u%04x", c);
      out += code;
    } else
      out += c;
  }
  return out + '"';
}

} // namespace fluxion::runtime
