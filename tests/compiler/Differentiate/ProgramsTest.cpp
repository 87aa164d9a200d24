// Whole programs: models, sharing, nesting of transformations.
#include "tests/compiler/Differentiate/Check.h"
#include <gtest/gtest.h>

using namespace fluxion;
using namespace fluxion::test;

namespace {

const std::string x = "tensor<4xf64>", m = "tensor<3x4xf64>", s = "tensor<f64>";

TEST(Program, Softmax) {
  checkDerivatives({"softmax", {m}, m, R"(
    %mx = flx.reduce_max %a axes [1] : tensor<3x4xf64> -> tensor<3xf64>
    %mb = flx.broadcast %mx dims [0] : tensor<3xf64> -> tensor<3x4xf64>
    %z = flx.sub %a, %mb : tensor<3x4xf64>
    %e = flx.exp %z : tensor<3x4xf64>
    %t = flx.sum %e axes [1] : tensor<3x4xf64> -> tensor<3xf64>
    %tb = flx.broadcast %t dims [0] : tensor<3xf64> -> tensor<3x4xf64>
    %y = flx.div %e, %tb : tensor<3x4xf64>)"});
}

TEST(Program, LayerNormAndRelu) {
  checkDerivatives({"layernorm", {m, x, x}, m, R"(
    %q = flx.constant dense<0.25> : tensor<3xf64>
    %eps = flx.constant dense<1.0e-5> : tensor<3xf64>
    %zero = flx.constant dense<0.0> : tensor<3x4xf64>
    %t = flx.sum %a axes [1] : tensor<3x4xf64> -> tensor<3xf64>
    %mu = flx.mul %t, %q : tensor<3xf64>
    %mub = flx.broadcast %mu dims [0] : tensor<3xf64> -> tensor<3x4xf64>
    %d = flx.sub %a, %mub : tensor<3x4xf64>
    %dd = flx.mul %d, %d : tensor<3x4xf64>
    %v = flx.sum %dd axes [1] : tensor<3x4xf64> -> tensor<3xf64>
    %v1 = flx.mul %v, %q : tensor<3xf64>
    %v2 = flx.add %v1, %eps : tensor<3xf64>
    %sd = flx.sqrt %v2 : tensor<3xf64>
    %sdb = flx.broadcast %sd dims [0] : tensor<3xf64> -> tensor<3x4xf64>
    %n = flx.div %d, %sdb : tensor<3x4xf64>
    %g = flx.broadcast %b dims [1] : tensor<4xf64> -> tensor<3x4xf64>
    %h = flx.broadcast %c dims [1] : tensor<4xf64> -> tensor<3x4xf64>
    %ng = flx.mul %n, %g : tensor<3x4xf64>
    %o = flx.add %ng, %h : tensor<3x4xf64>
    %p = flx.gt %o, %zero : tensor<3x4xf64>
    %y = flx.select %p, %o, %zero : tensor<3x4xf64>)"});
}

TEST(Program, TwoLayers) {
  checkDerivatives({"mlp", {m, "tensor<4x5xf64>", "tensor<5xf64>", "tensor<5x2xf64>"}, "tensor<3x2xf64>", R"(
    %0 = flx.einsum "ij,jk->ik"(%a, %b) : (tensor<3x4xf64>, tensor<4x5xf64>) -> tensor<3x5xf64>
    %1 = flx.broadcast %c dims [1] : tensor<5xf64> -> tensor<3x5xf64>
    %2 = flx.add %0, %1 : tensor<3x5xf64>
    %3 = flx.tanh %2 : tensor<3x5xf64>
    %y = flx.einsum "ij,jk->ik"(%3, %d) : (tensor<3x5xf64>, tensor<5x2xf64>) -> tensor<3x2xf64>)"});
}

TEST(Program, StopGradientHoldsAValueConstant) {
  std::string text = "func.func private @f(%a: " + x + ") -> " + x + " {\n%0 = flx.stop_gradient %a : " + x +
                     "\n%y = flx.mul %a, %0 : " + x + "\nreturn %y : " + x + "\n}\nfunc.func @g(%a: " + x +
                     ", %ct: " + x + ") -> " + x + " {\n%r:2 = flx.vjp @f wrt [0](%a, %ct) : (" + x + ", " + x +
                     ") -> (" + x + ", " + x + ")\nreturn %r#1 : " + x + "\n}";
  reference::HostTensor a(reference::Element::F64, {4}), one = a;
  a.reals = {1, 2, 3, 4}, one.reals = {1, 1, 1, 1};
  EXPECT_EQ(runDifferentiated(text, {a, one})[0].reals, a.reals);
}

// f(a, b) = sin(a·b)·a; every nest of two and three transformations.
const std::string f =
    "func.func private @f(%a: tensor<4xf64>, %b: tensor<4xf64>) -> tensor<4xf64> {\n"
    "%0 = flx.mul %a, %b : tensor<4xf64>\n%1 = flx.sin %0 : tensor<4xf64>\n%2 = flx.mul %1, %a : tensor<4xf64>\n"
    "return %2 : tensor<4xf64>\n}\n";

// func @name(n arguments) -> the last result of `op` of @callee with respect to its first argument; vjp has
// cotangent 1.
std::string nest(const std::string &name, const std::string &op, const std::string &callee, int arguments) {
  std::string parameters, names, types;
  for (int i = 0; i < arguments; ++i) {
    std::string comma = i ? ", " : "";
    parameters += comma + "%a" + std::to_string(i) + ": tensor<4xf64>";
    names += comma + "%a" + std::to_string(i);
    types += comma + "tensor<4xf64>";
  }
  return "func.func " + std::string(name == "g" ? "@" : "private @") + name + "(" + parameters +
         ") -> tensor<4xf64> {\n%one = flx.constant dense<1.5> : tensor<4xf64>\n%r:2 = flx." + op + " @" + callee +
         " wrt [0](" + names + ", %one) : (" + types + ", tensor<4xf64>) -> (tensor<4xf64>, tensor<4xf64>)\n" +
         "%y = flx.add %r#0, %r#1 : tensor<4xf64>\nreturn %y : tensor<4xf64>\n}\n";
}

TEST(Nesting, TwoDeep) {
  reference::HostTensor a(reference::Element::F64, {4}), b = a;
  a.reals = {0.1, -0.7, 1.3, 2}, b.reals = {0.4, 0.9, -1.1, 0.6};
  for (const char *inner : {"vjp", "jvp"})
    for (const char *outer : {"vjp", "jvp"}) {
      std::string text = f + nest("h", inner, "f", 2) + nest("g", outer, "h", 2);
      checkModule(text, {a, b});
    }
}

TEST(Nesting, ThreeDeep) {
  reference::HostTensor a(reference::Element::F64, {4}), b = a;
  a.reals = {0.1, -0.7, 1.3, 2}, b.reals = {0.4, 0.9, -1.1, 0.6};
  for (const char *inner : {"vjp", "jvp"})
    for (const char *middle : {"vjp", "jvp"})
      for (const char *outer : {"vjp", "jvp"})
        checkModule(f + nest("h", inner, "f", 2) + nest("k", middle, "h", 2) + nest("g", outer, "k", 2), {a, b}, 1e-10);
}

// One value for two arguments, an unused argument, a result that is an argument, an integer result.
TEST(Program, Corners) {
  std::string text = R"(
    func.func private @f(%a: tensor<4xf64>, %b: tensor<4xf64>, %c: tensor<4xf64>) -> (tensor<4xf64>, tensor<4xi32>, tensor<4xf64>) {
      %0 = flx.mul %a, %b : tensor<4xf64>
      %1 = flx.convert %0 : tensor<4xf64> to tensor<4xi32>
      return %0, %1, %a : tensor<4xf64>, tensor<4xi32>, tensor<4xf64>
    }
    func.func @g(%x: tensor<4xf64>, %ct: tensor<4xf64>) -> (tensor<4xi32>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>) {
      %r:6 = flx.vjp @f wrt [0, 1, 2](%x, %x, %x, %ct, %ct)
        : (tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>)
        -> (tensor<4xf64>, tensor<4xi32>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>)
      return %r#1, %r#3, %r#4, %r#5 : tensor<4xi32>, tensor<4xf64>, tensor<4xf64>, tensor<4xf64>
    })";
  reference::HostTensor a(reference::Element::F64, {4}), ct = a;
  a.reals = {0.1, -0.7, 1.3, 2}, ct.reals = {1, 2, 3, 4};
  checkModule(text, {a, ct});
}

} // namespace
