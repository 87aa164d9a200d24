// Loops and branches, windows, running sums and sorting against plain loops.
#include "tests/compiler/Reference/Interpret.h"
#include <algorithm>
using namespace fluxion;
using namespace fluxion::test;

namespace {

const double nan = std::numeric_limits<double>::quiet_NaN();
std::vector<double> real(const HostTensors &y, int i = 0) { return y[i].reals; }

Program recurrence(bool reverse, const std::string &length) {
  return Program("func.func @f(%h0: tensor<f64>, %xs: tensor<" + length + "x2xf64>) -> (tensor<f64>, tensor<" + length +
                 "xf64>, tensor<" + length + "xi32>) {\n%r:3 = flx.scan init(%h0) over(%xs) length " + length +
                 (reverse ? " reverse" : "") + " : (tensor<f64>, tensor<" + length +
                 "x2xf64>) -> (tensor<f64>, tensor<" + length + "xf64>, tensor<" + length + R"(xi32>) {
    ^bb0(%i: tensor<i32>, %h: tensor<f64>, %x: tensor<2xf64>):
      %two = flx.constant dense<2.0> : tensor<f64>
      %s = flx.sum %x axes [0] : tensor<2xf64> -> tensor<f64>
      %d = flx.mul %h, %two : tensor<f64>
      %n = flx.add %d, %s : tensor<f64>
      flx.yield %n, %h, %i : tensor<f64>, tensor<f64>, tensor<i32>
    }
    return %r#0, %r#1, %r#2 : tensor<f64>, tensor<)" +
                 length + "xf64>, tensor<" + length + "xi32>\n}");
}

TEST(Loops, ScanIsARecurrence) {
  HostTensor xs = reals({3, 2}, {1, 2, 10, 20, 100, 200});
  HostTensors y = recurrence(false, "3")({scalar(1), xs});
  EXPECT_EQ(real(y), (std::vector<double>{((1 * 2 + 3) * 2 + 30) * 2 + 300}));
  EXPECT_EQ(real(y, 1), (std::vector<double>{1, 5, 40}));
  EXPECT_EQ(y[2].integers, (std::vector<int64_t>{0, 1, 2}));
  // Backward: the slices and stacks keep their own index.
  y = recurrence(true, "3")({scalar(1), xs});
  EXPECT_EQ(real(y), (std::vector<double>{((1 * 2 + 300) * 2 + 30) * 2 + 3}));
  EXPECT_EQ(real(y, 1), (std::vector<double>{634, 302, 1}));
  EXPECT_EQ(y[2].integers, (std::vector<int64_t>{0, 1, 2}));
  y = recurrence(false, "0")({scalar(7), reals({0, 2}, {})});
  EXPECT_EQ(real(y), (std::vector<double>{7}));
  EXPECT_TRUE(y[1].reals.empty());
}

// Halve until at most the limit, in a scan over limits: regions read values from around both.
TEST(Loops, WhileInsideScan) {
  Program f(R"(func.func @f(%x: tensor<f64>, %limits: tensor<3xf64>) -> (tensor<3xf64>, tensor<3xi32>) {
    %half = flx.constant dense<0.5> : tensor<f64>
    %r:2 = flx.scan init() over(%limits) length 3 : (tensor<3xf64>) -> (tensor<3xf64>, tensor<3xi32>) {
    ^bb0(%i: tensor<i32>, %limit: tensor<f64>):
      %zero = flx.constant dense<0> : tensor<i32>
      %w:2 = flx.while init(%x, %zero) : (tensor<f64>, tensor<i32>) -> (tensor<f64>, tensor<i32>) cond {
      ^bb0(%a: tensor<f64>, %n: tensor<i32>):
        %more = flx.gt %a, %limit : tensor<f64>
        flx.yield %more : tensor<i1>
      } do {
      ^bb0(%a: tensor<f64>, %n: tensor<i32>):
        %one = flx.constant dense<1> : tensor<i32>
        %b = flx.mul %a, %half : tensor<f64>
        %m = flx.add %n, %one : tensor<i32>
        flx.yield %b, %m : tensor<f64>, tensor<i32>
      }
      flx.yield %w#0, %w#1 : tensor<f64>, tensor<i32>
    }
    return %r#0, %r#1 : tensor<3xf64>, tensor<3xi32>
  })");
  HostTensors y = f({scalar(8), reals({3}, {9, 3, 0.5})});
  EXPECT_EQ(real(y), (std::vector<double>{8, 2, 0.5}));
  EXPECT_EQ(y[1].integers, (std::vector<int64_t>{0, 2, 4}));
  // x·2⁻ⁿ moves with slope 2⁻ⁿ; how often it is halved depends on the value alone.
  auto moved = reference::interpretJvp(f.function(), {0}, {scalar(8), reals({3}, {9, 3, 0.5})}, {scalar(1)});
  EXPECT_EQ(Program::unwrap(std::move(moved))[2].reals, (std::vector<double>{1, 0.25, 0.0625}));
}

