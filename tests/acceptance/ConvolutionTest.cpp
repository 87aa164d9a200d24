// Convolutions and pooling from source to code, beside loops over the definition: stride, padding, dilation, groups.
#include "compiler/Driver/include/fluxion/session.h"
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

using namespace fluxion::api;

namespace {

std::vector<double> numbers(int64_t count, int salt) {
  std::vector<double> made;
  for (int64_t i = 0; i < count; ++i) made.push_back(std::sin(12.9898 * double(i + 1) + salt));
  return made;
}

std::vector<double> run(const std::string &source, const std::vector<std::pair<std::string, View>> &arguments) {
  auto module = Session().compileString(source, "m.flx");
  EXPECT_TRUE(module) << module.error().render();
  std::vector<Argument> given;
  for (const auto &[name, view] : arguments) given.push_back({name, view});
  auto result = module->function("f")->call(given);
  EXPECT_TRUE(result) << result.error().render();
  auto values = result->single().values<double>();
  return {values.begin(), values.end()};
}

struct Case {
  int64_t h, w, in, out, kh, kw, sy, sx, py, px, dy, dx, groups;
};

// y[b,oy,ox,o] = Σ_{u,v,i} x[b, oy·s + u·d − p, ox·s + v·d − p, group(o)·I + i]·K[u,v,i,o], zeros outside.
std::vector<double> convolved(const Case &c, const std::vector<double> &x, const std::vector<double> &K, int64_t batch) {
  int64_t ny = (c.h + 2 * c.py - c.dy * (c.kh - 1) - 1) / c.sy + 1, nx = (c.w + 2 * c.px - c.dx * (c.kw - 1) - 1) / c.sx + 1;
  int64_t each = c.in / c.groups, perGroup = c.out / c.groups;
  std::vector<double> y;
  for (int64_t b = 0; b < batch; ++b)
    for (int64_t oy = 0; oy < ny; ++oy)
      for (int64_t ox = 0; ox < nx; ++ox)
        for (int64_t o = 0; o < c.out; ++o) {
          double sum = 0;
          for (int64_t u = 0; u < c.kh; ++u)
            for (int64_t v = 0; v < c.kw; ++v)
              for (int64_t i = 0; i < each; ++i) {
                int64_t yy = oy * c.sy + u * c.dy - c.py, xx = ox * c.sx + v * c.dx - c.px;
                if (yy < 0 || yy >= c.h || xx < 0 || xx >= c.w) continue;
                sum += x[size_t(((b * c.h + yy) * c.w + xx) * c.in + o / perGroup * each + i)] *
                       K[size_t(((u * c.kw + v) * each + i) * c.out + o)];
              }
          y.push_back(sum);
        }
  return y;
}

void expectClose(const std::vector<double> &got, const std::vector<double> &expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) ASSERT_NEAR(got[i], expected[i], 1e-12) << i;
}

TEST(Convolution, TwoDimensions) {
  for (const Case &c : {Case{8, 9, 3, 5, 3, 3, 1, 1, 0, 0, 1, 1, 1}, Case{8, 9, 4, 6, 3, 2, 2, 1, 1, 0, 1, 2, 2},
                        Case{7, 7, 4, 4, 3, 3, 2, 3, 1, 1, 1, 1, 4}, Case{5, 6, 2, 8, 1, 1, 1, 1, 0, 0, 1, 1, 2},
                        Case{9, 4, 1, 1, 5, 4, 3, 1, 2, 3, 2, 1, 1}}) {
    auto x = numbers(2 * c.h * c.w * c.in, 1), K = numbers(c.kh * c.kw * c.in / c.groups * c.out, 2);
    auto n = [](int64_t v) { return std::to_string(v); };
    std::string source = "fn f(x: f64[B," + n(c.h) + "," + n(c.w) + "," + n(c.in) + "], K: f64[" + n(c.kh) + "," + n(c.kw) + "," +
                         n(c.in / c.groups) + "," + n(c.out) + "]) = conv2d(x, K, stride = [" + n(c.sy) + ", " + n(c.sx) +
                         "], padding = [" + n(c.py) + ", " + n(c.px) + "], dilation = [" + n(c.dy) + ", " + n(c.dx) +
                         "], groups = " + n(c.groups) + ")";
    SCOPED_TRACE(source);
    auto got = run(source, {{"x", view(x.data(), {2, c.h, c.w, c.in})}, {"K", view(K.data(), {c.kh, c.kw, c.in / c.groups, c.out})}});
    expectClose(got, convolved(c, x, K, 2));
  }
}

