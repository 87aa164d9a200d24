// dlopen of the compiler; see CompilerLibrary.h.
#include "compiler/Driver/CompilerLibrary.h"
#include "compiler/Driver/Host.h"
#include <dlfcn.h>
#include <optional>

namespace fluxion {

static api::Error unusable(const std::string &path, const std::string &why) {
  api::Error error("E0716", "the compiler library could not be loaded: " + why);
  error.note("looked for " + path);
  error.hint("`fluxion doctor` shows what is installed; FLUXION_COMPILER names another library");
  return error;
}

static api::Expected<CompilerPlugin *> open() {
  std::string path = compilerLibraryPath();
  // Lazy: of the hundred thousand symbols of MLIR and LLVM a program calls few. Never closed: LLVM does not survive it.
  void *library = dlopen(path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (!library) return unusable(path, dlerror());
  auto entry = reinterpret_cast<CompilerPlugin *(*)()>(dlsym(library, "fluxion_compiler_plugin"));
  if (!entry) return unusable(path, "it is not a Fluxion compiler");
  CompilerPlugin *plugin = entry();
  if (!plugin) return unusable(path, "it refuses to start");
  if (plugin->interfaceVersion() != pluginInterfaceVersion)
    return unusable(path, "it speaks interface version " + std::to_string(plugin->interfaceVersion()) +
                              ", this driver version " + std::to_string(pluginInterfaceVersion));
  return plugin;
}

api::Expected<CompilerPlugin *> compilerLibrary() {
  static const api::Expected<CompilerPlugin *> answer = open();
  return answer;
}

} // namespace fluxion
