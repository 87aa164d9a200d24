// log|Γ| and the polygamma functions ψ⁽ⁿ⁾ for doubles, to about 1e-14 (relative; near a zero, relative to the larger of
// the terms that cancel there, except at digamma's positive zero, which is exact). Not a number at poles whose sides
// differ in sign.
#include "fluxion/runtime.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
static constexpr double infinite = std::numeric_limits<double>::infinity();

double flx_lgamma(double x) {
  int sign; // the reentrant form: plain lgamma writes a global
  return lgamma_r(x, &sign);
}

// Bernoulli numbers B₂, B₄, …
static constexpr double bernoulli[] = {
    1. / 6,       -1. / 30,       1. / 42,       -1. / 30,           5. / 66,     -691. / 2730, 7. / 6, -3617. / 510,
    43867. / 798, -174611. / 330, 854513. / 138, -236364091. / 2730, 8553103. / 6};
static constexpr int bernoulliCount = std::size(bernoulli);

// sin πx and cos πx without the rounding of π·x: exact at multiples of ½.
static void sinCosPi(double x, double &sine, double &cosine) {
  double rest = std::remainder(x, 2.0); // in [−1, 1]
  double quarter = std::nearbyint(rest * 2), r = (rest - quarter / 2) * std::numbers::pi;
  double s = std::sin(r), c = std::cos(r);
  switch (int(quarter) & 3) {
  case 0:
    sine = s, cosine = c;
    break;
  case 1:
    sine = c, cosine = -s;
    break;
  case 2:
    sine = -s, cosine = -c;
    break;
  default:
    sine = -c, cosine = s;
    break;
  }
}

// Near its positive zero x₀: ψ(x) = ψ(x) − ψ(x₀), every term with the factor x − x₀ taken out by hand.
// Σ_{k<N} (x−x₀)/((x+k)(x₀+k)) + log(z/z₀) − ½(1/z − 1/z₀) − Σ B₂ₖ/2k (z⁻²ᵏ − z₀⁻²ᵏ), z = x+N, z₀ = x₀+N.
static double digammaNearZero(double x) {
  constexpr double x0 = 1.4616321449683622, x0Low = 9.549995429965697e-17; // their sum is x₀ to 32 digits
  constexpr int shifts = 12;
  double difference = (x - x0) - x0Low, sum = 0;
  for (int k = shifts - 1; k >= 0; --k) sum += 1 / ((x + k) * (x0 + k));
  double z = x + shifts, z0 = x0 + shifts, u = 1 / (z * z), u0 = 1 / (z0 * z0);
  // p(u) − p(u₀) = (u − u₀)·q for p = Σ c_k u^k: Horner's rule of p at u₀ and of its divided difference q side by side.
  double p = 0, q = 0;
  for (int k = 9; k >= 0; --k) {
    double c = k == 0 ? 0 : bernoulli[k - 1] / (2 * k);
    q = q * u + p, p = p * u0 + c;
  }
  double ratio = difference / z0, logarithm = std::log1p(ratio);
  double tail = 0.5 / (z * z0) + q * (z + z0) * u * u0;
  return difference * (sum + tail) + logarithm;
}

static double digamma(double x) {
  if (x == infinite) return x;
  if (x == 0) return -std::copysign(infinite, x);
  if (x < 0) {                                 // ψ(1−x) − ψ(x) = π cot πx
    if (x == std::floor(x)) return notANumber; // also −∞
    double sine, cosine;
    sinCosPi(x, sine, cosine);
    return digamma(1 - x) - std::numbers::pi * cosine / sine;
  }
  if (x > 1 && x < 2) return digammaNearZero(x);
  double sum = 0; // ψ(x) = ψ(x+1) − 1/x
  for (; x < 12; ++x) sum += 1 / x;
  double u = 1 / (x * x), series = 0; // log x − 1/2x − Σ B₂ₖ/(2k x²ᵏ)
  for (int k = 10; k >= 1; --k) series = (series + bernoulli[k - 1] / (2 * k)) * u;
  return std::log(x) - 0.5 / x - series - sum;
}

