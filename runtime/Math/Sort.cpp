// Sorting rows of tensors: a merge sort of pairs (value, index) in room that the caller lends. Stable, in either
// direction; NaN comes last in both.
#include "fluxion/runtime.h"
#include <cstring>
#include <utility>

namespace {

template <class T> struct Pair {
  T value;
  int32_t index;
};

// True if a has to stand before b whatever their places were.
template <bool descending, class T> bool before(T a, T b) {
  if (a != a) return false;
  return (descending ? a > b : a < b) || b != b;
}

template <bool descending, class T> void insertionSort(Pair<T> *run, int64_t count) {
  for (int64_t i = 1; i < count; ++i) {
    Pair<T> item = run[i];
    int64_t j = i;
    for (; j > 0 && before<descending>(item.value, run[j - 1].value); --j) run[j] = run[j - 1];
    run[j] = item;
  }
}

template <bool descending, class T>
void merge(const Pair<T> *a, const Pair<T> *aEnd, const Pair<T> *bEnd, Pair<T> *to) {
  const Pair<T> *b = aEnd;
  while (a != aEnd && b != bEnd) *to++ = before<descending>(b->value, a->value) ? *b++ : *a++;
  while (a != aEnd) *to++ = *a++;
  while (b != bEnd) *to++ = *b++;
}

// Sorts `pairs`, perhaps into `other`; returns where the sorted ones are.
template <bool descending, class T> Pair<T> *mergeSort(Pair<T> *pairs, Pair<T> *other, int64_t count) {
  constexpr int64_t run = 16;
  for (int64_t i = 0; i < count; i += run) insertionSort<descending>(pairs + i, count - i < run ? count - i : run);
  for (int64_t width = run; width < count; width *= 2) {
    for (int64_t i = 0; i < count; i += 2 * width) {
      int64_t middle = i + width < count ? i + width : count, end = i + 2 * width < count ? i + 2 * width : count;
      merge<descending>(pairs + i, pairs + middle, pairs + end, other + i);
    }
    std::swap(pairs, other);
  }
  return pairs;
}

template <class T>
void sortRows(const T *x, T *values, int32_t *indices, int64_t begin, int64_t end, int64_t extent, int64_t stride,
              int64_t descending, void *room) {
  auto *pairs = static_cast<Pair<T> *>(room);
  for (int64_t row = begin; row < end; ++row) {
    int64_t first = row / stride * extent * stride + row % stride;
    for (int64_t i = 0; i < extent; ++i) pairs[i] = {x[first + i * stride], int32_t(i)};
    const Pair<T> *sorted =
        descending ? mergeSort<true>(pairs, pairs + extent, extent) : mergeSort<false>(pairs, pairs + extent, extent);
    for (int64_t i = 0; i < extent; ++i) {
      values[first + i * stride] = sorted[i].value;
      indices[first + i * stride] = sorted[i].index;
    }
  }
}

} // namespace

#define SORT(NAME, T)                                                                                                  \
  void NAME(const T *x, T *values, int32_t *indices, int64_t begin, int64_t end, int64_t extent, int64_t stride,       \
            int64_t descending, void *room) {                                                                          \
    sortRows(x, values, indices, begin, end, extent, stride, descending, room);                                        \
  }
SORT(flx_sort_f32, float)
SORT(flx_sort_f64, double)
SORT(flx_sort_i32, int32_t)
SORT(flx_sort_i64, int64_t)
