// Types and declarations as documents.
#include "frontend/Syntax/FormatImpl.h"

namespace fluxion {

using namespace ast;

//===--- Types ---------------------------------------------------------------------------------------------------===//

void Formatter::type(const Type &t) {
  size_t i = 0;
  auto element = [&] {
    if (i < t.elements.size()) type(*t.elements[i++]);
  };
  switch (t.kind) {
  case TypeKind::Named:
    token(TokenKind::Identifier);
    while (next(TokenKind::Dot)) {
      token();
      token(TokenKind::Identifier);
    }
    return t.hasShape ? shape(t) : void();
  case TypeKind::Tuple: return list(TokenKind::RightParen, true, element, true);
  case TypeKind::List:
    token(TokenKind::LeftBracket);
    dimension(*t.count);
    token(TokenKind::RightBracket);
    return type(*t.elements[0]);
  case TypeKind::Function:
    token(TokenKind::KwFn);
    list(TokenKind::RightParen, true, element);
    text(" ");
    token(TokenKind::Arrow);
    text(" ");
    return type(*t.result);
  }
}

void Formatter::dimension(const Expr &e) {
  bool before = tight;
  tight = isDimension(e);
  expr(e);
  tight = before;
}

void Formatter::shape(const Type &t) {
  bool spaced = false;
  for (const ShapeEntry &s : t.shape) spaced |= s.isDynamic || !s.dimension || !isDimension(*s.dimension);
  size_t i = 0;
  list(TokenKind::RightBracket, spaced, [&] {
    const ShapeEntry &s = t.shape[std::min(i++, t.shape.size() - 1)];
    if (!s.dimension) {
      token(TokenKind::DotDot);
      if (next(TokenKind::Identifier)) token();
      return;
    }
    if (s.isDynamic) {
      token(TokenKind::Identifier);
      text(" ");
    }
    dimension(*s.dimension);
  });
}

//===--- Parameters ----------------------------------------------------------------------------------------------===//

void Formatter::parameter(const Parameter &p) {
  token(TokenKind::Identifier);
  if (p.type) {
    token(TokenKind::Colon);
    text(" ");
    type(*p.type);
  }
  if (!p.defaultValue) return;
  text(" ");
  token(TokenKind::Assign);
  text(" ");
  expr(*p.defaultValue);
}

void Formatter::parameters(const std::vector<Parameter> &all) {
  size_t i = 0;
  list(TokenKind::RightParen, true, [&] {
    if (i < all.size()) parameter(all[i++]);
  });
}

void Formatter::typeParameters() {
  if (!next(TokenKind::LeftBracket)) return;
  list(TokenKind::RightBracket, true, [&] {
    token(TokenKind::Identifier);
    if (!next(TokenKind::Colon)) return;
    token();
    text(" ");
    token(TokenKind::Identifier);
  });
}

//===--- Declarations --------------------------------------------------------------------------------------------===//

void Formatter::declaration(const Decl &d) {
  if (next(TokenKind::KwExport)) {
    token();
    text(" ");
  }
  if (auto *f = as<FunctionDecl>(&d)) return function(*f);
  if (auto *s = as<StructDecl>(&d)) return structure(*s);
  if (auto *c = as<ConstDecl>(&d)) return constant(*c);
  if (auto *i = as<ImportDecl>(&d)) return import(*i);
  if (auto *t = as<TrainDecl>(&d)) return train(*t);
  if (auto *o = as<OptimizerDecl>(&d)) return optimizer(*o);
  lost = true;
}

void Formatter::function(const FunctionDecl &f) {
  token(TokenKind::KwFn);
  text(" ");
  token(TokenKind::Identifier);
  typeParameters();
  if (!f.hasParameters) {
    add(arena.tab(doc::Cell::First, runs));
    text(" ");
    token(TokenKind::Assign);
    return value(*f.body);
  }
  parameters(f.parameters);
  if (f.result) {
    text(" ");
    token(TokenKind::Arrow);
    text(" ");
    type(*f.result);
  }
  body(*f.body);
}

void Formatter::constant(const ConstDecl &c) {
  token(TokenKind::KwConst);
  text(" ");
  token(TokenKind::Identifier);
  if (c.type) {
    token(TokenKind::Colon);
    text(" ");
    type(*c.type);
  }
  text(" ");
  token(TokenKind::Assign);
  value(*c.value);
}

void Formatter::import(const ImportDecl &i) {
  token(TokenKind::KwImport);
  text(" ");
  token(TokenKind::String);
  if (!i.alias) return;
  text(" ");
  token(TokenKind::Identifier);
  text(" ");
  token(TokenKind::Identifier);
}

//===--- Structs -------------------------------------------------------------------------------------------------===//

void Formatter::structure(const StructDecl &s) {
  token(TokenKind::KwStruct);
  text(" ");
  token(TokenKind::Identifier);
  typeParameters();
  text(" ");
  size_t start = parts.size();
  bool oneLine = sameLine(at, closing());
  token(TokenKind::LeftBrace);
  size_t inner = parts.size();
  ++runs;
  if (oneLine && !s.fields.empty()) line();
  structRows(s, oneLine);
  lastComments(true);
  indent(inner);
  add(oneLine ? arena.line(s.fields.empty() ? "" : " ") : arena.hardLine());
  token(TokenKind::RightBrace);
  group(start);
}

// Fields of one line stay together if they fit; the columns of rows that follow each other are aligned.
void Formatter::structRows(const StructDecl &s, bool oneLine) {
  size_t row = parts.size();
  for (size_t i = 0; i < s.fields.size() && !lost; ++i) {
    if (i && (next(TokenKind::Comma) || next(TokenKind::Semicolon))) drop();
    bool together = oneLine || (i && sameLine(at - 1, at) && !hasComments());
    if (i && together) {
      line(", ");
      add(arena.tab(doc::Cell::NextField, runs));
    } else if (!oneLine) {
      if (i) group(row);
      if (i && blankComesNext()) ++runs;
      hardLine(i == 0);
      row = parts.size();
    }
    field(s.fields[i], runs);
  }
  if (!oneLine && !s.fields.empty()) group(row);
  if (next(TokenKind::Comma) || next(TokenKind::Semicolon)) drop();
}

void Formatter::field(const FieldDecl &f, uint32_t run) {
  token(TokenKind::Identifier);
  token(TokenKind::Colon);
  text(" ");
  add(arena.tab(doc::Cell::First, run));
  type(*f.type);
  if (!f.initializer) return;
  text(" ");
  add(arena.tab(doc::Cell::Second, run));
  token(TokenKind::Tilde);
  text(" ");
  expr(*f.initializer);
}

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
  const ExprPtr &slot = word == "loss" ? t.loss : word == "epochs" ? t.epochs : t.seed;
  if (!slot) return void(lost = true);
  bool assigned = next(TokenKind::Assign);
  if (assigned) token();
  if (assigned) return value(*slot);
  expr(*slot);
}

// `(x: f32[B,784], y: i32[B]) = idx("x.gz", "y.gz") batch 128 shuffle`
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
    if (!batch) continue;
    text(" ");
    expr(*d.batch);
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
