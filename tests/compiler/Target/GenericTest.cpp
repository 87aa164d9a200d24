// Elementwise kernels and reductions against plain loops: every size from one element up, primes, tails, empty extents.
#include "tests/compiler/Target/Harness.h"
#include <cmath>
#include <cstring>

using namespace fluxion;
using namespace fluxion::cpu;

namespace {

std::string shaped(std::string text, int64_t n) {
  for (size_t at; (at = text.find("$N")) != std::string::npos;) text.replace(at, 2, std::to_string(n));
  return text;
}

// y = tanh-free chain: max(a·b + a, 0) − b
const char *chain = R"(func.func @f(%a: tensor<$Nxf32>, %b: tensor<$Nxf32>) -> tensor<$Nxf32> {
  %zero = flx.constant dense<0.0> : tensor<$Nxf32>
  %0 = flx.mul %a, %b : tensor<$Nxf32>
  %1 = flx.add %0, %a : tensor<$Nxf32>
  %2 = flx.max %1, %zero : tensor<$Nxf32>
  %3 = flx.sub %2, %b : tensor<$Nxf32>
  return %3 : tensor<$Nxf32>
})";

TEST(Generic, ChainOfAnySize) {
  for (HarnessOptions way : everyWay())
    for (int64_t n : {0, 1, 2, 3, 7, 16, 17, 31, 64, 97, 128, 1000, 100003}) {
      Program program(shaped(chain, n), way);
      ASSERT_TRUE(program.valid()) << program.error;
      auto a = sample<float>(n), b = sample<float>(n, 1);
      std::vector<float> y(n + 1, 77.f);
      program.call({a.data(), b.data()}, {y.data()});
      for (int64_t i = 0; i < n; ++i)
        ASSERT_FLOAT_EQ(y[i], std::max(a[i] * b[i] + a[i], 0.f) - b[i]) << n << " at " << i;
      EXPECT_EQ(y[n], 77.f);
    }
}

// x[n:n] reads nothing, also where it would begin behind the last element; sums and products of nothing are 0 and 1.
TEST(Generic, NothingBehindTheEnd) {
  for (HarnessOptions way : everyWay()) {
    Program program(R"(func.func @f(%x: tensor<3xf32>) -> (tensor<0xf32>, tensor<0xf32>, tensor<f32>, tensor<2xf32>) {
      %0 = flx.slice %x offsets [3] strides [1] : tensor<3xf32> -> tensor<0xf32>
      %1 = flx.mul %0, %0 : tensor<0xf32>
      %2 = flx.sum %1 axes [0] : tensor<0xf32> -> tensor<f32>
      %3 = flx.broadcast %x dims [0] : tensor<3xf32> -> tensor<3x2xf32>
      %4 = flx.slice %3 offsets [3, 0] strides [1, 1] : tensor<3x2xf32> -> tensor<0x2xf32>
      %5 = flx.prod %4 axes [0] : tensor<0x2xf32> -> tensor<2xf32>
      return %0, %1, %2, %5 : tensor<0xf32>, tensor<0xf32>, tensor<f32>, tensor<2xf32>
    })",
                    way);
    ASSERT_TRUE(program.valid()) << program.error;
    std::vector<float> x{1, 2, 3}, a{7}, b{7}, sum{7}, product{7, 7};
    program.call({x.data()}, {a.data(), b.data(), sum.data(), product.data()});
    EXPECT_EQ(a[0], 7);
    EXPECT_EQ(b[0], 7);
    EXPECT_EQ(sum[0], 0);
    EXPECT_EQ(product, (std::vector<float>{1, 1}));
  }
}

TEST(Generic, Scalars) {
  for (HarnessOptions way : everyWay()) {
    Program program(R"(func.func @f(%a: tensor<f64>, %b: tensor<f64>) -> (tensor<f64>, tensor<i1>, tensor<i64>) {
      %0 = flx.div %a, %b : tensor<f64>
      %1 = flx.lt %a, %b : tensor<f64>
      %2 = flx.convert %0 : tensor<f64> to tensor<i64>
      return %0, %1, %2 : tensor<f64>, tensor<i1>, tensor<i64>
    })",
                    way);
    ASSERT_TRUE(program.valid()) << program.error;
    double a = 7, b = -2, y = 0;
    uint8_t less = 9;
    int64_t whole = 0;
    program.call({&a, &b}, {&y, &less, &whole});
    EXPECT_EQ(y, -3.5);
    EXPECT_EQ(less, 0);
    EXPECT_EQ(whole, -3);
  }
}

