// What a person sees of a training run: progress lines, the loss curve, the log; and the atomic files beneath them.
#include "TestFiles.h"
#include "runtime/Support/AtomicFile.h"
#include "runtime/Support/Errors.h"
#include "runtime/Support/Json.h"
#include "runtime/Train/LossPlot.h"
#include "runtime/Train/Progress.h"
#include "runtime/Train/RunLog.h"
#include <cmath>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace fluxion::runtime;

TEST(Progress, FormatsNumbersAndTimes) {
  EXPECT_EQ(formatDuration(7), "0:07");
  EXPECT_EQ(formatDuration(65.4), "1:05");
  EXPECT_EQ(formatDuration(7389), "2:03:09");
  EXPECT_EQ(formatDuration(3 * 86400 + 4 * 3600), "3d04h");
  EXPECT_EQ(formatDuration(NAN), "-:--");
  EXPECT_EQ(formatDuration(INFINITY), "-:--");
  EXPECT_EQ(formatNumber(0.31214), "0.3121");
  EXPECT_EQ(formatNumber(97.4512), "97.451");
  EXPECT_EQ(formatNumber(1.2e-5), "1.200e-05");
  EXPECT_EQ(formatNumber(0), "0.0000");
  EXPECT_EQ(formatNumber(NAN), "nan");
  EXPECT_EQ(formatNumber(-INFINITY), "-inf");
}

