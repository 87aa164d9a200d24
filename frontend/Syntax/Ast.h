// The syntax tree: what the parser makes of a source file and the elaborator reads. Names are unresolved, nothing is
// typed. Invariants: every node has its source range; an expression is at most maxDepth nodes high, so recursion is
// safe; pointers documented without "null:" are never null in a declaration that is not `broken`.
#pragma once
#include "frontend/Source/SourceLocation.h"
#include <memory>
#include <string>
#include <vector>

namespace fluxion::ast {

// Height of an expression tree and nesting of brackets, blocks and types.
inline constexpr unsigned maxDepth = 400;

struct Identifier {
  std::string text; // empty: absent
  SourceRange range;
  explicit operator bool() const { return !text.empty(); }
};

struct Expr;
struct Type;
using ExprPtr = std::unique_ptr<Expr>;
using TypePtr = std::unique_ptr<Type>;

//===--- Types ---------------------------------------------------------------------------------------------------===//

// One entry of a shape: a dimension polynomial (`N`, `4*b`, `784`, `d*(d-1)/2`) or the rest of a shape (`..S`). Among the
// arguments of a struct's name, as in `Lin[f32, 784, H]`, an entry may be an element type, too: a Name.
struct ShapeEntry {
  ExprPtr dimension;      // null: this is a rest
  Identifier rest;        // `..S`; text "_" for a bare `..`
  bool isDynamic = false; // `dynamic N`: dimension is a Name
  SourceRange range;
};

enum class TypeKind : uint8_t { Named, Tuple, List, Function };

struct Type {
  TypeKind kind;
  SourceRange range;
  // Named: `f32`, `f32[N,D]`, `T[..S]`, `Mlp`, `nn.Mlp` (text "nn.Mlp"). hasShape tells `f32[]` (a scalar, too) from `f32`.
  Identifier name;
  bool hasShape = false;
  std::vector<ShapeEntry> shape;
  // Tuple: `(f32, f32[N])`, elements. List: `[L]Block`, count and elements[0].
  // Function: `fn(f32[N], T) -> f32`, elements and result.
  std::vector<TypePtr> elements;
  ExprPtr count;
  TypePtr result;
};

//===--- Patterns ------------------------------------------------------------------------------------------------===//

// The left of `let`: `x`, `_` (name "_"), `(a, (b, _))`, `()`.
struct Pattern {
  SourceRange range;
  Identifier name;               // empty: a tuple
  std::vector<Pattern> elements;
  bool isTuple() const { return name.text.empty(); }
};

//===--- Expressions ---------------------------------------------------------------------------------------------===//

enum class ExprKind : uint8_t {
  Number, String, Boolean, Name, Rest, Unary, Binary, Call, Index, Field, Tuple, List, Block, If, Lambda, IndexReduce,
  Loop, Update
};

struct Expr {
  const ExprKind kind;
  SourceRange range;   // the whole expression, parentheses not included
  unsigned height = 1; // of this tree
  virtual ~Expr() = default;

protected:
  Expr(ExprKind kind, SourceRange range) : kind(kind), range(std::move(range)) {}
};

// dyn_cast for syntax: `if (auto *call = as<ast::Call>(expr))`. as(null) is null.
template <class T> const T *as(const Expr *e) { return e && e->kind == T::Kind ? static_cast<const T *>(e) : nullptr; }
template <class T> const T *as(const Expr &e) { return as<T>(&e); }
template <class T> const T *as(const ExprPtr &e) { return as<T>(e.get()); }

template <ExprKind K> struct ExprOf : Expr {
  static constexpr ExprKind Kind = K;
  explicit ExprOf(SourceRange range) : Expr(K, std::move(range)) {}
};

struct Number : ExprOf<ExprKind::Number> {
  using ExprOf::ExprOf;
  std::string text; // decimal as written, underscores removed: "12", "1e-3", "0.5"; hexadecimal already made decimal
  bool isInteger = false; // no point, no exponent
};
struct String : ExprOf<ExprKind::String> { using ExprOf::ExprOf; std::string value; }; // escapes resolved
struct Boolean : ExprOf<ExprKind::Boolean> { using ExprOf::ExprOf; bool value = false; };
struct Name : ExprOf<ExprKind::Name> { using ExprOf::ExprOf; std::string name; };

// `..S` inside a list or a subscript: the extents that S stands for (`reshape(x, [..S, C])`, `fill(T[..S], 0)`). A bare
// `..` (empty name) stands for the axes not mentioned: `x[.., 0]`.
struct Rest : ExprOf<ExprKind::Rest> { using ExprOf::ExprOf; std::string name; };

enum class UnaryOp : uint8_t { Neg, Not };
struct Unary : ExprOf<ExprKind::Unary> {
  using ExprOf::ExprOf;
  UnaryOp op = UnaryOp::Neg;
  ExprPtr operand;
};

enum class BinaryOp : uint8_t { Add, Sub, Mul, Div, Rem, MatMul, Pow, Lt, Le, Gt, Ge, Eq, Ne, And, Or };
// The dialect mnemonic ("add", "rem", "lt", …); "matmul" for `@`.
const char *mnemonic(BinaryOp);
const char *spelling(BinaryOp); // "+", "@", "and"
struct Binary : ExprOf<ExprKind::Binary> {
  using ExprOf::ExprOf;
  BinaryOp op = BinaryOp::Add;
  SourceRange opRange;
  ExprPtr left, right;
};

// `f(x, axis = K)`. Also constructs a struct (`Mlp(W1 = a, b1 = b)`), converts (`f32(x)`), and applies a transformation
// (`grad(loss, wrt = (w, p.b))`); callee is usually a Name.
struct Argument {
  Identifier name; // empty: positional
  ExprPtr value;
};
struct Call : ExprOf<ExprKind::Call> {
  using ExprOf::ExprOf;
  ExprPtr callee;
  std::vector<Argument> arguments;
};

// `Mlp(..p, b1 = x)`: the struct p with other values of some fields; callee is the struct's name.
struct Update : ExprOf<ExprKind::Update> {
  using ExprOf::ExprOf;
  ExprPtr callee, base;
  std::vector<Argument> arguments;
};

// `A[i, k]`, `x[0:3, :]`, `x[.., 0]`. Also a type where a built-in takes one: `fill(f32[N, D], 0)`.
struct Subscript {
  enum class Kind : uint8_t { Element, Slice } kind = Kind::Element;
  SourceRange range;
  ExprPtr element;             // Element; may be a Rest
  ExprPtr begin, end, stride;  // Slice; null: left out
};
struct Index : ExprOf<ExprKind::Index> {
  using ExprOf::ExprOf;
  ExprPtr base;
  std::vector<Subscript> subscripts;
};

// `p.W1`, `t.0`: a field that starts with a digit is a tuple position.
struct Field : ExprOf<ExprKind::Field> {
  using ExprOf::ExprOf;
  ExprPtr base;
  Identifier field;
};

// `(a, b)`, `(a,)`, `()`; `[a, b]`
struct Tuple : ExprOf<ExprKind::Tuple> { using ExprOf::ExprOf; std::vector<ExprPtr> elements; };
struct List : ExprOf<ExprKind::List> { using ExprOf::ExprOf; std::vector<ExprPtr> elements; };

struct Parameter {
  Identifier name;
  TypePtr type;         // null: inferred (lambdas, optimizer settings)
  ExprPtr defaultValue; // null: none
  SourceRange range;
};

// One statement of a block.
struct Statement {
  enum class Kind : uint8_t {
    Let,        // `let pattern: type = value`
    LetIndexed, // `let C[i, j] = value`: pattern is the name, indices the variables it binds
    Expr        // a bare expression before the last: its value is unused
  } kind = Kind::Let;
  SourceRange range;
  Pattern pattern;
  std::vector<Identifier> indices;
  TypePtr type; // null: inferred
  ExprPtr value;
};

// `{ statements… result }`
struct Block : ExprOf<ExprKind::Block> {
  using ExprOf::ExprOf;
  std::vector<Statement> statements;
  ExprPtr result;
};

// `if c then a else b`, `if c { a } else { b }`
struct If : ExprOf<ExprKind::If> { using ExprOf::ExprOf; ExprPtr condition, thenValue, elseValue; };

// `fn(x, y: f32) = expr`, `fn(x) { … }`
struct Lambda : ExprOf<ExprKind::Lambda> {
  using ExprOf::ExprOf;
  std::vector<Parameter> parameters;
  TypePtr result; // null: inferred
  ExprPtr body;
};

// Index notation: `sum[k](A[i,k] * B[k,j])`; reduction is sum, prod, mean, max or min.
struct IndexReduce : ExprOf<ExprKind::IndexReduce> {
  using ExprOf::ExprOf;
  Identifier reduction;
  std::vector<Identifier> indices;
  ExprPtr body;
};

// `scan(x in xs, h = h0) { … }`, `for(i in 0:n, h = h0) { … }`, `while(h = h0; cond) { … }`
struct Loop : ExprOf<ExprKind::Loop> {
  using ExprOf::ExprOf;
  enum class Form : uint8_t { Scan, For, While } form = Form::Scan;
  struct Source { Pattern pattern; ExprPtr begin, end; }; // `x in xs`: begin alone; `i in a:b`: both
  struct Carry { Pattern pattern; ExprPtr initial; };
  std::vector<Source> sources;
  std::vector<Carry> carries;
  ExprPtr condition; // while; null otherwise
  ExprPtr body;      // a Block
};

//===--- Declarations --------------------------------------------------------------------------------------------===//

enum class DeclKind : uint8_t { Function, Struct, Const, Import, Train, Optimizer };

struct Decl {
  const DeclKind kind;
  SourceRange range;
  Identifier name;       // import: empty
  std::string doc;       // `///` lines above, without the slashes
  bool exported = false;
  bool broken = false;   // an error inside was reported: the name is declared, the rest may be missing
  virtual ~Decl() = default;

protected:
  explicit Decl(DeclKind kind) : kind(kind) {}
};
using DeclPtr = std::unique_ptr<Decl>;
template <class T> const T *as(const Decl *d) { return d && d->kind == T::Kind ? static_cast<const T *>(d) : nullptr; }
template <class T> const T *as(const DeclPtr &d) { return as<T>(d.get()); }
template <DeclKind K> struct DeclOf : Decl {
  static constexpr DeclKind Kind = K;
  DeclOf() : Decl(K) {}
};

// `[T: float, U]` after the name of a function or struct; bound is float, int, number, any (empty: any).
struct TypeParameter { Identifier name, bound; };

// `fn f[T: float](x: T[..S]) -> T[..S] { … }`, `fn f(x: f32) = expr`, and `fn g = grad(f)`: hasParameters is false and
// body is an expression whose value is a function.
struct FunctionDecl : DeclOf<DeclKind::Function> {
  std::vector<TypeParameter> typeParameters;
  bool hasParameters = true;
  std::vector<Parameter> parameters;
  TypePtr result; // null: inferred
  ExprPtr body;
};

// `W1: f32[784,256] ~ he_normal`, `scale: f32[D] ~ normal(std = 0.02)`
struct FieldDecl {
  Identifier name;
  TypePtr type;
  ExprPtr initializer; // null: none; a Name or a Call whose key and shape the elaborator supplies
  std::string doc;
  SourceRange range;
};
struct StructDecl : DeclOf<DeclKind::Struct> {
  std::vector<TypeParameter> typeParameters;
  std::vector<FieldDecl> fields;
};

struct ConstDecl : DeclOf<DeclKind::Const> { TypePtr type; /* null: inferred */ ExprPtr value; };
// `import "layers.flx"`, `import "layers.flx" as nn`
struct ImportDecl : DeclOf<DeclKind::Import> {
  std::string path;
  SourceRange pathRange;
  Identifier alias; // empty: none
};

// `data (x: f32[B,784], y: i32[B]) = idx("images.gz", "labels.gz") batch 128 shuffle`; test has names alone.
// `batch 16 to 128 every 2`: doubled after every two epochs. `shuffle batches`: the order of fixed batches.
struct DataClause {
  SourceRange range;
  std::vector<Parameter> columns;
  Identifier reader;               // idx, npy, npz, csv
  std::vector<Argument> arguments; // strings, named or not
  ExprPtr batch;                   // null: not given
  ExprPtr batchTo, batchEvery;     // null: batches do not grow; each epoch
  bool shuffle = false, shuffleBatches = false;
};
struct EvalClause {
  Identifier name; // `eval acc = …`; empty: named after the function called
  ExprPtr value;
};
struct ClipClause {
  Identifier mode; // global_norm, norm, value
  ExprPtr bound;
  SourceRange range;
};
struct TrainDecl : DeclOf<DeclKind::Train> {
  std::unique_ptr<DataClause> data, test; // null: not given
  std::vector<Parameter> models;          // `model p: Mlp`
  ExprPtr loss;
  std::vector<EvalClause> evals;
  ExprPtr optimizer; // a Call or Name; `lr` may be a Call of a schedule. Null: not given
  std::vector<ClipClause> clips;
  ExprPtr accumulate, ema, epochs, seed; // null: not given
};

// A rule for one leaf, mapped over all, or with `tree` after the settings one for the whole model. In scope of `update`:
// the settings, p, g, the state names, rate, t.
struct OptimizerDecl : DeclOf<DeclKind::Optimizer> {
  bool tree = false;
  std::vector<Parameter> settings;                   // types may be left out: scalars of p's element type
  struct Slot { Identifier name; ExprPtr initial; }; // in scope: p
  std::vector<Slot> state;
  ExprPtr update; // a Block; its value is the new p, or (new p, new slots in order)
};

struct Program {
  std::shared_ptr<const SourceFile> file;
  std::vector<DeclPtr> declarations;
};

// Source text that parses back to the same tree; `fmt` and the tests use it.
std::string print(const Expr &);
std::string print(const Type &);
std::string print(const Decl &);
std::string print(const Program &);

} // namespace fluxion::ast
