// Files that appear all at once: written under no name, flushed to the disk, then renamed over the old file.
// At any time, also after SIGKILL or a power failure, the path holds the old file or the new one.
#pragma once
#include "runtime/Support/Result.h"

namespace fluxion::runtime {

class AtomicFile {
public:
  /// A link is followed; a device or a pipe is written as it comes.
  static Result<AtomicFile> create(const std::string &path);
  /// For its owner alone (mode 0600), and in place of whatever stands there, a link too. It need not survive a power failure.
  static Result<AtomicFile> createPrivate(const std::string &path);
  AtomicFile(AtomicFile &&) noexcept;
  AtomicFile &operator=(AtomicFile &&) = delete;
  ~AtomicFile(); // without commit: nothing has happened

  /// Errors are kept and reported by `commit`.
  void write(const void *data, size_t size);
  void write(const std::string &text) { write(text.data(), text.size()); }
  int64_t written() const { return total; }
  Status commit();

private:
  AtomicFile() = default;
  Status open();
  Status openNamed();
  void flushBuffer();
  void writeOut(const char *data, size_t size);
  Status publish();
  Error fail(const char *action) const;

  std::string path, directory, temporary; // temporary: empty while the file has no name
  std::string buffer;
  int descriptor = -1; // with a lock on it, which tells others that somebody is writing
  unsigned mode = 0666;
  bool durable = true;
  bool direct = false; // a device or pipe: written as it comes
  int64_t total = 0;
  int failure = 0; // errno of the first write that failed
};

/// Removes from a folder what was being written under names that begin with `prefix` by processes that are no more. Who still
/// writes holds a lock, so it does not matter in which container, or under which number, a process runs.
void removeAbandoned(const std::string &directory, const std::string &prefix);

/// A whole file at once.
Status writeFileAtomically(const std::string &path, const std::string &contents);

} // namespace fluxion::runtime
