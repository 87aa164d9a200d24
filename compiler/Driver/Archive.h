// Little-endian bytes of a CompiledObject, as kept in the cache. Reading trusts nothing: a length beyond the end, an
// unknown element type or bytes left over make the whole archive invalid.
#pragma once
#include "compiler/Driver/Compiled.h"
#include <optional>
#include <string>
#include <string_view>

namespace fluxion {

std::string archive(const CompiledObject &);
std::optional<CompiledObject> unarchive(std::string_view bytes);

} // namespace fluxion
