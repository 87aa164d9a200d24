// Shorthand of the interpreter's tests: a module from text, tensors from lists, one evaluation.
#pragma once
#include "compiler/Reference/Interpreter.h"
#include "dialects/Dialect.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include <gtest/gtest.h>
#include <string>

namespace fluxion::test {

using reference::Element;
using reference::HostTensor;
using reference::HostTensors;

inline HostTensor reals(llvm::ArrayRef<int64_t> shape, std::vector<double> values, Element element = Element::F64) {
  HostTensor x(element, shape);
  EXPECT_EQ(x.reals.size(), values.size());
  x.reals = values;
  return x;
}
inline HostTensor scalar(double value, Element element = Element::F64) { return reals({}, {value}, element); }
inline HostTensor integers(llvm::ArrayRef<int64_t> shape, std::vector<int64_t> values, Element element = Element::I64) {
  HostTensor x(element, shape);
  EXPECT_EQ(x.integers.size(), values.size());
  x.integers = values;
  return x;
}

class Program {
public:
  explicit Program(const std::string &text) : context(mlir::MLIRContext::Threading::DISABLED) {
    context.loadDialect<flx::FlxDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
  }
  mlir::func::FuncOp function(llvm::StringRef name = "f") { return module->lookupSymbol<mlir::func::FuncOp>(name); }

  HostTensors operator()(llvm::ArrayRef<HostTensor> arguments, const reference::Options &options = {}) {
    return unwrap(reference::interpret(function(), arguments, options));
  }
  std::string errorOf(llvm::ArrayRef<HostTensor> arguments, const reference::Options &options = {}) {
    auto result = reference::interpret(function(), arguments, options);
    return result ? "" : llvm::toString(result.takeError());
  }
  static HostTensors unwrap(llvm::Expected<HostTensors> result) {
    if (result) return *result;
    ADD_FAILURE() << llvm::toString(result.takeError());
    return {};
  }

private:
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// A function @f of one op: its operands' types and its result's, as in  f("flx.add", "tensor<2xf64>, tensor<2xf64>",
/// …).
inline Program single(const std::string &op, std::vector<std::string> operands, const std::string &result,
                      const std::string &attributes = "") {
  std::string parameters, names, types;
  for (size_t i = 0; i < operands.size(); ++i) {
    std::string comma = i ? ", " : "";
    parameters += comma + "%x" + std::to_string(i) + ": " + operands[i];
    names += comma + "%x" + std::to_string(i);
    types += comma + operands[i];
  }
  return Program("func.func @f(" + parameters + ") -> " + result + " {\n  %y = \"flx." + op + "\"(" + names + ") {" +
                 attributes + "} : (" + types + ") -> " + result + "\n  return %y : " + result + "\n}");
}

} // namespace fluxion::test
