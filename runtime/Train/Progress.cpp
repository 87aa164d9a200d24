// The progress line: drawn at most ten times a second on a terminal (carriage return, clear to the end), a few times
// per epoch as plain lines elsewhere. Lines never exceed the terminal's width, or rewriting in place would scroll.
#include "runtime/Train/Progress.h"
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/ioctl.h>
#include <unistd.h>

namespace fluxion::runtime {

std::string formatDuration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "-:--";
  char text[48];
  long long whole = (long long)std::min(seconds + 0.5, 1e15), days = whole / 86400, hours = whole / 3600 % 24;
  if (days > 0)
    snprintf(text, sizeof text, "%lldd%02lldh", days, hours);
  else if (hours > 0)
    snprintf(text, sizeof text, "%lld:%02lld:%02lld", hours, whole / 60 % 60, whole % 60);
  else
    snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  return text;
}

std::string formatNumber(double value) {
  char text[32];
  double magnitude = std::fabs(value);
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (magnitude != 0 && (magnitude < 1e-3 || magnitude >= 1e6))
    snprintf(text, sizeof text, "%.3e", value);
  else
    snprintf(text, sizeof text, "%.*f", magnitude < 10 ? 4 : magnitude < 100 ? 3 : magnitude < 1000 ? 2 : 1, value);
  return text;
}

Progress::Progress(Options chosen) : options(chosen) {
  using Style = Options::Style;
  bool capable = isatty(options.file) && getenv("TERM") && strcmp(getenv("TERM"), "dumb") != 0;
  terminal = options.style == Style::Terminal || (options.style == Style::Detect && capable);
  silent = options.style == Style::Silent;
  options.batchesPerEpoch = std::max<int64_t>(1, options.batchesPerEpoch);
  begin = epochBegin = lastDraw = mark = Clock::now();
}

Progress::~Progress() {
  if (lineOpen) put("\n");
}

void Progress::put(const std::string &text) const {
  for (size_t done = 0; done < text.size();) {
    ssize_t got = ::write(options.file, text.data() + done, text.size() - done);
    if (got <= 0) return; // nobody is watching any more
    done += size_t(got);
  }
}

static int terminalWidth(int file) {
  winsize size{};
  return ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static double secondsSince(std::chrono::steady_clock::time_point time) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - time).count();
}

double Progress::stepsPerSecond() const {
  if (rate > 0) return rate;
  double elapsed = secondsSince(begin);
  return elapsed > 1e-3 && stepsDone > 1 ? double(stepsDone - 1) / elapsed : 0;
}

/// "epoch  3/12  234/469 [######----]  loss 0.3121  grad_norm 0.8400  rate 9.700e-04  412/s  ETA 0:07"
std::string Progress::render(int64_t epoch, int64_t batchesDone, const NamedValues &values, int width) const {
  auto padded = [](int64_t value, int64_t of) {
    std::string text = std::to_string(value), whole = std::to_string(of);
    return std::string(whole.size() > text.size() ? whole.size() - text.size() : 0, ' ') + text + "/" + whole;
  };
  std::string head = "epoch " + padded(epoch + 1, options.epochs) + "  " + padded(batchesDone, options.batchesPerEpoch),
              tail;
  for (auto &[name, value] : values) tail += "  " + name + " " + formatNumber(value);
  if (double speed = stepsPerSecond(); speed > 0) {
    int64_t left = (options.epochs - epoch) * options.batchesPerEpoch - batchesDone;
    char text[32];
    snprintf(text, sizeof text, speed < 10 ? "  %.2f/s" : "  %.0f/s", speed);
    tail += text + ("  ETA " + formatDuration(double(left) / speed));
  }
  int room = width - int(head.size() + tail.size()) - 4;
  std::string bar;
  if (int cells = std::min(room, 20); terminal && cells >= 6) {
    int filled = int(batchesDone * cells / options.batchesPerEpoch);
    bar = " [" + std::string(size_t(filled), '#') + std::string(size_t(cells - filled), '-') + "]";
  }
  std::string line = head + bar + tail;
  if (terminal && int(line.size()) >= width) line.resize(size_t(std::max(1, width - 1)));
  return line;
}

void Progress::draw(const std::string &line) {
  put(terminal ? "\r" + line + "\x1b[K" : line + "\n");
  lineOpen = terminal, lastLine = line;
  lastDraw = Clock::now();
}

void Progress::erase() {
  if (lineOpen) put("\r\x1b[K");
  lineOpen = false;
}

void Progress::start(const std::string &activity) {
  begin = epochBegin = mark = Clock::now();
  stepsSinceMark = 0;
  if (silent) return;
  std::string line =
      render(options.firstEpoch, options.firstBatch, {}, terminal ? terminalWidth(options.file) : INT32_MAX);
  draw(activity.empty() ? line : line + "  " + activity);
}

bool Progress::wantsValues(int64_t epoch, int64_t batch) {
  if (silent) return false;
  bool last = batch + 1 == options.batchesPerEpoch;
  if (terminal) return last || secondsSince(lastDraw) >= 0.1;
  int64_t lines = std::max(1, options.plainLinesPerEpoch), total = options.batchesPerEpoch;
  return (batch + 1) * lines / total != batch * lines / total;
}

void Progress::step(int64_t epoch, int64_t batch, const NamedValues &values) {
  ++stepsDone, ++stepsSinceMark;
  // The first step may include compilation and page faults: the rate starts after it.
  if (stepsDone == 1) begin = mark = Clock::now(), stepsSinceMark = 0;
  if (double elapsed = secondsSince(mark); elapsed >= 0.25) {
    double now = double(stepsSinceMark) / elapsed, weight = std::min(1.0, elapsed / 4);
    rate = rate == 0 ? now : rate + weight * (now - rate);
    mark = Clock::now(), stepsSinceMark = 0;
  }
  if (!silent && wantsValues(epoch, batch))
    draw(render(epoch, batch + 1, values, terminal ? terminalWidth(options.file) : INT32_MAX));
}

void Progress::epochDone(int64_t epoch, const NamedValues &values) {
  std::string total = std::to_string(options.epochs), number = std::to_string(epoch + 1);
  std::string line = "epoch " + std::string(total.size() > number.size() ? total.size() - number.size() : 0, ' ') +
                     number + "/" + total + " done";
  for (auto &[name, value] : values) line += "  " + name + " " + formatNumber(value);
  char time[32];
  double seconds = secondsSince(epochBegin);
  snprintf(time, sizeof time, "  %.2f s", seconds);
  message(line + (seconds < 60 ? std::string(time) : "  " + formatDuration(seconds)));
  epochBegin = Clock::now();
}

void Progress::message(const std::string &line) {
  if (silent) return;
  erase();
  put(line + "\n");
}

} // namespace fluxion::runtime
