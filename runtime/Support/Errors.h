// The numbers of the runtime's errors (data, checkpoints, files), what each means is on its page, docs/errors/E06xx.md.
#pragma once
#include "runtime/Support/Result.h"

namespace fluxion::runtime::errors {

inline constexpr const char *cannotRead = "E0601";  // the system refused
inline constexpr const char *wrongFormat = "E0602"; // the first bytes are another format's
inline constexpr const char *truncated = "E0603";   // the file ends before what its header promises
inline constexpr const char *badHeader = "E0604";
inline constexpr const char *badSize = "E0605";     // extents negative, or a product beyond memory or file
inline constexpr const char *unsupported = "E0606"; // valid, but not read here
inline constexpr const char *trailingBytes = "E0607";
inline constexpr const char *corruptStream = "E0608";   // compressed data, or their checksum
inline constexpr const char *noSuchEntry = "E0609";     // of an archive, a table, a checkpoint
inline constexpr const char *valueOutOfRange = "E0610"; // of the declared type
inline constexpr const char *shapeMismatch = "E0611";
inline constexpr const char *badCsv = "E0612";
inline constexpr const char *badCheckpoint = "E0613"; // it contradicts itself
inline constexpr const char *missingState = "E0614";  // valid, but without what is needed
inline constexpr const char *cannotWrite = "E0615";
inline constexpr const char *outOfMemory = "E0616";
inline constexpr const char *rowsDiffer = "E0617"; // columns of different length
inline constexpr const char *damaged = "E0618";    // a checksum that does not match

} // namespace fluxion::runtime::errors
