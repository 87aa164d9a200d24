// Functions that the builder calls, misused: callees that are not there, bodies that do not fit, results that cannot be.
#include "Support.h"
#include "frontend/Graph/Primitive.h"
#include <limits>

using namespace fluxion;
using namespace fluxion::test;

namespace {
using Values = std::vector<Value>;
using Body = GraphBuilder::Body;
const Dim N = Dim::named("N");

// A function with the parameters x: f32[N], c: bool, k: i64, and what is said as it is built.
std::string said(const std::function<Values(GraphBuilder &, Value x, Value c, Value k)> &calls) {
  Module module;
  DiagnosticSink sink;
  GraphBuilder b(module, "f", sink);
  Value x = b.parameter("x", f32({N})), c = b.parameter("c", {ElementType::Bool, {}}), k = b.parameter("k", i64());
  Values made = calls(b, x, c, k);
  for (size_t i = 0; i < made.size(); ++i) b.result(made[i], std::to_string(i));
  bool ok = b.finish().has_value();
  EXPECT_EQ(ok, !sink.hasErrors());
  EXPECT_EQ(ok, module.find("f") != nullptr);
  if (ok) return "";
  EXPECT_EQ(sink.errorCount(), 1u) << render(sink);
  EXPECT_TRUE(made.empty());
  return sink.all().empty() ? "" : sink.all()[0].number + " " + sink.all()[0].message;
}

Values nothing(GraphBuilder &, Values) { return {}; }
Values same(GraphBuilder &, Values in) { return in; }
Values carried(GraphBuilder &, Values in) { return {in[1]}; }
Values stacked(GraphBuilder &, Values in) { return {in[1], in[1]}; }
} // namespace

TEST(BuilderBodies, CalleesThatAreNotThere) {
  auto missing = [](int index) { return "E0405 the module has no function " + std::to_string(index); };
  EXPECT_EQ(said([](auto &b, Value x, Value, Value) { return b.vjp(99, {0}, {x}, {x}); }), missing(99));
  EXPECT_EQ(said([](auto &b, Value x, Value, Value) { return b.jvp(99, {0}, {x}, {x}); }), missing(99));
  EXPECT_EQ(said([](auto &b, Value x, Value, Value) { return b.scan(7u, {x}, {}, {}, N); }), missing(7));
  EXPECT_EQ(said([](auto &b, Value x, Value, Value) { return b.whileLoop(7u, 8u, {x}, {}, {}); }), missing(7));
  EXPECT_EQ(said([](auto &b, Value, Value c, Value) { return b.conditional(c, 7u, 8u, {}, {}); }), missing(7));
  EXPECT_EQ(said([](auto &b, Value x, Value, Value) { return b.vjp(0, {0}, {x}, {x}); }), missing(0)); // itself
}

TEST(BuilderBodies, BodiesThatDoNotFit) {
  std::string missing = "E0403 a body is missing";
  EXPECT_EQ(said([](auto &b, Value x, Value, Value) { return b.scan({x}, {}, N, Body()); }), missing);
  EXPECT_EQ(said([](auto &b, Value, Value c, Value) { return b.whileLoop({c}, same, Body()); }), missing);
  EXPECT_EQ(said([](auto &b, Value, Value c, Value k) {
              return b.conditional(c, Body(), [k](GraphBuilder &in, Values) { return Values{in.capture(k, "k")}; });
            }),
            missing);
  EXPECT_EQ(said([](auto &b, Value, Value c, Value k) {
              auto arm = [k](GraphBuilder &in, Values) { return Values{in.capture(k, "k")}; };
              return b.conditional(
                  c,
                  [k](GraphBuilder &in, Values) {
                    in.result(in.capture(k, "k"), "0");
                    in.finish();
                    return Values{};
                  },
                  arm);
            }),
            "E0415 a body returns its values and is finished for it: it does not call `finish`");
}

