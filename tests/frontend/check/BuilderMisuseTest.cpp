// The builder misused: each mistake is one numbered diagnostic and no function, never a crash or a wrong graph.
#include "Support.h"
#include "frontend/Graph/Primitive.h"
#include "frontend/Syntax/Lexer.h"
#include <limits>

using namespace fluxion;
using namespace fluxion::test;

namespace {
using Values = std::vector<Value>;
constexpr Primitive unknown = Primitive(60000);
const Dim N = Dim::named("N"), D = Dim::named("D"), Q = Dim::named("Q");

// The parameters x: f32[N,D], n: i32[N], c: bool, k: i64, z: c64[N] of a function under construction.
struct Function5 {
  Module module;
  DiagnosticSink sink;
  GraphBuilder b{module, "f", sink};
  Value x = b.parameter("x", f32({N, D})), n = b.parameter("n", i32({N})), c = b.parameter("c", {ElementType::Bool, {}});
  Value k = b.parameter("k", i64()), z = b.parameter("z", {ElementType::C64, {N}});

  // The one diagnostic that `body` and finish() give, as "E0305 message"; no function `f` is made.
  std::string said() {
    EXPECT_FALSE(b.finish());
    EXPECT_EQ(module.find("f"), nullptr);
    EXPECT_EQ(sink.errorCount(), 1u) << render(sink);
    if (sink.all().empty()) return "";
    const Diagnostic &d = sink.all()[0];
    EXPECT_NE(findError(d.number), nullptr) << d.number;
    return d.number + " " + d.message;
  }
};

std::string saidOf(const std::function<Value(Function5 &)> &body) {
  Function5 f;
  Value made = body(f);
  EXPECT_FALSE(made);
  f.b.result(made);
  return f.said();
}
// Of what is found as the function is finished.
std::string saidAtFinish(const std::function<Value(Function5 &)> &body) {
  Function5 f;
  Value made = body(f);
  EXPECT_TRUE(made);
  f.b.result(made);
  return f.said();
}
// Of calls that give no value.
std::string saidOfCalls(const std::function<void(Function5 &)> &calls) {
  Function5 f;
  calls(f);
  return f.said();
}
// Of a function without parameters so far.
std::string saidOfParameters(const std::function<void(GraphBuilder &)> &declare) {
  Module module;
  DiagnosticSink sink;
  GraphBuilder b(module, "f", sink);
  declare(b);
  EXPECT_FALSE(b.finish());
  EXPECT_EQ(sink.errorCount(), 1u) << render(sink);
  return sink.all().empty() ? "" : sink.all()[0].number + " " + sink.all()[0].message;
}
void expectMade(const std::function<void(Function5 &)> &calls) {
  Function5 f;
  calls(f);
  EXPECT_TRUE(f.b.finish());
  EXPECT_FALSE(f.sink.hasErrors()) << render(f.sink);
}
Values only(Value value) { return {value}; }
} // namespace

//===--- Operations ----------------------------------------------------------------------------------------------===//

TEST(BuilderMisuse, ListsOfASliceHaveAnEntryForEachAxis) {
  std::string said = "E0305 `slice` takes two bounds and a stride for each of the 2 axes of f32[N,D]";
  EXPECT_EQ(saidOf([](auto &f) { return f.b.slice(f.x, {Dim(0)}, {Dim(1)}, {1}); }), said);
  EXPECT_EQ(saidOf([](auto &f) { return f.b.slice(f.x, {Dim(0), Dim(0)}, {N, D}, {}); }), said);
  EXPECT_EQ(saidOf([](auto &f) { return f.b.slice(f.x, {Dim(0), Dim(0)}, {N, D, D}, {1, 1}); }), said);
}

