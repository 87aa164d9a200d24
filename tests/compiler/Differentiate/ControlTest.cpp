// Loops and branches around derivatives: a gradient taken in every step, and loops that no derivative passes through.
#include "tests/compiler/Differentiate/Check.h"
#include <gtest/gtest.h>

using namespace fluxion;
using namespace fluxion::test;
using reference::Element;
using reference::HostTensor;
using reference::HostTensors;

namespace {

HostTensor scalar(double value) {
  HostTensor x(Element::F64, {});
  x.reals = {value};
  return x;
}

// Σ (x − t)⁴ of a point and a target, whose gradient and Hessian the loops below follow.
const std::string loss = R"(func.func private @loss(%x: tensor<3xf64>, %t: tensor<3xf64>) -> tensor<f64> {
  %d = flx.sub %x, %t : tensor<3xf64>
  %q = flx.mul %d, %d : tensor<3xf64>
  %y = flx.einsum "i,i->"(%q, %q) : (tensor<3xf64>, tensor<3xf64>) -> tensor<f64>
  return %y : tensor<f64>
}
)";
const std::string gradient = R"(
    %r:2 = flx.vjp @loss wrt [0](%h, %t, %one) : (tensor<3xf64>, tensor<3xf64>, tensor<f64>) -> (tensor<f64>, tensor<3xf64>)
    %s = flx.mul %r#1, %rate : tensor<3xf64>
    %next = flx.sub %h, %s : tensor<3xf64>
)";
const std::string head = R"(func.func @g(%x0: tensor<3xf64>, %t: tensor<3xf64>) -> tensor<3xf64> {
  %one = flx.constant dense<1.0> : tensor<f64>
  %rate = flx.constant dense<0.05> : tensor<3xf64>
)";

TEST(Control, GradientDescentInAScan) {
  checkModule(loss + head + R"(  %y = flx.scan init(%x0) over() length 5 : (tensor<3xf64>) -> tensor<3xf64> {
  ^bb0(%i: tensor<i32>, %h: tensor<3xf64>):)" +
                  gradient + R"(    flx.yield %next : tensor<3xf64>
  }
  return %y : tensor<3xf64>
})",
              {vector({1, -1, 0.5}), vector({0, 0.25, 1})});
}

// The loop ends by what the gradient says: both are taken in every step.
TEST(Control, GradientDescentInAWhile) {
  std::string text = loss + head + R"(  %tiny = flx.constant dense<0.02> : tensor<f64>
  %y = flx.while init(%x0) : (tensor<3xf64>) -> tensor<3xf64> cond {
  ^bb0(%h: tensor<3xf64>):)" +
                     gradient +
                     R"(    %n = flx.einsum "i,i->"(%r#1, %r#1) : (tensor<3xf64>, tensor<3xf64>) -> tensor<f64>
    %more = flx.gt %n, %tiny : tensor<f64>
    flx.yield %more : tensor<i1>
  } do {
  ^bb0(%h: tensor<3xf64>):)" +
                     gradient + R"(    flx.yield %next : tensor<3xf64>
  }
  return %y : tensor<3xf64>
})";
  HostTensors arguments{vector({1, -1, 0.5}), vector({0, 0.25, 1})};
  checkModule(text, arguments);
  HostTensors found = runDifferentiated(text, arguments);
  double norm = 0;
  for (int i = 0; i < 3; ++i) norm += std::pow(4 * std::pow(found[0].reals[i] - arguments[1].reals[i], 3), 2);
  EXPECT_LE(norm, 0.02);
  EXPECT_NE(found[0].reals[0], 1);
}

