// What loops carry from step to step: its structure and types, which the body keeps, and those of literals, which the body
// tells. Arriving: the loop and its parts (Loops.h); leaving: initial values with types, and the body's value in order.
#include "frontend/Check/Loops.h"

namespace fluxion::check {

// What the body gives, as ((carries…), outs); false after an error.
bool Elaborator::carryOn(const ast::Loop &loop, const LoopParts &parts, Datum &given) {
  if (!given) return false;
  size_t count = parts.carries.size();
  const ast::Expr *tail = parts.written(loop, 0);
  Datum next = given, outs = Datum::tuple({});
  if (loop.form == ast::Loop::Form::Scan && count == 0) {
    outs = given;
    next = Datum::tuple({});
  } else if (loop.form == ast::Loop::Form::Scan) {
    if (!given.is(Datum::Kind::Tuple) || given.parts.size() != 2) {
      error("E0415", tail->range, "the body of a scan ends with a pair: what is carried on, and what is stacked")
          .withLabel(given.describe())
          .help("as in `(h1, y)`; with nothing to stack write `(h1, ())`, or a `for`");
      return false;
    }
    next = given.parts[0];
    outs = given.parts[1];
  }
  if (count == 1) next = Datum::tuple({next});
  if (!next.is(Datum::Kind::Tuple) || next.parts.size() != count) {
    error("E0415", tail->range,
          "the loop carries " + std::to_string(count) + " values, and the body goes on with " + next.describe());
    return false;
  }
  bool ok = true;
  for (size_t i = 0; i < count; ++i)
    ok &= carryLeaf(parts.initial[i], next.parts[i], *parts.carries[i], parts.written(loop, int(i))->range);
  ok &= stackable(outs, parts.written(loop, -1)->range);
  given = Datum::tuple({std::move(next), std::move(outs)});
  return ok;
}

// What goes on has the structure and the types it began with; a number takes them.
bool Elaborator::carryLeaf(const Datum &initial, Datum &next, const ast::Loop::Carry &carry, const SourceRange &where) {
  if (!next) return false;
  bool literal = next.is(Datum::Kind::Weak) || next.is(Datum::Kind::Bool);
  if (initial.is(Datum::Kind::Tensor)) {
    if (literal) {
      at(where, {});
      next = literalLike(next, initial.tensor.type());
      return bool(next);
    }
    if (next.is(Datum::Kind::Tensor) && next.labels.empty() && next.tensor.type() == initial.tensor.type()) return true;
  } else if (!initial.parts.empty() || initial.kind == next.kind) {
    bool same = initial.kind == next.kind && initial.decl == next.decl && initial.parts.size() == next.parts.size();
    for (size_t i = 0; same && i < next.parts.size(); ++i)
      if (!carryLeaf(initial.parts[i], next.parts[i], carry, where)) return false;
    if (same) return true;
  }
  auto said = [](const Datum &datum) {
    return datum.is(Datum::Kind::Tensor) ? datum.tensor.type().print() : datum.describe();
  };
  std::string name = carry.pattern.isTuple() || carry.pattern.name.text == "_" ? "" : " as `" + carry.pattern.name.text + "`";
  error("E0416", where, "what the loop carries" + name + " begins as " + said(initial) + " and goes on as " + said(next))
      .withLabel(said(next))
      .note(carry.initial->range, said(initial))
      .help("a loop carries values of one type");
  return false;
}

// Outs are tensors, or structures of them; a number becomes one.
bool Elaborator::stackable(Datum &outs, const SourceRange &where) {
  if (outs.is(Datum::Kind::Weak) || outs.is(Datum::Kind::Bool) || outs.is(Datum::Kind::Tensor)) {
    outs = asTensor(outs, where);
    return bool(outs);
  }
  bool aggregate = outs.is(Datum::Kind::Tuple) || outs.is(Datum::Kind::List) || outs.is(Datum::Kind::Struct);
  if (outs && !aggregate) error("E0415", where, outs.describe() + " cannot be stacked");
  bool ok = aggregate;
  for (Datum &part : outs.parts) ok &= stackable(part, where);
  return ok;
}

//===--- Carries without a type ----------------------------------------------------------------------------------===//

// A look at what `evaluateBody` gives, in a function that is then thrown away, without a word about what is wrong.
void Elaborator::inTrial(const std::function<Datum()> &evaluateBody, const std::function<void(const Datum &)> &look) {
  GraphBuilder trial(module, "trial", sink);
  trial.function().isPublic = false;
  for (const std::string &dimension : builder->function().dimensions) trial.dimension(dimension);
  size_t before = module.functions.size();
  Datum result;
  {
    auto origins = dimensionOrigins;
    Building building(*this, trial);
    dimensionOrigins = std::move(origins);
    During quiet(silent, true);
    result = evaluateBody();
  }
  dropFunctions(before);
  aborted = false; // where it went too far the body itself will say so
  if (result) look(result); // while the function of its tensors is there
}

static bool hasLiteral(const Datum &datum) {
  return datum.is(Datum::Kind::Weak) || datum.is(Datum::Kind::Bool) ||
         std::any_of(datum.parts.begin(), datum.parts.end(), hasLiteral);
}

// Literals of `initial` take the type of what stands in their place in `next`. True if one did.
static bool adoptTypes(Datum &initial, const Datum &next, const std::function<Datum(const Datum &, TensorType)> &make) {
  if (initial.is(Datum::Kind::Weak) || initial.is(Datum::Kind::Bool)) {
    if (!next.is(Datum::Kind::Tensor) || !next.labels.empty()) return false;
    TensorType type = next.tensor.type();
    if ((type.element == ElementType::Bool) != initial.is(Datum::Kind::Bool)) return false;
    initial = make(initial, std::move(type));
    return true;
  }
  bool any = false;
  for (size_t i = 0; i < initial.parts.size() && initial.parts.size() == next.parts.size(); ++i)
    any |= adoptTypes(initial.parts[i], next.parts[i], make);
  return any;
}

// `k < n` in the condition of a `while`: a number carried as `k` has the type of what it is compared with.
void Elaborator::compareCarries(const ast::Expr &condition, LoopParts &parts) {
  auto *binary = as<ast::Binary>(condition);
  if (auto *unary = as<ast::Unary>(condition)) return compareCarries(*unary->operand, parts);
  if (!binary) return;
  if (binary->op == ast::BinaryOp::And || binary->op == ast::BinaryOp::Or) {
    compareCarries(*binary->left, parts);
    return compareCarries(*binary->right, parts);
  }
  auto op = primitiveNamed(ast::mnemonic(binary->op));
  if (!op || !isComparison(*op)) return;
  for (bool mirrored : {false, true}) {
    const ast::Expr &other = mirrored ? *binary->left : *binary->right;
    auto *name = as<ast::Name>(mirrored ? binary->right : binary->left);
    for (size_t i = 0; name && i < parts.initial.size(); ++i) {
      const ast::Pattern &pattern = parts.carries[i]->pattern;
      bool meant = !pattern.isTuple() && pattern.name.text == name->name;
      if (!meant || !parts.initial[i].is(Datum::Kind::Weak)) continue;
      inTrial([&] { return evaluate(other); },
              [&](const Datum &found) {
                if (!found.is(Datum::Kind::Tensor) || !found.labels.empty() ||
                    found.type().element == ElementType::Bool)
                  return;
                TensorType type = found.tensor.type();
                at(parts.carries[i]->initial->range, {});
                parts.initial[i] = literalLike(parts.initial[i], type);
              });
    }
  }
}

static bool isWhole(const Datum &datum) { return datum.is(Datum::Kind::Weak) && datum.weak->isInteger(); }

// `h = 0`: the type is what the body makes of it. One trial may tell the type of one carry by that of another. The whole
// numbers of a `while` that stay whole are i32, each if the loop holds with it.
bool Elaborator::settleCarries(const ast::Loop &loop, LoopParts &parts) {
  bool ok = true;
  auto make = [&](const Datum &literal, TensorType type) {
    at(loop.range, {});
    return literalLike(literal, type);
  };
  size_t count = parts.initial.size();
  auto argumentsOf = [&](std::vector<Datum> initial) {
    std::vector<Datum> arguments = {Datum::of(builder->parameter("i", i32()))}, slices = parts.slices;
    size_t next = 0;
    for (size_t i = 0; i < slices.size(); ++i) // parameters, before anything is captured
      if (!parts.firsts[i])
        forEachLeaf(slices[i], "x", [&](const std::string &, Datum &leaf) {
          leaf = Datum::of(builder->parameter("x" + std::to_string(next), parts.sliceTypes[next]));
          ++next;
        });
    for (Datum &value : initial) {
      forEachLeaf(value, "h", [&](const std::string &path, Datum &leaf) { leaf.tensor = adopt(leaf.tensor, path); });
      arguments.push_back(std::move(value));
    }
    arguments.insert(arguments.end(), slices.begin(), slices.end());
    return arguments;
  };
  std::vector<bool> whole; // carries of a `while` that began and went on as whole numbers
  if (loop.form == ast::Loop::Form::While) compareCarries(*loop.condition, parts);
  for (size_t round = 0; round <= count && std::any_of(parts.initial.begin(), parts.initial.end(), hasLiteral);
       ++round) {
    bool learned = false;
    auto learn = [&](Datum next) {
      if (loop.form == ast::Loop::Form::Scan) next = next.parts.size() == 2 ? Datum(next.parts[0]) : Datum();
      if (count == 1) next = Datum::tuple({next});
      whole.clear();
      for (size_t i = 0; loop.form == ast::Loop::Form::While && i < count && i < next.parts.size(); ++i)
        whole.push_back(isWhole(parts.initial[i]) && isWhole(next.parts[i]));
      for (size_t i = 0; i < count && i < next.parts.size(); ++i)
        learned |= adoptTypes(parts.initial[i], next.parts[i], make);
    };
    inTrial([&] { return enterBody(loop, parts, argumentsOf(parts.initial)); }, learn);
    if (!learned) break;
  }
  for (size_t i = 0; i < whole.size(); ++i) {
    if (!whole[i] || !isWhole(parts.initial[i])) continue;
    bool holds = false;
    inTrial([&] {
      std::vector<Datum> tried = parts.initial;
      at(parts.carries[i]->initial->range, {});
      tried[i] = literalLike(tried[i], i32());
      std::vector<Datum> arguments = argumentsOf(std::move(tried));
      Datum tested = enterBody(loop, parts, arguments, loop.condition.get());
      return tested ? enterBody(loop, parts, std::move(arguments)) : tested;
    }, [&](const Datum &next) {
      const Datum *same = count == 1 ? &next : i < next.parts.size() ? &next.parts[i] : nullptr;
      holds = same && (isWhole(*same) || (same->is(Datum::Kind::Tensor) && same->tensor.type() == i32()));
    });
    at(parts.carries[i]->initial->range, {});
    if (holds) parts.initial[i] = literalLike(parts.initial[i], i32());
  }
  std::function<void(Datum &, const SourceRange &)> settle = [&](Datum &datum, const SourceRange &where) {
    bool aggregate = datum.is(Datum::Kind::Tuple) || datum.is(Datum::Kind::List) || datum.is(Datum::Kind::Struct);
    if (!aggregate) datum = asTensor(datum, where);
    ok &= bool(datum);
    for (Datum &part : datum.parts) settle(part, where);
  };
  for (size_t i = 0; i < count; ++i) settle(parts.initial[i], parts.carries[i]->initial->range);
  return ok;
}

} // namespace fluxion::check
