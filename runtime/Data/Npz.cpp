// npz: a zip archive with an npy file per array.
#include "runtime/Data/Payload.h"
#include "runtime/Data/Readers.h"
#include "runtime/Data/Writers.h"
#include "runtime/Data/Zip.h"
#include "runtime/Support/AtomicFile.h"
#include "runtime/Support/Errors.h"
#include <set>
#include <zlib.h>

namespace fluxion::runtime {

/// The array's name if the entry is an array.
static std::optional<std::string> arrayName(const ZipEntry &entry) {
  std::string_view text = entry.name;
  if (!text.ends_with(".npy")) return std::nullopt;
  return std::string(text.substr(0, text.size() - 4));
}

static std::string namesOf(const ZipArchive &archive) {
  std::string names;
  int count = 0;
  for (const ZipEntry &entry : archive.entries())
    if (auto name = arrayName(entry)) {
      if (++count > 20) return names + ", …";
      names += (names.empty() ? "" : ", ") + *name;
    }
  return names.empty() ? "no arrays at all" : names;
}

static Result<HostArray> readEntry(const ZipArchive &archive, const ZipEntry &entry) {
  auto source = archive.openEntry(entry);
  if (!source) return source.error();
  return readNpyFrom(**source);
}

Result<HostArray> readNpz(const std::string &path, const std::string &key) {
  auto archive = ZipArchive::open(path);
  if (!archive) return archive.error();
  const ZipEntry *found = nullptr;
  int arrays = 0;
  for (const ZipEntry &entry : archive->entries()) {
    auto name = arrayName(entry);
    if (!name) continue;
    ++arrays;
    if (key.empty() || *name == key || entry.name == key) found = &entry;
  }
  if (key.empty() && arrays > 1)
    return Error{errors::noSuchEntry, "the archive holds several arrays: say which of " + namesOf(*archive), path};
  if (!found)
    return Error{errors::noSuchEntry, "the archive has no array '" + key + "'; it has " + namesOf(*archive), path};
  return readEntry(*archive, *found);
}

Result<std::vector<NamedArray>> readNpz(const std::string &path) {
  auto archive = ZipArchive::open(path);
  if (!archive) return archive.error();
  std::vector<NamedArray> arrays;
  for (const ZipEntry &entry : archive->entries()) {
    auto name = arrayName(entry);
    if (!name) continue;
    auto array = readEntry(*archive, entry);
    if (!array) return array.error();
    arrays.push_back({*name, std::move(*array)});
  }
  return arrays;
}

Result<std::vector<std::string>> listNpz(const std::string &path) {
  auto archive = ZipArchive::open(path);
  if (!archive) return archive.error();
  std::vector<std::string> names;
  for (const ZipEntry &entry : archive->entries())
    if (auto name = arrayName(entry)) names.push_back(*name);
  return names;
}

static Result<int64_t> viewBytes(const ArrayView &array, const std::string &path) {
  if (auto bytes = byteCount(array.type, array.shape)) return *bytes;
  return Error{errors::badSize, "an array of impossible shape " + describe(array.type, array.shape), path};
}

Status writeNpy(const std::string &path, const ArrayView &array) {
  auto bytes = viewBytes(array, path);
  if (!bytes) return bytes.error();
  auto header = npyHeader(array.type, array.shape);
  if (!header) return header.error();
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  file->write(*header);
  file->write(array.data, size_t(*bytes));
  return file->commit();
}

Status writeNpz(const std::string &path, std::span<const NamedView> arrays) {
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  std::vector<ZipEntry> entries;
  std::set<std::string_view> names;
  for (const NamedView &named : arrays) {
    if (!names.insert(named.name).second)
      return Error{errors::cannotWrite, "two arrays are named '" + named.name + "'", path};
    if (named.name.size() > 65000) return Error{errors::cannotWrite, "the name of an array is too long", path};
    auto bytes = viewBytes(named.array, path);
    if (!bytes) return bytes.error();
    auto header = npyHeader(named.array.type, named.array.shape);
    if (!header) return header.error();
    ZipEntry entry;
    entry.name = named.name + ".npy";
    entry.packed = entry.unpacked = int64_t(header->size()) + *bytes;
    entry.headerOffset = file->written();
    entry.crc = uint32_t(crc32_z(0, reinterpret_cast<const Bytef *>(header->data()), header->size()));
    if (*bytes > 0)
      entry.crc = uint32_t(crc32_z(entry.crc, static_cast<const Bytef *>(named.array.data), size_t(*bytes)));
    file->write(zipLocalHeader(entry));
    file->write(*header);
    file->write(named.array.data, size_t(*bytes));
    entries.push_back(std::move(entry));
  }
  file->write(zipDirectory(entries, file->written()));
  return file->commit();
}

} // namespace fluxion::runtime
