// How a matrix product is cut: the register tile, what is packed, and which chunk computes what. Shape and machine
// decide, never the number of threads, so that every result is computed in one order.
#include "compiler/Target/Cpu/ContractShape.h"
#include "compiler/Target/Cpu/Thresholds.h"
#include <cmath>
#include <limits>
#include <numeric>
using namespace mlir;

namespace fluxion::cpu {

static int64_t product(ArrayRef<int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t(1), std::multiplies<>());
}
static int64_t ceilDiv(int64_t a, int64_t b) { return (a + b - 1) / b; }
static int64_t roundUp(int64_t a, int64_t b) { return ceilDiv(a, b) * b; }

int64_t Gemm::depth() const { return product(k); }
double Gemm::flops() const { return 2.0 * product(batch) * m * n * depth(); }

static void exchange(Gemm &g) {
  std::swap(g.m, g.n);
  std::swap(g.a, g.b);
  auto turn = [](GemmStrides &s) { std::swap(s.m, s.n); };
  turn(g.a), turn(g.b);
  llvm::for_each(g.sides, turn);
  llvm::for_each(g.results, turn);
}

// Cycles to transpose an element while packing, or while storing a tile.
static constexpr double kTransposeCycles = 0.3, kTurnCycles = 0.5;

// Cycles of one batch's product with N along the lanes, for the choice of roles only.
static double roleCycles(const Gemm &g, int64_t lanes) {
  double depth = g.depth();
  double cycles = 0.5 * g.m * ceilDiv(g.n, lanes) * depth;
  if (g.b.n != 1 && g.n > 1) cycles += kTransposeCycles * depth * roundUp(g.n, lanes);
  auto stored = llvm::find_if(g.results, [](const GemmStrides &s) { return !s.summed; });
  if (stored != g.results.end() && stored->n != 1 && g.n > 1)
    cycles += (stored->m == 1 ? kTurnCycles : 2.0) * g.m * g.n;
  return cycles;
}

double gemmCycles(Gemm g, const Machine &machine) {
  int64_t lanes = machine.lanes(g.element);
  double batches = product(g.batch), straight = roleCycles(g, lanes);
  exchange(g);
  return batches * (std::min(straight, roleCycles(g, lanes)) + 30); // and what a tile costs besides
}

// Balanced panels of `total` units by at most `most`: width, how many, and how many have the full width.
static void balance(int64_t total, int64_t most, int64_t &width, int64_t &panels, int64_t &wide) {
  panels = ceilDiv(total, most);
  width = ceilDiv(total, panels);
  wide = total - (width - 1) * panels;
}

// Whether `rows` pieces of memory, `stride` bytes apart, are more than the second-level cache holds at such a distance:
// a stride that shares a large power of two with the cache falls on few of its sets.
static bool collides(int64_t stride, int64_t rows, const Machine &machine) {
  constexpr int64_t ways = 16;
  int64_t way = std::max<int64_t>(machine.l2Bytes / ways, 4096);
  return rows > ways * (way / std::gcd(way, stride));
}

// Cycles per step in k of an r×v tile: two multiply-adds and two loads a cycle, latency of some five cycles to be
// covered, and a part of the time in which the lines that it reads arrive: more when a panel outgrows the first-level
// cache.
static double tileCycles(const Gemm &g, const Machine &machine, double r, double v) {
  double bytes = g.element.getIntOrFloatBitWidth() / 8, aLines = r * bytes / 64,
         bLines = v * machine.lanes(g.element) * bytes / 64;
  bool across = g.a.m == 1 && g.m > 1; // neighbours in k lie lines apart
  if (across) aLines = std::fmod(aLines, 1) == 0 || std::fmod(1, aLines) == 0 ? std::ceil(aLines) : aLines + 1;
  // Rows of B in place that fill more than half of their sets of the second-level cache do not stay in the first.
  bool crowded = g.b.n == 1 && collides(g.b.k.back() * int64_t(bytes), 2 * g.depth(), machine);
  bool streamed = crowded || g.depth() * (aLines + bLines) * 64 > machine.l1Bytes;
  return std::max({0.5 * r * v, 0.5 * (r + v), 5.0}) + (streamed ? 0.4 : 0.1) * (aLines + bLines);
}

