// What the concerns of the elaborator hand one another: operands as the user sees them, a declared type being met, the call
// of a built-in function.
#pragma once
#include "frontend/Check/Datum.h"

namespace fluxion::check {

// Sets a variable for the time of a block.
template <class T> struct During {
  T &slot;
  T before;
  During(T &slot, T value) : slot(slot), before(std::move(slot)) { slot = std::move(value); }
  ~During() { slot = std::move(before); }
  During(const During &) = delete;
};

struct IndexVariable {
  std::string name;
  SourceRange declared;
  std::optional<Dim> range;
  SourceRange rangeFrom; // the use that told the range
};

// What an operand of the operation being built looks like to the user.
struct Operand {
  const ast::Expr *expr = nullptr; // null: not written by itself
  SourceRange range, declared;
  Value tensor;
  std::string description; // of what is no tensor
  std::string text() const; // "w", "p.W1", "(a + b)"
  std::string type() const; // "f32[N,D]"
};

struct Remedy; // Suggest.h

// Matching declared types with values; see Types.cpp.
struct TypeContext {
  std::string number; // of the error: E0404 for arguments, E0310 for results and annotations
  std::string what;   // "argument `X` of `loss`"
  SourceRange value, type;
  bool introduce = true; // unknown names become dimensions (parameters), or are errors (results, annotations)
  struct Deferred { const ast::Expr *entry; Dim actual; std::string number, what, whole; SourceRange value, type; };
  std::vector<Deferred> *deferred = nullptr; // polynomials met before their names were bound
  const ast::Expr *expr = nullptr;           // the value as written; null: not written by itself
  const ast::Type *declared = nullptr;       // the tensor type being matched, and the tensor's own
  TensorType actual = {};
};
enum class Phase : uint8_t { Tensors, Literals }; // literals take the types that tensors have bound

class Elaborator;
struct BuiltinCall;
struct Builtin {
  const char *name;
  std::vector<const char *> parameters; // "axis?" may be left out; "…" takes any number
  Datum (Elaborator::*evaluate)(BuiltinCall &);
};

// A call of a built-in function: what stands for each of its parameters, written (expr) or already a value.
struct BuiltinCall {
  struct Slot {
    const ast::Expr *expr = nullptr;
    std::optional<Datum> value;
    SourceRange range;
    explicit operator bool() const { return expr || value; }
  };
  const Builtin *builtin = nullptr;
  std::string name;
  SourceRange range;
  std::vector<Slot> slots;
};

} // namespace fluxion::check
