#include "runtime/Train/Checksum.h"
#include <cstdio>
#include <zlib.h>

namespace fluxion::runtime {

void Checksum::add(const void *data, size_t size) {
  // crc32_z takes a null pointer for "from the start".
  if (size) value = uint32_t(crc32_z(value, static_cast<const Bytef *>(data), size));
}

std::string Checksum::text() const {
  char text[16];
  std::snprintf(text, sizeof text, "crc32:%08x", value);
  return text;
}

size_t findChecksum(std::string_view header) {
  std::string before = "\"" + std::string(checksumKey) + "\":\"";
  size_t at = header.find(before);
  return at == header.npos ? at : at + before.size();
}

} // namespace fluxion::runtime
