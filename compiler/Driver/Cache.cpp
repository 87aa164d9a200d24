// The code cache; see Cache.h.
#include "compiler/Driver/Cache.h"
#include "compiler/Driver/Archive.h"
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <zlib.h>

namespace fs = std::filesystem;

namespace fluxion {

static constexpr char magic[8] = {'F', 'L', 'X', 'C', 'O', 'D', 'E', '1'};
static constexpr const char *suffix = ".flxc";

namespace {
struct Header {
  char magic[8];
  uint64_t keyBytes, payloadBytes;
  uint64_t checksum; // of key and payload
};
} // namespace

static uint64_t checksum(std::string_view key, std::string_view payload) {
  uLong crc = crc32_z(0, reinterpret_cast<const Bytef *>(key.data()), key.size());
  crc = crc32_z(crc, reinterpret_cast<const Bytef *>(payload.data()), payload.size());
  return (uint64_t(crc) << 32) | uint32_t(payload.size());
}

// FNV-1a; only names a file, so its quality decides the number of misses and nothing else.
static uint64_t fnv(std::string_view text, uint64_t hash) {
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3u;
  return hash;
}

CodeCache::CodeCache(std::string base, uint64_t maxBytes) : maxBytes(maxBytes) {
  if (!base.empty()) directory = base + "/code";
}

uint64_t CodeCache::bytesFromEnvironment() {
  const char *text = getenv("FLUXION_CACHE_SIZE");
  if (!text || !*text) return defaultBytes;
  char *end;
  unsigned long long mebibytes = strtoull(text, &end, 10);
  return *end || mebibytes > (1u << 24) ? defaultBytes : uint64_t(mebibytes) << 20;
}

std::string CodeCache::fileFor(const std::string &key) const {
  char name[40];
  snprintf(name, sizeof name, "%016lx%016lx", fnv(key, 0xcbf29ce484222325u), fnv(key, 0x84222325cbf29ce4u));
  return directory + "/" + name + suffix;
}

std::optional<CompiledObject> CodeCache::load(const std::string &key) const {
  if (!enabled()) return std::nullopt;
  std::string path = fileFor(key);
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  Header header;
  if (!file || bytes.size() < sizeof header) return std::nullopt;
  memcpy(&header, bytes.data(), sizeof header);
  std::string_view rest = std::string_view(bytes).substr(sizeof header);
  if (memcmp(header.magic, magic, sizeof magic) != 0 || header.keyBytes > rest.size() ||
      header.payloadBytes != rest.size() - header.keyBytes)
    return std::nullopt;
  std::string_view stored = rest.substr(0, header.keyBytes), payload = rest.substr(header.keyBytes);
  if (stored != key || checksum(stored, payload) != header.checksum) return std::nullopt;
  std::optional<CompiledObject> object = unarchive(payload);
  std::error_code ignored;
  if (object) fs::last_write_time(path, fs::file_time_type::clock::now(), ignored); // its place among the recently used
  return object;
}

bool CodeCache::store(const std::string &key, const CompiledObject &object) const {
  if (!enabled()) return false;
  std::error_code error;
  fs::create_directories(directory, error);
  static std::atomic<unsigned> serial;
  std::string aside = directory + "/.new-" + std::to_string(getpid()) + "-" + std::to_string(serial++);
  std::string payload = archive(object);
  Header header{{}, key.size(), payload.size(), checksum(key, payload)};
  memcpy(header.magic, magic, sizeof magic);
  std::ofstream file(aside, std::ios::binary);
  file.write(reinterpret_cast<const char *>(&header), sizeof header).write(key.data(), std::streamsize(key.size()));
  file.write(payload.data(), std::streamsize(payload.size()));
  file.close();
  if (file) fs::rename(aside, fileFor(key), error);
  if (!file || error) {
    fs::remove(aside, error);
    return false;
  }
  evict();
  return true;
}

CodeCache::Usage CodeCache::usage() const {
  Usage usage;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    uint64_t bytes = it->file_size(gone);
    if (!gone && it->path().extension() == suffix) usage.bytes += bytes, ++usage.entries;
  }
  return usage;
}

void CodeCache::evict() const {
  struct File {
    fs::file_time_type used;
    uint64_t bytes;
    fs::path path;
  };
  std::vector<File> files;
  uint64_t total = 0;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    File file{it->last_write_time(gone), it->file_size(gone), it->path()};
    if (gone) continue;
    bool abandoned = file.path.filename().string().starts_with(".new-") &&
                     file.used < fs::file_time_type::clock::now() - std::chrono::hours(1);
    if (abandoned) fs::remove(file.path, gone);
    if (file.path.extension() != suffix) continue;
    total += file.bytes;
    files.push_back(std::move(file));
  }
  if (total <= maxBytes) return;
  std::sort(files.begin(), files.end(), [](const File &a, const File &b) { return a.used < b.used; });
  for (const File &file : files) {
    if (total <= maxBytes) break;
    std::error_code gone;
    if (fs::remove(file.path, gone)) total -= file.bytes;
  }
}

} // namespace fluxion
