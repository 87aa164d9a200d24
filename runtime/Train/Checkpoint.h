// Checkpoints: named tensors and strings in the safetensors format, replaced atomically (SIGKILL at any time leaves the
// old file or the new one, complete). Reading validates everything: types, sizes, order, overlaps, holes, lengths.
#pragma once
#include "runtime/Data/HostArray.h"
#include "runtime/Train/Checksum.h"
#include <map>

namespace fluxion::runtime {

struct TensorView {
  std::string name; // path of the leaf: "params.W1", "adamw.m.W1"
  ArrayView array;
};
using Metadata = std::map<std::string, std::string>;

/// Tensors in the order given, and a checksum of everything among the metadata (Checksum.h). Names must be distinct and
/// not "__metadata__", and no metadata called "checksum" (E0613).
Status writeSafetensors(const std::string &path, std::span<const TensorView>, const Metadata & = {});

struct SafetensorsEntry {
  std::string name;
  ElementType type;
  std::vector<int64_t> shape;
  int64_t begin, end; // bytes of the file
};

class Safetensors {
public:
  /// Reads and validates the header, and the whole file against its checksum if it has one (E0618); tensors are read one at
  /// a time when asked for.
  static Result<Safetensors> open(const std::string &path);
  /// Files of other programs have none.
  bool hasChecksum() const { return strings.count(std::string(checksumKey)); }

  const std::vector<SafetensorsEntry> &entries() const { return list; }
  const Metadata &metadata() const { return strings; }
  const SafetensorsEntry *find(std::string_view name) const;

  Result<HostArray> read(std::string_view name) const; // E0609 when there is none, naming those there are
  /// Into the caller's memory; E0614 unless type and shape are as expected.
  Status readInto(std::string_view name, ElementType, std::span<const int64_t> shape, void *target) const;
  /// A metadata entry, or as an integer; E0614 when missing or not a number.
  Result<std::string> text(const std::string &key) const;
  Result<int64_t> integer(const std::string &key) const;

private:
  std::string path;
  std::vector<SafetensorsEntry> list;
  Metadata strings;
};

} // namespace fluxion::runtime
