// The matrix product of a fixed shape: C[b,m,n] = Σ_k A[b,m,k]·B[b,k,n], then an epilogue on each element while it is
// in registers. In: sizes and strides (a transposition is a choice of strides). Out: a kernel plan for the core at
// hand, in the manner of BLIS: register tiles over panels of A and B, packed where that pays.
#pragma once
#include "compiler/Target/Cpu/Kernel.h"

namespace fluxion::cpu {

class ContractBuilder;

// How far apart, in elements, neighbours along each index lie in one operand; 0 where the operand does not vary.
struct GemmStrides {
  llvm::SmallVector<int64_t> batch;
  int64_t m = 0, n = 0;
  llvm::SmallVector<int64_t> k;
  bool summed = false; // of a result: its values are added up, lane by lane, in the frame's memory of kSumSlots vectors
};

struct Gemm {
  mlir::Type element; // of A, B and the sum
  llvm::SmallVector<int64_t> batch;
  int64_t m = 1, n = 1;
  llvm::SmallVector<int64_t> k; // row-major; more than one only where their strides cannot be merged
  GemmStrides a, b;
  llvm::SmallVector<GemmStrides> sides, results; // what the epilogue reads and writes

  // Vectors in, vectors out: the finished sums and the side operands there -> one vector a result. Null: the sums
  // themselves.
  using Epilogue =
      std::function<llvm::SmallVector<mlir::Value>(ContractBuilder &, mlir::Value sums, mlir::ValueRange sides)>;
  Epilogue epilogue;
  int64_t epilogueOperations = 0; // scalar ops in it: a long one is emitted once a row, not once a vector

  int64_t depth() const; // Π k
  double flops() const;
};

// A's memref, B's, the sides', the results' are the frame's operands, in this order.
KernelPlan planGemm(Gemm, const Machine &);

// Where the tiles of an operand are read from.
enum class GemmAccess {
  InPlace,
  PackedByChunk, // each chunk packs what it alone reads
  PackedAhead    // a step before the product packs it all, for every chunk to read
};

// How a product is cut. Panels are balanced: the first `…Wide` have the full width, the others one row (or vector)
// less.
struct GemmBlocking {
  int64_t lanes = 1;
  int64_t rows = 1, vectors = 1;         // the register tile
  int64_t rowPanels = 1, tallPanels = 1; // of M, by `rows`
  int64_t colPanels = 1, widePanels = 1; // of N, by `vectors`·lanes
  int64_t rowPitch = 1, colPitch = 1;    // elements between neighbours in k of a packed panel of A, of B
  int64_t depthBlock = 1, depthBlocks = 1, unroll = 1;
  int64_t blockPanels = 1; // panels of A that stay in cache while panels of B pass
  GemmAccess a = GemmAccess::InPlace, b = GemmAccess::InPlace;
  bool chunkColumns = false; // a chunk owns panels of B (else of A)
  int64_t chunkPanels = 1, chunksPerBatch = 1, chunkBatches = 1, chunks = 1;
  bool exchanged = false;    // A and B, M and N have changed places: it is Cᵀ = BᵀAᵀ that is computed
  bool masked = false;       // N is no multiple of the lanes
  bool throughStack = false; // the epilogue reads tiles back from the stack
  bool turned = false;       // … by columns: the results are contiguous along M

  int64_t tileElements() const { return rows * vectors * lanes; }
};

// Decides roles (may exchange A and B in the Gemm) and sizes, from the shape and the machine alone.
GemmBlocking chooseBlocking(Gemm &, const Machine &);
KernelPlan planGemm(Gemm, const GemmBlocking &); // as cut by chooseBlocking

} // namespace fluxion::cpu
