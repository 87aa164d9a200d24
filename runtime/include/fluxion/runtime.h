/* The C ABI between generated code and its runtime. Generated code knows the runtime only through this header.
   Every function is thread-safe unless it says otherwise; none throws; none allocates in the steady state unless it says so. */
#ifndef FLUXION_RUNTIME_H
#define FLUXION_RUNTIME_H
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FLX_ABI_VERSION 1

/* One call's frame. Generated code treats it as opaque and only passes it on. */
typedef struct flx_context flx_context;

/* A compiled function:
     arguments[i]  row-major, contiguous, aligned to its element (64 bytes is faster); read only unless donated
     results[j]    row-major, contiguous; a donated result may be the same pointer as its argument, or a distinct one
     arena         scratch of the size the function reports, aligned to 64 bytes (4096 from 1 MiB up) */
typedef void (*flx_entry)(flx_context *context, void *const *arguments, void *const *results, void *arena);

/* body(context, closure, chunk) for every chunk in [0, chunks): outlined bodies of parallel loops. `closure` is the
   array of pointers the body needs. Chunks are independent; which thread takes which is not defined. */
typedef void (*flx_body)(flx_context *context, void *const *closure, int64_t chunk);
void flx_parallel_for(flx_context *context, flx_body body, void *const *closure, int64_t chunks);

/* Called by generated code when data are at fault: an index out of range (`value`, allowed [0, bound)).
   The call goes on with a clamped index and reports the first fault when it ends. `site` numbers the op in the manifest. */
void flx_fault(flx_context *context, int32_t site, int64_t value, int64_t bound);

/* Counter-based random numbers: Philox4x32-10 (Salmon et al., SC 2011) keyed by `key`, counter = element index / 4.
   uniform in [0, 1); normal by Box–Muller. Writes out[begin] … out[end−1], where `out` points at element 0 of the whole draw:
   the same bits for any thread count and chunking [begin, end). */
void flx_random_uniform_f32(float *out, int64_t begin, int64_t end, int64_t key);
void flx_random_uniform_f64(double *out, int64_t begin, int64_t end, int64_t key);
void flx_random_normal_f32(float *out, int64_t begin, int64_t end, int64_t key);
void flx_random_normal_f64(double *out, int64_t begin, int64_t end, int64_t key);
int64_t flx_random_fold(int64_t key, int64_t data); /* a key independent of `key` for each `data` */

/* Sorts rows [begin, end) of x, whose row r starts at element r / stride · extent · stride + r % stride and goes on by
   `stride`: the values in order, and the place in the row that each came from. Stable; NaN last, in descending order too.
   `room` holds 2·extent pairs of a value and an int32_t. */
#define FLX_SORT(NAME, T)                                                                                              \
  void NAME(const T *x, T *values, int32_t *indices, int64_t begin, int64_t end, int64_t extent, int64_t stride,      \
            int64_t descending, void *room);
FLX_SORT(flx_sort_f32, float)
FLX_SORT(flx_sort_f64, double)
FLX_SORT(flx_sort_i32, int32_t)
FLX_SORT(flx_sort_i64, int64_t)
#undef FLX_SORT

/* Scalar special functions that have no vector form yet. */
double flx_lgamma(double x);
double flx_polygamma(int64_t order, double x); /* ψ⁽ⁿ⁾(x), order ≥ 0 */

/* Names and addresses of everything above, for linking compiled code in memory; ends with a null name. */
typedef struct { const char *name; void *address; } flx_symbol;
const flx_symbol *flx_runtime_symbols(void);

/* Frames. threads = 0: as many as the machine has, or FLUXION_THREADS. Creation may allocate. */
flx_context *flx_context_create(int32_t threads);
void flx_context_destroy(flx_context *);
/* The first fault since the last call of this function: 1 and the fault, or 0. */
typedef struct { int32_t site; int64_t value, bound; } flx_fault_record;
int32_t flx_context_take_fault(flx_context *, flx_fault_record *);

void *flx_allocate(size_t bytes); /* aligned to 64 bytes, to 4096 from 1 MiB up; null when memory is out */
void flx_free(void *);

#ifdef __cplusplus
}
#endif
#endif
