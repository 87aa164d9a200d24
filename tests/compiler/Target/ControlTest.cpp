// Loops and branches, where memory is shared most: what is carried, swapped, kept, returned twice or captured, against
// the reference interpreter, in every way of compiling and with results in the memory of arguments.
#include "tests/compiler/Target/Compare.h"

using namespace fluxion;
using namespace fluxion::cpu;

namespace {

TEST(Control, ScanCarriesAndStacks) {
  expectReference(
      R"(func.func @f(%h: tensor<5xf32>, %xs: tensor<7x5xf32>, %w: tensor<5x5xf32>) -> (tensor<5xf32>, tensor<7xf32>, tensor<7x5xf32>) {
    %last, %sums, %all = flx.scan init(%h) over(%xs) length 7 : (tensor<5xf32>, tensor<7x5xf32>) -> (tensor<5xf32>, tensor<7xf32>, tensor<7x5xf32>) {
    ^bb0(%i: tensor<i32>, %before: tensor<5xf32>, %x: tensor<5xf32>):
      %0 = flx.broadcast %before dims [1] : tensor<5xf32> -> tensor<5x5xf32>
      %1 = flx.mul %0, %w : tensor<5x5xf32>
      %2 = flx.sum %1 axes [1] : tensor<5x5xf32> -> tensor<5xf32>
      %3 = flx.add %2, %x : tensor<5xf32>
      %c = flx.constant dense<3.0> : tensor<5xf32>
      %4 = flx.min %3, %c : tensor<5xf32>
      %5 = flx.neg %c : tensor<5xf32>
      %6 = flx.max %4, %5 : tensor<5xf32>
      %7 = flx.sum %6 axes [0] : tensor<5xf32> -> tensor<f32>
      flx.yield %6, %7, %6 : tensor<5xf32>, tensor<f32>, tensor<5xf32>
    }
    return %last, %sums, %all : tensor<5xf32>, tensor<7xf32>, tensor<7x5xf32>
  })");
}

TEST(Control, ScanBackwardsSeesItsIndex) {
  expectReference(R"(func.func @f(%xs: tensor<4x3xf64>) -> (tensor<i32>, tensor<4xi32>, tensor<4x3xf64>) {
    %zero = flx.constant dense<1> : tensor<i32>
    %last, %steps, %back = flx.scan init(%zero) over(%xs) length 4 reverse : (tensor<i32>, tensor<4x3xf64>) -> (tensor<i32>, tensor<4xi32>, tensor<4x3xf64>) {
    ^bb0(%i: tensor<i32>, %a: tensor<i32>, %x: tensor<3xf64>):
      %two = flx.constant dense<2> : tensor<i32>
      %0 = flx.mul %a, %two : tensor<i32>
      %1 = flx.add %0, %i : tensor<i32>
      %2 = flx.convert %1 : tensor<i32> to tensor<f64>
      %3 = flx.broadcast %2 dims [] : tensor<f64> -> tensor<3xf64>
      %4 = flx.add %x, %3 : tensor<3xf64>
      flx.yield %1, %1, %4 : tensor<i32>, tensor<i32>, tensor<3xf64>
    }
    return %last, %steps, %back : tensor<i32>, tensor<4xi32>, tensor<4x3xf64>
  })");
}

// (a, b, c) -> (b, a, c): a swap, and one that no step changes; the inits are arguments that results take the place of.
TEST(Control, CarriesSwapAndStay) {
  for (int steps : {0, 1, 2, 5}) {
    std::string n = std::to_string(steps);
    expectReference(
        "func.func @f(%a: tensor<9xf32>, %b: tensor<9xf32>, %c: tensor<2x3xi64>) -> (tensor<9xf32> {flx.donated "
        "= 0 : i64}, tensor<9xf32> {flx.donated = 1 : i64}, tensor<2x3xi64> {flx.donated = 2 : i64}, tensor<" +
        n + "x9xf32>) {\n  %x, %y, %z, %s = flx.scan init(%a, %b, %c) over() length " + n +
        " : (tensor<9xf32>, tensor<9xf32>, tensor<2x3xi64>) -> (tensor<9xf32>, tensor<9xf32>, "
        "tensor<2x3xi64>, tensor<" +
        n + R"(x9xf32>) {
  ^bb0(%i: tensor<i32>, %p: tensor<9xf32>, %q: tensor<9xf32>, %r: tensor<2x3xi64>):
    flx.yield %q, %p, %r, %p : tensor<9xf32>, tensor<9xf32>, tensor<2x3xi64>, tensor<9xf32>
  }
  return %x, %y, %z, %s : tensor<9xf32>, tensor<9xf32>, tensor<2x3xi64>, tensor<)" +
        n + "x9xf32>\n}");
  }
}

