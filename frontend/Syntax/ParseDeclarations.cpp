// Declarations of a file, but for `train` (ParseTrain.cpp).
//   fn NAME [type parameters] ( parameters ) [-> type] body | fn NAME = expr        body = block | "=" expr
//   struct NAME [type parameters] { field: type [~ initializer] … }    const NAME [: type] = expr
//   import "path" [as NAME]    optimizer NAME ( settings ) [tree] { state NAME = expr, …  update block }
#include "frontend/Syntax/ParserImpl.h"
#include <algorithm>

namespace fluxion {

using namespace ast;

DeclPtr Parser::parseDeclaration() {
  const Token &first = token();
  std::string doc = docOf(first);
  bool exported = take(TokenKind::KwExport);
  DeclPtr decl = parseDeclarationBody();
  if (!decl) return nullptr;
  decl->doc = std::move(doc);
  decl->exported = exported;
  decl->range = rangeFrom(first.begin);
  if (broken || token().newlineBefore || kind() == TokenKind::EndOfFile || kind() == TokenKind::Semicolon) return decl;
  if (closesNothing()) return decl;
  if (lastToken().kind != TokenKind::RightBrace) expected("a new line after the declaration");
  return decl;
}

// `sum(x))`: brackets that none opened, to the end of the line.
bool Parser::closesNothing() {
  auto closes = [&](size_t ahead) {
    TokenKind k = kind(ahead);
    return k == TokenKind::RightParen || k == TokenKind::RightBracket || k == TokenKind::RightBrace;
  };
  if (!closes(0)) return false;
  size_t end = 0;
  while (end < 64 && closes(end + 1) && !token(end + 1).newlineBefore) ++end;
  SourceRange whole{file, token().begin, token(end).end};
  const Token &next = token(end + 1);
  Diagnostic &d = error("E0105", rangeOf(token()),
                        std::string(describe(kind())) + " closes nothing: all that was opened is closed");
  d.help("take it away");
  if (next.newlineBefore || next.kind == TokenKind::EndOfFile) d.fix(whole, ""); // else it stands in a line that goes on
  return true;
}

DeclPtr Parser::parseDeclarationBody() {
  switch (kind()) {
  case TokenKind::KwFn: return parseFunction();
  case TokenKind::KwStruct: return parseStruct();
  case TokenKind::KwConst: return parseConst();
  case TokenKind::KwImport: return parseImport();
  default: break;
  }
  if (isWord("train")) return parseTrain();
  if (isWord("optimizer")) return parseOptimizer();
  static const std::vector<std::string> words = {"fn", "struct", "const", "import", "export", "train", "optimizer"};
  bool named = kind() == TokenKind::KwLet; // told, then read as the constant it is meant to be
  Diagnostic &d = expected("a declaration", true);
  if (named) return parseConst();
  std::string word(textOf(token()).substr(0, 64));
  if (std::optional<std::string> near = nearestName(word, words))
    d.help("did you mean `" + *near + "`?");
  else
    d.help("a file holds `fn`, `struct`, `const`, `import`, `train` and `optimizer` declarations");
  if (kind() == TokenKind::RightBrace || kind() == TokenKind::RightParen || kind() == TokenKind::RightBracket)
    d.help("");
  return nullptr;
}

//===--- Functions -----------------------------------------------------------------------------------------------===//

bool Parser::parseTypeParameters(std::vector<TypeParameter> &parameters) {
  if (kind() != TokenKind::LeftBracket) return true;
  const Token &open = token();
  ++at;
  Newlines within(*this, false);
  while (kind() != TokenKind::RightBracket) {
    TypeParameter &parameter = parameters.emplace_back();
    if (!expectIdentifier(parameter.name, "a type parameter")) return false;
    for (size_t i = 0; i + 1 < parameters.size() && parameters.size() <= 64; ++i) // few are ever written
      if (parameters[i].name.text == parameter.name.text)
        sink.error("E0202", parameter.name.range, "the type parameter `" + parameter.name.text + "` is declared twice")
            .note(parameters[i].name.range, "the first");
    if (take(TokenKind::Colon) && !expectIdentifier(parameter.bound, "`float`, `int`, `number` or `any`")) return false;
    static const std::vector<std::string> bounds = {"any", "float", "int", "number"};
    const std::string &bound = parameter.bound.text;
    if (!bound.empty() && std::find(bounds.begin(), bounds.end(), bound) == bounds.end())
      sink.error("E0408", parameter.bound.range, "there is no bound `" + bound.substr(0, 60) + "`")
          .help("the bounds are `float`, `int`, `number` (either) and `any`")
          .meant(nearestName(bound.substr(0, 60), bounds), parameter.bound.range);
    if (!take(TokenKind::Comma)) break;
  }
  return expectClosing(TokenKind::RightBracket, open);
}

bool Parser::parseParameter(Parameter &parameter, bool typeOptional) {
  uint32_t begin = token().begin;
  if (!expectIdentifier(parameter.name, "a parameter's name")) return false;
  if (take(TokenKind::Colon)) {
    Setting among(dynamicAllowed, dynamicAllowed && !typeOptional);
    parameter.type = parseType();
    if (!parameter.type) return false;
  } else if (!typeOptional) {
    expected("`:` and the type of `" + parameter.name.text + "`").help("as in `" + parameter.name.text + ": f32[N]`");
    return false;
  }
  if (take(TokenKind::Assign) && !(parameter.defaultValue = parseExpression())) return false;
  parameter.range = rangeFrom(begin);
  return true;
}

bool Parser::parseParameters(std::vector<Parameter> &parameters, bool typesOptional, const std::string &where) {
  const Token &open = token();
  if (!expect(TokenKind::LeftParen, where)) return false;
  Newlines within(*this, false);
  while (kind() != TokenKind::RightParen) {
    if (!parseParameter(parameters.emplace_back(), typesOptional)) return false;
    if (!take(TokenKind::Comma)) break;
  }
  return expectClosing(TokenKind::RightParen, open);
}

ExprPtr Parser::parseBody(const std::string &of) {
  if (take(TokenKind::Assign)) return parseExpression();
  if (kind() == TokenKind::LeftBrace) return parseBlock();
  expected("the body " + of + ", `{ … }` or `= …`");
  return nullptr;
}

static bool mentions(const Expr *expr, const std::string &name) {
  if (auto *each = as<Name>(expr)) return each->name == name;
  if (auto *binary = as<Binary>(expr)) return mentions(binary->left.get(), name) || mentions(binary->right.get(), name);
  return false;
}

// How a type uses a name: as the elements' type, or as a dimension of a tensor.
static void usesOf(const Type *type, const std::string &name, const std::vector<TypeParameter> &all, bool &element,
                   bool &dimension) {
  if (!type) return;
  element |= type->name.text == name;
  bool tensor = isElementType(type->name.text) || std::any_of(all.begin(), all.end(), [&](const TypeParameter &parameter) {
                  return parameter.name.text == type->name.text;
                });
  for (const ShapeEntry &entry : type->shape) (tensor ? dimension : element) |= mentions(entry.dimension.get(), name);
  dimension |= mentions(type->count.get(), name);
  for (const TypePtr &part : type->elements) usesOf(part.get(), name, all, element, dimension);
  usesOf(type->result.get(), name, all, element, dimension);
}

// `fn f[N](x: f32[N])`: told, then read as if the brackets did not name `N`.
void Parser::freeDimensions(FunctionDecl &decl, SourceRange brackets) {
  std::vector<TypeParameter> &all = decl.typeParameters;
  auto isDimension = [&](const TypeParameter &parameter) {
    bool element = bool(parameter.bound), dimension = false;
    for (const Parameter &p : decl.parameters) usesOf(p.type.get(), parameter.name.text, all, element, dimension);
    usesOf(decl.result.get(), parameter.name.text, all, element, dimension);
    return dimension && !element;
  };
  auto first = std::find_if(all.begin(), all.end(), isDimension);
  if (first == all.end()) return;
  bool only = std::all_of(all.begin(), all.end(), isDimension);
  std::string written = file->text.substr(brackets.begin, std::min<size_t>(brackets.end - brackets.begin, 40));
  Diagnostic &d = repaired(first->name.range, "`" + first->name.text + "` is a dimension, declared as a type parameter",
                           "dimensions need no declaration: leave `" + (only ? written : first->name.text) + "` out");
  if (only) d.fix(brackets, "");
  std::erase_if(all, isDimension);
}

DeclPtr Parser::parseFunction() {
  auto decl = std::make_unique<FunctionDecl>();
  ++at; // fn
  if (!expectIdentifier(decl->name, "the function's name")) return nullptr;
  const uint32_t opened = token().begin;
  if (!parseTypeParameters(decl->typeParameters)) return decl;
  SourceRange brackets = rangeFrom(opened);
  if (decl->typeParameters.empty() && take(TokenKind::Assign)) {
    decl->hasParameters = false;
    decl->body = parseExpression();
    return decl;
  }
  {
    Setting declared(dynamicAllowed, true);
    if (!parseParameters(decl->parameters, false, "and parameters, or `=` and a function")) return decl;
  }
  if (take(TokenKind::Arrow) && !(decl->result = parseType())) return decl;
  if (!decl->typeParameters.empty()) freeDimensions(*decl, brackets);
  decl->body = parseBody("of the function");
  return decl;
}

//===--- Structs, constants, imports -----------------------------------------------------------------------------===//

bool Parser::parseField(StructDecl &decl) {
  FieldDecl field;
  uint32_t begin = token().begin;
  field.doc = docOf(token());
  if (!expectIdentifier(field.name, "a field's name")) return false;
  if (kind() == TokenKind::Assign && (kind(1) == TokenKind::Identifier || kind(1) == TokenKind::LeftBracket)) {
    SourceRange sign{file, lastToken().end, token().end};
    repaired(rangeOf(token()), "the type of a field follows `:`", "write `" + field.name.text.substr(0, 60) + ": …`")
        .fix(sign, ":");
    ++at;
  } else if (!take(TokenKind::Colon)) {
    return expected("`:` and the field's type"), false;
  }
  field.type = parseType();
  if (!field.type) return false;
  if (take(TokenKind::Tilde)) {
    if (onNewLine()) return expected("an initializer"), false;
    field.initializer = parsePostfix();
    if (!field.initializer) return false;
  }
  field.range = rangeFrom(begin);
  decl.fields.push_back(std::move(field));
  if (take(TokenKind::Comma) || take(TokenKind::Semicolon) || token().newlineBefore || kind() == TokenKind::RightBrace)
    return true;
  expected("`,` or a new line after the field");
  return false;
}

DeclPtr Parser::parseStruct() {
  auto decl = std::make_unique<StructDecl>();
  ++at; // struct
  if (!expectIdentifier(decl->name, "the struct's name") || !parseTypeParameters(decl->typeParameters)) return decl;
  const Token &open = token();
  if (!expect(TokenKind::LeftBrace, "and the fields")) return decl;
  Newlines within(*this, true);
  while (kind() != TokenKind::RightBrace && kind() != TokenKind::EndOfFile && !atDeclaration() && !sink.full()) {
    size_t start = at;
    if (!parseField(*decl)) skipToStatement(start, Among::Fields);
    if (at == start) ++at;
  }
  if (!take(TokenKind::RightBrace)) error("E0106", rangeOf(open), "`{` is never closed").withLabel("opened here");
  return decl;
}

DeclPtr Parser::parseConst() {
  auto decl = std::make_unique<ConstDecl>();
  ++at; // const
  if (!expectIdentifier(decl->name, "the constant's name")) return nullptr;
  if (take(TokenKind::Colon) && !(decl->type = parseType())) return decl;
  if (expect(TokenKind::Assign, "and a value")) decl->value = parseExpression();
  return decl;
}

DeclPtr Parser::parseImport() {
  auto decl = std::make_unique<ImportDecl>();
  ++at; // import
  if (kind() != TokenKind::String) {
    expected("a file name").help("as in `import \"layers.flx\"`");
    return nullptr;
  }
  decl->path = unquote(textOf(token()));
  decl->pathRange = rangeOf(token());
  ++at;
  if (takeWord("as")) expectIdentifier(decl->alias, "the name to import it under");
  return decl;
}

//===--- Optimizers ----------------------------------------------------------------------------------------------===//

// `state m = zeros_like(p), v = zeros_like(p)`
bool Parser::parseOptimizerState(OptimizerDecl &decl) {
  do {
    OptimizerDecl::Slot &slot = decl.state.emplace_back();
    if (!expectIdentifier(slot.name, "the name of a state slot")) return false;
    if (!expect(TokenKind::Assign, "and its first value")) return false;
    slot.initial = parseExpression();
    if (!slot.initial) return false;
  } while (take(TokenKind::Comma));
  return true;
}

bool Parser::parseOptimizerItem(OptimizerDecl &decl) {
  const Token &word = token();
  if (takeWord("state")) return parseOptimizerState(decl);
  if (!takeWord("update")) return expected("`state` or `update`", true), false;
  if (decl.update) return error("E0112", rangeOf(word), "`update` is given twice"), false;
  decl.update = parseBlock();
  return decl.update != nullptr;
}

DeclPtr Parser::parseOptimizer() {
  auto decl = std::make_unique<OptimizerDecl>();
  ++at; // optimizer
  if (!expectIdentifier(decl->name, "the optimizer's name")) return nullptr;
  if (!parseParameters(decl->settings, true, "and the settings")) return decl;
  decl->tree = takeWord("tree");
  const Token &open = token();
  if (!expect(TokenKind::LeftBrace, "and the rule")) return decl;
  Newlines within(*this, true);
  while (kind() != TokenKind::RightBrace && kind() != TokenKind::EndOfFile && !atDeclaration() && !sink.full()) {
    if (take(TokenKind::Semicolon)) continue;
    size_t start = at;
    if (!parseOptimizerItem(*decl)) skipToStatement(start, Among::Clauses);
    if (at == start) ++at;
  }
  if (!expectClosing(TokenKind::RightBrace, open)) return decl;
  if (!decl->update && !broken)
    error("E0505", decl->name.range, "the optimizer `" + decl->name.text + "` has no `update`")
        .help("add `update { p - rate * g }`");
  return decl;
}

} // namespace fluxion