void transposeSelect(int64_t m, int64_t n) {
  std::string text =
      R"(func.func @f(%x: tensor<$Mx$Nxf32>, %row: tensor<$Nxf32>, %column: tensor<$Mxf32>, %t: tensor<$Nx$Mxf32>)
        -> (tensor<$Mx$Nxf32>, tensor<$Mx$Nxi1>) {
      %r = flx.broadcast %row dims [1] : tensor<$Nxf32> -> tensor<$Mx$Nxf32>
      %c = flx.broadcast %column dims [0] : tensor<$Mxf32> -> tensor<$Mx$Nxf32>
      %tt = flx.transpose %t [1, 0] : tensor<$Nx$Mxf32> -> tensor<$Mx$Nxf32>
      %0 = flx.add %x, %r : tensor<$Mx$Nxf32>
      %1 = flx.mul %0, %c : tensor<$Mx$Nxf32>
      %2 = flx.gt %1, %tt : tensor<$Mx$Nxf32>
      %3 = flx.select %2, %1, %tt : tensor<$Mx$Nxf32>
      return %3, %2 : tensor<$Mx$Nxf32>, tensor<$Mx$Nxi1>
    })";
  for (size_t at; (at = text.find("$M")) != std::string::npos;) text.replace(at, 2, std::to_string(m));
  for (HarnessOptions way : everyWay()) {
    Program program(shaped(text, n), way);
    ASSERT_TRUE(program.valid()) << program.error;
    auto x = sample<float>(m * n), row = sample<float>(n, 1), column = sample<float>(m, 2), t = sample<float>(m * n, 3);
    std::vector<float> y(m * n);
    std::vector<uint8_t> mask(m * n);
    program.call({x.data(), row.data(), column.data(), t.data()}, {y.data(), mask.data()});
    for (int64_t i = 0; i < m; ++i)
      for (int64_t j = 0; j < n; ++j) {
        float v = (x[i * n + j] + row[j]) * column[i], o = t[j * m + i];
        ASSERT_EQ(mask[i * n + j], v > o);
        ASSERT_FLOAT_EQ(y[i * n + j], v > o ? v : o);
      }
  }
}

TEST(Generic, BroadcastTransposeSelect) {
  transposeSelect(13, 37);
  transposeSelect(50, 70);   // squares, and a rest on both sides
  transposeSelect(64, 1024); // squares dealt to chunks
}

TEST(Generic, SliceIotaConvert) {
  for (HarnessOptions way : everyWay()) {
    Program program(R"(func.func @f(%x: tensor<11x20xi32>) -> (tensor<5x7xf32>, tensor<7xi32>, tensor<i32>) {
      %s = flx.slice %x offsets [1, 3] strides [2, 2] : tensor<11x20xi32> -> tensor<5x7xi32>
      %i = flx.iota axis 1 : tensor<5x7xi32>
      %0 = flx.mul %s, %i : tensor<5x7xi32>
      %1 = flx.convert %0 : tensor<5x7xi32> to tensor<5x7xf32>
      %2 = flx.iota axis 1 : tensor<11x20xi32>
      %3 = flx.slice %2 offsets [0, 2] strides [1, 3] : tensor<11x20xi32> -> tensor<1x6xi32>
      %p = flx.slice %x offsets [0, 0] strides [1, 1] : tensor<11x20xi32> -> tensor<11x7xi32>
      %4 = flx.sum %p axes [0] : tensor<11x7xi32> -> tensor<7xi32>
      %5 = flx.sum %3 axes [0, 1] : tensor<1x6xi32> -> tensor<i32>
      return %1, %4, %5 : tensor<5x7xf32>, tensor<7xi32>, tensor<i32>
    })",
                    way);
    ASSERT_TRUE(program.valid()) << program.error;
    std::vector<int32_t> x(220);
    for (int i = 0; i < 220; ++i) x[i] = i * 31 % 101 - 50;
    std::vector<float> y(35);
    std::vector<int32_t> sums(7);
    int32_t total = 0;
    program.call({x.data()}, {y.data(), sums.data(), &total});
    for (int i = 0; i < 5; ++i)
      for (int j = 0; j < 7; ++j) ASSERT_EQ(y[i * 7 + j], float(x[(1 + 2 * i) * 20 + 3 + 2 * j] * j));
    for (int j = 0; j < 7; ++j) {
      int32_t sum = 0;
      for (int i = 0; i < 11; ++i) sum += x[i * 20 + j];
      ASSERT_EQ(sums[j], sum);
    }
    EXPECT_EQ(total, 2 + 5 + 8 + 11 + 14 + 17);
  }
}

