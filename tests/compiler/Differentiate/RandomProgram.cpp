// Values stay moderate: what could grow goes through tanh now and then, divisors are at least 1.
#include "tests/compiler/Differentiate/RandomProgram.h"
#include <algorithm>
#include <numeric>
#include <random>

namespace fluxion::test {
namespace {

using Shape = std::vector<int64_t>;

std::string typeOf(const Shape &shape, const char *element = "f64") {
  std::string text = "tensor<";
  for (int64_t extent : shape) text += std::to_string(extent) + "x";
  return text + element + ">";
}

std::string listOf(const std::vector<int64_t> &values) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i) text += (i ? ", " : "") + std::to_string(values[i]);
  return text + "]";
}

class Generator {
public:
  explicit Generator(uint64_t seed) : random(seed) {}
  RandomProgram run(int ops);

private:
  struct Value {
    std::string name;
    Shape shape;
  };
  int64_t below(int64_t bound) { return int64_t(random() % uint64_t(bound)); }
  Value pick() {
    return values[below(2) ? below(values.size()) : values.size() - 1 - below(std::min<int64_t>(3, values.size()))];
  }
  Value emit(const std::string &text, const Shape &shape) {
    Value value{"%" + std::to_string(next++), shape};
    program.body += "  " + value.name + " = flx." + text + "\n";
    return value;
  }
  Value constant(const Shape &shape) {
    const char *choices[] = {"1.0", "-1.0", "0.5", "2.0", "-0.25", "0.0", "3.0"};
    return emit(std::string("constant dense<") + choices[below(7)] + "> : " + typeOf(shape), shape);
  }
  Value binary(const std::string &op, const Value &a, const Value &b) {
    return emit(op + " " + a.name + ", " + b.name + " : " + typeOf(a.shape), a.shape);
  }
  Value unary(const std::string &op, const Value &a) {
    return emit(op + " " + a.name + " : " + typeOf(a.shape), a.shape);
  }
  Value like(const Value &a); // some value of a's shape
  Value elementwise();
  Value movement();
  Value window();
  Value reduction();
  Value contraction();
  Value select();

  std::mt19937_64 random;
  RandomProgram program;
  std::vector<Value> values;
  int next = 0;
};

Generator::Value Generator::like(const Value &a) {
  std::vector<Value> same;
  for (const Value &value : values)
    if (value.shape == a.shape) same.push_back(value);
  return below(3) == 0 ? constant(a.shape) : same[below(same.size())];
}

Generator::Value Generator::elementwise() {
  const char *unaries[] = {"neg", "sin", "cos", "tanh", "sigmoid", "softplus", "abs", "neg", "tanh", "erf"};
  const char *binaries[] = {"add", "sub", "mul", "add", "sub", "mul", "max", "min"};
  Value a = pick();
  if (below(3) == 0) return unary(unaries[below(10)], a);
  if (below(8) == 0) return unary("exp", unary("tanh", a));
  if (below(8) == 0) { // a divisor of at least 1
    Value one = emit("constant dense<1.0> : " + typeOf(a.shape), a.shape), b = unary("softplus", like(a));
    return binary("div", a, binary("add", b, one));
  }
  return binary(binaries[below(8)], a, like(a));
}

