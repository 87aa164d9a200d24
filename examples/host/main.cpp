// A C++ program that compiles logreg.flx when it runs and takes twenty gradient steps on data of its own.
#include <cmath>
#include <cstdio>
#include <fluxion/fluxion.h>
#include <random>

int main(int argc, char **argv) {
  const int64_t n = 1000, d = 8;
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  std::uniform_real_distribution<float> uniform;

  // Points X, and labels drawn from the model we hope to find again.
  std::vector<float> X(n * d), y(n), truth(d);
  for (float &value : truth) value = normal(random);
  for (float &value : X) value = normal(random);
  for (int64_t i = 0; i < n; ++i) {
    float z = 0;
    for (int64_t j = 0; j < d; ++j) z += X[i * d + j] * truth[j];
    y[i] = uniform(random) < 1 / (1 + std::exp(-z)) ? 1.f : 0.f;
  }

  fluxion::Session session;
  auto module = session.compileFile(argc > 1 ? argv[1] : "examples/logreg/logreg.flx");
  if (!module) return fputs(module.error().render().c_str(), stderr), 1;
  auto step = module->function("step"); // value_and_grad(loss, wrt = (w, b))
  if (!step) return fputs(step.error().render().c_str(), stderr), 1;

  std::vector<float> w(d, 0.f);
  float b = 0, rate = 2;
  for (int k = 0; k < 20; ++k) {
    // Views borrow: nothing is copied. The first call compiles for these shapes, the others only run.
    auto result = step->call({{"w", fluxion::view(w)}, {"b", b}, {"X", fluxion::view(X, {n, d})}, {"y", fluxion::view(y)},
                              {"lam", 1e-3}});
    if (!result) return fputs(result.error().render().c_str(), stderr), 1;
    const fluxion::Results &leaves = *result; // the loss, its gradient in w, its gradient in b
    auto gradient = leaves[1].values<float>();
    for (int64_t j = 0; j < d; ++j) w[j] -= rate * gradient[j];
    b -= rate * float(leaves[2].item());
    printf("step %2d  loss %.5f\n", k + 1, leaves[0].item());
  }
  float dot = 0, a2 = 0, b2 = 0;
  for (int64_t j = 0; j < d; ++j) dot += w[j] * truth[j], a2 += w[j] * w[j], b2 += truth[j] * truth[j];
  printf("cosine of the angle between the weights found and the true ones: %.4f\n", dot / std::sqrt(a2 * b2));
}
