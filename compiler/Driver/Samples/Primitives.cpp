// Samples of the primitives: each row of the table is built by its family, so a new elementwise op is covered by its
// one line in the dialect; ops that move elements are listed by name.
#include "compiler/Driver/Samples/Samples.h"
#include "frontend/Graph/Primitive.h"
#include <algorithm>
#include <map>
#include <string_view>

namespace fluxion::samples {

void addFunction(Collection &collection, const std::string &subject, const std::string &name,
                 const std::vector<TensorType> &parameters, const Body &body) {
  auto module = std::make_shared<Module>();
  DiagnosticSink sink;
  GraphBuilder builder(*module, name, sink);
  std::vector<Value> values;
  for (const TensorType &type : parameters)
    values.push_back(builder.parameter("x" + std::to_string(values.size()), type));
  std::vector<Value> results = body(builder, values);
  for (size_t i = 0; i < results.size(); ++i)
    builder.result(results[i], results.size() > 1 ? "y" + std::to_string(i) : "");
  if (!builder.finish()) {
    collection.faults.push_back("the sample " + name + " cannot be built\n" + render(sink));
    return;
  }
  collection.samples.push_back({subject, module, name, {}});
}

namespace {

constexpr int64_t prime = 37; // two vectors of f32 and a rest

std::string shapeName(const TensorType &type) {
  std::string name = spelling(type.element);
  for (size_t i = 0; i < type.shape.size(); ++i) name += (i ? "x" : ".") + type.shape[i].print();
  return name;
}

class Maker {
public:
  Maker(Collection &collection, ElementType real) : collection(collection), real(real) {}
  void row(Primitive);

private:
  void add(const std::vector<TensorType> &types,
           const std::function<Value(GraphBuilder &, const std::vector<Value> &)> &body) {
    addAll(types, [&](GraphBuilder &b, const std::vector<Value> &x) { return std::vector<Value>{body(b, x)}; });
  }
  void addAll(const std::vector<TensorType> &types, const Body &body) {
    std::string name = info(op).name;
    for (const TensorType &type : types) name += "." + shapeName(type);
    while (std::count(taken.begin(), taken.end(), name)) name += "'";
    taken.push_back(name);
    size_t before = collection.samples.size();
    addFunction(collection, info(op).name, name, types, body);
    covered |= collection.samples.size() > before && uses(*collection.samples.back().module);
  }
  bool uses(const Module &module) const {
    return std::any_of(module.functions.back().nodes.begin(), module.functions.back().nodes.end(),
                       [&](const Node &node) { return node.op == op; });
  }
  TensorType tensor(std::vector<Dim> shape) const { return {real, std::move(shape)}; }
  std::vector<ElementType> elements() const {
    std::vector<ElementType> found;
    for (ElementType e : {real, ElementType::I32, ElementType::I64, ElementType::Bool})
      if (acceptsElement(op, e)) found.push_back(e);
    return found;
  }
  void elementwise(int arity);
  void select();
  void convert();
  void reduction();
  void argReduction();
  void contraction();
  void shape();
  void windows();
  void cumulative();
  void sort();
  void control();
  void random();
  void constants();
  void transform();

