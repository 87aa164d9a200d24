// One chunk of a matrix product, as code. Packing stands in GemmPack.cpp, tiles and their epilogue in GemmTile.cpp, the
// nest around them in GemmNest.cpp.
#pragma once
#include "compiler/Target/Cpu/ContractBuilder.h"
#include "compiler/Target/Cpu/Gemm.h"

namespace fluxion::cpu {

// Bytes of each part of the scratch, in the order they lie there.
struct GemmScratch {
  int64_t aheadA = 0, aheadB = 0;              // whole packed operands, one a batch that they vary over
  int64_t chunkA = 0, chunkB = 0, partial = 0; // of each chunk
  int64_t chunkBytes() const { return chunkA + chunkB + partial; }
  int64_t bytes(int64_t chunks) const { return aheadA + aheadB + chunks * chunkBytes(); }
};
GemmScratch layOutScratch(const Gemm &, const GemmBlocking &);

class GemmEmitter {
public:
  GemmEmitter(const Gemm &gemm, const GemmBlocking &cut, mlir::OpBuilder &builder, mlir::Location location,
              KernelFrame &frame);

  void product();                           // a step: one chunk of the product
  void packAhead(bool ofA, int64_t chunks); // a step: one chunk of packing A (or B)

private:
  using Value = mlir::Value;
  // One of A, B as tiles see it: element (r, k) of panel p is at base + panelOffset(p) + r·pitch + k·depthPitch.
  struct Source {
    Value memref, base;
    int64_t pitch = 1, depthPitch = 1;
    int64_t panelPitch = 0;      // packed: elements from panel to panel; in place: 0
    Value firstPanel;            // the panel that lies at base
    bool depthFromBlock = false; // k counts from the depth block's beginning
  };
  // A tile of the result and what its epilogue needs.
  struct Tile {
    Value rowPanel, colPanel;
    Value row, col; // its first element
    int64_t rows, vectors;
    Value height;   // rows that are the matrix's: a panel one short of `rows` computes a last row that nobody keeps
    Value lastMask; // of its last vector; null: whole
    Value depthBegin, depthEnd;
    Value partial; // offset of its place among the partial sums
  };
  // An operand of the epilogue, at a tile.
  struct Site {
    Value memref;
    const GemmStrides *strides;
    Value base; // offset of the batch
  };

  // Geometry of panels: where one begins, and code for either of its two widths.
  Value rowOf(Value panel);
  Value colOf(Value panel);
  Value firstOf(Value panel, int64_t width, int64_t wide, int64_t panels, int64_t unit);
  void byWidth(Value panel, int64_t width, int64_t wide, int64_t panels, llvm::function_ref<void(int64_t)> body);

  // GemmNest.cpp
  void batchProduct(Value batch, Value part);
  Source inPlace(bool ofA, Value batch);
  Source ahead(bool ofA, Value batch);
  Source byChunk(bool ofA, Value firstPanel);
  Source sourceOf(bool ofA, Value batch, Value firstPanel);
  Value aheadIndex(const GemmStrides &, Value batch);
  void panels(Value rowLow, Value rowHigh, Value colLow, Value colHigh, Value depthBegin, Value depthEnd);

  // GemmPack.cpp: panels [low, high) of A or B, k in [depthBegin, depthEnd), into a packed source.
  void pack(bool ofA, const Source &from, const Source &to, Value low, Value high, Value depthBegin, Value depthEnd);
  void packPanel(bool ofA, const Source &from, Value fromOffset, Value toMemref, Value toOffset, Value first,
                 Value depth);
  void packContiguous(bool ofA, const Source &from, Value fromOffset, Value toMemref, Value toOffset, Value first,
                      Value depth);
  void packTransposed(bool ofA, const Source &from, Value fromOffset, Value toMemref, Value toOffset, Value first,
                      Value depth);
  void packElements(bool ofA, const Source &from, Value fromOffset, Value toMemref, Value toOffset, Value first,
                    Value depth);

  // GemmTile.cpp
  void tile(Tile);
  // `aLast`: the offset of the tile's last row in A.
  ContractBuilder::Values sumsOf(const Tile &, Value aOffset, Value aLast, Value bOffset);
  ContractBuilder::Values initialSums(const Tile &);
  ContractBuilder::Values accumulate(const Tile &, Value aOffset, Value aLast, Value bOffset, Value low, Value high,
                                     int64_t step, mlir::ValueRange sums);
  llvm::SmallVector<const Site *> sitesToPrefetch() const;
  void prefetchLine(const Tile &, llvm::ArrayRef<const Site *> sites, Value at);
  void finishTile(const Tile &, mlir::ValueRange sums);
  void finishRows(const Tile &, mlir::ValueRange sums);
  void finishThroughStack(const Tile &);
  void finishTurned(const Tile &);
  // One vector of finished sums: lanes run along n, or (turned) along m.
  // `place`: where summed results accumulate it.
  void finishVector(Value sums, Value row, Value col, Value place, bool turned, Value mask);
  Value siteOffset(const Site &, Value row, Value col);

  const Gemm &gemm;
  const GemmBlocking &cut;
  ContractBuilder b;
  KernelFrame &frame;
  GemmScratch scratch;
  mlir::Type element;
  Source a, bb;
  llvm::SmallVector<Site> sides, results;
  Value partialMemref, stack, turnedStack;
  Value chunkIndex;
  Value firstRowPanel, firstColPanel; // of the chunk
  int64_t partialCols = 1;            // tiles in a row of the chunk's partial sums
};

} // namespace fluxion::cpu
