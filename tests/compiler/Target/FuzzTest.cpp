// Random programs of every op that moves, reduces or combines, in random nests of loops and branches, compiled in every
// way and compared with the reference interpreter. Values stay small integers, so that results are exact whatever the
// order of a sum.
#include "tests/compiler/Target/Compare.h"
#include "tests/compiler/Target/ProgramText.h"

using namespace fluxion;
using namespace fluxion::cpu;
using fluxion::fuzz::list, fluxion::fuzz::Shape, fluxion::fuzz::Tensor;

namespace {

class Generator : fluxion::fuzz::ProgramText {
public:
  explicit Generator(unsigned seed) : ProgramText(seed) {}

  std::string program(int ops) {
    int arguments = 2 + below(3);
    for (int i = 0; i < arguments; ++i) {
      Shape shape(below(4));
      for (int64_t &extent : shape) extent = this->extent();
      values.push_back({"%a" + std::to_string(i), anyElement(), i && below(2) ? values[0].shape : shape});
    }
    parameters = values;
    for (int i = 0; i < ops; ++i) step(2);
    std::string text = "func.func @f(";
    for (const Tensor &p : parameters) text += (&p == &parameters[0] ? "" : ", ") + p.name + ": " + p.type();
    text += ") -> (";
    std::string names, types;
    std::vector<bool> taken(parameters.size(), false);
    for (int i = 0, n = 1 + below(4); i < n; ++i) {
      const Tensor &v = values[values.size() - 1 - below(std::min<size_t>(values.size(), 8))];
      int donated = -1;
      names += (i ? ", " : "") + v.name, types += (i ? ", " : "") + v.type();
      text += (i ? ", " : "") + v.type();
      for (size_t p = 0; p < parameters.size(); ++p)
        if (!taken[p] && donated < 0 && parameters[p].type() == v.type() && below(4)) {
          taken[p] = true, donated = p;
          text += " {flx.donated = " + std::to_string(p) + " : i64}";
        }
    }
    return text + ") {\n" + body + "  return " + names + " : " + types + "\n}";
  }

private:
  // `nests`: how deep loops and branches may still nest.
  void step(int nests) {
    Tensor a = pick();
    int64_t rank = a.shape.size(), axis = below(rank);
    Shape shape = a.shape;
    if (nests && !below(9)) return below(3) ? scan(nests - 1) : below(2) ? loop(nests - 1) : branch(nests - 1);
    switch (below(22)) {
    default:
      return keep(clamp(binary(std::vector<std::string>{"add", "sub", "mul", "max", "min"}[below(5)], a, partner(a))));
    case 1:
      return keep(unary(below(2) ? "neg" : "abs", a));
    case 2:
      return a.element[0] == 'f' ? keep(unary("floor", unary("sqrt", unary("abs", a)))) : void();
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
      return keep(convert(a, anyElement()));
    case 14: {
      if (!rank) return;
      Shape rest = shape;
      rest.erase(rest.begin() + axis);
      Tensor m = emit((below(2) ? "argmax " : "argmin ") + a.name + " axis " + std::to_string(axis), "i32", rest,
                      a.type() + " -> " + Tensor{"", "i32", rest}.type());
      return keep(convert(m, a.element));
    }
    case 15:
      return keep(emit("reverse " + a.name + " axes " + list(axesOf(a)), a.element, shape, a.type()));
    case 20: {
      if (rank != 2) return;
      Tensor b = transpose(a, {1, 0});
      Tensor product =
          emit("einsum \"ij,jk->ik\"(" + a.name + ", " + b.name + ")", a.element, {shape[0], shape[0]},
               "(" + a.type() + ", " + b.type() + ") -> " + Tensor{"", a.element, {shape[0], shape[0]}}.type());
      return keep(clamp(product));
    }
    case 16:
      return rank && rank < 4 ? window(a, axis) : void();
    case 17: {
      if (rank < 2 || axis + 1 == rank) return;
      int64_t stride = 1 + below(3), dilation = 1 + below(2);
      int64_t n = (shape[axis] - 1) * stride + (shape[axis + 1] - 1) * dilation + 1 + below(stride);
      shape.erase(shape.begin() + axis);
      shape[axis] = n;
      return keep(clamp(arrow("overlap_add " + a.name + " axis " + std::to_string(axis) + " stride " +
                                  std::to_string(stride) + " dilation " + std::to_string(dilation),
                              a, shape)));
    }
    case 18:
      return rank ? keep(clamp(emit("cumsum " + a.name + " axis " + std::to_string(axis) +
                                        (below(2) ? " reverse" : "") + (below(2) ? " exclusive" : ""),
                                    a.element, shape, a.type())))
                  : void();
    case 19: {
      if (!rank) return;
      Tensor indices{"%" + std::to_string(next) + "#1", "i32", shape};
      body += "  %" + std::to_string(next) + ":2 = flx.sort " + a.name + " axis " + std::to_string(axis) +
              (below(2) ? " descending" : "") + " : " + a.type() + " -> " + indices.type() + "\n";
      keep({"%" + std::to_string(next++) + "#0", a.element, shape});
      return keep(convert(indices, a.element));
    }
    }
  }

