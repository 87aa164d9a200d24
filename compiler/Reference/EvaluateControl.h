// Functions, calls, and the transformations: flx.jvp and flx.vjp by dual numbers on the callee. Completes Evaluator<N>.
#pragma once
#include "compiler/Reference/EvaluateElementwise.h"
#include "compiler/Reference/EvaluateLoops.h"
#include "compiler/Reference/EvaluateReduction.h"
#include "compiler/Reference/EvaluateShape.h"
#include "compiler/Reference/EvaluateWindow.h"

namespace fluxion::reference {

/// Whether code rounds what the op makes; the others move numbers, or make some that are exact.
inline bool rounds(mlir::Operation *op) {
  if (mlir::isa<flx::SumOp, flx::ProdOp, flx::EinsumOp, flx::CumsumOp, flx::OverlapAddOp>(op)) return true;
  return op->hasTrait<flx::Elementwise>() &&
         !mlir::isa<flx::SelectOp, flx::NegOp, flx::AbsOp, flx::MaxOp, flx::MinOp, flx::SignOp, flx::FloorOp, flx::CeilOp,
                    flx::RoundOp, flx::FloordivOp, flx::StopGradientOp, flx::ConvertOp>(op);
}

/// How often code rounds on the way to what the op makes, at most: arithmetic once, functions by their bounds.
inline double roundingsOf(mlir::Operation *op) {
  if (mlir::isa<flx::LgammaOp, flx::DigammaOp, flx::PolygammaOp>(op)) return 16;
  bool isFunction = op->hasTrait<flx::Elementwise>() && !mlir::isa<flx::AddOp, flx::SubOp, flx::MulOp, flx::DivOp, flx::SqrtOp>(op);
  return isFunction ? functionRoundings : 1;
}

template <class N> llvm::Error Evaluator<N>::operation(mlir::Operation *op) {
  if (mlir::isa<flx::ContractOp>(op)) return fusedContraction(op);
  if (mlir::isa<flx::VjpOp, flx::JvpOp>(op)) return transformation(op);
  if (auto scanOp = mlir::dyn_cast<flx::ScanOp>(op)) return scan(scanOp);
  if (auto whileOp = mlir::dyn_cast<flx::WhileOp>(op)) return loop(whileOp);
  if (auto ifOp = mlir::dyn_cast<flx::IfOp>(op)) return branch(ifOp);
  if (auto sortOp = mlir::dyn_cast<flx::SortOp>(op)) return sort(sortOp);
  if (auto callOp = mlir::dyn_cast<mlir::func::CallOp>(op)) {
    Ts arguments;
    for (mlir::Value operand : op->getOperands()) arguments.push_back(get(operand));
    if (llvm::Error error = call(op, callOp.getCallee(), arguments)) return error;
    for (auto [result, value] : llvm::zip(op->getResults(), arguments)) values[result] = std::move(value);
    return llvm::Error::success();
  }
  if (op->getNumResults() != 1) return fault(op, "the reference interpreter does not know this op");
  Element element;
  Shape extents = scalarShape;
  if (llvm::Error error = describe(op->getResult(0).getType(), element, extents)) return error;
  if (llvm::Error error = budget.spend(op, elementCount(extents))) return error;
  T result(element, extents);
  bool done = false;
  using Family = llvm::Expected<bool> (Evaluator::*)(mlir::Operation *, T &);
  for (Family family : {Family(&Evaluator::elementwise), Family(&Evaluator::source), Family(&Evaluator::shape),
                        Family(&Evaluator::windows), Family(&Evaluator::reduction), Family(&Evaluator::indexing)}) {
    llvm::Expected<bool> known = (this->*family)(op, result);
    if (!known) return known.takeError();
    if ((done = *known)) break;
  }
  if (auto einsum = mlir::dyn_cast<flx::EinsumOp>(op)) {
    if (llvm::Error error = contraction(op, einsum.getEquation(), einsum.getOperands(), result)) return error;
    done = true;
  }
  if (!done) return fault(op, "the reference interpreter does not know this op");
  if (roundF32 && element == Element::F32)
    for (N &x : result.reals) x = roundedToF32(x);
  if (budget.noise.size > 0 && rounds(op))
    for (N &x : result.reals) x = jittered(x, roundingsOf(op), budget.noise);
  values[op->getResult(0)] = std::move(result);
  return llvm::Error::success();
}

template <class N> llvm::Error Evaluator<N>::block(mlir::Block &body) {
  for (mlir::Operation &op : body.without_terminator())
    if (llvm::Error error = operation(&op)) return error;
  return llvm::Error::success();
}

template <class N>
llvm::Expected<typename Evaluator<N>::Ts> Evaluator<N>::run(mlir::func::FuncOp function, llvm::ArrayRef<T> arguments) {
  if (function.isExternal()) return fault(function, "has no body");
  if (arguments.size() != function.getNumArguments()) return fault(function, "called with a wrong number of arguments");
  if (!llvm::hasSingleElement(function.getBody())) return fault(function, "has control flow");
  Budget::Frame frame(budget);
  if (budget.depth > Budget::maxDepth) return fault(function, "calls nest too deeply; is it recursive?");
  mlir::Block &body = function.getBody().front();
  for (auto [parameter, argument] : llvm::zip(body.getArguments(), arguments)) {
    Element element;
    Shape extents;
    if (llvm::Error error = describe(parameter.getType(), element, extents)) return std::move(error);
    if (element != argument.element || extents != argument.shape)
      return fault(function, "called with an argument of another type");
    values[parameter] = argument;
  }
  if (llvm::Error error = block(body)) return std::move(error);
  Ts results;
  for (mlir::Value result : body.getTerminator()->getOperands()) results.push_back(get(result));
  return results;
}

inline llvm::Expected<mlir::func::FuncOp> lookup(mlir::Operation *op, llvm::StringRef name) {
  auto function =
      mlir::SymbolTable::lookupNearestSymbolFrom<mlir::func::FuncOp>(op, mlir::StringAttr::get(op->getContext(), name));
  if (!function) return fault(op, "no function @", name);
  return function;
}

template <class N>
llvm::Error Evaluator<N>::call(mlir::Operation *op, llvm::StringRef callee, llvm::SmallVectorImpl<T> &inOut) {
  auto function = lookup(op, callee);
  if (!function) return function.takeError();
  auto results = Evaluator(budget, roundF32).run(*function, inOut);
  if (!results) return results.takeError();
  inOut.assign(results->begin(), results->end());
  return llvm::Error::success();
}

// flx.jvp: f(x, dx…) -> y…, dy…    flx.vjp: f(x…, yBar…) -> y…, xBar…
template <class N> llvm::Error Evaluator<N>::transformation(mlir::Operation *op) {
  auto name = op->getAttrOfType<mlir::FlatSymbolRefAttr>("callee").getValue();
  auto wrt = op->getAttrOfType<mlir::DenseI64ArrayAttr>("wrt").asArrayRef();
  auto function = lookup(op, name);
  if (!function) return function.takeError();
  Ts operands;
  for (mlir::Value operand : op->getOperands()) operands.push_back(get(operand));
  size_t count = function->getNumArguments();
  if (operands.size() < count) return fault(op, "too few operands");
  llvm::ArrayRef<T> arguments = llvm::ArrayRef(operands).take_front(count),
                    moving = llvm::ArrayRef(operands).drop_front(count);
  auto results =
      mlir::isa<flx::JvpOp>(op) ? jvp(*function, wrt, arguments, moving) : vjp(*function, wrt, arguments, moving);
  if (!results) return results.takeError();
  if (results->size() != op->getNumResults()) return fault(op, "result count does not fit the callee");
  for (auto [result, value] : llvm::zip(op->getResults(), *results)) values[result] = std::move(value);
  return llvm::Error::success();
}

// Arguments as duals that stand still; the caller sets tangents.
template <class N> llvm::SmallVector<Tensor<Dual<N>>, 4> atRest(llvm::ArrayRef<Tensor<N>> arguments) {
  llvm::SmallVector<Tensor<Dual<N>>, 4> result;
  for (const Tensor<N> &x : arguments)
    result.push_back(mapReals<Dual<N>>(x, [](const N &value) { return Dual<N>::still(value); }));
  return result;
}

template <class N>
llvm::Expected<typename Evaluator<N>::Ts> Evaluator<N>::jvp(mlir::func::FuncOp function, llvm::ArrayRef<int64_t> wrt,
                                                            llvm::ArrayRef<T> arguments, llvm::ArrayRef<T> tangents) {
  if constexpr (dualDepth<N> >= maxDualDepth<N>) {
    return fault(function, "derivatives nested deeper than the reference interpreter goes");
  } else {
    auto moving = atRest(arguments);
    if (tangents.size() != wrt.size()) return fault(function, "one tangent for each argument of wrt");
    for (auto [argument, tangent] : llvm::zip(wrt, tangents)) {
      if (argument < 0 || argument >= int64_t(moving.size()) || moving[argument].reals.size() != tangent.reals.size())
        return fault(function, "a tangent that does not fit its argument");
      for (size_t i = 0; i < tangent.reals.size(); ++i)
        moving[argument].reals[i] = {arguments[argument].reals[i], tangent.reals[i]};
    }
    auto results = Evaluator<Dual<N>>(budget, roundF32).run(function, moving);
    if (!results) return results.takeError();
    Ts all;
    for (auto &y : *results) all.push_back(mapReals<N>(y, [](const Dual<N> &x) { return x.value; }));
    for (auto &y : *results)
      if (y.isFloat()) all.push_back(mapReals<N>(y, [](const Dual<N> &x) { return x.tangent; }));
    return all;
  }
}

template <class N>
llvm::Expected<typename Evaluator<N>::Ts> Evaluator<N>::vjp(mlir::func::FuncOp function, llvm::ArrayRef<int64_t> wrt,
                                                            llvm::ArrayRef<T> arguments, llvm::ArrayRef<T> cotangents) {
  if constexpr (dualDepth<N> >= maxDualDepth<N>) {
    return fault(function, "derivatives nested deeper than the reference interpreter goes");
  } else {
    auto moving = atRest(arguments);
    auto primal = run(function, arguments);
    if (!primal) return primal.takeError();
    Ts all = std::move(*primal);
    for (int64_t argument : wrt) {
      if (argument < 0 || argument >= int64_t(arguments.size())) return fault(function, "wrt names no argument");
      T gradient(arguments[argument].element, arguments[argument].shape);
      for (size_t i = 0; i < gradient.reals.size(); ++i) {
        moving[argument].reals[i] = {arguments[argument].reals[i], N(1.0)};
        auto column = Evaluator<Dual<N>>(budget, roundF32).run(function, moving);
        if (!column) return column.takeError();
        moving[argument].reals[i] = Dual<N>::still(arguments[argument].reals[i]);
        size_t j = 0;
        for (auto &y : *column) {
          if (!y.isFloat()) continue;
          if (j >= cotangents.size() || cotangents[j].reals.size() != y.reals.size())
            return fault(function, "a cotangent that does not fit its result");
          for (size_t k = 0; k < y.reals.size(); ++k)
            if (y.reals[k].moves) gradient.reals[i] = gradient.reals[i] + cotangents[j].reals[k] * y.reals[k].tangent;
          ++j;
        }
      }
      all.push_back(std::move(gradient));
    }
    return all;
  }
}

} // namespace fluxion::reference
