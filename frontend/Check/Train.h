// What the parts of a `train` declaration's elaboration share.
#pragma once
#include "frontend/Check/Elaborator.h"

namespace fluxion::check {

struct Training {
  const ast::TrainDecl &decl;
  TrainPlan plan;
  const ast::OptimizerDecl *optimizer = nullptr;
  std::map<std::string, Datum> settings; // of the optimizer: numbers
  const ast::Expr *rate = nullptr;       // `lr = …`
  // Filled by init, read by step: the parameter leaves that are trained, and for each the types of its slots.
  std::vector<std::string> leafPaths;
  std::vector<std::vector<TensorType>> slotTypes;
};

} // namespace fluxion::check