// One init starts two carries and is captured; both carries become one value; the outs are old and new carries.
TEST(Control, OneValueInManyPlaces) {
  expectReference(
      R"(func.func @f(%a: tensor<6xf64>) -> (tensor<6xf64> {flx.donated = 0 : i64}, tensor<6xf64>, tensor<3x6xf64>, tensor<3x6xf64>, tensor<6xf64>) {
    %0 = flx.neg %a : tensor<6xf64>
    %x, %y, %s, %t = flx.scan init(%0, %0) over() length 3 : (tensor<6xf64>, tensor<6xf64>) -> (tensor<6xf64>, tensor<6xf64>, tensor<3x6xf64>, tensor<3x6xf64>) {
    ^bb0(%i: tensor<i32>, %p: tensor<6xf64>, %q: tensor<6xf64>):
      %1 = flx.reverse %q axes [0] : tensor<6xf64>
      %2 = flx.add %p, %1 : tensor<6xf64>
      %3 = flx.sub %2, %0 : tensor<6xf64>
      flx.yield %3, %3, %p, %3 : tensor<6xf64>, tensor<6xf64>, tensor<6xf64>, tensor<6xf64>
    }
    return %x, %y, %s, %t, %0 : tensor<6xf64>, tensor<6xf64>, tensor<3x6xf64>, tensor<3x6xf64>, tensor<6xf64>
  })");
}

// Inits that are constants, arguments and views of them; a sequence that is an argument, captured too.
TEST(Control, InitsOfEveryKind) {
  expectReference(
      R"(func.func @f(%a: tensor<2x3xf32>, %xs: tensor<4x6xf32>) -> (tensor<6xf32>, tensor<3xf32>, tensor<2xi1>, tensor<4xf32>) {
    %c = flx.constant dense<[1.0, 2.0, 3.0]> : tensor<3xf32>
    %t = flx.constant dense<[true, false]> : tensor<2xi1>
    %v = flx.reshape %a : tensor<2x3xf32> -> tensor<6xf32>
    %x, %y, %b, %s = flx.scan init(%v, %c, %t) over(%xs) length 4 : (tensor<6xf32>, tensor<3xf32>, tensor<2xi1>, tensor<4x6xf32>) -> (tensor<6xf32>, tensor<3xf32>, tensor<2xi1>, tensor<4xf32>) {
    ^bb0(%i: tensor<i32>, %p: tensor<6xf32>, %q: tensor<3xf32>, %r: tensor<2xi1>, %e: tensor<6xf32>):
      %0 = flx.sub %e, %p : tensor<6xf32>
      %1 = flx.reduce_max %a axes [0] : tensor<2x3xf32> -> tensor<3xf32>
      %2 = flx.sub %1, %q : tensor<3xf32>
      %3 = flx.not %r : tensor<2xi1>
      %4 = flx.sum %xs axes [0, 1] : tensor<4x6xf32> -> tensor<f32>
      %5 = flx.sum %p axes [0] : tensor<6xf32> -> tensor<f32>
      %6 = flx.add %4, %5 : tensor<f32>
      flx.yield %0, %2, %3, %6 : tensor<6xf32>, tensor<3xf32>, tensor<2xi1>, tensor<f32>
    }
    return %x, %y, %b, %s : tensor<6xf32>, tensor<3xf32>, tensor<2xi1>, tensor<4xf32>
  })");
}

// Truth values lie in bytes, in slices too; a sequence of scalars; a carry that is a condition.
TEST(Control, TruthValues) {
  expectReference(R"(func.func @f(%xs: tensor<4x3xi1>, %p: tensor<4xi1>, %a: tensor<3xi1>) -> (tensor<3xi1> {flx.donated = 2 : i64}, tensor<4x3xi1>, tensor<i1>) {
    %q = flx.constant dense<true> : tensor<i1>
    %r, %c, %s = flx.scan init(%a, %q) over(%xs, %p) length 4 reverse : (tensor<3xi1>, tensor<i1>, tensor<4x3xi1>, tensor<4xi1>) -> (tensor<3xi1>, tensor<i1>, tensor<4x3xi1>) {
    ^bb0(%i: tensor<i32>, %h: tensor<3xi1>, %d: tensor<i1>, %x: tensor<3xi1>, %t: tensor<i1>):
      %0 = flx.if %d : (tensor<i1>) -> (tensor<3xi1>) {
        %1 = flx.xor %h, %x : tensor<3xi1>
        flx.yield %1 : tensor<3xi1>
      } else {
        flx.yield %x : tensor<3xi1>
      }
      %2 = flx.not %t : tensor<i1>
      %3 = flx.reverse %h axes [0] : tensor<3xi1>
      flx.yield %0, %2, %3 : tensor<3xi1>, tensor<i1>, tensor<3xi1>
    }
    return %r, %s, %c : tensor<3xi1>, tensor<4x3xi1>, tensor<i1>
  })");
}

