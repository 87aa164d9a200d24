// IDX: two zero bytes, a type, a rank, the extents as big-endian u32, the elements big-endian.
#include "runtime/Data/Payload.h"
#include "runtime/Data/Readers.h"
#include "runtime/Support/Errors.h"
#include <algorithm>

namespace fluxion::runtime {

template <class Word> static void swapWords(std::byte *data, int64_t count) {
  auto *words = reinterpret_cast<Word *>(data);
  for (int64_t i = 0; i < count; ++i) {
    if constexpr (sizeof(Word) == 2)
      words[i] = __builtin_bswap16(words[i]);
    else if constexpr (sizeof(Word) == 4)
      words[i] = __builtin_bswap32(words[i]);
    else
      words[i] = __builtin_bswap64(words[i]);
  }
}

Result<HostArray> readPayload(ByteSource &source, ElementType type, std::vector<int64_t> shape, bool bigEndian) {
  auto bytes = byteCount(type, shape);
  if (!bytes)
    return source.fail(errors::badSize, "the header declares " + describe(type, shape) + ", which no memory can hold");
  if (*bytes > source.remainingAtMost())
    return source.fail(errors::truncated, "the header declares " + describe(type, shape) + ", " +
                                              std::to_string(*bytes) + " bytes, but at most " +
                                              std::to_string(source.remainingAtMost()) + " can follow");
  auto array = HostArray::allocate(type, std::move(shape));
  if (!array) {
    array.error().path = source.path;
    return array;
  }
  if (auto status = source.readExactly(array->data(), size_t(*bytes), "the elements"); !status) return status.error();
  if (bigEndian && byteWidth(type) == 2) swapWords<uint16_t>(array->data(), array->elements());
  if (bigEndian && byteWidth(type) == 4) swapWords<uint32_t>(array->data(), array->elements());
  if (bigEndian && byteWidth(type) == 8) swapWords<uint64_t>(array->data(), array->elements());
  if (type == ElementType::Bool)
    for (uint8_t &element : array->as<uint8_t>()) element = element != 0;
  return array;
}

static std::optional<ElementType> idxType(unsigned char code) {
  switch (code) {
  case 0x08:
    return ElementType::U8;
  case 0x09:
    return ElementType::I8;
  case 0x0B:
    return ElementType::I16;
  case 0x0C:
    return ElementType::I32;
  case 0x0D:
    return ElementType::F32;
  case 0x0E:
    return ElementType::F64;
  default:
    return std::nullopt;
  }
}

Result<HostArray> readIdx(const std::string &path) {
  auto source = openSource(path);
  if (!source) return source.error();
  unsigned char magic[4];
  if (auto status = (*source)->readExactly(magic, 4, "the header"); !status) return status.error();
  if (magic[0] != 0 || magic[1] != 0)
    return Error{errors::wrongFormat, "an IDX file starts with two zero bytes", path, 0};
  auto type = idxType(magic[2]);
  if (!type) return Error{errors::badHeader, "there is no IDX type " + std::to_string(magic[2]), path, 2};
  std::vector<int64_t> shape;
  for (int axis = 0; axis < magic[3]; ++axis) {
    unsigned char extent[4];
    if (auto status = (*source)->readExactly(extent, 4, "the extents"); !status) return status.error();
    shape.push_back(int64_t(extent[0]) << 24 | extent[1] << 16 | extent[2] << 8 | extent[3]);
  }
  auto array = readPayload(**source, *type, std::move(shape), /*bigEndian=*/true);
  if (!array) return array;
  if (auto status = (*source)->expectEnd(); !status) return status.error();
  return array;
}

} // namespace fluxion::runtime
