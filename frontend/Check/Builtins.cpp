// The table of built-in functions, and how their arguments are read.
#include "frontend/Check/Suggest.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>

namespace fluxion::check {

const std::vector<Builtin> &Elaborator::builtinTable() {
  using E = Elaborator;
  static const std::vector<Builtin> table = {
      {"pow", {"a", "b"}, &E::builtinBinary},      {"atan2", {"y", "x"}, &E::builtinBinary},
      {"rem", {"a", "b"}, &E::builtinBinary},      {"floordiv", {"a", "b"}, &E::builtinBinary},
      {"xlogy", {"x", "y"}, &E::builtinBinary},
      {"xor", {"a", "b"}, &E::builtinBinary},      {"where", {"c", "a", "b"}, &E::builtinWhere},
      {"polygamma", {"n", "x"}, &E::builtinPolygamma},
      {"complex", {"re", "im"}, &E::builtinComplex}, {"real", {"z"}, &E::builtinComplex},
      {"imag", {"z"}, &E::builtinComplex},         {"conj", {"z"}, &E::builtinComplex},
      {"sum", {"x", "axis?"}, &E::builtinReduce},  {"prod", {"x", "axis?"}, &E::builtinReduce},
      {"any", {"x", "axis?"}, &E::builtinReduce},  {"all", {"x", "axis?"}, &E::builtinReduce},
      {"mean", {"x", "axis?"}, &E::builtinMean},
      {"variance", {"x", "axis?"}, &E::builtinVariance}, {"std", {"x", "axis?"}, &E::builtinVariance},
      {"max", {"x", "y?", "axis?"}, &E::builtinExtremum}, {"min", {"x", "y?", "axis?"}, &E::builtinExtremum},
      {"argmax", {"x", "axis?"}, &E::builtinArg},  {"argmin", {"x", "axis?"}, &E::builtinArg},
      {"dot", {"a", "b"}, &E::builtinDot},         {"einsum", {"equation", "…"}, &E::builtinEinsum},
      {"reshape", {"x", "shape"}, &E::builtinReshape}, {"transpose", {"x", "axes?"}, &E::builtinTranspose},
      {"expand", {"x", "axis", "size"}, &E::builtinExpand}, {"broadcast", {"x", "shape", "axes?"}, &E::builtinBroadcast},
      {"concat", {"parts", "axis?"}, &E::builtinConcat}, {"stack", {"parts", "axis?"}, &E::builtinStack},
      {"pad", {"x", "low", "high", "value?", "interior?"}, &E::builtinPad}, {"gather", {"x", "indices", "axis?"}, &E::builtinGather},
      {"one_hot", {"indices", "size"}, &E::builtinOneHot}, {"iota", {"size", "axis?"}, &E::builtinIota},
      {"fill", {"type", "value"}, &E::builtinFill},
      {"reverse", {"x", "axis?"}, &E::builtinReverse},
      {"cumsum", {"x", "axis?", "reverse?", "exclusive?"}, &E::builtinCumsum},
      {"window", {"x", "axis", "size", "stride?", "dilation?"}, &E::builtinWindow},
      {"overlap_add", {"x", "axis", "size", "stride?", "dilation?"}, &E::builtinOverlapAdd},
      {"sort", {"x", "axis?", "descending?"}, &E::builtinSort}, {"argsort", {"x", "axis?", "descending?"}, &E::builtinSort},
      {"sort_with_indices", {"x", "axis?", "descending?"}, &E::builtinSort}, {"top_k", {"x", "k", "axis?"}, &E::builtinTopK},
      {"conv1d", {"x", "kernel", "stride?", "padding?", "dilation?", "groups?"}, &E::builtinConvolution},
      {"conv2d", {"x", "kernel", "stride?", "padding?", "dilation?", "groups?"}, &E::builtinConvolution},
      {"conv_transpose1d", {"x", "kernel", "stride?", "padding?"}, &E::builtinTransposedConvolution},
      {"conv_transpose2d", {"x", "kernel", "stride?", "padding?"}, &E::builtinTransposedConvolution},
      {"max_pool1d", {"x", "size", "stride?", "padding?"}, &E::builtinPool},
      {"max_pool2d", {"x", "size", "stride?", "padding?"}, &E::builtinPool},
      {"avg_pool1d", {"x", "size", "stride?", "padding?"}, &E::builtinPool},
      {"avg_pool2d", {"x", "size", "stride?", "padding?"}, &E::builtinPool},
      {"take_along", {"x", "indices", "axis?"}, &E::builtinTakeAlong},
      {"scatter_add", {"x", "indices", "updates", "axis?"}, &E::builtinScatterAdd},
      {"scatter", {"updates", "indices", "size", "axis?"}, &E::builtinScatter},
      {"move_axis", {"x", "from", "to"}, &E::builtinMoveAxis}, {"rank", {"x"}, &E::builtinRank},
      {"len", {"x"}, &E::builtinLen}, {"map", {"f", "x"}, &E::builtinMap}, {"split", {"key", "n"}, &E::builtinSplit},
      {"eye", {"size"}, &E::builtinEye},           {"tile", {"x", "counts"}, &E::builtinTile},
      {"repeat", {"x", "n", "axis?"}, &E::builtinRepeat}, {"squeeze", {"x", "axis?"}, &E::builtinSqueeze},
      {"expand_dims", {"x", "axis"}, &E::builtinShaped}, {"flatten", {"x"}, &E::builtinShaped},
      {"zeros_like", {"x"}, &E::builtinLike},      {"ones_like", {"x"}, &E::builtinLike},
      {"dim", {"x", "axis"}, &E::builtinDim},      {"size", {"x"}, &E::builtinSize},
      {"random_uniform", {"key", "type"}, &E::builtinRandom}, {"random_normal", {"key", "type"}, &E::builtinRandom},
      {"permutation", {"key", "size"}, &E::builtinPermutation},
      {"global_norm", {"tree"}, &E::builtinGlobalNorm},
      {"tree_map", {"f", "…"}, &E::builtinTreeMap}, {"tree_sum", {"f", "…"}, &E::builtinTreeSum},
      {"fold_in", {"key", "n"}, &E::builtinFoldIn}, {"init", {"struct", "key"}, &E::builtinInit},
      {"grad", {"f", "wrt?"}, &E::builtinTransform}, {"value_and_grad", {"f", "wrt?"}, &E::builtinTransform},
      {"vjp", {"f", "wrt?"}, &E::builtinTransform}, {"jvp", {"f", "wrt?"}, &E::builtinTransform},
      {"hvp", {"f", "wrt?"}, &E::builtinTransform},
  };
  return table;
}

const Builtin *Elaborator::findBuiltin(const std::string &name) {
  static const auto *index = [] {
    auto *made = new std::unordered_map<std::string_view, const Builtin *>;
    for (const Builtin &builtin : builtinTable()) made->emplace(builtin.name, &builtin);
    return made;
  }();
  if (auto found = index->find(name); found != index->end()) return found->second;
  static const Builtin unary{"unary", {"x"}, &Elaborator::builtinUnary};
  auto primitive = primitiveNamed(name);
  return primitive && isElementwiseUnary(*primitive) ? &unary : nullptr;
}

//===--- Arguments -----------------------------------------------------------------------------------------------===//

static bool isOptional(const std::string &parameter) { return parameter.back() == '?'; }
static std::string bare(std::string parameter) {
  if (isOptional(parameter)) parameter.pop_back();
  return parameter;
}

// "`where(c, a, b)`"
static std::string signature(const std::string &name, const std::vector<const char *> &parameters) {
  std::string text;
  for (const char *parameter : parameters) {
    text += text.empty() ? "" : ", ";
    text += isOptional(parameter) ? bare(parameter) + " = …" : parameter;
  }
  return "`" + name + "(" + text + ")`";
}

// Finds the slot of one argument and reports what does not fit; −1 then.
static int slotOf(const std::vector<const char *> &parameters, const std::string &name, size_t &next) {
  if (name.empty()) return next < parameters.size() ? int(next++) : -1;
  for (size_t i = 0; i < parameters.size(); ++i)
    if (bare(parameters[i]) == name) return int(i);
  return -1;
}

bool Elaborator::fillSlots(BuiltinCall &call, const std::vector<ast::Argument> &arguments) {
  const std::vector<const char *> &parameters = call.builtin->parameters;
  bool variadic = std::string(parameters.back()) == "…";
  size_t fixed = parameters.size() - (variadic ? 1 : 0), next = 0;
  call.slots.resize(fixed);
  std::vector<const char *> slots(parameters.begin(), parameters.begin() + long(fixed));
  for (const ast::Argument &argument : arguments) {
    int slot = slotOf(slots, argument.name.text, next);
    BuiltinCall::Slot filled{argument.value.get(), {}, argument.value->range};
    if (slot < 0 && variadic && argument.name.text.empty()) {
      call.slots.push_back(filled);
      continue;
    }
    if (slot < 0 || call.slots[size_t(slot)]) {
      bool named = !argument.name.text.empty();
      std::vector<std::string> known;
      for (const char *parameter : slots) known.push_back(bare(parameter));
      const SourceRange &place = named ? argument.name.range : argument.value->range;
      Diagnostic &d =
          error(named ? "E0402" : "E0401", place,
                slot >= 0 ? "`" + bare(parameters[size_t(slot)]) + "` gets two values"
                : named   ? "`" + call.name + "` has no parameter `" + argument.name.text + "`"
                        : "`" + call.name + "` takes " + std::to_string(fixed) + " argument" + (fixed == 1 ? "" : "s") +
                              (fixed && isOptional(parameters[fixed - 1]) ? " at most" : ""));
      d.note("it is " + signature(call.name, parameters));
      if (named && slot < 0) d.meant(nearestName(argument.name.text, known), place);
      bool isAxis = named && (argument.name.text == "dim" || argument.name.text == "dims" || argument.name.text == "axes");
      if (isAxis && slot < 0 && d.fixes.empty() && std::find(known.begin(), known.end(), "axis") != known.end())
        d.help("write `axis = …`").fix(place, "axis");
      if (argument.name.text.rfind("keepdim", 0) == 0)
        d.help("a reduced axis is gone; put it back with `expand(…, axis = …, size = …)`");
      return false;
    }
    call.slots[size_t(slot)] = filled;
  }
  for (size_t i = 0; i < fixed; ++i)
    if (!call.slots[i] && !isOptional(parameters[i])) {
      error("E0403", call.range, "`" + call.name + "` needs `" + parameters[i] + "`")
          .note("it is " + signature(call.name, parameters));
      return false;
    }
  return true;
}

Datum Elaborator::callBuiltin(const Builtin &builtin, const std::string &name, const ast::Call &call) {
  BuiltinCall made{&builtin, name, call.range, {}};
  if (!fillSlots(made, call.arguments)) return {};
  return (this->*builtin.evaluate)(made);
}

// A built-in as a value: its arguments are already evaluated.
Datum Elaborator::applyBuiltin(const std::string &name, std::vector<CallArgument> arguments, const SourceRange &where) {
  const Builtin *builtin = findBuiltin(name);
  BuiltinCall made{builtin, name, where, {}};
  made.slots.resize(builtin->parameters.size());
  size_t next = 0;
  for (CallArgument &argument : arguments) {
    int slot = slotOf(builtin->parameters, argument.name, next);
    if (slot < 0) {
      error("E0401", argument.range, "`" + name + "` does not take these arguments");
      return {};
    }
    made.slots[size_t(slot)] = {nullptr, argument.value, argument.range};
  }
  for (size_t i = 0; i < made.slots.size(); ++i)
    if (!made.slots[i] && !isOptional(builtin->parameters[i])) {
      error("E0403", where, "`" + name + "` needs `" + builtin->parameters[i] + "`");
      return {};
    }
  return (this->*builtin->evaluate)(made);
}

Datum Elaborator::value(BuiltinCall::Slot &slot) {
  if (!slot.value) slot.value = slot.expr ? evaluate(*slot.expr) : Datum();
  return *slot.value;
}

Datum Elaborator::tensor(BuiltinCall::Slot &slot, BuiltinCall &call) {
  Datum found = value(slot);
  if (!found || (found.is(Datum::Kind::Tensor) && found.labels.empty())) return found;
  if (found.is(Datum::Kind::Tensor)) {
    error("E0307", slot.range, "`" + call.name + "` takes a whole tensor, not an element in index notation");
  } else if (found.is(Datum::Kind::Weak) || found.is(Datum::Kind::Bool)) {
    std::string written = slot.expr ? ast::print(*slot.expr) : "…";
    Diagnostic &d =
        error("E0313", slot.range, found.describe() + " has no type here").help("say which: `f32(" + written + ")`");
    if (slot.expr && found.is(Datum::Kind::Weak)) d.fix(slot.range, "f32(" + written + ")");
  } else {
    error("E0404", slot.range, "`" + call.name + "` takes a tensor, not " + found.describe());
  }
  return {};
}

std::optional<int64_t> Elaborator::evaluateInteger(const ast::Expr &expr, const std::string &what) {
  Datum found = evaluate(expr);
  auto integer = found.is(Datum::Kind::Weak) ? found.weak->asInteger() : std::nullopt;
  if (found && !integer) {
    Diagnostic &d = error("E0311", expr.range, what + " is " + found.describe() + ", not a whole number known here");
    auto *text = as<ast::String>(expr);
    if (Binding *named = text ? scope->find(text->value) : nullptr; named && named->kind == Binding::Kind::Dimension)
      d.help("a dimension's name stands without quotes: `" + text->value + "`").fix(expr.range, text->value);
  }
  return integer;
}

// The names of the axes there are, or the one that was meant.
static void suggestAxis(Diagnostic &d, const std::string &name, const TensorType &type, const SourceRange &where) {
  std::vector<std::string> names;
  std::string list;
  for (const Dim &dim : type.shape) {
    if (dim.name()) names.push_back(*dim.name());
    list += (list.empty() ? "`" : ", `") + dim.print() + "`";
  }
  if (name == "None") d.help("to reduce over all axes leave `axis` out");
  else if (auto nearest = nearestName(name, names)) d.meant(nearest, where);
  else d.help(list.empty() ? "a scalar has no axis" : "its axes are " + list);
}

// A dimension name stands for the one axis of that extent; a number for a position, from the end if negative.
std::optional<int64_t> Elaborator::axisOf(const ast::Expr &expr, const Datum &x, int64_t extra) {
  TensorType type = x.type();
  int64_t rank = type.rank() + extra;
  auto *name = as<ast::Name>(expr);
  Binding *binding = name ? scope->find(name->name) : nullptr;
  if (binding && binding->kind == Binding::Kind::Dimension && extra == 0) {
    std::vector<int64_t> found;
    for (int64_t i = 0; i < rank; ++i)
      if (type.shape[size_t(i)] == binding->dim) found.push_back(i);
    if (found.size() == 1) return found[0];
    Diagnostic &d = error("E0304", expr.range,
                          found.empty() ? type.print() + " has no axis `" + name->name + "`"
                                        : "`" + name->name + "` names more than one axis of " + type.print());
    if (found.empty()) suggestAxis(d, name->name, type, expr.range);
    else d.help("give a position: `" + std::to_string(found[0]) + "` or `" + std::to_string(found[1]) + "`");
    return std::nullopt;
  }
  if (name && !binding && !findGlobal(name->name, name->range)) {
    Diagnostic &d = error("E0304", expr.range, type.print() + " has no axis `" + name->name + "`");
    suggestAxis(d, name->name, type, expr.range);
    return std::nullopt;
  }
  auto position = evaluateInteger(expr, "the axis");
  if (!position) return std::nullopt;
  if (*position >= -rank && *position < rank) return *position < 0 ? *position + rank : *position;
  error("E0304", expr.range,
        "there is no axis " + std::to_string(*position) +
            (extra ? ": the result has " : " of " + type.print() + ": it has ") + std::to_string(rank))
      .help(rank == 0 ? ""
                      : "positions run from 0 to " + std::to_string(rank - 1) + ", or from the end: -1 is the last");
  return std::nullopt;
}

std::optional<int64_t> Elaborator::axis(BuiltinCall::Slot &slot, const Datum &x, int64_t extra) {
  if (slot.expr) return axisOf(*slot.expr, x, extra);
  auto integer = slot.value && slot.value->is(Datum::Kind::Weak) ? slot.value->weak->asInteger() : std::nullopt;
  int64_t rank = x.type().rank() + extra;
  if (integer && *integer >= -rank && *integer < rank) return *integer < 0 ? *integer + rank : *integer;
  error("E0304", slot.range, "the axis is not known here");
  return std::nullopt;
}

std::optional<std::vector<int64_t>> Elaborator::axes(BuiltinCall::Slot &slot, const Datum &x) {
  std::vector<int64_t> found;
  auto *tuple = as<ast::Tuple>(slot.expr);
  auto *list = as<ast::List>(slot.expr);
  bool ok = true;
  if (!tuple && !list) {
    auto one = axis(slot, x);
    return one ? std::optional<std::vector<int64_t>>({*one}) : std::nullopt;
  }
  for (const ast::ExprPtr &element : tuple ? tuple->elements : list->elements) {
    auto one = axisOf(*element, x, 0);
    ok &= one.has_value();
    if (one) found.push_back(*one);
  }
  return ok ? std::optional(found) : std::nullopt;
}

std::optional<std::vector<Dim>> Elaborator::dims(BuiltinCall::Slot &slot) {
  if (slot.expr) return evaluateShape(*slot.expr);
  error("E0311", slot.range, "the shape is not known here");
  return std::nullopt;
}

// The one extent that `parameter` of the call is.
std::optional<Dim> Elaborator::extent(BuiltinCall::Slot &slot, const std::string &parameter) {
  auto shape = dims(slot);
  if (!shape) return std::nullopt;
  if (shape->size() == 1) return shape->front();
  error("E0315", slot.range, "`" + parameter + "` is one extent");
  return std::nullopt;
}

} // namespace fluxion::check
