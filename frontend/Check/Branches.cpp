// `if` on a value of run time: both arms become functions without parameters, of which one is evaluated. (A condition
// known now elaborates the arm it takes only: Expressions.cpp.)
#include "frontend/Check/Elaborator.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>

namespace fluxion::check {

namespace {
struct Arm {
  GraphBuilder made;
  Datum result;
  std::vector<Value> drawn; // keys of the function around that it drew from
};
} // namespace

static bool isLiteral(const Datum &datum) { return datum.is(Datum::Kind::Weak) || datum.is(Datum::Kind::Bool); }

// The arms give values of one structure and type; a number on one side takes the type of the other.
bool Elaborator::agree(Datum &yes, Datum &no, GraphBuilder &yesArm, GraphBuilder &noArm, const ast::If &conditional,
                       const std::string &path) {
  auto typed = [&](Datum &literal, GraphBuilder &arm, const TensorType &type) {
    During within(builder, &arm);
    at(conditional.range, {});
    literal = literalLike(literal, type);
    return bool(literal);
  };
  if (isLiteral(yes) && isLiteral(no) && yes.kind == no.kind) {
    TensorType type{yes.is(Datum::Kind::Bool) ? ElementType::Bool : ElementType::F32, {}};
    return typed(yes, yesArm, type) && typed(no, noArm, type);
  }
  if (yes.is(Datum::Kind::Tensor) && isLiteral(no)) return typed(no, noArm, TensorType(yes.tensor.type()));
  if (no.is(Datum::Kind::Tensor) && isLiteral(yes)) return typed(yes, yesArm, TensorType(no.tensor.type()));
  bool same = yes.kind == no.kind && yes.decl == no.decl && yes.parts.size() == no.parts.size() &&
              !yes.is(Datum::Kind::Function) && !yes.is(Datum::Kind::String);
  if (same && yes.is(Datum::Kind::Tensor)) same = yes.type() == no.type() && yes.labels.empty() && no.labels.empty();
  if (!same) {
    error("E0417", conditional.elseValue->range, "the arms of this `if` give different types")
        .withLabel(no.describe())
        .note(conditional.thenValue->range, yes.describe())
        .help("both arms give values of one type; `where(c, a, b)` broadcasts");
    return false;
  }
  for (size_t i = 0; i < yes.parts.size(); ++i)
    if (!agree(yes.parts[i], no.parts[i], yesArm, noArm, conditional, joinPath(path, partName(yes, i)))) return false;
  return true;
}

Datum Elaborator::evaluateBranch(const ast::If &conditional, const Datum &condition) {
  std::string name = "arm." + std::to_string(++instanceCount);
  Arm arms[2] = {{GraphBuilder(module, name + ".then", sink), {}, {}}, {GraphBuilder(module, name + ".else", sink), {}, {}}};
  for (int side = 0; side < 2; ++side) {
    Arm &arm = arms[side];
    const ast::Expr &expr = side ? *conditional.elseValue : *conditional.thenValue;
    arm.made.function().isPublic = false;
    arm.made.function().where = {expr.range, caller};
    for (const std::string &dimension : builder->function().dimensions) arm.made.dimension(dimension);
    auto origins = dimensionOrigins;
    Building building(*this, arm.made);
    dimensionOrigins = std::move(origins);
    arm.result = evaluate(expr);
    for (const auto &[node, place] : keys.drawn)
      if (auto outer = arm.made.capturedAs(node)) arm.drawn.push_back(*outer);
  }
  if (!arms[0].result || !arms[1].result) return {};
  if (!agree(arms[0].result, arms[1].result, arms[0].made, arms[1].made, conditional, "")) return {};
  uint32_t index[2];
  std::vector<Value> captured[2];
  for (int side = 0; side < 2; ++side) {
    {
      During within(builder, &arms[side].made);
      if (!finishFunction(arms[side].result, conditional.range)) return {};
    }
    auto made = arms[side].made.finish();
    if (!made) return builder->fail(), Datum();
    index[side] = *made;
    for (Value outer : arms[side].made.captured()) captured[side].push_back(adopt(outer, "captured"));
  }
  for (Arm &arm : arms) // each may draw from a key once, and what follows may not
    for (Value key : arm.drawn)
      if (&arm == &arms[0] || !std::any_of(arms[0].drawn.begin(), arms[0].drawn.end(), [&](Value other) { return other.id == key.id; }))
        if (!noteDraw(key, conditional.range)) return {};
  at(conditional.range, {});
  std::vector<Value> results = builder->conditional(condition.tensor, index[0], index[1], captured[0], captured[1]);
  if (results.empty()) {
    error("E0417", conditional.range, "the arms of this `if` give nothing");
    return {};
  }
  size_t next = 0;
  return rebuild(arms[0].result, results, next, false);
}

} // namespace fluxion::check