template <class T> void sums(const char *type, double tolerance, int64_t m, int64_t n, int64_t k) {
  std::string t = type, cube = std::to_string(m) + "x" + std::to_string(n) + "x" + std::to_string(k) + "x" + t;
  auto tensor = [&](std::initializer_list<int64_t> extents) {
    std::string s = "tensor<";
    for (int64_t e : extents) s += std::to_string(e) + "x";
    return s + t + ">";
  };
  std::string x = "tensor<" + cube + ">";
  for (HarnessOptions way : everyWay()) {
    std::string text = "func.func @f(%x: " + x + ") -> (" + tensor({m, n}) + ", " + tensor({m, k}) + ", " +
                       tensor({n, k}) + ", " + tensor({n}) + ", " + tensor({}) + ") {\n %s = flx.mul %x, %x : " + x +
                       "\n";
    text += "%0 = flx.sum %s axes [2] : " + x + " -> " + tensor({m, n}) + "\n%1 = flx.reduce_max %x axes [1] : " + x +
            " -> " + tensor({m, k});
    text += "\n%2 = flx.sum %x axes [0] : " + x + " -> " + tensor({n, k}) +
            "\n%3 = flx.reduce_min %x axes [0, 2] : " + x + " -> " + tensor({n});
    text += "\n%4 = flx.sum %s axes [0, 1, 2] : " + x + " -> " + tensor({}) +
            "\nreturn %0, %1, %2, %3, %4 : " + tensor({m, n}) + ", " + tensor({m, k}) + ", " + tensor({n, k}) + ", " +
            tensor({n}) + ", " + tensor({}) + "\n}";
    Program program(text, way);
    ASSERT_TRUE(program.valid()) << program.error << text;
    auto in = sample<T>(m * n * k);
    std::vector<T> r0(m * n), r1(m * k), r2(n * k), r3(n), r4(1);
    program.call({in.data()}, {r0.data(), r1.data(), r2.data(), r3.data(), r4.data()});
    std::vector<double> e0(m * n, 0), e1(m * k, -1e30), e2(n * k, 0), e3(n, 1e30), e4(1, 0);
    for (int64_t a = 0; a < m; ++a)
      for (int64_t b = 0; b < n; ++b)
        for (int64_t c = 0; c < k; ++c) {
          double v = in[(a * n + b) * k + c];
          e0[a * n + b] += v * v, e2[b * k + c] += v, e4[0] += v * v;
          e1[a * k + c] = std::max(e1[a * k + c], v), e3[b] = std::min(e3[b], v);
        }
    auto near = [&](const std::vector<T> &r, const std::vector<double> &e, const char *what) {
      for (size_t i = 0; i < r.size(); ++i)
        ASSERT_NEAR(double(r[i]), e[i], tolerance * (1 + std::abs(e[i]))) << what << " " << text << " at " << i;
    };
    near(r0, e0, "rows"), near(r1, e1, "max"), near(r2, e2, "columns"), near(r3, e3, "min"), near(r4, e4, "all");
  }
}

TEST(Reduce, AllAxesAllTypes) {
  sums<float>("f32", 1e-5, 5, 3, 7);
  sums<float>("f32", 1e-5, 2, 70, 133);
  sums<double>("f64", 1e-13, 3, 17, 10);
  sums<int32_t>("i32", 0, 4, 9, 33);
  sums<int64_t>("i64", 0, 1, 1, 1);
  sums<float>("f32", 1e-5, 1, 1, 19);
}

