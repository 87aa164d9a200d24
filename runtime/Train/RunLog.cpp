// Rows of numbers to csv or JSON lines, appended and never rewritten, so that what a killed run has logged stays
// readable.
#include "runtime/Train/RunLog.h"
#include "runtime/Data/ByteSource.h"
#include "runtime/Support/AtomicFile.h"
#include "runtime/Support/Errors.h"
#include "runtime/Support/Json.h"
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <unistd.h>

namespace fluxion::runtime {

static std::string csvHeader(const std::vector<std::string> &columns) {
  std::string line;
  for (const std::string &column : columns) line += (line.empty() ? "" : ",") + column;
  return line + "\n";
}

/// The step of a complete row: the first number in it.
static bool stepOf(std::string_view line, bool json, int64_t &step) {
  size_t start = json ? line.find(':') : 0;
  if (start == line.npos) return false;
  start += json;
  auto [end, code] = std::from_chars(line.data() + start, line.data() + line.size(), step);
  return code == std::errc();
}

/// What of an old log is kept: its header (which must be ours) and complete rows up to a step.
static Result<std::string> keptRows(const std::string &path, const std::string &header, bool json,
                                    int64_t keepThrough) {
  auto source = openSource(path);
  if (!source) return source.error();
  std::string old, kept = header;
  std::vector<char> block(1 << 16);
  for (;;) {
    auto got = (*source)->read(block.data(), block.size());
    if (!got) return got.error();
    old.append(block.data(), *got);
    if (*got < block.size()) break;
  }
  if (!std::string_view(old).starts_with(header))
    return Error{errors::wrongFormat, "the log has other columns than this run: name another file", path, 0};
  for (size_t at = header.size(); at < old.size();) {
    size_t end = old.find('\n', at);
    if (end == old.npos) break; // half-written
    std::string_view line = std::string_view(old).substr(at, end + 1 - at);
    int64_t step;
    if (!stepOf(line, json, step) || step > keepThrough) break;
    kept += line, at = end + 1;
  }
  return kept;
}

Result<RunLog> RunLog::open(const std::string &path, std::vector<std::string> columns, int64_t keepThrough) {
  RunLog log;
  log.path = path, log.columns = std::move(columns);
  log.json = path.ends_with(".jsonl") || path.ends_with(".json");
  for (const std::string &column : log.columns) log.names.push_back(jsonQuoted(column));
  std::string contents = log.json ? "" : csvHeader(log.columns);
  if (keepThrough >= 0 && access(path.c_str(), F_OK) == 0) {
    auto kept = keptRows(path, contents, log.json, keepThrough);
    if (!kept) return kept.error();
    contents = std::move(*kept);
  }
  if (auto status = writeFileAtomically(path, contents); !status) return status.error();
  log.file = fopen(path.c_str(), "ae");
  if (!log.file) return Error{errors::cannotWrite, std::string("cannot open the log: ") + strerror(errno), path};
  return log;
}

RunLog::RunLog(RunLog &&other) noexcept
    : file(std::exchange(other.file, nullptr)), path(std::move(other.path)), columns(std::move(other.columns)),
      names(std::move(other.names)), json(other.json), failure(other.failure) {}

RunLog::~RunLog() {
  if (file) fclose(file);
}

/// The shortest text that reads back as the same double.
static void appendShortest(std::string &line, double value) {
  char text[32];
  auto [end, code] = std::to_chars(text, text + sizeof text, value);
  line.append(text, end);
}

void RunLog::row(std::span<const double> values) {
  line.clear(); // keeps its memory: a row allocates nothing
  for (size_t i = 0; i < columns.size(); ++i) {
    double value = i < values.size() ? values[i] : NAN;
    line += i ? "," : json ? "{" : "";
    if (json) (line += names[i]) += ':';
    if (json ? std::isfinite(value) : !std::isnan(value)) appendShortest(line, value);
    else if (json) line += "null";
  }
  line += json ? "}\n" : "\n";
  if (fwrite(line.data(), 1, line.size(), file) != line.size() && failure == 0) failure = errno;
}

Status RunLog::flush() {
  if (fflush(file) != 0 && failure == 0) failure = errno;
  if (failure == 0) return Done{};
  return Error{errors::cannotWrite, std::string("cannot write the log: ") + strerror(failure), path};
}

} // namespace fluxion::runtime