TEST(Loops, BranchTakesOneArm) {
  Program f(R"(func.func @f(%c: tensor<i1>, %x: tensor<f64>) -> (tensor<f64>, tensor<f64>) {
    %r:2 = flx.if %c : (tensor<i1>) -> (tensor<f64>, tensor<f64>) {
      %y = flx.mul %x, %x : tensor<f64>
      flx.yield %y, %x : tensor<f64>, tensor<f64>
    } else {
      %y = flx.log %x : tensor<f64>
      flx.yield %x, %y : tensor<f64>, tensor<f64>
    }
    return %r#0, %r#1 : tensor<f64>, tensor<f64>
  })");
  HostTensor yes = integers({}, {1}, Element::I1), no = integers({}, {0}, Element::I1);
  EXPECT_EQ(real(f({yes, scalar(3)})), (std::vector<double>{9}));
  EXPECT_EQ(real(f({no, scalar(3)})), (std::vector<double>{3}));
  // At 0 the logarithm's slope is infinite; where its arm is not taken nothing of that shows.
  auto moved = Program::unwrap(reference::interpretJvp(f.function(), {1}, {yes, scalar(0)}, {scalar(1)}));
  EXPECT_EQ(moved[2].reals[0], 0);
  EXPECT_EQ(moved[3].reals[0], 1);
}

TEST(Loops, EndlessLoopsRunOutOfBudget) {
  Program f(R"(func.func @f(%x: tensor<f64>) -> tensor<f64> {
    %yes = flx.constant dense<true> : tensor<i1>
    %y = flx.while init(%x) : (tensor<f64>) -> tensor<f64> cond {
    ^bb0(%a: tensor<f64>):
      flx.yield %yes : tensor<i1>
    } do {
    ^bb0(%a: tensor<f64>):
      flx.yield %a : tensor<f64>
    }
    return %y : tensor<f64>
  })");
  reference::Options options;
  options.budget = 100000;
  EXPECT_NE(f.errorOf({scalar(1)}, options).find("too much work"), std::string::npos);
  Program long_(R"(func.func @f(%x: tensor<f64>) -> tensor<f64> {
    %y = flx.scan init(%x) over() length 2000000000 : (tensor<f64>) -> tensor<f64> {
    ^bb0(%i: tensor<i32>, %a: tensor<f64>):
      flx.yield %a : tensor<f64>
    }
    return %y : tensor<f64>
  })");
  EXPECT_NE(long_.errorOf({scalar(1)}, options).find("too much work"), std::string::npos);
}

TEST(Windows, AgreeWithTheirFormula) {
  std::vector<double> x(2 * 11);
  for (size_t i = 0; i < x.size(); ++i) x[i] = double(i * i % 17);
  for (auto [size, stride, dilation] :
       {std::tuple(3, 1, 1), {3, 2, 1}, {2, 3, 4}, {4, 1, 3}, {1, 5, 1}, {12, 1, 1}, {2, 1, 11}}) {
    int64_t reach = dilation * (size - 1), count = reach < 11 ? (11 - 1 - reach) / stride + 1 : 0;
    std::string windowed = "tensor<2x" + std::to_string(count) + "x" + std::to_string(size) + "xf64>";
    std::string steps = "stride = " + std::to_string(stride) + " : i64, dilation = " + std::to_string(dilation) +
                        " : i64, axis = 1 : i64";
    auto w = single("window", {"tensor<2x11xf64>"}, windowed,
                    steps + ", size = " + std::to_string(size) + " : i64")({reals({2, 11}, x)});
    std::vector<double> expected, sums(22, 0.0);
    for (int64_t b = 0; b < 2; ++b)
      for (int64_t p = 0; p < count; ++p)
        for (int64_t k = 0; k < size; ++k) {
          expected.push_back(x[b * 11 + p * stride + k * dilation]);
          sums[b * 11 + p * stride + k * dilation] += expected.back();
        }
    EXPECT_EQ(real(w), expected);
    auto added = single("overlap_add", {windowed}, "tensor<2x11xf64>", steps)({w[0]});
    EXPECT_EQ(real(added), sums);
  }
}

