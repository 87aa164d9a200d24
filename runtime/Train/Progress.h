// What a person sees while a network trains: one line rewritten in place on a terminal, a few plain lines per epoch
// elsewhere.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace fluxion::runtime {

using NamedValues = std::vector<std::pair<std::string, double>>;

/// 1:05, 2:03:09, 3d04h
std::string formatDuration(double seconds);
/// Four significant digits: 0.3121, 97.45, 1.2e-05
std::string formatNumber(double);

class Progress {
public:
  struct Options {
    int64_t epochs = 1, batchesPerEpoch = 1;
    int64_t firstEpoch = 0, firstBatch = 0; // where a resumed run goes on
    int file = 2;                           // descriptor: standard error
    enum class Style { Detect, Terminal, Plain, Silent } style = Style::Detect;
    int plainLinesPerEpoch = 4;
  };
  explicit Progress(Options);
  ~Progress(); // ends the line

  /// Draws the line before the first step, or with what is being waited for ("compiling").
  void start(const std::string &activity = {});
  /// An epoch of another number of batches begins.
  void setBatchesPerEpoch(int64_t count) { options.batchesPerEpoch = count > 1 ? count : 1; }
  /// After a step (epoch and batch counted from 0): costs a clock reading; draws at most ten times a second. `values`:
  /// loss, gradient norm, rate, or whatever the step computes; called `wantsValues` first, the caller need not even
  /// fetch them.
  bool wantsValues(int64_t epoch, int64_t batch);
  void step(int64_t epoch, int64_t batch, const NamedValues &values);
  /// A line that stays: "epoch  3/12  loss 0.3121  accuracy 0.8871  2.1 s".
  void epochDone(int64_t epoch, const NamedValues &values);
  /// Any line that stays, above the progress line.
  void message(const std::string &line);

  double stepsPerSecond() const;

private:
  using Clock = std::chrono::steady_clock;
  std::string render(int64_t epoch, int64_t batchesDone, const NamedValues &, int width) const;
  void draw(const std::string &line);
  void erase();
  void put(const std::string &) const;

  Options options;
  bool terminal = false, silent = false, lineOpen = false;
  Clock::time_point begin, lastDraw, epochBegin;
  int64_t stepsDone = 0;
  int64_t stepsSinceMark = 0;
  Clock::time_point mark;
  double rate = 0; // steps per second, exponentially averaged
  std::string lastLine;
};

} // namespace fluxion::runtime
