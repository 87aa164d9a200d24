// An object with everything ours may hold: constants, tables, data, calls near and far. Compiled, and loaded by a test.
#include <fluxion/runtime.h>
#include <math.h>
#include <string.h>

static const double table[] = {1, 10, 100, 1000};
static double scratch[1000];
static int calls = 0;
static const char *const names[] = {"zero", "one", "two", "three"};

static void body(flx_context *context, void *const *closure, int64_t chunk) { ((double *)closure[0])[chunk] = (double)chunk; }

__attribute__((noinline)) static double choose(int64_t i, double x) {
  switch (i) {
  case 0: return exp(x);
  case 1: return sin(x);
  case 2: return pow(x, 3);
  case 3: return flx_lgamma(x);
  case 4: return x * table[2];
  case 5: return (double)strlen(names[3]);
  default: return -1;
  }
}

// (x: f64, which: i64) -> (f64, how many calls so far, the sum over 1000 chunks)
void sample(flx_context *context, void *const *in, void *const *out, void *arena) {
  void *closure[] = {scratch};
  flx_parallel_for(context, body, closure, 1000);
  double sum = 0;
  for (int i = 0; i < 1000; ++i) sum += scratch[i];
  *(double *)out[0] = choose(*(int64_t *)in[1], *(double *)in[0]);
  *(int64_t *)out[1] = ++calls;
  *(double *)out[2] = sum;
}
