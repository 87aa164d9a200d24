// Rules that see more than one number of a leaf, in plain f64 loops from the papers: what compiled steps are held to.
// Each is made anew for a run and keeps its own state.
#pragma once
#include "Rules.h"

namespace fluxion::reference {

struct Gradient : std::function<Leaves(const Leaves &)> { // of the loss on the present batch, and that loss
  using function::function;
  std::function<double(const Leaves &)> loss;
};
using Update = std::function<void(Leaves &p, const Gradient &gradient, double rate, int t)>;

struct WholeRule {
  std::string name, text; // text: as in `train`
  std::function<Update()> make;
};

inline Leaves combine(const Leaves &a, double s, const Leaves &b) { // a + s·b
  Leaves made = a;
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < a[i].size(); ++j) made[i][j] += s * b[i][j];
  return made;
}
inline double inner(const Leaves &a, const Leaves &b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t j = 0; j < a[i].size(); ++j) sum += a[i][j] * b[i][j];
  return sum;
}
inline double norm(const Leaves &a) { return std::sqrt(inner(a, a)); }

// The rule of one number on all of them.
inline Update each(const std::string &name) {
  for (const Rule &rule : rules())
    if (rule.name == name)
      return [rule, slots = std::vector<Leaves>()](Leaves &p, const Gradient &gradient, double rate, int t) mutable {
        Leaves g = gradient(p);
        if (slots.empty()) slots.assign(4, combine(p, -1, p));
        for (size_t i = 0; i < p.size(); ++i)
          for (size_t j = 0; j < p[i].size(); ++j) {
            double own[] = {slots[0][i][j], slots[1][i][j], slots[2][i][j], slots[3][i][j]};
            rule.update(p[i][j], g[i][j], own, rate, t);
            for (size_t k = 0; k < 4; ++k) slots[k][i][j] = own[k];
          }
      };
  return {};
}

// Zhang et al. 2019, algorithm 1.
inline Update lookahead(Update fast, int k, double alpha) {
  return [=, slow = Leaves()](Leaves &p, const Gradient &gradient, double rate, int t) mutable {
    if (slow.empty()) slow = p;
    fast(p, gradient, rate, t);
    if (t % k == 0) p = slow = combine(combine(slow, alpha, p), -alpha, slow);
  };
}

// The problem's first leaf is a matrix of 3 rows and 2 columns; the others are vectors and a scalar.
constexpr size_t rows = 3, columns = 2;

inline Leaves centralize(Leaves g) {
  for (size_t c = 0; c < columns; ++c) {
    double mean = 0;
    for (size_t r = 0; r < rows; ++r) mean += g[0][r * columns + c] / rows;
    for (size_t r = 0; r < rows; ++r) g[0][r * columns + c] -= mean;
  }
  return g;
}

// Shazeer, Stern 2018, algorithms 4 and 5.
inline Update adafactor() {
  return [R = Leaf(rows), C = Leaf(columns), V = Leaves()](Leaves &p, const Gradient &gradient, double rate,
                                                           int t) mutable {
    Leaves g = gradient(p);
    if (V.empty()) V = combine(p, -1, p);
    double beta = 1 - std::pow(t, -0.8);
    for (size_t i = 0; i < p.size(); ++i) {
      Leaf u = g[i], v = V[i];
      if (i == 0) {
        Leaf byRow(rows), byColumn(columns);
        for (size_t k = 0; k < u.size(); ++k) {
          byRow[k / columns] += (u[k] * u[k] + 1e-30) / columns;
          byColumn[k % columns] += (u[k] * u[k] + 1e-30) / rows;
        }
        double all = 0;
        for (size_t r = 0; r < rows; ++r) R[r] = beta * R[r] + (1 - beta) * byRow[r], all += R[r] / rows;
        for (size_t c = 0; c < columns; ++c) C[c] = beta * C[c] + (1 - beta) * byColumn[c];
        for (size_t k = 0; k < u.size(); ++k) v[k] = R[k / columns] * C[k % columns] / all;
      } else {
        for (size_t k = 0; k < u.size(); ++k) v[k] = beta * v[k] + (1 - beta) * (u[k] * u[k] + 1e-30);
      }
      V[i] = v;
      for (size_t k = 0; k < u.size(); ++k) u[k] /= std::sqrt(v[k]);
      double cut = std::fmax(1, std::sqrt(squares(u) / double(u.size())));
      double step = rate * std::fmax(1e-3, std::sqrt(squares(p[i]) / double(u.size())));
      for (size_t k = 0; k < u.size(); ++k) p[i][k] -= step * u[k] / cut;
    }
  };
}

