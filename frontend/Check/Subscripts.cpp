// `x[a:b, 0, ..]`, `x[indices]`, `A[i, k]`: slices first, then gathers, then the index variables of index notation.
#include "frontend/Check/Habits.h"
#include <algorithm>

namespace fluxion::check {

// A bound: a whole number or polynomial; a negative number counts from the end.
static std::optional<Dim> bound(const Datum &value, const Dim &extent) {
  auto dim = value.is(Datum::Kind::Weak) ? value.weak->asDim() : std::nullopt;
  if (dim && dim->constant() && *dim->constant() < 0) return extent + *dim;
  return dim;
}

// x[5:2]: what no size makes right.
bool Elaborator::complainOfSlice(const ast::Subscript &subscript, const AxisIndex &axis) {
  auto length = (axis.end - axis.begin).constant();
  if (!length || *length >= 0) return false;
  error("E0311", subscript.range, "the range " + axis.begin.print() + ":" + axis.end.print() + " ends before it begins")
      .help("a range runs forwards, and its end is left out; the other way round is `reverse(x, axis = …)`");
  return true;
}

bool Elaborator::readSlice(const ast::Subscript &subscript, const Dim &extent, AxisIndex &axis) {
  axis.kind = AxisIndex::Range;
  axis.begin = Dim(0);
  axis.end = extent;
  for (auto [expr, slot] : {std::pair(subscript.begin.get(), &axis.begin), {subscript.end.get(), &axis.end}}) {
    if (!expr) continue;
    Datum value = evaluate(*expr);
    if (!value) return false;
    auto dim = bound(value, extent);
    if (!dim) {
      error("E0311", expr->range, "the bound is " + value.describe() + ", which is not known here")
          .help("bounds are numbers, dimensions and arithmetic on them; to pick rows use a tensor of integers, `x[i]`");
      return false;
    }
    *slot = *dim;
  }
  if (!subscript.stride) return !complainOfSlice(subscript, axis);
  auto stride = evaluateInteger(*subscript.stride, "the stride");
  if (stride && *stride < 1)
    error("E0311", subscript.stride->range, "the stride is " + std::to_string(*stride) + ", and must be positive");
  axis.stride = stride.value_or(0);
  return axis.stride >= 1 && !complainOfSlice(subscript, axis);
}

// An index variable, a position, or a tensor of indices.
bool Elaborator::readElement(const ast::Subscript &subscript, const Dim &extent, AxisIndex &axis) {
  if (auto *name = as<ast::Name>(subscript.element))
    if (Binding *binding = scope->find(name->name); binding && binding->kind == Binding::Kind::Index) {
      binding->used = true;
      axis.kind = AxisIndex::Label;
      axis.label = binding->index;
      return meetRange(binding->index, extent, subscript.range);
    }
  Datum value = evaluate(*subscript.element);
  if (!value) return false;
  if (value.is(Datum::Kind::Tensor) && isInteger(value.type().element)) {
    axis.kind = AxisIndex::Gather;
    axis.indices = std::move(value);
    return true;
  }
  auto position = bound(value, extent);
  if (!position) {
    Diagnostic &d = error("E0311", subscript.range, "the subscript is " + value.describe() + ", not a whole number")
                        .help("a subscript is a number, a range `0:3`, or a tensor of integers");
    if (value.is(Datum::Kind::Tensor) && isFloat(value.type().element)) {
      std::string written = ast::print(*subscript.element);
      d.help("convert it: `i32(" + written + ")`").fix(subscript.range, "i32(" + written + ")");
    }
    hintForSubscript(d, value, subscript.element.get());
    return false;
  }
  auto at = position->constant(), size = extent.constant(), beyond = (*position - extent).constant();
  if ((at && *at < 0) || (beyond && *beyond >= 0)) {
    error("E0311", subscript.range,
          "the position " + ast::print(*subscript.element) + " is outside of the axis: its extent is " + extent.print())
        .help(size && !*size ? ""
                             : "positions run from 0 to " + (extent - Dim(1)).print() + ", or from the end: -1 is the last");
    return false;
  }
  axis.kind = AxisIndex::Position;
  axis.begin = *position;
  axis.end = *position + Dim(1);
  return true;
}

// One AxisIndex for each axis of the base.
bool Elaborator::readSubscripts(const ast::Index &index, const Datum &base, std::vector<AxisIndex> &axes) {
  const std::vector<Dim> shape = base.type().shape;
  auto isRest = [](const ast::Subscript &s) { return s.element && as<ast::Rest>(s.element); };
  size_t rests = size_t(std::count_if(index.subscripts.begin(), index.subscripts.end(), isRest));
  size_t given = index.subscripts.size() - rests;
  if (rests > 1 || given > shape.size()) {
    auto isNew = [](const ast::Subscript &s) {
      auto *name = as<ast::Name>(s.element);
      return name && (name->name == "None" || name->name == "newaxis");
    };
    bool surplus = rests <= 1 && shape.size() < index.subscripts.size(); // the first that is too many
    auto fresh = std::find_if(index.subscripts.begin(), index.subscripts.end(), isNew);
    const SourceRange &place = fresh != index.subscripts.end() ? fresh->range
                               : surplus && !rests             ? index.subscripts[shape.size()].range
                                                               : index.range;
    Diagnostic &d = error("E0304", place,
                          rests > 1 ? "`..` stands once in a subscript"
                                    : std::to_string(given) + (given == 1 ? " subscript stands" : " subscripts stand") +
                                          " on " + base.type().print() + ", which has " +
                                          (shape.empty() ? "no" : std::to_string(shape.size())) +
                                          (shape.size() == 1 ? " axis" : " axes"));
    if (fresh != index.subscripts.end())
      d.help("a new axis is made by `expand(" + ast::print(*index.base) + ", axis = " +
             std::to_string(fresh - index.subscripts.begin()) + ", size = …)`");
    return false;
  }
  bool ok = true;
  for (const ast::Subscript &subscript : index.subscripts) {
    if (isRest(subscript)) {
      axes.resize(axes.size() + shape.size() - given);
      continue;
    }
    AxisIndex axis;
    axis.range = subscript.range;
    const Dim &extent = shape[axes.size()];
    size_t before = sink.all().size(), position = axes.size();
    ok &= subscript.kind == ast::Subscript::Kind::Slice ? readSlice(subscript, extent, axis)
                                                        : readElement(subscript, extent, axis);
    axes.push_back(std::move(axis));
    if (subscript.stride && !silent && sink.all().size() > before)
      sink.amendFrom(before, [&](Diagnostic &d) {
        if (d.number == "E0311") hintForReversal(d, index, size_t(&subscript - index.subscripts.data()), position);
      });
  }
  axes.resize(shape.size());
  return ok;
}

Datum Elaborator::sliceAxes(Datum base, std::vector<AxisIndex> &axes, const SourceRange &where) {
  std::vector<Dim> begin, end, kept;
  std::vector<int64_t> strides;
  bool needed = false;
  const std::vector<Dim> shape = base.type().shape;
  for (size_t i = 0; i < axes.size(); ++i) {
    bool cut = axes[i].kind == AxisIndex::Position || axes[i].kind == AxisIndex::Range;
    begin.push_back(cut ? axes[i].begin : Dim(0));
    end.push_back(cut ? axes[i].end : shape[i]);
    strides.push_back(cut ? axes[i].stride : 1);
    needed |= cut;
  }
  if (!needed) return base;
  at(where, {operandOf(nullptr, base, where)});
  Value sliced = builder->slice(base.tensor, std::move(begin), std::move(end), std::move(strides));
  if (!sliced) return {};
  for (size_t i = 0; i < axes.size(); ++i)
    if (axes[i].kind != AxisIndex::Position) kept.push_back(sliced.type().shape[i]);
  std::erase_if(axes, [](const AxisIndex &axis) { return axis.kind == AxisIndex::Position; });
  for (AxisIndex &axis : axes)
    if (axis.kind == AxisIndex::Range) axis.kind = AxisIndex::Whole;
  return Datum::of(builder->reshape(sliced, std::move(kept)));
}

// x[indices]: the axis gives way to those of the indices, which may be labelled.
Datum Elaborator::gatherAxes(Datum base, std::vector<AxisIndex> &axes, const SourceRange &where) {
  for (size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].kind != AxisIndex::Gather) continue;
    Datum indices = underGuards(axes[i].indices);
    if (!indices) return {};
    at(where, {operandOf(nullptr, base, where), operandOf(nullptr, indices, axes[i].range)});
    base = Datum::of(builder->gather(base.tensor, indices.tensor, int64_t(i)));
    if (!base) return {};
    std::vector<AxisIndex> inserted(size_t(indices.tensor.type().rank()));
    for (size_t k = 0; k < indices.labels.size(); ++k) {
      inserted[k].kind = AxisIndex::Label;
      inserted[k].label = indices.labels[k];
      inserted[k].range = axes[i].range;
    }
    size_t added = inserted.size();
    axes.erase(axes.begin() + long(i));
    axes.insert(axes.begin() + long(i), inserted.begin(), inserted.end());
    i += added;
    --i;
  }
  return base;
}

