// Polynomial arithmetic of tensor extents. Every operation leaves the normal form: no zero coefficient, positive
// divisor, divisor and coefficients without a common factor; so equality of polynomials is equality of representations.
// Note [Overflowed extents]: an operation whose coefficients or size leave what 64 bits hold gives the overflowed
// extent, divisor 0 without terms. It absorbs whatever it meets, has no value under any binding, and equals only
// itself.
#include "frontend/Graph/Dim.h"
#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>

namespace fluxion {

namespace {
constexpr size_t maxTerms = 256;  // of one polynomial
constexpr size_t maxDegree = 32;  // of one monomial

// Note [Floors]: ⌊p/k⌋ that is no polynomial is a name of its own in the polynomials it stands in, spelled as it is
// printed; what the spelling means is known here. A spelling determines p and k, so the table only grows and says the
// same to everybody.
struct Floor {
  Dim numerator;
  int64_t divisor;
};
std::mutex floorsMutex;
std::map<std::string, Floor, std::less<>> &floors() {
  static auto *table = new std::map<std::string, Floor, std::less<>>;
  return *table;
}
std::optional<Floor> floorNamed(const std::string &name) {
  if (!name.ends_with(')')) return std::nullopt;
  std::lock_guard lock(floorsMutex);
  auto found = floors().find(name);
  return found == floors().end() ? std::nullopt : std::optional(found->second);
}
} // namespace

Dim::Dim(int64_t constant) : value(constant) {}

Dim Dim::named(std::string name) {
  Polynomial p;
  p.terms[{std::move(name)}] = 1;
  return Dim(std::move(p));
}

bool Dim::overflowed() const { return polynomial && polynomial->divisor == 0; }
bool Dim::isIntegral() const { return !polynomial || polynomial->divisor == 1; }

Dim Dim::makeOverflowed() {
  Polynomial p;
  p.divisor = 0;
  return Dim(std::move(p));
}

Dim::Dim(Polynomial p) {
  std::erase_if(p.terms, [](const auto &term) { return term.second == 0; });
  if (p.divisor == 0 || p.terms.size() > maxTerms) {
    p.terms.clear();
    p.divisor = 0;
  } else {
    uint64_t common = uint64_t(p.divisor);
    for (const auto &[monomial, coefficient] : p.terms)
      common = std::gcd(common, coefficient < 0 ? 0 - uint64_t(coefficient) : uint64_t(coefficient));
    if (common > 1) {
      for (auto &[monomial, coefficient] : p.terms) coefficient /= int64_t(common);
      p.divisor /= int64_t(common);
    }
    bool constant = p.divisor == 1 && (p.terms.empty() || (p.terms.size() == 1 && p.terms.begin()->first.empty()));
    if (constant) {
      value = p.terms.empty() ? 0 : p.terms.begin()->second;
      return;
    }
  }
  polynomial = std::make_shared<const Polynomial>(std::move(p));
}

Dim::Polynomial Dim::terms() const {
  if (polynomial) return *polynomial;
  Polynomial p;
  if (value != 0) p.terms[{}] = value;
  return p;
}

bool Dim::operator==(const Dim &other) const {
  if (polynomial == other.polynomial) return polynomial || value == other.value;
  return polynomial && other.polynomial && *polynomial == *other.polynomial;
}

// a/p + b/q = (a·(m/p) + b·(m/q)) / m with m = lcm(p, q).
Dim Dim::operator+(const Dim &other) const {
  if (overflowed() || other.overflowed()) return makeOverflowed();
  if (int64_t sum; !polynomial && !other.polynomial && !__builtin_add_overflow(value, other.value, &sum))
    return Dim(sum);
  Polynomial left = terms(), right = other.terms(), sum;
  int64_t mine = right.divisor / std::gcd(left.divisor, right.divisor), theirs;
  if (__builtin_mul_overflow(left.divisor, mine, &sum.divisor)) return makeOverflowed();
  theirs = sum.divisor / right.divisor;
  for (const auto &[monomial, coefficient] : left.terms)
    if (__builtin_mul_overflow(coefficient, mine, &sum.terms[monomial])) return makeOverflowed();
  for (const auto &[monomial, coefficient] : right.terms) {
    int64_t scaled;
    int64_t &slot = sum.terms[monomial];
    if (__builtin_mul_overflow(coefficient, theirs, &scaled) || __builtin_add_overflow(slot, scaled, &slot))
      return makeOverflowed();
  }
  return Dim(std::move(sum));
}

Dim Dim::operator-(const Dim &other) const { return *this + other * Dim(-1); }

Dim Dim::operator*(const Dim &other) const {
  if (overflowed() || other.overflowed()) return makeOverflowed();
  if (!polynomial && value == 1) return other;
  if (!other.polynomial && other.value == 1) return *this;
  Polynomial left = terms(), right = other.terms(), product;
  if (__builtin_mul_overflow(left.divisor, right.divisor, &product.divisor)) return makeOverflowed();
  for (const auto &[x, a] : left.terms)
    for (const auto &[y, b] : right.terms) {
      if (x.size() + y.size() > maxDegree || product.terms.size() > maxTerms) return makeOverflowed();
      Monomial monomial;
      std::merge(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(monomial));
      int64_t scaled;
      int64_t &slot = product.terms[monomial];
      if (__builtin_mul_overflow(a, b, &scaled) || __builtin_add_overflow(slot, scaled, &slot)) return makeOverflowed();
    }
  return Dim(std::move(product));
}

Dim Dim::dividedBy(int64_t by) const {
  if (by == 0 || by == INT64_MIN) return makeOverflowed();
  Polynomial quotient = (by < 0 ? *this * Dim(-1) : *this).terms();
  if (__builtin_mul_overflow(quotient.divisor, by < 0 ? -by : by, &quotient.divisor)) return makeOverflowed();
  return Dim(std::move(quotient));
}

Dim Dim::floordiv(int64_t by) const {
  if (overflowed() || by <= 0) return makeOverflowed();
  if (!polynomial) return Dim(value / by - (value % by < 0));
  Polynomial all = terms(), whole, rest;
  rest.divisor = all.divisor;
  int64_t step;
  if (__builtin_mul_overflow(all.divisor, by, &step)) return makeOverflowed();
  for (const auto &[monomial, coefficient] : all.terms) {
    int64_t quotient = coefficient / step - (coefficient % step < 0);
    whole.terms[monomial] = quotient;
    rest.terms[monomial] = coefficient - quotient * step;
  }
  Dim out(std::move(whole)), left(std::move(rest));
  if (auto constant = left.constant()) return out + Dim(*constant / by); // 0 ≤ constant < by
  std::string name = "floordiv(" + left.print() + ", " + std::to_string(by) + ")";
  if (name.size() > 1000) return makeOverflowed();
  std::lock_guard lock(floorsMutex);
  floors().try_emplace(name, Floor{left, by});
  return out + named(name);
}

bool Dim::operator<(const Dim &other) const {
  if (!polynomial && !other.polynomial) return value < other.value;
  Polynomial left = terms(), right = other.terms();
  return left.terms != right.terms ? left.terms < right.terms : left.divisor < right.divisor;
}

std::optional<int64_t> Dim::constant() const { return polynomial ? std::nullopt : std::optional(value); }

std::optional<std::string> Dim::name() const {
  if (!polynomial || polynomial->divisor != 1 || polynomial->terms.size() != 1) return std::nullopt;
  const auto &[monomial, coefficient] = *polynomial->terms.begin();
  if (coefficient != 1 || monomial.size() != 1 || monomial.front().ends_with(')')) return std::nullopt;
  return monomial.front();
}

std::vector<std::string> Dim::names() const {
  std::vector<std::string> found;
  if (!polynomial) return found;
  for (const auto &[monomial, coefficient] : polynomial->terms)
    for (const std::string &name : monomial) {
      auto floor = floorNamed(name);
      std::vector<std::string> inside = floor ? floor->numerator.names() : std::vector<std::string>{name};
      found.insert(found.end(), inside.begin(), inside.end());
    }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::optional<int64_t> Dim::evaluate(const DimBinding &binding) const {
  if (!polynomial) return value;
  if (overflowed()) return std::nullopt;
  __int128 sum = 0;
  for (const auto &[monomial, coefficient] : polynomial->terms) {
    __int128 product = coefficient;
    for (const std::string &name : monomial) {
      auto bound = binding.find(name);
      std::optional<int64_t> factor = bound == binding.end() ? std::nullopt : std::optional(bound->second);
      if (auto floor = factor ? std::nullopt : floorNamed(name))
        if (auto numerator = floor->numerator.evaluate(binding))
          factor = *numerator / floor->divisor - (*numerator % floor->divisor < 0);
      if (!factor || __builtin_mul_overflow(product, __int128(*factor), &product)) return std::nullopt;
    }
    if (__builtin_add_overflow(sum, product, &sum)) return std::nullopt;
  }
  if (sum % polynomial->divisor != 0) return std::nullopt;
  sum /= polynomial->divisor;
  if (sum > INT64_MAX || sum < INT64_MIN) return std::nullopt;
  return int64_t(sum);
}

Dim Dim::substitute(const std::map<std::string, Dim> &replacement) const {
  if (!polynomial || overflowed()) return *this;
  Dim sum;
  for (const auto &[monomial, coefficient] : polynomial->terms) {
    Dim product(coefficient);
    for (const std::string &name : monomial) {
      auto found = replacement.find(name);
      auto floor = found == replacement.end() ? floorNamed(name) : std::nullopt;
      product = product * (floor                         ? floor->numerator.substitute(replacement).floordiv(floor->divisor)
                           : found == replacement.end() ? named(name)
                                                        : found->second);
    }
    sum = sum + product;
  }
  return sum.dividedBy(polynomial->divisor);
}

// Highest degree first, and a positive term in front if there is one: "d*d - d", "4 - d".
std::string Dim::print() const {
  if (!polynomial) return std::to_string(value);
  if (overflowed()) return "<overflow>";
  if (name()) return *name();
  std::vector<std::pair<Monomial, int64_t>> ordered(polynomial->terms.begin(), polynomial->terms.end());
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
  if (polynomial->divisor == 1) return text;
  return (ordered.size() > 1 ? "(" + text + ")" : text) + "/" + std::to_string(polynomial->divisor);
}

} // namespace fluxion
