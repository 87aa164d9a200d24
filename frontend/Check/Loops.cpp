// scan, for, while. A body becomes a function of the module, of the step's index, what is carried and the step's
// slices; what it reads of the values around comes as captures. Arriving: the loop as written; leaving: one node, and
// values of the structure that was carried. A `for` over a static list is unrolled.
#include "frontend/Check/Loops.h"
#include "frontend/Check/Suggest.h"

namespace fluxion::check {

//===--- Sources -------------------------------------------------------------------------------------------------===//

bool Elaborator::meetLength(const Dim &length, const SourceRange &where, const std::string &what, LoopParts &parts) {
  if (!parts.length) {
    parts.length = length;
    parts.lengthFrom = where;
    parts.lengthWhat = what;
    return true;
  }
  if (*parts.length == length) return true;
  error("E0414", where, "the loop runs over " + what + ", and over " + parts.lengthWhat)
      .withLabel(length.print() + " steps")
      .note(parts.lengthFrom, parts.length->print() + " steps")
      .help("what a loop runs over has one leading dimension");
  return false;
}

// i in a:b
bool Elaborator::readRange(const ast::Loop::Source &source, LoopParts &parts) {
  Dim bounds[2];
  bool ok = true;
  for (int side = 0; side < 2; ++side) {
    const ast::Expr &expr = side ? *source.end : *source.begin;
    Datum value = evaluate(expr);
    auto dim = value.is(Datum::Kind::Weak) ? value.weak->asDim() : std::nullopt;
    if (value && !dim)
      error("E0311", expr.range, "the bound is " + value.describe() + ", which is not known before the program runs")
          .help("bounds are whole numbers, dimensions and arithmetic on them; a loop that ends by a condition is "
                "`while`");
    ok &= dim.has_value();
    if (dim) bounds[side] = *dim;
  }
  if (!ok) return false;
  Dim length = bounds[1] - bounds[0];
  if (auto steps = length.constant(); steps && *steps < 0) length = Dim(0);
  Datum index;
  index.kind = Datum::Kind::Tensor;
  parts.slices.push_back(index);
  parts.firsts.push_back(bounds[0]);
  SourceRange whole{source.begin->range.file, source.begin->range.begin, source.end->range.end};
  return meetLength(length, whole, "the range " + bounds[0].print() + ":" + bounds[1].print(), parts);
}

// x in xs: each leaf gives its slices along the leading axis.
bool Elaborator::readSequence(const ast::Loop::Source &source, LoopParts &parts) {
  Datum value = evaluate(*source.begin);
  if (!value) return false;
  bool ok = true, any = false;
  std::string text = ast::print(*source.begin);
  Datum slice = value;
  forEachLeaf(slice, "", [&](const std::string &path, Datum &leaf) {
    any = true;
    TensorType type = leaf.tensor.type();
    bool labelled = !leaf.labels.empty();
    if (labelled || type.shape.empty()) {
      error("E0414", source.begin->range,
            "`" + joinPath(text, path) + "` is " + (labelled ? "an element in index notation" : type.print()) +
                ": there is no leading axis to run over");
      ok = false;
      return;
    }
    ok &= meetLength(type.shape[0], source.begin->range, "`" + joinPath(text, path) + "`, " + type.print(), parts);
    parts.sequences.push_back(leaf.tensor);
    type.shape.erase(type.shape.begin());
    parts.sliceTypes.push_back(std::move(type));
  });
  if (ok && !any)
    error("E0414", source.begin->range, "a loop runs over tensors or a range, not " + value.describe())
        .help(value.is(Datum::Kind::Weak) ? "a range is written `0:" + text + "`" : "");
  parts.slices.push_back(std::move(slice));
  parts.firsts.push_back(std::nullopt);
  return ok && any;
}

bool Elaborator::readLoopSources(const ast::Loop &loop, LoopParts &parts) {
  bool ok = true;
  for (const ast::Loop::Source &source : loop.sources)
    ok &= source.end ? readRange(source, parts) : readSequence(source, parts);
  for (const ast::Loop::Carry &carry : loop.carries) {
    Datum value = evaluate(*carry.initial);
    if (!carry.pattern.isTuple() && carry.pattern.name.text == "reverse" && value.is(Datum::Kind::Bool)) {
      parts.reverse = value.flag;
      continue;
    }
    ok &= bool(value);
    parts.carries.push_back(&carry);
    parts.initial.push_back(std::move(value));
  }
  return ok;
}

//===--- Bodies --------------------------------------------------------------------------------------------------===//

// The body under the names of the loop: arguments are the index, what is carried, the slices.
Datum Elaborator::enterBody(const ast::Loop &loop, const LoopParts &parts, std::vector<Datum> arguments) {
  During scoped(scope, nested(scope));
  Datum index = arguments[0];
  for (size_t i = 0; i < loop.sources.size(); ++i) {
    Datum slice = arguments[1 + parts.carries.size() + i];
    if (parts.firsts[i]) { // the index itself, from where the range begins
      slice = index;
      at(loop.sources[i].begin->range, {});
      if (!(*parts.firsts[i] == Dim(0)))
        slice = elementwise(Primitive::add_, {index, Datum::of(Weak::dimension(*parts.firsts[i]))});
    }
    bindPattern(loop.sources[i].pattern, std::move(slice));
  }
  for (size_t i = 0; i < parts.carries.size(); ++i) bindPattern(parts.carries[i]->pattern, arguments[1 + i]);
  return evaluate(*loop.body);
}

// The expression that stands for `part` of the body's value, as far as it is written out: for carets.
const ast::Expr *Elaborator::LoopParts::written(const ast::Loop &loop, int part) const {
  const ast::Expr *at = loop.body.get();
  auto descend = [&](size_t which) {
    while (auto *block = as<ast::Block>(at)) at = block->result.get();
    if (auto *tuple = as<ast::Tuple>(at); tuple && which < tuple->elements.size()) at = tuple->elements[which].get();
  };
  while (auto *block = as<ast::Block>(at)) at = block->result.get();
  if (loop.form == ast::Loop::Form::Scan && !carries.empty()) descend(part < 0 ? 1 : 0);
  if (part >= 0 && carries.size() > 1) descend(size_t(part));
  return at;
}

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
  error("E0416", where, "what the loop carries begins as " + said(initial) + " and goes on as " + said(next))
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
  module.functions.resize(before);
  std::erase_if(instances, [&](const auto &entry) { return entry.second.index >= before; });
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

// `h = 0`: the type is what the body makes of it. One trial may tell the type of one carry by that of another.
bool Elaborator::settleCarries(const ast::Loop &loop, LoopParts &parts) {
  bool ok = true;
  auto make = [&](const Datum &literal, TensorType type) {
    at(loop.range, {});
    return literalLike(literal, type);
  };
  size_t count = parts.initial.size();
  if (loop.form == ast::Loop::Form::While) compareCarries(*loop.condition, parts);
  for (size_t round = 0; round <= count && std::any_of(parts.initial.begin(), parts.initial.end(), hasLiteral);
       ++round) {
    bool learned = false;
    auto learn = [&](Datum next) {
      if (loop.form == ast::Loop::Form::Scan) next = next.parts.size() == 2 ? Datum(next.parts[0]) : Datum();
      if (count == 1) next = Datum::tuple({next});
      for (size_t i = 0; i < count && i < next.parts.size(); ++i)
        learned |= adoptTypes(parts.initial[i], next.parts[i], make);
    };
    inTrial([&]() {
      std::vector<Datum> arguments = {Datum::of(builder->parameter("i", i32()))};
      for (const Datum &initial : parts.initial) {
        arguments.push_back(initial);
        forEachLeaf(arguments.back(), "h",
                    [&](const std::string &path, Datum &leaf) { leaf.tensor = adopt(leaf.tensor, path); });
      }
      size_t next = 0;
      for (const Datum &slice : parts.slices) {
        arguments.push_back(slice);
        if (parts.firsts[arguments.size() - 2 - count]) continue;
        forEachLeaf(arguments.back(), "x", [&](const std::string &, Datum &leaf) {
          leaf = Datum::of(builder->parameter("x" + std::to_string(next), parts.sliceTypes[next]));
          ++next;
        });
      }
      return enterBody(loop, parts, std::move(arguments));
    }, learn);
    if (!learned) break;
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

//===--- Loops ---------------------------------------------------------------------------------------------------===//

static std::string nameOf(const ast::Pattern &pattern) {
  return pattern.isTuple() || pattern.name.text == "_" ? "h" : pattern.name.text;
}

Datum Elaborator::evaluateScan(const ast::Loop &loop, LoopParts &parts) {
  Datum index;
  index.kind = Datum::Kind::Tensor;
  std::vector<Datum> arguments = {index}, carried = parts.initial;
  std::vector<std::string> names = {"step"};
  std::vector<TensorType> types = {i32()};
  for (size_t i = 0; i < carried.size(); ++i) {
    arguments.push_back(carried[i]);
    names.push_back(nameOf(parts.carries[i]->pattern));
  }
  for (Value leaf : leavesOf(carried)) types.push_back(leaf.type());
  for (size_t i = 0; i < parts.slices.size(); ++i) {
    arguments.push_back(parts.firsts[i] ? Datum::tuple({}) : parts.slices[i]);
    names.push_back(nameOf(loop.sources[i].pattern));
  }
  types.insert(types.end(), parts.sliceTypes.begin(), parts.sliceTypes.end());
  for (size_t i = 0; i < names.size(); ++i) names[i] += "." + std::to_string(i); // paths of a function are its own
  auto body = makeInstance(
      "body", names, arguments, loop.range,
      [&](std::vector<Datum> inner) {
        During looping(inLoop, true);
        Datum given = enterBody(loop, parts, std::move(inner));
        return carryOn(loop, parts, given) ? given : Datum();
      },
      &types);
  if (!body) return {};
  std::vector<Value> captured = capturedBy(*body), initial = leavesOf(carried);
  if (module.functions[body->index].results.empty()) {
    error("E0415", loop.range, "this loop gives nothing");
    return {};
  }
  at(loop.range, {});
  std::vector<Value> results = builder->scan(body->index, std::move(initial), parts.sequences, std::move(captured),
                                             *parts.length, parts.reverse);
  if (results.empty()) return {};
  size_t next = 0;
  Datum all = rebuild(body->result, results, next, false);
  Datum last = parts.carries.size() == 1 ? all.parts[0].parts[0] : all.parts[0];
  if (loop.form == ast::Loop::Form::For) return last;
  return parts.carries.empty() ? all.parts[1] : Datum::tuple({std::move(last), std::move(all.parts[1])});
}

Datum Elaborator::evaluateWhile(const ast::Loop &loop, LoopParts &parts) {
  std::vector<Datum> carried = parts.initial;
  std::vector<std::string> names;
  for (const ast::Loop::Carry *carry : parts.carries)
    names.push_back(nameOf(carry->pattern) + "." + std::to_string(names.size()));
  auto looping = [&](const std::function<Datum(std::vector<Datum>)> &evaluateWith) {
    return [&, evaluateWith](std::vector<Datum> inner) {
      During inside(inLoop, true);
      inner.insert(inner.begin(), Datum());
      return evaluateWith(std::move(inner));
    };
  };
  auto test = makeInstance("condition", names, carried, loop.condition->range, looping([&](std::vector<Datum> inner) {
    During scoped(scope, nested(scope));
    for (size_t i = 0; i < parts.carries.size(); ++i) bindPattern(parts.carries[i]->pattern, inner[1 + i]);
    Datum truth = evaluate(*loop.condition);
    if (truth.is(Datum::Kind::Bool)) truth = asTensor(truth, loop.condition->range);
    if (!truth || (truth.is(Datum::Kind::Tensor) && truth.tensor.type() == TensorType{ElementType::Bool, {}}))
      return truth;
    bool many = truth.is(Datum::Kind::Tensor) && truth.type().element == ElementType::Bool;
    Diagnostic &d =
        error("E0308", loop.condition->range, "the condition is " + truth.describe() + ", not one bool");
    if (many) d.help("say whether `any(…)` or `all(…)` of them");
    else suggestComparison(d, loop.condition.get());
    return Datum();
  }));
  auto step = makeInstance("body", names, carried, loop.range, looping([&](std::vector<Datum> inner) {
    Datum given = enterBody(loop, parts, std::move(inner));
    return carryOn(loop, parts, given) ? given.parts[0] : Datum();
  }));
  if (!test || !step) return {};
  std::vector<Value> initial = leavesOf(carried), tested = capturedBy(*test), stepped = capturedBy(*step);
  at(loop.range, {});
  std::vector<Value> results =
      builder->whileLoop(test->index, step->index, std::move(initial), std::move(tested), std::move(stepped));
  if (results.empty()) return {};
  size_t next = 0;
  Datum all = rebuild(step->result, results, next, false);
  return parts.carries.size() == 1 ? all.parts[0] : all;
}

// for(b in blocks, h = x): the list is known, so each step is written out.
Datum Elaborator::unroll(const ast::Loop &loop, const Datum &list) {
  LoopParts parts;
  std::vector<Datum> carried;
  for (const ast::Loop::Carry &carry : loop.carries) {
    carried.push_back(evaluate(*carry.initial));
    if (!carried.back()) return {};
    parts.carries.push_back(&carry);
  }
  for (const Datum &element : list.parts) {
    During scoped(scope, nested(scope));
    bindPattern(loop.sources[0].pattern, element);
    for (size_t i = 0; i < carried.size(); ++i) bindPattern(parts.carries[i]->pattern, carried[i]);
    Datum next = evaluate(*loop.body);
    if (!next) return {};
    if (carried.size() == 1) {
      carried[0] = std::move(next);
      continue;
    }
    if (!next.is(Datum::Kind::Tuple) || next.parts.size() != carried.size()) {
      error("E0415", parts.written(loop, 0)->range,
            "the loop carries " + std::to_string(carried.size()) + " values, and the body goes on with " +
                next.describe());
      return {};
    }
    carried = std::move(next.parts);
  }
  return carried.size() == 1 ? carried[0] : Datum::tuple(std::move(carried));
}

Datum Elaborator::evaluateLoop(const ast::Loop &loop) {
  if (loop.form == ast::Loop::Form::For && loop.sources.size() == 1 && !loop.sources[0].end && !loop.carries.empty()) {
    Datum over = evaluate(*loop.sources[0].begin);
    if (over.is(Datum::Kind::List) || (over.is(Datum::Kind::Tuple) && !over.parts.empty())) return unroll(loop, over);
    if (!over) return {};
  }
  LoopParts parts;
  if (!readLoopSources(loop, parts)) return {};
  if (parts.carries.empty() && loop.form != ast::Loop::Form::Scan) {
    error("E0415", loop.range, "this loop carries nothing: its value is what it carries")
        .help("as in `for(i in 0:n, h = h0) { … }`");
    return {};
  }
  if (!settleCarries(loop, parts)) return {};
  if (loop.form == ast::Loop::Form::While) return evaluateWhile(loop, parts);
  if (parts.length) return evaluateScan(loop, parts);
  error("E0414", loop.range, "this loop runs over nothing")
      .help("as in `scan(x in xs, h = h0) { … }`, `for(i in 0:n, h = h0) { … }`");
  return {};
}

//===--- Keys ----------------------------------------------------------------------------------------------------===//

// Whether every step of the loop would draw from the same key: nothing it is made of changes from step to step.
bool Elaborator::drawnInLoop(Value key) const {
  if (!inLoop || key.owner != builder) return false;
  std::vector<uint32_t> work = {key.id.node};
  std::set<uint32_t> seen;
  while (!work.empty()) {
    uint32_t node = work.back();
    work.pop_back();
    if (!seen.insert(node).second) continue;
    const Node &made = builder->function().nodes[node];
    if (made.op == Primitive::parameter && !builder->isCaptured(node)) return false;
    for (ValueId operand : made.operands) work.push_back(operand.node);
  }
  return true;
}

} // namespace fluxion::check
