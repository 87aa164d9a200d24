// The course of a run in bounded memory: metrics averaged over equal stretches of steps. When the room is full, neighbours
// are merged and the stretch doubles, so a curve is the same function of the steps whether or not the run was interrupted.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fluxion {

class Curves {
public:
  static constexpr size_t room = 2048; // even

  Curves(std::vector<std::string> steps, std::vector<std::string> epochs);

  void step(std::span<const double> values);
  void epoch(double atStep, std::span<const double> values); // values of an evaluation

  uint64_t stepsPerPoint() const { return stretch; }
  // Curve of one metric: the step at the middle of each stretch, and the mean there.
  void points(size_t metric, std::vector<double> &x, std::vector<double> &y) const;
  void evaluations(size_t metric, std::vector<double> &x, std::vector<double> &y) const;

  // Everything as numbers, for a checkpoint; `restore` is false if they are not from the same metrics.
  std::vector<double> save() const;
  bool restore(std::span<const double> numbers);

private:
  std::vector<std::string> names, evaluationNames;
  uint64_t stretch = 1, pending = 0; // steps a point stands for; steps in the point being made
  std::vector<double> sums;          // of the point being made
  std::vector<double> means;         // points × metrics
  std::vector<double> evaluated;     // epochs × (1 + metrics): the step, the values
  void merge();
};

} // namespace fluxion
