// W vectors of W lanes, transposed in registers. In: the rows of a square matrix. Out: its columns.
#include "compiler/Target/Cpu/ContractBuilder.h"
#include "mlir/IR/TypeUtilities.h"
using namespace mlir;

namespace fluxion::cpu {

// Note [Transposition in registers]
// A W×W matrix is E×E matrices inside the 128-bit blocks of its rows (E = 4 for f32, 2 for f64), and blocks that change
// places. The inner transpositions are unpack instructions, the outer ones move whole blocks: log₂W shuffles a vector.
static SmallVector<int64_t> unpack(int64_t lanes, int64_t block, int64_t run, bool high) {
  SmallVector<int64_t> order; // of each block: runs of `a` and `b` alternate, from its low or its high half
  for (int64_t at = 0; at < lanes; at += block)
    for (int64_t i = 0; i < block / 2; i += run)
      for (int64_t source : {int64_t(0), lanes})
        for (int64_t r = 0; r < run; ++r) order.push_back(source + at + (high ? block / 2 : 0) + i + r);
  return order;
}

ContractBuilder::Values ContractBuilder::transpose(ValueRange rows) {
  Values v(rows);
  int64_t lanes = rows.size(), bits = getElementTypeOrSelf(rows[0].getType()).getIntOrFloatBitWidth();
  int64_t block = std::min<int64_t>(lanes, 128 / bits);
  // Inside blocks: after unpacking runs of 1, 2, …, rows g·E … g·E+E−1 hold the columns c of every block.
  for (int64_t run = 1; run < block; run *= 2) {
    Values next(lanes);
    for (int64_t group = 0; group < lanes; group += block)
      for (int64_t i = 0; i < block / 2; ++i) {
        // Pair rows whose distance is `run`; the low halves land at 2·(pair), the high ones beside them.
        int64_t a = group + (i / run) * 2 * run + i % run, b = a + run;
        next[a] = shuffle(v[a], v[b], unpack(lanes, block, run, false));
        next[b] = shuffle(v[a], v[b], unpack(lanes, block, run, true));
      }
    v = next;
  }
  if (block == 4) // unpacking leaves the columns of a group in bit-reversed order
    for (int64_t group = 0; group < lanes; group += block) std::swap(v[group + 1], v[group + 2]);
  // Between blocks: the L vectors of column c hold L blocks each; transpose that L×L matrix of blocks.
  int64_t count = lanes / block;
  for (int64_t distance = 1; distance < count; distance *= 2) {
    SmallVector<int64_t> low, high; // blocks with this bit clear, or set, of a then b
    for (int64_t source : {int64_t(0), lanes})
      for (int64_t at = 0; at < count; at += 2)
        for (int64_t r = 0; r < block; ++r) {
          low.push_back(source + at * block + r);
          high.push_back(source + (at + 1) * block + r);
        }
    Values next(lanes);
    for (int64_t c = 0; c < block; ++c)
      for (int64_t pair = 0; pair < count / 2; ++pair) {
        Value a = v[2 * pair * block + c], b = v[(2 * pair + 1) * block + c];
        next[pair * block + c] = shuffle(a, b, low);
        next[(pair + count / 2) * block + c] = shuffle(a, b, high);
      }
    v = next;
  }
  return v;
}

} // namespace fluxion::cpu