  void window(const Tensor &a, int64_t axis) {
    int64_t n = a.shape[axis], size = 1 + below(std::min<int64_t>(n, 4)),
            dilation = 1 + below(size > 1 ? (n - 1) / (size - 1) : 2);
    dilation = std::min<int64_t>(dilation, 3);
    if (dilation * (size - 1) >= n) return;
    int64_t stride = 1 + below(3);
    Shape shape = a.shape;
    shape[axis] = (n - dilation * (size - 1) - 1) / stride + 1;
    shape.insert(shape.begin() + axis + 1, size);
    keep(arrow("window " + a.name + " axis " + std::to_string(axis) + " size " + std::to_string(size) + " stride " +
                   std::to_string(stride) + " dilation " + std::to_string(dilation),
               a, shape));
  }

  //===-- Loops and branches ------------------------------------------------------------------------------------===//

  // A region: its block's arguments become values, some steps are made, `finish` says what it yields.
  template <class Finish>
  std::string region(const std::vector<Tensor> &arguments, int nests, int steps, Finish finish) {
    std::vector<Tensor> outside = values;
    std::string around = std::exchange(body, "");
    values.insert(values.end(), arguments.begin(), arguments.end());
    for (int i = 0; i < steps; ++i) step(nests);
    std::vector<Tensor> yielded = finish();
    std::string text = "{\n";
    if (!arguments.empty()) {
      text += "  ^bb0(";
      for (const Tensor &t : arguments) text += (&t == &arguments[0] ? "" : ", ") + t.name + ": " + t.type();
      text += "):\n";
    }
    text += body + "  flx.yield " + namesOf(yielded) + " : " + typesOf(yielded) + "\n  }";
    body = around;
    values = outside;
    return text;
  }
  std::vector<Tensor> fresh(const std::vector<Tensor> &like) {
    std::vector<Tensor> tensors;
    for (const Tensor &t : like) tensors.push_back({"%r" + std::to_string(next++), t.element, t.shape});
    return tensors;
  }
  std::vector<Tensor> someValues(int count) {
    std::vector<Tensor> some;
    for (int i = 0; i < count; ++i) some.push_back(pick());
    return some;
  }
  // Any value of the type of `like` that can be seen, a late one rather than an early one.
  Tensor ofType(const Tensor &like) {
    std::vector<Tensor> same;
    for (const Tensor &v : values)
      if (v.type() == like.type()) same.push_back(v);
    return same[same.size() - 1 - below(std::min<size_t>(same.size(), 3))];
  }
  std::vector<Tensor> ofTypes(const std::vector<Tensor> &like) {
    std::vector<Tensor> same;
    for (const Tensor &t : like) same.push_back(ofType(t));
    return same;
  }
  void define(const std::vector<Tensor> &results, const std::string &text) {
    body += "  " + namesOf(results) + " = flx." + text + "\n";
    for (const Tensor &r : results) keep(r);
  }

