// The machine and the files of the installation.
#include "compiler/Driver/Host.h"
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fluxion {

// The value of `field` for the first processor in /proc/cpuinfo.
static std::string cpuInfo(const std::string &field) {
  static const std::string text = [] {
    std::ifstream file("/proc/cpuinfo");
    std::string line, first;
    while (std::getline(file, line) && !line.empty()) first += line + "\n";
    return first;
  }();
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    size_t colon = line.find(':');
    if (colon == std::string::npos || line.compare(0, field.size(), field) != 0) continue;
    if (line.find_first_not_of(" \t", field.size()) != colon) continue;
    size_t begin = line.find_first_not_of(' ', colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

std::string hostCpuName() {
  std::string name = cpuInfo("model name");
  return name.empty() ? "unknown" : name;
}

std::string hostCpuIdentity() {
  return hostCpuName() + "/" + cpuInfo("cpu family") + "/" + cpuInfo("model") + "/" + cpuInfo("stepping") + "/" +
         cpuInfo("flags") + cpuInfo("Features");
}

std::vector<std::string> hostFeatures() {
  std::istringstream words(cpuInfo("flags") + " " + cpuInfo("Features"));
  std::vector<std::string> features;
  for (std::string word; words >> word;) features.push_back(word);
  return features;
}

int hostThreads() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return int(sysconf(_SC_NPROCESSORS_ONLN));
}

// The hex digits of the build-id note among `notes`, if one is there.
static std::string buildIdIn(const char *notes, size_t size) {
  for (size_t at = 0; at + sizeof(Elf64_Nhdr) <= size;) {
    Elf64_Nhdr note;
    memcpy(&note, notes + at, sizeof note);
    size_t name = at + sizeof note, value = name + ((size_t(note.n_namesz) + 3) & ~size_t(3));
    size_t next = value + ((size_t(note.n_descsz) + 3) & ~size_t(3));
    if (next > size || next <= at) return "";
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(notes + name, "GNU", 4) == 0) {
      std::string hex;
      for (size_t i = 0; i < note.n_descsz; ++i) {
        static const char digits[] = "0123456789abcdef";
        uint8_t byte = uint8_t(notes[value + i]);
        hex += digits[byte >> 4];
        hex += digits[byte & 15];
      }
      return hex;
    }
    at = next;
  }
  return "";
}

std::string buildId(const std::string &path) {
  int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "";
  struct stat status;
  size_t size = fstat(file, &status) == 0 ? size_t(status.st_size) : 0;
  void *map = size >= sizeof(Elf64_Ehdr) ? mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
  close(file);
  if (map == MAP_FAILED) return "";
  const char *bytes = static_cast<const char *>(map);
  Elf64_Ehdr header;
  memcpy(&header, bytes, sizeof header);
  std::string id;
  if (memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_ident[EI_CLASS] == ELFCLASS64)
    for (unsigned i = 0; id.empty() && i < header.e_phnum; ++i) {
      size_t at = header.e_phoff + size_t(i) * sizeof(Elf64_Phdr);
      if (at + sizeof(Elf64_Phdr) > size) break;
      Elf64_Phdr segment;
      memcpy(&segment, bytes + at, sizeof segment);
      if (segment.p_type == PT_NOTE && segment.p_offset <= size && segment.p_filesz <= size - segment.p_offset)
        id = buildIdIn(bytes + segment.p_offset, segment.p_filesz);
    }
  munmap(map, size);
  return id;
}

std::string driverLibraryPath() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<void *>(&driverLibraryPath), &info) || !info.dli_fname) return "";
  return info.dli_fname;
}

std::string compilerLibraryPath() {
  if (const char *path = getenv("FLUXION_COMPILER"); path && *path) return path;
  std::string self = driverLibraryPath();
  size_t slash = self.rfind('/');
  std::string beside = (slash == std::string::npos ? "" : self.substr(0, slash + 1)) + "libfluxion-compiler.so";
  return access(beside.c_str(), R_OK) == 0 ? beside : "libfluxion-compiler.so";
}

std::string defaultCacheDirectory() {
  auto variable = [](const char *name) {
    const char *value = getenv(name);
    return std::string(value ? value : "");
  };
  if (std::string path = variable("FLUXION_CACHE_DIR"); !path.empty()) return path;
  if (std::string path = variable("XDG_CACHE_HOME"); !path.empty()) return path + "/fluxion";
  if (std::string path = variable("HOME"); !path.empty()) return path + "/.cache/fluxion";
  return "";
}

} // namespace fluxion
