// The formatter behind format(). It walks the syntax tree and the tokens side by side: the tree says what belongs
// together, the tokens what is written, and in which order. Private to frontend/Syntax: Format.cpp (tokens, comments,
// lists), FormatExpressions.cpp, FormatBlocks.cpp, FormatDeclarations.cpp, FormatTrain.cpp.
//
// Note [Layout]: a list breaks into one item a line, its brackets alone on their lines; a sum, product, comparison
// breaks before every operator of its loosest level; what follows `=` goes to the next line if that holds it whole,
// else it begins after `=` if it has brackets to break in. A block written on one line stays so if it fits. Fields of a
// struct and clauses of a training that share a line go on sharing it. Shapes and subscripts of names, integers and
// arithmetic on them are set tight (`f32[N,2*D]`, `A[i,k-1]`), others with spaces (`T[..S, C]`, `x[:, 0]`). Comments on
// lines of their own stay there, those at ends of lines too; single empty lines between statements, fields and
// declarations stay.
#pragma once
#include "frontend/Syntax/Ast.h"
#include "frontend/Syntax/Document.h"
#include "frontend/Syntax/Lexer.h"

namespace fluxion {

class Formatter {
public:
  Formatter(const std::shared_ptr<const SourceFile> &file, DiagnosticSink &sink);
  doc::Doc run(const ast::Program &program);
  bool isLost() const { return lost; }       // a token was not the one that the tree asks for
  bool movedComments() const { return moved; } // some stand where none can be kept

private:
  struct Comment {
    std::string_view text;
    bool ownLine = false;
    bool blankBefore = false; // an empty line above
    bool documents = false;   // `///`
  };

  const std::string &source;
  std::vector<Token> tokens;
  std::vector<Comment> comments;
  std::vector<uint32_t> firstComment; // of those before token i
  std::vector<uint32_t> lineOf;       // how many lines begin up to token i
  std::vector<bool> blankAbove;       // an empty line between token i and the comment or token before it
  std::vector<uint32_t> match;        // the other bracket of a pair
  size_t at = 0;                      // the next token
  uint32_t nextComment = 0;           // the first not yet placed
  uint32_t runs = 0;                  // of aligned rows
  bool lost = false, moved = false;
  bool tight = false; // inside a dimension: operators without spaces
  doc::Arena arena;
  std::vector<doc::Doc> parts; // what is being put together

  //===--- Tokens and comments (Format.cpp) ---===//
  void readComments(size_t begin, size_t end);
  std::string_view textOf(const Token &t) const { return std::string_view(source).substr(t.begin, t.end - t.begin); }
  bool next(TokenKind kind) const { return tokens[at].kind == kind; }
  bool nextWord(std::string_view word) const { return next(TokenKind::Identifier) && textOf(tokens[at]) == word; }
  void token();                // the next one, as written
  void token(TokenKind kind);  // and it must be this
  void drop() { ++at; }        // a separator that the layout makes superfluous
  bool hasComments() const { return nextComment < firstComment[at + 1]; }
  bool commentsAt(size_t i) const { return firstComment[i + 1] > firstComment[i]; }
  bool commentsAround(size_t open) const { return commentsAt(open + 1) || commentsAt(match[open]); }
  bool sameLine(size_t a, size_t b) const { return lineOf[a] == lineOf[b]; }
  // At a place where lines may break: comments that end the line before it, then those with lines of their own.
  void endComments();
  void ownComments(bool keepBlank);
  void lastComments(bool keepBlank); // own lines before a closing bracket
  bool blankComesNext() const;

