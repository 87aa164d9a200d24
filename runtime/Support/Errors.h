// The numbers of the runtime's errors (data, checkpoints, files), each with what `fluxion explain` says about it.
#pragma once
#include "runtime/Support/Result.h"
#include <span>
#include <string_view>

namespace fluxion::runtime {

namespace errors {
inline constexpr const char *cannotRead = "E0601";
inline constexpr const char *wrongFormat = "E0602";
inline constexpr const char *truncated = "E0603";
inline constexpr const char *badHeader = "E0604";
inline constexpr const char *badSize = "E0605";
inline constexpr const char *unsupported = "E0606";
inline constexpr const char *trailingBytes = "E0607";
inline constexpr const char *corruptStream = "E0608";
inline constexpr const char *noSuchEntry = "E0609";
inline constexpr const char *valueOutOfRange = "E0610";
inline constexpr const char *shapeMismatch = "E0611";
inline constexpr const char *badCsv = "E0612";
inline constexpr const char *badCheckpoint = "E0613";
inline constexpr const char *missingState = "E0614";
inline constexpr const char *cannotWrite = "E0615";
inline constexpr const char *outOfMemory = "E0616";
inline constexpr const char *rowsDiffer = "E0617";
} // namespace errors

struct ErrorPage {
  std::string_view number, title, text;
};
std::span<const ErrorPage> errorPages();

} // namespace fluxion::runtime
