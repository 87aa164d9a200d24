// ELF's dynamic section and glibc's ld.so.cache.
#include "compiler/Driver/Libraries.h"
#include "compiler/Driver/Host.h"
#include <algorithm>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fluxion {

namespace {

// A file in memory; empty when it cannot be read.
class Mapped {
public:
  explicit Mapped(const std::string &path) {
    int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return;
    struct stat status;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
      void *map = mmap(nullptr, size_t(status.st_size), PROT_READ, MAP_PRIVATE, file, 0);
      if (map != MAP_FAILED) bytes = {static_cast<const char *>(map), size_t(status.st_size)};
    }
    close(file);
  }
  ~Mapped() {
    if (!bytes.empty()) munmap(const_cast<char *>(bytes.data()), bytes.size());
  }
  Mapped(const Mapped &) = delete;
  Mapped &operator=(const Mapped &) = delete;

  template <class T> bool read(uint64_t at, T &out) const {
    if (at > bytes.size() || bytes.size() - at < sizeof(T)) return false;
    memcpy(&out, bytes.data() + at, sizeof(T));
    return true;
  }
  // The text that begins there and ends with a zero.
  std::string text(uint64_t at) const {
    if (at >= bytes.size()) return "";
    std::string_view rest = bytes.substr(at);
    size_t end = rest.find('\0');
    return end == rest.npos ? "" : std::string(rest.substr(0, end));
  }
  std::string_view bytes;
};

} // namespace

static std::vector<std::string> split(const std::string &list, const std::string &origin) {
  std::vector<std::string> folders;
  for (size_t at = 0; at <= list.size();) {
    size_t colon = std::min(list.find(':', at), list.size());
    std::string folder = list.substr(at, colon - at);
    for (const char *word : {"$ORIGIN", "${ORIGIN}"})
      if (size_t found = folder.find(word); found != folder.npos) folder.replace(found, strlen(word), origin);
    if (!folder.empty()) folders.push_back(folder);
    at = colon + 1;
  }
  return folders;
}

std::optional<ElfNeeds> needsOf(const std::string &path) {
  Mapped file(path);
  Elf64_Ehdr header;
  if (!file.read(0, header) || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
    return std::nullopt;
  std::vector<Elf64_Phdr> segments;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    if (!file.read(header.e_phoff + uint64_t(i) * sizeof segment, segment)) return std::nullopt;
    segments.push_back(segment);
  }
  std::vector<uint64_t> needed, runPaths;
  uint64_t strings = 0; // an address, that of a place in the file by way of the segments
  for (const Elf64_Phdr &segment : segments) {
    if (segment.p_type != PT_DYNAMIC) continue;
    Elf64_Dyn entry;
    for (uint64_t at = 0; at < segment.p_filesz && file.read(segment.p_offset + at, entry) && entry.d_tag != DT_NULL;
         at += sizeof entry) {
      if (entry.d_tag == DT_NEEDED) needed.push_back(entry.d_un.d_val);
      if (entry.d_tag == DT_RUNPATH || entry.d_tag == DT_RPATH) runPaths.push_back(entry.d_un.d_val);
      if (entry.d_tag == DT_STRTAB) strings = entry.d_un.d_ptr;
    }
  }
  uint64_t begin = 0;
  for (const Elf64_Phdr &segment : segments)
    if (segment.p_type == PT_LOAD && strings >= segment.p_vaddr && strings - segment.p_vaddr < segment.p_filesz)
      begin = segment.p_offset + (strings - segment.p_vaddr);
  if (begin == 0) return std::nullopt;
  ElfNeeds needs;
  for (uint64_t name : needed) needs.libraries.push_back(file.text(begin + name));
  char real[PATH_MAX];
  std::string origin = realpath(path.c_str(), real) ? real : path;
  origin.resize(std::min(origin.rfind('/'), origin.size()));
  for (uint64_t list : runPaths)
    for (std::string &folder : split(file.text(begin + list), origin)) needs.folders.push_back(std::move(folder));
  return needs;
}

// "glibc-ld.so.cache1.1": a count, then {flags, name, path, …} with places in the file for the texts.
static std::string inLinkerCache(const std::string &name) {
  static const Mapped file("/etc/ld.so.cache");
  static constexpr std::string_view magic = "glibc-ld.so.cache1.1";
  struct Entry {
    int32_t flags;
    uint32_t key, value, osVersion;
    uint64_t hardware;
  } entry;
  uint32_t count = 0;
  if (file.bytes.substr(0, magic.size()) != magic || !file.read(magic.size(), count)) return "";
  for (uint32_t i = 0; i < count && file.read(48 + uint64_t(i) * sizeof entry, entry); ++i)
    if (file.text(entry.key) == name && (entry.flags & 0xff00) == 0x0300) return file.text(entry.value); // x86-64
  return "";
}

std::string findLibrary(const std::string &name, const ElfNeeds &of) {
  if (name.find('/') != name.npos) return access(name.c_str(), R_OK) == 0 ? name : "";
  const char *given = getenv("LD_LIBRARY_PATH");
  std::vector<std::string> folders = split(given ? given : "", "");
  folders.insert(folders.end(), of.folders.begin(), of.folders.end());
  auto among = [&](const std::vector<std::string> &folders) -> std::string {
    for (const std::string &folder : folders)
      if (std::string path = folder + "/" + name; access(path.c_str(), R_OK) == 0) return path;
    return "";
  };
  if (std::string path = among(folders); !path.empty()) return path;
  if (std::string path = inLinkerCache(name); !path.empty()) return path;
  return among({"/lib64", "/usr/lib64", "/lib", "/usr/lib"});
}

std::string buildOf(const std::string &path) {
  if (std::string id = buildId(path); !id.empty()) return id;
  struct stat status;
  if (stat(path.c_str(), &status) != 0) return "";
  return std::to_string(status.st_size) + "." + std::to_string(status.st_mtim.tv_sec) + "." +
         std::to_string(status.st_mtim.tv_nsec);
}

} // namespace fluxion
