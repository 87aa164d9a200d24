// Rules of constrained and composite optimization in plain f64 loops from the papers: what compiled steps are held to.
#pragma once
#include "WholeRules.h"

namespace fluxion::reference {

// Birgin, Martínez, Raydan 2000: algorithm SPG2 with M = 10, γ = 1e-4, σ₁ = 0.1, σ₂ = 0.9 on a box.
inline Update spectralProjectedGradient(double low, double high) {
  return [=, x0 = Leaves(), g0 = Leaves(), values = std::vector<double>()](Leaves &x, const Gradient &gradient,
                                                                           double rate, int) mutable {
    Leaves g = gradient(x);
    double alpha = rate;
    if (!x0.empty()) {
      Leaves s = combine(x, -1, x0), y = combine(g, -1, g0);
      double sy = inner(s, y);
      alpha = sy <= 0 ? 1e30 : std::fmin(1e30, std::fmax(1e-30, inner(s, s) / sy));
    }
    Leaves there = combine(x, -alpha, g);
    for (Leaf &leaf : there)
      for (double &v : leaf) v = std::fmin(high, std::fmax(low, v));
    const Leaves d = combine(there, -1, x);
    const double f = gradient.loss(x), slope = inner(g, d);
    values.push_back(f);
    if (values.size() > 10) values.erase(values.begin());
    const double most = *std::max_element(values.begin(), values.end());
    double lambda = 1, found = gradient.loss(combine(x, 1, d));
    while (found > most + 1e-4 * lambda * slope) {
      double least = -0.5 * lambda * lambda * slope / (found - f - lambda * slope);
      lambda = least >= 0.1 && least <= 0.9 * lambda ? least : lambda / 2;
      found = gradient.loss(combine(x, lambda, d));
    }
    x0 = x, g0 = g;
    x = combine(x, lambda, d);
  };
}

// Cai, Candès, Shen 2010: the singular values of the matrix less `lambda·rate`. Those of a matrix with two columns by the
// eigenvectors of AᵀA in closed form; as σ(A) = λ(AᵀA)^½, A itself is shrunk by the function 1 − c/√λ of AᵀA.
inline Update proximalNuclear(double lambda) {
  return [=](Leaves &p, const Gradient &gradient, double rate, int) {
    p = combine(p, -rate, gradient(p));
    const Leaf A = p[0];
    double a = 0, b = 0, d = 0; // AᵀA = [a b; b d]
    for (size_t r = 0; r < rows; ++r) {
      a += A[2 * r] * A[2 * r];
      b += A[2 * r] * A[2 * r + 1];
      d += A[2 * r + 1] * A[2 * r + 1];
    }
    const double angle = 0.5 * std::atan2(2 * b, a - d), c = std::cos(angle), s = std::sin(angle);
    const double large = a * c * c + 2 * b * c * s + d * s * s, small = a * s * s - 2 * b * c * s + d * c * c;
    auto kept = [&](double value) { return value > 0 ? std::fmax(0, 1 - lambda * rate / std::sqrt(value)) : 0; };
    const double u = kept(large), v = kept(small);
    const double shrink[2][2] = {{u * c * c + v * s * s, (u - v) * c * s}, {(u - v) * c * s, u * s * s + v * c * c}};
    for (size_t r = 0; r < rows; ++r)
      for (size_t k = 0; k < 2; ++k) p[0][2 * r + k] = A[2 * r] * shrink[0][k] + A[2 * r + 1] * shrink[1][k];
  };
}

inline std::vector<WholeRule> allWholeRules() {
  std::vector<WholeRule> all = wholeRules();
  all.push_back({"spectral_projected_gradient", "spectral_projected_gradient(lr = 0.05, low = -0.6, high = 0.9)",
                 [] { return spectralProjectedGradient(-0.6, 0.9); }});
  all.push_back({"spectral_projected_gradient_free", "spectral_projected_gradient(lr = 0.05, low = -40, high = 40)",
                 [] { return spectralProjectedGradient(-40, 40); }});
  all.push_back({"proximal_nuclear", "proximal_nuclear(lr = 0.05, lambda = 0.4)", [] { return proximalNuclear(0.4); }});
  return all;
}

} // namespace fluxion::reference
