// Exact compile-time scalars. Rational arithmetic folds as long as it fits 128 bits; what does not fold (roots,
// dimensions, overflow) stays an expression, and is evaluated in binary128 when a type is met.
#include "frontend/Graph/WeakExpression.h"
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <unordered_map>

namespace fluxion {

namespace {
using Int = __int128;

Int greatestCommonDivisor(Int a, Int b) {
  if (a < 0) a = -a;
  while (b != 0) {
    Int r = a % b;
    a = b;
    b = r;
  }
  return a;
}

constexpr Int mostNegative = Int(1) << 127;

struct Ratio { Int numerator, denominator; };

// In lowest terms; nullopt if a step left 128 bits.
std::optional<Ratio> reduced(Int n, Int d) {
  if (d == 0 || n == mostNegative || d == mostNegative) return std::nullopt;
  if (d < 0) n = -n, d = -d;
  Int g = greatestCommonDivisor(n, d);
  return g > 1 ? Ratio{n / g, d / g} : Ratio{n, d};
}

std::optional<Ratio> multiply(Ratio a, Ratio b) {
  Int g = greatestCommonDivisor(a.numerator, b.denominator), h = greatestCommonDivisor(b.numerator, a.denominator), n,
      d;
  if (g > 1) a.numerator /= g, b.denominator /= g;
  if (h > 1) b.numerator /= h, a.denominator /= h;
  if (__builtin_mul_overflow(a.numerator, b.numerator, &n) || __builtin_mul_overflow(a.denominator, b.denominator, &d))
    return std::nullopt;
  return reduced(n, d);
}

std::optional<Ratio> add(Ratio a, Ratio b) {
  Int x, y, n, d;
  if (__builtin_mul_overflow(a.numerator, b.denominator, &x) ||
      __builtin_mul_overflow(b.numerator, a.denominator, &y) || __builtin_add_overflow(x, y, &n) ||
      __builtin_mul_overflow(a.denominator, b.denominator, &d))
    return std::nullopt;
  return reduced(n, d);
}

Ratio floorOf(Ratio a) {
  Int quotient = a.numerator / a.denominator;
  return {a.numerator % a.denominator < 0 ? quotient - 1 : quotient, 1};
}

std::optional<Ratio> power(Ratio base, Ratio exponent) {
  if (exponent.denominator != 1 || exponent.numerator > 512 || exponent.numerator < -512) return std::nullopt;
  int n = int(exponent.numerator);
  if (n < 0) {
    auto inverse = reduced(base.denominator, base.numerator);
    if (!inverse) return std::nullopt;
    base = *inverse;
    n = -n;
  }
  Ratio result{1, 1};
  for (int i = 0; i < n; ++i) {
    auto next = multiply(result, base);
    if (!next) return std::nullopt;
    result = *next;
    if (result.numerator == 0 || (result.numerator == 1 && result.denominator == 1)) break; // 0ⁿ, 1ⁿ
  }
  return result;
}

bool less(Ratio a, Ratio b) { // decided in binary128 only when the products overflow
  Int x, y;
  if (__builtin_mul_overflow(a.numerator, b.denominator, &x) || __builtin_mul_overflow(b.numerator, a.denominator, &y))
    return Quad(a.numerator) / Quad(a.denominator) < Quad(b.numerator) / Quad(b.denominator);
  return x < y;
}

std::optional<Ratio> fold(const std::string &op, Ratio a, Ratio b) {
  if (op == "add") return add(a, b);
  if (op == "sub") return add(a, {-b.numerator, b.denominator});
  if (op == "mul") return multiply(a, b);
  if (op == "min") return less(b, a) ? b : a;
  if (op == "max") return less(a, b) ? b : a;
  if (op == "pow") return power(a, b);
  if (b.numerator == 0) return std::nullopt;
  auto inverse = reduced(b.denominator, b.numerator);
  auto quotient = inverse ? multiply(a, *inverse) : std::nullopt;
  if (op == "floordiv" && quotient) return floorOf(*quotient);
  return op == "div" ? quotient : std::nullopt;
}

// The exact square root of a perfect square.
std::optional<Int> integerRoot(Int n) {
  if (n < 0) return std::nullopt;
  Int root = Int(quadFloor(quadSqrt(Quad(n)) + Quad(0.5)));
  Int square;
  if (__builtin_mul_overflow(root, root, &square) || square != n) return std::nullopt;
  return root;
}

std::optional<Ratio> fold(const std::string &op, Ratio a) {
  if (op == "neg") return Ratio{-a.numerator, a.denominator};
  if (op == "abs") return Ratio{a.numerator < 0 ? -a.numerator : a.numerator, a.denominator};
  if (op == "exp" && a.numerator == 0) return Ratio{1, 1};
  if (op == "log" && a.numerator == a.denominator) return Ratio{0, 1};
  if (op != "sqrt") return std::nullopt;
  auto n = integerRoot(a.numerator), d = integerRoot(a.denominator);
  return n && d ? std::optional<Ratio>({*n, *d}) : std::nullopt;
}

bool isFinite(Quad a) { return a - a == 0; }

// Of an infinity or a NaN double tells as much.
Quad applyNonFinite(const std::string &op, double a, double b) {
  if (op == "floordiv") return Quad(std::floor(a / b));
  if (op == "pow") return Quad(std::pow(a, b));
  if (op == "min" || op == "max") return Quad(a != a || b != b ? a + b : op == "min" ? std::min(a, b) : std::max(a, b));
  return Quad(op == "add" ? a + b : op == "sub" ? a - b : op == "mul" ? a * b : a / b);
}

Quad apply(const std::string &op, Quad a, Quad b) {
  if (!isFinite(a) || !isFinite(b)) return applyNonFinite(op, double(a), double(b));
  if (op == "add") return a + b;
  if (op == "sub") return a - b;
  if (op == "mul") return a * b;
  if (op == "div") return a / b;
  if (op == "floordiv") return quadFloor(a / b);
  if (op == "pow") return quadPow(a, b);
  if (op == "min") return b < a ? b : a;
  return a < b ? b : a; // max
}

Quad apply(const std::string &op, Quad a) {
  if (op == "neg") return -a;
  if (op == "abs") return a < 0 ? -a : a;
  if (!isFinite(a)) return Quad(op == "sqrt" ? std::sqrt(double(a)) : op == "exp" ? std::exp(double(a)) : std::log(double(a)));
  if (op == "sqrt") return quadSqrt(a);
  return op == "exp" ? quadExp(a) : quadLog(a);
}
} // namespace

BinaryFraction binaryFraction(Quad value) {
  const Quad two113 = Quad(__int128(1) << 113);
  int exponent = 0;
  for (; value >= two113 || -value >= two113; value /= 2) ++exponent;
  for (; value != quadFloor(value); value *= 2) --exponent;
  return {__int128(value), exponent};
}

// What was rounded is a binary fraction, and mostly one that 128 bits hold: a number has one form, whatever it came from.
Weak Weak::nearest(Quad value) {
  auto made = std::make_shared<Expression>();
  made->rounded = value;
  made->denominator = 0;
  if (!isFinite(value)) return Weak(std::move(made));
  BinaryFraction exact = binaryFraction(value);
  if (exact.exponent <= 0 && exact.exponent >= -126) return rational(exact.mantissa, __int128(1) << -exact.exponent);
  if (exact.exponent > 0 && exact.exponent <= 13) return rational(exact.mantissa << exact.exponent);
  return Weak(std::move(made));
}

Weak Weak::rational(__int128 numerator, __int128 denominator) {
  auto ratio = reduced(numerator, denominator);
  if (!ratio) return nearest(Quad(numerator) / Quad(denominator));
  auto made = std::make_shared<Expression>();
  made->numerator = ratio->numerator;
  made->denominator = ratio->denominator;
  return Weak(std::move(made));
}

std::optional<Weak> Weak::parse(const std::string &decimal) {
  std::string digits;
  int64_t exponent = 0;
  size_t i = 0;
  bool point = false, any = false;
  for (; i < decimal.size() && decimal[i] != 'e' && decimal[i] != 'E'; ++i) {
    if (decimal[i] == '.' && !point) {
      point = true;
      continue;
    }
    if (decimal[i] < '0' || decimal[i] > '9') return std::nullopt;
    any = true;
    if (!digits.empty() || decimal[i] != '0') digits += decimal[i];
    if (point) --exponent;
  }
  if (!any) return std::nullopt;
  if (i < decimal.size()) {
    bool negative = ++i < decimal.size() && decimal[i] == '-';
    if (negative || (i < decimal.size() && decimal[i] == '+')) ++i;
    if (i == decimal.size()) return std::nullopt;
    int64_t written = 0;
    for (; i < decimal.size(); ++i) {
      if (decimal[i] < '0' || decimal[i] > '9') return std::nullopt;
      written = std::min<int64_t>(written * 10 + (decimal[i] - '0'), 1000000);
    }
    exponent += negative ? -written : written;
  }
  while (!digits.empty() && digits.back() == '0') {
    digits.pop_back();
    ++exponent;
  }
  if (digits.empty()) return rational(0);
  Int mantissa = 0, scale = 1;
  bool exact = digits.size() <= 38 && exponent >= -38 && exponent <= 38;
  for (size_t k = 0; exact && k < digits.size(); ++k) mantissa = mantissa * 10 + (digits[k] - '0');
  for (int64_t k = 0; exact && k < std::abs(exponent); ++k) scale *= 10;
  if (exact && exponent < 0) return rational(mantissa, scale);
  if (exact && !__builtin_mul_overflow(mantissa, scale, &mantissa)) return rational(mantissa);
  Quad rounded = 0; // nearest in binary128, by the leading 34 digits
  for (size_t k = 0; k < std::min<size_t>(digits.size(), 34); ++k) rounded = rounded * 10 + (digits[k] - '0');
  exponent += int64_t(digits.size()) - int64_t(std::min<size_t>(digits.size(), 34));
  return nearest(rounded * quadPow(10, std::max<int64_t>(std::min<int64_t>(exponent, 5000), -5000)));
}

Weak Weak::dimension(Dim dim) {
  if (auto value = dim.constant()) return rational(*value);
  auto made = std::make_shared<Expression>();
  made->kind = Kind::Dimension;
  made->dim = std::move(dim);
  return Weak(std::move(made));
}

Weak Weak::infinity() { return nearest(Quad(INFINITY)); }
Weak Weak::notANumber() { return nearest(Quad(NAN)); }

bool Weak::isNonFinite() const {
  return expression->kind == Kind::Rational && expression->denominator == 0 && !isFinite(expression->rounded);
}
bool Weak::isExactConstant() const { return expression->kind == Kind::Rational && expression->denominator != 0; }
bool Weak::tooLarge() const { return expression->parts > maxParts; }

Weak Weak::unary(const std::string &op, Weak operand) {
  const Expression &a = *operand.expression;
  if (operand.isExactConstant())
    if (auto value = fold(op, Ratio{a.numerator, a.denominator})) return rational(value->numerator, value->denominator);
  if (operand.isNonFinite()) return nearest(apply(op, a.rounded));
  if (a.kind == Kind::Dimension && op == "neg") return dimension(Dim(0) - a.dim);
  auto made = std::make_shared<Expression>();
  made->kind = Kind::Unary;
  made->op = op;
  made->parts = std::min(a.parts, maxParts) + 1;
  made->left = std::move(operand.expression);
  return Weak(std::move(made));
}

// A binary fraction times or over a power of two, beyond what 128 bits hold: still one number, as printBinary writes them.
std::optional<Weak> Weak::scaled(const std::string &op, const Expression &a, const Expression &b) {
  auto isPowerOfTwo = [](Int x) { return x > 0 && (x & (x - 1)) == 0; };
  bool exact = a.kind == Kind::Rational && b.kind == Kind::Rational && b.denominator == 1 && isPowerOfTwo(b.numerator) &&
               (a.denominator == 0 || (isPowerOfTwo(a.denominator) && a.numerator >> 113 <= 0 && -a.numerator >> 113 <= 0));
  if (!exact || (op != "mul" && op != "div")) return std::nullopt;
  Quad value = a.denominator ? Quad(a.numerator) / Quad(a.denominator) : a.rounded, scale = Quad(b.numerator);
  Quad result = op == "mul" ? value * scale : value / scale;
  bool whole = result - result == 0 && (op == "mul" ? result / scale : result * scale) == value; // nothing lost at the ends
  return whole ? std::optional(nearest(result)) : std::nullopt;
}

Weak Weak::binary(const std::string &op, Weak left, Weak right) {
  const Expression &a = *left.expression, &b = *right.expression;
  if (left.isExactConstant() && right.isExactConstant())
    if (auto value = fold(op, Ratio{a.numerator, a.denominator}, Ratio{b.numerator, b.denominator}))
      return rational(value->numerator, value->denominator);
  if (left.isNonFinite() || right.isNonFinite()) {
    auto x = left.evaluate(), y = right.evaluate();
    if (x && y) return nearest(apply(op, Quad(x->hi), Quad(y->hi))); // else a dimension is in one of them
  }
  if (auto value = scaled(op, a, b)) return *value;
  bool polynomial = (a.kind == Kind::Dimension || a.denominator == 1) &&
                    (b.kind == Kind::Dimension || b.denominator == 1) && a.kind <= Kind::Dimension &&
                    b.kind <= Kind::Dimension;
  if (polynomial && (op == "add" || op == "sub" || op == "mul")) {
    // What leaves 64 bits stays an expression: no extent, but still a number.
    auto x = left.asDim(), y = right.asDim();
    Dim made = !x || !y ? Dim() : op == "add" ? *x + *y : op == "sub" ? *x - *y : *x * *y;
    if (x && y && !made.overflowed()) return dimension(std::move(made));
  }
  if (polynomial && op == "floordiv")
    if (auto x = left.asDim(), y = right.asDim(); x && y && y->constant() && *y->constant() > 0)
      if (Dim made = x->floordiv(*y->constant()); !made.overflowed()) return dimension(std::move(made));
  auto made = std::make_shared<Expression>();
  made->kind = Kind::Binary;
  made->op = op;
  made->parts = std::min(std::min(a.parts, maxParts) + std::min(b.parts, maxParts), maxParts) + 1;
  made->left = std::move(left.expression);
  made->right = std::move(right.expression);
  return Weak(std::move(made));
}

// The polynomial, possibly with a divisor; only from what arithmetic on dimensions can make.
std::optional<Dim> Weak::polynomial(const Expression &e, unsigned depth) {
  if (depth > 64) return std::nullopt;
  if (e.kind == Kind::Dimension) return e.dim;
  if (e.kind == Kind::Rational) {
    bool fits =
        e.denominator > 0 && e.denominator <= INT64_MAX && e.numerator <= INT64_MAX && e.numerator >= -INT64_MAX;
    return fits ? std::optional<Dim>(Dim(int64_t(e.numerator)).dividedBy(int64_t(e.denominator))) : std::nullopt;
  }
  auto left = polynomial(*e.left, depth + 1);
  if (!left) return std::nullopt;
  if (e.kind == Kind::Unary) return e.op == "neg" ? std::optional<Dim>(Dim(0) - *left) : std::nullopt;
  auto right = polynomial(*e.right, depth + 1);
  if (!right) return std::nullopt;
  if (e.op == "add") return *left + *right;
  if (e.op == "sub") return *left - *right;
  if (e.op == "mul") return *left * *right;
  auto by = right->constant();
  if (e.op == "floordiv" && by && *by > 0) return left->floordiv(*by);
  return e.op == "div" && by && *by != 0 ? std::optional<Dim>(left->dividedBy(*by)) : std::nullopt;
}

std::optional<Dim> Weak::asDim() const {
  auto found = polynomial(*expression, 0);
  if (!found || found->overflowed() || (found->names().empty() && !found->constant())) return std::nullopt;
  return found;
}

bool Weak::isInteger() const {
  const Expression &e = *expression;
  return e.kind == Kind::Rational ? e.denominator == 1 : e.kind == Kind::Dimension || asDim().has_value();
}

std::optional<int64_t> Weak::asInteger() const {
  const Expression &e = *expression; // also the least, which no extent may be
  if (e.kind == Kind::Rational && e.denominator == 1 && e.numerator >= INT64_MIN && e.numerator <= INT64_MAX)
    return int64_t(e.numerator);
  auto dim = asDim();
  return dim ? dim->constant() : std::nullopt;
}

namespace {
using Memo = std::unordered_map<const void *, Quad>; // shared parts are evaluated once
}

std::optional<Weak::DoubleDouble> Weak::evaluate(const DimBinding &binding) const {
  Memo memo;
  auto visit = [&](auto &self, const Expression &e) -> std::optional<Quad> {
    if (e.kind == Kind::Rational)
      return e.denominator == 0 ? e.rounded : Quad(e.numerator) / Quad(e.denominator);
    if (e.kind == Kind::Dimension) {
      auto value = e.dim.evaluate(binding);
      return value ? std::optional<Quad>(Quad(*value)) : std::nullopt;
    }
    if (auto known = memo.find(&e); known != memo.end()) return known->second;
    auto left = self(self, *e.left);
    auto right = e.right ? self(self, *e.right) : left;
    if (!left || !right) return std::nullopt;
    return memo[&e] = e.kind == Kind::Unary ? apply(e.op, *left) : apply(e.op, *left, *right);
  };
  auto value = visit(visit, *expression);
  if (!value) return std::nullopt;
  double hi = double(*value);
  Quad rest = *value - Quad(hi);
  return DoubleDouble{hi, rest == rest ? double(rest) : 0.0};
}

Weak Weak::substitute(const std::map<std::string, Dim> &replacement) const {
  std::unordered_map<const Expression *, Weak> memo;
  auto visit = [&](auto &self, const std::shared_ptr<const Expression> &e) -> Weak {
    if (e->kind == Kind::Rational) return Weak(e);
    if (e->kind == Kind::Dimension) return dimension(e->dim.substitute(replacement));
    if (auto known = memo.find(e.get()); known != memo.end()) return known->second;
    Weak made = e->kind == Kind::Unary ? unary(e->op, self(self, e->left))
                                       : binary(e->op, self(self, e->left), self(self, e->right));
    memo.emplace(e.get(), made);
    return made;
  };
  return visit(visit, expression);
}

bool Weak::operator==(const Weak &other) const {
  auto same = [](auto &self, const Expression &a, const Expression &b) -> bool {
    if (&a == &b) return true;
    if (a.kind != b.kind || a.parts != b.parts || a.parts > maxParts) return false;
    if (a.kind == Kind::Rational)
      return a.numerator == b.numerator && a.denominator == b.denominator &&
             (a.denominator != 0 || a.rounded == b.rounded || (a.rounded != a.rounded && b.rounded != b.rounded));
    if (a.kind == Kind::Dimension) return a.dim == b.dim;
    return a.op == b.op && self(self, *a.left, *b.left) && (!a.right || self(self, *a.right, *b.right));
  };
  return same(same, *expression, *other.expression);
}

// hi + lo rounded to odd at 53 bits: rounding that once more, to 24 bits, is as good as rounding hi + lo itself
// (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008).
float Weak::DoubleDouble::nearestFloat() const {
  if (lo == 0.0 || !std::isfinite(hi)) return float(hi);
  bool towardZero = std::signbit(lo) != std::signbit(hi);
  double truncated = towardZero ? std::nextafter(hi, 0.0) : hi;
  return float(std::bit_cast<double>(std::bit_cast<uint64_t>(truncated) | 1));
}

} // namespace fluxion
