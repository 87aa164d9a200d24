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
// `softmax(x, axis = 0)`: a library function that works along the last axis.
void hintForLastAxis(Diagnostic &d, const ast::FunctionDecl *function, const std::string &argument,
                     const std::vector<std::string> &others);
// `~ xavier`
std::string helpForInitializer(const std::string &name, const std::string &nearest);
// `let (a, b) = x` of what has no parts by that number.
std::string helpForPattern(const Datum &value, size_t parts, const ast::Expr *expr);
// `[x, y]` where a tensor is needed. `expected` is null where it is not known.
void hintForList(Diagnostic &d, const ast::Expr *expr, const Datum &value, const TensorType *expected);
// `x[::-1]`: the subscript `at`, of the axis `axis`.
void hintForReversal(Diagnostic &d, const ast::Index &index, size_t at, size_t axis);
// `x[x > 0]`, `x[[0, 2]]`
void hintForSubscript(Diagnostic &d, const Datum &value, const ast::Expr *expr);

} // namespace fluxion::check
