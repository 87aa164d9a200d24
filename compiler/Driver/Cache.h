// Compiled code on disk. An entry is one file: magic, checksum, the complete key, the object and its manifest. The file's
// name is only a hash of the key; the key itself is compared, so a collision is a miss and never wrong code. Entries are
// written aside and renamed into place; whatever is damaged, no plain file or not this user's is a miss and is written anew.
// What is loaded is run, so the folder must be this user's and writable for nobody else. The least recently used go
// first when the directory outgrows its bound. No failure here ever stops a compilation.
#pragma once
#include "compiler/Driver/Compiled.h"
#include <optional>
#include <string>

namespace fluxion {

class CodeCache {
public:
  static constexpr uint64_t defaultBytes = uint64_t(512) << 20;

  CodeCache() = default; // keeps nothing
  explicit CodeCache(std::string directory, uint64_t maxBytes = bytesFromEnvironment());

  bool enabled() const { return !directory.empty(); }
  std::optional<CompiledObject> load(const std::string &key) const;
  bool store(const std::string &key, const CompiledObject &) const;

  const std::string &path() const { return directory; }
  std::string fileFor(const std::string &key) const;
  struct Usage {
    uint64_t bytes = 0, entries = 0;
  };
  Usage usage() const;
  uint64_t limit() const { return maxBytes; }

private:
  std::string directory;
  uint64_t maxBytes = defaultBytes;
  static uint64_t bytesFromEnvironment(); // FLUXION_CACHE_SIZE in MiB
  void evict() const;
};

// What decides the code of a function: its graph and those it calls, extents, options, machine, runtime and the builds of the
// compiler and the libraries it is made with. Empty when these cannot be told: then nothing is kept.
std::string cacheKey(const CompileRequest &);

} // namespace fluxion
