// The runtime's names for linking compiled code in memory. Every function of runtime.h that generated code may call is
// here.
#include "fluxion/runtime.h"

#define SYMBOL(name)                                                                                                   \
  { #name, reinterpret_cast < void *>(&name) }

const flx_symbol *flx_runtime_symbols(void) {
  static const flx_symbol symbols[] = {
      SYMBOL(flx_parallel_for),
      SYMBOL(flx_fault),
      SYMBOL(flx_random_uniform_f32),
      SYMBOL(flx_random_uniform_f64),
      SYMBOL(flx_random_normal_f32),
      SYMBOL(flx_random_normal_f64),
      SYMBOL(flx_random_fold),
      SYMBOL(flx_sort_f32),
      SYMBOL(flx_sort_f64),
      SYMBOL(flx_sort_i32),
      SYMBOL(flx_sort_i64),
      SYMBOL(flx_lgamma),
      SYMBOL(flx_polygamma),
      SYMBOL(flx_runtime_symbols),
      SYMBOL(flx_context_create),
      SYMBOL(flx_context_destroy),
      SYMBOL(flx_context_take_fault),
      SYMBOL(flx_allocate),
      SYMBOL(flx_free),
      {nullptr, nullptr},
  };
  return symbols;
}
