// Reading zip archives: end record, zip64 end record, central directory, entries. All offsets and sizes are held
// against the file before use, so an archive that lies about them gets an error.
#include "runtime/Data/Zip.h"
#include "runtime/Support/Errors.h"
#include <algorithm>
#include <cstring>
#include <string_view>
#include <zlib.h>

namespace fluxion::runtime {

static uint64_t little(const unsigned char *bytes, int width) {
  uint64_t value = 0;
  for (int i = width; i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

namespace {
struct EndRecord {
  int64_t count, size, offset;
};
} // namespace

/// The end record lies at the end, before a comment of up to 65535 bytes whose length it names. −1: there is none.
static int64_t findEndRecord(const std::vector<unsigned char> &tail) {
  for (int64_t at = int64_t(tail.size()) - 22; at >= 0; --at)
    if (std::memcmp(&tail[at], "PK\5\6", 4) == 0 &&
        at + 22 + int64_t(little(&tail[at + 20], 2)) == int64_t(tail.size()))
      return at;
  return -1;
}

/// Counts and offsets from the zip64 record that a locator right before the end record points at.
static bool zip64End(const InputFile &file, const unsigned char *locator, EndRecord &end) {
  if (std::memcmp(locator, "PK\6\7", 4) != 0) return false;
  int64_t at = int64_t(little(locator + 8, 8));
  unsigned char record[56];
  if (at < 0 || at > file.size - 56) return false;
  auto got = file.readAt(at, record, 56);
  if (!got || *got != 56 || std::memcmp(record, "PK\6\6", 4) != 0) return false;
  end = {int64_t(little(record + 32, 8)), int64_t(little(record + 40, 8)), int64_t(little(record + 48, 8))};
  return true;
}

Result<ZipArchive> ZipArchive::open(const std::string &path) {
  auto file = InputFile::open(path);
  if (!file) return file.error();
  ZipArchive archive;
  archive.file = std::move(*file);
  const InputFile &input = *archive.file;
  std::vector<unsigned char> tail(size_t(std::min<int64_t>(input.size, 65535 + 22 + 20)));
  auto got = input.readAt(input.size - int64_t(tail.size()), tail.data(), tail.size());
  if (!got) return got.error();
  unsigned char magic[2] = {};
  if (auto start = input.readAt(0, magic, 2); !start) return start.error();
  bool looksRight = magic[0] == 'P' && magic[1] == 'K';
  int64_t at = *got == tail.size() ? findEndRecord(tail) : -1;
  if (at < 0 && !looksRight) return archive.fail(errors::wrongFormat, "this is no zip archive (an npz file is one)", 0);
  if (at < 0)
    return archive.fail(errors::truncated, "the archive has no directory at its end: it was cut short", input.size);

  EndRecord end{int64_t(little(&tail[at + 10], 2)), int64_t(little(&tail[at + 12], 4)),
                int64_t(little(&tail[at + 16], 4))};
  if (end.count == 0xFFFF || end.size == 0xFFFFFFFF || end.offset == 0xFFFFFFFF)
    if (at >= 20) zip64End(input, &tail[at - 20], end);
  int64_t limit = input.size - int64_t(tail.size()) + at;
  if (end.size < 0 || end.offset < 0 || end.offset > limit || end.size > limit - end.offset || end.count < 0 ||
      end.count > end.size / 46)
    return archive.fail(errors::badHeader, "the archive's directory does not lie within the file", limit);
  if (auto status = archive.readDirectory(end.offset, end.size, end.count); !status) return status.error();
  return archive;
}

/// Sizes and offset that do not fit 32 bits stand in extra field 1, in this order and only if needed.
static bool readZip64Extra(const unsigned char *extra, int64_t size, ZipEntry &entry) {
  while (size >= 4) {
    int64_t id = int64_t(little(extra, 2)), length = int64_t(little(extra + 2, 2));
    if (length > size - 4) return false;
    if (id == 1) {
      const unsigned char *field = extra + 4, *end = field + length;
      for (int64_t *value : {&entry.unpacked, &entry.packed, &entry.headerOffset}) {
        if (*value != 0xFFFFFFFF) continue;
        if (end - field < 8) return false;
        *value = int64_t(little(field, 8)), field += 8;
      }
      return true;
    }
    extra += 4 + length, size -= 4 + length;
  }
  return true;
}

Status ZipArchive::readDirectory(int64_t begin, int64_t size, int64_t count) {
  std::vector<unsigned char> bytes(static_cast<size_t>(size));
  auto got = file->readAt(begin, bytes.data(), bytes.size());
  if (!got) return got.error();
  if (*got != bytes.size()) return fail(errors::truncated, "the archive's directory cannot be read whole", begin);
  int64_t at = 0, packedTotal = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (at + 46 > size || std::memcmp(&bytes[at], "PK\1\2", 4) != 0)
      return fail(errors::badHeader, "an entry of the archive's directory expected", begin + at);
    const unsigned char *record = &bytes[at];
    int64_t nameLength = int64_t(little(record + 28, 2)), extraLength = int64_t(little(record + 30, 2));
    int64_t total = 46 + nameLength + extraLength + int64_t(little(record + 32, 2));
    if (at + total > size)
      return fail(errors::badHeader, "an entry reaches beyond the archive's directory", begin + at);
    ZipEntry entry;
    entry.flags = int(little(record + 8, 2)), entry.method = int(little(record + 10, 2));
    entry.crc = uint32_t(little(record + 16, 4));
    entry.packed = int64_t(little(record + 20, 4)), entry.unpacked = int64_t(little(record + 24, 4));
    entry.headerOffset = int64_t(little(record + 42, 4));
    entry.name.assign(reinterpret_cast<const char *>(record + 46), size_t(nameLength));
    if (!readZip64Extra(record + 46 + nameLength, extraLength, entry) || entry.packed < 0 || entry.unpacked < 0 ||
        entry.headerOffset < 0 || entry.headerOffset > file->size - 30 || entry.packed > file->size)
      return fail(errors::badSize, "the sizes of entry '" + entry.name + "' do not fit the file", begin + at);
    // Entries that share their bytes are how a small archive unpacks to an endless one.
    if ((packedTotal += entry.packed) > file->size)
      return fail(errors::badSize, "the entries together are longer than the file", begin + at);
    list.push_back(std::move(entry));
    at += total;
  }
  return Done{};
}

namespace {

/// Passes bytes on, counts them and sums their checksum; the end must agree with the directory.
class CheckedEntry : public ByteSource {
public:
  CheckedEntry(std::unique_ptr<ByteSource> inner, const ZipEntry &entry) : inner(std::move(inner)), entry(entry) {
    path = this->inner->path + ":" + entry.name;
  }
  Result<size_t> read(void *target, size_t size) override {
    auto got = inner->read(target, size);
    if (!got) {
      got.error().path = path;
      return got;
    }
    crc = uint32_t(crc32_z(crc, static_cast<const Bytef *>(target), *got));
    position += int64_t(*got);
    if (position > entry.unpacked || (*got < size && position < entry.unpacked))
      return fail(errors::badSize, "the entry is not of the length its archive declares");
    if (*got < size && crc != entry.crc) return fail(errors::corruptStream, "the checksum of the entry is wrong");
    return got;
  }
  int64_t remainingAtMost() const override { return std::min(inner->remainingAtMost(), entry.unpacked - position); }

private:
  std::unique_ptr<ByteSource> inner;
  ZipEntry entry;
  uint32_t crc = 0;
};

} // namespace

Result<std::unique_ptr<ByteSource>> ZipArchive::openEntry(const ZipEntry &entry) const {
  if (entry.flags & 1)
    return fail(errors::unsupported, "the entry '" + entry.name + "' is encrypted", entry.headerOffset);
  if (entry.method != 0 && entry.method != 8)
    return fail(errors::unsupported,
                "the entry '" + entry.name + "' is compressed by method " + std::to_string(entry.method) +
                    ", not stored or deflated",
                entry.headerOffset);
  unsigned char header[30];
  auto got = file->readAt(entry.headerOffset, header, 30);
  if (!got) return got.error();
  if (*got != 30 || std::memcmp(header, "PK\3\4", 4) != 0)
    return fail(errors::badHeader, "the entry '" + entry.name + "' expected here", entry.headerOffset);
  int64_t begin = entry.headerOffset + 30 + int64_t(little(header + 26, 2)) + int64_t(little(header + 28, 2));
  if (begin > file->size || entry.packed > file->size - begin)
    return fail(errors::truncated, "the entry '" + entry.name + "' reaches beyond the file", begin);
  auto inner = openRange(file, begin, begin + entry.packed, entry.method == 8 ? Compression::Raw : Compression::None);
  if (!inner) return inner;
  return std::unique_ptr<ByteSource>(std::make_unique<CheckedEntry>(std::move(*inner), entry));
}

static void put(std::string &out, uint64_t value, int width) {
  for (int i = 0; i < width; ++i) out += char(value >> (8 * i) & 0xFF);
}

static bool needsZip64(const ZipEntry &entry) {
  return std::max({entry.packed, entry.unpacked, entry.headerOffset}) >= 0xFFFFFFFF;
}

/// What local and central headers share: version to read, flags, method, date (1980-01-01), checksum, sizes, length of
/// the name.
static void putCommon(std::string &out, const ZipEntry &entry) {
  bool large = needsZip64(entry);
  put(out, large ? 45 : 20, 2), put(out, 1 << 11, 2), put(out, uint64_t(entry.method), 2), put(out, 0, 2),
      put(out, 0x21, 2);
  put(out, entry.crc, 4);
  put(out, large ? 0xFFFFFFFF : uint64_t(entry.packed), 4), put(out, large ? 0xFFFFFFFF : uint64_t(entry.unpacked), 4);
  put(out, entry.name.size(), 2);
}

std::string zipLocalHeader(const ZipEntry &entry) {
  std::string out = "PK\3\4";
  putCommon(out, entry);
  bool large = needsZip64(entry);
  put(out, large ? 20 : 0, 2);
  out += entry.name;
  if (large)
    put(out, 1, 2), put(out, 16, 2), put(out, uint64_t(entry.unpacked), 8), put(out, uint64_t(entry.packed), 8);
  return out;
}

std::string zipDirectory(const std::vector<ZipEntry> &entries, int64_t offset) {
  std::string out;
  for (const ZipEntry &entry : entries) {
    bool large = needsZip64(entry);
    out += "PK\1\2";
    put(out, 45, 2);
    putCommon(out, entry);
    put(out, large ? 28 : 0, 2), put(out, 0, 2), put(out, 0, 2), put(out, 0, 2), put(out, 0, 4);
    put(out, large ? 0xFFFFFFFF : uint64_t(entry.headerOffset), 4);
    out += entry.name;
    if (large)
      put(out, 1, 2), put(out, 24, 2), put(out, uint64_t(entry.unpacked), 8), put(out, uint64_t(entry.packed), 8),
          put(out, uint64_t(entry.headerOffset), 8);
  }
  uint64_t size = out.size(), count = entries.size(), end = uint64_t(offset) + size;
  bool large = end >= 0xFFFFFFFF || count >= 0xFFFF;
  if (large) {
    out += "PK\6\6";
    put(out, 44, 8), put(out, 45, 2), put(out, 45, 2), put(out, 0, 4), put(out, 0, 4);
    put(out, count, 8), put(out, count, 8), put(out, size, 8), put(out, uint64_t(offset), 8);
    out += "PK\6\7";
    put(out, 0, 4), put(out, end, 8), put(out, 1, 4);
  }
  out += "PK\5\6";
  put(out, 0, 4), put(out, large ? 0xFFFF : count, 2), put(out, large ? 0xFFFF : count, 2);
  put(out, large ? 0xFFFFFFFF : size, 4), put(out, large ? 0xFFFFFFFF : uint64_t(offset), 4), put(out, 0, 2);
  return out;
}

} // namespace fluxion::runtime