  void scan(int nests) {
    std::vector<Tensor> inits = someValues(below(4)), sequences, slices, outs;
    int64_t length = -1;
    for (const Tensor &s : someValues(below(4)))
      if (!s.shape.empty() && s.shape[0] <= 8 && (length < 0 || s.shape[0] == length)) {
        length = s.shape[0];
        sequences.push_back(s);
        slices.push_back({"", s.element, Shape(s.shape.begin() + 1, s.shape.end())});
      }
    if (length < 0) length = below(5);
    std::vector<Tensor> arguments = fresh({{"", "i32", {}}}), carried = fresh(inits);
    slices = fresh(slices);
    arguments.insert(arguments.end(), carried.begin(), carried.end());
    arguments.insert(arguments.end(), slices.begin(), slices.end());
    int stacks = length ? below(3) + inits.empty() : inits.empty() ? -1 : 0;
    if (stacks < 0) return;
    std::string text = region(arguments, nests, 1 + below(4), [&] {
      std::vector<Tensor> yielded = ofTypes(carried);
      for (int i = 0; i < stacks; ++i) outs.push_back(pick()), yielded.push_back(outs.back());
      return yielded;
    });
    for (Tensor &out : outs) out.shape.insert(out.shape.begin(), length);
    std::vector<Tensor> operands = inits, results = fresh(inits), stacked = fresh(outs);
    operands.insert(operands.end(), sequences.begin(), sequences.end());
    results.insert(results.end(), stacked.begin(), stacked.end());
    define(results, "scan init(" + namesOf(inits) + ") over(" + namesOf(sequences) + ") length " +
                        std::to_string(length) + (below(3) ? "" : " reverse") + " : (" + typesOf(operands) + ") -> (" +
                        typesOf(results) + ") " + text);
  }

  // A count runs to a limit that a value sets, perhaps below zero.
  void loop(int nests) {
    std::vector<Tensor> inits = someValues(below(3)), data = someValues(1);
    Tensor limit = convert(reduce("sum", data[0], allAxes(data[0])), "i64"), zero = constant("i64", {}, 0);
    inits.insert(inits.begin(), zero);
    std::vector<Tensor> asked = fresh(inits), carried = fresh(inits);
    std::string condition = region(asked, 0, below(2), [&] {
      Tensor few = binary("min", limit, constant("i64", {}, 4)), more{"%" + std::to_string(next++), "i1", {}};
      body += "  " + more.name + " = flx.lt " + asked[0].name + ", " + few.name + " : " + few.type() + "\n";
      return std::vector<Tensor>{more};
    });
    std::string step = region(carried, nests, 1 + below(4), [&] {
      std::vector<Tensor> yielded = ofTypes(carried);
      yielded[0] = binary("add", carried[0], constant("i64", {}, 1));
      return yielded;
    });
    define(fresh(inits), "while init(" + namesOf(inits) + ") : (" + typesOf(inits) + ") -> (" + typesOf(inits) +
                             ") cond " + condition + " do " + step);
  }

  void branch(int nests) {
    std::vector<Tensor> like = someValues(1 + below(3)), data = someValues(1);
    Tensor sum = reduce("sum", data[0], allAxes(data[0])), condition{"%" + std::to_string(next++), "i1", {}};
    Tensor bound = constant(sum.element, {}, below(3) - 1);
    body += "  " + condition.name + " = flx.gt " + sum.name + ", " + bound.name + " : " + sum.type() + "\n";
    std::string then = region({}, nests, below(4), [&] { return ofTypes(like); });
    std::string otherwise = region({}, nests, below(4), [&] { return ofTypes(like); });
    define(fresh(like),
           "if " + condition.name + " : (tensor<i1>) -> (" + typesOf(like) + ") " + then + " else " + otherwise);
  }
};

TEST(Fuzz, RandomProgramsMeanWhatTheInterpreterSays) {
  unsigned count = getenv("FLUXION_FUZZ") ? atoi(getenv("FLUXION_FUZZ")) : 40;
  unsigned first = getenv("FLUXION_FUZZ_FIRST") ? atoi(getenv("FLUXION_FUZZ_FIRST")) : 1;
  for (unsigned seed = first; seed < first + count && !HasFatalFailure(); ++seed)
    if (std::string text = Generator(seed).program(4 + seed % 24); getenv("FLUXION_FUZZ_SHOW"))
      puts(text.c_str());
    else
      expectReference(text, seed);
}

} // namespace
