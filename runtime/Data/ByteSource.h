// Bytes in order, from a file, a part of a file, or a compressed stream: what all readers read from.
#pragma once
#include "runtime/Support/Result.h"
#include <memory>

namespace fluxion::runtime {

class ByteSource {
public:
  virtual ~ByteSource() = default;
  /// Up to `size` bytes; fewer only at the end.
  virtual Result<size_t> read(void *target, size_t size) = 0;
  /// No more bytes than this can follow: what a declared size is held against before memory is asked for.
  virtual int64_t remainingAtMost() const = 0;

  /// All of `size` bytes, or E0603 saying `what` is missing.
  Status readExactly(void *target, size_t size, const char *what);
  /// E0607 unless nothing follows (which also makes a compressed stream check its checksum).
  Status expectEnd();
  Error fail(const char *number, std::string message) const { return {number, std::move(message), path, position}; }

  std::string path;     // for messages
  int64_t position = 0; // bytes delivered so far
};

/// An open regular file, closed when the last source on it goes.
class InputFile {
public:
  static Result<std::shared_ptr<InputFile>> open(const std::string &path);
  ~InputFile();
  Result<size_t> readAt(int64_t offset, void *target, size_t size) const;

  std::string path;
  int64_t size = 0;

private:
  int descriptor = -1;
};

/// The bytes [begin, end) of a file, plain or unpacked. `Raw`: a deflate stream without header, as in zip archives.
enum class Compression { None, Gzip, Raw };
Result<std::unique_ptr<ByteSource>> openRange(std::shared_ptr<InputFile>, int64_t begin, int64_t end, Compression);
/// A whole file, unpacked if it starts as a gzip file does.
Result<std::unique_ptr<ByteSource>> openSource(const std::string &path);

} // namespace fluxion::runtime
