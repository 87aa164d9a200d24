// Operations of the builder that move elements: reshape, transpose, broadcast, slice, pad, concat, gather; draws from a
// key; and the transformations vjp and jvp.
#include "frontend/Graph/GraphBuilder.h"
#include <algorithm>
#include <set>

namespace fluxion {

static Fault shapeFault(std::string number, std::string message, std::string help = "", int operand = -1) {
  return {std::move(number), std::move(message), std::move(help), operand, {}, -1};
}

static std::string printShape(const std::vector<Dim> &shape) {
  std::string text = "[";
  for (const Dim &dim : shape) text += (text.size() > 1 ? "," : "") + dim.print();
  return text + "]";
}

// Products that overflow equal each other, whatever they are of: what both shapes have is left out of them then.
static bool sameSize(std::vector<Dim> a, std::vector<Dim> b) {
  Dim size = product(a), other = product(b);
  if (!size.overflowed() || !other.overflowed()) return size == other;
  for (size_t i = 0; i < a.size(); ++i) {
    auto shared = std::find(b.begin(), b.end(), a[i]);
    if (shared == b.end()) continue;
    b.erase(shared);
    a.erase(a.begin() + long(i--));
  }
  size = product(a);
  return !size.overflowed() && size == product(b);
}

Value GraphBuilder::reshape(Value x, std::vector<Dim> shape) {
  if (!usable(x)) return {};
  TensorType type{x.type().element, std::move(shape)};
  if (type.shape == x.type().shape) return x;
  if (!sameSize(x.type().shape, type.shape)) {
    Dim size = product(x.type().shape), other = product(type.shape);
    auto said = [](const Dim &count) { return count.overflowed() ? "too many" : count.print(); };
    return fault({"E0305",
                  x.type().print() + " has " + said(size) + " elements, " + printShape(type.shape) + " has " + said(other),
                  "", 0, {0}, -1});
  }
  return make(Primitive::reshape_, {x}, {}, std::move(type));
}

Value GraphBuilder::transpose(Value x, std::vector<int64_t> permutation) {
  if (!usable(x)) return {};
  std::vector<int64_t> sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  bool valid = int(sorted.size()) == x.type().rank();
  for (size_t i = 0; valid && i < sorted.size(); ++i) valid = sorted[i] == int64_t(i);
  if (!valid)
    return fault({"E0305", "the list is not a permutation of the " + std::to_string(x.type().rank()) + " axes of " +
                               x.type().print(), "", 0, {0}, -1});
  if (std::is_sorted(permutation.begin(), permutation.end())) return x;
  TensorType type{x.type().element, {}};
  for (int64_t axis : permutation) type.shape.push_back(x.type().shape[size_t(axis)]);
  return make(Primitive::transpose_, {x}, {{"permutation", std::move(permutation)}}, std::move(type));
}

Value GraphBuilder::broadcast(Value x, std::vector<int64_t> dims, std::vector<Dim> shape) {
  if (!usable(x)) return {};
  bool valid = int(dims.size()) == x.type().rank();
  for (size_t i = 0; valid && i < dims.size(); ++i)
    valid = dims[i] >= 0 && dims[i] < int64_t(shape.size()) && (i == 0 || dims[i - 1] < dims[i]) &&
            shape[size_t(dims[i])] == x.type().shape[i];
  if (!valid) return fault({"E0305", x.type().print() + " does not broadcast to " + printShape(shape), "", 0, {0}, -1});
  if (shape == x.type().shape) return x;
  TensorType type{x.type().element, std::move(shape)};
  return make(Primitive::broadcast_, {x}, attribute("dims", std::move(dims)), std::move(type));
}

Value GraphBuilder::broadcastTo(Value x, const std::vector<Dim> &shape) {
  if (!usable(x)) return {};
  if (x.type().shape == shape) return x;
  std::vector<int64_t> dims;
  dims.reserve(shape.size());
  for (int i = 0; i < x.type().rank(); ++i) dims.push_back(int64_t(shape.size()) - x.type().rank() + i);
  return broadcast(x, std::move(dims), shape);
}

Value GraphBuilder::expand(Value x, int64_t axis, Dim size) {
  if (!usable(x)) return {};
  if (axis < 0 || axis > x.type().rank())
    return fault({"E0304", "the result has no axis " + std::to_string(axis), "", 0, {0}, -1});
  std::vector<Dim> shape = x.type().shape;
  shape.insert(shape.begin() + axis, std::move(size));
  std::vector<int64_t> dims;
  for (int64_t i = 0; i < int64_t(shape.size()); ++i)
    if (i != axis) dims.push_back(i);
  return broadcast(x, std::move(dims), std::move(shape));
}

// A polynomial is printed with a positive term first if it has one. What a ⌊…⌋ in it is, is not known.
bool alwaysNegative(const Dim &dim) {
  if (auto known = dim.constant()) return *known < 0;
  std::string text = dim.print();
  return (text[0] == '-' || text.starts_with("(-")) && text.find("floordiv(") == std::string::npos;
}

// ⌈(end − begin)/stride⌉
static Dim sliceLength(const Dim &begin, const Dim &end, int64_t stride) {
  Dim span = end - begin;
  return stride == 1 ? span : (span + Dim(stride - 1)).floordiv(stride);
}

Value GraphBuilder::slice(Value x, std::vector<Dim> begin, std::vector<Dim> end, std::vector<int64_t> strides) {
  if (!usable(x)) return {};
  size_t rank = x.type().shape.size();
  if (begin.size() != rank || end.size() != rank || strides.size() != rank)
    return fault(shapeFault("E0305",
                            "`slice` takes two bounds and a stride for each of the " + std::to_string(rank) + " axes of " +
                                x.type().print(),
                            "", 0));
  TensorType type{x.type().element, {}};
  bool whole = true;
  for (size_t i = 0; i < x.type().shape.size(); ++i) {
    const Dim extent = x.type().shape[i];
    if (alwaysNegative(begin[i]) || alwaysNegative(extent - end[i]) || alwaysNegative(end[i] - begin[i]))
      return fault(shapeFault("E0311",
                              "the slice " + begin[i].print() + ":" + end[i].print() + " leaves the axis " +
                                  std::to_string(i) + " of extent " + extent.print(),
                              "", 0));
    if (strides[i] < 1) return fault(shapeFault("E0311", "a stride is positive", "", 0));
    Dim length = sliceLength(begin[i], end[i], strides[i]);
    whole &= begin[i] == Dim(0) && end[i] == extent && strides[i] == 1;
    type.shape.push_back(std::move(length));
  }
  if (whole) return x;
  return make(Primitive::slice_, {x}, {{"offsets", std::move(begin)}, {"strides", std::move(strides)}},
              std::move(type));
}

Value GraphBuilder::pad(Value x, std::vector<Dim> low, std::vector<Dim> high) {
  return pad(x, std::move(low), std::move(high), {});
}

// `interior` between two neighbours along each axis; empty: none.
Value GraphBuilder::pad(Value x, std::vector<Dim> low, std::vector<Dim> high, std::vector<int64_t> interior) {
  if (!usable(x)) return {};
  bool spread = interior.empty() || interior.size() == low.size();
  if (low.size() != x.type().shape.size() || high.size() != low.size() || !spread)
    return fault(shapeFault("E0305",
                            "`pad` takes an extent for each of the " + std::to_string(x.type().rank()) + " axes of " +
                                x.type().print(),
                            "", 0));
  TensorType type = x.type();
  for (size_t i = 0; i < low.size(); ++i) {
    if (alwaysNegative(low[i]) || alwaysNegative(high[i]))
      return fault(shapeFault("E0305", "padding is not negative", "cut with a slice"));
    int64_t between = interior.empty() ? 0 : interior[i];
    if (between < 0) return fault(shapeFault("E0305", "padding is not negative"));
    Dim gaps = between ? (type.shape[i] - Dim(1)) * Dim(between) : Dim(0);
    if (type.shape[i] == Dim(0)) gaps = Dim(0);
    type.shape[i] = type.shape[i] + gaps + low[i] + high[i];
  }
  if (interior.empty()) interior.assign(low.size(), 0);
  return make(Primitive::pad_, {x},
              {{"high", std::move(high)}, {"interior", std::move(interior)}, {"low", std::move(low)}}, std::move(type));
}

Value GraphBuilder::padMask(const std::vector<Dim> &shape, std::vector<Dim> low, std::vector<Dim> high,
                            std::vector<int64_t> interior) {
  Value ones = constant(Weak::rational(1), f32(shape));
  Value marks = pad(ones, std::move(low), std::move(high), std::move(interior));
  if (!marks) return {};
  return apply(Primitive::gt_, {marks, constant(Weak::rational(0), TensorType(marks.type()))});
}

Value GraphBuilder::concat(std::vector<Value> parts, int64_t axis) {
  if (!usable(parts)) return {};
  if (parts.empty()) return fault(shapeFault("E0301", "nothing to concatenate"));
  TensorType type = parts[0].type();
  if (!checkAxis(parts[0], axis)) return {};
  for (size_t i = 1; i < parts.size(); ++i) {
    TensorType other = parts[i].type();
    if (other.element != type.element)
      return fault({"E0302",
                    std::string("`") + spelling(type.element) + "` meets `" + spelling(other.element) +
                        "`: nothing is converted silently",
                    "",
                    int(i),
                    {0, int(i)},
                    -1});
    bool same = other.rank() == type.rank();
    for (int64_t k = 0; same && k < type.rank(); ++k)
      same = k == axis || other.shape[size_t(k)] == type.shape[size_t(k)];
    if (!same)
      return fault({"E0301",
                    other.print() + " and " + parts[0].type().print() + " differ beside axis " + std::to_string(axis),
                    "",
                    int(i),
                    {0, int(i)},
                    -1});
    type.shape[size_t(axis)] = type.shape[size_t(axis)] + other.shape[size_t(axis)];
  }
  if (parts.size() == 1) return parts[0];
  return make(Primitive::concat_, parts, {{"axis", axis}}, std::move(type));
}

Value GraphBuilder::gather(Value x, Value indices, int64_t axis) {
  if (!usable({x, indices}) || !checkAxis(x, axis)) return {};
  if (!isInteger(indices.type().element))
    return fault({"E0309",
                  "the indices are " + indices.type().print() + ", not integers",
                  "convert them: `i32(…)`",
                  1,
                  {1},
                  -1});
  TensorType type = x.type();
  type.shape.erase(type.shape.begin() + axis);
  const std::vector<Dim> inner = indices.type().shape;
  type.shape.insert(type.shape.begin() + axis, inner.begin(), inner.end());
  return make(Primitive::gather_, {x, indices}, {{"axis", axis}}, std::move(type));
}

Value GraphBuilder::iota(TensorType type, int64_t axis) {
  if (!isFloat(type.element) && !isInteger(type.element))
    return fault(shapeFault("E0309", std::string("`iota` takes float and integer types, not ") + spelling(type.element)));
  if (axis < 0 || axis >= type.rank())
    return fault(shapeFault("E0304", type.print() + " has no axis " + std::to_string(axis)));
  return make(Primitive::iota_, {}, {{"axis", axis}}, std::move(type));
}

//===--- Draws ---------------------------------------------------------------------------------------------------===//

bool GraphBuilder::isKey(Value key) {
  if (key.type() == i64()) return true;
  fault({"E0404", "a key is an i64, not " + key.type().print(), "", 0, {0}, -1});
  return false;
}

static std::optional<Fault> undrawable(const TensorType &type) {
  if (isFloat(type.element)) return std::nullopt;
  return shapeFault("E0309", "draws are of float types, not " + type.print(), "convert the draw");
}

Value GraphBuilder::randomUniform(Value key, TensorType type) {
  if (!usable(key) || !isKey(key)) return {};
  if (auto why = undrawable(type)) return fault(*why);
  return make(Primitive::random_uniform_, {key}, {}, std::move(type));
}
Value GraphBuilder::randomNormal(Value key, TensorType type) {
  if (!usable(key) || !isKey(key)) return {};
  if (auto why = undrawable(type)) return fault(*why);
  return make(Primitive::random_normal_, {key}, {}, std::move(type));
}
Value GraphBuilder::foldIn(Value key, int64_t data) {
  if (!usable(key) || !isKey(key)) return {};
  return foldIn(key, constant(Weak::rational(data), i64()));
}
Value GraphBuilder::foldIn(Value key, Value data) {
  if (!usable({key, data}) || !isKey(key)) return {};
  if (data.type() != i64())
    return fault({"E0404", "what is folded into a key is an i64, not " + data.type().print(), "convert it: `i64(…)`", 1, {1}, -1});
  return make(Primitive::fold_in_, {key, data}, {}, i64());
}

//===--- Transformations -----------------------------------------------------------------------------------------===//

// What both check: arguments of the callee's types, wrt positions of float leaves, and the seeds' types.
static std::string misuse(const Function &callee, const std::vector<int64_t> &wrt, const std::vector<Value> &arguments,
                          const std::vector<TensorType> &seedTypes, const std::vector<Value> &seeds) {
  if (arguments.size() != callee.parameters.size())
    return "the number of arguments differs from that of `" + callee.name + "`";
  for (size_t i = 0; i < arguments.size(); ++i)
    if (arguments[i].type() != callee.parameters[i].type)
      return "`" + callee.parameters[i].path + "` is " + callee.parameters[i].type.print() + ", not " +
             arguments[i].type().print();
  std::set<int64_t> distinct(wrt.begin(), wrt.end());
  for (int64_t leaf : wrt)
    if (distinct.size() != wrt.size() || leaf < 0 || leaf >= int64_t(callee.parameters.size()) ||
        !isDifferentiable(callee.parameters[size_t(leaf)].type.element))
      return "`wrt` names distinct float leaves";
  if (seedTypes.size() != seeds.size()) return "the number of tangents or cotangents is wrong";
  for (size_t i = 0; i < seeds.size(); ++i)
    if (seeds[i].type() != seedTypes[i])
      return "a tangent or cotangent is " + seeds[i].type().print() + ", not " + seedTypes[i].print();
  return "";
}

std::vector<Value> GraphBuilder::vjp(uint32_t index, std::vector<int64_t> wrt, std::vector<Value> arguments,
                                     std::vector<Value> cotangents) {
  if (!usable(arguments) || !usable(cotangents) || !isFunction(index)) return {};
  if (wrt.empty()) return fault(shapeFault("E0409", "`wrt` is empty")), std::vector<Value>();
  const Function &callee = target.functions[index];
  std::vector<TensorType> results, seeds;
  for (const Result &result : callee.results) {
    results.push_back(callee.typeOf(result.value));
    if (isDifferentiable(results.back().element)) seeds.push_back(results.back());
  }
  std::string wrong = misuse(callee, wrt, arguments, seeds, cotangents);
  if (!wrong.empty()) return fault(shapeFault("E0404", wrong)), std::vector<Value>();
  for (int64_t leaf : wrt) results.push_back(callee.parameters[size_t(leaf)].type);
  arguments.insert(arguments.end(), cotangents.begin(), cotangents.end());
  return makeCall(Primitive::vjp_, {index}, arguments, {{"wrt", std::move(wrt)}}, std::move(results));
}

std::vector<Value> GraphBuilder::jvp(uint32_t index, std::vector<int64_t> wrt, std::vector<Value> arguments,
                                     std::vector<Value> tangents) {
  if (!usable(arguments) || !usable(tangents) || !isFunction(index)) return {};
  if (wrt.empty()) return fault(shapeFault("E0409", "`wrt` is empty")), std::vector<Value>();
  const Function &callee = target.functions[index];
  std::vector<TensorType> results, seeds;
  for (int64_t leaf : wrt)
    if (leaf >= 0 && leaf < int64_t(callee.parameters.size())) seeds.push_back(callee.parameters[size_t(leaf)].type);
  std::string wrong = misuse(callee, wrt, arguments, seeds, tangents);
  if (!wrong.empty()) return fault(shapeFault("E0404", wrong)), std::vector<Value>();
  for (const Result &result : callee.results) results.push_back(callee.typeOf(result.value));
  for (const Result &result : callee.results)
    if (isDifferentiable(callee.typeOf(result.value).element)) results.push_back(callee.typeOf(result.value));
  arguments.insert(arguments.end(), tangents.begin(), tangents.end());
  return makeCall(Primitive::jvp_, {index}, arguments, {{"wrt", std::move(wrt)}}, std::move(results));
}

} // namespace fluxion