Generator::Value Generator::movement() {
  Value a = pick();
  int64_t rank = a.shape.size();
  switch (below(6)) {
  case 0: { // a new axis
    if (rank >= 3) return unary("tanh", a);
    int64_t axis = below(rank + 1);
    Shape shape = a.shape;
    shape.insert(shape.begin() + axis, 2 + below(2));
    std::vector<int64_t> dims;
    for (int64_t i = 0; i <= rank; ++i)
      if (i != axis) dims.push_back(i);
    return emit("broadcast " + a.name + " dims " + listOf(dims) + " : " + typeOf(a.shape) + " -> " + typeOf(shape),
                shape);
  }
  case 1: {
    std::vector<int64_t> permutation(rank);
    std::iota(permutation.begin(), permutation.end(), 0);
    std::shuffle(permutation.begin(), permutation.end(), random);
    Shape shape;
    for (int64_t axis : permutation) shape.push_back(a.shape[axis]);
    return emit("transpose " + a.name + " " + listOf(permutation) + " : " + typeOf(a.shape) + " -> " + typeOf(shape),
                shape);
  }
  case 2: {
    int64_t count = std::accumulate(a.shape.begin(), a.shape.end(), int64_t(1), std::multiplies<>());
    Shape shape = count % 2 == 0 && below(2) ? Shape{2, count / 2} : Shape{count};
    return emit("reshape " + a.name + " : " + typeOf(a.shape) + " -> " + typeOf(shape), shape);
  }
  case 3: {
    std::vector<int64_t> offsets, strides;
    Shape shape;
    for (int64_t extent : a.shape) {
      offsets.push_back(below(2) ? 0 : below(extent));
      strides.push_back(1 + below(2));
      shape.push_back(1 + (extent - 1 - offsets.back()) / strides.back());
    }
    return emit("slice " + a.name + " offsets " + listOf(offsets) + " strides " + listOf(strides) + " : " +
                    typeOf(a.shape) + " -> " + typeOf(shape),
                shape);
  }
  case 4: {
    std::vector<int64_t> low, high, interior;
    Shape shape;
    for (int64_t extent : a.shape) {
      low.push_back(below(2)), high.push_back(below(2)), interior.push_back(below(2));
      shape.push_back(low.back() + high.back() + extent + (extent - 1) * interior.back());
      if (shape.back() > 6) low.back() = high.back() = interior.back() = 0, shape.back() = extent;
    }
    return emit("pad " + a.name + " low " + listOf(low) + " high " + listOf(high) + " interior " + listOf(interior) +
                    " : " + typeOf(a.shape) + " -> " + typeOf(shape),
                shape);
  }
  default: {
    if (rank == 0) return unary("sin", a);
    int64_t axis = below(rank);
    Value b = like(a);
    Shape shape = a.shape;
    shape[axis] *= 2;
    if (shape[axis] > 6) return unary("cos", a);
    return emit("concat " + a.name + ", " + b.name + " axis " + std::to_string(axis) + " : (" + typeOf(a.shape) + ", " +
                    typeOf(a.shape) + ") -> " + typeOf(shape),
                shape);
  }
  }
}

// Reversal, windows and their adjoint, running sums, sorting.
Generator::Value Generator::window() {
  Value a = pick();
  int64_t rank = a.shape.size();
  if (rank == 0) return unary("cos", a);
  int64_t axis = below(rank), extent = a.shape[axis], stride = 1 + below(2), dilation = 1 + below(2);
  std::string type = " : " + typeOf(a.shape), along = " axis " + std::to_string(axis),
              steps = " stride " + std::to_string(stride) + " dilation " + std::to_string(dilation);
  switch (below(5)) {
  case 0:
    return emit("reverse " + a.name + " axes [" + std::to_string(axis) + "]" + type, a.shape);
  case 1:
    return emit("cumsum " + a.name + along + (below(2) ? " reverse" : "") + (below(2) ? " exclusive" : "") + type,
                a.shape);
  case 2: {
    int64_t size = 1 + below(3), reach = dilation * (size - 1);
    if (rank >= 3 || reach >= extent) return unary("sin", a);
    Shape shape = a.shape;
    shape[axis] = (extent - 1 - reach) / stride + 1;
    shape.insert(shape.begin() + axis + 1, size);
    return emit("window " + a.name + along + " size " + std::to_string(size) + steps + type + " -> " + typeOf(shape),
                shape);
  }
  case 3: {
    if (axis + 1 == rank) return unary("tanh", a);
    Shape shape = a.shape;
    shape.erase(shape.begin() + axis + 1);
    shape[axis] = (extent - 1) * stride + (a.shape[axis + 1] - 1) * dilation + 1 + below(stride); // as many windows fit
    if (shape[axis] > 6) return unary("tanh", a);
    return emit("overlap_add " + a.name + along + steps + type + " -> " + typeOf(shape), shape);
  }
  default: { // apart from each other, lest rounding decide which of two equal values comes first
    Value place = emit("iota" + along + type, a.shape),
          apart = binary("add", a, unary("sin", binary("add", place, place)));
    emit("sort " + apart.name + along + (below(2) ? " descending" : "") + type + " -> " + typeOf(a.shape, "i32"),
         a.shape);
    std::string pair = "%" + std::to_string(next - 1); // of values and indices
    program.body.insert(program.body.rfind(pair + " = ") + pair.size(), ":2");
    return {pair + "#0", a.shape};
  }
  }
}

