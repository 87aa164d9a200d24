// See Derivatives.h.
#include "tests/numeric/Derivatives.h"
#include "dialects/Dialect.h"
using namespace mlir;

namespace fluxion::test {

static SmallVector<Type> pick(ArrayRef<Type> types, ArrayRef<int64_t> which) {
  SmallVector<Type> result;
  for (int64_t i : which) result.push_back(types[i]);
  return result;
}

static SmallVector<Type> floats(ArrayRef<Type> types) {
  SmallVector<Type> result;
  for (Type type : types)
    if (flx::isFloat(type)) result.push_back(type);
  return result;
}

static SmallVector<Type> joined(ArrayRef<Type> a, ArrayRef<Type> b) {
  SmallVector<Type> result(a);
  result.append(b.begin(), b.end());
  return result;
}

// A function after `function`; `body` returns the values to return.
template <typename Body>
static func::FuncOp define(func::FuncOp function, StringRef suffix, ArrayRef<Type> inputs, Body body) {
  OpBuilder builder(function.getContext());
  builder.setInsertionPointAfter(function);
  std::string name = (function.getName() + suffix).str();
  auto made = func::FuncOp::create(builder, function.getLoc(), name, builder.getFunctionType(inputs, {}));
  Block *entry = made.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  SmallVector<Value> results = body(builder, entry->getArguments());
  func::ReturnOp::create(builder, function.getLoc(), results);
  made.setType(builder.getFunctionType(inputs, ValueRange(results).getTypes()));
  return made;
}

static StringAttr nameOf(func::FuncOp function) { return StringAttr::get(function.getContext(), function.getName()); }

func::FuncOp makeJvp(func::FuncOp f, ArrayRef<int64_t> wrt) {
  auto inputs = joined(f.getArgumentTypes(), pick(f.getArgumentTypes(), wrt));
  auto outputs = joined(f.getResultTypes(), floats(f.getResultTypes()));
  return define(f, ".jvp", inputs, [&](OpBuilder &b, ValueRange operands) -> SmallVector<Value> {
    return flx::JvpOp::create(b, f.getLoc(), outputs, operands, FlatSymbolRefAttr::get(nameOf(f)),
                              b.getDenseI64ArrayAttr(wrt))
        .getResults();
  });
}

func::FuncOp makeVjp(func::FuncOp f, ArrayRef<int64_t> wrt) {
  auto inputs = joined(f.getArgumentTypes(), floats(f.getResultTypes()));
  auto outputs = joined(f.getResultTypes(), pick(f.getArgumentTypes(), wrt));
  return define(f, ".vjp", inputs, [&](OpBuilder &b, ValueRange operands) -> SmallVector<Value> {
    return flx::VjpOp::create(b, f.getLoc(), outputs, operands, FlatSymbolRefAttr::get(nameOf(f)),
                              b.getDenseI64ArrayAttr(wrt))
        .getResults();
  });
}

// The gradient is the vjp with cotangent 1; its jvp is the Hessian times the direction.
func::FuncOp makeHvp(func::FuncOp f, ArrayRef<int64_t> wrt) {
  if (f.getNumResults() != 1 || !flx::isFloat(f.getResultTypes()[0])) return {};
  auto result = dyn_cast<RankedTensorType>(f.getResultTypes()[0]);
  if (!result || result.getRank() != 0) return {};
  auto moving = pick(f.getArgumentTypes(), wrt);
  auto gradient =
      define(f, ".gradient", f.getArgumentTypes(), [&](OpBuilder &b, ValueRange operands) -> SmallVector<Value> {
        SmallVector<Value> all(operands);
        auto one = DenseElementsAttr::get(result, Attribute(FloatAttr::get(result.getElementType(), 1.0)));
        all.push_back(flx::ConstantOp::create(b, f.getLoc(), result, cast<TypedAttr>(one)));
        auto vjp = flx::VjpOp::create(b, f.getLoc(), joined(f.getResultTypes(), moving), all,
                                      FlatSymbolRefAttr::get(nameOf(f)), b.getDenseI64ArrayAttr(wrt));
        return SmallVector<Value>(vjp.getResults().drop_front());
      });
  gradient.setPrivate();
  return define(f, ".hvp", joined(f.getArgumentTypes(), moving),
                [&](OpBuilder &b, ValueRange operands) -> SmallVector<Value> {
                  auto jvp = flx::JvpOp::create(b, f.getLoc(), joined(moving, moving), operands,
                                                FlatSymbolRefAttr::get(nameOf(gradient)), b.getDenseI64ArrayAttr(wrt));
                  return SmallVector<Value>(jvp.getResults().drop_front(moving.size()));
                });
}

} // namespace fluxion::test
