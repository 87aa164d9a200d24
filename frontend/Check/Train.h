// What the parts of a `train` declaration's elaboration share.
#pragma once
#include "frontend/Check/Elaborator.h"

namespace fluxion::check {

inline constexpr size_t wholeTree = size_t(-1); // in place of a leaf's position

// An update rule as `train` names it: a declared optimizer, its settings, and the rules that it wraps.
struct Rule {
  const ast::OptimizerDecl *decl = nullptr;
  SourceRange where;
  std::string path;                      // before the names of its slots: "" or "rule."
  std::map<std::string, Datum> settings; // numbers
  std::vector<std::pair<std::string, std::unique_ptr<Rule>>> wrapped; // by the setting that names them

  // One `state` of the declaration. A rule for one leaf has a tensor for each, in a tuple; one for the whole model has
  // whatever the expression makes.
  struct Slot {
    Datum like;                     // its structure
    std::vector<std::string> paths; // of its leaves, which the state has under these names
    std::vector<TensorType> types;
    Datum now, next; // in the step under construction; next stays Poison where the rule is not applied
  };
  std::vector<Slot> slots;
  std::set<size_t> applied; // the leaves it was applied to in this step
};

// Leaves of the state beside the slots: one for each trained leaf, and perhaps more.
struct Kept {
  std::vector<std::string> paths;
  std::vector<TensorType> types;
  std::vector<Value> now; // in the function under construction
  void add(std::string path, TensorType type) { paths.push_back(std::move(path)), types.push_back(std::move(type)); }
};

// The step under construction: what rules are functions of.
struct TrainStep {
  GraphBuilder *builder = nullptr;
  ElementType element = ElementType::F32; // of the loss
  Value rate, t, total, key, number;      // t, number: i64; key, number (of the batch): null where no rule reads it
  uint32_t loss = 0;                      // the function
  std::vector<Value> arguments;           // of the loss: leaves of the models, then columns and what it captured
  std::vector<int64_t> wrt;               // the arguments that are trained
};

struct Training {
  explicit Training(const ast::TrainDecl &decl) : decl(decl) {}
  const ast::TrainDecl &decl;
  TrainPlan plan;
  Rule rule;
  const ast::Expr *rate = nullptr; // `lr = …`
  // Filled by init, read by step: the parameter leaves that are trained.
  std::vector<std::string> leafPaths;
  bool columnsKnown = false; // each has a type
  bool keyed = false; // the loss or a rule draws at random: the state has a key
  bool numbered = false; // a rule reads `batch_number`
  Value lossKey;      // what `key` is in the loss
  std::optional<Weak> ema; // its decay
  Kept averages;           // of the weights; empty without `ema`
  Kept accumulated;        // gradients, each times its rows; then the loss (f64) and the rows (i64); empty without
                           // `accumulate`
  TrainStep step;
};

// The model as a rule for the whole of it sees it: one as it is, several as a tuple.
Datum wholeModel(const Training &training, const std::vector<Datum> &models);
// Leaves of float type.
std::vector<Datum *> trainedLeaves(Datum &tree);
void forEachSlot(Rule &rule, const std::function<void(Rule &, size_t)> &visit); // its own, then those of wrapped rules
bool mentions(const ast::Expr &expr, const std::string &name); // whether the name stands in it
int64_t hashOf(const std::string &path);                       // for all time: it decides what a seed draws

} // namespace fluxion::check
