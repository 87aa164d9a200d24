// The text of a random program as it grows: values by name and type, and an op a line. What ops are drawn is FuzzTest's.
#pragma once
#include <random>
#include <string>
#include <vector>

namespace fluxion::fuzz {

using Shape = std::vector<int64_t>;

struct Tensor {
  std::string name, element;
  Shape shape;
  std::string type() const {
    std::string text = "tensor<";
    for (int64_t extent : shape) text += std::to_string(extent) + "x";
    return text + element + ">";
  }
  int64_t count() const {
    int64_t n = 1;
    for (int64_t extent : shape) n *= extent;
    return n;
  }
};

inline std::string list(const Shape &values) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i) text += (i ? ", " : "") + std::to_string(values[i]);
  return text + "]";
}

class ProgramText {
protected:
  explicit ProgramText(unsigned seed) : random(seed) {}

  int below(size_t n) { return n ? int(random() % n) : 0; }
  std::string anyElement() { return std::vector<std::string>{"f64", "f64", "f32", "i64", "i32"}[below(5)]; }
  int64_t extent() { return std::vector<int64_t>{1, 2, 3, 5, 8, 17, 33}[below(7)]; }
  Tensor pick() { return values[values.size() - 1 - below(std::min<size_t>(values.size(), 10))]; }

  Tensor emit(const std::string &text, const std::string &element, const Shape &shape, const std::string &types) {
    Tensor v{"%" + std::to_string(next++), element, shape};
    body += "  " + v.name + " = flx." + text + " : " + types + "\n";
    return v;
  }
  Tensor unary(const std::string &op, const Tensor &a) { return emit(op + " " + a.name, a.element, a.shape, a.type()); }
  Tensor binary(const std::string &op, const Tensor &a, const Tensor &b) {
    return emit(op + " " + a.name + ", " + b.name, a.element, a.shape, a.type());
  }
  Tensor arrow(const std::string &text, const Tensor &a, const Shape &shape) {
    return emit(text, a.element, shape, a.type() + " -> " + Tensor{"", a.element, shape}.type());
  }
  Tensor constant(const std::string &element, const Shape &shape, int value) {
    Tensor v{"%" + std::to_string(next++), element, shape};
    body += "  " + v.name + " = flx.constant dense<" + std::to_string(value) + (element[0] == 'f' ? ".0" : "") +
            "> : " + v.type() + "\n";
    return v;
  }
  Tensor convert(const Tensor &a, const std::string &element) {
    return a.element == element
               ? a
               : emit("convert " + a.name, element, a.shape, a.type() + " to " + Tensor{"", element, a.shape}.type());
  }
  // Keeps products small.
  Tensor clamp(const Tensor &a) {
    return binary("max", binary("min", a, constant(a.element, a.shape, 9)), constant(a.element, a.shape, -9));
  }
  void keep(const Tensor &v) {
    if (v.count() <= 4000) values.push_back(v);
  }

  Shape axesOf(const Tensor &a) {
    Shape axes;
    for (size_t i = 0; i < a.shape.size(); ++i)
      if (below(2)) axes.push_back(i);
    return axes;
  }

  // `b` in the shape of `a`: another value of it, or a broadcast of a lesser one, or `a` turned around.
  Tensor partner(const Tensor &a) {
    std::vector<Tensor> same;
    for (const Tensor &v : values)
      if (v.shape == a.shape && v.element != "i1") same.push_back(v);
    if (same.size() > 1 && below(3)) return convert(same[below(same.size())], a.element);
    if (a.shape.size() == 2 && a.shape[0] == a.shape[1]) return transpose(a, {1, 0});
    Shape axes = axesOf(a);
    return broadcast(reduce("sum", a, axes), axes, a.shape);
  }
  Tensor reduce(const std::string &op, const Tensor &a, const Shape &axes) {
    Shape shape;
    for (size_t i = 0; i < a.shape.size(); ++i)
      if (std::find(axes.begin(), axes.end(), int64_t(i)) == axes.end()) shape.push_back(a.shape[i]);
    return clamp(arrow(op + " " + a.name + " axes " + list(axes), a, shape));
  }
  Tensor broadcast(const Tensor &a, const Shape &fresh, const Shape &shape) {
    Shape dims;
    for (size_t i = 0; i < shape.size(); ++i)
      if (std::find(fresh.begin(), fresh.end(), int64_t(i)) == fresh.end()) dims.push_back(i);
    return arrow("broadcast " + a.name + " dims " + list(dims), a, shape);
  }
  Tensor transpose(const Tensor &a, const Shape &permutation) {
    Shape shape;
    for (int64_t axis : permutation) shape.push_back(a.shape[axis]);
    return arrow("transpose " + a.name + " " + list(permutation), a, shape);
  }
  static Shape allAxes(const Tensor &t) {
    Shape axes;
    for (size_t i = 0; i < t.shape.size(); ++i) axes.push_back(i);
    return axes;
  }
  static std::string namesOf(const std::vector<Tensor> &tensors) {
    std::string text;
    for (const Tensor &t : tensors) text += (text.empty() ? "" : ", ") + t.name;
    return text;
  }
  static std::string typesOf(const std::vector<Tensor> &tensors) {
    std::string text;
    for (const Tensor &t : tensors) text += (text.empty() ? "" : ", ") + t.type();
    return text;
  }

  std::mt19937 random;
  std::vector<Tensor> parameters, values;
  std::string body;
  int next = 0;
};

} // namespace fluxion::fuzz
