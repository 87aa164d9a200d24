// Atomic replacement of files. On Linux the new file has no name until it is complete, so a kill leaves nothing behind,
// unless it comes between the two calls that name the file; the next process that writes the same file clears that away.
// Who writes a file holds a lock on it, which ends with the process: that is how a file is known to be abandoned.
#include "runtime/Support/AtomicFile.h"
#include "runtime/Support/Errors.h"
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <ctime>
#include <mutex>
#include <set>
#include <string_view>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fluxion::runtime {

static constexpr size_t bufferSize = 1 << 16;

static constexpr std::string_view ending = ".partial";
static constexpr size_t digits = 16;

/// What temporary names for `path` begin with; a random number and `ending` follow.
static std::string temporaryStem(const std::string &path) {
  return "." + path.substr(path.rfind('/') + 1).substr(0, 200) + ".";
}

/// A name in the same directory (rename does not cross file systems), hidden, and nobody else's.
static std::string temporaryName(const std::string &directory, const std::string &path) {
  static std::atomic<uint64_t> counter{0};
  uint64_t number = 0;
  if (getrandom(&number, sizeof number, 0) != ssize_t(sizeof number))
    number = (uint64_t(getpid()) << 32) ^ uint64_t(time(nullptr));
  number += counter++;
  char text[digits + 1];
  snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return directory + "/" + temporaryStem(path) + text + std::string(ending);
}

static bool isTemporary(std::string_view name, std::string_view prefix) {
  if (name.substr(0, prefix.size()) != prefix || name.size() < digits + ending.size() + 2 || name[0] != '.') return false;
  if (name.substr(name.size() - ending.size()) != ending) return false;
  std::string_view number = name.substr(name.size() - ending.size() - digits, digits);
  return number.find_first_not_of("0123456789abcdef") == number.npos && name[name.size() - ending.size() - digits - 1] == '.';
}

void removeAbandoned(const std::string &directory, const std::string &prefix) {
  DIR *folder = opendir(directory.c_str());
  if (!folder) return;
  while (dirent *entry = readdir(folder)) {
    if (!isTemporary(entry->d_name, prefix)) continue;
    int file = openat(dirfd(folder), entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) continue;
    struct stat status;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && flock(file, LOCK_EX | LOCK_NB) == 0)
      unlinkat(dirfd(folder), entry->d_name, 0);
    close(file);
  }
  closedir(folder);
}

/// Looks once a file and process.
static void sweep(const std::string &directory, const std::string &path) {
  static std::mutex mutex;
  static std::set<std::string> swept;
  {
    std::lock_guard lock(mutex);
    if (!swept.insert(path).second) return;
  }
  removeAbandoned(directory, temporaryStem(path));
}

Error AtomicFile::fail(const char *action) const {
  return {errors::cannotWrite, std::string(action) + ": " + strerror(failure ? failure : errno), path};
}

static std::string directoryOf(const std::string &path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// A file that has its temporary name from the beginning. Between its creation and the lock another process may have taken it
/// for abandoned; then it has no name any more, and the next one is tried.
Status AtomicFile::openNamed() {
  for (int attempt = 0; attempt < 100; ++attempt) {
    temporary = temporaryName(directory, path);
    descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (descriptor < 0) {
      temporary.clear();
      if (errno == EEXIST) continue;
      return fail("cannot create the file");
    }
    struct stat status;
    bool taken = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; // file systems without locks: not taken
    if (!taken && fstat(descriptor, &status) == 0 && status.st_nlink > 0) return Done{};
    close(std::exchange(descriptor, -1));
  }
  temporary.clear();
  errno = EEXIST;
  return fail("cannot create the file");
}

Status AtomicFile::open() {
  if (direct) {
    descriptor = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) return fail("cannot create the file");
    return Done{};
  }
  sweep(directory, path);
#ifdef O_TMPFILE
  if (access("/proc/self/fd", X_OK) == 0) descriptor = ::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
  if (descriptor >= 0) flock(descriptor, LOCK_EX | LOCK_NB); // for the moment between its two names
#endif
  if (descriptor < 0) return openNamed();
  return Done{};
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
  file.directory = directoryOf(file.path);
  if (auto opened = file.open(); !opened) return opened.error();
  if (exists && !file.direct && fchmod(file.descriptor, status.st_mode & 0777) != 0)
    return file.fail("cannot set permissions");
  return file;
}

Result<AtomicFile> AtomicFile::createPrivate(const std::string &path) {
  AtomicFile file;
  file.path = path;
  file.directory = directoryOf(path);
  file.mode = 0600;
  file.durable = false;
  if (auto opened = file.open(); !opened) return opened.error();
  return file;
}

AtomicFile::AtomicFile(AtomicFile &&other) noexcept
    : path(std::move(other.path)), directory(std::move(other.directory)), temporary(std::move(other.temporary)),
      buffer(std::move(other.buffer)), descriptor(std::exchange(other.descriptor, -1)), mode(other.mode),
      durable(other.durable), direct(other.direct), total(other.total), failure(other.failure) {
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
    const std::string self = "/proc/self/fd/" + std::to_string(descriptor);
    int linked = -1;
    for (int attempt = 0; attempt < 100 && linked != 0; ++attempt) {
      std::string name = temporaryName(directory, path);
      linked = linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW);
      if (linked == 0) temporary = name;
      else if (errno != EEXIST) break;
    }
    if (linked != 0) return fail("cannot name the file");
  }
  if (rename(temporary.c_str(), path.c_str()) != 0) return fail("cannot rename the file");
  temporary.clear();
  if (!durable) return Done{};
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
  if (durable && fsync(descriptor) != 0) return fail("cannot write");
  return publish();
}

Status writeFileAtomically(const std::string &path, const std::string &contents) {
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  file->write(contents);
  return file->commit();
}

} // namespace fluxion::runtime
