// What would mend a fault of shapes or element types: the operands as written and as typed in, a help and, where one
// edit is certain to fit, that edit out. Nothing here reports.
#pragma once
#include "frontend/Check/Elaborator.h"

namespace fluxion::check {

struct Remedy {
  std::string help;
  std::vector<DiagnosticFix> fixes;
  std::string message; // says more than the fault's own; empty: it does not
  explicit operator bool() const { return !help.empty(); }
};

bool isParameter(const Operand &operand); // whose type is seen where it was declared
// All of an expression as it stands in the source, in parentheses if it is not simple; "…" where it is long.
std::string shown(const Operand &operand);
// The operand inside other text: "f32(" … ")"; with the edit, if the operand is written by itself.
Remedy wrapped(const Operand &operand, const std::string &before, const std::string &after, const std::string &help);

Remedy remedyForElementwise(const std::vector<Operand> &operands, int a, int b); // E0301 of an elementwise operation
Remedy remedyForMatmul(const Operand &a, const Operand &b, const SourceRange &sign); // E0303
// E0306: would the equation fit if the letters of operand `at` were in another order?
Remedy remedyForEquation(const std::vector<Operand> &operands, size_t at, const SourceRange &equation);
Remedy remedyForConcat(const std::vector<Operand> &operands); // E0301 of `concat`, `stack`
Remedy remedyForMixture(const Operand &a, const Operand &b);  // E0302
Remedy remedyForElement(const Operand &operand, const std::string &refusal, const SourceRange &operation); // E0309
// E0305 of `reshape`: one extent of the list that would make the elements as many.
Remedy remedyForReshape(const Operand &operand, const std::vector<Dim> &to, const ast::Expr *list);
// A number where a condition is needed: compared with 0.
void suggestComparison(Diagnostic &d, const ast::Expr *expr);
// A value of one type where another is needed; `argument`: of a function.
Remedy remedyForType(const Operand &operand, const TensorType &actual, const TensorType &expected, bool argument);

// "`div` takes …" at a `/` is "`/` takes …".
std::string asWritten(std::string message, const SourceRange &operation);

std::string counted(size_t count, const std::string &noun); // "1 argument", "2 arguments"
std::string calledName(const Callable &callable);           // "`f`"
std::string fieldsOf(const ast::StructDecl &decl);          // "its fields are `w`, `b`"

// "f32[N,D]" of the shape alone: "[N,D]".
std::string printShape(const std::vector<Dim> &shape);
bool isInside(const SourceRange &inner, const SourceRange &outer);

} // namespace fluxion::check
