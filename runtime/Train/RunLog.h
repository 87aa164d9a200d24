// A training log, one row per step or epoch: csv, or a JSON object per line when the path ends in .jsonl or .json.
#pragma once
#include "runtime/Support/Result.h"
#include <cstdio>
#include <span>
#include <vector>

namespace fluxion::runtime {

class RunLog {
public:
  RunLog(RunLog &&other) noexcept;
  RunLog &operator=(RunLog &&) = delete;
  ~RunLog();

  /// A new log with these columns. `keepThrough` ≥ 0: continues an old one, keeping its rows whose first column (the
  /// step) is at most that; later rows and a half-written last line, left by a run that was killed, are dropped.
  static Result<RunLog> open(const std::string &path, std::vector<std::string> columns, int64_t keepThrough = -1);

  /// One value per column; NaN is an empty field (null in JSON). Written through at `flush`, and at the latest when
  /// closed.
  void row(std::span<const double> values);
  Status flush();

private:
  RunLog() = default;
  FILE *file = nullptr;
  std::string path;
  std::vector<std::string> columns, names; // names: as JSON strings
  std::string line;                        // the row being written
  bool json = false;
  int failure = 0; // errno of the first row that could not be written
};

} // namespace fluxion::runtime
