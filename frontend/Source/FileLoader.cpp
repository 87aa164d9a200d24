// Files from disk and from memory, and the little arithmetic of paths they share.
#include "frontend/Source/FileLoader.h"
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <sys/stat.h>

namespace fluxion {

FileLoader::~FileLoader() = default;

static constexpr size_t mostListed = 512;
static bool isSource(const std::string &name) { return name.size() > 4 && name.compare(name.size() - 4, 4, ".flx") == 0; }

//===--- Paths ---------------------------------------------------------------------------------------------------===//

std::string folderOf(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : slash == 0 ? "/" : path.substr(0, slash);
}

std::string joinedPath(const std::string &folder, const std::string &name) {
  std::string_view rest = name;
  if (rest.substr(0, 1) == "/" || folder.empty()) return name;
  while (rest.substr(0, 2) == "./") rest.remove_prefix(2);
  return folder + (folder.back() == '/' ? "" : "/") + std::string(rest);
}

std::string normalPath(const std::string &path) {
  std::vector<std::string> parts;
  bool absolute = !path.empty() && path[0] == '/';
  for (size_t at = 0; at <= path.size();) {
    size_t end = std::min(path.find('/', at), path.size());
    std::string part = path.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") parts.pop_back();
    else if (part != ".." || !absolute) parts.push_back(std::move(part));
  }
  std::string normal = absolute ? "/" : "";
  for (const std::string &part : parts) normal += (&part == &parts[0] ? "" : "/") + part;
  return normal;
}

//===--- Disk ----------------------------------------------------------------------------------------------------===//

namespace {

class DiskLoader : public FileLoader {
public:
  std::string identify(const std::string &path) override {
    char *real = realpath(path.c_str(), nullptr);
    std::string identity = real ? real : "";
    free(real);
    // What is there and may not be looked at is a file, too: reading it says why not.
    return !real && errno == EACCES ? normalPath(path) : identity;
  }

  Answer read(const std::string &path, bool mayBePipe) override {
    struct stat status;
    if (stat(path.c_str(), &status) != 0) return failed(errno);
    if (S_ISDIR(status.st_mode)) return failed(EISDIR);
    if (!S_ISREG(status.st_mode) && !mayBePipe) return {Outcome::Unreadable, "", "it is no regular file"};
    if (S_ISREG(status.st_mode) && uint64_t(status.st_size) > mostBytes) return {Outcome::TooLarge, "", ""};
    std::FILE *file = std::fopen(path.c_str(), "rb");
    if (!file) return failed(errno);
    Answer answer{Outcome::Read, "", ""};
    answer.text.reserve(S_ISREG(status.st_mode) ? size_t(status.st_size) + 1 : 0);
    char block[1 << 16];
    errno = 0;
    for (size_t n; answer.text.size() <= mostBytes && (n = std::fread(block, 1, sizeof block, file)) > 0;)
      answer.text.append(block, n);
    if (std::ferror(file)) answer = failed(errno ? errno : EIO);
    else if (answer.text.size() > mostBytes) answer = {Outcome::TooLarge, "", ""};
    std::fclose(file);
    return answer;
  }

  std::vector<std::string> list(const std::string &folder) override {
    std::vector<std::string> names;
    DIR *directory = opendir(folder.empty() ? "." : folder.c_str());
    if (!directory) return names;
    while (const dirent *entry = readdir(directory))
      if (names.size() < mostListed && isSource(entry->d_name)) names.push_back(entry->d_name);
    closedir(directory);
    return names;
  }

private:
  static Answer failed(int error) {
    return {error == ENOENT || error == ENOTDIR ? Outcome::Missing : Outcome::Unreadable, "", std::strerror(error)};
  }
};

} // namespace

FileLoader &diskLoader() {
  static DiskLoader loader;
  return loader;
}

//===--- Memory --------------------------------------------------------------------------------------------------===//

void MemoryLoader::add(const std::string &path, std::string text) { files[normalPath(path)] = std::move(text); }

std::string MemoryLoader::identify(const std::string &path) {
  std::string normal = normalPath(path);
  if (files.count(normal)) return "memory:" + normal;
  return beyond ? beyond->identify(path) : "";
}

FileLoader::Answer MemoryLoader::read(const std::string &path, bool mayBePipe) {
  auto found = files.find(normalPath(path));
  if (found == files.end()) return beyond ? beyond->read(path, mayBePipe) : Answer{Outcome::Missing, "", "there is no such file"};
  if (found->second.size() > mostBytes) return {Outcome::TooLarge, "", ""};
  return {Outcome::Read, found->second, ""};
}

std::vector<std::string> MemoryLoader::list(const std::string &folder) {
  std::vector<std::string> names = beyond ? beyond->list(folder) : std::vector<std::string>();
  std::string wanted = normalPath(folder);
  for (const auto &[path, text] : files)
    if (names.size() < mostListed && folderOf(path) == wanted && isSource(path))
      names.push_back(path.substr(wanted.empty() ? 0 : wanted.size() + (wanted == "/" ? 0 : 1)));
  return names;
}

} // namespace fluxion