// A Hessian-vector product in a branch of a loop: forward over reverse, three levels of regions down.
TEST(Control, HessianProductInABranch) {
  checkModule(loss + R"(func.func private @grad(%x: tensor<3xf64>, %t: tensor<3xf64>) -> tensor<3xf64> {
  %one = flx.constant dense<1.0> : tensor<f64>
  %r:2 = flx.vjp @loss wrt [0](%x, %t, %one) : (tensor<3xf64>, tensor<3xf64>, tensor<f64>) -> (tensor<f64>, tensor<3xf64>)
  return %r#1 : tensor<3xf64>
}
func.func @g(%x0: tensor<3xf64>, %t: tensor<3xf64>) -> (tensor<3xf64>, tensor<4x3xf64>) {
  %two = flx.constant dense<2> : tensor<i32>
  %scale = flx.constant dense<0.01> : tensor<3xf64>
  %y:2 = flx.scan init(%x0) over() length 4 reverse : (tensor<3xf64>) -> (tensor<3xf64>, tensor<4x3xf64>) {
  ^bb0(%i: tensor<i32>, %h: tensor<3xf64>):
    %c = flx.lt %i, %two : tensor<i32>
    %v = flx.if %c : (tensor<i1>) -> tensor<3xf64> {
      %r:2 = flx.jvp @grad wrt [0](%h, %t, %h) : (tensor<3xf64>, tensor<3xf64>, tensor<3xf64>) -> (tensor<3xf64>, tensor<3xf64>)
      flx.yield %r#1 : tensor<3xf64>
    } else {
      flx.yield %t : tensor<3xf64>
    }
    %s = flx.mul %v, %scale : tensor<3xf64>
    %next = flx.sub %h, %s : tensor<3xf64>
    flx.yield %next, %v : tensor<3xf64>, tensor<3xf64>
  }
  return %y#0, %y#1 : tensor<3xf64>, tensor<4x3xf64>
})",
              {vector({1, -1, 0.5}), vector({0, 0.25, 1})});
}

// Loops over constants, trip counts that depend on x, and results that nobody differentiates: nothing to refuse.
TEST(Control, InactiveLoopsPass) {
  std::string f = R"(func.func private @f(%x: tensor<f64>, %c: tensor<f64>) -> (tensor<f64>, tensor<i32>) {
  %limit = flx.constant dense<10.0> : tensor<f64>
  %zero = flx.constant dense<0> : tensor<i32>
  %inc = flx.constant dense<1> : tensor<i32>
  %held = flx.stop_gradient %x : tensor<f64>
  %k = flx.scan init(%c, %held) over() length 3 : (tensor<f64>, tensor<f64>) -> (tensor<f64>, tensor<f64>) {
  ^bb0(%i: tensor<i32>, %h: tensor<f64>, %u: tensor<f64>):
    %0 = flx.sin %h : tensor<f64>
    %1 = flx.mul %0, %u : tensor<f64>
    flx.yield %1, %u : tensor<f64>, tensor<f64>
  }
  %n:2 = flx.while init(%x, %zero) : (tensor<f64>, tensor<i32>) -> (tensor<f64>, tensor<i32>) cond {
  ^bb0(%a: tensor<f64>, %m: tensor<i32>):
    %more = flx.lt %a, %limit : tensor<f64>
    flx.yield %more : tensor<i1>
  } do {
  ^bb0(%a: tensor<f64>, %m: tensor<i32>):
    %0 = flx.add %a, %a : tensor<f64>
    %1 = flx.add %m, %inc : tensor<i32>
    flx.yield %0, %1 : tensor<f64>, tensor<i32>
  }
  %p = flx.mul %x, %x : tensor<f64>
  %y = flx.mul %p, %k : tensor<f64>
  return %y, %n#1 : tensor<f64>, tensor<i32>
}
)";
  f.replace(f.find("%k = flx.scan"), 2, "%k:2");
  f.replace(f.find("%p, %k "), 6, "%p, %k#0");
  checkModule(f + R"(func.func @g(%x: tensor<f64>, %c: tensor<f64>) -> (tensor<f64>, tensor<i32>, tensor<f64>) {
  %one = flx.constant dense<1.0> : tensor<f64>
  %r:3 = flx.vjp @f wrt [0](%x, %c, %one) : (tensor<f64>, tensor<f64>, tensor<f64>) -> (tensor<f64>, tensor<i32>, tensor<f64>)
  return %r#0, %r#1, %r#2 : tensor<f64>, tensor<i32>, tensor<f64>
})",
              {scalar(0.75), scalar(0.5)});
}

} // namespace