Generator::Value Generator::reduction() {
  Value a = pick();
  const char *ops[] = {"sum", "sum", "sum", "reduce_max", "reduce_min", "prod"};
  std::vector<int64_t> axes;
  Shape shape;
  for (size_t axis = 0; axis < a.shape.size(); ++axis) {
    if (below(2))
      axes.push_back(axis);
    else
      shape.push_back(a.shape[axis]);
  }
  return emit(std::string(ops[below(6)]) + " " + a.name + " axes " + listOf(axes) + " : " + typeOf(a.shape) + " -> " +
                  typeOf(shape),
              shape);
}

// Two or three operands; an axis takes a letter of its extent, so letters repeat within and between operands.
Generator::Value Generator::contraction() {
  std::string equation, names, types, seen;
  auto extentOf = [](char letter) { return int64_t(letter - 'a') / 3 + 1; }; // abc: 1, def: 2, ghi: 3, …
  int count = 1 + below(3);
  for (int i = 0; i < count; ++i) {
    Value a = pick();
    if (std::any_of(a.shape.begin(), a.shape.end(), [](int64_t extent) { return extent > 8; })) return unary("tanh", a);
    equation += i ? "," : "";
    for (int64_t extent : a.shape) {
      char letter = char('a' + 3 * (extent - 1) + below(3));
      equation += letter;
      if (seen.find(letter) == std::string::npos) seen += letter;
    }
    names += (i ? ", " : "") + a.name;
    types += (i ? ", " : "") + typeOf(a.shape);
  }
  std::shuffle(seen.begin(), seen.end(), random);
  std::string output;
  Shape shape;
  for (char letter : seen) {
    if (output.size() == 3 || below(2) || extentOf(letter) > 6) continue;
    output += letter;
    shape.push_back(extentOf(letter));
  }
  if (!output.empty() && output.size() < 3 && below(8) == 0) { // a diagonal
    output += output[0];
    shape.push_back(shape[0]);
  }
  Value y =
      emit("einsum \"" + equation + "->" + output + "\"(" + names + ") : (" + types + ") -> " + typeOf(shape), shape);
  return below(2) ? y : unary("tanh", y);
}

Generator::Value Generator::select() {
  Value a = pick(), b = like(a), c = like(a), d = like(a);
  Value condition = emit((below(2) ? "lt " : "ge ") + a.name + ", " + b.name + " : " + typeOf(a.shape), a.shape);
  return emit("select " + condition.name + ", " + c.name + ", " + d.name + " : " + typeOf(a.shape), a.shape);
}

RandomProgram Generator::run(int ops) {
  for (const char *name : {"%a", "%b", "%c"}) {
    Shape shape;
    for (int64_t rank = below(4); rank > 0; --rank) shape.push_back(1 + below(3));
    values.push_back({name, shape});
    program.parameters.push_back(typeOf(shape));
  }
  for (int i = 0; i < ops; ++i) {
    int64_t kind = below(11);
    values.push_back(kind < 5   ? elementwise()
                     : kind < 7 ? movement()
                     : kind < 8 ? reduction()
                     : kind < 9 ? contraction()
                     : kind < 10 ? select()
                                 : window());
  }
  // Σ over the last few values, so that little is dead.
  Value total;
  for (size_t i = values.size() - std::min<size_t>(5, ops + 1); i < values.size(); ++i) {
    Value part = unary("tanh", values[i]);
    std::vector<int64_t> axes(part.shape.size());
    std::iota(axes.begin(), axes.end(), 0);
    Value sum = emit("sum " + part.name + " axes " + listOf(axes) + " : " + typeOf(part.shape) + " -> tensor<f64>", {});
    total = total.name.empty() ? sum : binary("add", total, sum);
  }
  program.result = "tensor<f64>";
  program.body += "  %y = flx.sin " + total.name + " : tensor<f64>\n";
  return program;
}

} // namespace

RandomProgram randomProgram(uint64_t seed, int ops) { return Generator(seed).run(ops); }

} // namespace fluxion::test
