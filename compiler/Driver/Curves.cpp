// Bounded curves; see Curves.h.
#include "compiler/Driver/Curves.h"

namespace fluxion {

Curves::Curves(std::vector<std::string> steps, std::vector<std::string> epochs)
    : names(std::move(steps)), evaluationNames(std::move(epochs)), sums(names.size(), 0.0) {
  means.reserve(room * names.size());
}

void Curves::step(std::span<const double> values) {
  if (names.empty()) return;
  for (size_t i = 0; i < sums.size(); ++i) sums[i] += values[i];
  if (++pending < stretch) return;
  for (double &sum : sums) {
    means.push_back(sum / double(stretch));
    sum = 0;
  }
  pending = 0;
  if (means.size() == room * names.size()) merge();
}

void Curves::merge() {
  size_t width = names.size();
  for (size_t point = 0; point < room / 2; ++point)
    for (size_t i = 0; i < width; ++i)
      means[point * width + i] = 0.5 * (means[2 * point * width + i] + means[(2 * point + 1) * width + i]);
  means.resize(room / 2 * width);
  stretch *= 2;
}

void Curves::epoch(double atStep, std::span<const double> values) {
  evaluated.push_back(atStep);
  evaluated.insert(evaluated.end(), values.begin(), values.end());
}

void Curves::points(size_t metric, std::vector<double> &x, std::vector<double> &y) const {
  for (size_t point = 0; point * names.size() < means.size(); ++point) {
    x.push_back((double(point) + 0.5) * double(stretch));
    y.push_back(means[point * names.size() + metric]);
  }
}

void Curves::evaluations(size_t metric, std::vector<double> &x, std::vector<double> &y) const {
  size_t width = 1 + evaluationNames.size();
  for (size_t at = 0; at + width <= evaluated.size(); at += width) {
    x.push_back(evaluated[at]);
    y.push_back(evaluated[at + 1 + metric]);
  }
}

std::vector<double> Curves::save() const {
  std::vector<double> numbers = {double(names.size()), double(evaluationNames.size()), double(stretch), double(pending),
                                 double(means.size()), double(evaluated.size())};
  numbers.insert(numbers.end(), sums.begin(), sums.end());
  numbers.insert(numbers.end(), means.begin(), means.end());
  numbers.insert(numbers.end(), evaluated.begin(), evaluated.end());
  return numbers;
}

bool Curves::restore(std::span<const double> numbers) {
  constexpr double largest = 1e15;
  if (numbers.size() < 6) return false;
  for (size_t i = 0; i < 6; ++i)
    if (!(numbers[i] >= 0 && numbers[i] < largest)) return false;
  size_t points = size_t(numbers[4]), epochs = size_t(numbers[5]);
  if (numbers[0] != double(names.size()) || numbers[1] != double(evaluationNames.size()) || numbers[2] < 1 ||
      points >= room * std::max<size_t>(names.size(), 1) || numbers.size() != 6 + sums.size() + points + epochs)
    return false;
  stretch = uint64_t(numbers[2]);
  pending = uint64_t(numbers[3]);
  numbers = numbers.subspan(6);
  sums.assign(numbers.begin(), numbers.begin() + ptrdiff_t(sums.size()));
  numbers = numbers.subspan(sums.size());
  means.assign(numbers.begin(), numbers.begin() + ptrdiff_t(points));
  means.reserve(room * names.size());
  evaluated.assign(numbers.begin() + ptrdiff_t(points), numbers.end());
  return true;
}

} // namespace fluxion
