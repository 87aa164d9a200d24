// Zip archives, as far as npz needs them: stored and deflated entries, zip64. On zlib alone, so that a program compiled
// ahead of time brings no further library; the central directory rules, local headers only say where the data begin.
#pragma once
#include "runtime/Data/ByteSource.h"
#include <vector>

namespace fluxion::runtime {

struct ZipEntry {
  std::string name;
  int method = 0, flags = 0;
  int64_t packed = 0, unpacked = 0, headerOffset = 0;
  uint32_t crc = 0;
};

class ZipArchive {
public:
  static Result<ZipArchive> open(const std::string &path);
  const std::vector<ZipEntry> &entries() const { return list; }
  /// The entry's bytes; reading to the end checks length and checksum.
  Result<std::unique_ptr<ByteSource>> openEntry(const ZipEntry &) const;

private:
  Status readDirectory(int64_t begin, int64_t size, int64_t count);
  Error fail(const char *number, std::string message, int64_t offset) const {
    return {number, std::move(message), file->path, offset};
  }
  std::shared_ptr<InputFile> file;
  std::vector<ZipEntry> list;
};

/// The records of an archive being written: what precedes an entry's data, and what ends the file.
std::string zipLocalHeader(const ZipEntry &);
std::string zipDirectory(const std::vector<ZipEntry> &, int64_t offset);

} // namespace fluxion::runtime
