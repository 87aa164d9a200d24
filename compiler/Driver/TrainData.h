// The data of a training run: files read, converted and cut into batches, and the extents they decide.
#pragma once
#include "compiler/Driver/include/fluxion/error.h"
#include "frontend/Graph/Graph.h"
#include "frontend/Graph/TrainPlan.h"
#include "runtime/Data/Batches.h"

namespace fluxion {

api::Error errorOf(const runtime::Error &, const SourceRange &where = {});

// The file a column is read from; relative names are taken from the folder of the source.
std::string dataPath(const DataColumn &, const std::string &folder);

// Files are looked for relative to the folder of the source file. Extents of rows that the declaration leaves open are
// bound by the data. `shuffle` and `seed` are the plan's for training data; a test set keeps its order. batch 0: all rows.
api::Expected<runtime::Batches> loadData(const DataSource &, const TrainPlan &, const std::string &folder, bool shuffle, int64_t batch,
                                         DimBinding &dimensions);

runtime::ElementType dataType(ElementType); // F32 -> F32
std::optional<ElementType> graphType(runtime::ElementType); // empty: u8 and others that are no types of the language

} // namespace fluxion
