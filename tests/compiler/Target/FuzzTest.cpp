// Random programs of every op that moves, reduces or combines, compiled in every way and compared with the reference
// interpreter. Values stay small integers, so that results are exact whatever the order of a sum.
#include "compiler/Reference/Interpreter.h"
#include "dialects/Dialect.h"
#include "mlir/Parser/Parser.h"
#include "tests/compiler/Target/Harness.h"
#include <random>

using namespace fluxion;
using namespace fluxion::cpu;

namespace {

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

std::string list(const Shape &values) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i) text += (i ? ", " : "") + std::to_string(values[i]);
  return text + "]";
}

class Generator {
public:
  explicit Generator(unsigned seed) : random(seed) {}

  std::string program(int ops) {
    int arguments = 2 + below(3);
    for (int i = 0; i < arguments; ++i) {
      Shape shape(below(4));
      for (int64_t &extent : shape) extent = this->extent();
      values.push_back({"%a" + std::to_string(i), below(4) ? "f64" : "i64", i && below(2) ? values[0].shape : shape});
    }
    parameters = values;
    for (int i = 0; i < ops; ++i) step();
    std::string text = "func.func @f(";
    for (const Tensor &p : parameters) text += (&p == &parameters[0] ? "" : ", ") + p.name + ": " + p.type();
    text += ") -> (";
    std::string names, types;
    std::vector<bool> taken(parameters.size(), false);
    for (int i = 0, n = 1 + below(4); i < n; ++i) {
      const Tensor &v = values[values.size() - 1 - below(std::min<size_t>(values.size(), 8))];
      results.push_back(v);
      names += (i ? ", " : "") + v.name, types += (i ? ", " : "") + v.type();
      text += (i ? ", " : "") + v.type();
      donated.push_back(-1);
      for (size_t p = 0; p < parameters.size(); ++p)
        if (!taken[p] && donated.back() < 0 && parameters[p].type() == v.type() && below(4)) {
          taken[p] = true, donated.back() = p;
          text += " {flx.donated = " + std::to_string(p) + " : i64}";
        }
    }
    return text + ") {\n" + body + "  return " + names + " : " + types + "\n}";
  }

  std::vector<Tensor> parameters, results;
  std::vector<int> donated;

private:
  int below(size_t n) { return n ? int(random() % n) : 0; }
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
    body += "  " + v.name + " = flx.constant dense<" + std::to_string(value) + (element == "f64" ? ".0" : "") +
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

  void step() {
    Tensor a = pick();
    int64_t rank = a.shape.size(), axis = below(rank);
    Shape shape = a.shape;
    switch (below(16)) {
    default:
      return keep(clamp(binary(std::vector<std::string>{"add", "sub", "mul", "max", "min"}[below(5)], a, partner(a))));
    case 1:
      return keep(unary(below(2) ? "neg" : "abs", a));
    case 2:
      return a.element == "f64" ? keep(unary("floor", unary("sqrt", unary("abs", a)))) : void();
    case 3:
      return keep(reduce(std::vector<std::string>{"sum", "reduce_max", "reduce_min"}[below(3)], a, axesOf(a)));
    case 4: {
      if (rank == 3) return;
      int64_t at = below(rank + 1);
      shape.insert(shape.begin() + at, extent());
      return keep(broadcast(a, {at}, shape));
    }
    case 5: {
      Shape permutation;
      for (int64_t i = 0; i < rank; ++i) permutation.insert(permutation.begin() + below(i + 1), i);
      return keep(transpose(a, permutation));
    }
    case 6: {
      Shape offsets, strides;
      for (int64_t &e : shape) {
        strides.push_back(1 + below(2)), offsets.push_back(below(3) ? below(e) : 0);
        e = 1 + below((e - 1 - offsets.back()) / strides.back() + 1);
      }
      return keep(arrow("slice " + a.name + " offsets " + list(offsets) + " strides " + list(strides), a, shape));
    }
    case 7: {
      Tensor b = partner(a), c{"%" + std::to_string(next++), "i1", a.shape};
      body += "  " + c.name + " = flx." + (below(2) ? "gt " : "eq ") + a.name + ", " + b.name + " : " + a.type() + "\n";
      if (!below(3)) return keep(convert(c, a.element));
      return keep(emit("select " + c.name + ", " + b.name + ", " + a.name, a.element, a.shape, a.type()));
    }
    case 8: {
      if (!rank) return;
      Shape index(1 + below(5));
      for (int64_t &i : index) i = below(shape[axis]);
      std::string name = "%" + std::to_string(next++), type = "tensor<" + std::to_string(index.size()) + "xi32>";
      body += "  " + name + " = flx.constant dense<" + list(index) + "> : " + type + "\n";
      Shape wide = shape;
      wide[axis] = index.size();
      Tensor g = emit("gather " + a.name + ", " + name + " axis " + std::to_string(axis), a.element, wide,
                      "(" + a.type() + ", " + type + ") -> " + Tensor{"", a.element, wide}.type());
      keep(g);
      if (below(2))
        keep(clamp(emit("scatter_add " + g.name + ", " + name + " axis " + std::to_string(axis), a.element, shape,
                        "(" + g.type() + ", " + type + ") -> " + a.type())));
      return;
    }
    case 9: {
      if (!rank) return;
      Tensor b = partner(a);
      shape[axis] *= 2;
      return keep(emit("concat " + a.name + ", " + b.name + " axis " + std::to_string(axis), a.element, shape,
                       "(" + a.type() + ", " + a.type() + ") -> " + Tensor{"", a.element, shape}.type()));
    }
    case 10: {
      Shape low, high, interior;
      for (int64_t &e : shape) {
        low.push_back(below(3)), high.push_back(below(2)), interior.push_back(below(2));
        e = low.back() + high.back() + e + (e - 1) * interior.back();
      }
      return keep(arrow("pad " + a.name + " low " + list(low) + " high " + list(high) + " interior " + list(interior),
                        a, shape));
    }
    case 11:
      return keep(arrow("reshape " + a.name, a, rank == 1 ? Shape{1, shape[0], 1} : Shape{a.count()}));
    case 12:
      return rank ? keep(emit("iota axis " + std::to_string(axis), a.element, shape, a.type())) : void();
    case 13:
      return keep(convert(a, a.element == "f64" ? "i64" : "f64"));
    case 14: {
      if (!rank) return;
      Shape rest = shape;
      rest.erase(rest.begin() + axis);
      Tensor m = emit((below(2) ? "argmax " : "argmin ") + a.name + " axis " + std::to_string(axis), "i32", rest,
                      a.type() + " -> " + Tensor{"", "i32", rest}.type());
      return keep(convert(m, a.element));
    }
    }
  }

