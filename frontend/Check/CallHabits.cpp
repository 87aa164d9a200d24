// Helps for calls as other libraries make them: see Habits.h. What a built-in reported is told with what it takes
// instead.
#include "frontend/Check/Habits.h"
#include <algorithm>
#include <map>

namespace fluxion::check {

std::string writtenAt(const SourceRange &range) {
  if (!range.file || range.end < range.begin || range.end - range.begin > 60) return "…";
  return range.file->text.substr(range.begin, range.end - range.begin);
}

//===--- Initializers --------------------------------------------------------------------------------------------===//

bool isInitializer(const ast::FunctionDecl &function) {
  if (function.parameters.empty() || function.parameters[0].name.text != "key" || !function.result) return false;
  return !function.result->shape.empty() &&
         std::all_of(function.parameters.begin(), function.parameters.end(),
                     [](const ast::Parameter &p) { return p.type && p.type->shape.empty() && p.type->elements.empty(); });
}

std::string helpForDrawing(const std::string &initializer) {
  static const std::map<std::string, const char *> elsewhere = {
      {"zeros", "`fill(f32[N], 0)`, or `zeros_like(x)`"},
      {"ones", "`fill(f32[N], 1)`, or `ones_like(x)`"},
      {"full", "`fill(f32[N], 0.5)`"},
      {"identity", "`eye(N)`"},
      {"uniform", "`random_uniform(key, f32[N])`"},
  };
  auto found = elsewhere.find(initializer);
  return "an initializer is drawn for a struct's field; elsewhere write " +
         std::string(found == elsewhere.end() ? "`random_normal(key, f32[N])`" : found->second);
}

//===--- Built-in functions --------------------------------------------------------------------------------------===//

// The parameter that the argument at `place` is for; empty: there is none.
static std::string parameterAt(const Builtin &builtin, const ast::Call &call, const SourceRange &place) {
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const ast::Argument &argument = call.arguments[i];
    const SourceRange &range = argument.value->range;
    if (range.file != place.file || range.begin != place.begin || range.end < place.end) continue;
    std::string name = argument.name ? argument.name.text : i < builtin.parameters.size() ? builtin.parameters[i] : "";
    if (!name.empty() && name.back() == '?') name.pop_back();
    return name;
  }
  return "";
}

// `random_normal(key, N)`, `fill([3, 4], 0)`: extents where a type is needed.
static void hintForExtents(Diagnostic &d, const SourceRange &place, const ast::Call &call, Scope &scope) {
  const ast::Expr *expr = nullptr;
  for (const ast::Argument &argument : call.arguments)
    if (argument.value->range.begin == place.begin) expr = argument.value.get();
  auto isExtent = [&](const ast::Expr &each) {
    auto *name = as<ast::Name>(each);
    const Binding *binding = name ? scope.find(name->name) : nullptr;
    return as<ast::Number>(each) || (binding && binding->kind == Binding::Kind::Dimension);
  };
  auto *list = as<ast::List>(expr);
  auto *tuple = as<ast::Tuple>(expr);
  if (!expr || (!list && !tuple && !isExtent(*expr))) return;
  std::string extents = writtenAt(expr->range);
  if (list || tuple) {
    const auto &elements = list ? list->elements : tuple->elements;
    if (!std::all_of(elements.begin(), elements.end(), [&](const ast::ExprPtr &each) { return isExtent(*each); })) return;
    extents = extents.size() > 2 ? extents.substr(1, extents.size() - 2) : "…";
  }
  d.fixes.clear();
  d.help("write `f32[" + extents + "]`").fix(expr->range, "f32[" + extents + "]");
}

