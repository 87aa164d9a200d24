// The vocabulary in which contractions are emitted: element offsets into flat memrefs, loops over them, vectors at a
// stride. In: an insertion point at the top of a kernel. Out: scf, arith, vector and memref ops. Index arithmetic on
// constants is folded here, so that the loops of a kernel hold only what varies.
#pragma once
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace fluxion::cpu {

class ContractBuilder {
public:
  ContractBuilder(mlir::OpBuilder &builder, mlir::Location location);

  mlir::OpBuilder &builder;
  mlir::Location location;

  // Indices.
  mlir::Value index(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, int64_t b) { return b == 0 ? a : add(a, index(b)); }
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, int64_t b);
  mlir::Value div(mlir::Value a, int64_t b);
  mlir::Value rem(mlir::Value a, int64_t b);
  mlir::Value min(mlir::Value a, mlir::Value b);
  mlir::Value max(mlir::Value a, mlir::Value b);
  mlir::Value less(mlir::Value a, mlir::Value b); // i1
  // Σ coordinate·stride, of a linear index into a row-major grid of these sizes.
  mlir::Value offset(mlir::Value linear, llvm::ArrayRef<int64_t> sizes, llvm::ArrayRef<int64_t> strides);

  // Control. A loop of one known trip is its body.
  void loop(mlir::Value low, mlir::Value high, int64_t step, llvm::function_ref<void(mlir::Value)> body);
  void loop(int64_t low, int64_t high, int64_t step, llvm::function_ref<void(mlir::Value)> body) {
    loop(index(low), index(high), step, body);
  }
  // The same with values carried around: body returns the next ones.
  using Values = mlir::SmallVector<mlir::Value>;
  Values loop(mlir::Value low, mlir::Value high, int64_t step, mlir::ValueRange initial,
              llvm::function_ref<Values(mlir::Value, mlir::ValueRange)> body);
  void branch(mlir::Value condition, llvm::function_ref<void()> then, llvm::function_ref<void()> otherwise = nullptr);

  // Memory: one-dimensional memrefs, offsets in elements.
  mlir::Value flat(mlir::Value memref);
  mlir::Value view(mlir::Value scratch, mlir::Value byteOffset, int64_t elements, mlir::Type element);
  mlir::Value stackArray(int64_t elements, mlir::Type element); // call it outside loops
  void prefetch(mlir::Value memref, mlir::Value offset, bool write);

  mlir::VectorType vectorOf(int64_t lanes, mlir::Type element) { return mlir::VectorType::get({lanes}, element); }
  mlir::Value splat(mlir::Value scalar, int64_t lanes);
  mlir::Value zeros(int64_t lanes, mlir::Type element);
  mlir::Value scalar(mlir::Value memref, mlir::Value offset);
  void storeScalar(mlir::Value value, mlir::Value memref, mlir::Value offset);
  mlir::Value fma(mlir::Value a, mlir::Value b, mlir::Value c); // floats: one rounding; integers: a·b + c
  mlir::Value sum(mlir::Value a, mlir::Value b);
  mlir::Value sumOfLanes(mlir::Value vector);

  // Lanes at offset, offset + stride, …; only those of `mask` (null: all; others read as zero). i1 lies in memory as
  // bytes.
  mlir::Value load(mlir::Value memref, mlir::Value offset, int64_t lanes, int64_t stride = 1, mlir::Value mask = {});
  void store(mlir::Value vector, mlir::Value memref, mlir::Value offset, int64_t stride = 1, mlir::Value mask = {});
  // i < count for each lane i.
  mlir::Value firstLanes(mlir::Value count, int64_t lanes);

  mlir::Value shuffle(mlir::Value a, mlir::Value b, llvm::ArrayRef<int64_t> lanes);
  // W vectors of W lanes -> the columns of the matrix whose rows they are, in shuffles that are single instructions.
  Values transpose(mlir::ValueRange rows);

private:
  mlir::Value gatherIndices(int64_t lanes, int64_t stride);

  mlir::Block *top;
  mlir::Operation *afterTop; // constants and stack arrays stand before it (null: at the top of the block)
  llvm::DenseMap<int64_t, mlir::Value> constants;
};

// A bool as it is computed with, from the byte that lies in memory, and back; other elements pass through.
mlir::Value fromMemory(ContractBuilder &, mlir::Value vector);
mlir::Value toMemory(ContractBuilder &, mlir::Value vector, mlir::Type memoryElement);

} // namespace fluxion::cpu
