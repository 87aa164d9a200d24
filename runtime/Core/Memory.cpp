// Aligned memory: 64 bytes for vectors, a page from 1 MiB up (and then offered to the kernel for huge pages).
#include "fluxion/runtime.h"
#include <cstdlib>
#ifdef __linux__
#include <sys/mman.h>
#endif

void *flx_allocate(size_t bytes) {
  constexpr size_t mebibyte = size_t(1) << 20;
  size_t alignment = bytes >= mebibyte ? 4096 : 64;
  if (bytes > SIZE_MAX - alignment) return nullptr;
  size_t rounded = bytes == 0 ? alignment : (bytes + alignment - 1) / alignment * alignment;
  void *memory = aligned_alloc(alignment, rounded);
#ifdef __linux__
  if (memory && bytes >= 4 * mebibyte) madvise(memory, rounded, MADV_HUGEPAGE);
#endif
  return memory;
}

void flx_free(void *memory) { free(memory); }
