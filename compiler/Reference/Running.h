// Sums and products that run over many terms, as code may make them.
#pragma once
#include "compiler/Reference/Tensor.h"
#include <vector>

namespace fluxion::reference {

// Running sums or products, one for each element of a result. Where arithmetic errs at random, they also have no order:
// each is made of parts that the terms fall into at random, every step rounded.
template <class N> class Running {
public:
  Running(int64_t size, double start, Element element, bool roundF32, Noise &noise)
      : parts(noise.size > 0 ? 4 : 1, std::vector<N>(size, N(start))), rounded(roundF32 && element == Element::F32), noise(noise) {}
  void add(int64_t i, const N &x) { take(part()[i], x, [](const N &a, const N &b) { return a + b; }); }
  void multiply(int64_t i, const N &x) { take(part()[i], x, [](const N &a, const N &b) { return a * b; }); }
  N sum(int64_t i) { return joined(i, [](const N &a, const N &b) { return a + b; }); }
  N product(int64_t i) { return joined(i, [](const N &a, const N &b) { return a * b; }); }
  // As one step of arithmetic leaves it.
  N settled(N x) {
    if (rounded) x = roundedToF32(x);
    return noise.size > 0 ? jittered(x, 1, noise) : x;
  }

private:
  std::vector<N> &part() { return parts[parts.size() == 1 ? 0 : noise.random() % parts.size()]; }
  template <class F> void take(N &into, const N &x, F join) {
    into = settled(join(into, x));
  }
  template <class F> N joined(int64_t i, F join) {
    N total = parts[0][i];
    for (size_t part = 1; part < parts.size(); ++part) take(total, parts[part][i], join);
    return total;
  }

  std::vector<std::vector<N>> parts;
  bool rounded;
  Noise &noise;
};

} // namespace fluxion::reference