TEST(BuilderMisuse, PrimitivesWhereTheyDoNotBelong) {
  EXPECT_EQ(saidOf([](auto &f) { return f.b.apply(unknown, {f.x}); }), "E0405 60000 is no primitive");
  EXPECT_EQ(saidOf([](auto &f) { return f.b.reduce(unknown, f.x, {0}); }), "E0405 60000 is no primitive");
  EXPECT_EQ(saidOf([](auto &f) { return f.b.argReduce(unknown, f.x, 0); }), "E0405 60000 is no primitive");
  EXPECT_EQ(saidOf([](auto &f) { return f.b.apply(Primitive::polygamma_, {f.x}); }), "E0403 `polygamma` has an order");
  for (Primitive op : {Primitive::exp_, Primitive::argmax_, Primitive::add_, Primitive::parameter})
    EXPECT_EQ(saidOf([&](auto &f) { return f.b.reduce(op, f.x, {0}); }),
              std::string("E0404 `") + spelling(op) + "` is no reduction");
  for (Primitive op : {Primitive::exp_, Primitive::sum_, Primitive::reduce_max_})
    EXPECT_EQ(saidOf([&](auto &f) { return f.b.argReduce(op, f.x, 0); }),
              std::string("E0404 `") + spelling(op) + "` gives no position");
}

TEST(BuilderMisuse, ElementTypesOfDrawsAndIota) {
  for (ElementType e : {ElementType::I32, ElementType::Bool, ElementType::C64}) {
    std::string said = "E0309 draws are of float types, not " + TensorType{e, {N}}.print();
    EXPECT_EQ(saidOf([&](auto &f) { return f.b.randomUniform(f.k, {e, {N}}); }), said);
    EXPECT_EQ(saidOf([&](auto &f) { return f.b.randomNormal(f.k, {e, {N}}); }), said);
  }
  for (ElementType e : {ElementType::Bool, ElementType::C64})
    EXPECT_EQ(saidOf([&](auto &f) { return f.b.iota({e, {N}}, 0); }),
              std::string("E0309 `iota` takes float and integer types, not ") + spelling(e));
  expectDiagnostic("fn f(x: f32[N]) = $iota(bool[N], 0)", "E0309");
}

TEST(BuilderMisuse, NumbersThatDoNotFit) {
  TensorType truth{ElementType::Bool, {N}};
  EXPECT_EQ(saidOf([&](auto &f) { return f.b.constant(Weak::rational(7, 2), truth); }),
            "E0316 the value 3.5 is neither 0 nor 1 as bool");
  EXPECT_EQ(saidOf([&](auto &f) { return f.b.constant(Weak::dimension(N), truth); }),
            "E0316 the value N is neither 0 nor 1 as bool");
}

TEST(BuilderMisuse, ZeroWithASignIsZero) {
  Function5 f;
  f.b.result(f.x * -0.0, "0");
  f.b.result(f.n * -0.0, "1");
  f.b.result(f.x * -0.25, "2");
  auto index = f.b.finish();
  ASSERT_TRUE(index) << render(f.sink);
  std::string listing = print(f.module.functions[*index]);
  EXPECT_NE(listing.find("constant() {value = 0} : f32[N,D]"), std::string::npos) << listing;
  EXPECT_NE(listing.find("constant() {value = 0} : i32[N]"), std::string::npos) << listing;
  EXPECT_NE(listing.find("constant() {value = -0.25} : f32[N,D]"), std::string::npos) << listing;
}

//===--- Extents -------------------------------------------------------------------------------------------------===//

