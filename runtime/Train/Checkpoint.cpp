// safetensors: the header's length as little-endian u64, the header in JSON (name → dtype, shape, data_offsets from the
// end of the header), the tensors back to back. A file is accepted only if its tensors tile the rest of the file
// exactly.
#include "runtime/Train/Checkpoint.h"
#include "runtime/Data/ByteSource.h"
#include "runtime/Support/AtomicFile.h"
#include "runtime/Support/Errors.h"
#include "runtime/Support/Json.h"
#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <set>

namespace fluxion::runtime {

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

// In the order of the enumeration.
static constexpr std::string_view dtypes[] = {"BOOL", "I8",  "U8",  "I16",  "U16", "I32", "U32",
                                              "I64",  "U64", "F16", "BF16", "F32", "F64"};
static constexpr int64_t longestHeader = 100'000'000; // the format's own limit

// --- writing ---

// The header in JSON, its checksum that of nothing; padded, so that the data begin at a multiple of 64.
static Result<std::string> makeHeader(const std::string &path, std::span<const TensorView> tensors, const Metadata &metadata) {
  std::string header = "{\"__metadata__\":{" + jsonQuoted(std::string(checksumKey)) + ":" + jsonQuoted(std::string(checksumOfNothing));
  for (auto &[key, value] : metadata) {
    if (!isUtf8(key) || !isUtf8(value)) return Error{errors::badCheckpoint, "metadata must be UTF-8", path};
    if (key == checksumKey) return Error{errors::badCheckpoint, "the metadata `checksum` are the file's own", path};
    header += "," + jsonQuoted(key) + ":" + jsonQuoted(value);
  }
  header += "}";
  std::set<std::string_view> names;
  int64_t offset = 0;
  for (const TensorView &tensor : tensors) {
    auto &[type, shape, data] = tensor.array;
    auto bytes = byteCount(type, shape);
    if (!bytes || !isUtf8(tensor.name) || tensor.name == "__metadata__" || !names.insert(tensor.name).second)
      return Error{errors::badCheckpoint, "the tensor '" + tensor.name + "' has an impossible shape or name", path};
    header += "," + jsonQuoted(tensor.name) + ":{\"dtype\":\"" + std::string(dtypes[int(type)]) + "\",\"shape\":[";
    for (size_t i = 0; i < shape.size(); ++i) header += (i ? "," : "") + std::to_string(shape[i]);
    header += "],\"data_offsets\":[" + std::to_string(offset) + "," + std::to_string(offset + *bytes) + "]}";
    offset += *bytes;
  }
  header += "}";
  header.append((56 - header.size() % 64 + 64) % 64, ' ');
  if (int64_t(header.size()) > longestHeader)
    return Error{errors::badCheckpoint, "the header would exceed 100 MB", path};
  return header;
}

Status writeSafetensors(const std::string &path, std::span<const TensorView> tensors, const Metadata &metadata) {
  auto header = makeHeader(path, tensors, metadata);
  if (!header) return header.error();
  auto bytesOf = [](const TensorView &tensor) { return size_t(*byteCount(tensor.array.type, tensor.array.shape)); };
  Checksum checksum;
  checksum.add(header->data(), header->size());
  for (const TensorView &tensor : tensors) checksum.add(tensor.array.data, bytesOf(tensor));
  header->replace(findChecksum(*header), checksumOfNothing.size(), checksum.text());
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  uint64_t length = header->size();
  file->write(&length, 8);
  file->write(*header);
  for (const TensorView &tensor : tensors) file->write(tensor.array.data, bytesOf(tensor));
  return file->commit();
}

// --- reading ---

static bool readShape(JsonReader &json, std::vector<int64_t> &shape) {
  if (!json.beginArray()) return false;
  while (json.nextElement()) {
    int64_t extent;
    if (!json.integer(extent)) return false;
    shape.push_back(extent);
  }
  return !json.failed();
}

static bool readOffsets(JsonReader &json, SafetensorsEntry &entry) {
  std::vector<int64_t> offsets;
  if (!readShape(json, offsets)) return false;
  if (offsets.size() != 2) return json.fail("data_offsets are two numbers");
  entry.begin = offsets[0], entry.end = offsets[1];
  return true;
}

static bool readType(JsonReader &json, ElementType &type, bool &unsupported) {
  std::string dtype;
  if (!json.string(dtype)) return false;
  auto *found = std::find(std::begin(dtypes), std::end(dtypes), dtype);
  unsupported = found == std::end(dtypes);
  if (unsupported) return json.fail("elements of type '" + dtype + "' are not supported");
  type = ElementType(found - dtypes);
  return true;
}

static bool readEntry(JsonReader &json, SafetensorsEntry &entry, bool &unsupported) {
  int seen = 0;
  std::string key;
  if (!json.beginObject()) return false;
  while (json.nextKey(key)) {
    int field = key == "dtype" ? 1 : key == "shape" ? 2 : key == "data_offsets" ? 4 : 0;
    if (field == 0 || (seen & field)) return json.fail("unexpected key '" + key + "' of tensor '" + entry.name + "'");
    seen |= field;
    if (!(field == 1   ? readType(json, entry.type, unsupported)
          : field == 2 ? readShape(json, entry.shape)
                       : readOffsets(json, entry)))
      return false;
  }
  return !json.failed() && (seen == 7 || json.fail("tensor '" + entry.name + "' lacks dtype, shape or data_offsets"));
}

static bool readMetadata(JsonReader &json, Metadata &metadata) {
  std::string key, value;
  if (!json.beginObject()) return false;
  while (json.nextKey(key)) {
    if (!json.string(value)) return false;
    if (!metadata.emplace(key, value).second) return json.fail("the metadata '" + key + "' occur twice");
  }
  return !json.failed();
}

static bool readHeader(JsonReader &json, std::vector<SafetensorsEntry> &entries, Metadata &metadata,
                       bool &unsupported) {
  bool sawMetadata = false;
  std::string key;
  if (!json.beginObject()) return false;
  while (json.nextKey(key)) {
    if (key == "__metadata__") {
      if (std::exchange(sawMetadata, true)) return json.fail("__metadata__ occurs twice");
      if (!readMetadata(json, metadata)) return false;
    } else {
      SafetensorsEntry entry{key, ElementType::F32, {}, 0, 0};
      if (!readEntry(json, entry, unsupported)) return false;
      entries.push_back(std::move(entry));
    }
  }
  return json.end();
}

/// Distinct names; sizes that match shapes; tensors that follow one another from 0 to the end of the file.
static Status validate(std::vector<SafetensorsEntry> &entries, int64_t dataBegin, int64_t dataSize,
                       const std::string &path) {
  std::vector<SafetensorsEntry *> byOffset;
  std::set<std::string_view> names;
  for (SafetensorsEntry &entry : entries) {
    if (!names.insert(entry.name).second)
      return Error{errors::badCheckpoint, "the tensor '" + entry.name + "' occurs twice", path};
    auto bytes = byteCount(entry.type, entry.shape);
    if (!bytes)
      return Error{errors::badSize,
                   "the tensor '" + entry.name + "' has the impossible shape " + describe(entry.type, entry.shape),
                   path};
    if (entry.begin < 0 || entry.end < entry.begin || *bytes != entry.end - entry.begin)
      return Error{errors::badCheckpoint,
                   "the tensor '" + entry.name + "', " + describe(entry.type, entry.shape) + ", takes " +
                       std::to_string(*bytes) + " bytes, but its offsets are " + std::to_string(entry.begin) + " and " +
                       std::to_string(entry.end),
                   path};
    byOffset.push_back(&entry);
  }
  std::sort(byOffset.begin(), byOffset.end(),
            [](auto *a, auto *b) { return std::tie(a->begin, a->end) < std::tie(b->begin, b->end); });
  int64_t at = 0;
  for (SafetensorsEntry *entry : byOffset) {
    if (entry->begin != at)
      return Error{errors::badCheckpoint,
                   "the tensor '" + entry->name + "' " +
                       (entry->begin < at ? "overlaps the one before" : "leaves a hole before it"),
                   path, dataBegin + std::min(entry->begin, dataSize)};
    at = entry->end;
    if (at > dataSize)
      return Error{errors::truncated, "the file ends within the tensor '" + entry->name + "'", path,
                   dataBegin + dataSize};
    entry->begin += dataBegin, entry->end += dataBegin;
  }
  if (at != dataSize)
    return Error{errors::trailingBytes, "the tensors end here, but the file goes on", path, dataBegin + at};
  return Done{};
}

/// What the header says of a checksum, held against the header and the rest of the file.
static Status verifyChecksum(const InputFile &file, std::string header, const std::string &expected) {
  size_t at = findChecksum(header);
  Checksum checksum;
  if (at != header.npos && header.size() - at >= checksumOfNothing.size())
    header.replace(at, checksumOfNothing.size(), checksumOfNothing);
  checksum.add(header.data(), header.size());
  std::vector<char> piece(size_t(1) << 16);
  for (int64_t at = 8 + int64_t(header.size()); at < file.size;) {
    auto got = file.readAt(at, piece.data(), std::min<size_t>(piece.size(), size_t(file.size - at)));
    if (!got) return got.error();
    if (*got == 0) return Error{errors::truncated, "the file became shorter while it was read", file.path, at};
    checksum.add(piece.data(), *got);
    at += int64_t(*got);
  }
  if (checksum.text() == expected) return Done{};
  return Error{errors::damaged, "the file is damaged: its checksum is " + checksum.text() + ", but it says " + expected, file.path};
}

Result<Safetensors> Safetensors::open(const std::string &path) {
  auto file = InputFile::open(path);
  if (!file) return file.error();
  uint64_t length = 0;
  auto got = (*file)->readAt(0, &length, 8);
  if (!got) return got.error();
  if (*got < 8)
    return Error{errors::truncated, "a safetensors file starts with 8 bytes; this one ends before", path,
                 int64_t(*got)};
  if (length > uint64_t(longestHeader))
    return Error{errors::badHeader, "a header of " + std::to_string(length) + " bytes is not believable", path, 0};
  if (int64_t(length) > (*file)->size - 8)
    return Error{errors::truncated, "the file ends within its header of " + std::to_string(length) + " bytes", path,
                 (*file)->size};
  std::string header(length, '\0');
  got = (*file)->readAt(8, header.data(), length);
  if (!got) return got.error();
  Safetensors result;
  result.path = path;
  JsonReader json(header);
  bool unsupported = false;
  if (*got != length || !readHeader(json, result.list, result.strings, unsupported))
    return Error{unsupported ? errors::unsupported : errors::badHeader, json.problem, path, 8 + int64_t(json.at)};
  int64_t dataBegin = 8 + int64_t(length);
  if (auto status = validate(result.list, dataBegin, (*file)->size - dataBegin, path); !status) return status.error();
  if (result.hasChecksum())
    if (auto status = verifyChecksum(**file, std::move(header), result.strings.at(std::string(checksumKey))); !status)
      return status.error();
  return result;
}

const SafetensorsEntry *Safetensors::find(std::string_view name) const {
  auto found =
      std::find_if(list.begin(), list.end(), [&](const SafetensorsEntry &entry) { return entry.name == name; });
  return found == list.end() ? nullptr : &*found;
}

static Error noSuchTensor(const char *number, std::string_view name, const std::vector<SafetensorsEntry> &list,
                          const std::string &path) {
  std::string known;
  for (size_t i = 0; i < std::min<size_t>(list.size(), 20); ++i) known += (i ? ", " : "") + list[i].name;
  if (list.size() > 20) known += ", …";
  return {number,
          "the checkpoint has no tensor '" + std::string(name) + "'; it has " + (known.empty() ? "none" : known), path};
}

static Status readTensor(const std::string &path, const SafetensorsEntry &entry, void *target) {
  auto file = InputFile::open(path);
  if (!file) return file.error();
  auto source = openRange(std::move(*file), entry.begin, entry.end, Compression::None);
  if (!source) return source.error();
  return (*source)->readExactly(target, size_t(entry.end - entry.begin), "a tensor");
}

Result<HostArray> Safetensors::read(std::string_view name) const {
  const SafetensorsEntry *entry = find(name);
  if (!entry) return noSuchTensor(errors::noSuchEntry, name, list, path);
  auto array = HostArray::allocate(entry->type, entry->shape);
  if (!array) {
    array.error().path = path;
    return array;
  }
  if (auto status = readTensor(path, *entry, array->data()); !status) return status.error();
  return array;
}

Status Safetensors::readInto(std::string_view name, ElementType type, std::span<const int64_t> shape,
                             void *target) const {
  const SafetensorsEntry *entry = find(name);
  if (!entry) return noSuchTensor(errors::missingState, name, list, path);
  if (entry->type != type || !std::ranges::equal(entry->shape, shape))
    return Error{errors::missingState,
                 "the tensor '" + entry->name + "' is " + describe(entry->type, entry->shape) + ", but " +
                     describe(type, shape) + " is needed",
                 path};
  return readTensor(path, *entry, target);
}

Result<std::string> Safetensors::text(const std::string &key) const {
  auto found = strings.find(key);
  if (found == strings.end()) return Error{errors::missingState, "the checkpoint's metadata lack '" + key + "'", path};
  return found->second;
}

Result<int64_t> Safetensors::integer(const std::string &key) const {
  auto value = text(key);
  if (!value) return value.error();
  int64_t number;
  auto [end, code] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (code != std::errc() || end != value->data() + value->size())
    return Error{errors::missingState, "the metadata '" + key + "' are '" + *value + "', not an integer", path};
  return number;
}

} // namespace fluxion::runtime
