// Types and declarations as documents; optimizers and trainings stand in FormatTrain.cpp.
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

} // namespace fluxion
