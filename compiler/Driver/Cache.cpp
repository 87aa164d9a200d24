// The code cache; see Cache.h.
#include "compiler/Driver/Cache.h"
#include "compiler/Driver/Archive.h"
#include "runtime/Support/AtomicFile.h"
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

namespace fs = std::filesystem;

namespace fluxion {

static constexpr char magic[8] = {'F', 'L', 'X', 'C', 'O', 'D', 'E', '1'};
static constexpr const char *suffix = ".flxc";
static constexpr off_t largestEntry = off_t(256) << 20; // code of one function

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

static std::string nameFor(const std::string &key) {
  char name[40];
  snprintf(name, sizeof name, "%016lx%016lx", fnv(key, 0xcbf29ce484222325u), fnv(key, 0x84222325cbf29ce4u));
  return std::string(name) + suffix;
}

std::string CodeCache::fileFor(const std::string &key) const { return directory + "/" + nameFor(key); }

// The folder, if nobody but its owner, who is this user, can write there: whoever can could make this process run any code.
// Closed by whoever asks; −1: there is none that can be trusted.
static int openFolder(const std::string &directory) {
  int folder = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return -1;
  struct stat status;
  if (fstat(folder, &status) == 0 && status.st_uid == geteuid() && !(status.st_mode & (S_IWGRP | S_IWOTH))) return folder;
  close(folder);
  return -1;
}

// Makes the folder, and those above it, for this user alone.
static bool makeFolder(const std::string &directory) {
  for (size_t slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
    std::string part = directory.substr(0, slash);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST && access(part.c_str(), F_OK) != 0) return false;
    if (slash == std::string::npos) break;
  }
  int folder = openFolder(directory);
  if (folder < 0) return false;
  bool done = fchmod(folder, 0700) == 0; // of earlier versions
  close(folder);
  return done;
}

// The bytes of a plain file of this user's; nothing for a folder, a pipe, a device, a link to any of them, a file of another
// user or one too large to be an entry.
static std::optional<std::string> readEntry(const std::string &directory, const std::string &name) {
  int folder = openFolder(directory);
  if (folder < 0) return std::nullopt;
  int file = openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  close(folder);
  if (file < 0) return std::nullopt;
  std::optional<std::string> bytes;
  struct stat status;
  if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid() &&
      !(status.st_mode & (S_IWGRP | S_IWOTH)) && status.st_size <= largestEntry) {
    bytes.emplace(size_t(status.st_size), '\0');
    size_t done = 0;
    for (ssize_t got = 1; got > 0 && done < bytes->size(); done += size_t(std::max<ssize_t>(got, 0)))
      got = read(file, bytes->data() + done, bytes->size() - done);
    if (done < bytes->size()) bytes.reset();
    else futimens(file, nullptr); // its place among the recently used
  }
  close(file);
  return bytes;
}

std::optional<CompiledObject> CodeCache::load(const std::string &key) const {
  if (!enabled() || key.empty()) return std::nullopt;
  std::optional<std::string> bytes = readEntry(directory, nameFor(key));
  Header header;
  if (!bytes || bytes->size() < sizeof header) return std::nullopt;
  memcpy(&header, bytes->data(), sizeof header);
  std::string_view rest = std::string_view(*bytes).substr(sizeof header);
  if (memcmp(header.magic, magic, sizeof magic) != 0 || header.keyBytes > rest.size() ||
      header.payloadBytes != rest.size() - header.keyBytes)
    return std::nullopt;
  std::string_view stored = rest.substr(0, header.keyBytes), payload = rest.substr(header.keyBytes);
  if (stored != key || checksum(stored, payload) != header.checksum) return std::nullopt;
  return unarchive(payload);
}

bool CodeCache::store(const std::string &key, const CompiledObject &object) const {
  if (!enabled() || key.empty() || !makeFolder(directory)) return false;
  std::string payload = archive(object);
  Header header{{}, key.size(), payload.size(), checksum(key, payload)};
  memcpy(header.magic, magic, sizeof magic);
  if (sizeof header + key.size() + payload.size() > size_t(largestEntry)) return false;
  auto file = runtime::AtomicFile::createPrivate(fileFor(key));
  if (!file) return false;
  file->write(&header, sizeof header);
  file->write(key);
  file->write(payload);
  if (!file->commit()) return false;
  evict();
  return true;
}

CodeCache::Usage CodeCache::usage() const {
  Usage usage;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    if (it->path().extension() != suffix || !fs::is_regular_file(it->symlink_status(gone))) continue;
    uint64_t bytes = it->file_size(gone);
    if (!gone) usage.bytes += bytes, ++usage.entries;
  }
  return usage;
}

void CodeCache::evict() const {
  runtime::removeAbandoned(directory, ".");
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
    if (it->path().extension() != suffix || !fs::is_regular_file(it->symlink_status(gone))) continue;
    uint64_t bytes = it->file_size(gone);
    fs::file_time_type used = gone ? fs::file_time_type() : it->last_write_time(gone);
    if (gone) continue;
    File file{used, bytes, it->path()};
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