  Collection &collection;
  ElementType real;
  Primitive op{};
  bool covered = false;
  std::vector<std::string> taken;
};

// An op the builder has no call for, because only derivatives make it.
Value raw(GraphBuilder &b, Primitive op, const std::vector<Value> &operands,
          std::vector<std::pair<std::string, Attribute>> attributes, TensorType result) {
  Node node;
  node.op = op;
  for (Value v : operands) {
    if (!v) return {};
    node.operands.push_back(v.id);
  }
  node.attributes = std::move(attributes);
  node.results = {std::move(result)};
  b.function().nodes.push_back(std::move(node));
  return {&b, {uint32_t(b.function().nodes.size() - 1), 0}};
}

void Maker::elementwise(int arity) {
  for (ElementType e : elements()) {
    for (std::vector<Dim> shape : {std::vector<Dim>{}, {prime}, {3, 1, 5}})
      if (op == Primitive::polygamma_) {
        for (int64_t order : {0, 1, 2, 3})
          add({{e, shape}}, [&](GraphBuilder &b, auto &x) { return b.polygamma(order, x[0]); });
      } else {
        add(std::vector<TensorType>(size_t(arity), {e, shape}),
            [&](GraphBuilder &b, auto &x) { return b.apply(op, x); });
      }
    if (arity < 2) continue;
    add({{e, {4, 5}}, {e, {5}}}, [&](GraphBuilder &b, auto &x) { return b.apply(op, x); });
    add({{e, {}}, {e, {1}}}, [&](GraphBuilder &b, auto &x) { return b.apply(op, x); });
    // Of a value with itself: ties, and sums of two cotangents.
    add({{e, {7}}}, [&](GraphBuilder &b, auto &x) { return b.apply(op, {x[0], x[0]}); });
  }
}

void Maker::select() {
  for (ElementType e : {real, ElementType::I32, ElementType::I64, ElementType::Bool})
    for (std::vector<Dim> shape : {std::vector<Dim>{}, {prime}, {3, 1, 5}}) {
      add({{ElementType::Bool, shape}, {e, shape}, {e, shape}},
          [&](GraphBuilder &b, auto &x) { return b.apply(op, x); });
      add({{ElementType::Bool, {}}, {e, shape}, {e, {}}}, [&](GraphBuilder &b, auto &x) { return b.apply(op, x); });
    }
}

void Maker::convert() {
  ElementType all[] = {ElementType::F32, ElementType::F64, ElementType::I32, ElementType::I64, ElementType::Bool};
  for (ElementType from : all)
    for (ElementType to : all) {
      bool other = isFloat(from) ? from != real : isFloat(to) && to != real; // a matter of the other type's samples
      if (from == to || other) continue;
      for (std::vector<Dim> shape : {std::vector<Dim>{}, {prime}})
        add({{from, shape}}, [&](GraphBuilder &b, auto &x) { return b.convert(x[0], to); });
    }
}

void Maker::reduction() {
  struct Case {
    std::vector<Dim> shape;
    std::vector<int64_t> axes;
  };
  static const Case cases[] = {{{prime}, {0}},   {{5, 7}, {0}},         {{5, 7}, {1}}, {{5, 7}, {0, 1}},
                               {{3, 1, 5}, {1}}, {{2, 3, 4}, {0, 2}},   {{1}, {0}},    {{3, 131}, {1}},
                               {{131, 3}, {0}},  {{2, 3, 1, 5}, {1, 3}}};
  bool logical = op == Primitive::any_ || op == Primitive::all_;
  std::vector<ElementType> elements{real, ElementType::I32, ElementType::I64};
  if (logical) elements = {ElementType::Bool};
  for (ElementType e : elements)
    for (const Case &c : cases) {
      if (!isFloat(e) && !logical && c.shape.size() > 2) continue;
      add({{e, c.shape}}, [&](GraphBuilder &b, auto &x) { return b.reduce(op, x[0], c.axes); });
    }
  if (!logical) // of something computed, and used again
    add({tensor({4, 9})}, [&](GraphBuilder &b, auto &x) { return b.reduce(op, x[0] * x[0] - x[0], {1}); });
}

void Maker::argReduction() {
  for (ElementType e : {real, ElementType::I32, ElementType::I64})
    for (auto [shape, axis] :
         {std::pair<std::vector<Dim>, int64_t>{{prime}, 0}, {{5, 7}, 0}, {{5, 7}, 1}, {{4, 1}, 1}, {{2, 3, 4}, 1}})
      add({{e, shape}}, [&](GraphBuilder &b, auto &x) { return b.argReduce(op, x[0], axis); });
}

void Maker::contraction() {
  // Extents by letter: primes, and a 1.
  static const std::map<char, int64_t> extents = {{'i', 5}, {'j', 7},  {'k', 3}, {'l', 2},
                                                  {'b', 2}, {'n', 37}, {'o', 1}, {'m', 19}};
  for (std::string equation :
       {"i,i->",     "i,j->ij",      "ij,j->i",     "ij,i->j",      "ij,jk->ik",   "ji,jk->ik", "ij,kj->ik",
        "ij,jk->ki", "nm,mj->nj",    "mn,nj->mj",   "bij,bjk->bik", "bij,jk->bik", "ij,ij->",   "ij,ij->ij",
        "ij->ji",    "ij->",         "ij->i",       "ii->",         "ii->i",       "i->ii",     "iij->j",
        "ii,ij->j",  "ij,jk,kl->il", "i,j,k->ijk",  "ij,ij,ij->i",  "io,oj->ij",   "oj,jo->o",  "i,->i",
        ",->",       "bij,bkj->bik", "ijk,jl->lki", "ij,kl->",      "ijk,ijk->k",  "i,j->",     "ij,i,j->",
        "i,i->ii",   "->",           "ij,ik->jik"}) {
    std::vector<TensorType> types{tensor({})};
    for (char c : equation.substr(0, equation.find('-')))
      if (c == ',')
        types.push_back(tensor({}));
      else
        types.back().shape.push_back(extents.at(c));
    add(types, [&](GraphBuilder &b, auto &x) { return b.einsum(equation, x); });
  }
  add({tensor({5, 5})}, [&](GraphBuilder &b, auto &x) { return b.einsum("ij,jk->ik", {x[0], x[0]}); });
  for (ElementType e : {ElementType::I32, ElementType::I64}) {
    add({{e, {5, 7}}, {e, {7, 3}}}, [&](GraphBuilder &b, auto &x) { return b.einsum("ij,jk->ik", x); });
    add({{e, {5, 7}}}, [&](GraphBuilder &b, auto &x) { return b.einsum("ij->j", x); });
  }
}

void Maker::shape() {
  auto every = [&](std::vector<Dim> shape, auto body) {
    for (ElementType e : {real, ElementType::I32, ElementType::I64, ElementType::Bool})
      add({{e, shape}}, [&](GraphBuilder &b, auto &x) -> Value { return body(b, x[0]); });
  };
  using V = Value;
  switch (op) {
  case Primitive::broadcast_:
    every({}, [](GraphBuilder &b, V x) { return b.broadcast(x, {}, {prime}); });
    every({5}, [](GraphBuilder &b, V x) { return b.broadcast(x, {1}, {3, 5, 2}); });
    every({4, 1}, [](GraphBuilder &b, V x) { return b.broadcast(x, {0, 2}, {4, 3, 1}); });
    return;
  case Primitive::reshape_:
    every({6, 5}, [](GraphBuilder &b, V x) { return b.reshape(x, {5, 2, 3}); });
    every({1}, [](GraphBuilder &b, V x) { return b.reshape(x, {}); });
    every({}, [](GraphBuilder &b, V x) { return b.reshape(x, {1, 1}); });
    // After a permutation the elements really move.
    every({4, 6}, [](GraphBuilder &b, V x) { return b.reshape(b.transpose(x, {1, 0}), {8, 3}); });
    return;
  case Primitive::transpose_:
    every({5, 7}, [](GraphBuilder &b, V x) { return b.transpose(x, {1, 0}); });
    every({2, 3, 5}, [](GraphBuilder &b, V x) { return b.transpose(x, {2, 0, 1}); });
    every({prime, 1, 19}, [](GraphBuilder &b, V x) { return b.transpose(x, {2, 1, 0}); });
    return;
  case Primitive::slice_:
    every({prime}, [](GraphBuilder &b, V x) { return b.slice(x, {3}, {30}, {1}); });
    every({11, 7}, [](GraphBuilder &b, V x) { return b.slice(x, {1, 0}, {10, 7}, {3, 2}); });
    every({5, 3}, [](GraphBuilder &b, V x) { return b.slice(x, {4, 0}, {5, 2}, {1, 1}); });
    every({5}, [](GraphBuilder &b, V x) { return b.slice(x, {2}, {2}, {1}); }); // of nothing
    return;
  case Primitive::pad_:
    every({5, 7}, [](GraphBuilder &b, V x) { return b.pad(x, {1, 0}, {0, 3}); });
    every({1}, [](GraphBuilder &b, V x) { return b.pad(x, {0}, {prime}); });
    every({5, 3}, [](GraphBuilder &b, V x) {
      return raw(
          b, Primitive::pad_, {x},
          {{"high", std::vector<Dim>{1, 0}}, {"interior", std::vector<int64_t>{2, 1}}, {"low", std::vector<Dim>{2, 0}}},
          {x.type().element, {16, 5}});
    });
    return;
  case Primitive::concat_:
    every({5, 3}, [](GraphBuilder &b, V x) { return b.concat({x, x}, 0); });
    add({tensor({5, 3}), tensor({5, 1}), tensor({5, 7})}, [&](GraphBuilder &b, auto &x) { return b.concat(x, 1); });
    add({tensor({prime}), tensor({2})}, [&](GraphBuilder &b, auto &x) { return b.concat({x[1], x[0], x[1]}, 0); });
    return;
  case Primitive::gather_:
    for (ElementType index : {ElementType::I32, ElementType::I64}) {
      add({tensor({7, 3}), {index, {5}}}, [&](GraphBuilder &b, auto &x) { return b.gather(x[0], x[1], 0); });
      add({tensor({3, 7}), {index, {2, 2}}}, [&](GraphBuilder &b, auto &x) { return b.gather(x[0], x[1], 1); });
      add({tensor({prime}), {index, {}}}, [&](GraphBuilder &b, auto &x) { return b.gather(x[0], x[1], 0); });
      for (ElementType e : {ElementType::I32, ElementType::I64, ElementType::Bool})
        add({{e, {7, 3}}, {index, {5}}}, [&](GraphBuilder &b, auto &x) { return b.gather(x[0], x[1], 0); });
    }
    return;
  case Primitive::scatter_add_:
    for (ElementType e : {real, ElementType::I32, ElementType::I64})
      for (ElementType index : {ElementType::I32, ElementType::I64}) {
        auto scatter = [&](int64_t axis, std::vector<Dim> result) {
          return [=, this](GraphBuilder &b, auto &x) {
            return raw(b, op, {x[0], x[1]}, {{"axis", axis}}, {e, result});
          };
        };
        add({{e, {5, 3}}, {index, {5}}}, scatter(0, {7, 3}));
        add({{e, {3, 2, 2}}, {index, {2, 2}}}, scatter(1, {3, 7}));
        add({{e, {}}, {index, {}}}, scatter(0, {prime}));
      }
    return;
  default:
    return windows();
  }
}

void Maker::windows() {
  std::vector<ElementType> numbers{real, ElementType::I32, ElementType::I64};
  for (ElementType e : numbers) {
    auto each = [&](std::vector<Dim> shape, const std::function<Value(GraphBuilder &, Value)> &body) {
      add({{e, shape}}, [&](GraphBuilder &b, auto &x) { return body(b, x[0]); });
    };
    using V = Value;
    if (op == Primitive::reverse_) {
      each({prime}, [](GraphBuilder &b, V x) { return b.reverse(x, {0}); });
      each({3, 1, 5}, [](GraphBuilder &b, V x) { return b.reverse(x, {0, 1, 2}); });
      each({4, 0}, [](GraphBuilder &b, V x) { return b.reverse(x, {0}); });
    } else if (op == Primitive::window_) {
      each({prime}, [](GraphBuilder &b, V x) { return b.window(x, 0, 5); });
      each({3, 19, 2}, [](GraphBuilder &b, V x) { return b.window(x, 1, 3, 2, 4); });
      each({11}, [](GraphBuilder &b, V x) { return b.window(x, 0, 2, 5); }); // some are in no window
      each({2, 6, 6}, [](GraphBuilder &b, V x) { return b.window(b.window(x, 2, 3), 1, 3); });
      each({4}, [](GraphBuilder &b, V x) { return b.window(x, 0, 5); }); // there is none
      each({0}, [](GraphBuilder &b, V x) { return b.window(x, 0, 1); });
    } else if (op == Primitive::overlap_add_) {
      each({33, 5}, [](GraphBuilder &b, V x) { return b.overlapAdd(x, 0, prime); });
      each({3, 6, 3, 2}, [](GraphBuilder &b, V x) { return b.overlapAdd(x, 1, 19, 2, 4); });
      each({2, 2}, [](GraphBuilder &b, V x) { return b.overlapAdd(x, 0, 11, 5, 5); });
      each({0, 5}, [](GraphBuilder &b, V x) { return b.overlapAdd(x, 0, 4); });
    }
  }
}

void Maker::cumulative() {
  for (ElementType e : {real, ElementType::I32, ElementType::I64})
    for (bool reverse : {false, true})
      for (bool exclusive : {false, true})
        for (auto [shape, axis] : {std::pair<std::vector<Dim>, int64_t>{{prime}, 0},
                                   {{3, 19, 2}, 1},
                                   {{5, 131}, 1},
                                   {{4, 1}, 1},
                                   {{0, 3}, 0}})
          add({{e, shape}}, [&](GraphBuilder &b, auto &x) { return b.cumsum(x[0], axis, reverse, exclusive); });
}

void Maker::sort() {
  for (ElementType e : {real, ElementType::I32, ElementType::I64})
    for (bool descending : {false, true}) {
      for (auto [shape, axis] :
           {std::pair<std::vector<Dim>, int64_t>{{prime}, 0}, {{3, 19, 2}, 1}, {{4, 1}, 1}, {{131, 3}, 0}, {{0, 3}, 0}})
        addAll({{e, shape}}, [&](GraphBuilder &b, auto &x) -> std::vector<Value> {
          auto [values, indices] = b.sort(x[0], axis, descending);
          return {values, indices};
        });
      addAll({{e, {11}}}, [&](GraphBuilder &b, auto &x) -> std::vector<Value> { // each twice: ties
        auto [values, indices] = b.sort(b.concat({x[0], x[0]}, 0), 0, descending);
        return {values, indices};
      });
    }
}

void Maker::control() {
  TensorType row = tensor({5}), rows = tensor({7, 5});
  if (op == Primitive::scan_)
    for (bool reverse : {false, true}) {
      addAll({row, rows, tensor({5, 5})}, [&](GraphBuilder &b, auto &x) {
        Value w = x[2];
        return b.scan(
            {x[0]}, {x[1]}, 7,
            [&](GraphBuilder &in, std::vector<Value> at) {
              Value h = in.apply(Primitive::tanh_, {in.einsum("i,ij->j", {at[1], in.capture(w, "w")}) + at[2]});
              return std::vector<Value>{h, h * in.convert(at[0], real)};
            },
            reverse);
      });
      addAll({rows}, [&](GraphBuilder &b, auto &x) { // of nothing, once, and only indices
        Value none = b.slice(x[0], {0, 0}, {0, 5}, {1, 1}), first = b.slice(x[0], {0, 0}, {1, 5}, {1, 1});
        auto step = [](GraphBuilder &in, std::vector<Value> at) {
          return std::vector<Value>{at[1] + in.reduceAll(Primitive::sum_, at[2])};
        };
        std::vector<Value> results;
        for (auto [xs, length] : {std::pair(none, 0), std::pair(first, 1)})
          results.push_back(b.scan({b.constant(Weak::rational(2), tensor({}))}, {xs}, length, step, reverse)[0]);
        results.push_back(b.scan(
            {}, {}, 9, [](GraphBuilder &, std::vector<Value> at) { return std::vector<Value>{at[0]}; }, reverse)[0]);
        return results;
      });
    }
  if (op == Primitive::while_)
    addAll({row, i32()}, [&](GraphBuilder &b, auto &x) {
      Value limit = b.apply(Primitive::rem_, {x[1], b.constant(Weak::rational(9), i32())});
      return b.whileLoop(
          {x[0], b.constant(Weak::rational(0), i32())},
          [&](GraphBuilder &in, std::vector<Value> at) {
            return std::vector<Value>{in.apply(Primitive::lt_, {at[1], in.capture(limit, "limit")})};
          },
          [](GraphBuilder &in, std::vector<Value> at) {
            return std::vector<Value>{in.apply(Primitive::sin_, {at[0]}) + at[0], at[1] + 1.0};
          });
    });
  if (op == Primitive::if_)
    addAll({{ElementType::Bool, {}}, row, rows}, [&](GraphBuilder &b, auto &x) {
      Value y = x[1], ys = x[2];
      return b.conditional(
          x[0],
          [&](GraphBuilder &in, std::vector<Value>) {
            return std::vector<Value>{in.apply(Primitive::exp_, {-in.apply(Primitive::abs_, {in.capture(y, "y")})})};
          },
          [&](GraphBuilder &in, std::vector<Value>) {
            return std::vector<Value>{in.reduce(Primitive::sum_, in.capture(ys, "ys"), {0})};
          });
    });
}

void Maker::random() {
  for (std::vector<Dim> shape : {std::vector<Dim>{}, {prime}, {3, 5}, {1031}}) {
    if (op == Primitive::random_uniform_)
      add({i64()}, [&](GraphBuilder &b, auto &x) { return b.randomUniform(x[0], tensor(shape)); });
    if (op == Primitive::random_normal_)
      add({i64()}, [&](GraphBuilder &b, auto &x) { return b.randomNormal(x[0], tensor(shape)); });
  }
  if (op == Primitive::fold_in_)
    for (int64_t data : {int64_t(0), int64_t(1), int64_t(-1), INT64_MIN})
      add({i64()}, [&](GraphBuilder &b, auto &x) { return b.foldIn(x[0], data); });
  if (op == Primitive::fold_in_) // of a datum known at run time only
    add({i64(), i64()}, [&](GraphBuilder &b, auto &x) { return b.foldIn(x[0], x[1]); });
}

void Maker::constants() {
  for (ElementType e : {real, ElementType::I32, ElementType::I64, ElementType::Bool})
    for (std::vector<Dim> shape : {std::vector<Dim>{}, {prime}, {3, 1, 5}}) {
      if (op == Primitive::constant_) {
        Weak value = isFloat(e) ? *Weak::parse("0.1") : Weak::rational(e == ElementType::Bool ? 1 : 7);
        add({}, [&](GraphBuilder &b, auto &) { return b.constant(value, {e, shape}); });
        if (e == real)
          add({{e, shape}}, [&](GraphBuilder &b, auto &x) { return b.constant(value, {e, shape}) * x[0]; });
      } else if (!shape.empty() && e != ElementType::Bool) {
        add({}, [&](GraphBuilder &b, auto &) { return b.iota({e, shape}, int64_t(shape.size()) - 1); });
        add({{e, shape}}, [&](GraphBuilder &b, auto &x) { return b.iota({e, shape}, 0) * x[0]; });
      }
    }
}

// The tangent and the cotangent of x·sin y + y, and their own derivatives.
void Maker::transform() {
  DiagnosticSink sink;
  TensorType type = tensor({prime});
  add({type, type, type, type}, [&](GraphBuilder &b, auto &x) -> Value {
    GraphBuilder inner(b.module(), "callee", sink);
    Value p = inner.parameter("p", type), q = inner.parameter("q", type);
    inner.function().isPublic = false;
    inner.result(p * inner.apply(Primitive::sin_, {q}) + q);
    auto index = inner.finish();
    if (!index) return {};
    auto results = op == Primitive::jvp_ ? b.jvp(*index, {0, 1}, {x[0], x[1]}, {x[2], x[3]})
                                         : b.vjp(*index, {0, 1}, {x[0], x[1]}, {x[2]});
    Value sum = results[0];
    for (size_t i = 1; i < results.size(); ++i) sum = sum + results[i] * x[3];
    return sum;
  });
}

void Maker::row(Primitive primitive) {
  op = primitive;
  if (!collection.wants(info(op).name)) return;
  covered = false;
  std::string_view family = info(op).family;
  if (family == "ElementwiseUnary") elementwise(1);
  if (family == "ElementwiseBinary" || family == "Comparison") elementwise(2);
  if (family == "Select") select();
  if (family == "Convert") convert();
  if (family == "Reduction") reduction();
  if (family == "ArgReduction") argReduction();
  if (family == "Contraction") contraction();
  if (family == "Shape") shape();
  if (family == "Random") random();
  if (family == "Constant" || family == "Iota") constants();
  if (family == "Cumulative") cumulative();
  if (family == "Sort") sort();
  if (family == "Control") control();
  if (family == "Transform") transform();
  if (!covered) collection.faults.push_back(std::string("no sample uses the primitive `") + info(op).name + "`");
}

} // namespace

void addPrimitives(Collection &collection, ElementType real) {
  Maker maker(collection, real);
#define FLX_PRIMITIVE(name, arity, family) maker.row(Primitive::name##_);
#include "dialects/Primitives.inc"
#undef FLX_PRIMITIVE
}

} // namespace fluxion::samples
