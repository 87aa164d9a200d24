// csv tables to arrays in two passes over the file: one counts the records, so that the arrays are allocated once and
// exactly; the other parses the selected fields straight into them.
#include "runtime/Data/Convert.h"
#include "runtime/Data/CsvScanner.h"
#include "runtime/Data/Readers.h"
#include "runtime/Support/Errors.h"
#include <algorithm>
#include <charconv>
#include <cmath>

namespace fluxion::runtime {

namespace {
struct Table {
  char separator = ',';
  bool header = false;
  std::vector<std::string> names; // empty without header
  size_t width = 0;
  int64_t rows = 0;
};
} // namespace

static char detectSeparator(std::string_view record) {
  size_t at = record.find_first_of(",;\t");
  return at == record.npos ? ',' : record[at];
}

static std::string_view trim(std::string_view text) {
  size_t start = text.find_first_not_of(" \t");
  return start == text.npos ? std::string_view() : text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

/// First pass: names and width from the first record, the number of rows from the rest.
static Result<Table> surveyTable(const std::string &path, const CsvOptions &options) {
  auto scanner = CsvScanner::open(path);
  if (!scanner) return scanner.error();
  auto more = scanner->next();
  if (!more) return more.error();
  if (!*more) return Error{errors::badCsv, "the table is empty", path};
  Table table;
  table.separator = options.separator ? options.separator : detectSeparator(scanner->record());
  std::vector<std::string_view> fields;
  if (auto status = scanner->split(table.separator, fields); !status) return status.error();
  table.width = fields.size();
  double ignored;
  auto isText = [&](std::string_view field) { return !trim(field).empty() && !parseCsvNumber(field, ignored); };
  bool someText = std::any_of(fields.begin(), fields.end(), isText);
  table.header =
      options.header == CsvOptions::Header::Yes || (options.header == CsvOptions::Header::Detect && someText);
  if (table.header)
    for (auto field : fields) table.names.emplace_back(trim(field));
  else
    table.rows = 1;
  for (;; ++table.rows) {
    more = scanner->next();
    if (!more) return more.error();
    if (!*more) return table;
  }
}

/// "3", "-1"; nothing for other text.
static std::optional<int64_t> position(std::string_view text, int64_t width) {
  int64_t value;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value < 0 ? value + width : value;
}

/// One item of a selection to field numbers: a name, a position, or a half-open range of positions.
static Status selectItem(std::string_view item, const Table &table, const std::string &path, std::vector<size_t> &out) {
  if (auto found = std::find(table.names.begin(), table.names.end(), item); found != table.names.end()) {
    size_t first = size_t(found - table.names.begin());
    auto again = std::find(found + 1, table.names.end(), item);
    out.push_back(first);
    if (again == table.names.end()) return Done{};
    return Error{errors::badCsv, "two columns are called '" + std::string(item) + "': " + std::to_string(first + 1) + " and " +
                                     std::to_string(again - table.names.begin() + 1) + "; take one by its position, from 0",
                 path};
  }
  int64_t width = int64_t(table.width);
  size_t colon = item.find(':');
  auto bound = [&](std::string_view text, int64_t missing) { return text.empty() ? missing : position(text, width); };
  std::optional<int64_t> begin, end;
  if (colon == item.npos)
    begin = position(item, width), end = begin ? std::optional(*begin + 1) : std::nullopt;
  else
    begin = bound(trim(item.substr(0, colon)), 0), end = bound(trim(item.substr(colon + 1)), width);
  if (begin && end && 0 <= *begin && *begin < *end && *end <= width) {
    for (int64_t i = *begin; i < *end; ++i) out.push_back(size_t(i));
    return Done{};
  }
  std::string known = "the table has " + std::to_string(table.width) + " columns";
  for (size_t i = 0; i < std::min<size_t>(table.names.size(), 20); ++i) known += (i ? ", " : ": ") + table.names[i];
  return Error{errors::noSuchEntry, "no column '" + std::string(item) + "'; " + known, path};
}

static Result<std::vector<size_t>> selectFields(std::string_view columns, const Table &table, const std::string &path) {
  std::vector<size_t> out;
  if (trim(columns).empty()) columns = ":";
  for (size_t at = 0; at <= columns.size();) {
    size_t end = std::min(columns.find(',', at), columns.size());
    if (auto status = selectItem(trim(columns.substr(at, end - at)), table, path, out); !status) return status.error();
    at = end + 1;
  }
  return out;
}

/// One name or position selects a vector; a list or a range, even of one, a matrix.
static bool isSingle(std::string_view columns, const Table &table) {
  if (columns.find(',') != columns.npos || trim(columns).empty()) return false;
  return columns.find(':') == columns.npos ||
         std::find(table.names.begin(), table.names.end(), trim(columns)) != table.names.end();
}

namespace {
enum class Parsed { Yes, NotNumber, OutOfRange };
} // namespace

/// The exact value of the field in the array's type.
template <class T> static Parsed parseInteger(std::string_view field, T &value) {
  field = trim(field);
  if (!field.empty() && field[0] == '+') field.remove_prefix(1);
  auto [end, code] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (end == field.data() + field.size() && code == std::errc()) return Parsed::Yes;
  double wide; // "3.0" and "1e3" are integers too
  if (!parseCsvNumber(field, wide)) return Parsed::NotNumber;
  if (!(std::fabs(wide) <= 0x1p53) || wide != std::trunc(wide) || !std::in_range<T>(int64_t(wide)))
    return Parsed::OutOfRange;
  value = T(int64_t(wide));
  return Parsed::Yes;
}

static Parsed parseBool(std::string_view field, uint8_t &value) {
  field = trim(field);
  if (field == "true" || field == "True" || field == "TRUE")
    value = 1;
  else if (field == "false" || field == "False" || field == "FALSE")
    value = 0;
  else {
    auto parsed = parseInteger(field, value);
    return parsed == Parsed::Yes && value > 1 ? Parsed::OutOfRange : parsed;
  }
  return Parsed::Yes;
}

static Parsed parseFloat(std::string_view field, ElementType type, std::byte *target) {
  double value;
  if (!parseCsvNumber(field, value)) return Parsed::NotNumber;
  float narrow = float(value);
  if (type == ElementType::F64)
    *reinterpret_cast<double *>(target) = value;
  else if (type == ElementType::F32)
    *reinterpret_cast<float *>(target) = narrow;
  else if (type == ElementType::F16)
    narrow = floatFromF16(*reinterpret_cast<uint16_t *>(target) = f16FromFloat(narrow));
  else
    narrow = floatFromBF16(*reinterpret_cast<uint16_t *>(target) = bf16FromFloat(narrow));
  // "inf" is a value; "1e999" is none.
  bool overflow = type == ElementType::F64 ? std::isinf(value) : std::isinf(narrow);
  bool written = std::isinf(value) && trim(field).find_first_of("0123456789") == std::string_view::npos;
  return overflow && !written ? Parsed::OutOfRange : Parsed::Yes;
}

static Parsed parseField(std::string_view field, ElementType type, std::byte *target) {
  switch (type) {
  case ElementType::Bool:
    return parseBool(field, *reinterpret_cast<uint8_t *>(target));
  case ElementType::I8:
    return parseInteger(field, *reinterpret_cast<int8_t *>(target));
  case ElementType::U8:
    return parseInteger(field, *reinterpret_cast<uint8_t *>(target));
  case ElementType::I16:
    return parseInteger(field, *reinterpret_cast<int16_t *>(target));
  case ElementType::U16:
    return parseInteger(field, *reinterpret_cast<uint16_t *>(target));
  case ElementType::I32:
    return parseInteger(field, *reinterpret_cast<int32_t *>(target));
  case ElementType::U32:
    return parseInteger(field, *reinterpret_cast<uint32_t *>(target));
  case ElementType::I64:
    return parseInteger(field, *reinterpret_cast<int64_t *>(target));
  case ElementType::U64:
    return parseInteger(field, *reinterpret_cast<uint64_t *>(target));
  default:
    return parseFloat(field, type, target);
  }
}

/// Second pass: row `row` of every array from the fields of one record.
static Status parseRow(const CsvScanner &scanner, std::span<const std::string_view> fields,
                       std::span<const std::vector<size_t>> selected, std::vector<HostArray> &arrays, int64_t row) {
  for (size_t a = 0; a < arrays.size(); ++a) {
    int64_t width = byteWidth(arrays[a].type);
    std::byte *target = arrays[a].data() + row * int64_t(selected[a].size()) * width;
    for (size_t field : selected[a]) {
      Parsed parsed = parseField(fields[field], arrays[a].type, target);
      target += width;
      if (parsed == Parsed::Yes) continue;
      std::string text =
          "field " + std::to_string(field + 1) + ", '" + std::string(fields[field].substr(0, 40)) + "', is no ";
      return parsed == Parsed::NotNumber
                 ? scanner.fail(errors::badCsv, text + "number")
                 : scanner.fail(errors::valueOutOfRange, text + std::string(name(arrays[a].type)));
    }
  }
  return Done{};
}

Result<std::vector<HostArray>> readCsv(const std::string &path, const std::vector<CsvSelection> &selections,
                                       const CsvOptions &options) {
  auto table = surveyTable(path, options);
  if (!table) return table.error();
  std::vector<std::vector<size_t>> selected;
  std::vector<HostArray> arrays;
  for (const CsvSelection &selection : selections) {
    auto fields = selectFields(selection.columns, *table, path);
    if (!fields) return fields.error();
    std::vector<int64_t> shape = {table->rows};
    if (!isSingle(selection.columns, *table)) shape.push_back(int64_t(fields->size()));
    auto array = HostArray::allocate(selection.type, std::move(shape));
    if (!array) return array.error();
    selected.push_back(std::move(*fields));
    arrays.push_back(std::move(*array));
  }
  auto scanner = CsvScanner::open(path);
  if (!scanner) return scanner.error();
  std::vector<std::string_view> fields;
  for (int64_t row = table->header ? -1 : 0; row < table->rows; ++row) {
    auto more = scanner->next();
    if (!more) return more.error();
    if (!*more) return Error{errors::truncated, "the table became shorter while it was read", path};
    if (row < 0) continue;
    if (auto status = scanner->split(table->separator, fields); !status) return status.error();
    if (fields.size() != table->width)
      return scanner->fail(errors::badCsv, "this record has " + std::to_string(fields.size()) +
                                               " fields, the first has " + std::to_string(table->width));
    if (auto status = parseRow(*scanner, fields, selected, arrays, row); !status) return status.error();
  }
  return arrays;
}

} // namespace fluxion::runtime
