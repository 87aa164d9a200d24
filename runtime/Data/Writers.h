// Arrays to NumPy's files, written atomically: after a failure or a kill at any time the path holds the old file or the
// new one.
#pragma once
#include "runtime/Data/HostArray.h"

namespace fluxion::runtime {

/// npy version 1 (2 for very long headers), little-endian, C order. bf16 has no NumPy type: E0606.
Status writeNpy(const std::string &path, const ArrayView &);

/// An npz archive of stored entries, as numpy.savez writes it; zip64 where sizes need it. Names are given without
/// ".npy".
struct NamedView {
  std::string name;
  ArrayView array;
};
Status writeNpz(const std::string &path, std::span<const NamedView>);

} // namespace fluxion::runtime
