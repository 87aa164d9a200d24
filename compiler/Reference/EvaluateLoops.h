// Loops and branches, by running them: every step evaluates the region again. A dual number decides by its value,
// whatever its tangent; a loop that does not end runs out of budget.
#pragma once
#include "compiler/Reference/Evaluator.h"
#include "dialects/Dialect.h"

namespace fluxion::reference {

// What a step costs beside its ops' elements, in elementary steps: about a microsecond, so that a loop without an end is
// given up within seconds.
constexpr uint64_t stepCost = 1000;

// Row i along the leading axis.
template <class N> Tensor<N> rowOf(const Tensor<N> &x, int64_t i) {
  Tensor<N> row(x.element, llvm::ArrayRef(x.shape).drop_front());
  for (int64_t j = 0, n = row.size(); j < n; ++j) row.take(j, x, i * n + j);
  return row;
}

// The values of a region that ran.
template <class N> typename Evaluator<N>::Ts Evaluator<N>::yielded(mlir::Region &region) {
  Ts given;
  for (mlir::Value value : region.front().getTerminator()->getOperands()) given.push_back(get(value));
  return given;
}

template <class N> llvm::Error Evaluator<N>::region(mlir::Region &region, llvm::ArrayRef<T> arguments) {
  for (auto [argument, value] : llvm::zip_equal(region.getArguments(), arguments)) values[argument] = value;
  return block(region.front());
}

template <class N> llvm::Error Evaluator<N>::scan(flx::ScanOp op) {
  size_t carries = op.getInits().size();
  Ts carried, stacks;
  for (mlir::Value init : op.getInits()) carried.push_back(get(init));
  for (mlir::Value stack : op.getStacks()) {
    Element element;
    Shape shape;
    if (llvm::Error error = describe(stack.getType(), element, shape)) return error;
    if (llvm::Error error = budget.spend(op, elementCount(shape))) return error;
    stacks.emplace_back(element, shape);
  }
  for (int64_t step = 0, length = op.getLength(); step < length; ++step) {
    int64_t i = op.getReverse() ? length - 1 - step : step;
    if (llvm::Error error = budget.spend(op, stepCost)) return error;
    T index(Element::I32, {});
    index.integers[0] = i;
    Ts arguments{std::move(index)};
    arguments.append(carried.begin(), carried.end());
    for (mlir::Value sequence : op.getSequences()) {
      arguments.push_back(rowOf(get(sequence), i));
      if (llvm::Error error = budget.spend(op, arguments.back().size())) return error;
    }
    if (llvm::Error error = region(op.getBody(), arguments)) return error;
    Ts given = yielded(op.getBody());
    carried.assign(given.begin(), given.begin() + carries);
    for (auto [stack, out] : llvm::zip_equal(stacks, llvm::ArrayRef(given).drop_front(carries)))
      for (int64_t j = 0, n = out.size(); j < n; ++j) stack.take(i * n + j, out, j);
  }
  for (auto [result, value] : llvm::zip_equal(op.getLastCarries(), carried)) values[result] = std::move(value);
  for (auto [result, value] : llvm::zip_equal(op.getStacks(), stacks)) values[result] = std::move(value);
  return llvm::Error::success();
}

template <class N> llvm::Error Evaluator<N>::loop(flx::WhileOp op) {
  Ts carried;
  for (mlir::Value init : op.getInits()) carried.push_back(get(init));
  while (true) {
    if (llvm::Error error = budget.spend(op, stepCost)) return error;
    if (llvm::Error error = region(op.getCondition(), carried)) return error;
    if (!yielded(op.getCondition()).front().integers[0]) break;
    if (llvm::Error error = region(op.getBody(), carried)) return error;
    carried = yielded(op.getBody());
  }
  for (auto [result, value] : llvm::zip_equal(op->getResults(), carried)) values[result] = std::move(value);
  return llvm::Error::success();
}

template <class N> llvm::Error Evaluator<N>::branch(flx::IfOp op) {
  mlir::Region &taken = get(op.getCondition()).integers[0] ? op.getThen() : op.getOtherwise();
  if (llvm::Error error = region(taken, {})) return error;
  for (auto [result, value] : llvm::zip_equal(op->getResults(), yielded(taken))) values[result] = value;
  return llvm::Error::success();
}

} // namespace fluxion::reference