TEST(BuilderMisuse, ExtentsThatCannotBe) {
  std::vector<Dim> none = {Dim(0), Dim(0)};
  EXPECT_EQ(saidOf([&](auto &f) { return f.b.pad(f.x, {Dim(0) - N, Dim(0)}, none); }), "E0305 padding is not negative");
  EXPECT_EQ(saidOf([&](auto &f) { return f.b.pad(f.x, none, {Dim(0), Dim(-1) - N}); }), "E0305 padding is not negative");
  auto slice = [&](Dim begin, Dim end) {
    return saidOf([&](auto &f) { return f.b.slice(f.x, {begin, Dim(0)}, {end, D}, {1, 1}); });
  };
  EXPECT_EQ(slice(N, Dim(0)), "E0311 the slice N:0 leaves the axis 0 of extent N");
  EXPECT_EQ(slice(Dim(0) - N, N), "E0311 the slice -N:N leaves the axis 0 of extent N");
  EXPECT_EQ(slice(Dim(0), N + N), "E0311 the slice 0:2*N leaves the axis 0 of extent N");
  EXPECT_EQ(slice(N, N - Dim(2)), "E0311 the slice N:N - 2 leaves the axis 0 of extent N");
  for (const Dim &size : {Dim(0), Dim(0) - N, Dim(1) - N})
    EXPECT_EQ(saidOf([&](auto &f) { return f.b.window(f.x, 0, size); }), "E0311 a window has at least one place");
  expectMade([&](Function5 &f) { // these hold for some extents
    f.b.result(f.b.slice(f.x, {Dim(2), Dim(0)}, {D, Dim(1)}, {1, 1}), "0");
    f.b.result(f.b.pad(f.x, {D - N, Dim(0)}, none), "1");
    f.b.result(f.b.window(f.x, 0, D - Dim(3)), "2");
  });
  Dim half = (Dim(0) - N - Dim(1)).dividedBy(2), floor = Dim(0) - (N - Dim(3)).floordiv(2);
  EXPECT_TRUE(alwaysNegative(half) && alwaysNegative(Dim(-3)) && alwaysNegative(Dim(0) - N * D - D));
  EXPECT_FALSE(alwaysNegative(floor) || alwaysNegative(Dim(0)) || alwaysNegative(D - N) || alwaysNegative(Dim(1) - N));
}

TEST(BuilderMisuse, ReshapesBeyond64Bits) {
  Dim most(std::numeric_limits<int64_t>::max());
  auto reshape = [&](std::vector<Dim> from, std::vector<Dim> to) {
    Module module;
    DiagnosticSink sink;
    GraphBuilder b(module, "f", sink);
    b.result(b.reshape(b.parameter("x", f32(from)), to));
    return b.finish() ? "" : sink.all()[0].number + " " + sink.all()[0].message;
  };
  EXPECT_EQ(reshape({most, most}, {Dim(3), most, Dim(2)}),
            "E0305 f32[9223372036854775807,9223372036854775807] has too many elements, [3,9223372036854775807,2] has too "
            "many");
  EXPECT_EQ(reshape({N, most, Dim(8)}, {most, most}).substr(0, 5), "E0305");
  EXPECT_EQ(reshape({most, most}, {most, most, Dim(1)}), "");
  EXPECT_EQ(reshape({most, Dim(4), most}, {Dim(2), most, most, Dim(2)}), "");
}

TEST(BuilderMisuse, DimensionsThatNoParameterIntroduces) {
  std::string said = "E0203 the dimension `Q` is not known here";
  EXPECT_EQ(saidAtFinish([](auto &f) { return f.b.constant(Weak::rational(1), f32({Q})); }), said);
  EXPECT_EQ(saidAtFinish([](auto &f) { return f.b.constant(Weak::dimension(Q), f32()); }), said);
  Weak root = Weak::binary("mul", Weak::parse("1e-30").value(), Weak::unary("sqrt", Weak::dimension(N + Q)));
  EXPECT_EQ(saidAtFinish([&](auto &f) { return f.b.constant(root, f32()); }), said);
  EXPECT_EQ(saidAtFinish([](auto &f) { return f.b.expand(f.x, 0, Q * N); }), said);
  EXPECT_EQ(saidAtFinish([](auto &f) { return f.b.slice(f.x, {Q, Dim(0)}, {Q + Dim(1), D}, {1, 1}); }), said);
  EXPECT_EQ(saidAtFinish([](auto &f) { return f.b.window(f.x, 0, Q.floordiv(2)); }), said);
  EXPECT_EQ(saidAtFinish([](auto &f) {
              return f.b.scan({f.k}, {}, Q, [](GraphBuilder &, Values in) { return only(in[1]); })[0];
            }),
            said);
  expectMade([](Function5 &f) {
    f.b.dimension("Q");
    f.b.result(f.b.expand(f.x, 0, Q.floordiv(2)), "0");
    Weak known = Weak::binary("div", Weak::rational(1), Weak::unary("sqrt", Weak::dimension(N.floordiv(2))));
    f.b.result(f.b.constant(known, f32({Q})), "1");
  });
}

