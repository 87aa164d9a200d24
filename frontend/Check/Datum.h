// Datum: what an expression means while a program is elaborated. Tensors live in the graph; everything else (literals,
// tuples, structs, functions) is known now and leaves no trace but the paths of its leaves.
#pragma once
#include "frontend/Graph/GraphBuilder.h"
#include "frontend/Syntax/Ast.h"
#include <functional>
#include <map>
#include <unordered_map>

namespace fluxion::check {

struct Datum;
struct Callable;
struct Scope;

struct Datum {
  // Poison: an error was reported; whatever is made of it is Poison, silently.
  enum class Kind : uint8_t { Poison, Tensor, Weak, Bool, String, Tuple, List, Struct, Function };
  Kind kind = Kind::Poison;
  bool flag = false;                        // Bool
  Value tensor;                             // Tensor
  std::vector<int> labels;                  // Tensor inside index notation: the index variable of each axis
  std::optional<Weak> weak;                 // Weak
  std::string text;                         // String
  std::vector<Datum> parts;                 // Tuple, List, Struct (in the order of its fields)
  const ast::StructDecl *decl = nullptr;    // Struct
  std::shared_ptr<const Callable> callable; // Function
  SourceRange declared;                     // of a parameter or `let`: where it got its name

  static Datum of(Value tensor, std::vector<int> labels = {});
  static Datum of(Weak weak);
  static Datum of(bool flag);
  static Datum of(std::shared_ptr<const Callable> callable);
  static Datum tuple(std::vector<Datum> parts, Kind kind = Kind::Tuple);
  explicit operator bool() const { return kind != Kind::Poison; }
  bool is(Kind k) const { return kind == k; }
  // The type as the language sees it: inside index notation a tensor stands for one of its elements.
  TensorType type() const;
  std::string describe() const; // "f32[N,D]", "the number 0.1", "a tuple of 2", "struct Mlp"
};

// Visits the tensor leaves in order with their paths: "p", "p.W1", "0.b".
void forEachLeaf(Datum &datum, const std::string &path, const std::function<void(const std::string &, Datum &)> &visit);
std::string joinPath(const std::string &root, const std::string &part);
std::string partName(const Datum &aggregate, size_t i); // a field's name or a position

// One item of `wrt = (w, p.b)`: a parameter and the fields below it.
struct WrtItem {
  std::string path;
  SourceRange range;
};
struct Wrt {
  std::vector<WrtItem> items; // empty: the first parameter
  bool tuple = false;
  SourceRange range;
};

// A function as a value: declared, anonymous, built in, a constructor or conversion, or a transformation of another.
struct CallArgument;
struct Callable {
  enum class Kind : uint8_t { Declared, Lambda, Builtin, Constructor, Conversion, Grad, ValueAndGrad, Vjp, Jvp, Hvp, Typed, Native };
  Kind kind;
  std::string name;                             // for instances and messages
  Callable(Kind kind, std::string name) : kind(kind), name(std::move(name)) {}
  const ast::FunctionDecl *function = nullptr;  // Declared
  const ast::Lambda *lambda = nullptr;          // Lambda
  std::weak_ptr<Scope> environment;             // Lambda: where it was written, which may hold it: the elaborator owns it
  const ast::StructDecl *structure = nullptr;   // Constructor
  ElementType element = ElementType::F32;       // Conversion
  std::shared_ptr<const Callable> inner;        // transformations; Typed: the function itself
  const ast::Type *type = nullptr;              // Typed: what the parameter it came through declares
  Wrt wrt;
  std::function<Datum(std::vector<CallArgument>, const SourceRange &)> native; // Native: of a training's step
};

// One argument of a call, evaluated.
struct CallArgument {
  std::string name; // empty: positional
  Datum value;
  SourceRange range;
  const ast::Expr *expr = nullptr; // null: not written by the user
  SourceRange nameRange = {};      // of a named one
  const SourceRange &place() const { return nameRange.file ? nameRange : range; }
};

// What a name stands for.
struct Binding {
  enum class Kind : uint8_t { Value, Dimension, Element, Rest, Index };
  Kind kind = Kind::Value;
  Datum value;
  Dim dim;
  ElementType element = ElementType::F32;
  std::vector<Dim> extents; // Rest
  int index = -1;           // Index: which variable
  SourceRange declared;
  bool used = false;
};

// Names of a block, then of those around it. The outermost scope of a function has no parent: nothing of a caller is
// seen.
struct Scope {
  std::shared_ptr<Scope> parent;
  std::map<std::string, Binding> names;
  bool library = false; // of the standard library: its own globals come first
  bool isBlock = false; // of the `let`s of a block, not of the head of a function or loop
  const ast::Expr *from = nullptr; // what is being bound comes from
  const std::vector<ast::TypeParameter> *typeParameters = nullptr;

  Binding *find(const std::string &name);
  bool isTypeParameter(const std::string &name) const;
  void bindDimension(const std::string &name, Dim dim, SourceRange where);
};
std::shared_ptr<Scope> nested(std::shared_ptr<Scope> parent);
// Of a struct's element types that are not given, each is f32, or i32 where its bound is `int`.
void bindImpliedElements(const ast::StructDecl &decl, Scope &scope);

} // namespace fluxion::check
