// Offsets in one arena: interval packing, greedy by size.
#include "compiler/Target/Cpu/Memory.h"
#include "llvm/Support/MathExtras.h"

namespace fluxion::cpu {

int64_t assignOffsets(llvm::MutableArrayRef<Buffer> buffers, int64_t alignment) {
  llvm::SmallVector<Buffer *> bySize, placed; // placed: by offset
  for (Buffer &b : buffers) bySize.push_back(&b);
  llvm::sort(bySize, [&](const Buffer *a, const Buffer *b) {
    return std::make_tuple(-a->bytes, a->first, a) < std::make_tuple(-b->bytes, b->first, b);
  });
  int64_t total = 0;
  for (Buffer *b : bySize) {
    int64_t offset = 0;
    for (const Buffer *other : placed) {
      if (other->last < b->first || b->last < other->first) continue;
      if (offset + b->bytes <= other->offset) break;
      offset = std::max<int64_t>(offset, llvm::alignTo(other->offset + other->bytes, alignment));
    }
    b->offset = offset;
    total = std::max(total, offset + b->bytes);
    placed.insert(llvm::upper_bound(placed, b, [](const Buffer *x, const Buffer *y) { return x->offset < y->offset; }),
                  b);
  }
  return llvm::alignTo(total, alignment);
}

} // namespace fluxion::cpu
