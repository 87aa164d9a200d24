// The products that are timed: those of a training step of the MLP 784-256-128-10, squares, transposes, batches.
#pragma once
#include "compiler/Target/Cpu/ContractShape.h"
#include "tests/compiler/Target/Contract/Harness.h"
#include <memory>
#include <string>
#include <vector>

enum class Epilogue { None, BiasRelu, Mask, AdamW };

struct BenchShape {
  std::string name;
  int64_t m, n, k;
  bool transposeA = false, transposeB = false; // A lies as [K,M], B as [N,K]
  Epilogue epilogue = Epilogue::None;
  int64_t batch = 1;
  char kind = 'f';
};

std::vector<BenchShape> benchShapes();
fluxion::cpu::ContractShape makeShape(mlir::MLIRContext &, const BenchShape &);
std::vector<fluxion::cpu::HarnessOperand> makeOperands(const BenchShape &);
unsigned resultIndex(const BenchShape &); // of the first result among the operands

// For experiments: FLUXION_GEMM="rows,vectors,depthBlock,packA,packB,chunkColumns,stack,blockPanels", -1 leaves a
// choice alone.
void overrideBlocking(fluxion::cpu::GemmBlocking &, const fluxion::cpu::Gemm &);

template <typename Buffers>
double referenceEpilogue(const BenchShape &s, double sum, int64_t i, int64_t j, const Buffers &buffers,
                         const std::vector<double> &before);

// What AdamW does to a parameter: constants of the benchmark.
struct AdamW {
  static constexpr double b1 = 0.9, b2 = 0.999, rate = 1e-3, decay = 1e-2, epsilon = 1e-8;
};

template <typename Buffers>
double referenceEpilogue(const BenchShape &s, double sum, int64_t i, int64_t j, const Buffers &buffers,
                         const std::vector<double> &before) {
  switch (s.epilogue) {
  case Epilogue::None:
    return sum;
  case Epilogue::BiasRelu:
    return std::max(0.0, sum + buffers[2]->get(j));
  case Epilogue::Mask:
    return buffers[2]->get(i * s.n + j) > 0 ? sum : 0;
  case Epilogue::AdamW: {
    // Moments have been overwritten: m' and v' are what the kernel stored, the parameter follows from them.
    double m = buffers[3]->get(i * s.n + j), v = buffers[4]->get(i * s.n + j), p = before[i * s.n + j];
    return p - AdamW::rate * (m * buffers[5]->get(0) / (std::sqrt(v) + AdamW::epsilon) + AdamW::decay * p);
  }
  }
  return 0;
}
