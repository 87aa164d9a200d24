// The searches behind suggestions: each candidate (a transposition, a new axis, the operands exchanged, a conversion)
// is tried on the types, and offered only if it fits.
#include "frontend/Check/Suggest.h"
#include "frontend/Graph/Equation.h"
#include <algorithm>
#include <map>
#include <numeric>

namespace fluxion::check {

using Shape = std::vector<Dim>;

std::string printShape(const Shape &shape) {
  std::string text = "[";
  for (const Dim &dim : shape) text += (text.size() > 1 ? "," : "") + dim.print();
  return text + "]";
}

static std::string source(const ast::Expr *expr) {
  if (!expr || !expr->range.file) return "";
  return expr->range.file->text.substr(expr->range.begin, expr->range.end - expr->range.begin);
}

static bool isSimple(const ast::Expr &expr) {
  return expr.kind == ast::ExprKind::Name || expr.kind == ast::ExprKind::Field || expr.kind == ast::ExprKind::Call ||
         expr.kind == ast::ExprKind::Index || expr.kind == ast::ExprKind::Number;
}

std::string shown(const Operand &operand) {
  std::string text = source(operand.expr);
  return text.empty() || text.size() > 48 || text.find('\n') != std::string::npos ? "…" : text;
}

static std::string parenthesized(const Operand &operand) {
  std::string text = shown(operand);
  return text == "…" || isSimple(*operand.expr) ? text : "(" + text + ")";
}

Remedy wrapped(const Operand &operand, const std::string &before, const std::string &after, const std::string &help) {
  bool postfix = before.empty();
  Remedy remedy{help + "`" + before + (postfix ? parenthesized(operand) : shown(operand)) + after + "`", {}, ""};
  if (!operand.expr || !operand.expr->range.file) return remedy;
  bool parens = postfix && !isSimple(*operand.expr);
  const SourceRange &range = operand.expr->range;
  if (parens || !before.empty())
    remedy.fixes.push_back({{range.file, range.begin, range.begin}, before + (parens ? "(" : "")});
  remedy.fixes.push_back({{range.file, range.end, range.end}, (parens ? ")" : "") + after});
  return remedy;
}

//===--- Elementwise ---------------------------------------------------------------------------------------------===//

static bool isEnd(const Shape &small, const Shape &large) {
  return small.size() <= large.size() && std::equal(small.rbegin(), small.rend(), large.rbegin());
}

// The places of `small` in `large` in order, if there is exactly one way.
static std::optional<std::vector<size_t>> placesIn(const Shape &small, const Shape &large) {
  if (small.size() > large.size() || large.size() > 32) return std::nullopt;
  std::vector<size_t> first, last(small.size());
  size_t i = 0;
  for (size_t j = 0; j < large.size() && i < small.size(); ++j)
    if (large[j] == small[i]) {
      first.push_back(j);
      ++i;
    }
  if (i < small.size()) return std::nullopt;
  for (size_t j = large.size(); j-- > 0 && i > 0;)
    if (large[j] == small[i - 1]) last[--i] = j;
  return first == last ? std::optional(first) : std::nullopt; // leftmost and rightmost agree: the only way
}

static Remedy placeIn(const Operand &operand, const Shape &small, const Shape &large) {
  auto places = placesIn(small, large);
  if (!places || large.size() == small.size() || small.empty()) return {};
  if (large.size() != small.size() + 1)
    return wrapped(operand, "broadcast(", ", " + printShape(large) + ")", "write its axes out: ");
  size_t missing = 0;
  while (missing < places->size() && (*places)[missing] == missing) ++missing;
  return wrapped(operand, "expand(", ", axis = " + std::to_string(missing) + ", size = " + large[missing].print() + ")",
                 "only trailing axes match by themselves; write the axis out: ");
}

// NumPy's [N,1] beside [N,D].
static Remedy stretchOnes(const Operand &operand, const Shape &small, const Shape &large) {
  if (small.size() != large.size()) return {};
  Shape rest;
  for (size_t i = 0; i < small.size(); ++i) {
    bool one = small[i] == Dim(1) && large[i] != Dim(1);
    if (!one && small[i] != large[i]) return {};
    if (!one) rest.push_back(small[i]);
  }
  std::string reshaped = "reshape(", to = ", " + printShape(rest) + ")";
  const std::string help = "an axis of extent 1 does not stretch; ";
  if (isEnd(rest, large)) return wrapped(operand, reshaped, to, help + "take it away: ");
  auto places = placesIn(rest, large);
  if (!places || rest.size() + 1 != large.size()) return {};
  size_t missing = 0;
  while (missing < places->size() && (*places)[missing] == missing) ++missing;
  return wrapped(operand, "expand(" + reshaped,
                 to + ", axis = " + std::to_string(missing) + ", size = " + large[missing].print() + ")",
                 help + "write it out: ");
}

// The one order of axes that makes `from` into `to`.
static std::optional<std::vector<size_t>> permutation(const Shape &from, const Shape &to) {
  if (from.size() != to.size() || from.size() > 6) return std::nullopt;
  std::vector<size_t> order(from.size());
  std::iota(order.begin(), order.end(), 0);
  std::optional<std::vector<size_t>> found;
  do {
    bool fits = true;
    for (size_t i = 0; fits && i < order.size(); ++i) fits = from[order[i]] == to[i];
    if (fits && found) return std::nullopt;
    if (fits) found = order;
  } while (std::next_permutation(order.begin(), order.end()));
  return found;
}

// `x.T`; where `x.T` stands, `x`.
static Remedy turned(const Operand &operand, const std::string &help) {
  auto *field = as<ast::Field>(operand.expr);
  if (!field || field->field.text != "T" || !field->range.file) return wrapped(operand, "", ".T", help);
  std::string base = source(field->base.get());
  return {"leave `.T` out: `" + (base.size() > 40 ? "…" : base) + "`",
          {{{field->range.file, field->base->range.end, field->range.end}, ""}},
          ""};
}

static Remedy reorder(const Operand &operand, const Shape &from, const Shape &to, const std::string &help) {
  auto order = permutation(from, to);
  if (!order || from.size() < 2 || from == to) return {};
  bool lastTwo = true;
  for (size_t i = 0; i < order->size(); ++i)
    lastTwo &= (*order)[i] == (i + 2 < order->size() ? i : 2 * order->size() - 3 - i);
  if (lastTwo) return turned(operand, help);
  std::string list;
  for (size_t axis : *order) list += (list.empty() ? "" : ", ") + std::to_string(axis);
  return wrapped(operand, "transpose(", ", [" + list + "])", help);
}

// "the last axis", "axis 1": where two shapes, laid end to end, first disagree.
static std::string disagreement(const Operand &a, const Operand &b) {
  const Shape x = a.tensor.type().shape, y = b.tensor.type().shape;
  for (size_t k = 0; k < std::min(x.size(), y.size()); ++k) {
    const Dim &left = x[x.size() - 1 - k], &right = y[y.size() - 1 - k];
    if (left == right) continue;
    std::string place = k == 0   ? "the last axis"
                        : k == 1 ? "the last axis but one"
                                 : "axis " + std::to_string(-int(k) - 1);
    std::string first = shown(a), second = shown(b);
    bool both = first != "…" && first.size() <= 24 && second != "…" && second.size() <= 24 && first != second;
    return ": " + place + " is " + left.print() + " in " + (both ? "`" + first + "`" : "the one") + " and " +
           right.print() + " in " + (both ? "`" + second + "`" : "the other");
  }
  return "";
}

// `X * w` beside a tensor without the last axis of `X`: `X @ w` was meant.
static Remedy contractionMeant(const Operand &operand, const Shape &shape, const Shape &beside) {
  auto *product = as<ast::Binary>(operand.expr);
  bool drops = shape.size() == 2 && beside.size() == 1 && shape[0] == beside[0] && shape[1] != shape[0];
  if (!product || product->op != ast::BinaryOp::Mul || !drops) return {};
  if (!as<ast::Name>(product->left) || !as<ast::Name>(product->right)) return {};
  return {"`*` is elementwise; to contract an axis write `" + source(product->left.get()) + " @ " +
              source(product->right.get()) + "`",
          {},
          ""};
}

bool isParameter(const Operand &operand) { // declared with its type beside it
  const SourceRange &range = operand.declared;
  return range.file && range.file->text.substr(range.begin, range.end - range.begin).find(':') != std::string::npos;
}

Remedy remedyForElementwise(const std::vector<Operand> &operands, int first, int second) {
  const Operand &a = operands[size_t(first)], &b = operands[size_t(second)];
  if (!a.tensor || !b.tensor) return {};
  const Shape x = a.tensor.type().shape, y = b.tensor.type().shape;
  Remedy remedy;
  bool crossed = x.size() == 2 && y.size() == 2 && x[0] == y[1] && x[1] == y[0];
  if (crossed) {
    remedy = wrapped(b, "", ".T", "transpose one of them: ");
    remedy.fixes.clear(); // or the other
  }
  if (Remedy contracted = contractionMeant(a, x, y))
    remedy = contracted;
  else if (Remedy other = contractionMeant(b, y, x))
    remedy = other;
  for (auto [one, other] : {std::pair(&b, &a), std::pair(&a, &b)}) {
    const Shape &small = one == &b ? y : x, &large = one == &b ? x : y;
    if (!remedy) remedy = placeIn(*one, small, large);
    if (!remedy) remedy = stretchOnes(*one, small, large);
    if (!remedy) remedy = reorder(*one, small, large, "bring its axes into the same order: ");
  }
  auto isName = [](const Operand &o) { return o.expr && o.expr->kind == ast::ExprKind::Name && isParameter(o); };
  bool pairs = x.size() == 1 && y.size() == 1 && x[0].name() && y[0].name() && isName(a) && isName(b);
  if (!remedy && pairs) {
    remedy.help = "for every pair of elements, give one of them the axis of the other: `expand(" + shown(a) +
                  ", axis = 1, size = " + y[0].print() + ")`";
  }
  remedy.message = "the shapes " + a.type() + " and " + b.type() + " do not match" + disagreement(a, b);
  return remedy;
}

Remedy remedyForConcat(const std::vector<Operand> &operands) {
  Remedy remedy;
  const Shape &first = operands[0].tensor.type().shape;
  std::set<size_t> differing;
  for (const Operand &operand : operands) {
    if (!operand.tensor) return {};
    const Shape &shape = operand.tensor.type().shape;
    if (shape.size() != first.size()) return {};
    for (size_t i = 0; i < shape.size(); ++i)
      if (shape[i] != first[i]) differing.insert(i);
  }
  if (differing.size() <= 2 || first.size() == 1)
    for (const Operand &operand : operands)
      if (operand.tensor.type().shape != first && remedy.message.empty())
        remedy.message = operands[0].type() + " and " + operand.type() +
                         " differ in another axis than the one they are joined along";
  if (first.size() == 1) // vectors always join, so these are stacked
    remedy.message =
        operands[0].type() + " and " + operands[1].type() + " cannot be stacked: they are of different shapes";
  if (differing.size() == 1 && first.size() > 1)
    remedy.help = "they fit along another axis: `axis = " + std::to_string(*differing.begin()) + "`";
  return remedy;
}

//===--- Contractions --------------------------------------------------------------------------------------------===//

// Does `a @ b` fit? As in GraphBuilder::matmul.
static bool multiplies(const Shape &a, const Shape &b) {
  if (a.empty() || b.empty()) return false;
  size_t inner = b.size() > 1 ? b.size() - 2 : 0;
  if (a.back() != b[inner]) return false;
  Shape left(a.begin(), a.end() - long(std::min<size_t>(a.size(), 2))), right(b.begin(), b.begin() + long(inner));
  return isEnd(left, right) || isEnd(right, left);
}

static Shape transposed(Shape shape) {
  if (shape.size() > 1) std::swap(shape[shape.size() - 1], shape[shape.size() - 2]);
  return shape;
}

// One axis that both have, once each: einsum over it.
static std::string sharedAxis(const Operand &a, const Operand &b) {
  const Shape x = a.tensor.type().shape, y = b.tensor.type().shape;
  std::optional<std::pair<size_t, size_t>> shared;
  for (size_t i = 0; i < x.size(); ++i)
    for (size_t j = 0; j < y.size(); ++j) {
      if (x[i] != y[j]) continue;
      if (shared) return "";
      shared = {i, j};
    }
  if (!shared) return "";
  Letters letters;
  std::string left, right, result;
  for (size_t i = 0; i < x.size(); ++i) {
    left += letters.choose(x[i]);
    if (i != shared->first) result += left.back();
  }
  for (size_t j = 0; j < y.size(); ++j) {
    right += j == shared->second ? left[shared->first] : letters.choose(y[j]);
    if (j != shared->second) result += right.back();
  }
  return "contract the axis they share: `einsum(\"" + left + "," + right + "->" + result + "\", " + shown(a) + ", " +
         shown(b) + ")`";
}

// Transposed, exchanged, or over the axis that both have.
static Remedy remedyForOrder(const Operand &a, const Operand &b) {
  const Shape x = a.tensor.type().shape, y = b.tensor.type().shape;
  bool left = x.size() > 1 && multiplies(transposed(x), y), right = y.size() > 1 && multiplies(x, transposed(y));
  if (left && right)
    return {"transpose one of them: `" + parenthesized(a) + ".T @ " + parenthesized(b) + "` or `" + parenthesized(a) +
                " @ " + parenthesized(b) + ".T`",
            {},
            ""};
  if (left) return turned(a, "transpose it: ");
  if (right) return turned(b, "transpose it: ");
  if (multiplies(y, x) && a.expr && b.expr) {
    std::string first = source(a.expr), second = source(b.expr);
    Remedy remedy{"the other way round they fit: `" + parenthesized(b) + " @ " + parenthesized(a) + "`", {}, ""};
    if (isSimple(*a.expr) && isSimple(*b.expr)) remedy.fixes = {{a.expr->range, second}, {b.expr->range, first}};
    return remedy;
  }
  std::string einsum = sharedAxis(a, b);
  if (!einsum.empty()) return {einsum, {}, ""};
  if (x.size() == 1 && y.size() == 1)
    return {"for the outer product write `outer(" + shown(a) + ", " + shown(b) + ")`", {}, ""};
  bool swapBoth = multiplies(transposed(x), transposed(y));
  if (swapBoth) return {"transpose both: `" + parenthesized(a) + ".T @ " + parenthesized(b) + ".T`", {}, ""};
  return {};
}

Remedy remedyForMatmul(const Operand &a, const Operand &b, const SourceRange &sign) {
  if (!a.tensor || !b.tensor) return {};
  const Shape x = a.tensor.type().shape, y = b.tensor.type().shape;
  if (x.empty() || y.empty()) return {"multiply a scalar with `*`", {{sign, "*"}}, ""};
  Remedy remedy = remedyForOrder(a, b);
  size_t inner = y.size() > 1 ? y.size() - 2 : 0;
  std::string second = y.size() == 1 ? "the axis" : y.size() == 2 ? "the first" : "the last but one";
  if (x.back() != y[inner])
    remedy.message = "`@` contracts " + std::string(x.size() == 1 ? "the axis" : "the last axis") + " of " + a.type() +
                     " with " + second + " of " + b.type() + ", but " + x.back().print() + " is not " +
                     y[inner].print();
  return remedy;
}

static bool fitsEquation(const Equation &equation, const std::vector<Operand> &operands) {
  std::map<char, Dim> extents;
  for (size_t i = 0; i < operands.size(); ++i) {
    const Shape &shape = operands[i].tensor.type().shape;
    if (equation.operands[i].size() != shape.size()) return false;
    for (size_t k = 0; k < shape.size(); ++k)
      if (!(extents.emplace(equation.operands[i][k], shape[k]).first->second == shape[k])) return false;
  }
  return true;
}

Remedy remedyForEquation(const std::vector<Operand> &operands, size_t at, const SourceRange &range) {
  if (!range.file || range.end < range.begin + 2) return {};
  auto parsed = parseEquation(std::string_view(range.file->text).substr(range.begin + 1, range.end - range.begin - 2));
  auto *equation = std::get_if<Equation>(&parsed);
  bool whole = equation && equation->operands.size() == operands.size() && at < operands.size() &&
               std::all_of(operands.begin(), operands.end(), [](const Operand &o) { return bool(o.tensor); });
  if (!whole) return {};
  std::string &letters = equation->operands[at];
  const size_t rank = operands[at].tensor.type().shape.size();
  const std::string name = shown(operands[at]);
  if (letters.size() != rank)
    return {"`" + name + "` is " + operands[at].type() + ": it takes " + std::to_string(rank) +
                (rank == 1 ? " letter" : " letters"),
            {},
            ""};
  const std::string before = letters;
  std::sort(letters.begin(), letters.end());
  std::string found;
  do
    if (letters != before && fitsEquation(*equation, operands)) {
      if (!found.empty()) return {};
      found = equation->print();
    }
  while (letters.size() <= 6 && std::next_permutation(letters.begin(), letters.end()));
  if (found.empty()) return {};
  return {"the axes of `" + name + "` fit in another order: `\"" + found + "\"`", {{range, "\"" + found + "\""}}, ""};
}

//===--- Elements ------------------------------------------------------------------------------------------------===//

static Remedy converted(const Operand &operand, ElementType to, const std::string &help = "convert it: ") {
  return wrapped(operand, std::string(spelling(to)) + "(", ")", help);
}

Remedy remedyForMixture(const Operand &a, const Operand &b) {
  if (!a.tensor || !b.tensor) return {};
  ElementType x = a.tensor.type().element, y = b.tensor.type().element;
  auto rank = [](ElementType e) { return e == ElementType::Bool ? 0 : isInteger(e) ? 1 : isComplex(e) ? 3 : 2; };
  if (rank(x) < rank(y)) return converted(a, y);
  if (rank(y) < rank(x)) return converted(b, x);
  return {"convert one of them: `" + std::string(spelling(y)) + "(" + shown(a) + ")` or `" + spelling(x) + "(" +
              shown(b) + ")`",
          {},
          ""};
}

// `n ^ 2` of integers
static Remedy productFor(const Operand &operand, const SourceRange &sign) {
  std::string_view after = std::string_view(sign.file->text).substr(sign.end, 16);
  size_t first = std::min(after.find_first_not_of(' '), after.size());
  after = after.substr(first);
  size_t digits = std::min(after.find_first_not_of("0123456789"), after.size());
  std::string exponent(after.substr(0, digits)), base = parenthesized(operand);
  bool more = digits < after.size() && (isalnum(uint8_t(after[digits])) || after[digits] == '.' || after[digits] == '_');
  if (exponent == "2" && !more && base != "…" && operand.expr && operand.expr->range.end <= sign.begin)
    return {"integers are multiplied: `" + base + " * " + base + "`",
            {{{sign.file, operand.expr->range.begin, uint32_t(sign.end + first + 1)}, "(" + base + " * " + base + ")"}},
            ""};
  return {"integers are multiplied, `n * n`; of floats `^` takes any power: `f32(" + shown(operand) + ")`", {}, ""};
}

Remedy remedyForElement(const Operand &operand, const std::string &refusal, const SourceRange &operation) {
  if (!operand.tensor) return {};
  ElementType element = operand.tensor.type().element;
  auto says = [&](const char *words) { return refusal.find(words) != std::string::npos; };
  std::string sign =
      operation.file ? operation.file->text.substr(operation.begin, operation.end - operation.begin) : "";
  if (sign == "/" && isInteger(element))
    return {"`floordiv(a, b)` rounds down; for a fraction convert both: `f32(a) / f32(b)`", {}, ""};
  if (sign == "^" && isInteger(element)) return productFor(operand, operation);
  if (says("not integers")) return converted(operand, ElementType::I32, "convert them: ");
  if (says("takes bool")) return wrapped(operand, "(", " != 0)", "compare it: ");
  if (element == ElementType::Bool && says("`sum`"))
    return converted(operand, ElementType::I32, "`any` and `all` ask whether they hold; to count them convert: ");
  if (isInteger(element) || element == ElementType::Bool)
    return converted(operand, says("float") ? ElementType::F32 : ElementType::I32);
  return {};
}

//===--- A type where another is needed --------------------------------------------------------------------------===//

void suggestComparison(Diagnostic &d, const ast::Expr *expr) {
  std::string text = source(expr);
  bool brief = !text.empty() && text.size() < 40 && text.find('\n') == std::string::npos;
  d.help("compare it: `" + (brief ? text : "x") + " != 0`");
  if (brief) d.fix({expr->range.file, expr->range.end, expr->range.end}, " != 0");
}

static Dim elements(const Shape &shape) {
  Dim product(1);
  for (const Dim &dim : shape) product = product * dim;
  return product;
}

Remedy remedyForReshape(const Operand &operand, const Shape &to, const ast::Expr *expr) {
  auto *list = as<ast::List>(expr);
  if (!operand.tensor || !list || list->elements.size() != to.size()) return {}; // `..S` stands for several
  const Shape &from = operand.tensor.type().shape;
  const Dim total = elements(from);
  Shape candidates = {total};
  for (size_t i = 0; i < from.size(); ++i)
    for (size_t j = i; j < from.size(); ++j) candidates.push_back(i == j ? from[i] : from[i] * from[j]);
  for (size_t i = to.size(); i-- > 0;) { // the last are the likelier ones
    Shape others = to;
    others.erase(others.begin() + long(i));
    const Dim rest = elements(others);
    if (auto divisor = rest.constant(); divisor && *divisor > 0) candidates.push_back(total.dividedBy(*divisor));
    for (const Dim &candidate : candidates)
      if (candidate.isIntegral() && candidate * rest == total) {
        const SourceRange &range = list->elements[i]->range;
        return {"it fits with `" + candidate.print() + "` in place of `" + source(list->elements[i].get()) + "`",
                {{range, candidate.print()}},
                ""};
      }
    if (auto divisor = rest.constant(); divisor && *divisor > 0) candidates.pop_back();
  }
  return {};
}

// What makes one number, or one along an axis, of several; none of an integer that is an argument: it counts or names
// something, and a sum of it does not.
static Remedy reduced(const Operand &operand, ElementType element, bool argument, const std::string &axis) {
  if (isInteger(element) && argument) return {};
  const bool logical = element == ElementType::Bool, whole = axis.empty();
  const std::string along = whole ? ")`" : ", axis = " + axis + ")`", name = shown(operand);
  const std::string other = logical ? "all" : isInteger(element) ? "" : "mean";
  std::string help = whole ? "reduce it: `" : "take its axis " + axis + " away: `";
  help += (logical ? "any(" : "sum(") + name + along;
  if (!whole) return {help + (other.empty() ? "" : ", or `" + other + "`") + ", or one position", {}, ""};
  return {help + (other.empty() ? "" : " or `" + other + "(" + name + ")`"), {}, ""};
}

// `max(x, 1)` where the largest along the axis 1 is meant.
static Remedy alongAxis(const Operand &operand, const Shape &from, const Shape &to) {
  auto *call = as<ast::Call>(operand.expr);
  auto *name = call ? as<ast::Name>(call->callee) : nullptr;
  if (!name || (name->name != "max" && name->name != "min") || call->arguments.size() != 2) return {};
  auto *number = call->arguments[1].name ? nullptr : as<ast::Number>(call->arguments[1].value);
  if (!number || !number->isInteger || number->text.size() > 2 || std::stoul(number->text) >= from.size()) return {};
  Shape rest = from;
  rest.erase(rest.begin() + std::stol(number->text));
  if (rest != to) return {};
  const SourceRange &place = number->range;
  return {"with two values `" + name->name + "` is elementwise; along an axis write `" + name->name + "(" +
              source(call->arguments[0].value.get()) + ", axis = " + number->text + ")`",
          {{{place.file, place.begin, place.begin}, "axis = "}},
          ""};
}

Remedy remedyForType(const Operand &operand, const TensorType &actual, const TensorType &expected, bool argument) {
  const Shape &x = actual.shape, &y = expected.shape;
  if (x == y) {
    bool real = (isFloat(actual.element) || isInteger(actual.element) || actual.element == ElementType::Bool);
    return real && actual.element != expected.element ? converted(operand, expected.element) : Remedy();
  }
  if (actual.element != expected.element) return {};
  if (Remedy remedy = alongAxis(operand, x, y)) return remedy;
  if (y.empty()) return reduced(operand, actual.element, argument, "");
  if (Remedy remedy = reorder(operand, x, y, x.size() == 2 ? "transpose it: " : "bring its axes into that order: "))
    return remedy;
  if (x.empty()) return wrapped(operand, "broadcast(", ", " + printShape(y) + ")", "repeat it: ");
  if (Remedy remedy = placeIn(operand, x, y); remedy && y.size() == x.size() + 1) return remedy;
  if (auto places = placesIn(y, x); places && x.size() == y.size() + 1) {
    size_t extra = 0;
    while (extra < places->size() && (*places)[extra] == extra) ++extra;
    return reduced(operand, actual.element, argument, std::to_string(extra));
  }
  if (x.size() != y.size() && elements(x) == elements(y))
    return wrapped(operand, "reshape(", ", " + printShape(y) + ")", "the elements are as many: ");
  return {};
}

} // namespace fluxion::check