TEST(BuilderBodies, ThatGiveNothing) {
  EXPECT_EQ(said([](auto &b, Value, Value, Value) { return b.scan({}, {}, N, nothing); }), "E0415 this loop gives nothing");
  auto truth = [](GraphBuilder &in, Values) { return Values{in.constant(1, {ElementType::Bool, {}})}; };
  EXPECT_EQ(said([&](auto &b, Value, Value, Value) { return b.whileLoop({}, truth, nothing); }),
            "E0415 this loop gives nothing");
  EXPECT_EQ(said([](auto &b, Value, Value c, Value) { return b.conditional(c, nothing, nothing); }),
            "E0417 the arms of this `if` give nothing");
  // The language says it in these words, once.
  std::string words = "this loop gives nothing";
  expectDiagnostic("fn f(x: f32[N]) -> f32 {\n  let _u = $scan(a in x) { () }\n  sum(x)\n}", "E0415", words);
  expectDiagnostic("fn f(c: bool) -> bool {\n  let _u = $while(h = (); c) { h }\n  c\n}", "E0415", words);
  std::string branch = "fn f(c: bool) -> bool {\n  let _u = if c then () else ()\n  c\n}";
  EXPECT_EQ(check(branch)->sink.errorCount(), 1u) << render(check(branch)->sink);
  EXPECT_EQ(check(branch)->sink.all()[0].number, "E0417");
}

// Every result of a node is a tensor that may be, not the first alone.
TEST(BuilderBodies, ResultsThatCannotBe) {
  Dim huge = Dim(std::numeric_limits<int64_t>::max()) * Dim(2);
  for (const Body &body : {Body(carried), Body(stacked)}) {
    EXPECT_EQ(said([&](auto &b, Value, Value, Value k) { return b.scan({k}, {}, Dim(-3), body); }),
              "E0414 a loop cannot have -3 steps");
    EXPECT_EQ(said([&](auto &b, Value, Value, Value k) { return b.scan({k}, {}, huge, body); }),
              "E0414 a loop cannot have so many steps");
  }
  EXPECT_EQ(said([](auto &b, Value, Value, Value k) {
              Value wide = b.constant(1, f32(std::vector<Dim>(GraphBuilder::maxRank, Dim(1))));
              return b.scan({k}, {}, N, [wide](GraphBuilder &in, Values at) {
                return Values{at[1], in.capture(wide, "wide")};
              });
            }),
            "E0305 a tensor has at most 32 axes, this one would have 33");
  EXPECT_EQ(said([](auto &b, Value, Value, Value k) { return b.scan({k}, {}, Dim(0), stacked); }), "");
}

TEST(BuilderBodies, DerivativesWithRespectToNothing) {
  for (bool forward : {true, false})
    EXPECT_EQ(said([&](auto &b, Value x, Value, Value) {
                DiagnosticSink sink;
                GraphBuilder g(b.module(), "g", sink);
                Value y = g.parameter("y", f32({N}));
                g.result(y * y);
                uint32_t callee = *g.finish();
                return forward ? b.jvp(callee, {}, {x}, {}) : b.vjp(callee, {}, {x}, {x});
              }),
              "E0409 `wrt` is empty");
}

TEST(BuilderBodies, CaptureIsNamedWhereItIsMissing) {
  std::string other = "E0404 a value of another function cannot be used here: a body takes it with `capture(value, name)`";
  EXPECT_EQ(said([](auto &b, Value x, Value, Value) {
              return b.scan({x}, {}, N, [x](GraphBuilder &, Values in) { return Values{in[1] * x}; });
            }),
            other);
  EXPECT_EQ(said([](auto &b, Value x, Value, Value) { // each function between captures it
              return b.scan({x}, {}, N, [x](GraphBuilder &outer, Values in) {
                return outer.scan({in[1]}, {}, N, [x, &outer](GraphBuilder &inner, Values at) {
                  return Values{at[1] * inner.capture(outer.capture(x, "x"), "x")};
                });
              });
            }),
            "");
  EXPECT_EQ(said([](auto &b, Value x, Value, Value) { // its own value is there already
              return b.scan({x}, {}, N, [](GraphBuilder &in, Values at) { return Values{in.capture(at[1], "h")}; });
            }),
            "");
}