TEST(Control, WhileStopsByItsData) {
  for (unsigned seed : {1u, 4u, 9u})
    expectReference(
        R"(func.func @f(%x: tensor<5xf64>, %limit: tensor<f64>) -> (tensor<5xf64> {flx.donated = 0 : i64}, tensor<i64>) {
      %zero = flx.constant dense<0> : tensor<i64>
      %y, %n = flx.while init(%x, %zero) : (tensor<5xf64>, tensor<i64>) -> (tensor<5xf64>, tensor<i64>) cond {
      ^bb0(%a: tensor<5xf64>, %k: tensor<i64>):
        %s = flx.reduce_max %a axes [0] : tensor<5xf64> -> tensor<f64>
        %more = flx.gt %s, %limit : tensor<f64>
        flx.yield %more : tensor<i1>
      } do {
      ^bb0(%a: tensor<5xf64>, %k: tensor<i64>):
        %one = flx.constant dense<1.0> : tensor<5xf64>
        %b = flx.sub %a, %one : tensor<5xf64>
        %i = flx.constant dense<1> : tensor<i64>
        %l = flx.add %k, %i : tensor<i64>
        flx.yield %b, %l : tensor<5xf64>, tensor<i64>
      }
      return %y, %n : tensor<5xf64>, tensor<i64>
    })",
        seed);
}

TEST(Control, IfTakesOneArm) {
  for (unsigned seed : {1u, 9u})
    expectReference(
        R"(func.func @f(%x: tensor<5xf64>, %y: tensor<5xf64>) -> (tensor<5xf64> {flx.donated = 0 : i64}, tensor<5xf64> {flx.donated = 1 : i64}, tensor<f64>) {
      %s = flx.sum %x axes [0] : tensor<5xf64> -> tensor<f64>
      %t = flx.sum %y axes [0] : tensor<5xf64> -> tensor<f64>
      %c = flx.lt %s, %t : tensor<f64>
      %u, %v, %w = flx.if %c : (tensor<i1>) -> (tensor<5xf64>, tensor<5xf64>, tensor<f64>) {
        flx.yield %y, %x, %s : tensor<5xf64>, tensor<5xf64>, tensor<f64>
      } else {
        %0 = flx.add %x, %y : tensor<5xf64>
        flx.yield %0, %0, %t : tensor<5xf64>, tensor<5xf64>, tensor<f64>
      }
      return %u, %v, %w : tensor<5xf64>, tensor<5xf64>, tensor<f64>
    })",
        seed);
}

// scan in while in if; each level reads values of all the others.
TEST(Control, NestsCompose) {
  for (unsigned seed : {1u, 2u, 6u})
    expectReference(
        R"(func.func @f(%x: tensor<4xf64>, %m: tensor<3x4xf64>, %c: tensor<i1>) -> (tensor<4xf64> {flx.donated = 0 : i64}, tensor<3x4xf64>) {
      %r, %q = flx.if %c : (tensor<i1>) -> (tensor<4xf64>, tensor<3x4xf64>) {
        flx.yield %x, %m : tensor<4xf64>, tensor<3x4xf64>
      } else {
        %zero = flx.constant dense<0> : tensor<i64>
        %n, %y, %z = flx.while init(%zero, %x, %m) : (tensor<i64>, tensor<4xf64>, tensor<3x4xf64>) -> (tensor<i64>, tensor<4xf64>, tensor<3x4xf64>) cond {
        ^bb0(%k: tensor<i64>, %a: tensor<4xf64>, %b: tensor<3x4xf64>):
          %three = flx.constant dense<3> : tensor<i64>
          %more = flx.lt %k, %three : tensor<i64>
          flx.yield %more : tensor<i1>
        } do {
        ^bb0(%k: tensor<i64>, %a: tensor<4xf64>, %b: tensor<3x4xf64>):
          %h, %s = flx.scan init(%a) over(%b) length 3 : (tensor<4xf64>, tensor<3x4xf64>) -> (tensor<4xf64>, tensor<3x4xf64>) {
          ^bb0(%i: tensor<i32>, %p: tensor<4xf64>, %e: tensor<4xf64>):
            %0 = flx.add %p, %e : tensor<4xf64>
            %1 = flx.sub %0, %x : tensor<4xf64>
            %2 = flx.convert %k : tensor<i64> to tensor<f64>
            %3 = flx.broadcast %2 dims [] : tensor<f64> -> tensor<4xf64>
            %4 = flx.add %1, %3 : tensor<4xf64>
            flx.yield %4, %p : tensor<4xf64>, tensor<4xf64>
          }
          %one = flx.constant dense<1> : tensor<i64>
          %l = flx.add %k, %one : tensor<i64>
          flx.yield %l, %h, %s : tensor<i64>, tensor<4xf64>, tensor<3x4xf64>
        }
        flx.yield %y, %z : tensor<4xf64>, tensor<3x4xf64>
      }
      return %r, %q : tensor<4xf64>, tensor<3x4xf64>
    })",
        seed);
}

