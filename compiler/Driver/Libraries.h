// The libraries a shared library needs, found as the dynamic linker would find them, without loading any.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace fluxion {

struct ElfNeeds {
  std::vector<std::string> libraries; // "libLLVM.so.22.1", in order
  std::vector<std::string> folders;   // of the run path, $ORIGIN put in
};
// nullopt: no shared library that can be read.
std::optional<ElfNeeds> needsOf(const std::string &path);

// Where the library is: LD_LIBRARY_PATH, the run path, the linker's cache, the folders it always searches; empty: nowhere.
std::string findLibrary(const std::string &name, const ElfNeeds &of);

// Names the file's build: its build id, or, where it has none, its size and times. Empty: it cannot be read.
std::string buildOf(const std::string &path);

} // namespace fluxion
