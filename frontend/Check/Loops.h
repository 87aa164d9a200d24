// What a loop is made of while it is elaborated. Private to frontend/Check.
#pragma once
#include "frontend/Check/Elaborator.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>

namespace fluxion::check {

struct Elaborator::LoopParts {
  std::vector<Datum> slices;                // a source's slice: its structure; of a range the index
  std::vector<std::optional<Dim>> firsts;   // where a range begins; nullopt: a sequence
  std::vector<Value> sequences;             // the sequences' leaves
  std::vector<TensorType> sliceTypes;       // of their slices
  std::vector<const ast::Loop::Carry *> carries;
  std::vector<Datum> initial;               // of the carries
  std::optional<Dim> length;
  SourceRange lengthFrom;
  std::string lengthWhat;
  bool reverse = false;

  const ast::Expr *written(const ast::Loop &loop, int carry) const; // −1: what is stacked
};

} // namespace fluxion::check