  std::mt19937 random;
  std::vector<Tensor> values;
  std::string body;
  int next = 0;
};

// Arguments, and results as doubles, whatever the element.
std::vector<double> asDoubles(const Tensor &t, const std::vector<int64_t> &words) {
  std::vector<double> values(t.count());
  for (int64_t i = 0; i < t.count(); ++i)
    values[i] = t.element == "f64" ? llvm::bit_cast<double>(words[i]) : double(words[i]);
  return values;
}

void check(unsigned seed) {
  Generator generator(seed);
  std::string text = generator.program(4 + seed % 24);
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  context.loadDialect<flx::FlxDialect, mlir::func::FuncDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  ASSERT_TRUE(module) << text;
  llvm::SmallVector<reference::HostTensor> arguments;
  std::vector<std::vector<int64_t>> words;
  for (const Tensor &p : generator.parameters) {
    bool real = p.element == "f64";
    reference::HostTensor host(real ? reference::Element::F64 : reference::Element::I64, p.shape);
    std::vector<int64_t> &w = words.emplace_back(p.count());
    for (int64_t i = 0; i < p.count(); ++i) {
      int64_t value = (i * 7 + seed + words.size() * 3) % 13 - 6;
      w[i] = real ? llvm::bit_cast<int64_t>(double(value)) : value;
      real ? void(host.reals[i] = double(value)) : void(host.integers[i] = value);
    }
    arguments.push_back(host);
  }
  auto expected = reference::interpret(*module->getOps<mlir::func::FuncOp>().begin(), arguments);
  ASSERT_TRUE(bool(expected)) << llvm::toString(expected.takeError()) << text;
  for (HarnessOptions way : everyWay())
    for (bool inPlace : {false, true}) {
      Program program(text, way);
      ASSERT_TRUE(program.valid()) << program.error << text;
      std::vector<std::vector<int64_t>> in = words, out;
      std::vector<const void *> from;
      std::vector<void *> to;
      for (auto &w : in) from.push_back(w.data());
      for (const Tensor &r : generator.results) out.emplace_back(r.count());
      for (size_t j = 0; j < out.size(); ++j)
        to.push_back(inPlace && generator.donated[j] >= 0 ? in[generator.donated[j]].data() : out[j].data());
      program.call(from, to);
      for (size_t j = 0; j < out.size(); ++j) {
        const Tensor &r = generator.results[j];
        const auto &got = inPlace && generator.donated[j] >= 0 ? in[generator.donated[j]] : out[j];
        std::vector<double> values = asDoubles(r, got);
        for (int64_t i = 0; i < r.count(); ++i)
          ASSERT_EQ(values[i], r.element == "f64" ? (*expected)[j].reals[i] : double((*expected)[j].integers[i]))
              << "seed " << seed << " on " << way.cpu << (way.fuse ? "" : " unfused") << (inPlace ? " in place" : "")
              << ", result " << j << " at " << i << "\n"
              << text;
      }
    }
}

TEST(Fuzz, RandomProgramsMeanWhatTheInterpreterSays) {
  unsigned count = getenv("FLUXION_FUZZ") ? atoi(getenv("FLUXION_FUZZ")) : 40;
  for (unsigned seed = 1; seed <= count && !HasFatalFailure(); ++seed) check(seed);
}

} // namespace