namespace {
/// Everything a run of two epochs of eight batches prints.
std::string transcript(const TestFolder &folder, Progress::Options::Style style) {
  int file = open(folder.file("out").c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  {
    Progress::Options options;
    options.epochs = 2, options.batchesPerEpoch = 8, options.file = file, options.style = style;
    Progress progress(options);
    progress.start();
    for (int epoch = 0; epoch < 2; ++epoch) {
      for (int batch = 0; batch < 8; ++batch)
        progress.step(epoch, batch, {{"loss", 1.0 / (batch + 1)}, {"rate", 1e-4}});
      progress.epochDone(epoch, {{"loss", 0.5}, {"accuracy", 0.875}});
    }
    progress.message("saved");
  }
  close(file);
  return folder.read("out");
}
} // namespace

TEST(Progress, PrintsAFewPlainLines) {
  TestFolder folder;
  std::string text = transcript(folder, Progress::Options::Style::Detect); // a file is no terminal
  EXPECT_TRUE(text.starts_with("epoch 1/2  0/8\n")) << text;               // before the first step
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 2 * (4 + 1) + 1);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_NE(text.find("epoch 2/2  8/8  loss 0.1250  rate 1.000e-04"), std::string::npos) << text;
  EXPECT_NE(text.find("epoch 1/2 done  loss 0.5000  accuracy 0.8750"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("saved\n"));
}

TEST(Progress, RewritesInPlaceOnATerminal) {
  TestFolder folder;
  std::string text = transcript(folder, Progress::Options::Style::Terminal);
  EXPECT_TRUE(text.starts_with("\repoch 1/2  0/8 [")) << text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  for (size_t at = 0; (at = text.find('\r', at)) != std::string::npos; ++at) {
    size_t end = std::min(text.find('\x1b', at), text.size());
    EXPECT_LE(end - at - 1, 79u);
  }
  EXPECT_EQ(transcript(folder, Progress::Options::Style::Silent), "");
}

TEST(LossPlot, DrawsEveryCurveAndSurvivesAnyNumbers) {
  Plot plot{"a <b> & \"c\"",
            "epoch",
            {{"loss", {{"train", {0, 1, 2}, {2, 1, 0.5}}, {"raw", {0, 1}, {NAN, INFINITY}, true}}}}};
  std::string svg = renderSvg(plot);
  EXPECT_NE(svg.find("a &lt;b&gt; &amp; &quot;c&quot;"), std::string::npos);
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_EQ(svg.find("inf"), std::string::npos);
  EXPECT_NE(svg.find("prefers-color-scheme: dark"), std::string::npos);
  for (std::vector<double> y :
       {std::vector<double>{}, {0}, {1, 1}, {-3, 1e300}, {1e-300, 2e-300}, {NAN}, {-1e308, 1e308}})
    for (bool logarithmic : {false, true}) {
      std::vector<double> x(y.size());
      for (size_t i = 0; i < x.size(); ++i) x[i] = double(i);
      std::string text = renderSvg({"t", "x", {{"y", {{"c", x, y}}, logarithmic}}});
      EXPECT_TRUE(text.ends_with("</svg>\n"));
      EXPECT_EQ(text.find("nan"), std::string::npos);
      EXPECT_LT(text.size(), 40000u);
    }
  EXPECT_TRUE(renderSvg({}).ends_with("</svg>\n"));
}

TEST(LossPlot, ThinsLongCurves) {
  std::vector<double> x, y;
  for (int i = 0; i < 1'000'000; ++i) x.push_back(i), y.push_back(i == 777'777 ? 50 : std::sin(i * 1e-4));
  std::string svg = renderSvg({"t", "x", {{"y", {{"c", x, y}}}}});
  EXPECT_LT(svg.size(), 60000u);
  EXPECT_NE(svg.find(">60<"), std::string::npos); // the spike still sets the scale
}

TEST(RunLog, WritesAndContinues) {
  TestFolder folder;
  for (std::string name : {"log.csv", "log.jsonl"}) {
    bool json = name.ends_with("jsonl");
    {
      auto log = valueOf(RunLog::open(folder.file(name), {"step", "loss"}));
      for (int step = 1; step <= 5; ++step) log.row(std::vector<double>{double(step), step == 2 ? NAN : 0.1 * step});
      EXPECT_OK(log.flush());
    }
    std::string text = folder.read(name);
    EXPECT_TRUE(
        text.starts_with(json ? "{\"step\":1,\"loss\":0.1}\n{\"step\":2,\"loss\":null}\n" : "step,loss\n1,0.1\n2,\n"))
        << text;
    folder.write(name, text + (json ? "{\"step\":6,\"lo" : "6,0.")); // killed while writing
    {
      auto log = valueOf(RunLog::open(folder.file(name), {"step", "loss"}, 3));
      log.row(std::vector<double>{4, 0.25});
    }
    std::string resumed = folder.read(name);
    EXPECT_TRUE(resumed.ends_with(json ? "{\"step\":4,\"loss\":0.25}\n" : "\n4,0.25\n"));
    EXPECT_EQ(std::count(resumed.begin(), resumed.end(), '\n'), json ? 4 : 5);
    if (!json) EXPECT_ERROR(RunLog::open(folder.file(name), {"step", "other"}, 3), "E0602");
    valueOf(RunLog::open(folder.file(name), {"step", "other"})); // a new run starts a new log
    EXPECT_EQ(folder.read(name), json ? "" : "step,other\n");
  }
  EXPECT_ERROR(RunLog::open(folder.file("no/log.csv"), {"step"}), "E0615");
}

TEST(AtomicFile, ReplacesAllOrNothing) {
  TestFolder folder;
  folder.write("x", "old");
  chmod(folder.file("x").c_str(), 0640);
  {
    auto file = valueOf(AtomicFile::create(folder.file("x")));
    file.write("new, but never committed");
  }
  EXPECT_EQ(folder.read("x"), "old");
  std::string large(1 << 20, 'n');
  EXPECT_OK(writeFileAtomically(folder.file("x"), large));
  EXPECT_EQ(folder.read("x"), large);
  struct stat status;
  ASSERT_EQ(stat(folder.file("x").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  ASSERT_EQ(symlink(folder.file("x").c_str(), folder.file("link").c_str()), 0);
  EXPECT_OK(writeFileAtomically(folder.file("link"), "through the link"));
  EXPECT_EQ(folder.read("x"), "through the link");
  EXPECT_OK(writeFileAtomically("/dev/null", "devices are written, not replaced"));
  ASSERT_EQ(stat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
  EXPECT_ERROR(writeFileAtomically(folder.path, "x"), "E0615");
  EXPECT_ERROR(writeFileAtomically(folder.file("no/x"), "x"), "E0615");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path), {}), 2); // x and link, nothing left over
}

TEST(AtomicFile, PrivateFilesReplaceWhatStandsThere) {
  TestFolder folder;
  folder.write("target", "untouched");
  ASSERT_EQ(symlink(folder.file("target").c_str(), folder.file("x").c_str()), 0);
  auto file = valueOf(AtomicFile::createPrivate(folder.file("x")));
  file.write("mine");
  EXPECT_OK(file.commit());
  EXPECT_EQ(folder.read("x"), "mine");
  EXPECT_EQ(folder.read("target"), "untouched");
  struct stat status;
  ASSERT_EQ(lstat(folder.file("x").c_str(), &status), 0);
  EXPECT_TRUE(S_ISREG(status.st_mode));
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

// A half-written file is abandoned when its writer is gone, which its lock tells, and no number of a process.
TEST(AtomicFile, SweepsWhatWasAbandoned) {
  TestFolder folder;
  folder.write(".x.0123456789abcdef.partial", "abandoned");
  folder.write(".x.fedcba9876543210.partial", "held");
  for (const char *name : {".y.0123456789abcdef.partial", ".x.0123456789abcde.partial", ".x.1-2.partial", "x.partial"})
    folder.write(name, "of somebody else");
  int held = open(folder.file(".x.fedcba9876543210.partial").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(flock(held, LOCK_EX), 0);
  EXPECT_OK(writeFileAtomically(folder.file("x"), "new"));
  EXPECT_FALSE(std::filesystem::exists(folder.file(".x.0123456789abcdef.partial")));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path), {}), 6); // x, and five that stay
  close(held);
}

TEST(Json, QuotesRoundTrip) {
  PhiloxStream random(12, 0);
  for (int round = 0; round < 300; ++round) {
    std::string text, back;
    for (uint32_t i = random.below(20); i-- > 0;) {
      uint32_t c = random.below(4) ? random.below(0x80) : random.below(0x110000);
      appendUtf8(text, c >= 0xD800 && c < 0xE000 ? 'x' : c);
    }
    EXPECT_TRUE(isUtf8(text));
    std::string quoted = jsonQuoted(text);
    JsonReader json(quoted);
    EXPECT_TRUE(json.string(back) && json.end()) << quoted;
    EXPECT_EQ(back, text);
  }
  for (auto bad : {"\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80", "\xC3", "\xF8\x88\x80\x80\x80"})
    EXPECT_FALSE(isUtf8(bad));
}

TEST(Errors, SayWhere) {
  EXPECT_EQ((Error{errors::truncated, "the file ends", "x.npy", 128}).render(),
            "error[E0603]: x.npy, byte 128: the file ends");
  EXPECT_EQ((Error{errors::badCsv, "no number", "t.csv", -1, 7}).render(), "error[E0612]: t.csv, line 7: no number");
  EXPECT_EQ((Error{errors::rowsDiffer, "no rows"}).render(), "error[E0617]: no rows");
}
