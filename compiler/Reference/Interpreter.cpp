// The interpreter's door: host arrays in and out, at the precision asked for.
#include "compiler/Reference/Interpreter.h"
#include "compiler/Reference/Evaluator.h"
using namespace mlir;

namespace fluxion::reference {

const char *nameOf(Element element) {
  switch (element) {
  case Element::F32:
    return "f32";
  case Element::F64:
    return "f64";
  case Element::I32:
    return "i32";
  case Element::I64:
    return "i64";
  case Element::I1:
    return "i1";
  }
  return "";
}

llvm::Error describe(Type type, Element &element, Shape &shape) {
  auto unknown = [&] {
    std::string text;
    llvm::raw_string_ostream(text) << "the reference interpreter does not know the type " << type;
    return llvm::createStringError(llvm::inconvertibleErrorCode(), text);
  };
  if (auto tensor = dyn_cast<RankedTensorType>(type)) {
    if (!tensor.hasStaticShape()) return unknown();
    shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  } else if (isa<ShapedType>(type)) {
    return unknown();
  }
  Type scalar = getElementTypeOrSelf(type);
  if (scalar.isF32())
    element = Element::F32;
  else if (scalar.isF64())
    element = Element::F64;
  else if (scalar.isInteger(32))
    element = Element::I32;
  else if (scalar.isInteger(64))
    element = Element::I64;
  else if (scalar.isInteger(1))
    element = Element::I1;
  else
    return unknown();
  return llvm::Error::success();
}

llvm::Expected<HostTensor> zerosOf(Type type) {
  Element element;
  Shape shape;
  if (llvm::Error error = describe(type, element, shape)) return std::move(error);
  return HostTensor(element, shape);
}

template <class N> static SmallVector<Tensor<N>, 4> import(ArrayRef<HostTensor> hosts) {
  SmallVector<Tensor<N>, 4> result;
  for (const HostTensor &host : hosts) result.push_back(mapReals<N>(host, [](double x) { return N(x); }));
  return result;
}

template <class N> static llvm::Expected<HostTensors> exported(llvm::Expected<SmallVector<Tensor<N>, 4>> results) {
  if (!results) return results.takeError();
  HostTensors hosts;
  for (const Tensor<N> &x : *results) hosts.push_back(mapReals<double>(x, [](const N &y) { return toDouble(y); }));
  return hosts;
}

// Tells the numbers of this thread how they are stored and how they err, for as long as it lives.
struct StoredAs {
  StoredAs(const Options &options, Budget &budget)
      : before(std::exchange(roundsToF32, options.roundF32)),
        noise(std::exchange(presentNoise, options.jitter > 0 ? &budget.noise : nullptr)) {}
  ~StoredAs() { roundsToF32 = before, presentNoise = noise; }
  bool before;
  Noise *noise;
};

static Budget budgetOf(const Options &options) {
  return {options.budget, 0, Noise{options.jitter, std::mt19937_64(options.jitterSeed)}};
}

// `use` gets an evaluator over the number type of the options.
template <class Use> static auto withEvaluator(const Options &options, Use use) {
  Budget budget = budgetOf(options);
  StoredAs stored(options, budget);
  if (options.precision == Precision::F64) {
    Evaluator<F64> evaluator(budget, options.roundF32);
    return use(evaluator, F64());
  }
  Evaluator<DoubleDouble> evaluator(budget, options.roundF32);
  return use(evaluator, DoubleDouble());
}

llvm::Expected<HostTensors> interpret(func::FuncOp function, ArrayRef<HostTensor> arguments, const Options &options) {
  return withEvaluator(options, [&](auto &evaluator, auto zero) {
    return exported<decltype(zero)>(evaluator.run(function, import <decltype(zero)>(arguments)));
  });
}

llvm::Expected<HostTensors> interpretJvp(func::FuncOp function, ArrayRef<int64_t> wrt, ArrayRef<HostTensor> arguments,
                                         ArrayRef<HostTensor> tangents, const Options &options) {
  return withEvaluator(options, [&](auto &evaluator, auto zero) {
    using N = decltype(zero);
    return exported<N>(evaluator.jvp(function, wrt, import <N>(arguments), import <N>(tangents)));
  });
}

llvm::Expected<HostTensors> interpretVjp(func::FuncOp function, ArrayRef<int64_t> wrt, ArrayRef<HostTensor> arguments,
                                         ArrayRef<HostTensor> cotangents, const Options &options) {
  return withEvaluator(options, [&](auto &evaluator, auto zero) {
    using N = decltype(zero);
    return exported<N>(evaluator.vjp(function, wrt, import <N>(arguments), import <N>(cotangents)));
  });
}

template <class N>
static llvm::Expected<HostTensors> second(func::FuncOp function, ArrayRef<int64_t> wrt, ArrayRef<HostTensor> arguments,
                                          ArrayRef<HostTensor> directions, ArrayRef<HostTensor> tangents,
                                          const Options &options) {
  using Inner = Dual<N>;
  Budget budget = budgetOf(options);
  StoredAs stored(options, budget);
  auto moving = import <Inner>(arguments), first = import <Inner>(directions);
  for (auto [argument, tangent] : llvm::zip(wrt, tangents)) {
    if (argument < 0 || argument >= int64_t(moving.size()) || moving[argument].reals.size() != tangent.reals.size())
      return fault(function, "a tangent that does not fit its argument");
    for (size_t i = 0; i < tangent.reals.size(); ++i)
      moving[argument].reals[i] = {moving[argument].reals[i].value, tangent.reals[i]};
  }
  auto results = Evaluator<Inner>(budget, options.roundF32).jvp(function, wrt, moving, first);
  if (!results) return results.takeError();
  HostTensors second;
  for (auto &y : llvm::ArrayRef(*results).drop_front(function.getNumResults()))
    second.push_back(mapReals<double>(y, [](const Inner &x) { return toDouble(x.tangent); }));
  return second;
}

llvm::Expected<HostTensors> interpretSecond(func::FuncOp function, ArrayRef<int64_t> wrt,
                                            ArrayRef<HostTensor> arguments, ArrayRef<HostTensor> directions,
                                            ArrayRef<HostTensor> tangents, const Options &options) {
  if (directions.size() != wrt.size() || tangents.size() != wrt.size())
    return fault(function, "one direction for each argument of wrt");
  return options.precision == Precision::F64
             ? second<F64>(function, wrt, arguments, directions, tangents, options)
             : second<DoubleDouble>(function, wrt, arguments, directions, tangents, options);
}

} // namespace fluxion::reference
