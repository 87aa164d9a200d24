#include "tests/campaign/Inputs.h"
#include <cmath>
#include <limits>

namespace fluxion::campaign {
using reference::Element, reference::HostTensor;

template <class T> static double special(std::mt19937_64 &random) {
  using Limits = std::numeric_limits<T>;
  const double values[] = {0.0, -0.0, 1.0, -1.0, 0.5, 2.0, Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN(),
                           Limits::max(), -Limits::max(), Limits::min(), Limits::denorm_min(), -Limits::denorm_min(),
                           Limits::epsilon(), 1 + Limits::epsilon(), std::sqrt(Limits::max()), std::sqrt(Limits::min()), 88.0,
                           -88.0, 710.0, -710.0, 1e6, 1e6 + 1, 16777216.0, -16777217.0, 41.0, 1e-10, 1e10, 3.0};
  return values[random() % std::size(values)];
}

// The flavour of one parameter: how its numbers are spread, and how often a special one stands among them.
static double real(int flavour, bool single, std::mt19937_64 &random) {
  double u = double(int64_t(random() >> 11)) * 0x1p-53 * 2 - 1; // in [−1, 1)
  switch (flavour) {
  case 0: return 3 * u;
  case 1: return (random() % 6 == 0) ? (single ? special<float>(random) : special<double>(random)) : 3 * u;
  case 2: return single ? special<float>(random) : special<double>(random);
  case 3: return 1e6 + u;
  case 4: return u * std::pow(10.0, double(int(random() % 60)) - 30);
  case 5: return u * (single ? 3e25 : 3e170);
  case 6: return u * (single ? 3e-25 : 3e-170);
  case 7: return double(int(random() % 100)) - 50;
  default: return 0.5 + 0.499 * u; // a probability
  }
}

HostTensor inputFor(const Variable &variable, std::mt19937_64 &random) {
  static const std::map<ElementType, Element> elements = {{ElementType::F32, Element::F32}, {ElementType::F64, Element::F64},
                                                          {ElementType::I32, Element::I32}, {ElementType::I64, Element::I64},
                                                          {ElementType::Bool, Element::I1}};
  HostTensor tensor(elements.at(variable.element), variable.shape);
  bool single = variable.element == ElementType::F32;
  int flavour = int(random() % 9);
  int64_t bound = 1 + int64_t(random() % 4);
  for (double &v : tensor.reals) {
    v = real(flavour, single, random);
    if (single) v = double(float(v));
  }
  for (int64_t &v : tensor.integers) v = int64_t(random() % uint64_t(tensor.element == Element::I1 ? 2 : bound));
  return tensor;
}

} // namespace fluxion::campaign
