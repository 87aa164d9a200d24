// Polynomial arithmetic of tensor extents. Every operation leaves the normal form: no zero coefficient, positive divisor,
// divisor and coefficients without a common factor; so equality of polynomials is equality of representations.
// Note [Overflowed extents]: an operation whose coefficients or size leave what 64 bits hold gives the overflowed extent,
// divisor 0 without terms. It absorbs whatever it meets, has no value under any binding, and equals only itself.
#include "frontend/Graph/Dim.h"
#include <algorithm>
#include <numeric>

namespace fluxion {

namespace {
constexpr size_t maxTerms = 256;  // of one polynomial
constexpr size_t maxDegree = 32;  // of one monomial
} // namespace

Dim::Dim(int64_t constant) {
  if (constant != 0) terms[{}] = constant;
}

Dim Dim::named(std::string name) {
  Dim d;
  d.terms[{std::move(name)}] = 1;
  return d;
}

bool Dim::overflowed() const { return divisor == 0; }

Dim Dim::makeOverflowed() {
  Dim d;
  d.divisor = 0;
  return d;
}

void Dim::normalize() {
  std::erase_if(terms, [](const auto &term) { return term.second == 0; });
  if (divisor == 0 || terms.size() > maxTerms) {
    *this = makeOverflowed();
    return;
  }
  uint64_t common = uint64_t(divisor);
  for (const auto &[monomial, coefficient] : terms)
    common = std::gcd(common, coefficient < 0 ? 0 - uint64_t(coefficient) : uint64_t(coefficient));
  if (common <= 1) return;
  for (auto &[monomial, coefficient] : terms) coefficient /= int64_t(common);
  divisor /= int64_t(common);
}

// a/p + b/q = (a·(m/p) + b·(m/q)) / m with m = lcm(p, q).
Dim Dim::operator+(const Dim &other) const {
  if (overflowed() || other.overflowed()) return makeOverflowed();
  Dim sum;
  int64_t mine = other.divisor / std::gcd(divisor, other.divisor), theirs;
  if (__builtin_mul_overflow(divisor, mine, &sum.divisor)) return makeOverflowed();
  theirs = sum.divisor / other.divisor;
  for (const auto &[monomial, coefficient] : terms)
    if (__builtin_mul_overflow(coefficient, mine, &sum.terms[monomial])) return makeOverflowed();
  for (const auto &[monomial, coefficient] : other.terms) {
    int64_t scaled;
    int64_t &slot = sum.terms[monomial];
    if (__builtin_mul_overflow(coefficient, theirs, &scaled) || __builtin_add_overflow(slot, scaled, &slot))
      return makeOverflowed();
  }
  sum.normalize();
  return sum;
}

Dim Dim::operator-(const Dim &other) const { return *this + other * Dim(-1); }

Dim Dim::operator*(const Dim &other) const {
  if (overflowed() || other.overflowed()) return makeOverflowed();
  Dim product;
  if (__builtin_mul_overflow(divisor, other.divisor, &product.divisor)) return makeOverflowed();
  for (const auto &[left, a] : terms)
    for (const auto &[right, b] : other.terms) {
      if (left.size() + right.size() > maxDegree || product.terms.size() > maxTerms) return makeOverflowed();
      Monomial monomial;
      std::merge(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(monomial));
      int64_t scaled;
      int64_t &slot = product.terms[monomial];
      if (__builtin_mul_overflow(a, b, &scaled) || __builtin_add_overflow(slot, scaled, &slot)) return makeOverflowed();
    }
  product.normalize();
  return product;
}

Dim Dim::dividedBy(int64_t by) const {
  if (by == 0 || by == INT64_MIN) return makeOverflowed();
  Dim quotient = by < 0 ? *this * Dim(-1) : *this;
  if (__builtin_mul_overflow(quotient.divisor, by < 0 ? -by : by, &quotient.divisor)) return makeOverflowed();
  quotient.normalize();
  return quotient;
}

bool Dim::operator<(const Dim &other) const {
  return terms != other.terms ? terms < other.terms : divisor < other.divisor;
}

std::optional<int64_t> Dim::constant() const {
  if (divisor != 1) return std::nullopt;
  if (terms.empty()) return 0;
  if (terms.size() == 1 && terms.begin()->first.empty()) return terms.begin()->second;
  return std::nullopt;
}

std::optional<std::string> Dim::name() const {
  if (divisor != 1 || terms.size() != 1) return std::nullopt;
  const auto &[monomial, coefficient] = *terms.begin();
  if (coefficient != 1 || monomial.size() != 1) return std::nullopt;
  return monomial.front();
}

std::vector<std::string> Dim::names() const {
  std::vector<std::string> found;
  for (const auto &[monomial, coefficient] : terms) found.insert(found.end(), monomial.begin(), monomial.end());
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::optional<int64_t> Dim::evaluate(const DimBinding &binding) const {
  if (overflowed()) return std::nullopt;
  __int128 sum = 0;
  for (const auto &[monomial, coefficient] : terms) {
    __int128 product = coefficient;
    for (const std::string &name : monomial) {
      auto bound = binding.find(name);
      if (bound == binding.end() || __builtin_mul_overflow(product, __int128(bound->second), &product))
        return std::nullopt;
    }
    if (__builtin_add_overflow(sum, product, &sum)) return std::nullopt;
  }
  if (sum % divisor != 0) return std::nullopt;
  sum /= divisor;
  if (sum > INT64_MAX || sum < INT64_MIN) return std::nullopt;
  return int64_t(sum);
}

Dim Dim::substitute(const std::map<std::string, Dim> &replacement) const {
  if (overflowed()) return *this;
  Dim sum;
  for (const auto &[monomial, coefficient] : terms) {
    Dim product(coefficient);
    for (const std::string &name : monomial) {
      auto found = replacement.find(name);
      product = product * (found == replacement.end() ? named(name) : found->second);
    }
    sum = sum + product;
  }
  return sum.dividedBy(divisor);
}

// Highest degree first, and a positive term in front if there is one: "d*d - d", "4 - d".
std::string Dim::print() const {
  if (overflowed()) return "<overflow>";
  if (terms.empty()) return "0";
  std::vector<std::pair<Monomial, int64_t>> ordered(terms.begin(), terms.end());
  std::sort(ordered.begin(), ordered.end(), [](const auto &a, const auto &b) {
    return a.first.size() != b.first.size() ? a.first.size() > b.first.size() : a.first < b.first;
  });
  auto positive = std::find_if(ordered.begin(), ordered.end(), [](const auto &term) { return term.second > 0; });
  if (positive != ordered.end()) std::rotate(ordered.begin(), positive, positive + 1);
  std::string text;
  for (const auto &[monomial, coefficient] : ordered) {
    uint64_t magnitude = coefficient < 0 ? 0 - uint64_t(coefficient) : uint64_t(coefficient);
    text += text.empty() ? (coefficient < 0 ? "-" : "") : (coefficient < 0 ? " - " : " + ");
    bool needsFactor = magnitude != 1 || monomial.empty();
    if (needsFactor) text += std::to_string(magnitude);
    for (size_t i = 0; i < monomial.size(); ++i) text += (i || needsFactor ? "*" : "") + monomial[i];
  }
  if (divisor == 1) return text;
  return (ordered.size() > 1 ? "(" + text + ")" : text) + "/" + std::to_string(divisor);
}

} // namespace fluxion