// ζ(s, x)·x^s = Σ_k (x/(x+k))^s for s ≥ 2, x > 0: some terms, then Euler–Maclaurin from z = x+N:
// Σ_{k≥N} (x+k)^{−s} = z^{1−s}/(s−1) + z^{−s}/2 + Σ_j B₂ⱼ/(2j)!·s(s+1)…(s+2j−2) z^{−s−2j+1}.
static double scaledHurwitzZeta(double s, double x) {
  double least = std::max(14.0, 0.6 * s + 12), sum = 0;
  // Where s is large and x is not, the terms fall off by e^{−s/x} and the loop ends early.
  int terms = x < least ? int(std::min(std::ceil(least - x), 1e6)) : 0;
  for (int k = 0; k < terms; ++k) {
    double term = std::pow(x / (x + k), s);
    sum += term;
    if (term < sum * 1e-19) return sum;
  }
  double z = x + terms, factor = s / (2 * z), series = 0; // factor: s…(s+2j−2)/((2j)!·z^{2j−1}) for j = 1
  for (int j = 1; j <= bernoulliCount; ++j) {
    series += bernoulli[j - 1] * factor;
    factor *= (s + 2 * j - 1) * (s + 2 * j) / ((2 * j + 1.0) * (2 * j + 2) * z * z);
  }
  return sum + std::pow(x / z, s) * (z / (s - 1) + 0.5 + series);
}

/// n!·scaled/x^(n+1), the power in two halves, so that it is finite whenever the whole may be; by logarithms where even
/// that fails.
static double timesFactorialOverPower(double scaled, double n, double x) {
  double half = std::floor((n + 1) / 2), first = std::pow(x, half), second = std::pow(x, n + 1 - half);
  double partial = scaled / first, product = partial * std::tgamma(n + 1), value = product / second;
  if (std::isnormal(first) && std::isnormal(second) && std::isnormal(partial) && std::isnormal(product)) return value;
  return std::exp(flx_lgamma(n + 1) - (n + 1) * std::log(x) + std::log(scaled));
}

// dⁿ/dxⁿ cot πx = πⁿ·Pₙ(c), c = cot πx, P₀ = c, P_{m+1} = −(1 + c²) Pₘ′. All coefficients of Pₙ share a sign, so
// nothing cancels. Divided by sin^{n+1} instead of evaluated at c: Pₙ(c) = Σ a_k c^k with k ≤ n+1 overflows near a pole
// only where the value does.
static double cotangentDerivative(int64_t n, double x) {
  double sine, cosine;
  sinCosPi(x, sine, cosine);
  double c = cosine / sine;
  std::vector<double> a = {0, 1}, next; // scaled by 1/m! on the way, or the coefficients themselves overflow at n = 171
  for (int64_t m = 1; m <= n; ++m) {
    next.assign(m + 2, 0);
    for (int64_t k = 1; k <= m; ++k) {
      double slope = -a[k] * k / m;
      next[k - 1] += slope, next[k + 1] += slope;
    }
    a.swap(next);
  }
  double value = 0;
  for (int64_t k = n + 1; k >= 0; --k) value = value * c + a[k];
  double logScale = flx_lgamma(n + 1.0) + n * std::log(std::numbers::pi);
  double scale = n <= 150 ? std::tgamma(n + 1.0) * std::pow(std::numbers::pi, double(n)) : std::exp(logScale);
  return std::isfinite(scale) && std::isfinite(value)
             ? value * scale
             : std::copysign(std::exp(std::log(std::fabs(value)) + logScale), value);
}

double flx_polygamma(int64_t order, double x) {
  if (order < 0 || std::isnan(x)) return notANumber;
  if (order == 0) return digamma(x);
  double sign = order % 2 ? 1 : -1, n = double(order); // ψ⁽ⁿ⁾(x) = (−1)ⁿ⁺¹ n! ζ(n+1, x)
  if (x == infinite) return sign * 0.0;
  if (x <= 0 && x == std::floor(x)) {
    if (x == -infinite) return notANumber;
    return order % 2 ? infinite : x == 0 ? -std::copysign(infinite, x) : notANumber;
  }
  if (x < 0) {                           // (−1)ⁿ ψ⁽ⁿ⁾(1−x) − ψ⁽ⁿ⁾(x) = π dⁿ/dxⁿ cot πx
    if (order > 1000) return notANumber; // a polynomial of that degree in cot πx says nothing any more
    return -sign * flx_polygamma(order, 1 - x) - std::numbers::pi * cotangentDerivative(order, x);
  }
  return sign * timesFactorialOverPower(scaledHurwitzZeta(n + 1, x), n, x);
}
