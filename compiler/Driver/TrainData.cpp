// Reading a data declaration; see TrainData.h.
#include "compiler/Driver/TrainData.h"
#include "compiler/Driver/ErrorText.h"
#include "runtime/Data/Readers.h"
#include "runtime/Support/Errors.h"
#include <limits>

namespace fluxion {

api::Error errorOf(const runtime::Error &error, const SourceRange &where) {
  Diagnostic diagnostic;
  diagnostic.number = error.number;
  diagnostic.where.range = where;
  diagnostic.message = error.path;
  if (error.line > 0) diagnostic.message += ", line " + std::to_string(error.line);
  if (error.offset >= 0) diagnostic.message += ", byte " + std::to_string(error.offset);
  diagnostic.message += (diagnostic.message.empty() ? "" : ": ") + error.message;
  if (error.number == runtime::errors::cannotRead && error.path.find("fashion-mnist") != std::string::npos)
    diagnostic.help("on Debian the data come with `apt-get install dataset-fashion-mnist`");
  return errorOf(std::move(diagnostic));
}

runtime::ElementType dataType(ElementType element) {
  switch (element) {
  case ElementType::F32: return runtime::ElementType::F32;
  case ElementType::F64: return runtime::ElementType::F64;
  case ElementType::BF16: return runtime::ElementType::BF16;
  case ElementType::F16: return runtime::ElementType::F16;
  case ElementType::I32: return runtime::ElementType::I32;
  case ElementType::I64: return runtime::ElementType::I64;
  case ElementType::Bool: return runtime::ElementType::Bool;
  case ElementType::C64:
  case ElementType::C128: break; // no reader makes these
  }
  return runtime::ElementType::F64;
}

std::optional<ElementType> graphType(runtime::ElementType type) {
  switch (type) {
  case runtime::ElementType::F32: return ElementType::F32;
  case runtime::ElementType::F64: return ElementType::F64;
  case runtime::ElementType::BF16: return ElementType::BF16;
  case runtime::ElementType::F16: return ElementType::F16;
  case runtime::ElementType::I32: return ElementType::I32;
  case runtime::ElementType::I64: return ElementType::I64;
  case runtime::ElementType::Bool: return ElementType::Bool;
  default: return std::nullopt;
  }
}

static runtime::DataFormat formatOf(DataSource::Format format) {
  switch (format) {
  case DataSource::Format::Idx: return runtime::DataFormat::Idx;
  case DataSource::Format::Npy: return runtime::DataFormat::Npy;
  case DataSource::Format::Npz: return runtime::DataFormat::Npz;
  case DataSource::Format::Csv: return runtime::DataFormat::Csv;
  }
  return runtime::DataFormat::Npy;
}

// The extents of one row. Where the declaration leaves names open, axes of the data with the same rank bind them.
static std::optional<std::vector<int64_t>> rowShape(const DataColumn &column, const runtime::HostArray &array,
                                                    DimBinding &dimensions) {
  const std::vector<Dim> &dims = column.type.shape;
  if (dims.size() == array.shape.size())
    for (size_t axis = 1; axis < dims.size(); ++axis)
      if (auto name = dims[axis].name()) dimensions.emplace(*name, array.shape[axis]);
  std::vector<int64_t> row;
  for (size_t axis = 1; axis < dims.size(); ++axis) {
    auto extent = dims[axis].evaluate(dimensions);
    if (!extent) return std::nullopt;
    row.push_back(*extent);
  }
  return row;
}

std::string dataPath(const DataColumn &column, const std::string &folder) {
  return column.file.empty() || column.file[0] == '/' ? column.file : folder + column.file;
}

// Truncated tables of a data source: reading less than the whole would train on other data than asked for, so any flaw ends it.
api::Expected<runtime::Batches> loadData(const DataSource &source, const TrainPlan &plan, const std::string &folder,
                                         bool shuffle, int64_t batch, DimBinding &dimensions) {
  std::vector<runtime::Batches::Column> columns;
  for (const DataColumn &column : source.columns) {
    std::string path = dataPath(column, folder);
    runtime::ElementType type = dataType(column.type.element);
    auto array = runtime::readArray(formatOf(source.format), path, column.key, type);
    if (!array) return errorOf(array.error(), source.where);
    auto row = rowShape(column, *array, dimensions);
    if (!row) {
      Diagnostic diagnostic;
      diagnostic.number = "E0718";
      diagnostic.where.range = source.where;
      diagnostic.message = "the extents of column `" + column.name + ": " + column.type.print() + "` do not follow from " +
                           path + ", " + runtime::describe(array->type, array->shape);
      return errorOf(std::move(diagnostic));
    }
    auto prepared = runtime::prepareColumn(std::move(*array), type, *row, path);
    if (!prepared) return errorOf(prepared.error(), source.where);
    columns.push_back({std::move(*prepared), type});
  }
  // Without `batch` a batch is all there is.
  if (batch == 0) batch = std::numeric_limits<int64_t>::max();
  auto batches = runtime::Batches::create(std::move(columns), batch, shuffle, plan.seed);
  if (!batches) return errorOf(batches.error(), source.where);
  if (plan.shuffleBatches) batches->keepBatches();
  return std::move(*batches);
}

} // namespace fluxion
