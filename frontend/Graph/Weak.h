// Weak: a weakly typed scalar known at compile time: a literal, a dimension, or arithmetic on them. It is exact
// (rational) as long as it can be, and is rounded once, to the type it meets.
#pragma once
#include "frontend/Graph/Dim.h"
#include "frontend/Graph/Quad.h"
#include <memory>
#include <string>

namespace fluxion {

class Weak {
public:
  enum class Kind : uint8_t { Rational, Dimension, Unary, Binary };

  static Weak rational(__int128 numerator, __int128 denominator = 1);
  // Decimal text as written: "0.1", "1e-30", "16777217". Digits past what a 128-bit rational holds are kept as nearest
  // double-double.
  static std::optional<Weak> parse(const std::string &decimal);
  static Weak dimension(Dim);
  static Weak infinity();
  static Weak notANumber();
  // op: "neg", "sqrt", "exp", "log", "abs"; "add", "sub", "mul", "div", "floordiv", "pow", "min", "max"
  static Weak unary(const std::string &op, Weak operand);
  static Weak binary(const std::string &op, Weak left, Weak right);

  bool isInteger() const;                 // usable as an integer without rounding
  std::optional<Dim> asDim() const;       // integral polynomial, if it is one
  std::optional<int64_t> asInteger() const;
  // The value under `binding` as hi + lo, |lo| ≤ ulp(hi)/2, within 2⁻¹⁰⁰ relative; nullopt if a dimension is unbound.
  struct DoubleDouble {
    double hi, lo;
    float nearestFloat() const; // of hi + lo, rounded once
  };
  std::optional<DoubleDouble> evaluate(const DimBinding &binding = {}) const;
  Weak substitute(const std::map<std::string, Dim> &replacement) const;
  bool operator==(const Weak &) const;
  std::string print() const;              // "0.1", "1/3", "sqrt(E)"
  // Arithmetic on dimensions stays unevaluated; an expression of more parts than this is an error of the source.
  static constexpr uint32_t maxParts = 4096;
  bool tooLarge() const;
  bool isNonFinite() const;               // ∞, −∞ or NaN, as written or as arithmetic on such made it
  bool isExactConstant() const;           // a rational number without dimensions

private:
  struct Expression;
  explicit Weak(std::shared_ptr<const Expression> expression) : expression(std::move(expression)) {}
  static std::optional<Dim> polynomial(const Expression &, unsigned depth);
  static Weak nearest(Quad);
  static std::optional<Weak> scaled(const std::string &op, const Expression &, const Expression &);
  static std::string printRounded(const Expression &);
  static std::string printExpression(const Expression &, int outer);
  std::shared_ptr<const Expression> expression;
};

} // namespace fluxion
