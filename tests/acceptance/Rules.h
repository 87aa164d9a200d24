// Schedules, clips and update rules in plain f64 loops, written from the papers' formulas and sharing nothing with
// frontend/std/optim: what compiled training steps are held to.
#pragma once
#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

namespace fluxion::reference {

using Leaf = std::vector<double>;
using Leaves = std::vector<Leaf>;

// What stands in a source, and what it means at step t = 1, 2, …, total.
struct Schedule {
  std::string text;
  std::function<double(int t, int total)> rate;
};

inline std::vector<Schedule> schedules() {
  auto linear = [](int t, double warmup) { return t < warmup ? t / warmup : 1.0; };
  return {
      {"0.05", [](int, int) { return 0.05; }},
      {"constant(0.05)", [](int, int) { return 0.05; }},
      {"step_decay(0.1, every = 7, gamma = 0.5)", [](int t, int) { return 0.1 * std::pow(0.5, (t - 1) / 7); }},
      {"exponential_decay(0.1, gamma = 0.97)", [](int t, int) { return 0.1 * std::pow(0.97, t - 1); }},
      {"linear_warmup(0.05, warmup = 12)", [=](int t, int) { return 0.05 * linear(t, 12); }},
      {"cosine(0.1, warmup = 10, final = 0.001)",
       [=](int t, int total) {
         if (t < 10) return 0.1 * t / 10;
         return 0.001 + (0.1 - 0.001) * (1 + std::cos(std::numbers::pi * (t - 10) / (total - 10))) / 2;
       }},
      {"cosine(0.1)", [](int t, int total) { return 0.1 * (1 + std::cos(std::numbers::pi * t / total)) / 2; }},
      {"inverse_sqrt(0.1, warmup = 9)",
       [](int t, int) { return t < 9 ? 0.1 * t / 9 : 0.1 * std::sqrt(9.0 / t); }},
      {"inverse_time(0.1, power = 0.7)", [](int t, int) { return 0.1 / std::pow(t, 0.7); }},
      {"polynomial(0.1, power = 2, warmup = 10, final = 0.01)",
       [](int t, int total) {
         if (t < 10) return 0.1 * t / 10;
         return 0.01 + 0.09 * std::pow(1 - double(t - 10) / (total - 10), 2);
       }},
      {"warm_restarts(0.1, cycle = 7, factor = 2, final = 0.001)", // steps 1…7, 8…21, 22…49, 50…
       [](int t, int) {
         int begin = 0, length = 7;
         while (t - 1 - begin >= length) begin += length, length *= 2;
         return 0.001 + 0.099 * (1 + std::cos(std::numbers::pi * (t - 1 - begin) / length)) / 2;
       }},
      {"warm_restarts(0.1, cycle = 9)",
       [](int t, int) { return 0.1 * (1 + std::cos(std::numbers::pi * ((t - 1) % 9) / 9)) / 2; }},
      {"one_cycle(0.1, rise = 0.4, divide = 20)",
       [](int t, int total) {
         double low = 0.1 / 20, turn = 0.4 * total;
         if (t <= turn) return low + (0.1 - low) * t / turn;
         if (t <= 2 * turn) return 0.1 - (0.1 - low) * (t - turn) / turn;
         return low - (low - low / 100) * (t - 2 * turn) / (total - 2 * turn);
       }},
  };
}

struct Clip {
  std::string text;                           // as in `train`, with its comma; empty: none
  std::function<bool(Leaves &)> apply;        // whether anything was cut
};

inline double squares(const Leaf &g) {
  double sum = 0;
  for (double x : g) sum += x * x;
  return sum;
}

inline bool shrink(Leaf &g, double norm, double most) {
  if (norm <= most) return false;
  for (double &x : g) x *= most / norm;
  return true;
}

// Pascanu, Mikolov, Bengio 2013: g ← g·c/‖g‖ where ‖g‖ > c; by leaf, or with the norm over all leaves.
inline std::vector<Clip> clips() {
  return {{"", [](Leaves &) { return false; }},
          {", clip value 0.05",
           [](Leaves &all) {
             bool cut = false;
             for (Leaf &g : all)
               for (double &x : g) {
                 cut |= std::fabs(x) > 0.05;
                 x = std::clamp(x, -0.05, 0.05);
               }
             return cut;
           }},
          {", clip norm 0.1",
           [](Leaves &all) {
             bool cut = false;
             for (Leaf &g : all) cut |= shrink(g, std::sqrt(squares(g)), 0.1);
             return cut;
           }},
          {", clip global_norm 0.2", [](Leaves &all) {
             double sum = 0;
             for (const Leaf &g : all) sum += squares(g);
             bool cut = false;
             for (Leaf &g : all) cut |= shrink(g, std::sqrt(sum), 0.2);
             return cut;
           }}};
}

// One number of a leaf: its parameter, its gradient, its slots (zero at the start), the rate and the step.
struct Rule {
  std::string name, settings;                 // settings as in a source, with a comma before
  std::function<void(double &p, double g, double *slots, double rate, int t)> update;
};

inline std::vector<Rule> rules() {
  // Kingma, Ba 2014, algorithm 1; decay: Loshchilov, Hutter 2017, algorithm 2.
  auto adam = [](double beta1, double beta2, double eps, double decay) {
    return [=](double &p, double g, double *s, double rate, int t) {
      s[0] = beta1 * s[0] + (1 - beta1) * g;
      s[1] = beta2 * s[1] + (1 - beta2) * g * g;
      double mHat = s[0] / (1 - std::pow(beta1, t)), vHat = s[1] / (1 - std::pow(beta2, t));
      p -= rate * (mHat / (std::sqrt(vHat) + eps) + decay * p);
    };
  };
  return {
      {"sgd", "", [](double &p, double g, double *, double rate, int) { p -= rate * g; }},
      // Polyak 1964: a velocity that gradients push.
      {"momentum", ", beta = 0.8",
       [](double &p, double g, double *v, double rate, int) {
         v[0] = 0.8 * v[0] + g;
         p -= rate * v[0];
       }},
      // Nesterov 1983 as Sutskever et al. 2013 write it, in the variable at which the gradient is taken.
      {"nesterov", "",
       [](double &p, double g, double *v, double rate, int) {
         v[0] = 0.9 * v[0] + g;
         p -= rate * (g + 0.9 * v[0]);
       }},
      {"adam", ", beta1 = 0.85, eps = 1e-6", adam(0.85, 0.999, 1e-6, 0)},
      {"adamw", ", weight_decay = 0.05", adam(0.9, 0.999, 1e-8, 0.05)},
      {"adagrad", ", initial = 0.1",
       [](double &p, double g, double *s, double rate, int t) {
         if (t == 1) s[0] = 0.1;
         s[0] += g * g;
         p -= rate * g / (std::sqrt(s[0]) + 1e-10);
       }},
      {"rmsprop", ", alpha = 0.9",
       [](double &p, double g, double *s, double rate, int) {
         s[0] = 0.9 * s[0] + 0.1 * g * g;
         p -= rate * g / (std::sqrt(s[0]) + 1e-8);
       }},
      // Graves 2013, equations 38 to 41.
      {"rmsprop_centered", "",
       [](double &p, double g, double *s, double rate, int) {
         s[0] = 0.95 * s[0] + 0.05 * g * g;
         s[1] = 0.95 * s[1] + 0.05 * g;
         s[2] = 0.9 * s[2] + g / std::sqrt(s[0] - s[1] * s[1] + 1e-4);
         p -= rate * s[2];
       }},
      {"adadelta", ", rho = 0.9",
       [](double &p, double g, double *s, double rate, int) {
         s[0] = 0.9 * s[0] + 0.1 * g * g;
         double d = -std::sqrt(s[1] + 1e-6) / std::sqrt(s[0] + 1e-6) * g;
         s[1] = 0.9 * s[1] + 0.1 * d * d;
         p += rate * d;
       }},
      {"amsgrad", ", beta2 = 0.9",
       [](double &p, double g, double *s, double rate, int) {
         s[0] = 0.9 * s[0] + 0.1 * g;
         s[1] = 0.9 * s[1] + 0.1 * g * g;
         s[2] = std::fmax(s[2], s[1]);
         p -= rate * s[0] / (std::sqrt(s[2]) + 1e-8);
       }},
      {"adamax", ", beta2 = 0.95",
       [](double &p, double g, double *s, double rate, int t) {
         s[0] = 0.9 * s[0] + 0.1 * g;
         s[1] = std::fmax(0.95 * s[1], std::fabs(g));
         if (s[1] > 0) p -= rate / (1 - std::pow(0.9, t)) * s[0] / s[1];
       }},
      {"nadam", "",
       [](double &p, double g, double *s, double rate, int t) {
         s[0] = 0.9 * s[0] + 0.1 * g;
         s[1] = 0.999 * s[1] + 0.001 * g * g;
         double m = 0.9 * s[0] / (1 - std::pow(0.9, t + 1)) + 0.1 * g / (1 - std::pow(0.9, t));
         p -= rate * m / (std::sqrt(s[1] / (1 - std::pow(0.999, t))) + 1e-8);
       }},
      // Liu et al. 2019, algorithm 2.
      {"radam", ", beta2 = 0.99",
       [](double &p, double g, double *s, double rate, int t) {
         double b = 0.99, most = 2 / (1 - b) - 1, length = most - 2 * t * std::pow(b, t) / (1 - std::pow(b, t));
         s[0] = 0.9 * s[0] + 0.1 * g;
         s[1] = b * s[1] + (1 - b) * g * g;
         double m = s[0] / (1 - std::pow(0.9, t));
         if (length <= 4) {
           p -= rate * m;
           return;
         }
         double r = std::sqrt((length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length));
         p -= rate * r * m / (std::sqrt(s[1] / (1 - std::pow(b, t))) + 1e-8);
       }},
      // No multiple of 1 − beta2 is 1: a clipped gradient of constant size would else meet v − g² = 0, whose sign is
      // rounding.
      {"yogi", ", beta2 = 0.93",
       [](double &p, double g, double *s, double rate, int) {
         s[0] = 0.9 * s[0] + 0.1 * g;
         double away = s[1] - g * g;
         s[1] -= (1 - 0.93) * (away > 0 ? 1 : away < 0 ? -1 : 0) * g * g;
         p -= rate * s[0] / (std::sqrt(s[1]) + 1e-3);
       }},
      {"lion", ", weight_decay = 0.1",
       [](double &p, double g, double *s, double rate, int) {
         double c = 0.9 * s[0] + 0.1 * g;
         p -= rate * ((c > 0 ? 1 : c < 0 ? -1 : 0) + 0.1 * p);
         s[0] = 0.99 * s[0] + 0.01 * g;
       }},
      {"proximal_l1", ", lambda = 0.3",
       [](double &p, double g, double *, double rate, int) {
         double x = p - rate * g, c = rate * 0.3;
         p = x > c ? x - c : x < -c ? x + c : 0;
       }},
      {"proximal_l0", ", lambda = 0.3",
       [](double &p, double g, double *, double rate, int) {
         double x = p - rate * g; // kept where that costs less: ½x² against the price
         p = 0.5 * x * x > rate * 0.3 ? x : 0;
       }},
      {"proximal_l2", ", lambda = 0.3",
       [](double &p, double g, double *, double rate, int) { p = (p - rate * g) / (1 + rate * 0.3); }},
      {"projected_box", ", low = -0.4, high = 0.7",
       [](double &p, double g, double *, double rate, int) { p = std::fmin(0.7, std::fmax(-0.4, p - rate * g)); }},
  };
}

} // namespace fluxion::reference
