// Helps for what other libraries taught: see Habits.h. An edit is offered only where it is certain to take the error
// away.
#include "frontend/Check/Habits.h"
#include <algorithm>

namespace fluxion::check {

static bool isOneOf(const std::string &text, std::initializer_list<const char *> words) {
  return std::any_of(words.begin(), words.end(), [&](const char *word) { return text == word; });
}

// What stands in the source, if it is brief.
static std::string written(const ast::Expr *expr) {
  if (!expr || !expr->range.file || expr->range.end < expr->range.begin) return "";
  if (expr->range.end - expr->range.begin > 40) return "";
  std::string text = expr->range.file->text.substr(expr->range.begin, expr->range.end - expr->range.begin);
  return text.find('\n') == std::string::npos ? text : "";
}

//===--- Optimizers ----------------------------------------------------------------------------------------------===//

void hintForSetting(Diagnostic &d, const std::string &rule, const std::string &setting, const SourceRange &place,
                    bool rateIsGiven) {
  std::string help;
  if (isOneOf(setting, {"learning_rate", "learningrate", "rate", "step_size", "stepsize", "eta", "eta0"}))
    help = "the rate is `lr`";
  else if (setting == "momentum")
    help = "momentum makes another optimizer: `momentum(lr = …, beta = 0.9)`, or `nesterov`";
  else if (setting == "nesterov")
    help = "it is an optimizer of its own: `nesterov(lr = …, beta = 0.9)`";
  else if (isOneOf(setting, {"weight_decay", "wd", "decay"}) && isOneOf(rule, {"adam", "sgd", "momentum"}))
    help = rule == "adam" ? "`adamw(lr = …, weight_decay = …)` decays the weights"
                          : "`decayed(" + rule + "(), lr = …, weight_decay = …)` decays the weights";
  else if (setting == "betas")
    help = "they are two settings: `beta1 = 0.9, beta2 = 0.999`";
  if (help.empty()) return;
  d.fixes.clear();
  d.help(help);
  if (help == "the rate is `lr`" && !rateIsGiven) d.fix(place, "lr");
}

bool hintForRule(Diagnostic &d, const std::string &name, const SourceRange &where, const Scope *scope) {
  const char *meant = isOneOf(name, {"lr", "learning_rate", "step_size", "eta"}) ? "rate"
                      : isOneOf(name, {"grad", "grads", "gradient"})            ? "g"
                      : isOneOf(name, {"param", "params", "w", "x", "theta"})   ? "p"
                      : isOneOf(name, {"step", "steps", "count", "iteration"})  ? "t"
                                                                                : nullptr;
  auto sees = [&](const char *each) {
    for (const Scope *s = scope; s; s = s->parent.get())
      if (s->names.count(each)) return true;
    return false;
  };
  if (!meant || !sees("rate") || !sees("p") || !sees("g") || !sees("t")) return false;
  d.help("in an optimizer it is `" + std::string(meant) + "`: `p` are the parameters, `g` their gradient, `rate` the rate, `t` the step")
      .fix(where, meant);
  return true;
}

//===--- Initializers --------------------------------------------------------------------------------------------===//

std::string helpForInitializer(const std::string &name, const std::string &nearest) {
  if (name.find("xavier") != std::string::npos) return "it is called `glorot_normal` here, or `glorot_uniform`";
  if (name.find("kaiming") != std::string::npos) return "it is called `he_normal` here, or `he_uniform`";
  if (isOneOf(name, {"constant", "fill", "const"})) return "write `full(1.5)`";
  if (isOneOf(name, {"randn", "gaussian", "random_normal"})) return "write `normal(std = 0.02)`";
  if (isOneOf(name, {"rand", "random", "random_uniform"})) return "write `uniform(low = -0.1, high = 0.1)`";
  if (!nearest.empty()) return nearest;
  return "the library has `zeros`, `ones`, `full`, `normal`, `uniform`, `he_normal`, `glorot_normal`, `lecun_normal`, "
         "`truncated_normal`, `orthogonal` and others";
}

//===--- Lists, parts, subscripts --------------------------------------------------------------------------------===//

std::string helpForPattern(const Datum &value, size_t parts, const ast::Expr *expr) {
  std::string name = written(expr).empty() || !as<ast::Name>(expr) ? "x" : written(expr);
  if (value.is(Datum::Kind::Tensor) && value.tensor && value.labels.empty() && value.tensor.type().rank() > 0)
    return "the parts of a tensor are chosen one by one: `" + name + "[0]`" +
           (parts > 1 ? ", `" + name + "[1]`" : std::string());
  if (value.is(Datum::Kind::Struct) && value.decl && !value.decl->fields.empty())
    return "its fields are read by their names, as in `" + name + "." + value.decl->fields[0].name.text + "`";
  return "";
}

void hintForList(Diagnostic &d, const ast::Expr *expr, const Datum &value, const TensorType *expected) {
  if (!expr || !value.is(Datum::Kind::List) || value.parts.empty()) return;
  bool closed = as<ast::List>(expr) || as<ast::Name>(expr) || as<ast::Call>(expr) || as<ast::Field>(expr); // may stand in a call
  std::string text = written(expr);
  auto typed = std::find_if(value.parts.begin(), value.parts.end(),
                            [](const Datum &part) { return part.is(Datum::Kind::Tensor) && part.tensor; });
  if (typed == value.parts.end()) return;
  const Datum &first = *typed;
  bool tensors = closed;
  for (const Datum &part : value.parts) // a number takes the type of the others
    tensors = tensors && (part.is(Datum::Kind::Weak) || (part.is(Datum::Kind::Tensor) && part.tensor && part.labels.empty() &&
                                                         part.tensor.type() == first.tensor.type()));
  if (!tensors) return;
  TensorType made = first.tensor.type();
  made.shape.insert(made.shape.begin(), Dim(int64_t(value.parts.size())));
  d.help("a tensor is made of them by `stack(" + (text.empty() ? "[…]" : text) + ")`" +
         (expected && made != *expected ? ", here " + made.print() : ""));
  if (!expected || made != *expected || !expr->range.file) return;
  d.fix({expr->range.file, expr->range.begin, expr->range.begin}, "stack(");
  d.fix({expr->range.file, expr->range.end, expr->range.end}, ")");
}

void hintForReversal(Diagnostic &d, const ast::Index &index, size_t at, size_t axis) {
  if (at >= index.subscripts.size()) return;
  const ast::Subscript &subscript = index.subscripts[at];
  if (subscript.begin || subscript.end || !subscript.stride || ast::print(*subscript.stride) != "-1") return;
  std::string base = written(index.base.get());
  std::string call = "reverse(" + (base.empty() ? "x" : base) + ", axis = " + std::to_string(axis) + ")";
  d.help("the other way round is `" + call + "`");
  if (!base.empty() && index.subscripts.size() == 1 && index.range.file) d.fix(index.range, call);
}

void hintForSubscript(Diagnostic &d, const Datum &value, const ast::Expr *expr) {
  if (value.is(Datum::Kind::Tensor) && value.tensor && value.type().element == ElementType::Bool) {
    d.help("a shape does not depend on values: keep every element and set aside those that do not count, "
           "`where(c, x, 0)`");
  } else if (value.is(Datum::Kind::List) && as<ast::List>(expr)) {
    d.help("several positions are a tensor of integers, or parts put together: `stack([x[0], x[2]])`");
  }
}

} // namespace fluxion::check
