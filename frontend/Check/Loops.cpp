// scan, for, while. A body becomes a function of the module, of the step's index, what is carried and the step's
// slices; what it reads of the values around comes as captures. Arriving: the loop as written; leaving: one node, and
// values of the structure that was carried. A `for` over a static list is unrolled.
#include "frontend/Check/Loops.h"
#include "frontend/Check/Suggest.h"

namespace fluxion::check {

// The body of a loop is being elaborated while one of these lives.
struct Elaborator::InLoop {
  Elaborator &e;
  InLoop(Elaborator &e, LoopFrame frame) : e(e) { e.loops.push_back(std::move(frame)); }
  ~InLoop() { e.loops.pop_back(); }
  InLoop(const InLoop &) = delete;
};

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
bool Elaborator::readSequence(const ast::Loop::Source &source, Datum value, LoopParts &parts) {
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

// for(q in p.qs, i in 0:3, h = x)
bool Elaborator::complainOfList(const ast::Loop &loop, const ast::Loop::Source &source, const Datum &value) {
  if (!value.is(Datum::Kind::List) || loop.form != ast::Loop::Form::For || loop.sources.size() < 2) return false;
  error("E0414", source.begin->range, "a list stands alone in `for`: its steps are written out")
      .help("a number beside it is carried: `for(b in list, i = 0, h = x) { (i + 1, …) }`");
  return true;
}

bool Elaborator::readLoopSources(const ast::Loop &loop, std::optional<Datum> only, LoopParts &parts) {
  bool ok = true;
  for (const ast::Loop::Source &source : loop.sources)
    if (source.end) {
      ok &= readRange(source, parts);
    } else {
      Datum value = only ? *only : evaluate(*source.begin);
      if (complainOfList(loop, source, value)) return false;
      ok &= readSequence(source, std::move(value), parts);
    }
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

// The body, or `what`, under the names of the loop: arguments are the index, what is carried, the slices.
Datum Elaborator::enterBody(const ast::Loop &loop, const LoopParts &parts, std::vector<Datum> arguments,
                            const ast::Expr *what) {
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
  for (size_t i = 0; i < parts.carries.size(); ++i) {
    During<const ast::Expr *> from(scope->from, parts.carries[i]->initial.get());
    bindPattern(parts.carries[i]->pattern, arguments[1 + i]);
  }
  return evaluate(what ? *what : *loop.body);
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
  std::vector<Value> feeds = leavesOf(carried);
  feeds.insert(feeds.begin(), Value());
  feeds.insert(feeds.end(), parts.sequences.begin(), parts.sequences.end());
  for (size_t i = 0; i < names.size(); ++i) names[i] += "." + std::to_string(i); // paths of a function are its own
  auto body = makeInstance(
      "body", names, arguments, loop.range,
      [&](std::vector<Datum> inner) {
        InLoop inside(*this, {builder, feeds, &loop});
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
  std::vector<Value> feeds = leavesOf(carried);
  auto looping = [&](const std::function<Datum(std::vector<Datum>)> &evaluateWith) {
    return [&, evaluateWith](std::vector<Datum> inner) {
      InLoop inside(*this, {builder, feeds, &loop});
      inner.insert(inner.begin(), Datum());
      return evaluateWith(std::move(inner));
    };
  };
  auto test = makeInstance("condition", names, carried, loop.condition->range, looping([&](std::vector<Datum> inner) {
    During scoped(scope, nested(scope));
    for (size_t i = 0; i < parts.carries.size(); ++i) {
      During<const ast::Expr *> from(scope->from, parts.carries[i]->initial.get());
      bindPattern(parts.carries[i]->pattern, inner[1 + i]);
    }
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

// An edit that fits one step of an unrolled loop need not fit the next.
void Elaborator::forgetEdits(size_t before, size_t step) {
  sink.amendFrom(before, [&](Diagnostic &d) {
    if (d.number != "E0301" && d.number != "E0303") return;
    d.fixes.clear();
    d.help(step ? "this is said of step " + std::to_string(step + 1) + ", which goes on with the value of the step before"
                : "what a step gives is carried to the next: let it be of the type that it begins with");
  });
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
    for (size_t i = 0; i < carried.size(); ++i) {
      During<const ast::Expr *> from(scope->from, parts.carries[i]->initial.get());
      bindPattern(parts.carries[i]->pattern, carried[i]);
    }
    const size_t before = sink.all().size();
    Datum next = evaluate(*loop.body);
    if (!next) {
      if (!silent) forgetEdits(before, size_t(&element - list.parts.data()));
      return {};
    }
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
  std::optional<Datum> only;
  if (loop.form == ast::Loop::Form::For && loop.sources.size() == 1 && !loop.sources[0].end && !loop.carries.empty()) {
    only = evaluate(*loop.sources[0].begin);
    if (only->is(Datum::Kind::List) || (only->is(Datum::Kind::Tuple) && !only->parts.empty())) return unroll(loop, *only);
    if (!*only) return {};
  }
  LoopParts parts;
  if (!readLoopSources(loop, std::move(only), parts)) return {};
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

} // namespace fluxion::check