// Kernels in chunks inside of a loop: the same bits for any number of threads, and one call's memory for all steps.
TEST(Control, ThreadsInsideLoops) {
  std::string text = R"(func.func @f(%x: tensor<100000xf32>) -> (tensor<100000xf32>, tensor<6xf32>) {
    %y, %s = flx.scan init(%x) over() length 6 : (tensor<100000xf32>) -> (tensor<100000xf32>, tensor<6xf32>) {
    ^bb0(%i: tensor<i32>, %a: tensor<100000xf32>):
      %0 = flx.tanh %a : tensor<100000xf32>
      %1 = flx.reverse %0 axes [0] : tensor<100000xf32>
      %2 = flx.sub %1, %a : tensor<100000xf32>
      %3 = flx.sum %2 axes [0] : tensor<100000xf32> -> tensor<f32>
      flx.yield %2, %3 : tensor<100000xf32>, tensor<f32>
    }
    return %y, %s : tensor<100000xf32>, tensor<6xf32>
  })";
  auto x = sample<float>(100000);
  std::vector<float> first, firstSums;
  for (int threads : {1, 2, 4, 3}) {
    Program program(text, {.threads = threads});
    ASSERT_TRUE(program.valid()) << program.error;
    std::vector<float> y(100000), sums(6);
    program.call({x.data()}, {y.data(), sums.data()});
    if (first.empty()) first = y, firstSums = sums;
    EXPECT_EQ(y, first);
    EXPECT_EQ(sums, firstSums);
  }
}

TEST(Control, FaultsInsideLoopsNameTheirOp) {
  Program program(R"(func.func @f(%x: tensor<5xf32>, %i: tensor<3x2xi32>) -> (tensor<3x2xf32>) {
    %y = flx.scan init() over(%i) length 3 : (tensor<3x2xi32>) -> (tensor<3x2xf32>) {
    ^bb0(%n: tensor<i32>, %k: tensor<2xi32>):
      %0 = flx.gather %x, %k axis 0 : (tensor<5xf32>, tensor<2xi32>) -> tensor<2xf32>
      flx.yield %0 : tensor<2xf32>
    }
    return %y : tensor<3x2xf32>
  })");
  ASSERT_TRUE(program.valid()) << program.error;
  ASSERT_EQ(program.compiled.faultSites.size(), 1u);
  EXPECT_NE(program.compiled.faultSites[0].where.find(":4:"), std::string::npos)
      << program.compiled.faultSites[0].where;
  std::vector<float> x{1, 2, 3, 4, 5}, y(6);
  std::vector<int32_t> i{0, 1, 2, 7, 4, 3};
  program.call({x.data(), i.data()}, {y.data()});
  flx_fault_record fault;
  ASSERT_EQ(flx_context_take_fault(program.context, &fault), 1);
  EXPECT_EQ(fault.value, 7);
  EXPECT_EQ(y, (std::vector<float>{1, 2, 3, 5, 5, 4}));
}

// Code does not grow with the steps.
TEST(Control, StepsCostNoCode) {
  auto program = [](const std::string &n) {
    return Program("func.func @f(%h: tensor<8xf32>, %xs: tensor<" + n +
                   "x8xf32>) -> tensor<8xf32> {\n  %y = flx.scan init(%h) over(%xs) length " + n +
                   " : (tensor<8xf32>, tensor<" + n + R"(x8xf32>) -> tensor<8xf32> {
    ^bb0(%i: tensor<i32>, %a: tensor<8xf32>, %x: tensor<8xf32>):
      %0 = flx.add %a, %x : tensor<8xf32>
      %1 = flx.tanh %0 : tensor<8xf32>
      flx.yield %1 : tensor<8xf32>
    }
    return %y : tensor<8xf32>
  })");
  };
  Program few = program("10"), many = program("10000");
  ASSERT_TRUE(few.valid() && many.valid()) << few.error << many.error;
  EXPECT_EQ(few.compiled.arenaBytes, many.compiled.arenaBytes);
  EXPECT_NEAR(double(few.compiled.object.size()), double(many.compiled.object.size()), 64);
}

} // namespace
