// What a `train` declaration leaves beside its functions: where the data are, how they are batched, how long to train.
// The arithmetic itself is in two to four ordinary functions of the module:
//   <name>.init(key: i64[, weights…]) -> state leaves          weights: the leaves of the models that begin at a file;
//                                                              parameters, then optimizer slots, averages of the weights
//                                                              (`ema`), what the batches of an update have given so far
//                                                              (`accumulate`), then the step counter
//   <name>.step(state…, batch…, total_steps: i64[, batch_number: i64]) -> (state…, metrics…)
//                                                              state results take their argument's memory
//                                                              (Function::donated); total_steps: the updates of all
//                                                              epochs, which schedules read
//   <name>.accumulate(parameters…, accumulated…, t, [key,] batch…) -> accumulated…
//                                                              present with `accumulate`: for all batches of an update
//                                                              but the last, which is `step`'s
//   <name>.eval(parameters…, batch…) -> metrics                present when the declaration has `test` or `eval`: the
//                                                              loss, then what `eval` names, each of the whole data set,
//                                                              which comes as one batch
#pragma once
#include "frontend/Graph/Type.h"
#include "frontend/Source/SourceLocation.h"
#include <string>
#include <vector>

namespace fluxion {

struct DataColumn {
  std::string name;   // the step function's parameter
  TensorType type;    // leading extent is the batch dimension
  std::string file;   // as written, relative to the source file
  std::string key;    // npz entry or csv column(s); empty otherwise
};

struct DataSource {
  enum class Format { Idx, Npy, Npz, Csv } format = Format::Idx;
  std::vector<DataColumn> columns;
  SourceRange where;
};

struct ModelWeights {
  std::string model; // its name in the declaration
  std::string file;  // as written, relative to the source file
  SourceRange where;
};

struct TrainPlan {
  std::string name;
  std::string initFunction, stepFunction, evalFunction; // evalFunction empty: none
  DataSource data, test;                                // test.columns empty: none
  std::vector<std::string> modelNames;
  std::vector<ModelWeights> weights;                    // of the models that begin at a file
  std::string batchDimension;                           // "B"
  int64_t batch = 0;                                    // rows; 0: all there are
  int64_t firstBatch = 0, doubleEvery = 0;              // firstBatch > 0: batches begin with so many rows, and double
                                                        // every so many epochs until they are `batch`
  bool shuffle = false, shuffleBatches = false;         // shuffleBatches: fixed batches in random order
  int64_t accumulate = 1;                               // batches that make an update; fewer at the end of an epoch
  std::string accumulateFunction;                       // empty: each batch is an update
  int64_t toldBatches = 0;                              // the setting `batches` of its rule, which must be how many an
  SourceRange toldWhere;                                // epoch has; 0: none
  int64_t epochs = 1;
  int64_t seed = 0;
  int64_t parameterLeaves = 0, stateLeaves = 0;         // the first leaves of init's results are the parameters
  std::vector<int64_t> servedLeaves; // for each parameter the leaf that is evaluated and saved as weights: its average
                                     // under `ema`, else itself; empty: all themselves
  int64_t accumulatedBegin = 0, accumulatedLeaves = 0; // where in the state
  std::vector<std::string> metrics;     // names of step's results after the state: "loss", "grad_norm", "rate"
  std::vector<std::string> evalMetrics; // names of eval's results
  SourceRange where;
};

} // namespace fluxion
