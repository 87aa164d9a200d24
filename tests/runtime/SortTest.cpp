// Sorted rows against the order by value, then index: strides, directions, ties, NaN, lengths around the first merge.
#include "fluxion/runtime.h"
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <random>
#include <vector>

namespace {

template <class T>
void sortRows(const T *x, T *v, int32_t *i, int64_t b, int64_t e, int64_t n, int64_t s, int64_t d, void *room) {
  if constexpr (std::is_same_v<T, float>)
    flx_sort_f32(x, v, i, b, e, n, s, d, room);
  else if constexpr (std::is_same_v<T, double>)
    flx_sort_f64(x, v, i, b, e, n, s, d, room);
  else if constexpr (std::is_same_v<T, int32_t>)
    flx_sort_i32(x, v, i, b, e, n, s, d, room);
  else
    flx_sort_i64(x, v, i, b, e, n, s, d, room);
}

template <class T> class Sort : public ::testing::Test {};
using Elements = ::testing::Types<float, double, int32_t, int64_t>;
TYPED_TEST_SUITE(Sort, Elements);

TYPED_TEST(Sort, RowsAsTheLibrarySortsThem) {
  using T = TypeParam;
  std::mt19937 random(7);
  for (int64_t extent : {1, 2, 15, 16, 17, 31, 32, 33, 100, 1000})
    for (int64_t stride : {1, 3})
      for (int64_t descending : {0, 1}) {
        int64_t rows = 2 * stride, first = 1; // the row before `first` stays as it is
        std::vector<T> x(rows * extent), values(rows * extent, T(-77));
        std::vector<int32_t> indices(rows * extent, -77);
        for (T &v : x) {
          v = T(int(random() % (2 * extent)) - int(extent)); // ties
          if (std::is_floating_point_v<T> && random() % 10 == 0) v = T(NAN);
        }
        std::vector<char> room(extent * 2 * 16 + 8);
        sortRows<T>(x.data(), values.data(), indices.data(), first, rows, extent, stride, descending, room.data());
        for (int64_t row = first; row < rows; ++row) {
          int64_t begin = row / stride * extent * stride + row % stride;
          auto at = [&](int32_t i) { return x[begin + i * stride]; };
          std::vector<int32_t> order(extent);
          std::iota(order.begin(), order.end(), 0);
          std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
            bool nanA = at(a) != at(a), nanB = at(b) != at(b);
            if (nanA != nanB) return nanB;
            if (at(a) == at(b) || nanA) return a < b;
            return descending ? at(a) > at(b) : at(a) < at(b);
          });
          for (int64_t i = 0; i < extent; ++i) {
            ASSERT_EQ(indices[begin + i * stride], order[i]) << extent << " " << stride << " " << descending;
            T expected = at(order[i]), got = values[begin + i * stride];
            ASSERT_TRUE(got == expected || (got != got && expected != expected));
          }
        }
        for (int64_t i = 0; i < extent; ++i) ASSERT_EQ(indices[i * stride], -77);
      }
}

} // namespace