static void chooseTile(const Gemm &g, const Machine &machine, GemmBlocking &cut) {
  int64_t columns = ceilDiv(g.n, cut.lanes);
  double best = std::numeric_limits<double>::infinity();
  for (int64_t mostVectors = 1; mostVectors <= 8; ++mostVectors) {
    GemmBlocking t = cut;
    balance(columns, mostVectors, t.vectors, t.colPanels, t.widePanels);
    if (t.vectors != mostVectors) continue;
    int64_t mostRows = std::min<int64_t>(24, (machine.vectorRegisters - 1 - t.vectors) / t.vectors);
    // Rows of A in place: a large power of two apart they share few sets of the first-level cache, of some eight ways.
    int64_t sets = 4096 / std::gcd<int64_t>(4096, std::max<int64_t>(1, g.a.m) * g.element.getIntOrFloatBitWidth() / 8);
    if (g.a.m > 1) mostRows = std::min(mostRows, std::max<int64_t>(8, 6 * sets));
    for (int64_t rows = 1; rows <= mostRows; ++rows) {
      balance(g.m, rows, t.rows, t.rowPanels, t.tallPanels);
      if (t.rows != rows) continue;
      // A panel one row short computes that row in vain; one a vector short is code of its own.
      double cycles = t.rowPanels * (t.widePanels * tileCycles(g, machine, rows, t.vectors) +
                                     (t.colPanels - t.widePanels) * tileCycles(g, machine, rows, t.vectors - 1));
      if (t.widePanels != t.colPanels) cycles *= 1.04;
      if (cycles < best) best = cycles, cut = t;
    }
  }
}

// Which operands are packed. B is read in vectors, so its columns must be contiguous; A is read element by element in
// any order. Both are read in place where the caches can hold them so: what packing would save costs more than it.
static void chooseAccess(const Gemm &g, const Machine &machine, GemmBlocking &cut) {
  int64_t bytes = g.element.getIntOrFloatBitWidth() / 8, depth = g.depth(), aStep = g.a.k.back() * bytes,
          bStep = g.b.k.back() * bytes;
  bool severalK = g.k.size() > 1, manyRows = cut.rowPanels >= 4, manyColumns = cut.colPanels >= 4;
  bool packA = severalK || (manyColumns && g.a.m == 1 && g.m > 1 && collides(aStep, cut.depthBlock, machine));
  bool packB = severalK || (g.b.n != 1 && g.n > 1) ||
               (manyRows && (collides(bStep, cut.depthBlock, machine) || depth * g.n * bytes > machine.l2Bytes));
  bool shared = cut.chunksPerBatch > 1;
  if (packA) cut.a = shared && cut.chunkColumns ? GemmAccess::PackedAhead : GemmAccess::PackedByChunk;
  if (packB) cut.b = shared && !cut.chunkColumns ? GemmAccess::PackedAhead : GemmAccess::PackedByChunk;
  cut.rowPitch = roundUp(cut.rows, cut.lanes);
  cut.colPitch = cut.vectors * cut.lanes;
}

static void chooseDepth(const Gemm &g, GemmBlocking &cut) {
  int64_t bytes = g.element.getIntOrFloatBitWidth() / 8, depth = g.depth();
  // In place, neighbours in k of a transposed A lie a line or more apart: fewer of them stay in the caches.
  bool across = g.a.m == 1 && g.m > 1;
  int64_t most = g.k.size() > 1 ? depth : across ? 512 : 4096 / bytes;
  cut.depthBlocks = std::max<int64_t>(1, ceilDiv(depth, most));
  cut.unroll = depth < 2 ? 1 : 2;
  cut.depthBlock =
      cut.depthBlocks == 1 ? depth : roundUp(ceilDiv(depth, cut.depthBlocks), std::max<int64_t>(cut.unroll, cut.lanes));
  cut.depthBlocks = std::max<int64_t>(1, ceilDiv(depth, cut.depthBlock));
}

