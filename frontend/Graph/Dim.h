// Dim: a tensor extent, a polynomial with integer coefficients in dimension names. Two extents are equal when the
// polynomials are: `b*4` is `4*b`, `d*(d-1)/2` is `(d*d - d)/2`. Extents stay symbolic until a function is specialized.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fluxion {

// What a specialization binds: dimension name -> extent.
using DimBinding = std::map<std::string, int64_t>;

class Dim {
public:
  Dim(int64_t constant = 0);
  static Dim named(std::string name);

  Dim operator+(const Dim &) const;
  Dim operator-(const Dim &) const;
  Dim operator*(const Dim &) const;
  // Exact division by a nonzero integer constant: (d² − d)/2. Whether it divides is known when `d` is bound.
  Dim dividedBy(int64_t divisor) const;
  // ⌊this/divisor⌋, divisor > 0: the number of positions of a window is no polynomial. What divides exactly comes out,
  // ⌊(4b + L)/4⌋ = b + ⌊L/4⌋, and the rest stands for itself: two are equal when rest and divisor are.
  Dim floordiv(int64_t divisor) const;
  bool operator==(const Dim &) const;
  bool operator<(const Dim &other) const;

  std::optional<int64_t> constant() const;   // the value, if no name is left
  std::optional<std::string> name() const;   // the name, if the extent is one bare name
  std::vector<std::string> names() const;    // every name used, sorted; also inside ⌊…⌋

  // The extent under `binding`; nullopt if a name is unbound, a division is inexact or a product overflows.
  std::optional<int64_t> evaluate(const DimBinding &binding) const;
  Dim substitute(const std::map<std::string, Dim> &replacement) const;
  std::string print() const;                 // "784", "B", "4*b", "(d*d - d)/2"
  bool overflowed() const;                   // a coefficient left 64 bits: no value under any binding
  bool isIntegral() const;                   // every coefficient is an integer

private:
  // A monomial is its names with multiplicity, sorted: d·d·k is {"d","d","k"}; the empty monomial is 1.
  using Monomial = std::vector<std::string>;
  struct Polynomial {
    std::map<Monomial, int64_t> terms; // no zero coefficients
    int64_t divisor = 1;               // positive, in lowest terms with the coefficients; 0: overflowed
    bool operator==(const Polynomial &) const = default;
  };
  // Shared and immutable: extents are copied far more often than computed. Null: the constant `value`.
  std::shared_ptr<const Polynomial> polynomial;
  int64_t value = 0;

  explicit Dim(Polynomial polynomial); // brings it to normal form
  Polynomial terms() const;
  static Dim makeOverflowed();
};

} // namespace fluxion