TEST(Convolution, OneDimensionWithOpenExtents) {
  Case c{1, 11, 3, 4, 1, 5, 1, 2, 0, 2, 1, 1, 1};
  auto x = numbers(2 * c.w * c.in, 3), K = numbers(c.kw * c.in * c.out, 4);
  auto got = run("fn f(x: f64[B,L,I], K: f64[S,I,O]) = conv1d(x, K, stride = 2, padding = \"same\")",
                 {{"x", view(x.data(), {2, c.w, c.in})}, {"K", view(K.data(), {c.kw, c.in, c.out})}});
  expectClose(got, convolved(c, x, K, 2));
}

// y[b, iy·s + u − p, ix·s + v − p, o] += Σ_i x[b,iy,ix,i]·K[u,v,i,o], what falls outside cut off.
TEST(Convolution, Transposed) {
  const int64_t h = 4, w = 3, in = 3, out = 2, kh = 3, kw = 4, sy = 2, sx = 3, py = 1, px = 0;
  const int64_t ny = (h - 1) * sy + kh - 2 * py, nx = (w - 1) * sx + kw - 2 * px;
  auto x = numbers(2 * h * w * in, 6), K = numbers(kh * kw * in * out, 7);
  std::vector<double> y(size_t(2 * ny * nx * out));
  for (int64_t b = 0; b < 2; ++b)
    for (int64_t place = 0; place < h * w; ++place)
      for (int64_t tap = 0; tap < kh * kw; ++tap) {
        int64_t oy = place / w * sy + tap / kw - py, ox = place % w * sx + tap % kw - px;
        if (oy < 0 || oy >= ny || ox < 0 || ox >= nx) continue;
        for (int64_t i = 0; i < in; ++i)
          for (int64_t o = 0; o < out; ++o)
            y[size_t(((b * ny + oy) * nx + ox) * out + o)] +=
                x[size_t((b * h * w + place) * in + i)] * K[size_t((tap * in + i) * out + o)];
      }
  auto got = run("fn f(x: f64[B,H,W,I], K: f64[U,V,I,O]) = conv_transpose2d(x, K, stride = [2, 3], padding = [1, 0])",
                 {{"x", view(x.data(), {2, h, w, in})}, {"K", view(K.data(), {kh, kw, in, out})}});
  expectClose(got, y);
}

TEST(Pooling, LargestAndMean) {
  auto x = numbers(2 * 7 * 6 * 2, 5);
  for (auto &value : x) value -= 2; // all below zero: padding must not win
  auto at = [&](int64_t b, int64_t y, int64_t z, int64_t c) { return x[size_t(((b * 7 + y) * 6 + z) * 2 + c)]; };
  std::vector<double> largest, mean;
  for (int64_t b = 0; b < 2; ++b)
    for (int64_t oy = 0; oy < 4; ++oy)
      for (int64_t ox = 0; ox < 3; ++ox)
        for (int64_t c = 0; c < 2; ++c) {
          double best = -INFINITY;
          for (int64_t u = 0; u < 3; ++u)
            for (int64_t v = 0; v < 3; ++v)
              if (int64_t y = 2 * oy + u - 1, z = 2 * ox + v - 1; y >= 0 && y < 7 && z >= 0 && z < 6)
                best = std::max(best, at(b, y, z, c));
          largest.push_back(best);
        }
  for (int64_t b = 0; b < 2; ++b)
    for (int64_t oy = 0; oy < 3; ++oy)
      for (int64_t ox = 0; ox < 3; ++ox)
        for (int64_t c = 0; c < 2; ++c) {
          double sum = 0;
          for (int64_t u = 0; u < 2; ++u)
            for (int64_t v = 0; v < 2; ++v) sum += at(b, 2 * oy + u, 2 * ox + v, c);
          mean.push_back(sum / 4);
        }
  View image = view(x.data(), {2, 7, 6, 2});
  expectClose(run("fn f(x: f64[B,7,6,C]) = max_pool2d(x, 3, stride = 2, padding = 1)", {{"x", image}}), largest);
  expectClose(run("fn f(x: f64[B,H,W,C]) = avg_pool2d(x, 2)", {{"x", image}}), mean);
}

} // namespace
