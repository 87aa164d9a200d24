// Compiled objects into memory without LLVM: what a process needs when it finds its code in the cache. Reads what our code
// generator writes for x86-64 (position-independent ELF relocatables) and refuses everything else, which the compiler's own
// loader then takes.
#pragma once
#include "fluxion/runtime.h"
#include <memory>
#include <string>
#include <string_view>

namespace fluxion {

struct LoadedObject {
  flx_entry entry = nullptr;
  std::shared_ptr<void> memory; // mapped as long as somebody holds it
};

// The reason that is not the object's fault.
inline constexpr const char *loaderOutOfMemory = "memory is out";

// External names are looked for in the runtime's table first, then in this process. False, with a reason, if the object is
// damaged or uses something that is not understood here; nothing of it has run then.
bool loadObject(std::string_view object, const std::string &entry, LoadedObject &out, std::string &why);

} // namespace fluxion