// Pieces to a chunk. The larger a chunk, the more often it uses what it has read: sixteen of them will do, unless each
// would be more than one block of pieces. Of the sizes left, the one that loads two, four and eight threads most
// evenly: of the sizes that make as many chunks the smallest, so that chunks are counted, not sizes, which are as many as
// the extent is long.
static int64_t chunkSize(double nanoseconds, int64_t pieces, int64_t block) {
  int64_t most = std::min(chunksFor(nanoseconds, pieces), std::max<int64_t>(16, pieces / block)), best = pieces;
  double bestScore = 0;
  for (int64_t wanted = most; wanted >= 1; --wanted) {
    int64_t size = std::max<int64_t>(1, ceilDiv(pieces, wanted)), chunks = ceilDiv(pieces, size);
    double score = -0.001 * chunks;
    for (auto [threads, weight] : {std::pair(2, 0.4), {4, 0.25}, {8, 0.2}, {16, 0.15}})
      score += weight * pieces / (double(ceilDiv(chunks, threads)) * threads * size);
    if (score > bestScore) bestScore = score, best = size;
  }
  return best;
}

static void chooseChunks(const Gemm &g, const Machine &machine, GemmBlocking &cut) {
  int64_t batches = product(g.batch);
  int64_t bytes = g.element.getIntOrFloatBitWidth() / 8, panelBytes = cut.rows * cut.depthBlock * bytes;
  cut.blockPanels = std::max<int64_t>(4, machine.l2Bytes / 2 / std::max<int64_t>(panelBytes, 1));
  double elements =
      double(batches) * (double(g.m) * g.depth() + double(g.n) * g.depth() + double(g.m) * g.n * (1 + g.sides.size()));
  double nanoseconds = g.flops() / (4.0 * cut.lanes * 3.5);   // two multiply-adds a cycle at some 3.5 GHz
  nanoseconds = std::max(nanoseconds, elements * bytes / 20); // or what they take to arrive
  cut.chunkColumns = g.n > g.m;
  int64_t panels = cut.chunkColumns ? cut.colPanels : cut.rowPanels;
  if (batches >= 8 || (batches > 1 && batches >= panels)) {
    cut.chunkBatches = chunkSize(nanoseconds, batches, 1);
    cut.chunks = ceilDiv(batches, cut.chunkBatches);
    cut.chunkPanels = panels;
  } else {
    cut.chunkPanels = chunkSize(nanoseconds / batches, panels, cut.blockPanels);
    cut.chunksPerBatch = ceilDiv(panels, cut.chunkPanels);
    cut.chunks = batches * cut.chunksPerBatch;
    if (cut.chunksPerBatch == 1 && nanoseconds < threshold::serialBatchNanoseconds) cut.chunks = 1, cut.chunkBatches = batches;
  }
}

GemmBlocking chooseBlocking(Gemm &g, const Machine &machine) {
  GemmBlocking cut;
  cut.lanes = machine.lanes(g.element);
  if (g.k.empty()) g.k = {1}, g.a.k = {0}, g.b.k = {0}; // an outer product
  Gemm other = g;
  exchange(other);
  if (roleCycles(other, cut.lanes) < roleCycles(g, cut.lanes)) g = std::move(other), cut.exchanged = true;
  cut.masked = g.n % cut.lanes != 0;
  chooseTile(g, machine, cut);
  chooseDepth(g, cut);
  chooseChunks(g, machine, cut);
  chooseAccess(g, machine, cut);
  auto alongM = [](const GemmStrides &s) { return s.m == 1 && s.n != 1; };
  bool anyAlongM = g.m > 1 && llvm::any_of(g.results, alongM);
  cut.turned =
      anyAlongM && g.n > 1 && llvm::all_of(g.results, [&](const GemmStrides &s) { return s.summed || alongM(s); });
  // What a tile does at its end is code for each of its vectors, or a loop over its rows.
  cut.throughStack = cut.turned || cut.tallPanels != cut.rowPanels || cut.rows * cut.vectors > 4;
  return cut;
}

} // namespace fluxion::cpu
