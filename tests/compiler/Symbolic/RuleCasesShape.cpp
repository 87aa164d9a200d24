// Rules on shapes, reductions, contractions and loops: twelve elements, or a few rows of them.
#include "tests/compiler/Symbolic/RuleCases.h"

namespace fluxion::test {
namespace {

const std::string rows = "%a = flx.reshape %x : T -> tensor<3x4xE>\n%b = flx.reshape %y : T -> tensor<3x4xE>\n",
                  narrow = "%v = flx.slice %x offsets [0] strides [1] : T -> tensor<4xE>\n",
                  spread = narrow + "%w = flx.broadcast %v dims [1] : tensor<4xE> -> tensor<3x4xE>\n";

RuleCase rule(const std::string &name, Promise promise, const std::string &body, const std::string &type) {
  return {{name}, promise, body, type, 12};
}
RuleCase reduced(const std::string &name, const std::string &op, Promise promise) {
  return rule("reducedBroadcast<" + name + ">", promise,
              spread + "%r = flx." + op + " %w axes [0] : tensor<3x4xE> -> tensor<4xE>", "tensor<4xE>");
}
RuleCase composed(const std::string &name, const std::string &op, Promise promise) {
  return rule("composedReductions<" + name + ">", promise,
              rows + "%s = flx." + op + " %a axes [0] : tensor<3x4xE> -> tensor<4xE>\n%r = flx." + op +
                  " %s axes [0] : tensor<4xE> -> tensor<E>",
              "tensor<E>");
}
RuleCase merged(const std::string &name, const std::string &op) {
  return rule(name, Promise::SumOrder,
              rows + narrow + "%z = flx.slice %y offsets [4] strides [1] : T -> tensor<4xE>\n"
                     "%p = flx.einsum \"ij,j->i\"(%a, %v) : (tensor<3x4xE>, tensor<4xE>) -> tensor<3xE>\n"
                     "%q = flx.einsum \"ij,j->i\"(%a, %z) : (tensor<3x4xE>, tensor<4xE>) -> tensor<3xE>\n"
                     "%r = flx." + op + " %p, %q : tensor<3xE>",
              "tensor<3xE>");
}

std::vector<RuleCase> shapeCases() {
  const std::string indices = "%i = flx.constant dense<[0, 3, 2]> : tensor<3xi32>\n";
  const std::string uniform = "%s0 = flx.slice %y offsets [7] strides [1] : T -> tensor<1xE>\n%s = flx.reshape %s0 : "
                              "tensor<1xE> -> tensor<E>\n%u = flx.broadcast %s dims [] : tensor<E> -> T\n";
  return {
      reduced("SumOp", "sum", Promise::SumOrder), reduced("ReduceMaxOp", "reduce_max", Promise::Bits),
      reduced("ReduceMinOp", "reduce_min", Promise::Bits), composed("SumOp", "sum", Promise::SumOrder),
      composed("ProdOp", "prod", Promise::SumOrder), composed("ReduceMaxOp", "reduce_max", Promise::Bits),
      composed("ReduceMinOp", "reduce_min", Promise::Bits),
      rule("scaledSum", Promise::SumOrder,
           "%k = flx.constant dense<3.0> : T\n%p = flx.mul %x, %k : T\n%q = flx.div %y, %k : T\n"
           "%s = flx.sum %p axes [0] : T -> tensor<E>\n%t = flx.sum %q axes [0] : T -> tensor<E>\n"
           "%r = flx.mul %s, %t : tensor<E>",
           "tensor<E>"),
      rule("transposedBroadcast", Promise::Bits,
           spread + "%r = flx.transpose %w [1, 0] : tensor<3x4xE> -> tensor<4x3xE>", "tensor<4x3xE>"),
      rule("slicedBroadcast", Promise::Bits,
           spread + "%r = flx.slice %w offsets [1, 1] strides [1, 2] : tensor<3x4xE> -> tensor<2x2xE>", "tensor<2x2xE>"),
      rule("movedUniform<ReshapeOp>", Promise::Bits, uniform + "%r = flx.reshape %u : T -> tensor<3x4xE>",
           "tensor<3x4xE>"),
      rule("movedUniform<GatherOp>", Promise::Bits,
           indices + uniform + "%r = flx.gather %u, %i axis 0 : (T, tensor<3xi32>) -> tensor<3xE>", "tensor<3xE>"),
      rule("slicedConcat", Promise::Bits,
           rows + "%c = flx.concat %a, %b axis 0 : (tensor<3x4xE>, tensor<3x4xE>) -> tensor<6x4xE>\n"
                  "%r = flx.slice %c offsets [3, 0] strides [1, 1] : tensor<6x4xE> -> tensor<2x4xE>",
           "tensor<2x4xE>"),
      rule("slicedPad", Promise::Bits,
           rows + "%p = flx.pad %a low [1, 0] high [2, 0] interior [0, 0] : tensor<3x4xE> -> tensor<6x4xE>\n"
                  "%r = flx.slice %p offsets [1, 0] strides [1, 1] : tensor<6x4xE> -> tensor<3x4xE>",
           "tensor<3x4xE>"),
      rule("adjacentPads", Promise::Derivative,
           rows + "%p = flx.pad %a low [0, 0] high [3, 0] interior [0, 0] : tensor<3x4xE> -> tensor<6x4xE>\n"
                  "%q = flx.pad %b low [3, 0] high [0, 0] interior [0, 0] : tensor<3x4xE> -> tensor<6x4xE>\n"
                  "%r = flx.add %p, %q : tensor<6x4xE>",
           "tensor<6x4xE>"),
      rule("nestedConcat", Promise::Bits,
           rows + "%c = flx.concat %a, %b axis 0 : (tensor<3x4xE>, tensor<3x4xE>) -> tensor<6x4xE>\n"
                  "%r = flx.concat %c, %a axis 0 : (tensor<6x4xE>, tensor<3x4xE>) -> tensor<9x4xE>",
           "tensor<9x4xE>"),
      rule("ComposeBroadcasts", Promise::Bits,
           spread + "%r = flx.broadcast %w dims [1, 2] : tensor<3x4xE> -> tensor<2x3x4xE>", "tensor<2x3x4xE>"),
      rule("ComposeReshapes", Promise::Bits, rows + "%r = flx.reshape %a : tensor<3x4xE> -> tensor<6x2xE>",
           "tensor<6x2xE>"),
      rule("ComposeTransposes", Promise::Bits,
           rows + "%t = flx.transpose %a [1, 0] : tensor<3x4xE> -> tensor<4x3xE>\n"
                  "%r = flx.transpose %t [1, 0] : tensor<4x3xE> -> tensor<3x4xE>",
           "tensor<3x4xE>"),
      rule("ComposeSlices", Promise::Bits,
           "%s = flx.slice %x offsets [1] strides [2] : T -> tensor<5xE>\n"
           "%r = flx.slice %s offsets [1] strides [3] : tensor<5xE> -> tensor<2xE>",
           "tensor<2xE>"),
      rule("composedReverse", Promise::Bits,
           rows + "%s = flx.reverse %a axes [0] : tensor<3x4xE>\n%r = flx.reverse %s axes [0, 1] : tensor<3x4xE>",
           "tensor<3x4xE>"),
      rule("disjointWindows", Promise::Bits,
           "%r = flx.window %x axis 0 size 3 stride 3 dilation 1 : T -> tensor<4x3xE>", "tensor<4x3xE>"),
      rule("disjointOverlaps", Promise::Accuracy, // a sum of one may lose the sign of a zero
          
           rows + "%r = flx.overlap_add %a axis 0 stride 4 dilation 1 : tensor<3x4xE> -> tensor<12xE>", "tensor<12xE>"),
  };
}

std::vector<RuleCase> contractionCases() {
  const std::string roots =
      "%q = flx.mul %x, %x : T\n%s = flx.sum %q axes [0] : T -> tensor<E>\n%z = flx.constant dense<0.0> : tensor<E>\n"
      "%o = flx.constant dense<1.0> : tensor<E>\n%c = flx.eq %s, %z : tensor<E>\n"
      "%t = flx.select %c, %o, %s : tensor<E>\n%g = flx.sqrt %t : tensor<E>\n%h = flx.select %c, %z, %g : tensor<E>\n";
  return {
      rule("foldOperands", Promise::SumOrder,
           rows + narrow + "%t = flx.transpose %a [1, 0] : tensor<3x4xE> -> tensor<4x3xE>\n"
                  "%r = flx.einsum \"ji,j->i\"(%t, %v) : (tensor<4x3xE>, tensor<4xE>) -> tensor<3xE>",
           "tensor<3xE>"),
      rule("contractionFree", Promise::Bits,
           rows + narrow + "%r = flx.einsum \"ij,j->ji\"(%a, %v) : (tensor<3x4xE>, tensor<4xE>) -> tensor<4x3xE>",
           "tensor<4x3xE>"),
      rule("sumOfProduct", Promise::SumOrder,
           rows + spread + "%p = flx.mul %a, %w : tensor<3x4xE>\n"
                           "%r = flx.sum %p axes [1] : tensor<3x4xE> -> tensor<3xE>",
           "tensor<3xE>"),
      rule("sumOfEinsum", Promise::SumOrder,
           rows + "%p = flx.einsum \"ij,kj->ik\"(%a, %b) : (tensor<3x4xE>, tensor<3x4xE>) -> tensor<3x3xE>\n"
                  "%r = flx.sum %p axes [1] : tensor<3x3xE> -> tensor<3xE>",
           "tensor<3xE>"),
      rule("transposeOfEinsum", Promise::SumOrder,
           rows + "%p = flx.einsum \"ij,kj->ik\"(%a, %b) : (tensor<3x4xE>, tensor<3x4xE>) -> tensor<3x3xE>\n"
                  "%r = flx.transpose %p [1, 0] : tensor<3x3xE> -> tensor<3x3xE>",
           "tensor<3x3xE>"),
      merged("mergeAdded", "add"), merged("mergeSubtracted", "sub"),
      rule("SplitUnaryEinsum", Promise::Bits,
           rows + "%r = flx.einsum \"ij->j\"(%a) : (tensor<3x4xE>) -> tensor<4xE>", "tensor<4xE>"),
      rule("squaredRootAsPower", Promise::Accuracy,
           roots + "%n = flx.constant dense<2.0> : tensor<E>\n%r = flx.pow %h, %n : tensor<E>", "tensor<E>"),
      rule("squaredRootAsProduct", Promise::Accuracy, roots + "%r = flx.mul %h, %h : tensor<E>", "tensor<E>"),
  };
}

std::vector<RuleCase> controlCases() {
  const std::string yes = "%yes = flx.constant dense<true> : tensor<i1>\n";
  const std::string scan = "%k:2 = flx.scan init(%x, %y) over() length ";
  const std::string arms = " : (tensor<i1>) -> (T, T) {\n%0 = flx.neg %x : T\nflx.yield %0, %y : T, T\n} else {\n"
                           "flx.yield %y, %y : T, T\n}\n%r = flx.add %k#0, %k#1 : T";
  return {
      rule("decidedIf", Promise::Bits, yes + "%k:2 = flx.if %yes" + arms, "T"),
      rule("needlessResultOfIf", Promise::Bits,
           "%c = flx.lt %x, %y : T\n%i = flx.slice %c offsets [0] strides [1] : tensor<12xi1> -> tensor<1xi1>\n"
           "%d = flx.reshape %i : tensor<1xi1> -> tensor<i1>\n%k:2 = flx.if %d" + arms,
           "T"),
      rule("shortScan", Promise::Bits,
           scan + "1 : (T, T) -> (T, T) {\n^bb0(%i: tensor<i32>, %a: T, %b: T):\n%0 = flx.neg %a : T\n"
                  "flx.yield %0, %a : T, T\n}\n%r = flx.add %k#0, %k#1 : T",
           "T"),
      rule("constantPartsOfScan", Promise::Bits,
           scan + "3 : (T, T) -> (T, T) {\n^bb0(%i: tensor<i32>, %a: T, %b: T):\n%0 = flx.add %a, %b : T\n"
                  "flx.yield %0, %b : T, T\n}\n%r = flx.add %k#0, %k#1 : T",
           "T"),
      rule("needlessPartsOfScan", Promise::Bits,
           scan + "3 : (T, T) -> (T, T) {\n^bb0(%i: tensor<i32>, %a: T, %b: T):\n%0 = flx.neg %a : T\n"
                  "%1 = flx.sin %b : T\nflx.yield %0, %1 : T, T\n}\n%r = flx.neg %k#0 : T",
           "T"),
      rule("idleWhile", Promise::Bits,
           "%r = flx.while init(%x) : (T) -> T cond {\n^bb0(%a: T):\n%no = flx.constant dense<false> : tensor<i1>\n"
           "flx.yield %no : tensor<i1>\n} do {\n^bb0(%a: T):\n%0 = flx.neg %a : T\nflx.yield %0 : T\n}",
           "T"),
      {{"constantPartsOfWhile", "needlessPartsOfWhile"},
       Promise::Bits,
       "%n = flx.constant dense<0> : tensor<i32>\n%k:3 = flx.while init(%n, %x, %y) : (tensor<i32>, T, T) -> "
       "(tensor<i32>, T, T) cond {\n^bb0(%i: tensor<i32>, %a: T, %b: T):\n%three = flx.constant dense<3> : tensor<i32>\n"
       "%m = flx.lt %i, %three : tensor<i32>\nflx.yield %m : tensor<i1>\n} do {\n^bb0(%i: tensor<i32>, %a: T, %b: T):\n"
       "%one = flx.constant dense<1> : tensor<i32>\n%j = flx.add %i, %one : tensor<i32>\n%0 = flx.mul %a, %b : T\n"
       "flx.yield %j, %0, %b : tensor<i32>, T, T\n}\n%r = flx.add %k#1, %k#2 : T",
       "T",
       12},
  };
}

} // namespace

std::vector<RuleCase> structuralRuleCases() {
  std::vector<RuleCase> all = shapeCases();
  for (auto cases : {contractionCases(), controlCases()}) all.insert(all.end(), cases.begin(), cases.end());
  return all;
}

} // namespace fluxion::test
