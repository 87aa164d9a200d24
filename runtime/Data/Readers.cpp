// Which reader for which file, and from what a file holds to what a model declares.
#include "runtime/Data/Readers.h"
#include "runtime/Data/Convert.h"
#include "runtime/Support/Errors.h"

namespace fluxion::runtime {

std::optional<DataFormat> formatFromPath(std::string_view path) {
  if (path.ends_with(".gz")) path.remove_suffix(3);
  if (path.ends_with(".npy")) return DataFormat::Npy;
  if (path.ends_with(".npz")) return DataFormat::Npz;
  if (path.ends_with(".csv") || path.ends_with(".tsv")) return DataFormat::Csv;
  if (path.ends_with("-ubyte") || path.ends_with(".idx") || path.ends_with(".ubyte")) return DataFormat::Idx;
  return std::nullopt;
}

Result<HostArray> readArray(DataFormat format, const std::string &path, const std::string &key, ElementType type) {
  switch (format) {
  case DataFormat::Idx:
    return readIdx(path);
  case DataFormat::Npy:
    return readNpy(path);
  case DataFormat::Npz:
    return readNpz(path, key);
  case DataFormat::Csv: {
    auto arrays = readCsv(path, {{key, type}});
    if (!arrays) return arrays.error();
    return std::move((*arrays)[0]);
  }
  }
  __builtin_unreachable();
}

Result<HostArray> prepareColumn(HostArray array, ElementType type, std::span<const int64_t> rowShape,
                                const std::string &path) {
  std::vector<int64_t> shape = {array.rows()};
  shape.insert(shape.end(), rowShape.begin(), rowShape.end());
  if (array.rank() == 0 || elementCount(shape) != array.elements())
    return Error{errors::shapeMismatch,
                 "the file holds " + describe(array.type, array.shape) + ", whose rows are not " +
                     describe(type, rowShape),
                 path};
  if (auto status = array.reshape(std::move(shape)); !status) return status.error();
  return isWidening(array.type, type) ? Result<HostArray>(std::move(array)) : convert(std::move(array), type, path);
}

} // namespace fluxion::runtime
