#include "compiler/Target/Cpu/VectorChoice.h"
#include "compiler/Target/Cpu/Reduce.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;

namespace fluxion::cpu {
namespace {

// Cycles of current x86 cores, of one element or one cell; what counts is how they compare.
constexpr double perByte = 1.0 / 32;  // between registers and the second-level cache
constexpr double perVector = 0.5;     // issuing one load or store
constexpr double gathered = 2;        // a scalar load, and its way into the vector
constexpr double turned = 0.4;        // the same, where squares are transposed in registers (Turn.cpp)
constexpr double scattered = 3;       // a lane taken out, and a scalar store
constexpr double perRow = 6;          // beginning and ending a loop
constexpr double perJoin = 3;         // halving an accumulator's lanes
constexpr double cyclesPerNanosecond = 3.5;

double bytesOf(const Access &a) { return memoryElement(a.element).getIntOrFloatBitWidth() / 8.0; }

class Counter {
public:
  Counter(const Nest &nest, unsigned d, int64_t lanes) : nest(nest), d(d), lanes(double(lanes)) {
    inner = nest.reduction | DimSet(1) << d;
  }

  VectorCost count() {
    for (const Access &input : nest.inputs)
      if (input.operand != noOperand) move(input, share(input), reduces() || !isTurnable(input) ? gathered : turned);
    double cell = 1 / double(std::max<int64_t>(1, nest.points(nest.reduction)));
    for (const NestResult &result : nest.results) {
      bool alongSum = result.reduced && (nest.reduction >> d & 1);
      if (alongSum)
        cost.cycles += perJoin * std::log2(lanes) * cell;
      else
        move(result, result.reduced ? cell : 1, scattered);
    }
    double extent = double(std::max<int64_t>(1, nest.extents[d]));
    double waste = std::ceil(extent / lanes) * lanes / extent; // lanes that compute nothing
    cost.cycles += nest.nanoseconds * cyclesPerNanosecond * waste + perRow / extent;
    return cost;
  }

private:
  bool reduces() const { return nest.reduction != 0; }
  bool isTurnable(const Access &a) const { return llvm::is_contained(a.strides, 1) && bytesOf(a) >= 4; }

  // How often a point needs the access anew: what does not move along inner loops is hoisted out of them.
  double share(const Access &a) const {
    double share = 1;
    for (unsigned loop : members(inner))
      if (!a.strides[loop]) share /= double(std::max<int64_t>(1, nest.extents[loop]));
    return share;
  }

  void move(const Access &a, double share, double alone) {
    int64_t stride = a.strides[d];
    cost.bytes += bytesOf(a) * share;
    cost.cycles += bytesOf(a) * perByte * share;
    if (stride == 0) {
      ++cost.fixed;
      cost.cycles += perVector / lanes * share;
    } else if (stride == 1 || stride == -1) {
      ++cost.contiguous;
      cost.cycles += (stride == 1 ? 1 : 2) * perVector / lanes * share;
    } else {
      ++cost.oneByOne;
      cost.cycles += alone * share;
    }
  }

  const Nest &nest;
  unsigned d;
  double lanes;
  DimSet inner;
  VectorCost cost;
};

} // namespace

VectorCost vectorCost(const Nest &nest, unsigned d, int64_t lanes) { return Counter(nest, d, lanes).count(); }

unsigned vectorLoop(const Nest &nest, DimSet candidates, int64_t lanes) {
  SmallVector<unsigned> loops = nest.ordered(candidates);
  return *std::min_element(loops.rbegin(), loops.rend(), [&](unsigned a, unsigned b) {
    return vectorCost(nest, a, lanes).cycles < vectorCost(nest, b, lanes).cycles;
  });
}

DimSet vectorCandidates(const Nest &nest) { return joinable(nest) ? nest.all() : nest.parallel(); }

std::string explainVectorLoop(linalg::GenericOp op, const Machine &machine) {
  Nest nest = Nest::of(op);
  DimSet candidates = vectorCandidates(nest);
  if (!candidates || nest.points(nest.all()) == 0) return "";
  int64_t lanes = nest.lanes(machine);
  unsigned best = vectorLoop(nest, candidates, lanes);
  auto text = [&](unsigned d) {
    VectorCost cost = vectorCost(nest, d, lanes);
    return llvm::formatv("{0}a loop of {1}: {2} contiguous, {3} fixed, {4} one by one, {5:f1} B and {6:f2} cycles a point",
                         nest.reduction >> d & 1 ? "the sum over " : "", nest.extents[d], cost.contiguous, cost.fixed, cost.oneByOne,
                         cost.bytes, cost.cycles)
        .str();
  };
  std::string result = llvm::formatv("vectors of {0} along {1}", lanes, text(best)).str();
  for (unsigned d : members(candidates))
    if (d != best) result += llvm::formatv("; along {0}", text(d)).str();
  return result;
}

} // namespace fluxion::cpu
