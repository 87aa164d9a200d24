// The checksum a checkpoint carries: CRC-32 of its header, with the digits of the checksum itself as zeros, and of all that
// follows. It stands in the metadata, so that the file stays an ordinary safetensors file.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace fluxion::runtime {

inline constexpr std::string_view checksumKey = "checksum", checksumOfNothing = "crc32:00000000";

/// CRC-32 (ISO-HDLC, as in zip) of one piece after another.
class Checksum {
public:
  void add(const void *data, size_t size);
  std::string text() const; // "crc32:1a2b3c4d"

private:
  uint32_t value = 0;
};

/// Where the checksum's text begins in a header that holds it; npos: it has none.
size_t findChecksum(std::string_view header);

} // namespace fluxion::runtime
