// The part all array formats share: a type and a shape from a header, then the elements, then nothing.
#pragma once
#include "runtime/Data/ByteSource.h"
#include "runtime/Data/HostArray.h"

namespace fluxion::runtime {

/// Checks the declared size against what can follow, allocates, reads. The end of the source is for the caller to
/// check.
Result<HostArray> readPayload(ByteSource &, ElementType, std::vector<int64_t> shape, bool bigEndian);

/// The npy format from any source, up to its end.
Result<HostArray> readNpyFrom(ByteSource &);
/// The header of an npy file, padded so that the data begin at a multiple of 64.
Result<std::string> npyHeader(ElementType, std::span<const int64_t> shape);

} // namespace fluxion::runtime