// A label that occurs twice takes the diagonal.
Datum Elaborator::labelAxes(Datum base, const std::vector<AxisIndex> &axes, const SourceRange &where) {
  std::vector<int> labels;
  std::string from, to;
  auto letter = [](size_t i) { return char(i < 26 ? 'a' + i : 'A' + (i - 26)); }; // at most maxRank of them
  for (const AxisIndex &axis : axes) {
    if (axis.kind != AxisIndex::Label) {
      error("E0307", where, "in index notation every axis of " + base.type().print() + " has a subscript")
          .help("write one index variable for each axis");
      return {};
    }
    auto known = std::find(labels.begin(), labels.end(), axis.label);
    size_t position = size_t(known - labels.begin());
    if (known == labels.end()) {
      labels.push_back(axis.label);
      to += letter(position);
    }
    from += letter(position);
  }
  at(where, {operandOf(nullptr, base, where)});
  Value value = from == to ? base.tensor : builder->einsum(from + "->" + to, {base.tensor});
  return Datum::of(value, std::move(labels));
}

Datum Elaborator::evaluateIndex(const ast::Index &index) {
  Datum base = evaluate(*index.base);
  if (!base) return {};
  if (base.is(Datum::Kind::List) || base.is(Datum::Kind::Tuple)) {
    bool single = index.subscripts.size() == 1 && index.subscripts[0].element;
    auto position = single ? evaluateInteger(*index.subscripts[0].element, "the position") : std::nullopt;
    if (single && !position) return {}; // it was said
    int64_t count = int64_t(base.parts.size());
    if (position && *position >= -count && *position < count)
      return base.parts[size_t(*position < 0 ? *position + count : *position)];
    error("E0311", index.range, "the position must be one number from 0 to " + std::to_string(count - 1));
    return {};
  }
  if (!base.is(Datum::Kind::Tensor) || !base.labels.empty()) {
    error("E0404", index.base->range,
          (base.labels.empty() ? base.describe() : "an element in index notation") + " takes no subscripts");
    return {};
  }
  std::vector<AxisIndex> axes;
  if (!readSubscripts(index, base, axes)) return {};
  base = sliceAxes(std::move(base), axes, index.range);
  if (base) base = gatherAxes(std::move(base), axes, index.range);
  bool labelled =
      std::any_of(axes.begin(), axes.end(), [](const AxisIndex &axis) { return axis.kind == AxisIndex::Label; });
  return base && labelled ? labelAxes(std::move(base), axes, index.range) : base;
}

} // namespace fluxion::check