void hintForBuiltinCall(Diagnostic &d, const Builtin &builtin, const std::string &name, const ast::Call &call,
                        Scope &scope) {
  const SourceRange &place = d.where.range;
  if (place.file != call.range.file || place.begin < call.range.begin || place.end > call.range.end) return;
  auto begins = [&](const std::string &text) { return d.message.rfind(text, 0) == 0; };
  const std::string parameter = parameterAt(builtin, call, place);
  if (d.number == "E0402" && begins("`" + name + "` has no parameter `argnums`")) {
    d.help("what is differentiated is named: `wrt = w`, or `wrt = (w, b)`");
  } else if (d.number == "E0401" && name == "transpose" && begins("`transpose`") && call.arguments.size() == 3) {
    std::string x = writtenAt(call.arguments[0].value->range), rest = writtenAt(call.arguments[1].value->range) + ", " +
                                                                     writtenAt(call.arguments[2].value->range);
    d.help("the axes in their new order are a list, `transpose(" + x + ", [0, 2, 1])`; one is moved by `move_axis(" + x +
           ", " + rest + ")`");
  } else if (d.number == "E0313" && parameter == "indices") {
    std::string integer = "i32(" + writtenAt(place) + ")";
    d.fixes.clear();
    d.help("say which: `" + integer + "`");
    if (writtenAt(place) != "…") d.fix(place, integer);
  } else if (d.number == "E0204" && parameter == "type") {
    hintForExtents(d, place, call, scope);
  } else if (d.number == "E0420" && d.message.find(" channels, the kernel") != std::string::npos) {
    bool plane = name.find("2d") != std::string::npos;
    d.help(std::string("channels come last: x is ") + (plane ? "[N, H, W, C], a kernel [KH, KW" : "[N, L, C], a kernel [K") +
           ", channels in a group, channels out], and groups divide both");
  }
}

//===--- Functions of the library --------------------------------------------------------------------------------===//

void hintForLabels(Diagnostic &d, const std::string &name, const std::vector<Datum> &values, const SourceRange &call) {
  if (name != "cross_entropy" || values.size() < 2 || d.where.range.file != call.file) return;
  auto isTensor = [](const Datum &each) { return each.is(Datum::Kind::Tensor) && each.tensor && each.labels.empty(); };
  if (!isTensor(values[0]) || !isTensor(values[1])) return;
  if (values[0].type() != values[1].type() || !isFloat(values[0].type().element) || values[0].type().rank() == 0) return;
  d.fixes.clear();
  d.help("labels are integers, one a row; a probability for each class goes to `soft_cross_entropy`");
  if (call.file->text.compare(call.begin, name.size() + 1, name + "(") == 0)
    d.fix({call.file, call.begin, call.begin}, "soft_");
}

// T[..S, C]: the axis it works along
static bool endsInAxis(const ast::Type &type) {
  return type.kind == ast::TypeKind::Named && type.shape.size() == 2 && !type.shape[0].dimension &&
         type.shape[1].dimension;
}

void hintForLastAxis(Diagnostic &d, const ast::FunctionDecl *function, const std::vector<CallArgument> &arguments,
                     size_t at) {
  static const char *const words[] = {"axis", "dim", "axes"};
  const std::string &argument = arguments[at].name;
  if (!function || function->parameters.empty() || arguments.size() != 2 || at != 1) return; // the tensor, and `axis`
  if (!argument.empty() && std::find(std::begin(words), std::end(words), argument) == std::end(words)) return;
  const ast::TypePtr &first = function->parameters[0].type;
  if (!first || !endsInAxis(*first) || !function->result || function->result->kind != ast::TypeKind::Named) return;
  const Datum &x = arguments[0].value, &axis = arguments[1].value;
  auto position = axis.is(Datum::Kind::Weak) ? axis.weak->asInteger() : std::nullopt;
  const std::string &name = function->name.text, tensor = writtenAt(arguments[0].range);
  std::string place = position ? std::to_string(*position) : writtenAt(arguments[1].range);
  if (argument.empty() && !position) return;
  d.fixes.clear();
  bool last = position && x.is(Datum::Kind::Tensor) && x.labels.empty() &&
              (*position == -1 || *position == x.type().rank() - 1);
  if (last) {
    d.help("it works along the last axis as it is: `" + name + "(" + tensor + ")`")
        .fix({arguments[0].range.file, arguments[0].range.end, arguments[1].range.end}, "");
    return;
  }
  std::string call = name + "(move_axis(" + tensor + ", " + place + ", -1)";
  d.help("it works along the last axis, which any other becomes by `move_axis`: `" +
         (endsInAxis(*function->result) ? "move_axis(" + call + "), -1, " + place + ")" : call + ")") + "`");
}

} // namespace fluxion::check