TEST(Windows, RunningSumsAndReversal) {
  HostTensor x = reals({2, 3}, {1, 2, 3, 10, 20, 30});
  auto sums = [&](const std::string &attributes) {
    return real(single("cumsum", {"tensor<2x3xf64>"}, "tensor<2x3xf64>", attributes)({x}));
  };
  EXPECT_EQ(sums("axis = 1 : i64"), (std::vector<double>{1, 3, 6, 10, 30, 60}));
  EXPECT_EQ(sums("axis = 0 : i64"), (std::vector<double>{1, 2, 3, 11, 22, 33}));
  EXPECT_EQ(sums("axis = 1 : i64, exclusive = 1 : i64"), (std::vector<double>{0, 1, 3, 0, 10, 30}));
  EXPECT_EQ(sums("axis = 1 : i64, reverse = 1 : i64"), (std::vector<double>{6, 5, 3, 60, 50, 30}));
  EXPECT_EQ(sums("axis = 1 : i64, reverse = 1 : i64, exclusive = 1 : i64"), (std::vector<double>{5, 3, 0, 50, 30, 0}));
  auto wrapped = single("cumsum", {"tensor<3xi32>"}, "tensor<3xi32>",
                        "axis = 0 : i64")({integers({3}, {INT32_MAX, 1, 1}, Element::I32)});
  EXPECT_EQ(wrapped[0].integers, (std::vector<int64_t>{INT32_MAX, INT32_MIN, INT32_MIN + 1}));
  EXPECT_EQ(real(single("reverse", {"tensor<2x3xf64>"}, "tensor<2x3xf64>", "axes = array<i64: 0, 1>")({x})),
            (std::vector<double>{30, 20, 10, 3, 2, 1}));
}

TEST(Windows, SortIsStableAndNaNIsLast) {
  auto sorted = [](bool descending, std::vector<double> x) {
    std::string n = std::to_string(x.size());
    return Program("func.func @f(%x: tensor<" + n + "xf64>) -> (tensor<" + n + "xf64>, tensor<" + n +
                   "xi32>) {\n%v, %i = flx.sort %x axis 0" + (descending ? " descending" : "") + " : tensor<" + n +
                   "xf64> -> tensor<" + n + "xi32>\nreturn %v, %i : tensor<" + n + "xf64>, tensor<" + n +
                   "xi32>\n}")({reals({int64_t(x.size())}, x)});
  };
  std::vector<double> x{2, nan, -1, 2, 0.0, -0.0, nan, INFINITY, -INFINITY};
  HostTensors up = sorted(false, x), down = sorted(true, x);
  EXPECT_EQ(up[1].integers, (std::vector<int64_t>{8, 2, 4, 5, 0, 3, 7, 1, 6}));
  EXPECT_EQ(down[1].integers, (std::vector<int64_t>{7, 0, 3, 4, 5, 2, 8, 1, 6}));
  for (size_t i = 0; i < x.size(); ++i) {
    double a = up[0].reals[i], b = x[up[1].integers[i]];
    EXPECT_TRUE(a == b || (std::isnan(a) && std::isnan(b)));
  }
  EXPECT_TRUE(sorted(false, {})[0].reals.empty());
  auto columns = Program(R"(func.func @f(%x: tensor<3x2xi32>) -> tensor<3x2xi32> {
    %v, %i = flx.sort %x axis 0 descending : tensor<3x2xi32> -> tensor<3x2xi32>
    return %v : tensor<3x2xi32>
  })")({integers({3, 2}, {1, 6, 5, 2, 3, 4}, Element::I32)});
  EXPECT_EQ(columns[0].integers, (std::vector<int64_t>{5, 6, 3, 4, 1, 2}));
}

} // namespace
