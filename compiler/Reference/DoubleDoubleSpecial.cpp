// erf, ln|Γ| and the polygamma functions in double-double, and their plain versions.
#include "compiler/Reference/DoubleDouble.h"
#include "compiler/Reference/F64.h"
#include <limits>
#include <vector>

namespace fluxion::reference {

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

// erf x = 2/√π · e^(−x²) · Σ 2ⁿ x^(2n+1) / (2n+1)!!, all terms of one sign; beyond 8.7 it is ±1 to all digits.
DoubleDouble erf(DoubleDouble a) {
  if (std::isnan(a.hi) || a.hi == 0) return a;
  if (std::fabs(a.hi) > 8.7) return std::copysign(1.0, a.hi);
  constexpr DoubleDouble twoOverRootPi = DoubleDouble::parts(0x1.20dd750429b6dp+0, 0x1.1ae3a914fed80p-56);
  DoubleDouble z = a * a, term = a, total = a;
  for (int n = 1; std::fabs(term.hi) > 1e-34 * std::fabs(total.hi); ++n) {
    term = term * z * 2.0 / double(2 * n + 1);
    total = total + term;
  }
  return twoOverRootPi * exp(-z) * total;
}

// Below 2 as 1 − erf; beyond by Laplace's fraction e^(−a²)/√π · 1/(a + ½/(a + 1/(a + 3/2/(a + …)))).
DoubleDouble erfc(DoubleDouble a) {
  if (std::isnan(a.hi)) return a;
  if (a.hi < 2) return a.hi < -9 ? DoubleDouble(2.0) : 1.0 - erf(a);
  if (a.hi > 28) return 0.0;
  DoubleDouble fraction = a;
  for (int k = 400; k >= 1; --k) fraction = a + 0.5 * k / fraction;
  return exp(-(a * a)) / (sqrt(constants::pi) * fraction);
}

DoubleDouble gaussian(DoubleDouble a) { return std::isinf(a.hi) ? DoubleDouble(0.0) : exp(a * a * -0.5); }
DoubleDouble normal_cdf(DoubleDouble a) {
  return std::isinf(a.hi) ? DoubleDouble(a.hi > 0) : erfc(-a * sqrt(DoubleDouble(0.5))) * 0.5;
}

// Bernoulli numbers B₂, B₄, …, as quotients of integers that doubles hold exactly.
struct Ratio {
  double numerator, denominator;
};
static constexpr Ratio bernoulli[] = {{1, 6},
                                      {-1, 30},
                                      {1, 42},
                                      {-1, 30},
                                      {5, 66},
                                      {-691, 2730},
                                      {7, 6},
                                      {-3617, 510},
                                      {43867, 798},
                                      {-174611, 330},
                                      {854513, 138},
                                      {-236364091, 2730},
                                      {8553103, 6},
                                      {-23749461029, 870},
                                      {8615841276005, 14322},
                                      {-7709321041217, 510},
                                      {2577687858367, 6}};
static constexpr int bernoulliCount = sizeof bernoulli / sizeof *bernoulli;

// Large enough for the asymptotic series to reach 1e-34 with the numbers above.
static constexpr double asymptotic = 40;

static bool isPole(DoubleDouble a) { return a.hi <= 0 && a == floor(a); }

// (sin πx, cos πx), with x reduced modulo 2 exactly.
static SineCosine circlePi(DoubleDouble x) {
  DoubleDouble r = x - floor(x * 0.5) * 2.0;
  DoubleDouble quarters = round(r * 2.0);
  SineCosine at = sineCosine((r - quarters * 0.5) * constants::pi);
  switch (static_cast<int>(quarters.hi) & 3) {
  case 1:
    return {at.cosine, -at.sine};
  case 2:
    return {-at.sine, -at.cosine};
  case 3:
    return {-at.cosine, at.sine};
  default:
    return at;
  }
}

// x ≥ asymptotic: (x − ½) ln x − x + ½ ln 2π + Σ B₂ₖ / (2k(2k−1) x^(2k−1)); smaller x through Γ(x+1) = x Γ(x).
DoubleDouble lgamma(DoubleDouble a) {
  if (std::isnan(a.hi) || std::isinf(a.hi)) return a.hi == a.hi ? infinity : a.hi;
  if (isPole(a)) return infinity;
  if (a.hi < 0.5) return log(constants::pi) - log(abs(circlePi(a).sine)) - lgamma(1.0 - a);
  if (a == 1.0 || a == 2.0) return 0.0;
  constexpr DoubleDouble halfLogTwoPi = DoubleDouble::parts(0x1.d67f1c864beb5p-1, -0x1.65b5a1b7ff5dfp-55);
  DoubleDouble x = a, product = 1.0;
  for (; x.hi < asymptotic; x = x + 1.0) product = product * x;
  DoubleDouble inverse = 1.0 / x, z = inverse * inverse, tail = 0.0;
  for (int k = bernoulliCount; k >= 1; --k)
    tail = tail * z + DoubleDouble(bernoulli[k - 1].numerator) / (bernoulli[k - 1].denominator * (2 * k) * (2 * k - 1));
  return (x - 0.5) * log(x) - x + halfLogTwoPi + tail * inverse - log(product);
}

static DoubleDouble factorial(int64_t n) {
  DoubleDouble result = 1.0;
  for (int64_t i = 2; i <= n && isFinite(result); ++i) result = result * double(i);
  return result;
}

static DoubleDouble wholePower(DoubleDouble x, int64_t n) { return pow(x, double(n)); }

// ψ⁽ⁿ⁾(x) for x > 0, upward by ψ⁽ⁿ⁾(x) = ψ⁽ⁿ⁾(x+1) − (−1)ⁿ n!/x^(n+1), then with s = (−1)^(n+1)
//   ψ(x) ~ ln x − 1/2x − Σ B₂ₖ/(2k x^2k),   ψ⁽ⁿ⁾(x) ~ s·((n−1)!/xⁿ + n!/(2x^(n+1)) + Σ B₂ₖ (2k+n−1)!/((2k)! x^(2k+n))).
static DoubleDouble polygammaPositive(int64_t n, DoubleDouble x) {
  double s = n % 2 ? 1 : -1;
  DoubleDouble nFactorial = factorial(n), shifted = 0.0;
  for (; x.hi < asymptotic + double(n); x = x + 1.0) shifted = shifted + 1.0 / wholePower(x, n + 1);
  shifted = shifted * nFactorial * s;
  DoubleDouble inverse = 1.0 / x, z = inverse * inverse;
  if (n == 0) {
    DoubleDouble tail = 0.0;
    for (int k = bernoulliCount; k >= 1; --k)
      tail = (tail + DoubleDouble(bernoulli[k - 1].numerator) / (bernoulli[k - 1].denominator * (2 * k))) * z;
    return shifted + log(x) - inverse * 0.5 - tail;
  }
  // (2k+n−1)!/(2k)! as a running product, starting at k = 0: (n−1)!
  DoubleDouble rising = factorial(n - 1), power = wholePower(inverse, n);
  DoubleDouble total = rising * power + nFactorial * power * inverse * 0.5;
  for (int k = 1; k <= bernoulliCount; ++k) {
    rising = rising * double(2 * k + n - 2) * double(2 * k + n - 1) / (double(2 * k - 1) * double(2 * k));
    power = power * z;
    total = total + rising * power * bernoulli[k - 1].numerator / bernoulli[k - 1].denominator;
  }
  return shifted + total * s;
}

// dⁿ/dxⁿ cot πx = πⁿ Pₙ(cot πx), P₀(c) = c, Pₙ₊₁ = −(1 + c²) Pₙ′.
static DoubleDouble cotangentDerivative(int64_t n, DoubleDouble x) {
  SineCosine at = circlePi(x);
  std::vector<DoubleDouble> p = {0.0, 1.0};
  DoubleDouble scale = 1.0;
  for (int64_t m = 0; m < n; ++m) {
    std::vector<DoubleDouble> next(p.size() + 1);
    for (size_t k = 1; k < p.size(); ++k) {
      next[k - 1] = next[k - 1] - p[k] * double(k);
      next[k + 1] = next[k + 1] - p[k] * double(k);
    }
    p = next;
    scale = scale * constants::pi;
  }
  DoubleDouble c = at.cosine / at.sine, value = 0.0;
  for (size_t k = p.size(); k-- > 0;) value = value * c + p[k];
  return value * scale;
}

DoubleDouble polygamma(int64_t order, DoubleDouble a) {
  if (order < 0 || order > 160 || std::isnan(a.hi) || a.hi == -infinity) return notANumber;
  if (a.hi == infinity) return order == 0 ? infinity : order % 2 ? 0.0 : -0.0;
  if (isPole(a)) { // the sides of a pole of even order disagree; signed zero says which one is meant
    if (order % 2) return infinity;
    return a.hi == 0 ? -std::copysign(infinity, a.hi) : notANumber;
  }
  if (a.hi > 0) return polygammaPositive(order, a);
  // (−1)ⁿ ψ⁽ⁿ⁾(1−x) − ψ⁽ⁿ⁾(x) = π dⁿ/dxⁿ cot πx
  DoubleDouble mirrored = polygammaPositive(order, 1.0 - a);
  return (order % 2 ? -mirrored : mirrored) - constants::pi * cotangentDerivative(order, a);
}

F64 gaussian(F64 a) { return gaussian(DoubleDouble(a.value)).hi; }
F64 normal_cdf(F64 a) { return normal_cdf(DoubleDouble(a.value)).hi; }
F64 lgamma(F64 a) { return lgamma(DoubleDouble(a.value)).hi; }
F64 polygamma(int64_t order, F64 a) { return polygamma(order, DoubleDouble(a.value)).hi; }

} // namespace fluxion::reference
