// Object code, fresh or from the cache, becomes callable. Nothing of MLIR is needed here, so that a process that finds
// its code in the cache loads LLVM's linker alone.
#pragma once
#include "fluxion/runtime.h"
#include <memory>
#include <string>
#include <string_view>

namespace fluxion::cpu {

// Owns the memory of one loaded object; `entry` is valid as long as it lives.
class LoadedCode {
public:
  virtual ~LoadedCode() = default;
  flx_entry entry = nullptr;
};

// Links `object` (CompiledObject::object) against `symbols` (ended by a null name) first, then libc and libm of this
// process, and finds the flx_entry called `entry` in it. On failure returns null and says why in `error`. Thread-safe.
std::unique_ptr<LoadedCode> load(std::string_view object, std::string_view entry, const flx_symbol *symbols,
                                 std::string &error);

} // namespace fluxion::cpu
