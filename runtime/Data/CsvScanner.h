// Records of a csv file one at a time: bytes arrive from a source, the fields of a record leave. A quote may hold
// separators and line ends; a doubled quote inside one is a quote. No record may exceed 64 MiB, so memory stays bounded
// whatever arrives.
#pragma once
#include "runtime/Data/ByteSource.h"
#include <string_view>
#include <vector>

namespace fluxion::runtime {

class CsvScanner {
public:
  static Result<CsvScanner> open(const std::string &path);

  /// The next record that is not blank, without its line end; false at the end of the file.
  Result<bool> next();
  std::string_view record() const { return current; }
  int64_t line() const { return recordLine; } // of the record's beginning, from 1
  /// Splits the record; the fields are valid until the next call of `next` or `split`. E0612 for a stray or open quote.
  Status split(char separator, std::vector<std::string_view> &fields);

  Error fail(const char *number, std::string message) const {
    return {number, std::move(message), source->path, -1, recordLine};
  }

private:
  explicit CsvScanner(std::unique_ptr<ByteSource> source) : source(std::move(source)) {}
  Result<bool> fill();

  std::unique_ptr<ByteSource> source;
  std::string buffer; // [begin, buffer.size()) is not consumed yet
  size_t begin = 0;
  bool ended = false, first = true;
  std::string_view current;
  std::string unquoted; // fields that had doubled quotes
  int64_t recordLine = 0, nextLine = 1;
};

/// A number with spaces around it and an optional plus sign; false when the field is anything else.
bool parseCsvNumber(std::string_view field, double &value);

} // namespace fluxion::runtime
