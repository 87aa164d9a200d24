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
  };
}

} // namespace fluxion::reference
