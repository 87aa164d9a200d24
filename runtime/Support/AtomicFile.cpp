// Atomic replacement of files. On Linux the new file has no name until it is complete, so a kill leaves nothing behind,
// unless it comes between the two calls that name the file; the next process that writes the same file clears that away.
#include "runtime/Support/AtomicFile.h"
#include "runtime/Support/Errors.h"
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <mutex>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

namespace fluxion::runtime {

static constexpr size_t bufferSize = 1 << 16;

/// What temporary names for `path` begin with; a process, a number and ".partial" follow.
static std::string temporaryStem(const std::string &path) {
  return "." + path.substr(path.rfind('/') + 1).substr(0, 200) + ".";
}

/// A name in the same directory (rename does not cross file systems), hidden, distinct per process and call.
static std::string temporaryName(const std::string &directory, const std::string &path) {
  static std::atomic<unsigned> counter{0};
  return directory + "/" + temporaryStem(path) + std::to_string(getpid()) + "-" + std::to_string(counter++) + ".partial";
}

/// Removes what processes that are no more have left of this file; looks once a file.
static void sweep(const std::string &directory, const std::string &path) {
  static std::mutex mutex;
  static std::set<std::string> swept;
  std::lock_guard lock(mutex);
  if (!swept.insert(path).second) return;
  DIR *folder = opendir(directory.c_str());
  if (!folder) return;
  const std::string stem = temporaryStem(path);
  while (dirent *entry = readdir(folder)) {
    const char *name = entry->d_name;
    if (strncmp(name, stem.c_str(), stem.size()) != 0) continue;
    int process = 0, end = 0;
    unsigned number;
    bool ours = sscanf(name + stem.size(), "%d-%u.partial%n", &process, &number, &end) == 2 && end > 0 &&
                name[stem.size() + size_t(end)] == 0;
    if (ours && process > 0 && kill(process, 0) != 0 && errno == ESRCH) unlinkat(dirfd(folder), name, 0);
  }
  closedir(folder);
}

Error AtomicFile::fail(const char *action) const {
  return {errors::cannotWrite, std::string(action) + ": " + strerror(failure ? failure : errno), path};
}

Result<AtomicFile> AtomicFile::create(const std::string &path) {
  AtomicFile file;
  file.path = path;
  char resolved[PATH_MAX];
  if (realpath(path.c_str(), resolved)) file.path = resolved; // replace what a link points at, not the link
  struct stat status;
  bool exists = stat(file.path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return Error{errors::cannotWrite, "this is a directory", path};
  file.direct = exists && !S_ISREG(status.st_mode);
  size_t slash = file.path.rfind('/');
  file.directory = slash == std::string::npos ? "." : slash == 0 ? "/" : file.path.substr(0, slash);
  if (file.direct) {
    file.descriptor = ::open(file.path.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    sweep(file.directory, file.path);
#ifdef O_TMPFILE
    if (access("/proc/self/fd", X_OK) == 0)
      file.descriptor = ::open(file.directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
#endif
    if (file.descriptor < 0) {
      file.temporary = temporaryName(file.directory, file.path);
      file.descriptor = ::open(file.temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (file.descriptor < 0) file.temporary.clear();
    }
  }
  if (file.descriptor < 0) return file.fail("cannot create the file");
  if (exists && !file.direct && fchmod(file.descriptor, status.st_mode & 0777) != 0)
    return file.fail("cannot set permissions");
  return file;
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : path(std::move(other.path)), directory(std::move(other.directory)), temporary(std::move(other.temporary)),
      buffer(std::move(other.buffer)), descriptor(std::exchange(other.descriptor, -1)), direct(other.direct),
      total(other.total), failure(other.failure) {
  other.temporary.clear();
}

AtomicFile::~AtomicFile() {
  if (descriptor >= 0) close(descriptor);
  if (!temporary.empty()) unlink(temporary.c_str());
}

void AtomicFile::writeOut(const char *data, size_t size) {
  while (size > 0 && failure == 0) {
    ssize_t done = ::write(descriptor, data, std::min<size_t>(size, 1 << 30));
    if (done < 0 && errno != EINTR) failure = errno;
    if (done > 0) data += done, size -= size_t(done);
  }
}

void AtomicFile::flushBuffer() {
  writeOut(buffer.data(), buffer.size());
  buffer.clear();
}

void AtomicFile::write(const void *data, size_t size) {
  if (size == 0) return;
  total += int64_t(size);
  if (buffer.size() + size > bufferSize) flushBuffer();
  if (size >= bufferSize)
    writeOut(static_cast<const char *>(data), size);
  else
    buffer.append(static_cast<const char *>(data), size);
}

/// The complete file gets its name.
Status AtomicFile::publish() {
  if (temporary.empty()) {
    std::string name = temporaryName(directory, path), self = "/proc/self/fd/" + std::to_string(descriptor);
    if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
      return fail("cannot name the file");
    temporary = name;
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) return fail("cannot rename the file");
  temporary.clear();
  // The rename itself reaches the disk with the directory. Some file systems cannot do this; the file is in place all
  // the same.
  int folder = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    fsync(folder);
    close(folder);
  }
  return Done{};
}

Status AtomicFile::commit() {
  flushBuffer();
  if (failure) return fail("cannot write");
  if (direct) return Done{};
  if (fsync(descriptor) != 0) return fail("cannot write");
  return publish();
}

Status writeFileAtomically(const std::string &path, const std::string &contents) {
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  file->write(contents);
  return file->commit();
}

} // namespace fluxion::runtime
