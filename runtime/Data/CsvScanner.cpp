// Cutting a csv stream into records and records into fields. A record ends at the first line end with an even number of
// quotes before it.
#include "runtime/Data/CsvScanner.h"
#include "runtime/Support/Errors.h"
#include <algorithm>
#include <charconv>
#include <cstring>

namespace fluxion::runtime {

static constexpr size_t blockSize = 1 << 18, longestRecord = 64 << 20;

Result<CsvScanner> CsvScanner::open(const std::string &path) {
  auto source = openSource(path);
  if (!source) return source.error();
  return CsvScanner(std::move(*source));
}

/// More bytes behind those not consumed yet; false when there are none.
Result<bool> CsvScanner::fill() {
  if (ended) return false;
  buffer.erase(0, begin), begin = 0;
  size_t old = buffer.size();
  if (old > longestRecord) return fail(errors::badCsv, "a record of more than 64 MiB: is a quote not closed?");
  buffer.resize(old +
                std::max(blockSize, old)); // twice the record, so that a long one is not copied again for every block
  auto got = source->read(buffer.data() + old, buffer.size() - old);
  if (!got) return got.error();
  ended = *got < buffer.size() - old;
  buffer.resize(old + *got);
  if (first && buffer.starts_with("\xEF\xBB\xBF")) begin = 3; // a byte order mark
  first = false;
  return *got > 0;
}

Result<bool> CsvScanner::next() {
  for (;;) {
    recordLine = nextLine;
    size_t length = 0, counted = 0; // of the record so far; of it, what has been searched for quotes
    bool insideQuotes = false, complete = false;
    while (!complete) {
      const char *from = buffer.data() + begin + length;
      auto *lineEnd = static_cast<const char *>(memchr(from, '\n', buffer.size() - begin - length));
      length = lineEnd ? size_t(lineEnd - (buffer.data() + begin)) : buffer.size() - begin;
      auto quotes = std::count(buffer.data() + begin + counted, buffer.data() + begin + length, '"');
      insideQuotes ^= quotes & 1, counted = length;
      if (lineEnd) {
        ++nextLine;
        complete = !insideQuotes;
        if (!complete) counted = ++length;
        continue;
      }
      auto more = fill();
      if (!more) return more;
      complete = !*more;
    }
    if (insideQuotes) return fail(errors::badCsv, "a quote is not closed");
    current = std::string_view(buffer).substr(begin, length);
    bool atEnd = begin + length >= buffer.size();
    begin = std::min(begin + length + 1, buffer.size());
    if (!current.empty() && current.back() == '\r') current.remove_suffix(1);
    if (current.find_first_not_of(" \t") != current.npos) return true;
    if (atEnd && ended) return false;
  }
}

Status CsvScanner::split(char separator, std::vector<std::string_view> &fields) {
  fields.clear(), unquoted.clear();
  unquoted.reserve(current.size()); // views into it stay valid
  size_t at = 0;
  for (;;) {
    if (at < current.size() && current[at] == '"') {
      size_t start = unquoted.size();
      for (++at;; ++at) {
        size_t quote = current.find('"', at);
        if (quote == current.npos) return fail(errors::badCsv, "a quote is not closed");
        unquoted.append(current, at, quote - at);
        at = quote + 1;
        if (at >= current.size() || current[at] != '"') break;
        unquoted += '"';
      }
      fields.push_back(std::string_view(unquoted).substr(start));
      if (at < current.size() && current[at] != separator)
        return fail(errors::badCsv, "field " + std::to_string(fields.size()) + " goes on after its closing quote");
    } else {
      size_t end = std::min(current.find(separator, at), current.size());
      fields.push_back(current.substr(at, end - at));
      at = end;
    }
    if (at >= current.size()) return Done{};
    ++at;
  }
}

bool parseCsvNumber(std::string_view field, double &value) {
  size_t start = field.find_first_not_of(" \t"), stop = field.find_last_not_of(" \t");
  if (start == field.npos) return false;
  field = field.substr(start, stop - start + 1);
  if (field[0] == '+' && field.size() > 1 && field[1] != '-') field.remove_prefix(1);
  auto [end, code] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (end != field.data() + field.size()) return false;
  if (code == std::errc()) return true;
  // Out of range: from_chars does not say which way. strtod does, and the field is rare enough for a copy.
  return code == std::errc::result_out_of_range && (value = strtod(std::string(field).c_str(), nullptr), true);
}

} // namespace fluxion::runtime
