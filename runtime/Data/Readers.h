// Files to arrays. Every size a header declares is held against the real file before memory is asked for; any flaw is
// an Error with path and byte (or line), never a crash, a hang or a huge allocation. Files compressed by gzip are
// unpacked as they are read.
#pragma once
#include "runtime/Data/HostArray.h"

namespace fluxion::runtime {

/// IDX (the format of MNIST): big-endian u8, i8, i16, i32, f32, f64 of any rank.
Result<HostArray> readIdx(const std::string &path);

/// NumPy's npy, versions 1 to 3, either byte order, C or Fortran order (which is transposed to row-major).
Result<HostArray> readNpy(const std::string &path);

/// One entry of an npz archive ("W1" finds W1.npy; the empty key the only entry), or all in the order of the archive.
Result<HostArray> readNpz(const std::string &path, const std::string &key);
struct NamedArray {
  std::string name;
  HostArray array;
};
Result<std::vector<NamedArray>> readNpz(const std::string &path);
Result<std::vector<std::string>> listNpz(const std::string &path);

/// Columns of a csv table, as one array of rows. `columns`: "" all; else a comma-separated list of names, positions
/// ("0", "-1") and half-open ranges of positions ("1:785", "1:", ":-1"). One name or position makes shape [rows], all
/// else [rows, columns].
struct CsvSelection {
  std::string columns;
  ElementType type = ElementType::F64; // elements are read exactly as this type, or refused
};
struct CsvOptions {
  char separator = 0; // 0: the first of comma, semicolon, tab in the first line
  enum class Header { Detect, Yes, No } header = Header::Detect; // detected: some field of the first line is text
};
Result<std::vector<HostArray>> readCsv(const std::string &path, const std::vector<CsvSelection> &,
                                       const CsvOptions & = {});

/// Any of them by format. For csv, `key` selects columns and `type` is how they are read; other formats keep the file's
/// type.
enum class DataFormat { Idx, Npy, Npz, Csv };
Result<HostArray> readArray(DataFormat, const std::string &path, const std::string &key = {},
                            ElementType type = ElementType::F64);
/// By the name: .npy .npz .csv .tsv, -ubyte or .idx (each also with .gz); nothing when the name does not say.
std::optional<DataFormat> formatFromPath(std::string_view path);

/// A data column as declared: converted to `type`, rows reshaped to `rowShape` (E0611 unless they have as many
/// elements). When the conversion is widening (u8 to f32) the array keeps its type: batches convert row by row, in a
/// quarter of the memory.
Result<HostArray> prepareColumn(HostArray, ElementType type, std::span<const int64_t> rowShape,
                                const std::string &path);

} // namespace fluxion::runtime
