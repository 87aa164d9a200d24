// Evaluator<N>: one function over one number type. Private to compiler/Reference; instantiated once per number type in
// Instances*.cpp, so that the many evaluations of elementwise ops compile side by side.
#pragma once
#include "compiler/Reference/Interpreter.h"
#include "dialects/Dialect.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/DenseMap.h"

namespace fluxion::reference {

/// How deep derivatives of derivatives may nest over a number type.
template <class N> inline constexpr int dualDepth = 0;
template <class N> inline constexpr int dualDepth<Dual<N>> = 1 + dualDepth<N>;
template <class N> inline constexpr int maxDualDepth = 2;
template <> inline constexpr int maxDualDepth<DoubleDouble> = 3;
template <class N> inline constexpr int maxDualDepth<Dual<N>> = maxDualDepth<N>;

template <class... Parts> llvm::Error fault(mlir::Operation *op, Parts... parts) {
  std::string text;
  llvm::raw_string_ostream out(text);
  out << op->getName() << ": ";
  (out << ... << parts);
  return llvm::createStringError(llvm::inconvertibleErrorCode(), text);
}

llvm::Error describe(mlir::Type type, Element &element, Shape &shape);

/// Work left before evaluation gives up, and the depth of calls; shared by all evaluators of one evaluation.
struct Budget {
  uint64_t left;
  int depth = 0;
  Noise noise{};
  static constexpr int maxDepth = 200;
  struct Frame {
    Budget &budget;
    explicit Frame(Budget &budget) : budget(budget) { ++budget.depth; }
    ~Frame() { --budget.depth; }
  };
  llvm::Error spend(mlir::Operation *op, uint64_t steps) {
    if (steps > left) return fault(op, "too much work for the reference interpreter");
    left -= steps;
    return llvm::Error::success();
  }
};

template <class N> class Evaluator {
public:
  using T = Tensor<N>;
  using Ts = llvm::SmallVector<T, 4>;
  Evaluator(Budget &budget, bool roundF32) : budget(budget), roundF32(roundF32) {}

  llvm::Expected<Ts> run(mlir::func::FuncOp function, llvm::ArrayRef<T> arguments);
  /// Results and tangents of the float results; `callee` for messages.
  llvm::Expected<Ts> jvp(mlir::func::FuncOp function, llvm::ArrayRef<int64_t> wrt, llvm::ArrayRef<T> arguments,
                         llvm::ArrayRef<T> tangents);
  llvm::Expected<Ts> vjp(mlir::func::FuncOp function, llvm::ArrayRef<int64_t> wrt, llvm::ArrayRef<T> arguments,
                         llvm::ArrayRef<T> cotangents);

private:
  Budget &budget;
  bool roundF32;
  llvm::DenseMap<mlir::Value, T> values;
  Shape scalarShape; // of scalars in the body of a contraction, which is evaluated for all its elements at once

  const T &get(mlir::Value value) { return values.find(value)->second; }
  llvm::Error block(mlir::Block &body);
  llvm::Error operation(mlir::Operation *op);
  llvm::Expected<bool> elementwise(mlir::Operation *op, T &result);
  llvm::Error contraction(mlir::Operation *op, llvm::StringRef equation, mlir::ValueRange operands, T &result);
  llvm::Error fusedContraction(mlir::Operation *op);
  llvm::Error transformation(mlir::Operation *op);
  llvm::Error call(mlir::Operation *op, llvm::StringRef callee, llvm::SmallVectorImpl<T> &results);
  llvm::Error sort(flx::SortOp op);
  llvm::Error scan(flx::ScanOp op);
  llvm::Error loop(flx::WhileOp op);
  llvm::Error branch(flx::IfOp op);
  llvm::Error region(mlir::Region &region, llvm::ArrayRef<T> arguments);
  Ts yielded(mlir::Region &region);
  // The families that fill one result of known type; false: the op is not of this family.
  llvm::Expected<bool> shape(mlir::Operation *op, T &result);
  llvm::Expected<bool> windows(mlir::Operation *op, T &result);
  llvm::Expected<bool> indexing(mlir::Operation *op, T &result);
  llvm::Expected<bool> reduction(mlir::Operation *op, T &result);
  llvm::Expected<bool> source(mlir::Operation *op, T &result); // constants, iota, random draws
};

extern template class Evaluator<F64>;
extern template class Evaluator<Dual<F64>>;
extern template class Evaluator<Dual<Dual<F64>>>;
extern template class Evaluator<DoubleDouble>;
extern template class Evaluator<Dual<DoubleDouble>>;
extern template class Evaluator<Dual<Dual<DoubleDouble>>>;
extern template class Evaluator<Dual<Dual<Dual<DoubleDouble>>>>;

} // namespace fluxion::reference
