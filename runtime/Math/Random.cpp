// Draws of tensors: element i of a draw is a function of (key, i) alone, so any range of it can be made on any thread.
// Words of the counter i/4 leave as four elements. Everything below is exact integer work or +, −, ·, /, √ without
// contraction: the bits are the same on every machine and for every vector width.
#include "fluxion/runtime.h"
#include "runtime/Math/Philox.h"
#include <bit>
#include <cmath>
#include <numbers>
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#pragma clang diagnostic ignored "-Wpass-failed" // sanitizers keep loops from being vectorized
#endif

using namespace fluxion::runtime;

#define INLINE [[gnu::always_inline]] static inline

// Σ c[i]·x^i by Horner's rule, highest coefficient last.
template <class T, int N> INLINE T polynomial(T x, const T (&c)[N]) {
  T sum = c[N - 1];
  for (int i = N - 2; i >= 0; --i) sum = sum * x + c[i];
  return sum;
}

template <class T> struct FloatFormat;
template <> struct FloatFormat<float> {
  using Bits = int32_t;
  static constexpr int mantissa = 23, bias = 127;
};
template <> struct FloatFormat<double> {
  using Bits = int64_t;
  static constexpr int mantissa = 52, bias = 1023;
};

// log x for normal x in (0, 1]: x = m·2^e with m in [√½, √2), log m = 2·artanh s = 2(s + s³/3 + s⁵/5 + …), s =
// (m−1)/(m+1).
template <class T> INLINE T logOf(T x) {
  using Format = FloatFormat<T>;
  using Bits = typename Format::Bits;
  Bits bits = std::bit_cast<Bits>(x);
  // Adding 1 − √½ to the mantissa carries into the exponent exactly when m ≥ √2.
  constexpr Bits shift = std::bit_cast<Bits>(T(1)) - std::bit_cast<Bits>(std::numbers::sqrt2_v<T> / 2);
  int32_t exponent = int32_t((bits + shift) >> Format::mantissa) - Format::bias;
  T m = std::bit_cast<T>(bits - (Bits(exponent) << Format::mantissa));
  T s = (m - 1) / (m + 1), z = s * s;
  T series;
  if constexpr (sizeof(T) == 4) {
    const T c[] = {T(2) / 3, T(2) / 5, T(2) / 7, T(2) / 9};
    series = polynomial(z, c);
  } else {
    const T c[] = {T(2) / 3,  T(2) / 5,  T(2) / 7,  T(2) / 9,  T(2) / 11,
                   T(2) / 13, T(2) / 15, T(2) / 17, T(2) / 19, T(2) / 21};
    series = polynomial(z, c);
  }
  return T(exponent) * std::numbers::ln2_v<T> + (2 * s + s * z * series);
}

// cos and sin of 2π·(quadrant/4 + x/2π), |x| ≤ π/4, by their power series.
template <class T> struct Circle { T cosine, sine; };
template <class T> INLINE Circle<T> circle(uint32_t quadrant, T x) {
  T z = x * x, sine, cosine;
  if constexpr (sizeof(T) == 4) {
    const T s[] = {T(-1) / 6, T(1) / 120, T(-1) / 5040, T(1) / 362880};
    const T c[] = {T(1) / 24, T(-1) / 720, T(1) / 40320, T(-1) / 3628800};
    sine = x + x * z * polynomial(z, s), cosine = 1 - z / 2 + z * z * polynomial(z, c);
  } else {
    const T s[] = {T(-1) / 6,         T(1) / 120,         T(-1) / 5040,         T(1) / 362880,
                   T(-1) / 39916800., T(1) / 6227020800., T(-1) / 1307674368e3, T(1) / 355687428096e3};
    const T c[] = {T(1) / 24,        T(-1) / 720,          T(1) / 40320,         T(-1) / 3628800,
                   T(1) / 479001600, T(-1) / 87178291200., T(1) / 20922789888e3, T(-1) / 6402373705728e3};
    sine = x + x * z * polynomial(z, s), cosine = 1 - z / 2 + z * z * polynomial(z, c);
  }
  bool swap = quadrant & 1;
  T a = swap ? sine : cosine, b = swap ? cosine : sine;
  return {(quadrant + 1) & 2 ? -a : a, quadrant & 2 ? -b : b};
}

// Box–Muller: u uniform in (0, 1], θ uniform: √(−2 log u)·(cos θ, sin θ) are two independent normals.
template <class T> INLINE void boxMuller(T u, uint32_t quadrant, T angle, T *out) {
  T radius = __builtin_elementwise_sqrt(-2 * logOf(u));
  Circle<T> point = circle(quadrant, angle);
  out[0] = radius * point.cosine, out[1] = radius * point.sine;
}

// The nearest of the four quarter turns to word/2³² of a turn; what is left of the word, signed.
INLINE uint32_t quadrantOf(uint32_t word) { return (word + (1u << 29)) >> 30; }
INLINE int32_t restOf(uint32_t word) { return int32_t(word - (quadrantOf(word) << 30)); }

struct UniformF32 {
  using Element = float;
  INLINE void block(int64_t counter, int64_t key, float *out) {
    PhiloxWords words = philox(counter, 0, PhiloxUse::Draw, key);
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      // Multiples of 2⁻²⁴; below 2⁻⁸ those of 2⁻³², in the middle of their steps: never 0, so that a logarithm has a tail.
      float coarse = float(int32_t(words.w[i] >> 8)) * 0x1p-24f, fine = (float(int32_t(words.w[i] & 0xffffff)) + 0.5f) * 0x1p-32f;
      out[i] = words.w[i] < 1u << 24 ? fine : coarse;
    }
  }
};