//===--- Names ---------------------------------------------------------------------------------------------------===//

TEST(BuilderMisuse, PathsOfParameters) {
  for (const char *path : {"", "a b", "fn", ".", "p.", ".p", "p..q", "0", "0.W", "p.a b", "x-y", "2x"})
    EXPECT_EQ(saidOfParameters([&](auto &b) { b.result(b.parameter(path, f32())); }),
              std::string("E0105 `") + path + "` is no name of a parameter");
  for (auto kind = uint8_t(TokenKind::KwFn); kind <= uint8_t(TokenKind::KwScan); ++kind) {
    std::string word = describe(TokenKind(kind));
    word = word.substr(1, word.size() - 2);
    EXPECT_EQ(saidOfParameters([&](auto &b) { b.parameter(word, f32()); }).substr(0, 5), "E0105") << word;
  }
  Module module;
  DiagnosticSink sink;
  GraphBuilder b(module, "f", sink);
  for (const char *path : {"p.blocks.0.W", "p.blocks.1.W", "p.in", "_", "θ₁", "pp"})
    EXPECT_TRUE(b.parameter(path, f32())) << path;
  GraphBuilder inner(module, "inner", sink); // which only others call
  inner.function().isPublic = false;
  EXPECT_TRUE(inner.parameter("0", f32()));
  EXPECT_TRUE(b.finish() && inner.finish()) << render(sink);
}

TEST(BuilderMisuse, PathsThatOverlap) {
  auto parameters = [](std::vector<const char *> paths) {
    return saidOfParameters([&](auto &b) {
      for (const char *path : paths) b.parameter(path, f32());
    });
  };
  EXPECT_EQ(parameters({"p", "q", "p.W"}), "E0202 the parameter `p` would have the part `p.W`");
  EXPECT_EQ(parameters({"p.a.b", "p.a"}), "E0202 the parameter `p.a` would have the part `p.a.b`");
  EXPECT_EQ(parameters({"p.a", "p.a"}), "E0202 the parameter `p.a` is declared twice");
  auto results = [](const char *first, const char *second) {
    return saidOfCalls([&](auto &f) { f.b.result(f.x, first), f.b.result(f.n, second); });
  };
  EXPECT_EQ(results("a", "a"), "E0202 the result `a` is declared twice");
  EXPECT_EQ(results("a", "a.b"), "E0202 the result `a` would have the part `a.b`");
  EXPECT_EQ(results("1.0.W", "1"), "E0202 the result `1` would have the part `1.0.W`");
  std::string alone = "E0202 a result without a path is the only one: several are \"0\", \"1\"";
  EXPECT_EQ(results("", ""), alone);
  EXPECT_EQ(results("", "a"), alone);
  EXPECT_EQ(results("a", ""), alone);
  EXPECT_EQ(saidOfCalls([](auto &f) { f.b.result(f.x, "a b"); }), "E0105 `a b` is no path of a result");
  expectMade([](Function5 &f) { f.b.result(f.x, "1.in"), f.b.result(f.n, "10"), f.b.result(f.n, "0"); });
  for (std::string model : {"t", "loss", "rate"}) // the language keeps the state of models beside its own of these names
    expectClean("struct P { w: f32[4] ~ zeros }\ntrain fit {\n  data (x: f32[B,4]) = csv(\"d.csv\") batch 32\n  model " +
                model + ": P\n  loss = mean((x @ " + model + ".w)^2)\n  optimizer adam(lr = 1e-3)\n  epochs 2\n}\n");
}

