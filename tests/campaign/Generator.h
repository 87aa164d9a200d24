// Random programs of the differential campaign, as source text: a few parameters, then one to five steps, each a call of
// a library function or a built-in operation on what is there. In: a seed. Out: a function `f` whose type checks, and
// what its parameters may hold. Programs are short, so that special values reach the results.
#pragma once
#include "frontend/Frontend.h"
#include <functional>
#include <map>
#include <random>
#include <set>

namespace fluxion::campaign {

struct Variable {
  std::string name;
  ElementType element;
  std::vector<int64_t> shape;
  bool operator==(const Variable &) const = default;
  std::string type() const; // "f32[3, 17]"
  int64_t size() const;
};

struct Drawn {
  std::vector<Variable> parameters;
  std::vector<std::string> lines; // of the body, each `let v0 = …`
  std::vector<Variable> values;   // what the lines make: each may be the result
  std::set<std::string> subjects; // library functions and operations in it
  bool elementwise = true;        // nothing is summed: no order to choose
  std::string wrt;                // not empty: what is judged is the gradient of the sum of the result by this parameter
  std::string text(size_t result) const; // with values[result] as the result
};

class Generator {
public:
  explicit Generator(uint64_t seed) : random(seed) {}
  Drawn draw(ElementType real, bool gradient = false);

  // Result types of a library function by argument types, remembered between programs; empty: it does not fit.
  using Signatures = std::map<std::string, std::vector<TensorType>>;
  static Signatures &signatures();
  static bool isSupported(const TensorType &type) { return !isComplex(type.element) && byteSize(type.element) != 2; }

private:
  int64_t below(int64_t n) { return int64_t(random() % uint64_t(n)); }
  bool chance(int percent) { return below(100) < percent; }
  int64_t extent();
  Variable fresh(ElementType, std::vector<int64_t> shape);
  const Variable *find(const std::function<bool(const Variable &)> &);
  Variable some(ElementType element); // of the pool, or a new parameter
  Variable shaped(ElementType element, const std::vector<int64_t> &shape);
  void keep(const std::string &expression, ElementType, std::vector<int64_t> shape, const char *subject);

  void step();
  bool library();
  std::optional<Variable> argument(const std::string &declared, std::map<std::string, int64_t> &dims,
                                   std::optional<std::vector<int64_t>> &pack);
  void unary();
  void binary();
  void choose();
  void reduce();
  void cumulate();
  void contract();
  void move();
  void index();
  void loop();

  std::mt19937_64 random;
  ElementType real = ElementType::F32;
  Drawn drawn;
  std::vector<Variable> pool;
};

} // namespace fluxion::campaign
