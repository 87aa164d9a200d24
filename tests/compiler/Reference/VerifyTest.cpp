// Verification itself: right code passes, in f64 and f32; a wrong value, derivative, transpose or Hessian is found.
#include "compiler/Reference/Verify.h"
#include "tests/compiler/Reference/Interpret.h"
using namespace fluxion;
using namespace fluxion::test;
using namespace fluxion::reference;

namespace {

// Stands in for compiled code: the interpreter in the program's own precision.
Compiled standIn(mlir::func::FuncOp f, bool single, llvm::SmallVector<int64_t> wrt) {
  Options own;
  own.precision = single ? Precision::DoubleDouble : Precision::F64;
  own.roundF32 = single;
  size_t count = f.getNumArguments();
  Compiled compiled;
  compiled.primal = [=](llvm::ArrayRef<HostTensor> x) { return interpret(f, x, own); };
  compiled.jvp = [=](llvm::ArrayRef<HostTensor> x) {
    return interpretJvp(f, wrt, x.take_front(count), x.drop_front(count), own);
  };
  compiled.vjp = [=](llvm::ArrayRef<HostTensor> x) {
    return interpretVjp(f, wrt, x.take_front(count), x.drop_front(count), own);
  };
  return compiled;
}

// Changes the last real of the last result.
Compiled::Call spoiled(Compiled::Call call, double factor) {
  return [=](llvm::ArrayRef<HostTensor> x) -> llvm::Expected<HostTensors> {
    auto results = call(x);
    if (results) results->back().reals.back() *= factor;
    return results;
  };
}

std::string logistic(const std::string &type) {
  std::string text = R"(func.func @f(%w: tensor<3xT>, %x: tensor<4x3xT>, %y: tensor<4xT>) -> tensor<T> {
    %z = flx.einsum "nd,d->n"(%x, %w) : (tensor<4x3xT>, tensor<3xT>) -> tensor<4xT>
    %s = flx.softplus %z : tensor<4xT>
    %p = flx.mul %y, %z : tensor<4xT>
    %d = flx.sub %s, %p : tensor<4xT>
    %l = flx.sum %d axes [0] : tensor<4xT> -> tensor<T>
    return %l : tensor<T>
  })";
  for (size_t at; (at = text.find("T>")) != std::string::npos;) text.replace(at, 1, type);
  for (size_t at; (at = text.find("xT")) != std::string::npos;) text.replace(at + 1, 1, type);
  return text;
}

TEST(Verify, RightCodePasses) {
  for (bool single : {false, true}) {
    Program program(logistic(single ? "f32" : "f64"));
    VerifyOptions options;
    options.wrt = {0, 1};
    auto report = verify(program.function(), standIn(program.function(), single, options.wrt), options);
    ASSERT_TRUE(bool(report)) << llvm::toString(report.takeError());
    EXPECT_TRUE(report->passed()) << report->table();
    EXPECT_GE(report->checks.size(), 20u);
    for (const Check &check : report->checks)
      if (check.difference >= 0) EXPECT_LE(check.difference, 1e-6) << report->table();
  }
}

TEST(Verify, WrongCodeIsFound) {
  Program program(logistic("f64"));
  VerifyOptions options;
  options.wrt = {0};
  options.points = 1;
  Compiled right = standIn(program.function(), false, options.wrt);
  auto failures = [&](const Compiled &compiled) {
    auto report = verify(program.function(), compiled, options);
    std::string failed;
    if (!report) return llvm::toString(report.takeError());
    for (const Check &check : report->checks)
      if (!check.passed() && check.point == "normal 1") failed += check.what + "; ";
    return failed;
  };
  EXPECT_EQ(failures(right), "");
  Compiled wrong = right;
  wrong.primal = spoiled(right.primal, 1 + 1e-10);
  EXPECT_EQ(failures(wrong), "value of result 0; ");
  wrong = right;
  wrong.jvp = spoiled(right.jvp, 1 + 1e-9);
  EXPECT_EQ(failures(wrong), "tangent; <w, Jv> = <J'w, v>; ");
  wrong = right;
  wrong.vjp = spoiled(right.vjp, 1 + 1e-9);
  EXPECT_EQ(failures(wrong), "gradient; <w, Jv> = <J'w, v>; ");
  // A Hessian that is not symmetric.
  wrong = right;
  wrong.hvp = [](llvm::ArrayRef<HostTensor> x) -> llvm::Expected<HostTensors> {
    HostTensor h = x.back();
    std::swap(h.reals[0], h.reals[1]);
    h.reals[0] *= 2;
    return HostTensors{h};
  };
  EXPECT_EQ(failures(wrong), "<u, Hv> = <v, Hu>; <u, Hv>; ");
}

TEST(Verify, KindsOfNumbersMatter) {
  Program program = single("log", {"tensor<4xf32>"}, "tensor<4xf32>");
  VerifyOptions options;
  Compiled compiled = standIn(program.function(), true, {});
  auto report = verify(program.function(), compiled, options);
  ASSERT_TRUE(bool(report));
  EXPECT_TRUE(report->passed()) << report->table();
  compiled.primal = [&](llvm::ArrayRef<HostTensor> x) -> llvm::Expected<HostTensors> {
    auto y = interpret(program.function(), x);
    for (double &v : (*y)[0].reals)
      if (std::isinf(v)) v = -103; // a clamped logarithm of zero
    return y;
  };
  report = verify(program.function(), compiled, options);
  ASSERT_TRUE(bool(report));
  EXPECT_FALSE(report->passed());
}

