// The interpreter against values worked out by hand, family by family.
#include "tests/compiler/Reference/Interpret.h"
using namespace fluxion;
using namespace fluxion::test;

namespace {

const double nan = std::numeric_limits<double>::quiet_NaN();

TEST(Interpreter, Elementwise) {
  auto binary = [](const char *op, double a, double b) {
    return single(op, {"tensor<f64>", "tensor<f64>"}, "tensor<f64>")({scalar(a), scalar(b)})[0].reals[0];
  };
  EXPECT_EQ(binary("add", 2, 3), 5);
  EXPECT_EQ(binary("sub", 2, 3), -1);
  EXPECT_EQ(binary("mul", 2, 3), 6);
  EXPECT_EQ(binary("div", 3, 2), 1.5);
  EXPECT_EQ(binary("pow", 2, 10), 1024);
  EXPECT_EQ(binary("rem", -7, 3), 2);
  EXPECT_EQ(binary("floordiv", -7, 3), -3);
  EXPECT_TRUE(std::isnan(binary("max", 1, nan)));
  auto unary = [](const char *op, double a) {
    return single(op, {"tensor<f64>"}, "tensor<f64>")({scalar(a)})[0].reals[0];
  };
  EXPECT_EQ(unary("round", 2.5), 2);
  EXPECT_EQ(unary("sign", -3), -1);
  EXPECT_DOUBLE_EQ(unary("softplus", 0), std::log(2));
  EXPECT_DOUBLE_EQ(unary("rsqrt", 4), 0.5);
}

TEST(Interpreter, IntegersAndTruth) {
  auto y = single("floordiv", {"tensor<3xi32>", "tensor<3xi32>"},
                  "tensor<3xi32>")({integers({3}, {-7, 7, 5}, Element::I32), integers({3}, {2, 0, 3}, Element::I32)});
  EXPECT_EQ(y[0].integers, (std::vector<int64_t>{-4, -1, 1}));
  y = single("xor", {"tensor<2xi1>", "tensor<2xi1>"},
             "tensor<2xi1>")({integers({2}, {1, 1}, Element::I1), integers({2}, {0, 1}, Element::I1)});
  EXPECT_EQ(y[0].integers, (std::vector<int64_t>{1, 0}));
  y = single("not", {"tensor<2xi1>"}, "tensor<2xi1>")({integers({2}, {1, 0}, Element::I1)});
  EXPECT_EQ(y[0].integers, (std::vector<int64_t>{0, 1}));
  y = single("lt", {"tensor<3xf64>", "tensor<3xf64>"},
             "tensor<3xi1>")({reals({3}, {1, nan, 2}), reals({3}, {2, 2, 2})});
  EXPECT_EQ(y[0].integers, (std::vector<int64_t>{1, 0, 0}));
  y = single("select", {"tensor<2xi1>", "tensor<2xf64>", "tensor<2xf64>"},
             "tensor<2xf64>")({integers({2}, {1, 0}, Element::I1), reals({2}, {1, nan}), reals({2}, {nan, 4})});
  EXPECT_EQ(y[0].reals, (std::vector<double>{1, 4}));
}

TEST(Interpreter, Convert) {
  auto y = single("convert", {"tensor<6xf64>"}, "tensor<6xi32>")({reals({6}, {2.9, -2.9, 1e10, -1e10, nan, 0})});
  EXPECT_EQ(y[0].integers, (std::vector<int64_t>{2, -2, INT32_MAX, INT32_MIN, 0, 0}));
  y = single("convert", {"tensor<2xf64>"}, "tensor<2xi64>")({reals({2}, {1e30, -1e30})});
  EXPECT_EQ(y[0].integers, (std::vector<int64_t>{INT64_MAX, INT64_MIN}));
  y = single("convert", {"tensor<1xf64>"}, "tensor<1xf32>")({reals({1}, {0.1})});
  EXPECT_EQ(y[0].reals[0], double(0.1f));
  y = single("convert", {"tensor<2xi64>"}, "tensor<2xf64>")({integers({2}, {INT64_MAX, -3})});
  EXPECT_EQ(y[0].reals, (std::vector<double>{0x1p63, -3}));
  y = single("convert", {"tensor<2xf64>"}, "tensor<2xi1>")({reals({2}, {0, nan})});
  EXPECT_EQ(y[0].integers, (std::vector<int64_t>{0, 1}));
}

TEST(Interpreter, Shape) {
  HostTensor x = reals({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(single("transpose", {"tensor<2x3xf64>"}, "tensor<3x2xf64>", "permutation = array<i64: 1, 0>")({x})[0].reals,
            (std::vector<double>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(
      single("broadcast", {"tensor<3xf64>"}, "tensor<2x3xf64>", "dims = array<i64: 1>")({reals({3}, {1, 2, 3})})[0]
          .reals,
      (std::vector<double>{1, 2, 3, 1, 2, 3}));
  EXPECT_EQ(single("slice", {"tensor<2x3xf64>"}, "tensor<2x2xf64>",
                   "offsets = array<i64: 0, 0>, strides = array<i64: 1, 2>")({x})[0]
                .reals,
            (std::vector<double>{1, 3, 4, 6}));
  EXPECT_EQ(single("pad", {"tensor<2xf64>"}, "tensor<6xf64>",
                   "low = array<i64: 1>, high = array<i64: 2>, interior = array<i64: 1>")({reals({2}, {7, 8})})[0]
                .reals,
            (std::vector<double>{0, 7, 0, 8, 0, 0}));
  EXPECT_EQ(single("concat", {"tensor<2x1xf64>", "tensor<2x2xf64>"}, "tensor<2x3xf64>",
                   "axis = 1 : i64")({reals({2, 1}, {1, 2}), reals({2, 2}, {3, 4, 5, 6})})[0]
                .reals,
            (std::vector<double>{1, 3, 4, 2, 5, 6}));
  EXPECT_EQ(single("iota", {}, "tensor<2x3xi32>", "axis = 1 : i64")({})[0].integers,
            (std::vector<int64_t>{0, 1, 2, 0, 1, 2}));
}

TEST(Interpreter, GatherAndScatter) {
  HostTensor x = reals({3, 2}, {1, 2, 3, 4, 5, 6}), at = integers({4}, {2, 0, 2, 9}, Element::I32);
  auto y = single("gather", {"tensor<3x2xf64>", "tensor<4xi32>"}, "tensor<4x2xf64>", "axis = 0 : i64")({x, at});
  EXPECT_EQ(y[0].reals, (std::vector<double>{5, 6, 1, 2, 5, 6, 5, 6})); // 9 means the last
  y = single("scatter_add", {"tensor<4x2xf64>", "tensor<4xi32>"}, "tensor<3x2xf64>", "axis = 0 : i64")({y[0], at});
  EXPECT_EQ(y[0].reals, (std::vector<double>{1, 2, 0, 0, 15, 18}));
  y = single("gather", {"tensor<2x3xf64>", "tensor<1x2xi64>"}, "tensor<2x1x2xf64>",
             "axis = 1 : i64")({reals({2, 3}, {1, 2, 3, 4, 5, 6}), integers({1, 2}, {2, 0})});
  EXPECT_EQ(y[0].reals, (std::vector<double>{3, 1, 6, 4}));
}

TEST(Interpreter, Reductions) {
  HostTensor x = reals({2, 3}, {1, 5, 5, -4, 2, 0});
  auto reduce = [&](const char *op) {
    return single(op, {"tensor<2x3xf64>"}, "tensor<2xf64>", "axes = array<i64: 1>")({x})[0].reals;
  };
  EXPECT_EQ(reduce("sum"), (std::vector<double>{11, -2}));
  EXPECT_EQ(reduce("prod"), (std::vector<double>{25, 0}));
  EXPECT_EQ(reduce("reduce_max"), (std::vector<double>{5, 2}));
  EXPECT_EQ(reduce("reduce_min"), (std::vector<double>{1, -4}));
  auto index = [&](const char *op) {
    return single(op, {"tensor<2x3xf64>"}, "tensor<2xi32>", "axis = 1 : i64")({x})[0].integers;
  };
  EXPECT_EQ(index("argmax"), (std::vector<int64_t>{1, 1}));
  EXPECT_EQ(index("argmin"), (std::vector<int64_t>{0, 0}));
  HostTensor b = integers({2, 2}, {1, 0, 1, 1}, Element::I1);
  EXPECT_EQ(single("any", {"tensor<2x2xi1>"}, "tensor<2xi1>", "axes = array<i64: 0>")({b})[0].integers,
            (std::vector<int64_t>{1, 1}));
  EXPECT_EQ(single("all", {"tensor<2x2xi1>"}, "tensor<2xi1>", "axes = array<i64: 1>")({b})[0].integers,
            (std::vector<int64_t>{0, 1}));
}

TEST(Interpreter, Einsum) {
  HostTensor a = reals({2, 3}, {1, 2, 3, 4, 5, 6}), b = reals({3, 2}, {1, 0, 0, 1, 1, 1});
  auto y =
      single("einsum", {"tensor<2x3xf64>", "tensor<3x2xf64>"}, "tensor<2x2xf64>", "equation = \"ij,jk->ik\"")({a, b});
  EXPECT_EQ(y[0].reals, (std::vector<double>{4, 5, 10, 11}));
  HostTensor m = reals({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(single("einsum", {"tensor<2x2xf64>"}, "tensor<f64>", "equation = \"ii->\"")({m})[0].reals[0], 5);
  EXPECT_EQ(single("einsum", {"tensor<2x2xf64>"}, "tensor<2xf64>", "equation = \"ii->i\"")({m})[0].reals,
            (std::vector<double>{1, 4}));
  EXPECT_EQ(
      single("einsum", {"tensor<2xf64>"}, "tensor<2x2xf64>", "equation = \"i->ii\"")({reals({2}, {7, 8})})[0].reals,
      (std::vector<double>{7, 0, 0, 8}));
  y = single("einsum", {"tensor<2xf64>", "tensor<2xf64>", "tensor<2xf64>"}, "tensor<f64>",
             "equation = \"i,i,i->\"")({reals({2}, {1, 2}), reals({2}, {3, 4}), reals({2}, {5, 6})});
  EXPECT_EQ(y[0].reals[0], 63);
}

TEST(Interpreter, Contract) {
  Program f(R"(func.func @f(%a: tensor<2x3xf64>, %b: tensor<3x2xf64>, %c: tensor<2xf64>) -> tensor<2x2xf64> {
    %y = flx.contract "ij,jk->ik"(%a, %b) epilogue(%c : tensor<2xf64>) maps [affine_map<(i, k) -> (k)>] {
    ^bb0(%acc: f64, %bias: f64):
      %two = flx.constant 2.0 : f64
      %0 = flx.mul %bias, %two : f64
      %1 = flx.add %acc, %0 : f64
      flx.yield %1 : f64
    } : (tensor<2x3xf64>, tensor<3x2xf64>) -> tensor<2x2xf64>
    return %y : tensor<2x2xf64>
  })");
  auto y = f({reals({2, 3}, {1, 2, 3, 4, 5, 6}), reals({3, 2}, {1, 0, 0, 1, 1, 1}), reals({2}, {10, 20})});
  EXPECT_EQ(y[0].reals, (std::vector<double>{24, 45, 30, 51}));
}

TEST(Interpreter, ConstantsAndRandom) {
  Program f(R"(func.func @f() -> (tensor<2x2xf32>, tensor<2xi1>, tensor<i64>) {
    %0 = flx.constant dense<[[1.0, 0.1], [2.0, 3.0]]> : tensor<2x2xf32>
    %1 = flx.constant dense<[true, false]> : tensor<2xi1>
    %2 = flx.constant dense<-5> : tensor<i64>
    return %0, %1, %2 : tensor<2x2xf32>, tensor<2xi1>, tensor<i64>
  })");
  auto y = f({});
  EXPECT_EQ(y[0].reals, (std::vector<double>{1, double(0.1f), 2, 3}));
  EXPECT_EQ(y[1].integers, (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(y[2].integers[0], -5);
  auto u = single("random_uniform", {"tensor<i64>"}, "tensor<1001xf64>")({integers({}, {42})});
  auto n = single("random_normal", {"tensor<i64>"}, "tensor<1001xf32>")({integers({}, {42})});
  double mean = 0, square = 0;
  for (double x : u[0].reals) {
    mean += x / 1001;
    EXPECT_TRUE(x >= 0 && x < 1);
  }
  for (double x : n[0].reals) square += x * x / 1001;
  EXPECT_NEAR(mean, 0.5, 0.04);
  EXPECT_NEAR(square, 1, 0.15);
}

TEST(Interpreter, CallsAndDerivatives) {
  Program f(R"(
    func.func @loss(%x: tensor<2xf64>, %s: tensor<f64>) -> tensor<f64> {
      %0 = flx.mul %x, %x : tensor<2xf64>
      %1 = flx.mul %0, %x : tensor<2xf64>
      %2 = flx.sum %1 axes [0] : tensor<2xf64> -> tensor<f64>
      %3 = flx.mul %2, %s : tensor<f64>
      return %3 : tensor<f64>
    }
    func.func @grad(%x: tensor<2xf64>, %s: tensor<f64>) -> tensor<2xf64> {
      %one = flx.constant dense<1.0> : tensor<f64>
      %y, %g = flx.vjp @loss wrt [0] (%x, %s, %one)
        : (tensor<2xf64>, tensor<f64>, tensor<f64>) -> (tensor<f64>, tensor<2xf64>)
      return %g : tensor<2xf64>
    }
    func.func @f(%x: tensor<2xf64>, %s: tensor<f64>, %v: tensor<2xf64>)
        -> (tensor<f64>, tensor<2xf64>, tensor<2xf64>) {
      %y = call @loss(%x, %s) : (tensor<2xf64>, tensor<f64>) -> tensor<f64>
      %g, %h = flx.jvp @grad wrt [0] (%x, %s, %v)
        : (tensor<2xf64>, tensor<f64>, tensor<2xf64>) -> (tensor<2xf64>, tensor<2xf64>)
      return %y, %g, %h : tensor<f64>, tensor<2xf64>, tensor<2xf64>
    })");
  // s Σx³: gradient 3 s x², Hessian times v: 6 s x v
  HostTensor x = reals({2}, {2, 3}), s = scalar(0.5), v = reals({2}, {1, -1});
  auto y = f({x, s, v});
  EXPECT_EQ(y[0].reals[0], 17.5);
  EXPECT_EQ(y[1].reals, (std::vector<double>{6, 13.5}));
  EXPECT_EQ(y[2].reals, (std::vector<double>{6, -9}));
  auto jvp = Program::unwrap(reference::interpretJvp(f.function("loss"), {0}, {x, s}, {v}));
  EXPECT_EQ(jvp[1].reals[0], 6 - 13.5);
  auto vjp = Program::unwrap(reference::interpretVjp(f.function("loss"), {0, 1}, {x, s}, {scalar(2)}));
  EXPECT_EQ(vjp[1].reals, (std::vector<double>{12, 27}));
  EXPECT_EQ(vjp[2].reals[0], 70);
  auto second = Program::unwrap(reference::interpretSecond(f.function("loss"), {0}, {x, s}, {v}, {v}));
  EXPECT_EQ(second[0].reals[0], 15); // 6 s Σ x v²
}

TEST(Interpreter, TiesShareAndStoppedGradients) {
  Program f(R"(func.func @f(%x: tensor<3xf64>) -> (tensor<f64>, tensor<3xf64>) {
    %0 = flx.reduce_max %x axes [0] : tensor<3xf64> -> tensor<f64>
    %1 = flx.stop_gradient %x : tensor<3xf64>
    %2 = flx.mul %x, %1 : tensor<3xf64>
    return %0, %2 : tensor<f64>, tensor<3xf64>
  })");
  auto y =
      Program::unwrap(reference::interpretJvp(f.function(), {0}, {reals({3}, {4, 4, 1})}, {reals({3}, {1, 2, 5})}));
  EXPECT_EQ(y[2].reals[0], 1.5);
  EXPECT_EQ(y[3].reals, (std::vector<double>{4, 8, 5}));
}

TEST(Interpreter, RoundsOnRequest) {
  Program f = single("add", {"tensor<f32>", "tensor<f32>"}, "tensor<f32>");
  HostTensor a = scalar(1, Element::F32), b = scalar(0x1p-30, Element::F32);
  EXPECT_EQ(f({a, b})[0].reals[0], 1 + 0x1p-30);
  reference::Options options;
  options.roundF32 = true;
  EXPECT_EQ(f({a, b}, options)[0].reals[0], 1);
}

TEST(Interpreter, ErrorsAreValues) {
  Program f = single("add", {"tensor<2xf64>", "tensor<2xf64>"}, "tensor<2xf64>");
  EXPECT_NE(f.errorOf({reals({2}, {1, 2})}), "");
  EXPECT_NE(f.errorOf({reals({2}, {1, 2}), reals({3}, {1, 2, 3})}), "");
  reference::Options options;
  options.budget = 1;
  EXPECT_NE(f.errorOf({reals({2}, {1, 2}), reals({2}, {1, 2})}, options), "");
  Program loop(R"(func.func @f(%x: tensor<f64>) -> tensor<f64> {
    %0 = call @f(%x) : (tensor<f64>) -> tensor<f64>
    return %0 : tensor<f64>
  })");
  EXPECT_NE(loop.errorOf({scalar(1)}), "");
  Program half("func.func @f(%x: tensor<?xf64>) -> tensor<?xf64> { return %x : tensor<?xf64> }");
  EXPECT_NE(half.errorOf({reals({2}, {1, 2})}), "");
}

} // namespace
