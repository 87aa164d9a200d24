// fluxion fmt: files in the house's layout. What has an error of syntax is left as it is.
#include "compiler/Driver/ErrorText.h"
#include "compiler/Driver/TrainData.h"
#include "compiler/Driver/cli/Common.h"
#include "frontend/Source/FileLoader.h"
#include "frontend/Syntax/Format.h"
#include "runtime/Support/AtomicFile.h"
#include <algorithm>
#include <cstdio>
#include <dirent.h>
#include <sys/stat.h>

namespace fluxion::cli {

namespace {

struct Work {
  bool check = false;
  int status = Done;
  size_t different = 0;
  void fault(const api::Error &error) { status = std::max(status, fail(error)); }
};

bool isFolder(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

// The sources below a folder, in order of their names; what is hidden is left alone, and links to folders are not followed.
void collect(const std::string &folder, std::vector<std::string> &files, unsigned depth = 0) {
  DIR *directory = depth < 64 ? opendir(folder.c_str()) : nullptr;
  if (!directory) return;
  std::vector<std::string> names;
  while (const dirent *entry = readdir(directory))
    if (entry->d_name[0] != '.') names.push_back(entry->d_name);
  closedir(directory);
  std::sort(names.begin(), names.end());
  for (const std::string &name : names) {
    std::string path = folder == "." ? name : joinedPath(folder, name);
    struct stat status;
    if (lstat(path.c_str(), &status) != 0) continue;
    if (S_ISDIR(status.st_mode)) collect(path, files, depth + 1);
    else if (name.size() > 4 && name.compare(name.size() - 4, 4, ".flx") == 0) files.push_back(path);
  }
}

// The file formatted; nothing after an error, which was told.
std::optional<std::string> formatted(const SourceFile &file, Work &work) {
  DiagnosticSink sink;
  auto text = format(file, sink);
  if (!text) work.fault(errorOf(sink));
  return text;
}

void formatFile(const std::string &path, Work &work) {
  FileLoader::Answer answer = diskLoader().read(path, true);
  if (answer.outcome != FileLoader::Outcome::Read)
    return work.fault(
        api::Error("E0601", path + ": " + (answer.why.empty() ? "a source holds at most 64 MiB" : answer.why)));
  SourceFile file{path, std::move(answer.text)};
  auto text = formatted(file, work);
  if (!text || *text == file.text) return;
  ++work.different;
  puts(path.c_str());
  if (work.check) return;
  if (auto written = runtime::writeFileAtomically(path, *text); !written) work.fault(errorOf(written.error()));
}

int formatInput(Work &work) {
  FileLoader::Answer answer = diskLoader().read("/dev/stdin", true);
  if (answer.outcome != FileLoader::Outcome::Read) return fail(api::Error("E0601", "standard input: " + answer.why));
  SourceFile file{"<stdin>", std::move(answer.text)};
  auto text = formatted(file, work);
  if (!text) return work.status;
  if (work.check) return *text == file.text ? Done : InputFault;
  fwrite(text->data(), 1, text->size(), stdout);
  return Done;
}

} // namespace

int fmt(const Line &line) {
  if (line.has("--stdin") == !line.operands.empty())
    return usageError("E0703", "fmt takes files, folders or --stdin", "as in `fluxion fmt .`");
  Work work;
  work.check = line.has("--check");
  if (line.has("--stdin")) return formatInput(work);
  for (const std::string &operand : line.operands) {
    std::vector<std::string> files;
    if (isFolder(operand)) collect(operand, files);
    else files.push_back(operand);
    for (const std::string &file : files) formatFile(file, work);
  }
  return work.status == Done && work.check && work.different ? InputFault : work.status;
}

} // namespace fluxion::cli