TEST(BuilderMisuse, NamesOfDimensions) {
  for (const char *name : {"a b", "fn", "f(N)", "2N", "N."})
    EXPECT_EQ(saidOfParameters([&](auto &b) { b.result(b.parameter("x", f32({Dim::named(name) * Dim(2)}))); }),
              std::string("E0105 `") + name + "` is no name of a dimension");
  EXPECT_EQ(saidOfCalls([](auto &f) { f.b.dimension(""); }), "E0105 `` is no name of a dimension");
}

//===--- Results and finish --------------------------------------------------------------------------------------===//

TEST(BuilderMisuse, Donations) {
  EXPECT_EQ(saidOfCalls([](auto &f) { f.b.donate(57), f.b.result(f.x); }),
            "E0404 the function has 5 parameters, none of position 57");
  EXPECT_EQ(saidOfCalls([](auto &f) { f.b.donate(-2), f.b.result(f.x); }),
            "E0404 the function has 5 parameters, none of position -2");
  EXPECT_EQ(saidOfCalls([](auto &f) { f.b.donate(1), f.b.result(f.x); }),
            "E0404 the parameter `n` is i32[N]: its memory does not hold f32[N,D]");
  EXPECT_EQ(saidOfCalls([](auto &f) {
              f.b.donate(0), f.b.result(f.x, "0");
              f.b.donate(0), f.b.result(f.x, "1");
            }),
            "E0404 two results take the memory of the parameter `x`");
}

TEST(BuilderMisuse, NothingAfterFinish) {
  auto after = [](const std::function<void(Function5 &)> &use) {
    Function5 f;
    f.b.result(f.x);
    EXPECT_TRUE(f.b.finish());
    use(f);
    EXPECT_EQ(f.module.functions.size(), 1u);
    EXPECT_EQ(f.sink.errorCount(), 1u) << render(f.sink);
    EXPECT_EQ(f.sink.all()[0].number + " " + f.sink.all()[0].message,
              "E0404 the function `f` is finished: nothing is added to it");
  };
  after([](auto &f) { EXPECT_FALSE(f.b.finish()); });
  after([](auto &f) { EXPECT_FALSE(f.b.apply(Primitive::exp_, {f.x})); });
  after([](auto &f) { EXPECT_FALSE(2.0 * f.x + f.x); });
  after([](auto &f) { EXPECT_FALSE(f.b.reduceAll(Primitive::sum_, f.x)); });
  after([](auto &f) { EXPECT_FALSE(f.b.constant(1.0, f32())); });
  after([](auto &f) { EXPECT_FALSE(f.b.parameter("y", f32())); });
  after([](auto &f) { f.b.result(f.x, "1"); });
  after([](auto &f) { f.b.dimension("K"); });
  after([](auto &f) {
    EXPECT_TRUE(f.b.scan({}, {}, N, [](GraphBuilder &, Values in) { return only(in[0]); }).empty());
    f.module.functions.resize(1); // the body was made before
  });
}

TEST(BuilderMisuse, TypesAreKnownAfterFinish) {
  Module module;
  DiagnosticSink sink;
  GraphBuilder outer(module, "outer", sink);
  Value a = outer.parameter("a", f32({N})), unused = outer.parameter("u", i64());
  GraphBuilder b(module, "f", sink);
  Value x = b.parameter("x", f64()), y = b.apply(Primitive::exp_, {x});
  Value u = b.capture(unused, "u"), w = b.capture(a, "w"), z = b.reduceAll(Primitive::sum_, w);
  b.result(y, "0"), b.result(z, "1");
  ASSERT_TRUE(b.finish()) << render(sink);
  EXPECT_EQ(y.type(), f64());
  EXPECT_EQ(w.type(), f32({N})); // moved behind the parameters
  EXPECT_EQ(z.type(), f32());
  EXPECT_EQ(u.type(), TensorType()); // it is no part of the function
  module.functions.clear();
  EXPECT_EQ(y.type(), TensorType());
  EXPECT_FALSE(sink.hasErrors());
}