// Jordan et al. 2024, by the transposed product: XᵀX in place of XXᵀ, which is the same.
inline Update muon() {
  return [m = Leaf(rows * columns), others = each("adamw")](Leaves &p, const Gradient &gradient, double rate,
                                                            int t) mutable {
    Leaves g = gradient(p);
    Leaf W = p[0], x(rows * columns);
    others(p, gradient, rate, t);
    for (size_t k = 0; k < x.size(); ++k) m[k] = 0.95 * m[k] + g[0][k], x[k] = g[0][k] + 0.95 * m[k];
    double size = std::sqrt(squares(x)) + 1e-7;
    for (double &v : x) v /= size;
    for (int i = 0; i < 5; ++i) {
      double a[2][2] = {}, b[2][2], y[rows * columns];
      for (size_t r = 0; r < rows; ++r)
        for (size_t c = 0; c < 2; ++c)
          for (size_t d = 0; d < 2; ++d) a[c][d] += x[r * 2 + c] * x[r * 2 + d];
      for (size_t c = 0; c < 2; ++c)
        for (size_t d = 0; d < 2; ++d)
          b[c][d] = -4.775 * a[c][d] + 2.0315 * (a[c][0] * a[0][d] + a[c][1] * a[1][d]);
      for (size_t r = 0; r < rows; ++r)
        for (size_t c = 0; c < 2; ++c)
          y[r * 2 + c] = 3.4445 * x[r * 2 + c] + x[r * 2] * b[0][c] + x[r * 2 + 1] * b[1][c];
      std::copy(y, y + rows * columns, x.begin());
    }
    for (size_t k = 0; k < x.size(); ++k) p[0][k] = W[k] - rate * std::sqrt(1.5) * x[k];
  };
}

// Foret et al. 2020, algorithm 1.
inline Update sam(Update rule, double rho) {
  return [=](Leaves &p, const Gradient &gradient, double rate, int t) mutable {
    Leaves g = gradient(p), worst = gradient(combine(p, rho / norm(g), g));
    rule(p, [&](const Leaves &) { return worst; }, rate, t);
  };
}

inline Update momentumSam(double rho) {
  return [=, v = Leaves()](Leaves &p, const Gradient &gradient, double rate, int) mutable {
    if (v.empty()) v = combine(p, -1, p);
    double size = norm(v);
    v = combine(gradient(size > 0 ? combine(p, -rho / size, v) : p), 0.9, v);
    p = combine(p, -rate, v);
  };
}

// Johnson, Zhang 2013, and Nguyen et al. 2017, from a gradient of the whole data gathered batch by batch.
inline Update varianceReduced(bool recursive, int batches, int inner) {
  return [=, s = Leaves(), v = Leaves()](Leaves &p, const Gradient &gradient, double rate, int t) mutable {
    int phase = (t - 1) % (batches * (1 + inner));
    if (phase == 0) s = p, v = combine(p, -1, p);
    if (phase < batches) {
      v = combine(v, 1.0 / batches, gradient(p));
      if (recursive && phase == batches - 1) p = combine(p, -rate, v);
      return;
    }
    Leaves change = combine(gradient(p), -1, gradient(s)), step = combine(change, 1, v);
    if (recursive) s = p, v = step;
    p = combine(p, -rate, step);
  };
}

// Defazio, Bach, Lacoste-Julien 2014, section 2, with batches for functions and in turn.
inline Update saga(int batches) {
  return [=, table = std::vector<Leaves>()](Leaves &p, const Gradient &gradient, double rate, int t) mutable {
    size_t j = size_t(t - 1) % size_t(batches);
    Leaves g = gradient(p);
    if (t <= batches) return table.push_back(g); // the derivatives at the start that the paper has given
    Leaves step = combine(g, -1, table[j]);
    for (const Leaves &known : table) step = combine(step, 1.0 / batches, known);
    table[j] = g;
    p = combine(p, -rate, step);
  };
}

// Loshchilov, Hutter 2017: −rate·decay·p beside what a rule does, for some leaves.
inline Update decayed(Update rule, double decay, std::vector<size_t> leaves) {
  return [=](Leaves &p, const Gradient &gradient, double rate, int t) mutable {
    Leaves before = p;
    rule(p, gradient, rate, t);
    for (size_t i : leaves)
      for (size_t j = 0; j < p[i].size(); ++j) p[i][j] -= rate * decay * before[i][j];
  };
}

// Yuan et al. 2024, algorithm 2; the first leaves decay.
inline Update mars(size_t decaying = 4) {
  return [decaying, before = Leaves(), m = Leaves(), v = Leaves()](Leaves &p, const Gradient &gradient, double rate,
                                                         int t) mutable {
    if (before.empty()) before = p, m = v = combine(p, -1, p);
    Leaves g = gradient(p), c = combine(g, 0.025 * 0.95 / 0.05, combine(g, -1, gradient(before)));
    double size = norm(c);
    before = p;
    for (size_t i = 0; i < p.size(); ++i)
      for (size_t j = 0; j < p[i].size(); ++j) {
        double x = size > 1 ? c[i][j] / size : c[i][j];
        m[i][j] = 0.95 * m[i][j] + 0.05 * x;
        v[i][j] = 0.99 * v[i][j] + 0.01 * x * x;
        double mHat = m[i][j] / (1 - std::pow(0.95, t)), vHat = v[i][j] / (1 - std::pow(0.99, t));
        p[i][j] -= rate * (mHat / (std::sqrt(vHat) + 1e-8) + (i < decaying ? 0.01 : 0) * p[i][j]);
      }
  };
}