TEST(Verify, ConditionScalesTheBound) {
  // (1 + x) − 1 loses what x is small by: the plain evaluation says so.
  Program program(R"(func.func @f(%x: tensor<1xf64>) -> tensor<1xf64> {
    %one = flx.constant dense<1.0> : tensor<1xf64>
    %tiny = flx.constant dense<1.0e-9> : tensor<1xf64>
    %0 = flx.mul %x, %tiny : tensor<1xf64>
    %1 = flx.add %0, %one : tensor<1xf64>
    %2 = flx.sub %1, %one : tensor<1xf64>
    return %2 : tensor<1xf64>
  })");
  VerifyOptions options;
  auto report = verify(program.function(), standIn(program.function(), false, {}), options);
  ASSERT_TRUE(bool(report));
  EXPECT_TRUE(report->passed()) << report->table();
  EXPECT_GT(report->checks[0].condition, 1e6);
  EXPECT_NE(report->table().find("condition number"), std::string::npos);
}

TEST(Verify, IndicesStayInside) {
  Program program = single("gather", {"tensor<3xf64>", "tensor<50xi32>"}, "tensor<50xf64>", "axis = 0 : i64");
  VerifyOptions options;
  Compiled compiled = standIn(program.function(), false, {0});
  compiled.primal = [&](llvm::ArrayRef<HostTensor> x) {
    for (int64_t i : x[1].integers) EXPECT_TRUE(i >= 0 && i < 3);
    return interpret(program.function(), x);
  };
  options.wrt = {0};
  auto report = verify(program.function(), compiled, options);
  ASSERT_TRUE(bool(report));
  EXPECT_TRUE(report->passed()) << report->table();
}

// Code's tanh may err by two units in the last place, and what its slope 1 − tanh² loses by that near ±1 is no fault; a wrong
// slope is.
TEST(Verify, FunctionsMayErr) {
  Program program = single("tanh", {"tensor<6xf32>"}, "tensor<6xf32>");
  VerifyOptions options;
  options.wrt = {0};
  auto codeWith = [](auto slope) {
    Compiled compiled;
    auto tanhOf = [](double x) { return double(float(std::tanh(x) * (1 - 0x1p-22))); };
    compiled.primal = [=](llvm::ArrayRef<HostTensor> x) -> llvm::Expected<HostTensors> {
      HostTensor y = x[0];
      for (double &v : y.reals) v = tanhOf(v);
      return HostTensors{y};
    };
    compiled.jvp = [=](llvm::ArrayRef<HostTensor> x) -> llvm::Expected<HostTensors> {
      HostTensor y = x[0], moved = x[1];
      for (auto [v, d] : llvm::zip(y.reals, moved.reals)) v = tanhOf(v), d = float(slope(v) * d);
      return HostTensors{y, moved};
    };
    compiled.vjp = compiled.jvp; // it is diagonal
    return compiled;
  };
  auto passes = [&](const Compiled &compiled) {
    auto report = verify(program.function(), compiled, options);
    EXPECT_TRUE(bool(report));
    return report->passed() ? "" : report->table();
  };
  EXPECT_EQ(passes(codeWith([](double t) { return 1 - float(t * t); })), "");
  EXPECT_NE(passes(codeWith([](double t) { return (1 - float(t * t)) * (1 + 2e-3); })), "");
  EXPECT_NE(passes(codeWith([](double t) { return 1 - t; })), "");
  EXPECT_NE(passes(codeWith([](double) { return 1.0; })), "");
}

// Of a sum of square roots of what may be negative there is nothing to check where it is NaN; elsewhere there is.
TEST(Verify, WhatIsNotFiniteIsNotChecked) {
  Program program(R"(func.func @f(%x: tensor<3xf64>) -> tensor<f64> {
    %0 = flx.sqrt %x : tensor<3xf64>
    %1 = flx.sum %0 axes [0] : tensor<3xf64> -> tensor<f64>
    return %1 : tensor<f64>
  })");
  VerifyOptions options;
  options.wrt = {0};
  Compiled compiled = standIn(program.function(), false, {0}), wrong = compiled;
  compiled.primal = [&](llvm::ArrayRef<HostTensor> x) -> llvm::Expected<HostTensors> {
    auto y = interpret(program.function(), x);
    if (std::isnan((*y)[0].reals[0])) (*y)[0].reals[0] = INFINITY; // of another kind
    return y;
  };
  auto report = verify(program.function(), compiled, options);
  ASSERT_TRUE(bool(report));
  EXPECT_TRUE(report->passed()) << report->table();
  EXPECT_NE(report->table().find("not checked: the value is not finite"), std::string::npos) << report->table();
  int made = llvm::count_if(report->checks, [](const Check &check) { return check.checked && check.point == "unit 2"; });
  EXPECT_EQ(made, 4);
  wrong.vjp = spoiled(wrong.vjp, 1 + 1e-9);
  report = verify(program.function(), wrong, options);
  ASSERT_TRUE(bool(report));
  EXPECT_FALSE(report->passed());
}

} // namespace