  //===--- Documents (Format.cpp) ---===//
  void add(doc::Doc d) { parts.push_back(d); }
  void text(std::string_view t) { add(arena.text(t)); }
  void line(std::string_view flat = " ") { add(arena.line(flat)); }
  // What was added since `mark` becomes one part.
  doc::Doc take(size_t mark);
  void indent(size_t mark) { add(arena.indent(take(mark))); }
  void group(size_t mark) { add(arena.group(take(mark))); }
  void hardLine(bool first); // between statements, fields, declarations
  // `( items )` as a group; item() sets one of them. `spaced` tells whether a space follows the comma.
  template <class Item> void list(TokenKind close, bool spaced, Item item, bool tuple = false) {
    size_t start = parts.size();
    token();
    items(close, spaced, item, tuple);
    token(close);
    group(start);
  }
  template <class Item> void items(TokenKind close, bool spaced, Item item, bool tuple = false) {
    size_t inner = parts.size();
    bool many = false;
    while (!next(close) && !lost) {
      separate(!many ? "" : spaced ? " " : "");
      item();
      if (next(TokenKind::Comma)) comma(close, tuple && !many);
      many = true;
    }
    finish(inner);
  }
  void separate(std::string_view flat); // comments and a place to break
  void comma(TokenKind close, bool keep); // the last one goes, unless it is to be kept
  void finish(size_t inner); // comments and a break before the closing bracket, which comes next
  size_t closing() const { return match[at]; }
  void value(const ast::Expr &e); // after `=`, which may be the end of the line

  //===--- Expressions (FormatExpressions.cpp, FormatBlocks.cpp) ---===//
  bool parenthesized(const ast::Expr &e) const {
    return next(TokenKind::LeftParen) && tokens[at].begin < e.range.begin;
  }
  bool hugs(const ast::Expr &e) const;
  void expr(const ast::Expr &e, bool ownLine = false); // ownLine: nothing stands before it on its line
  void bare(const ast::Expr &e, bool ownLine);
  void parentheses(const ast::Expr &e);
  void binary(const ast::Binary &b, bool ownLine);
  void call(const ast::Call &c);
  void update(const ast::Update &u);
  void argument(const ast::Argument &a);
  void arguments(const std::vector<ast::Argument> &all);
  bool onlyLastBreaks(const std::vector<ast::Argument> &all) const;
  void index(const ast::Index &x);
  void listLiteral(const ast::List &l);
  void conditional(const ast::If &e);
  void conditionalWords(const ast::If &e);
  void conditionalBlocks(const ast::If &e);
  void lambda(const ast::Lambda &l);
  void loop(const ast::Loop &l);
  void indexReduce(const ast::IndexReduce &r);
  void names(); // `[i,j]`
  void block(const ast::Block &b);
  void blockLines(const ast::Block &b);
  void statement(const ast::Statement &s);
  void pattern(const ast::Pattern &p);
  void body(const ast::Expr &e); // `= e` or a block

  //===--- Types and declarations (FormatDeclarations.cpp, FormatTrain.cpp) ---===//
  void type(const ast::Type &t);
  void shape(const ast::Type &t);
  void dimension(const ast::Expr &e);
  void parameter(const ast::Parameter &p);
  void parameters(const std::vector<ast::Parameter> &all);
  void typeParameters();
  void declaration(const ast::Decl &d);
  void function(const ast::FunctionDecl &f);
  void structure(const ast::StructDecl &s);
  void structRows(const ast::StructDecl &s, bool oneLine);
  void field(const ast::FieldDecl &f, uint32_t run);
  void import(const ast::ImportDecl &i);
  void constant(const ast::ConstDecl &c);
  void optimizer(const ast::OptimizerDecl &o);
  void optimizerItem(const ast::OptimizerDecl &o, size_t &slots);
  void train(const ast::TrainDecl &t);
  struct TrainPosition { size_t model = 0, eval = 0; };
  void trainClause(const ast::TrainDecl &t, TrainPosition &position, bool padded);
  void trainData(const ast::DataClause &d);
  void trainOptimizer(const ast::TrainDecl &t);
};

// `N`, `4*b`, `-1`: names, integers and arithmetic on them, nothing else.
bool isDimension(const ast::Expr &e);

} // namespace fluxion
