// Optimizers and trainings as documents.
#include "frontend/Syntax/FormatImpl.h"

namespace fluxion {

using namespace ast;

//===--- Optimizers ----------------------------------------------------------------------------------------------===//

void Formatter::optimizer(const OptimizerDecl &o) {
  token(TokenKind::Identifier);
  text(" ");
  token(TokenKind::Identifier);
  parameters(o.settings);
  text(" ");
  if (o.tree) {
    token(TokenKind::Identifier);
    text(" ");
  }
  size_t start = parts.size(), slots = 0;
  bool oneLine = sameLine(at, closing());
  token(TokenKind::LeftBrace);
  size_t inner = parts.size();
  for (bool first = true; !lost; first = false) {
    while (next(TokenKind::Semicolon)) drop();
    if (next(TokenKind::RightBrace)) break;
    if (oneLine)
      separate(first ? " " : "  ");
    else
      hardLine(first);
    optimizerItem(o, slots);
  }
  lastComments(true);
  indent(inner);
  add(oneLine ? arena.line(" ") : arena.hardLine());
  token(TokenKind::RightBrace);
  group(start);
}

// `state m = zeros_like(p), v = zeros_like(p)` or `update { … }`
void Formatter::optimizerItem(const OptimizerDecl &o, size_t &slots) {
  size_t start = parts.size();
  bool isState = nextWord("state");
  token(TokenKind::Identifier);
  text(" ");
  if (!isState) return expr(*o.update);
  size_t inner = parts.size();
  for (bool first = true; slots < o.state.size() && !lost; first = false) {
    if (!first) {
      token(TokenKind::Comma);
      separate(" ");
    }
    token(TokenKind::Identifier);
    text(" ");
    token(TokenKind::Assign);
    text(" ");
    expr(*o.state[slots++].initial);
    if (!next(TokenKind::Comma)) break;
  }
  indent(inner);
  group(start);
}

//===--- Trainings -----------------------------------------------------------------------------------------------===//

void Formatter::train(const TrainDecl &t) {
  token(TokenKind::Identifier);
  text(" ");
  token(TokenKind::Identifier);
  text(" ");
  size_t start = parts.size();
  bool oneLine = sameLine(at, closing());
  token(TokenKind::LeftBrace);
  size_t inner = parts.size(), row = inner;
  TrainPosition position;
  bool any = false;
  for (bool first = true; !lost; first = false) {
    while (next(TokenKind::Semicolon)) drop();
    if (next(TokenKind::RightBrace)) break;
    any = true;
    bool together = oneLine || (!first && sameLine(at - 1, at) && !hasComments());
    if (together) {
      line(first ? " " : "  ");
    } else {
      if (!first) group(row);
      hardLine(first);
      row = parts.size();
    }
    trainClause(t, position, !together);
  }
  if (!oneLine && parts.size() > row) group(row);
  lastComments(true);
  indent(inner);
  add(oneLine ? arena.line(any ? " " : "") : arena.hardLine());
  token(TokenKind::RightBrace);
  group(start);
}

// Short words are filled up to the length of `model`.
void Formatter::trainClause(const TrainDecl &t, TrainPosition &position, bool padded) {
  std::string_view word = textOf(tokens[at]);
  token(TokenKind::Identifier);
  text(" ");
  if (word.size() == 4 && word != "seed") add(padded ? arena.text(" ") : arena.pad(" "));
  if (word == "data" && t.data) return trainData(*t.data);
  if (word == "test" && t.test) return trainData(*t.test);
  if (word == "model" && position.model < t.models.size()) return parameter(t.models[position.model++]);
  if (word == "optimizer" && t.optimizer) return trainOptimizer(t);
  if (word == "eval" && position.eval < t.evals.size()) {
    const EvalClause &e = t.evals[position.eval++];
    if (!e.name) return expr(*e.value);
    token(TokenKind::Identifier);
    text(" ");
    token(TokenKind::Assign);
    return value(*e.value);
  }
  const ExprPtr &slot = word == "loss"         ? t.loss
                        : word == "epochs"     ? t.epochs
                        : word == "accumulate" ? t.accumulate
                        : word == "ema"        ? t.ema
                                               : t.seed;
  if (!slot) return void(lost = true);
  bool assigned = next(TokenKind::Assign);
  if (assigned) token();
  if (assigned) return value(*slot);
  expr(*slot);
}

// `(x: f32[B,784], y: i32[B]) = idx("x.gz", "y.gz") batch 16 to 128 every 2 shuffle`
void Formatter::trainData(const DataClause &d) {
  parameters(d.columns);
  text(" ");
  token(TokenKind::Assign);
  text(" ");
  token(TokenKind::Identifier);
  arguments(d.arguments);
  while (nextWord("batch") || nextWord("shuffle")) {
    bool batch = nextWord("batch");
    text(" ");
    token();
    if (!batch && !nextWord("batches")) continue;
    text(" ");
    if (!batch) {
      token();
      continue;
    }
    expr(*d.batch);
    for (const ExprPtr *more : {&d.batchTo, &d.batchEvery}) {
      if (!*more) break;
      text(" ");
      token();
      text(" ");
      expr(**more);
    }
  }
}

void Formatter::trainOptimizer(const TrainDecl &t) {
  expr(*t.optimizer);
  size_t start = parts.size(), clip = 0;
  while (next(TokenKind::Comma) && clip < t.clips.size() && !lost) {
    token();
    separate(" ");
    token(TokenKind::Identifier);
    text(" ");
    token(TokenKind::Identifier);
    text(" ");
    expr(*t.clips[clip++].bound);
  }
  indent(start);
  group(start);
}

} // namespace fluxion
