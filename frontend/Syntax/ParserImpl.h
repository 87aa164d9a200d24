// The recursive-descent parser behind parse(). Private to frontend/Syntax; its methods stand in one file per layer:
// Parser.cpp (tokens, recovery), ParseDeclarations.cpp, ParseTrain.cpp, ParseTypes.cpp, ParseStatements.cpp,
// ParseExpressions.cpp, ParsePrimary.cpp.
//
// Note [Errors and recovery]: a method that meets an error reports it and returns null (false); its callers return null
// at once. A block then resumes at its next statement, a file at its next declaration, and the declaration is marked
// broken.
#pragma once
#include "frontend/Syntax/Lexer.h"
#include "frontend/Syntax/Parser.h"

namespace fluxion {

bool isElementType(std::string_view word); // also one of another language
int bracketStep(TokenKind k); // 1 at an opening bracket, -1 at a closing one

class Parser {
public:
  Parser(std::shared_ptr<const SourceFile> file, DiagnosticSink &sink);
  ast::Program parseProgram();
  ast::ExprPtr parseLoneExpression();

private:
  std::shared_ptr<const SourceFile> file;
  DiagnosticSink &sink;
  size_t firstDiagnostic;       // the lexer's and the parser's are put in order in the end
  Tokens lexed;
  size_t at = 0;              // the next token
  bool newlinesMatter = true; // false between ( ) and [ ]
  bool inBlock = false;       // between { and } of a block
  unsigned depth = 0;         // of the recursion
  Diagnostic muted;           // takes what is not worth saying
  bool broken = false;        // an error was reported in the current declaration
  size_t repairs = 0;         // errors that do not break it
  bool dynamicAllowed = false; // in the types of a declared function's parameters

  //===--- Tokens (Parser.cpp) ---===//
  const Token &token(size_t ahead = 0) const;
  TokenKind kind(size_t ahead = 0) const { return token(ahead).kind; }
  const Token &lastToken() const { return lexed.tokens[at ? at - 1 : 0]; }
  std::string_view textOf(const Token &t) const {
    return std::string_view(file->text).substr(t.begin, t.end - t.begin);
  }
  bool isWord(std::string_view word, size_t ahead = 0) const; // an identifier spelled so
  bool take(TokenKind k);
  bool takeWord(std::string_view word);
  bool onNewLine() const { return newlinesMatter && token().newlineBefore; }
  bool beginsNegative() const; // at a `-` that begins a statement of a block
  SourceRange rangeOf(const Token &t) const { return {file, t.begin, t.end}; }
  SourceRange rangeFrom(uint32_t begin) const { return {file, begin, lastToken().end}; }
  std::string docOf(const Token &t) const { return t.doc < 0 ? "" : lexed.docs[size_t(t.doc)]; }
  ast::Identifier takeIdentifier();

  //===--- Errors (Parser.cpp) ---===//
  Diagnostic &error(std::string number, SourceRange where, std::string message);
  // E0105: at the end of the line if what is missing is missing there, else (or if `here`) at the next token. Silent on
  // a token that the lexer has reported.
  Diagnostic &expected(const std::string &what, bool here = false);
  bool expect(TokenKind k, const std::string &after);
  // An error after which the parser goes on as if its edit had been made: the declaration is not broken by it.
  Diagnostic &repaired(SourceRange where, std::string message, std::string help);
  // Says of a token that the lexer reported what is meant where it stands, with that edit; false: it reported nothing.
  bool relex(const Token &t, const std::string &help, const std::string &replacement);
  // Says what there is instead of a form of another language, in place of `expected`; false if it is none (Misuse.cpp).
  bool misuse(const std::string &what);
  bool misusedDeclaration();
  bool misusedHead(const std::string &what);
  bool misusedAssignment(const std::string &what);
  bool misusedWord(const std::string &what);
  bool misusedSign(const std::string &what);
  bool misusedNames();
  bool misusedGroup(const std::string &what);
  Diagnostic &misused(SourceRange where, std::string message, std::string help);
  void hintForComment(Diagnostic &d, const Token &open); // `f32[N//2]`
  void valueMissing(const ast::Block &block); // E0111
  bool minusesMeant(const ast::Block &block); // else E0119
  bool expectIdentifier(ast::Identifier &name, const std::string &what);
  bool expectClosing(TokenKind k, const Token &open); // E0106 with a note at the opening bracket
  // Counts recursion for the lifetime of the guard; past the limit it reports E0108, once, and is false.
  class Nesting {
  public:
    explicit Nesting(Parser &parser);
    ~Nesting() { --parser.depth; }
    explicit operator bool() const { return ok; }

