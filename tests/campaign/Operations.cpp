// The steps that are operations of the language itself.
#include "tests/campaign/Generator.h"
#include <algorithm>

namespace fluxion::campaign {

static std::string quoted(const std::vector<int64_t> &shape) {
  std::string text = "[";
  for (int64_t n : shape) text += (text.size() > 1 ? ", " : "") + std::to_string(n);
  return text + "]";
}

void Generator::unary() {
  static const char *const functions[] = {
      "neg",  "abs",  "sign", "floor", "ceil",  "round", "exp",     "expm1",    "log",     "log1p",  "sqrt",   "rsqrt", "sin",
      "cos",  "tan",  "asin", "acos",  "atan",  "sinh",  "cosh",    "tanh",     "sigmoid", "softplus", "erf",  "square",
      "asinh", "acosh", "atanh", "cbrt", "erfc", "gaussian", "normal_cdf", "isnan", "isinf"};
  Variable a = some(real);
  const char *name = functions[below(std::size(functions))];
  bool truth = name[0] == 'i';
  keep(std::string(name) + "(" + a.name + ")", truth ? ElementType::Bool : real, a.shape, name);
}

void Generator::binary() {
  Variable a = some(chance(85) ? real : ElementType::I32);
  static const char *const literals[] = {"0", "1", "2", "3", "0.5", "10", "41", "49", "255", "1e-3"};
  bool whole = a.element == ElementType::I32;
  Variable b = shaped(a.element, chance(70) ? a.shape : std::vector<int64_t>{});
  std::string left = a.name, right = chance(35) ? literals[below(whole ? 4 : 10)] : b.name;
  if (chance(20)) std::swap(left, right);
  static const char *const signs[] = {"+", "-", "*", "/"};
  static const char *const calls[] = {"max", "min", "pow", "atan2", "rem", "floordiv", "xlogy"};
  static const char *const tests[] = {"<", "<=", ">", ">=", "==", "!="};
  switch (below(6)) {
  default: {
    const char *sign = signs[below(whole ? 3 : 4)];
    return keep(left + " " + sign + " " + right, a.element, a.shape, sign);
  }
  case 4: {
    const char *name = calls[below(whole ? 2 : 7)];
    return keep(std::string(name) + "(" + left + ", " + right + ")", a.element, a.shape, name);
  }
  case 5: {
    const char *test = tests[below(6)];
    return keep(left + " " + test + " " + right, ElementType::Bool, a.shape, test);
  }
  }
}

// Two arms, by a comparison or by the position along the last axis.
void Generator::choose() {
  Variable a = some(real), b = shaped(real, a.shape);
  std::string condition = a.name + " " + (chance(50) ? ">" : "<=") + " 0";
  if (!a.shape.empty() && chance(60)) {
    condition = "iota(i32" + quoted(a.shape) + ", axis = " + std::to_string(int(a.shape.size()) - 1) + ") % " +
                std::to_string(2 + below(3)) + " == " + std::to_string(below(2));
  }
  std::string other = chance(40) ? (chance(50) ? "0" : "-1") : b.name;
  keep("where(" + condition + ", " + a.name + ", " + other + ")", real, a.shape, "where");
}

void Generator::reduce() {
  static const char *const functions[] = {"sum", "mean", "max", "min", "prod", "variance", "argmax", "argmin", "std"};
  const char *name = functions[below(std::size(functions))];
  Variable a = some(real);
  if (a.shape.empty()) return unary();
  bool position = name[0] == 'a';
  ElementType element = position ? ElementType::I32 : real;
  drawn.elementwise = false;
  if (!position && chance(35)) return keep(std::string(name) + "(" + a.name + ")", element, {}, name);
  int64_t axis = below(int64_t(a.shape.size()));
  std::vector<int64_t> shape = a.shape;
  shape.erase(shape.begin() + axis);
  keep(std::string(name) + "(" + a.name + ", axis = " + std::to_string(axis) + ")", element, shape, name);
}

void Generator::cumulate() {
  Variable a = some(real);
  if (a.shape.empty()) return unary();
  std::string axis = ", axis = " + std::to_string(below(int64_t(a.shape.size())));
  drawn.elementwise = false;
  switch (below(4)) {
  case 0: return keep("cumsum(" + a.name + axis + (chance(50) ? ", reverse = true)" : ")"), real, a.shape, "cumsum");
  case 1: return keep("sort(" + a.name + axis + (chance(50) ? ", descending = true)" : ")"), real, a.shape, "sort");
  case 2: return keep("argsort(" + a.name + axis + ")", ElementType::I32, a.shape, "argsort");
  default: return keep("reverse(" + a.name + axis + ")", real, a.shape, "reverse");
  }
}

void Generator::contract() {
  Variable a = some(real);
  drawn.elementwise = false;
  if (a.shape.empty()) return binary();
  int64_t inner = a.shape.back();
  if (a.shape.size() == 1) {
    if (chance(40)) return keep("dot(" + a.name + ", " + shaped(real, a.shape).name + ")", real, {}, "dot");
    int64_t n = std::min<int64_t>(extent(), 65);
    Variable b = shaped(real, {inner, n});
    return keep(a.name + " @ " + b.name, real, {n}, "@");
  }
  std::vector<int64_t> shape(a.shape.begin(), a.shape.end() - 1);
  if (chance(25)) return keep(a.name + " @ " + shaped(real, {inner}).name, real, shape, "@");
  if (a.shape.size() == 2 && chance(30)) {
    int64_t n = std::min<int64_t>(extent(), 65);
    Variable b = shaped(real, {n, inner});
    return keep("einsum(\"ij,kj->ki\", " + a.name + ", " + b.name + ")", real, {n, shape[0]}, "einsum");
  }
  int64_t n = std::min<int64_t>(extent(), 65);
  if (a.size() * n > 400000) n = 3;
  Variable b = shaped(real, {inner, n});
  shape.push_back(n);
  keep(a.name + " @ " + b.name, real, shape, "@");
}

void Generator::move() {
  Variable a = some(chance(85) ? real : ElementType::I32);
  int64_t rank = int64_t(a.shape.size());
  if (rank == 0) {
    int64_t n = extent();
    return keep("expand(" + a.name + ", axis = 0, size = " + std::to_string(n) + ")", a.element, {n}, "expand");
  }
  std::vector<int64_t> shape = a.shape;
  int64_t axis = below(rank);
  switch (below(6)) {
  case 0: {
    if (rank < 2) return keep("reshape(" + a.name + ", [1, " + std::to_string(shape[0]) + "])", a.element, {1, shape[0]}, "reshape");
    std::swap(shape[size_t(rank) - 1], shape[size_t(rank) - 2]);
    return keep("transpose(" + a.name + ")", a.element, shape, "transpose");
  }
  case 1: return keep("flatten(" + a.name + ")", a.element, {a.size()}, "flatten");
  case 2: {
    if (shape[0] < 2) return keep("reverse(" + a.name + ", axis = 0)", a.element, shape, "reverse");
    shape[0] -= 1;
    std::string rest = rank > 1 ? ", .." : "";
    return keep(a.name + "[1:" + std::to_string(a.shape[0]) + rest + "]", a.element, shape, "slice");
  }
  case 3: {
    Variable b = shaped(a.element, a.shape);
    shape[size_t(axis)] *= 2;
    return keep("concat([" + a.name + ", " + b.name + "], axis = " + std::to_string(axis) + ")", a.element, shape, "concat");
  }
  case 4: {
    std::vector<int64_t> low(size_t(rank), 0), high(size_t(rank), 0);
    low[size_t(axis)] = below(3), high[size_t(axis)] = below(3);
    shape[size_t(axis)] += low[size_t(axis)] + high[size_t(axis)];
    return keep("pad(" + a.name + ", low = " + quoted(low) + ", high = " + quoted(high) + ", value = 0)", a.element, shape, "pad");
  }
  default: {
    int64_t n = std::min<int64_t>(extent(), 20);
    if (a.size() * n > 100000) return unary();
    shape.insert(shape.begin() + axis, n);
    return keep("expand(" + a.name + ", axis = " + std::to_string(axis) + ", size = " + std::to_string(n) + ")", a.element, shape,
                "expand");
  }
  }
}

void Generator::index() {
  Variable a = some(real);
  if (a.shape.empty()) return binary();
  drawn.elementwise = false;
  int64_t n = extent();
  std::vector<int64_t> shape = a.shape;
  Variable indices = shaped(ElementType::I32, {n});
  switch (below(3)) {
  case 0: {
    shape[0] = n;
    return keep("gather(" + a.name + ", " + indices.name + ", axis = 0)", real, shape, "gather");
  }
  case 1: {
    Variable updates = shaped(real, {n});
    int64_t size = extent();
    return keep("scatter(" + updates.name + ", " + indices.name + ", " + std::to_string(size) + ", axis = 0)", real, {size},
                "scatter");
  }
  default: {
    int64_t classes = 1 + below(20);
    return keep(std::string(spelling(real)) + "(one_hot(" + indices.name + ", " + std::to_string(classes) + "))", real, {n, classes}, "one_hot");
  }
  }
}

void Generator::loop() {
  Variable a = some(real);
  if (a.shape.empty()) return keep("if " + a.name + " > 0 { " + a.name + " } else { 2 * " + a.name + " }", real, {}, "if");
  std::vector<int64_t> row(a.shape.begin() + 1, a.shape.end());
  drawn.elementwise = false;
  Variable h = shaped(real, row);
  static const char *const bodies[] = {"0.5 * h + x", "max(h, x)", "h * x", "where(x > h, x, h - 1)"};
  std::string body = bodies[below(4)];
  if (chance(50)) return keep("for(x in " + a.name + ", h = " + h.name + ") { " + body + " }", real, row, "for");
  keep("scan(x in " + a.name + ", h = " + h.name + ") {\n    let g = " + body + "\n    (g, g)\n  }.1", real, a.shape, "scan");
}

} // namespace fluxion::campaign