struct NormalF32 {
  using Element = float;
  INLINE void pair(uint32_t a, uint32_t b, float *out) {
    float u = float(int32_t(a >> 1)) * 0x1p-31f + 0x1p-32f;
    boxMuller(u, quadrantOf(b), float(restOf(b)) * float(2 * std::numbers::pi * 0x1p-32), out);
  }
  INLINE void block(int64_t counter, int64_t key, float *out) {
    PhiloxWords words = philox(counter, 0, PhiloxUse::Draw, key);
    pair(words.w[0], words.w[1], out);
    pair(words.w[2], words.w[3], out + 2);
  }
};

// Doubles take two words each: the elements 2, 3 of a counter come from its lane 1.
struct UniformF64 {
  using Element = double;
  INLINE void block(int64_t counter, int64_t key, double *out) {
#pragma unroll
    for (int lane = 0; lane < 2; ++lane) {
      PhiloxWords words = philox(counter, lane, PhiloxUse::Draw, key);
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        uint32_t high = words.w[2 * i], low = words.w[2 * i + 1];
        double coarse = double(high) * 0x1p-32 + double(int32_t(low >> 11)) * 0x1p-53, fine = (double(low) + 0.5) * 0x1p-64;
        out[2 * lane + i] = high == 0 ? fine : coarse; // never 0, as above
      }
    }
  }
};

struct NormalF64 {
  using Element = double;
  INLINE void block(int64_t counter, int64_t key, double *out) {
#pragma unroll
    for (int lane = 0; lane < 2; ++lane) {
      PhiloxWords words = philox(counter, lane, PhiloxUse::Draw, key);
      double u = double(words.w[0]) * 0x1p-32 + (double(words.w[1]) + 0.5) * 0x1p-64;
      double rest = double(restOf(words.w[2])) + double(words.w[3]) * 0x1p-32;
      boxMuller(u, quadrantOf(words.w[2]), rest * (2 * std::numbers::pi * 0x1p-32), out + 2 * lane);
    }
  }
};

template <class Draw> INLINE void fill(typename Draw::Element *out, int64_t begin, int64_t end, int64_t key) {
  typename Draw::Element edge[4];
  int64_t firstWhole = (begin + 3) / 4, lastWhole = end / 4;
  for (int64_t i = begin; i < end && i < firstWhole * 4;) {
    Draw::block(i / 4, key, edge);
    for (; i < end && i < firstWhole * 4; ++i) out[i] = edge[i % 4];
  }
#pragma clang loop vectorize(enable) interleave(disable)
  for (int64_t counter = firstWhole; counter < lastWhole; ++counter) Draw::block(counter, key, out + 4 * counter);
  if (lastWhole >= firstWhole && lastWhole * 4 < end) {
    Draw::block(lastWhole, key, edge);
    for (int64_t i = lastWhole * 4; i < end; ++i) out[i] = edge[i % 4];
  }
}

// One function per vector width of the machine, chosen when it is first called.
template <class Draw> using Filler = void (*)(typename Draw::Element *, int64_t, int64_t, int64_t);
template <class Draw> static void fillBase(typename Draw::Element *out, int64_t begin, int64_t end, int64_t key) {
  fill<Draw>(out, begin, end, key);
}
#ifdef __x86_64__
template <class Draw>
[[gnu::target("arch=x86-64-v3")]] static void fillAvx2(typename Draw::Element *out, int64_t begin, int64_t end,
                                                       int64_t key) {
  fill<Draw>(out, begin, end, key);
}
template <class Draw>
[[gnu::target("arch=x86-64-v3,avx512f,avx512vl,avx512bw,avx512dq")]] static void
fillAvx512(typename Draw::Element *out, int64_t begin, int64_t end, int64_t key) {
  fill<Draw>(out, begin, end, key);
}
#endif

template <class Draw> static Filler<Draw> chooseFiller() {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return fillAvx512<Draw>;
  if (__builtin_cpu_supports("x86-64-v3")) return fillAvx2<Draw>;
#endif
  return fillBase<Draw>;
}

template <class Draw> static void dispatch(typename Draw::Element *out, int64_t begin, int64_t end, int64_t key) {
  static const Filler<Draw> filler = chooseFiller<Draw>();
  filler(out, begin, end, key);
}

void flx_random_uniform_f32(float *out, int64_t begin, int64_t end, int64_t key) {
  dispatch<UniformF32>(out, begin, end, key);
}
void flx_random_uniform_f64(double *out, int64_t begin, int64_t end, int64_t key) {
  dispatch<UniformF64>(out, begin, end, key);
}
void flx_random_normal_f32(float *out, int64_t begin, int64_t end, int64_t key) {
  dispatch<NormalF32>(out, begin, end, key);
}
void flx_random_normal_f64(double *out, int64_t begin, int64_t end, int64_t key) {
  dispatch<NormalF64>(out, begin, end, key);
}

int64_t flx_random_fold(int64_t key, int64_t data) {
  PhiloxWords words = philox(data, 0, PhiloxUse::Fold, key);
  return int64_t(uint64_t(words.w[1]) << 32 | words.w[0]);
}