TEST(Reduce, LargeAreCutByShape) {
  sums<float>("f32", 2e-5, 3, 500, 301);
  sums<float>("f32", 2e-5, 2000, 3, 100);
  sums<float>("f32", 2e-5, 60001, 2, 1);
  sums<double>("f64", 1e-12, 1, 3, 90007);
}

TEST(Reduce, OverNothing) {
  Program program(R"(func.func @f(%x: tensor<3x0xf32>) -> (tensor<3xf32>, tensor<3xf32>, tensor<0xf32>) {
    %0 = flx.sum %x axes [1] : tensor<3x0xf32> -> tensor<3xf32>
    %1 = flx.prod %x axes [1] : tensor<3x0xf32> -> tensor<3xf32>
    %2 = flx.sum %x axes [0] : tensor<3x0xf32> -> tensor<0xf32>
    return %0, %1, %2 : tensor<3xf32>, tensor<3xf32>, tensor<0xf32>
  })");
  ASSERT_TRUE(program.valid()) << program.error;
  std::vector<float> zeros(3, 5), ones(3, 5);
  program.call({nullptr}, {zeros.data(), ones.data(), nullptr});
  EXPECT_EQ(zeros, std::vector<float>(3, 0));
  EXPECT_EQ(ones, std::vector<float>(3, 1));
}

TEST(Reduce, ArgmaxTakesTheFirstAndNan) {
  for (HarnessOptions way : everyWay()) {
    Program program(R"(func.func @f(%x: tensor<4x5xf32>) -> (tensor<4xi32>, tensor<5xi32>, tensor<4xi1>) {
      %0 = flx.argmax %x axis 1 : tensor<4x5xf32> -> tensor<4xi32>
      %1 = flx.argmin %x axis 0 : tensor<4x5xf32> -> tensor<5xi32>
      %zero = flx.constant dense<0.0> : tensor<4x5xf32>
      %p = flx.gt %x, %zero : tensor<4x5xf32>
      %2 = flx.all %p axes [1] : tensor<4x5xi1> -> tensor<4xi1>
      return %0, %1, %2 : tensor<4xi32>, tensor<5xi32>, tensor<4xi1>
    })",
                    way);
    ASSERT_TRUE(program.valid()) << program.error;
    float nan = NAN, inf = INFINITY;
    std::vector<float> x{1, 3, 3, 2, 0, -inf, -inf, -inf, -inf, -inf, 5, nan, 9, nan, 1, 4, 4, 4, 4, 4};
    std::vector<int32_t> rows(4), columns(5);
    std::vector<uint8_t> positive(4, 9);
    program.call({x.data()}, {rows.data(), columns.data(), positive.data()});
    EXPECT_EQ(rows, (std::vector<int32_t>{1, 0, 1, 0}));
    EXPECT_EQ(columns, (std::vector<int32_t>{1, 2, 1, 2, 1}));
    EXPECT_EQ(positive, (std::vector<uint8_t>{0, 0, 0, 1}));
  }
}

// A host's byte is true unless it is 0, in a loop, behind a contraction, and where it is only handed on.
TEST(Truth, AnyByteButZero) {
  for (HarnessOptions way : everyWay()) {
    Program program(R"(func.func @f(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>, %c: tensor<8x8xi1>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
      %zero = flx.constant dense<0.0> : tensor<8x8xf32>
      %0 = flx.einsum "ij,jk->ik"(%a, %b) : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
      %1 = flx.select %c, %0, %zero : tensor<8x8xf32>
      %2 = flx.convert %c : tensor<8x8xi1> to tensor<8x8xf32>
      return %1, %2 : tensor<8x8xf32>, tensor<8x8xf32>
    })",
                    way);
    ASSERT_TRUE(program.valid()) << program.error;
    std::vector<float> ones(64, 1), product(64), truth(64);
    std::vector<uint8_t> bytes(64);
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = uint8_t(i * 2); // 0, 2, 4, …: the lowest bit says nothing
    program.call({ones.data(), ones.data(), bytes.data()}, {product.data(), truth.data()});
    for (size_t i = 0; i < bytes.size(); ++i) {
      EXPECT_EQ(product[i], bytes[i] ? 8.f : 0.f) << i;
      EXPECT_EQ(truth[i], bytes[i] ? 1.f : 0.f) << i;
    }
  }
}

} // namespace
