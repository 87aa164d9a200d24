// dlopen of the compiler; see CompilerLibrary.h.
#include "compiler/Driver/CompilerLibrary.h"
#include "compiler/Driver/Host.h"
#include <cstring>
#include <dlfcn.h>
#include <optional>

namespace fluxion {

static const char *const ownStamp =
#include "compiler/Driver/InterfaceStamp.inc"
    ;

static api::Error unusable(const std::string &path, const std::string &why) {
  api::Error error("E0716", "the compiler library could not be loaded: " + why);
  error.note("looked for " + path);
  error.hint("`fluxion doctor` shows what is installed; FLUXION_COMPILER names another library");
  return error;
}

static api::Error ofAnotherBuild(const std::string &path, const std::string &stamp) {
  api::Error error("E0716", "the compiler library is of another build than this program");
  error.note("looked for " + path);
  error.note("its interface is " + stamp + ", that of " + driverLibraryPath() + " is " + ownStamp);
  error.hint("build both again: cmake --build build --target fluxion fluxion_compiler");
  return error;
}

api::Expected<CompilerPlugin *> openCompiler(const std::string &path) {
  // Lazy: of the hundred thousand symbols of MLIR and LLVM a program calls few. Never closed: LLVM does not survive it.
  void *library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (!library) return unusable(path, dlerror());
  auto entry = reinterpret_cast<CompilerPlugin *(*)()>(dlsym(library, "fluxion_compiler_plugin"));
  if (!entry) return unusable(path, "it is not a Fluxion compiler");
  auto stamp = reinterpret_cast<const char *(*)()>(dlsym(library, "fluxion_compiler_stamp"));
  if (!stamp || strcmp(stamp(), ownStamp) != 0) return ofAnotherBuild(path, stamp ? stamp() : "none");
  CompilerPlugin *plugin = entry();
  if (!plugin) return unusable(path, "it refuses to start");
  return plugin;
}

api::Expected<CompilerPlugin *> compilerLibrary() {
  static const api::Expected<CompilerPlugin *> answer = openCompiler(compilerLibraryPath());
  return answer;
}

} // namespace fluxion
