// What hands trained on other libraries write, and what stands for it here: helps for faults that are already told.
// Nothing here reports; what has no help leaves the diagnostic as it is.
#pragma once
#include "frontend/Check/Elaborator.h"

namespace fluxion::check {

// `sgd(momentum = 0.9)`, `adam(learning_rate = 1e-3)`: a setting the rule does not have.
void hintForSetting(Diagnostic &d, const std::string &rule, const std::string &setting, const SourceRange &place,
                    bool rateIsGiven);
// `lr`, `grad` in the update of an optimizer, which calls them `rate` and `g`. True: it was said.
bool hintForRule(Diagnostic &d, const std::string &name, const SourceRange &where, const Scope *scope);
// `softmax(x, axis = 0)`: a library function that works along the last axis; `at` is the argument it lacks.
void hintForLastAxis(Diagnostic &d, const ast::FunctionDecl *function, const std::vector<CallArgument> &arguments,
                     size_t at);
// `~ xavier`
std::string helpForInitializer(const std::string &name, const std::string &nearest);
// `ones(N)` in an expression: what is written there instead of an initializer.
std::string helpForDrawing(const std::string &initializer);
bool isInitializer(const ast::FunctionDecl &function); // as the library's are: a key, and of the shape that is asked for
// `grad(f, argnums = 0)`, `transpose(x, 1, 2)`, `einsum("...i,ij", x, W)`: a fault of a call of a built-in.
void hintForBuiltinCall(Diagnostic &d, const Builtin &builtin, const std::string &name, const ast::Call &call,
                        Scope &scope);
std::string typeWritten(const ast::StructDecl &decl, const ast::Call &call); // "Linear[784, 10]" of `Linear(784, 10)`
// `cross_entropy(z, p)` of the probabilities of all classes.
void hintForLabels(Diagnostic &d, const std::string &name, const std::vector<Datum> &values, const SourceRange &call);
// `let (a, b) = x` of what has no parts by that number.
std::string helpForPattern(const Datum &value, size_t parts, const ast::Expr *expr);
// `[x, y]` where a tensor is needed. `expected` is null where it is not known.
void hintForList(Diagnostic &d, const ast::Expr *expr, const Datum &value, const TensorType *expected);
// `x[::-1]`: the subscript `at`, of the axis `axis`.
void hintForReversal(Diagnostic &d, const ast::Index &index, size_t at, size_t axis);
// `x[x > 0]`, `x[[0, 2]]`
void hintForSubscript(Diagnostic &d, const Datum &value, const ast::Expr *expr);

// What stands in the source there, if it is brief; else "…".
std::string writtenAt(const SourceRange &range);

} // namespace fluxion::check