  private:
    Parser &parser;
    bool ok;
  };
  bool tooDeep(SourceRange where);
  // Sets the height of a finished node from its children's; false past the limit.
  bool seal(ast::Expr &node, unsigned childHeight);
  bool atDeclaration() const; // in the first column, at a word that only declarations begin with
  enum class Among : uint8_t { Statements, Fields, Clauses };
  bool beginsItem(size_t i, Among among) const;
  void skipToStatement(size_t start, Among among = Among::Statements);
  void skipToDeclaration(size_t start);

  // A flag has another value while one of these lives.
  class Setting {
  public:
    Setting(bool &flag, bool value) : flag(flag), before(flag) { flag = value; }
    ~Setting() { flag = before; }

  private:
    bool &flag, before;
  };
  // Newlines are insignificant while one of these lives; in a block they matter again.
  class Newlines {
  public:
    Newlines(Parser &parser, bool matter, bool block = false)
        : parser(parser), before(parser.newlinesMatter), outside(parser.inBlock) {
      parser.newlinesMatter = matter;
      parser.inBlock = block;
    }
    ~Newlines() {
      parser.newlinesMatter = before;
      parser.inBlock = outside;
    }

  private:
    Parser &parser;
    bool before, outside;
  };

  //===--- Declarations (ParseDeclarations.cpp, ParseTrain.cpp) ---===//
  ast::DeclPtr parseDeclaration();
  ast::DeclPtr parseDeclarationBody();
  bool closesNothing();
  ast::DeclPtr parseFunction();
  ast::DeclPtr parseStruct();
  bool parseField(ast::StructDecl &decl);
  ast::DeclPtr parseConst();
  ast::DeclPtr parseImport();
  ast::DeclPtr parseOptimizer();
  bool parseOptimizerState(ast::OptimizerDecl &decl);
  bool parseOptimizerItem(ast::OptimizerDecl &decl);
  bool parseTypeParameters(std::vector<ast::TypeParameter> &parameters);
  void freeDimensions(ast::FunctionDecl &decl, SourceRange brackets);
  bool parseParameters(std::vector<ast::Parameter> &parameters, bool typesOptional, const std::string &where);
  bool parseParameter(ast::Parameter &parameter, bool typeOptional);
  ast::ExprPtr parseBody(const std::string &after); // `{ … }` or `= expr`
  ast::DeclPtr parseTrain();
  bool parseTrainClause(ast::TrainDecl &decl);
  bool parseTrainData(std::unique_ptr<ast::DataClause> &clause, bool isTest);
  bool parseBatchGrowth(ast::DataClause &clause);
  bool parseTrainOptimizer(ast::TrainDecl &decl);
  bool parseTrainValue(ast::ExprPtr &slot, const Token &word, bool assigned);

  //===--- Types and patterns (ParseTypes.cpp) ---===//
  ast::TypePtr parseType();
  ast::TypePtr parseNamedType();
  bool parseShapeEntry(ast::ShapeEntry &entry);
  bool parseTypes(std::vector<ast::TypePtr> &types, const Token &open); // `T, U)`
  bool parsePattern(ast::Pattern &pattern);

  //===--- Statements (ParseStatements.cpp) ---===//
  ast::ExprPtr parseBlock();
  bool parseStatement(ast::Block &block);
  bool parseLet(ast::Statement &statement);
  bool endStatement(const ast::Block &block);

  //===--- Expressions (ParseExpressions.cpp, ParsePrimary.cpp) ---===//
  ast::ExprPtr parseExpression();
  ast::ExprPtr parseNot();
  ast::ExprPtr parseBinary(int minimum);
  ast::ExprPtr parseUnary();
  ast::ExprPtr parsePower();
  ast::ExprPtr parsePostfix();
  ast::ExprPtr parseCall(ast::ExprPtr callee, uint32_t begin);
  ast::ExprPtr parseUpdate(ast::ExprPtr callee, uint32_t begin);
  ast::ExprPtr parseIndex(ast::ExprPtr base, uint32_t begin);
  ast::ExprPtr parseFieldOf(ast::ExprPtr base, uint32_t begin);
  ast::ExprPtr parsePrimary();
  ast::ExprPtr parseNumber();
  ast::ExprPtr parseParenthesized();
  ast::ExprPtr parseList();
  ast::ExprPtr parseRest();
  ast::ExprPtr parseIf();
  ast::ExprPtr parseLambda();
  ast::ExprPtr parseLoop();
  ast::ExprPtr parseIndexReduce();
  bool parseLoopClause(ast::Loop &loop);
  bool misusedCondition(const ast::Loop &loop);
  bool parseSubscript(ast::Subscript &subscript);
  bool parseArguments(std::vector<ast::Argument> &arguments, const Token &open);
  bool isIndexReduce() const;
  unsigned highestIn(const std::vector<ast::Argument> &) const;
};

} // namespace fluxion