inline Update barzilaiBorwein() {
  return [p0 = Leaves(), g0 = Leaves()](Leaves &p, const Gradient &gradient, double rate, int) mutable {
    Leaves g = gradient(p);
    double alpha = rate;
    if (!p0.empty()) {
      Leaves s = combine(p, -1, p0), y = combine(g, -1, g0);
      if (inner(s, y) > 0) alpha = inner(s, s) / inner(s, y);
    }
    p0 = p, g0 = g;
    p = combine(p, -alpha, g);
  };
}

// Beck, Teboulle 2009, section 4; p is their y.
inline Update fista(double lambda) {
  return [=, x = Leaves(), s = 1.0](Leaves &p, const Gradient &gradient, double rate, int) mutable {
    if (x.empty()) x = p;
    Leaves next = combine(p, -rate, gradient(p));
    for (Leaf &leaf : next)
      for (double &v : leaf) v = std::copysign(std::fmax(std::fabs(v) - rate * lambda, 0), v);
    double s1 = (1 + std::sqrt(1 + 4 * s * s)) / 2;
    p = combine(next, (s - 1) / s1, combine(next, -1, x));
    x = next, s = s1;
  };
}

inline Update ranger() {
  Update radam = [m = Leaves(), v = Leaves()](Leaves &p, const Gradient &gradient, double rate, int t) mutable {
    if (m.empty()) m = v = combine(p, -1, p);
    Leaves g = centralize(gradient(p));
    double b = 0.99, most = 2 / (1 - b) - 1, length = most - 2 * t * std::pow(b, t) / (1 - std::pow(b, t));
    for (size_t i = 0; i < p.size(); ++i)
      for (size_t j = 0; j < p[i].size(); ++j) {
        m[i][j] = 0.95 * m[i][j] + 0.05 * g[i][j];
        v[i][j] = b * v[i][j] + (1 - b) * g[i][j] * g[i][j];
        double step = m[i][j] / (1 - std::pow(0.95, t));
        if (length > 4)
          step *= std::sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)) /
                  (std::sqrt(v[i][j] / (1 - std::pow(b, t))) + 1e-5);
        p[i][j] -= rate * step;
      }
  };
  return lookahead(radam, 6, 0.5);
}

inline std::vector<WholeRule> wholeRules() {
  return {
      {"lookahead", "lookahead(momentum(beta = 0.8), lr = 0.05, k = 4, alpha = 0.6)",
       [] { return lookahead(each("momentum"), 4, 0.6); }},
      {"ranger", "ranger(centralized(radam(beta1 = 0.95, beta2 = 0.99, eps = 1e-5)), lr = 0.05)", ranger},
      {"adafactor", "adafactor(lr = 0.05)", adafactor},
      {"muon", "muon(adamw(weight_decay = 0.05), lr = 0.05)", muon},
      {"sam", "sam(lr = 0.05, rho = 0.1)", [] { return sam(each("sgd"), 0.1); }},
      {"sam_adamw", "sam(adamw(lr = 0.05, weight_decay = 0.05), rho = 0.1)", [] { return sam(each("adamw"), 0.1); }},
      {"momentum_sam", "momentum_sam(lr = 0.05, rho = 0.2)", [] { return momentumSam(0.2); }},
      {"svrg", "svrg(lr = 0.05, batches = 5, inner = 2)", [] { return varianceReduced(false, 5, 2); }},
      {"sarah", "sarah(lr = 0.05, batches = 5, inner = 2)", [] { return varianceReduced(true, 5, 2); }},
      {"saga", "saga(lr = 0.05, batches = 5)", [] { return saga(5); }},
      {"mars", "mars(lr = 0.05, weight_decay = 0.01)", [] { return mars(); }},
      {"mars_matrices", "mars(lr = 0.05, weight_decay = 0.01, decay_rank = 2)", [] { return mars(1); }},
      {"adamw_matrices", "adamw(lr = 0.05, beta1 = 0.85, eps = 1e-6, weight_decay = 0.3, decay_rank = 2)",
       [] { return decayed(each("adam"), 0.3, {0}); }},
      {"lion_vectors", "lion(lr = 0.05, weight_decay = 0.1, decay_rank = 1)",
       [] { return decayed(each("lion"), -0.1, {2}); }}, // all decay; not the scalar
      {"decayed_momentum", "decayed(momentum(beta = 0.8), lr = 0.05, weight_decay = 0.3, decay_rank = 1)",
       [] { return decayed(each("momentum"), 0.3, {0, 1, 3}); }},
      {"barzilai_borwein", "barzilai_borwein(lr = 0.05)", barzilaiBorwein},
      {"fista", "fista(lr = 0.05, lambda = 0.1)", [] { return fista(0.1); }},
  };
}

} // namespace fluxion::reference
