// Printing of weak scalars: the shortest exact text, decimal where one ends ("0.1", "1e-30"), else a quotient ("1/3").
#include "frontend/Graph/WeakExpression.h"
#include <algorithm>
#include <cstdio>

namespace fluxion {

namespace {
std::string printInteger(__int128 value) {
  bool negative = value < 0;
  std::string digits;
  for (unsigned __int128 rest = negative ? -(unsigned __int128)value : value; rest || digits.empty(); rest /= 10)
    digits += char('0' + int(rest % 10));
  if (negative) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

// digits · 10^exponent
std::string printScaled(std::string digits, int exponent) {
  std::string sign = digits[0] == '-' ? "-" : "";
  digits.erase(0, sign.size());
  int point = int(digits.size()) + exponent; // digits before the decimal point
  if (point < -4) {
    std::string tail = digits.size() > 1 ? "." + digits.substr(1) : "";
    return sign + digits.substr(0, 1) + tail + "e" + std::to_string(point - 1);
  }
  if (point <= 0) return sign + "0." + std::string(size_t(-point), '0') + digits;
  return sign + digits.substr(0, size_t(point)) + "." + digits.substr(size_t(point));
}

std::string printRational(__int128 numerator, __int128 denominator) {
  if (denominator == 1) return printInteger(numerator);
  __int128 rest = denominator;
  int twos = 0, fives = 0;
  for (; rest % 2 == 0; rest /= 2) ++twos;
  for (; rest % 5 == 0; rest /= 5) ++fives;
  int places = std::max(twos, fives);
  __int128 digits = numerator;
  bool fits = rest == 1 && places <= 38;
  for (int i = twos; fits && i < places; ++i) fits = !__builtin_mul_overflow(digits, 2, &digits);
  for (int i = fives; fits && i < places; ++i) fits = !__builtin_mul_overflow(digits, 5, &digits);
  return fits ? printScaled(printInteger(digits), -places) : printInteger(numerator) + "/" + printInteger(denominator);
}

// M·2^e without a digit lost: what is printed is also compiled again, and tells one program from another in the cache.
std::string printBinary(Quad value) {
  BinaryFraction exact = binaryFraction(value);
  std::string text = printInteger(exact.mantissa);
  for (int left = std::abs(exact.exponent); left > 0; left -= 126)
    text += (exact.exponent > 0 ? "*2^" : "/2^") + std::to_string(std::min(left, 126));
  return text;
}

const char *infix(const std::string &op) {
  return op == "add" ? " + " : op == "sub" ? " - " : op == "mul" ? "*" : op == "div" ? "/" : nullptr;
}
int strength(const std::string &op) { return op == "add" || op == "sub" ? 1 : op == "mul" || op == "div" ? 2 : 3; }
} // namespace

// A decimal if it is read as the very number, else the binary fraction that it is.
std::string Weak::printRounded(const Expression &e) {
  if (!(e.rounded - e.rounded == 0)) return e.rounded != e.rounded ? "nan" : e.rounded > 0 ? "inf" : "-inf";
  char text[64];
  snprintf(text, sizeof text, "%.17g", double(e.rounded));
  auto again = parse(text[0] == '-' ? text + 1 : text);
  bool exact = again && again->expression->denominator == 0 &&
               (text[0] == '-' ? -again->expression->rounded : again->expression->rounded) == e.rounded;
  return exact ? text : printBinary(e.rounded);
}

// `outer` is the strength of the operator around; what binds less is put in parentheses.
std::string Weak::printExpression(const Expression &e, int outer) {
  auto enclosed = [&](int inner, std::string text) { return inner < outer ? "(" + text + ")" : text; };
  if (e.kind == Kind::Dimension) return enclosed(e.dim.name() ? 3 : 0, e.dim.print());
  if (e.kind == Kind::Rational) {
    std::string text = e.denominator ? printRational(e.numerator, e.denominator) : printRounded(e);
    bool compound = text.find_first_of("/*") != std::string::npos;
    return outer > 0 && (compound || text[0] == '-') ? "(" + text + ")" : text;
  }
  if (e.kind == Kind::Unary && e.op == "neg") return enclosed(1, "-" + printExpression(*e.left, 3));
  if (e.kind == Kind::Unary) return e.op + "(" + printExpression(*e.left, 0) + ")";
  if (const char *sign = infix(e.op)) {
    int mine = strength(e.op);
    bool associative = e.op == "add" || e.op == "mul";
    return enclosed(mine,
                    printExpression(*e.left, mine) + sign + printExpression(*e.right, associative ? mine : mine + 1));
  }
  return e.op + "(" + printExpression(*e.left, 0) + ", " + printExpression(*e.right, 0) + ")";
}

std::string Weak::print() const { return tooLarge() ? "<large expression>" : printExpression(*expression, 0); }

} // namespace fluxion
